/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original queues its answer to a server's UNMOUNT and goes on to the
 * death of the mount, which purges what is queued: it is luck if the server
 * sees its answer.
 *
 * The sop thread unmounts when the server has read the answer, or has had its
 * grace time, or is gone.
 */

#include <sched.h>

#include "serverreq.h"

static struct fs fs;

/*
 * A host whose unmount does not ask the server again.
 */
static int
unmount_at_once(void *arg, struct puffs_mount *mount)
{
	struct fs *f = arg;

	puffs_userdead(mount);
	gate_pass(&f->called);
	return 0;
}

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt;

	(void)state;
	fix_init();
	fs_init(&fs);
	fs.ops.unmount = unmount_at_once;
	opt = fs_options(&fs);
	fix_mount = fix_mount_new(&opt);
	return 0;
}

static bool
somebody_waits(void)
{
	bool waits;

	mutex_enter(&fix_mount->pmp_lock);
	waits = cv_has_waiters(&fix_mount->pmp_cv);
	mutex_exit(&fix_mount->pmp_lock);
	return waits;
}

/* The sop thread waits for its answer to be read, or is past that. */
static void
until_waits_or_unmounts(void)
{
	while (!somebody_waits() && gate_count(&fs.called) == 0)
		sched_yield();
}

static void
ask_unmount(void)
{
	assert_int_equal(srv_request(fix_mount, PUFFSOP_UNMOUNT,
			     sizeof(struct puffs_req), 1),
	    0);
	until_waits_or_unmounts();
	assert_int_equal(gate_count(&fs.called), 0);
	assert_int_equal(puffsmsg_mount_state(fix_mount), PUFFSTAT_RUNNING);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
}

static void
defect_30_the_server_can_read_the_answer_to_its_unmount(void **state)
{
	struct fix_frame f;

	(void)state;
	ask_unmount();
	/* In hand is not read yet. */
	fix_hold(fix_mount, &f);
	until_waits_or_unmounts();
	assert_int_equal(gate_count(&fs.called), 0);
	assert_int_equal(f.req.preq_id, SRV_ID(1));
	assert_int_equal(f.req.preq_rv, 0);
	fix_releaseout(fix_mount, &f, 0);
	gate_await(&fs.called, 1);
	assert_int_equal(fix_stats(fix_mount).faf_done, 1);
	assert_int_equal(fix_stats(fix_mount).faf_dead, 0);
}

static void
defect_30_a_server_that_does_not_read_has_its_grace_time(void **state)
{
	(void)state;
	ask_unmount();
	fix_clock_advance(UINT64_C(2) * 3600 * 1000000000);
	gate_await(&fs.called, 1);
	assert_int_equal(fix_stats(fix_mount).faf_dead, 1);
}

static void
defect_30_a_lost_server_is_not_waited_for(void **state)
{
	(void)state;
	ask_unmount();
	puffs_userdead(fix_mount);
	gate_await(&fs.called, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_30_the_server_can_read_the_answer_to_its_unmount),
		TEST(defect_30_a_server_that_does_not_read_has_its_grace_time),
		TEST(defect_30_a_lost_server_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
