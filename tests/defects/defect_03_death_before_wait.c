/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The server is lost while a caller is between enqueue and its sleep.
 *
 * The original wakes those who sleep and marks nothing: a caller that comes to
 * its wait later sleeps for ever, and so does the unmount that waits for it.
 * The loss of the server must end every message, so that a wait which begins
 * after it returns ENXIO without sleeping.
 */

#include <string.h>

#include "actor.h"

enum where {
	TOUSER,
	INHAND,
	REPLYWAIT,
	PLACES,
};

/* A message of fix_mount that is there. */
static struct puffs_msgpark *
message_at(enum where where, struct fix_frame *f)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	if (where != TOUSER)
		fix_hold(fix_mount, f);
	if (where == REPLYWAIT)
		fix_releaseout(fix_mount, f, 0);
	return park;
}

static void
frame_back(enum where where, struct fix_frame *f)
{
	if (where == INHAND)
		fix_releaseout(fix_mount, f, 0);
}

/* The loss, after which nothing is left that could be waited for. */
static void
server_is_lost(void)
{
	struct puffsmsg_mount_stats st;

	puffs_userdead(fix_mount);
	st = fix_stats(fix_mount);
	assert_int_equal(fix_inflight(&st), 0);
}

static void
defect_03_wait_after_the_loss_is_enxio(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	for (enum where where = TOUSER; where < PLACES; where++) {
		fix_setup(state);
		park = message_at(where, &f);
		server_is_lost();
		assert_int_equal(park->park_state, PARK_DONE);
		assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
		frame_back(where, &f);
		puffs_msgmem_release(park);
		fix_teardown(state);
	}
}

/* The caller is in wait, and has not looked at its message yet. */
static void
defect_03_the_loss_goes_before_the_callers_look(void **state)
{
	struct fix_frame f;
	struct actor a;

	for (enum where where = TOUSER; where < PLACES; where++) {
		stopper_setup(state);
		memset(&a, 0, sizeof(a));
		a.mount = fix_mount;
		a.park = message_at(where, &f);
		actor_hold(&a, actor_wait, STOPPER_ENTER, 1);
		server_is_lost();
		assert_int_equal(actor_end(&a), ENXIO);
		frame_back(where, &f);
		puffs_msgmem_release(a.park);
		fix_teardown(state);
	}
}

/* A caller that sleeps, and one that does not yet, on the same queue. */
static void
defect_03_sleepers_and_those_to_come_end_alike(void **state)
{
	struct puffs_msgpark *parks[2];
	struct fix_waiter w;
	struct fix_frame f;

	for (enum where where = TOUSER; where < PLACES; where++) {
		fix_setup(state);
		parks[0] = message_at(where, &f);
		frame_back(where, &f);
		parks[1] = message_at(where, &f);
		fix_wait_start(&w, fix_mount, parks[0]);
		server_is_lost();
		assert_int_equal(fix_wait_join(&w), ENXIO);
		assert_int_equal(puffs_msg_wait(fix_mount, parks[1]), ENXIO);
		frame_back(where, &f);
		for (int i = 0; i < 2; i++)
			puffs_msgmem_release(parks[i]);
		fix_teardown(state);
	}
}

/*
 * The unmount that follows is not held up by the caller that has not waited
 * yet; only the memory of the mount is, until it has.
 */
static void
defect_03_unmount_does_not_wait_for_such_a_caller(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	for (enum where where = TOUSER; where < PLACES; where++) {
		fix_setup(state);
		park = message_at(where, &f);
		server_is_lost();
		frame_back(where, &f);
		assert_int_equal(puffsmsg_mount_unmount(fix_mount, 0), 0);
		assert_int_equal(fix_stats(fix_mount).references, 1);
		assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
		assert_int_equal(fix_stats(fix_mount).references, 0);
		puffs_msgmem_release(park);
		fix_teardown(state);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defect_03_wait_after_the_loss_is_enxio),
		cmocka_unit_test(
		    defect_03_the_loss_goes_before_the_callers_look),
		cmocka_unit_test(
		    defect_03_sleepers_and_those_to_come_end_alike),
		cmocka_unit_test(
		    defect_03_unmount_does_not_wait_for_such_a_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
