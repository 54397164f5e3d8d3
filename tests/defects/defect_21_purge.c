/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original's sop thread, when it leaves, purges its queues with its lock
 * dropped between requests while it still counts as alive: a flush that is
 * accepted then is never answered, and its memory is lost.
 *
 * From the moment that the thread leaves, requests are refused at once with
 * ENXIO, so that each gets exactly one answer.
 */

#include <sys/kernel.h>

#include "serverreq.h"

static struct fs fs;

/*
 * Stops the sop thread each time that it has put an answer on an empty queue,
 * when it holds no lock.
 */
static struct {
	pthread_t test;
	struct gate stopped, go;
} stop;

static void
stop_elsewhere(void *arg)
{
	(void)arg;
	if (pthread_equal(pthread_self(), stop.test))
		return;
	gate_pass(&stop.stopped);
	gate_await(&stop.go, gate_count(&stop.stopped));
}

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt;

	(void)state;
	fix_init();
	stop.test = pthread_self();
	gate_init(&stop.stopped);
	gate_init(&stop.go);
	fs_init(&fs);
	opt = fs_options(&fs);
	opt.notify = stop_elsewhere;
	fix_mount = fix_mount_new(&opt);
	return 0;
}

/* Whatever came of the test, the thread goes on. */
static int
teardown(void **state)
{
	for (int i = 0; i < 10; i++)
		gate_pass(&stop.go);
	return fix_teardown(state);
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

/*
 * The thread has answered 1 (flush) and 2 (unmount), and is stopped in its
 * purge, when it has answered 3.
 */
static void
stop_in_purge(void)
{
	atomic_store(&fs.block, FS_PURGEALL);
	assert_int_equal(flush(1), 0);
	gate_await(&fs.blocked, 1);
	assert_int_equal(ask_unmount(2), 0);
	assert_int_equal(flush(3), 0);
	assert_int_equal(puffsmsg_expire(fix_mount, 7, later()), 0);
	fs_release(&fs);
	for (uint64_t n = 1; n <= 2; n++) {
		gate_await(&stop.stopped, (unsigned)n);
		srv_expect_answer(fix_mount, n, 0);
		gate_pass(&stop.go);
	}
	gate_await(&stop.stopped, 3);
	srv_expect_answer(fix_mount, 3, ENXIO);
}

/* It leaves, and the host hears of the unmount. */
static void
let_it_leave(void)
{
	gate_pass(&stop.go);
	gate_await(&fs.called, 2);
	assert_int_equal(fs.calls[1], FS_UNMOUNT);
}

static void
defect_21_requests_during_the_purge_are_answered(void **state)
{
	(void)state;
	stop_in_purge();
	assert_int_equal(flush(4), 0);
	assert_int_equal(ask_unmount(5), 0);
	assert_int_equal(fix_stats(fix_mount).sopreqs, 0);
	let_it_leave();
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 2);
	srv_expect_answer(fix_mount, 4, ENXIO);
	srv_expect_answer(fix_mount, 5, ENXIO);
}

/* Expiries are not answered: who asks is told. */
static void
defect_21_expiries_during_the_purge_are_refused(void **state)
{
	(void)state;
	stop_in_purge();
	assert_int_equal(puffsmsg_expire(fix_mount, 1, 0), ENXIO);
	let_it_leave();
	srv_expect_nothing(fix_mount);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_21_requests_during_the_purge_are_answered),
		TEST(defect_21_expiries_during_the_purge_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
