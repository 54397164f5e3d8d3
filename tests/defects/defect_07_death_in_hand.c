/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The server is lost while its reader has a message in hand.
 *
 * The original has such a message on no queue and forgets it; releaseout then
 * puts it on the queue of a mount that is dead, where nobody will ever look:
 * its caller hangs, its callback never runs, and the mount is never freed.
 * The loss must end it like all others, and releaseout leave it alone.
 */

#include <string.h>

#include "actor.h"
#include "outcome.h"

static const int statuses[] = { 0, EIO };
#define NSTATUSES 2

/* The loss and then releaseout; nothing is left on the mount's lists. */
static void
lost_and_released(struct fix_frame *f, int status)
{
	struct puffsmsg_mount_stats st;

	puffs_userdead(fix_mount);
	fix_releaseout(fix_mount, f, status);
	st = fix_stats(fix_mount);
	assert_int_equal(fix_inflight(&st), 0);
	assert_int_equal(st.replywait, 0);
}

static void
defect_07_a_caller_that_sleeps_gets_enxio(void **state)
{
	static struct fix_waiter w; /* may outlive a test that fails */
	struct puffs_msgpark *park;
	struct fix_frame f;

	for (int i = 0; i < NSTATUSES; i++) {
		fix_setup(state);
		park = fix_send(fix_mount);
		fix_hold(fix_mount, &f);
		fix_wait_start(&w, fix_mount, park);
		lost_and_released(&f, statuses[i]);
		assert_int_equal(fix_wait_join(&w), ENXIO);
		puffs_msgmem_release(park);
		outcome_is(fix_mount, (struct outcome){ .dead = 1 });
		fix_teardown(state);
	}
}

/* Its wait begins after the loss, or after releaseout. */
static void
defect_07_a_caller_that_waits_later_gets_enxio(void **state)
{
	struct puffs_msgpark *parks[2];
	struct fix_frame f[2];

	for (int i = 0; i < NSTATUSES; i++) {
		fix_setup(state);
		for (int n = 0; n < 2; n++) {
			parks[n] = fix_send(fix_mount);
			fix_hold(fix_mount, &f[n]);
		}
		puffs_userdead(fix_mount);
		assert_int_equal(parks[0]->park_state, PARK_DONE);
		assert_int_equal(puffs_msg_wait(fix_mount, parks[0]), ENXIO);
		fix_releaseout(fix_mount, &f[0], statuses[i]);
		fix_releaseout(fix_mount, &f[1], statuses[i]);
		assert_int_equal(parks[1]->park_state, PARK_DONE);
		assert_int_equal(puffs_msg_wait(fix_mount, parks[1]), ENXIO);
		for (int n = 0; n < 2; n++)
			puffs_msgmem_release(parks[n]);
		outcome_is(fix_mount, (struct outcome){ .dead = 2 });
		fix_teardown(state);
	}
}

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

static void
defect_07_a_callback_runs_once(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;
	struct call c;

	for (int i = 0; i < NSTATUSES; i++) {
		fix_setup(state);
		c = (struct call){ 0, 0 };
		park = fix_getattr();
		puffs_msg_setcall(park, callback, &c);
		puffs_msg_enqueue(fix_mount, park);
		puffs_msgmem_release(park);
		fix_hold(fix_mount, &f);
		lost_and_released(&f, statuses[i]);
		assert_int_equal(c.times, 1);
		assert_int_equal(c.rv, ENXIO);
		outcome_is(fix_mount, (struct outcome){ .dead = 1 });
		fix_teardown(state);
	}
}

/* A server that reads copies has the message nowhere else while it copies. */
static void
defect_07_a_message_that_is_being_copied(void **state)
{
	struct puffsmsg_mount_stats st;
	struct actor reader;

	(void)state;
	memset(&reader, 0, sizeof(reader));
	reader.mount = fix_mount;
	reader.park = fix_send(fix_mount);
	actor_hold(&reader, actor_read, STOPPER_EXITED, 1);
	assert_int_equal(reader.park->park_state, PARK_COPYING);
	puffs_userdead(fix_mount);
	assert_int_equal(actor_end(&reader), 0);
	st = fix_stats(fix_mount);
	assert_int_equal(fix_inflight(&st), 0);
	assert_int_equal(reader.park->park_state, PARK_DONE);
	assert_int_equal(puffs_msg_wait(fix_mount, reader.park), ENXIO);
	puffs_msgmem_release(reader.park);
	outcome_is(fix_mount, (struct outcome){ .dead = 1 });
}

/* All that the mount waits for is the frame, and then nothing. */
static void
defect_07_the_mount_is_freed(void **state)
{
	struct puffs_msgpark *park;
	struct puffs_mount *mount;
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < NSTATUSES; i++) {
		mount = fix_mount_new(NULL);
		park = fix_park(128, PUFFSOP_VN, PUFFS_VN_WRITE);
		puffs_msg_setfaf(park);
		puffs_msg_enqueue(mount, park);
		puffs_msgmem_release(park);
		fix_hold(mount, &f);
		puffs_userdead(mount);
		assert_int_equal(puffsmsg_mount_unmount(mount, 0), 0);
		assert_int_equal(fix_stats(mount).references, 1);
		fix_releaseout(mount, &f, statuses[i]);
		assert_int_equal(fix_stats(mount).references, 0);
		fix_mount_free(mount);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defect_07_a_caller_that_sleeps_gets_enxio),
		cmocka_unit_test(
		    defect_07_a_caller_that_waits_later_gets_enxio),
		cmocka_unit_test(defect_07_a_callback_runs_once),
		cmocka_unit_test_setup_teardown(
		    defect_07_a_message_that_is_being_copied, stopper_setup,
		    fix_teardown),
		cmocka_unit_test_setup_teardown(defect_07_the_mount_is_freed,
		    fix_setup, fix_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
