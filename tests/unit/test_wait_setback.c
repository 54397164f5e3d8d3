/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/wait.c: puffs_msg_wait2 */

#include "msgfix.h"

#include <signal.h>

#define BOTH (PNODE_DOINACT | PNODE_NOREFS)

static struct puffs_node n1, n2;

static int
setup(void **state)
{
	n1.pn_stat = n2.pn_stat = PNODE_SOPEXP;
	return fix_setup(state);
}

/* The marks that the nodes got; they are taken off. */
static void
assert_marks(uint32_t stat1, uint32_t stat2)
{
	assert_int_equal(n1.pn_stat, PNODE_SOPEXP | stat1);
	assert_int_equal(n2.pn_stat, PNODE_SOPEXP | stat2);
	n1.pn_stat = n2.pn_stat = PNODE_SOPEXP;
}

static void
serve_setbacks(uint32_t setbacks, int rv)
{
	struct fix_frame f;

	fix_take(fix_mount, &f);
	f.req.preq_setbacks = setbacks;
	assert_int_equal(fix_reply(fix_mount, &f, rv), 0);
}

/* One exchange whose reply has these setbacks. */
static void
exchange(uint32_t setbacks, int rv, struct puffs_node *a, struct puffs_node *b)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	serve_setbacks(setbacks, rv);
	assert_int_equal(puffs_msg_wait2(fix_mount, park, a, b), rv);
	puffs_msgmem_release(park);
}

static void
each_setback_has_its_mark(void **state)
{
	(void)state;
	exchange(0, 0, &n1, &n2);
	assert_marks(0, 0);
	exchange(PUFFS_SETBACK_INACT_N1, 0, &n1, &n2);
	assert_marks(PNODE_DOINACT, 0);
	exchange(PUFFS_SETBACK_INACT_N2, 0, &n1, &n2);
	assert_marks(0, PNODE_DOINACT);
	exchange(PUFFS_SETBACK_NOREF_N1, 0, &n1, &n2);
	assert_marks(PNODE_NOREFS, 0);
	exchange(PUFFS_SETBACK_NOREF_N2, 0, &n1, &n2);
	assert_marks(0, PNODE_NOREFS);
	exchange(PUFFS_SETBACK_MASK, 0, &n1, &n2);
	assert_marks(BOTH, BOTH);
}

static void
other_bits_mark_nothing(void **state)
{
	(void)state;
	exchange(~(uint32_t)PUFFS_SETBACK_MASK, 0, &n1, &n2);
	assert_marks(0, 0);
}

static void
nodes_that_are_null_are_skipped(void **state)
{
	(void)state;
	exchange(PUFFS_SETBACK_MASK, 0, &n1, NULL);
	assert_marks(BOTH, 0);
	exchange(PUFFS_SETBACK_MASK, 0, NULL, &n2);
	assert_marks(0, BOTH);
	exchange(PUFFS_SETBACK_MASK, 0, NULL, NULL);
	assert_marks(0, 0);
}

static void
replies_with_an_error_mark_too(void **state)
{
	(void)state;
	exchange(PUFFS_SETBACK_MASK, ENOENT, &n1, &n2);
	assert_marks(BOTH, BOTH);
}

static void
wait2_of_what_was_waited_for_marks_once(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	(void)state;
	serve_setbacks(PUFFS_SETBACK_MASK, EIO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EIO);
	assert_marks(0, 0);
	assert_int_equal(puffs_msg_wait2(fix_mount, park, &n1, &n2), EIO);
	assert_marks(BOTH, BOTH);
	assert_int_equal(puffs_msg_wait2(fix_mount, park, &n1, &n2), EIO);
	assert_marks(0, 0);
	puffs_msgmem_release(park);
}

/* A park whose header still has the setbacks of the last reply. */
static struct puffs_msgpark *
used_park(void)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	serve_setbacks(PUFFS_SETBACK_MASK, 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	assert_int_equal(fix_req(park)->preq_setbacks, PUFFS_SETBACK_MASK);
	return park;
}

static void
message_that_was_not_sent_marks_nothing(void **state)
{
	struct puffs_msgpark *park = used_park();

	(void)state;
	assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT), 0);
	puffs_msg_enqueue(fix_mount, park);
	fix_req(park)->preq_setbacks = PUFFS_SETBACK_MASK;
	assert_int_equal(puffs_msg_wait2(fix_mount, park, &n1, &n2), EINTR);
	assert_marks(0, 0);
	puffs_msgmem_release(park);
}

static void
interrupted_message_marks_nothing(void **state)
{
	struct puffs_msgpark *park = used_park();
	struct fix_frame f;

	(void)state;
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	f.req.preq_setbacks = PUFFS_SETBACK_MASK;
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	fix_req(park)->preq_setbacks = PUFFS_SETBACK_MASK; /* it is ours */
	assert_int_equal(puffs_msg_wait2(fix_mount, park, &n1, &n2), EINTR);
	assert_marks(0, 0);
	puffs_msgmem_release(park);
}

static void
refused_reply_marks_nothing(void **state)
{
	struct puffs_msgpark *park = used_park();
	struct fix_frame f;

	(void)state;
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	f.req.preq_setbacks = PUFFS_SETBACK_MASK;
	assert_int_equal(fix_reply(fix_mount, &f, -1), EPROTO);
	assert_int_equal(puffs_msg_wait2(fix_mount, park, &n1, &n2), EPROTO);
	assert_marks(0, 0);
	puffs_msgmem_release(park);
}

static void
dead_server_and_failed_delivery_mark_nothing(void **state)
{
	struct puffs_msgpark *park = used_park(), *other = used_park();
	struct fix_frame f;

	(void)state;
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, EIO);
	fix_req(park)->preq_setbacks = PUFFS_SETBACK_MASK;
	assert_int_equal(puffs_msg_wait2(fix_mount, park, &n1, &n2), EIO);
	puffs_msg_enqueue(fix_mount, other);
	fix_req(other)->preq_setbacks = PUFFS_SETBACK_MASK;
	puffs_userdead(fix_mount);
	assert_int_equal(puffs_msg_wait2(fix_mount, other, &n1, &n2), ENXIO);
	assert_marks(0, 0);
	puffs_msgmem_release(park);
	puffs_msgmem_release(other);
}

static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	(void)arg;
}

static void
faf_and_callback_parks_mark_nothing(void **state)
{
	struct puffs_msgpark *call = used_park(), *faf = used_park();

	(void)state;
	puffs_msg_setcall(call, callback, NULL);
	puffs_msg_enqueue(fix_mount, call);
	serve_setbacks(PUFFS_SETBACK_MASK, 0);
	assert_int_equal(fix_req(call)->preq_setbacks, PUFFS_SETBACK_MASK);
	assert_int_equal(puffs_msg_wait2(fix_mount, call, &n1, &n2), 0);
	puffs_msg_setfaf(faf);
	puffs_msg_enqueue(fix_mount, faf);
	fix_req(faf)->preq_setbacks = PUFFS_SETBACK_MASK;
	assert_int_equal(puffs_msg_wait2(fix_mount, faf, &n1, &n2), 0);
	assert_marks(0, 0);
	puffs_msgmem_release(call);
	puffs_msgmem_release(faf);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_setback_has_its_mark),
		TEST(other_bits_mark_nothing),
		TEST(nodes_that_are_null_are_skipped),
		TEST(replies_with_an_error_mark_too),
		TEST(wait2_of_what_was_waited_for_marks_once),
		TEST(message_that_was_not_sent_marks_nothing),
		TEST(interrupted_message_marks_nothing),
		TEST(refused_reply_marks_nothing),
		TEST(dead_server_and_failed_delivery_mark_nothing),
		TEST(faf_and_callback_parks_mark_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
