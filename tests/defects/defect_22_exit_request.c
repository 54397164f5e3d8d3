/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original tells its sop thread to exit by a request in the same queue;
 * if the thread leaves for another reason, its purge answers that request too,
 * from memory that nobody has written: the server gets a frame with an id of
 * garbage.
 *
 * To be told to exit is not a message: what the server gets are answers to its
 * own requests, one each.
 */

#include <sched.h>

#include <sys/kernel.h>

#include "serverreq.h"

static struct fs fs;

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt;

	(void)state;
	fix_init();
	fs_init(&fs);
	opt = fs_options(&fs);
	fix_mount = fix_mount_new(&opt);
	return 0;
}

static int
flush(uint64_t n)
{
	return srv_flush(fix_mount, n, PUFFS_INVAL_NAMECACHE_ALL, 0, 0, 0);
}

static int
ask_unmount(uint64_t n)
{
	return srv_request(fix_mount, PUFFSOP_UNMOUNT, sizeof(struct puffs_req),
	    n);
}

/* Far in the future; ticks wrap. */
static int
later(void)
{
	return (int)((unsigned)hardclock_ticks + 100000u);
}

/* The thread is in flush 1; unmount 2, flush 3 and an expiry are queued. */
static void
queue_requests(void)
{
	atomic_store(&fs.block, FS_PURGEALL);
	assert_int_equal(flush(1), 0);
	gate_await(&fs.blocked, 1);
	assert_int_equal(ask_unmount(2), 0);
	assert_int_equal(flush(3), 0);
	assert_int_equal(puffsmsg_expire(fix_mount, 7, later()), 0);
}

static bool
sop_has_left(void)
{
	struct puffsmsg__sop *sop = &fix_mount->pmp_sop;
	bool left;

	mutex_enter(&sop->sop_lock);
	left = sop->sop_state == SOPST_NONE;
	mutex_exit(&sop->sop_lock);
	return left;
}

static void
until_sop_has_left(void)
{
	fs_release(&fs);
	while (!sop_has_left())
		sched_yield();
}

/*
 * The thread is told while the server is still there to hear what it says.
 */
static void
defect_22_an_exit_is_no_message(void **state)
{
	(void)state;
	queue_requests();
	puffsmsg__sop_tellexit(fix_mount);
	until_sop_has_left();
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 3);
	srv_expect_answer(fix_mount, 1, 0);
	srv_expect_answer(fix_mount, 2, ENXIO);
	srv_expect_answer(fix_mount, 3, ENXIO);
	assert_int_equal(fix_stats(fix_mount).sopreqs, 0);
}

/* As it comes about otherwise: then the mount counts what nobody heard. */
static void
defect_22_an_unmount_loses_answers_to_requests_only(void **state)
{
	(void)state;
	queue_requests();
	puffs_userdead(fix_mount);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, 0), 0);
	until_sop_has_left();
	assert_int_equal(fix_stats(fix_mount).lost, 3);
	assert_int_equal(fix_stats(fix_mount).sopreqs, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_22_an_exit_is_no_message),
		TEST(defect_22_an_unmount_loses_answers_to_requests_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
