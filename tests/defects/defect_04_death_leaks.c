/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What is left of the messages when their server is lost.
 *
 * The original drops one reference too few for every caller that waits, and
 * for every message whose caller was interrupted before: a park and its memory
 * leak each time.  When the callers have released what is theirs, no park and
 * no byte may be left.
 */

#include <signal.h>

#include "msgfix.h"

#define CALLERS 8

enum where {
	TOUSER,
	INHAND,
	REPLYWAIT,
	PLACES,
};

/* Parks that exist in this process, with their messages. */
static void
assert_parks(unsigned n)
{
	struct puffsmsg_stats st = { .size = sizeof(st) };

	assert_int_equal(puffsmsg_stats(&st), 0);
	assert_int_equal(st.parks, n);
	assert_int_equal(st.bytes == 0, n == 0);
}

/* A message of this type, and where its server has it. */
static struct puffs_msgpark *
message_at(enum where where, int type, struct fix_frame *f)
{
	struct puffs_msgpark *park = fix_park(128, PUFFSOP_VN, type);

	puffs_msg_enqueue(fix_mount, park);
	f->cookie = NULL;
	if (where != TOUSER)
		fix_hold(fix_mount, f);
	if (where == REPLYWAIT) {
		fix_releaseout(fix_mount, f, 0);
		f->cookie = NULL;
	}
	return park;
}

static void
frame_back(struct fix_frame *f)
{
	if (f->cookie != NULL)
		fix_releaseout(fix_mount, f, 0);
}

/* Its caller is interrupted. */
static void
interrupted(struct puffs_msgpark *park)
{
	assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
}

static void
callers_die(enum where where)
{
	struct puffs_msgpark *parks[CALLERS];
	struct fix_frame f[CALLERS];
	struct fix_waiter w[CALLERS];

	for (int i = 0; i < CALLERS; i++) {
		parks[i] = message_at(where, PUFFS_VN_LOOKUP, &f[i]);
		if (i % 2 == 0)
			fix_wait_start(&w[i], fix_mount, parks[i]);
	}
	puffs_userdead(fix_mount);
	for (int i = 0; i < CALLERS; i++) {
		assert_int_equal(i % 2 == 0
			? fix_wait_join(&w[i])
			: puffs_msg_wait(fix_mount, parks[i]),
		    ENXIO);
		frame_back(&f[i]);
		puffs_msgmem_release(parks[i]);
	}
	assert_parks(0);
	assert_int_equal(fix_stats(fix_mount).dead, CALLERS);
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

static void
defect_04_callers_leave_nothing(void **state)
{
	for (enum where where = TOUSER; where < PLACES; where++) {
		fix_setup(state);
		callers_die(where);
		fix_teardown(state);
	}
}

/*
 * Those that the server must learn of are still queued when their callers have
 * been interrupted.
 */
static void
interrupted_die(enum where where, bool releasedfirst)
{
	struct puffs_msgpark *parks[CALLERS];
	struct fix_frame f[CALLERS];

	for (int i = 0; i < CALLERS; i++) {
		parks[i] = message_at(where,
		    where == TOUSER ? PUFFS_VN_RECLAIM : PUFFS_VN_LOOKUP,
		    &f[i]);
		interrupted(parks[i]);
		if (releasedfirst)
			puffs_msgmem_release(parks[i]);
	}
	assert_parks(CALLERS);
	puffs_userdead(fix_mount);
	for (int i = 0; i < CALLERS; i++) {
		frame_back(&f[i]);
		if (!releasedfirst)
			puffs_msgmem_release(parks[i]);
	}
	assert_parks(0);
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

static void
defect_04_interrupted_callers_leave_nothing(void **state)
{
	for (enum where where = TOUSER; where < PLACES; where++) {
		for (int releasedfirst = 0; releasedfirst < 2;
		     releasedfirst++) {
			fix_setup(state);
			interrupted_die(where, releasedfirst != 0);
			fix_teardown(state);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defect_04_callers_leave_nothing),
		cmocka_unit_test(defect_04_interrupted_callers_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
