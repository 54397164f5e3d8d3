/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * In the original an INACTIVE that a pending signal turns into fire and forget
 * leaves its park that way: the wait for the park's next message returns 0 at
 * once, with no answer in it.
 *
 * The conversion concerns one message.  The next use of the park wants its
 * reply, says so on the wire, and waits for it.
 */

#include <signal.h>

#include "msgfix.h"

/*
 * An INACTIVE is enqueued while a signal is pending: the server gets it as
 * fire and forget, its caller EINTR.
 */
static struct puffs_msgpark *
converted(void)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	park = fix_park(64, PUFFSOP_VN, PUFFS_VN_INACTIVE);
	assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT), 0);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_optype, PUFFS_VN_INACTIVE);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VN | PUFFSOPFLAG_FAF);
	assert_int_equal(f.req.preq_id, 0);
	return park;
}

/* The park's next message is an ordinary one. */
static void
expect_ordinary(struct puffs_msgpark *park, int type)
{
	struct fix_frame f;

	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_optype, type);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VN);
	assert_int_not_equal(f.req.preq_id, 0);
	assert_int_equal(fix_reply(fix_mount, &f, EPERM), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	assert_int_equal(fix_stats(fix_mount).replied, 1);
	puffs_msgmem_release(park);
}

static void
defect_24_park_is_used_for_something_else(void **state)
{
	struct puffs_msgpark *park = converted();

	(void)state;
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_GETATTR, FIX_COOKIE);
	expect_ordinary(park, PUFFS_VN_GETATTR);
}

/* Nobody says again what the message is. */
static void
defect_24_message_is_sent_again(void **state)
{
	(void)state;
	expect_ordinary(converted(), PUFFS_VN_INACTIVE);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_24_park_is_used_for_something_else),
		TEST(defect_24_message_is_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
