/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original's wait2 looks at the setbacks in the message whatever came of
 * it: if the message was never sent, those of an earlier reply mark the nodes.
 *
 * Only a reply to this very message marks nodes.
 */

#include <signal.h>

#include "msgfix.h"

#define ALL \
	(PUFFS_SETBACK_INACT_N1 | PUFFS_SETBACK_INACT_N2 | \
	    PUFFS_SETBACK_NOREF_N1 | PUFFS_SETBACK_NOREF_N2)

static struct puffs_node n1, n2;

/* Not marked by this wait. */
static int
wait_unmarked(struct puffs_msgpark *park)
{
	int error;

	n1.pn_stat = n2.pn_stat = 0;
	error = puffs_msg_wait2(fix_mount, park, &n1, &n2);
	assert_int_equal(n1.pn_stat, 0);
	assert_int_equal(n2.pn_stat, 0);
	return error;
}

/* A park whose last reply had all setbacks. */
static struct puffs_msgpark *
replied(void)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	n1.pn_stat = n2.pn_stat = 0;
	fix_take(fix_mount, &f);
	f.req.preq_setbacks = ALL;
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait2(fix_mount, park, &n1, &n2), 0);
	assert_int_equal(n1.pn_stat, PNODE_DOINACT | PNODE_NOREFS);
	assert_int_equal(n2.pn_stat, PNODE_DOINACT | PNODE_NOREFS);
	return park;
}

static void
enqueue_interrupted(struct puffs_msgpark *park)
{
	assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT), 0);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(wait_unmarked(park), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
}

static void
defect_26_not_sent_because_of_a_signal(void **state)
{
	struct puffs_msgpark *park = replied();

	(void)state;
	enqueue_interrupted(park);
	puffs_msgmem_release(park);
}

static void
defect_26_not_sent_because_the_server_is_lost(void **state)
{
	struct puffs_msgpark *park = replied();

	(void)state;
	puffs_userdead(fix_mount);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(wait_unmarked(park), ENXIO);
	puffs_msgmem_release(park);
}

static void
defect_26_sent_and_not_answered(void **state)
{
	struct puffs_msgpark *park = replied();
	struct fix_frame f;

	(void)state;
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, EIO);
	assert_int_equal(wait_unmarked(park), EIO);
	puffs_msgmem_release(park);
}

/* What the caller has written there says nothing either. */
static void
defect_26_setbacks_of_the_caller(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	fix_req(park)->preq_setbacks = ALL;
	enqueue_interrupted(park);
	puffs_msgmem_release(park);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_26_not_sent_because_of_a_signal),
		TEST(defect_26_not_sent_because_the_server_is_lost),
		TEST(defect_26_sent_and_not_answered),
		TEST(defect_26_setbacks_of_the_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
