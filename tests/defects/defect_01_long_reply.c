/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A reply that is longer than its request has room for.
 *
 * The original gives up the queue's reference and leaves the request linked
 * and not done: its caller sleeps for ever, a callback never runs, and what
 * stays on the queue may be freed memory.  Such a reply must end the request
 * as any other that is refused: at once, with EPROTO, and off every list.
 */

#include "serverreq.h"

#define ROOM 128u /* of fix_getattr */

/* What the callback was called with. */
struct call {
	unsigned times;
	int rv;
};

static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct call *c = arg;

	(void)mount;
	c->times++;
	c->rv = req->preq_rv;
}

/*
 * The server's reply has one byte too many.  When dispatch has returned, the
 * message has ended, whether somebody waits for it or not.
 */
static void
reply_too_long(struct fix_frame *f)
{
	struct puffsmsg_mount_stats st;
	int error;

	fix_make_reply(f, 0, ROOM + 1);
	error = fix_dispatch(fix_mount, f);
	st = fix_stats(fix_mount);
	assert_int_equal(fix_inflight(&st), 1); /* the notice */
	assert_int_equal(st.replywait + st.inhand, 0);
	assert_int_equal(st.refused, 1);
	assert_int_equal(error, EPROTO);
	srv_expect_notice(fix_mount, EPROTO, (uintptr_t)FIX_COOKIE);
}

static void
defect_01_a_caller_that_sleeps_gets_eproto(void **state)
{
	struct puffs_msgpark *park;
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	fix_wait_start(&w, fix_mount, park);
	reply_too_long(&f);
	assert_int_equal(fix_wait_join(&w), EPROTO);
	puffs_msgmem_release(park);
	fix_assert_empty(fix_mount);
}

static void
defect_01_a_caller_that_does_not_sleep_yet_gets_eproto(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	reply_too_long(&f);
	assert_int_equal(park->park_state, PARK_DONE);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
	puffs_msgmem_release(park);
	fix_assert_empty(fix_mount);
}

static void
defect_01_a_callback_runs(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct call c = { 0, 0 };
	struct fix_frame f;

	(void)state;
	puffs_msg_setcall(park, callback, &c);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	puffs_msgmem_release(park); /* the queue's reference is the last */
	reply_too_long(&f);
	assert_int_equal(c.times, 1);
	assert_int_equal(c.rv, EPROTO);
	fix_assert_empty(fix_mount);
}

/* Those that are in flight beside it must not meet it any more. */
static void
defect_01_the_others_and_the_parks_next_use_go_on(void **state)
{
	struct puffs_msgpark *parks[3];
	struct fix_frame f[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		parks[i] = srv_taken(&f[i]);
	fix_make_reply(&f[1], 0, ROOM + 1);
	assert_int_equal(fix_dispatch(fix_mount, &f[1]), EPROTO);
	assert_int_equal(fix_stats(fix_mount).replywait, 2);
	srv_expect_notice(fix_mount, EPROTO, (uintptr_t)FIX_COOKIE);
	assert_int_equal(puffs_msg_wait(fix_mount, parks[1]), EPROTO);
	srv_expect_unknown(fix_mount, &f[1]);
	puffs_msg_enqueue(fix_mount, parks[1]);
	fix_take(fix_mount, &f[1]);
	for (int i = 2; i >= 0; i--)
		srv_expect_awaited(parks[i], &f[i]);
	fix_assert_empty(fix_mount);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_01_a_caller_that_sleeps_gets_eproto),
		TEST(defect_01_a_caller_that_does_not_sleep_yet_gets_eproto),
		TEST(defect_01_a_callback_runs),
		TEST(defect_01_the_others_and_the_parks_next_use_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
