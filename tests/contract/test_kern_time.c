/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * hz(9), mstohz(9), tvtohz(9), microuptime(9), time_second(9), kpause(9) and
 * bintime_add(9), on a clock that the test sets.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>

#include "expect_panic.h"
#include "testhost.h"

#include <sys/condvar.h>
#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/time.h>

#define NS_PER_S UINT64_C(1000000000)
#define TICK     (NS_PER_S / 100)

static int
start(void **state)
{
	(void)state;
	testhost_reset();
	testhost_take_block(true);
	th.now = 12345678901234;
	return puffsmsg__kern_init(&testhost);
}

/* ------------------------------------------------------------- ticks */

static void
test_hz_is_100(void **state)
{
	(void)state;
	assert_int_equal(hz, 100);
}

static void
test_a_tick_is_a_hundredth(void **state)
{
	int first = hardclock_ticks;

	(void)state;
	th.now += TICK - 1;
	assert_int_equal(hardclock_ticks, first);
	th.now += 1;
	assert_int_equal(hardclock_ticks, first + 1);
	assert_int_equal(getticks(), first + 1);
	th.now += 41 * TICK;
	assert_int_equal(getticks(), first + 42);
}

/* Ten seconds after the start with the debug checks, which these tests have. */
static void
to_the_wrap(void)
{
	while (hardclock_ticks > 0) {
		assert_true(th.now < 12345678901234 + 60 * NS_PER_S);
		th.now += TICK;
	}
}

static void
test_ticks_wrap_after_ten_seconds(void **state)
{
	int before = hardclock_ticks;

	(void)state;
	assert_true(before > INT_MAX - 11 * hz);
	th.now += 10 * NS_PER_S;
	assert_int_equal(hardclock_ticks, INT_MAX);
	th.now += TICK;
	assert_int_equal(hardclock_ticks, INT_MIN);
	th.now += TICK;
	assert_int_equal(hardclock_ticks, INT_MIN + 1);
}

static void
test_differences_hold_across_the_wrap(void **state)
{
	unsigned int before, due;

	(void)state;
	to_the_wrap();
	th.now -= 5 * TICK;
	before = (unsigned int)getticks();
	assert_true((int)before > 0);
	due = before + (unsigned int)mstohz(100);
	assert_true((int)((unsigned int)getticks() - due) < 0);
	th.now += 9 * TICK;
	assert_true((int)((unsigned int)getticks() - due) < 0);
	th.now += TICK;
	assert_int_equal((unsigned int)getticks() - due, 0);
	assert_int_equal((unsigned int)getticks() - before, 10);
}

static void
test_sleeps_last_as_long_across_the_wrap(void **state)
{
	kmutex_t m;
	kcondvar_t cv;
	uint64_t before;

	(void)state;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cv, "wrap");
	to_the_wrap();
	th.now -= 3 * TICK;
	before = th.now;
	assert_int_equal(kpause("wrap", false, 5, NULL), EWOULDBLOCK);
	assert_true(th.now == before + 5 * TICK);
	th.now = before;
	mutex_enter(&m);
	assert_int_equal(cv_timedwait(&cv, &m, 5), EWOULDBLOCK);
	assert_true(th.now == before + 5 * TICK);
	mutex_exit(&m);
	cv_destroy(&cv);
	mutex_destroy(&m);
}

static void
test_mstohz_rounds_down_and_does_not_overflow(void **state)
{
	(void)state;
	assert_int_equal(mstohz(0), 0);
	assert_int_equal(mstohz(9), 0);
	assert_int_equal(mstohz(10), 1);
	assert_int_equal(mstohz(19), 1);
	assert_int_equal(mstohz(UINT_MAX), UINT_MAX / 10);
}

static void
test_hztoms(void **state)
{
	(void)state;
	assert_int_equal(hztoms(0), 0);
	assert_int_equal(hztoms(1), 10);
	assert_int_equal(hztoms(100000000), 1000000000);
}

static void
test_tvtohz_rounds_up_and_counts_this_tick(void **state)
{
	struct timeval tv = { 0, 1 };

	(void)state;
	assert_int_equal(tvtohz(&tv), 2);
	tv.tv_usec = 10000;
	assert_int_equal(tvtohz(&tv), 2);
	tv.tv_usec = 10001;
	assert_int_equal(tvtohz(&tv), 3);
	tv.tv_sec = 7;
	tv.tv_usec = 0;
	assert_int_equal(tvtohz(&tv), 701);
}

static void
test_tvtohz_of_nothing_is_0(void **state)
{
	struct timeval tv = { 0, 0 };

	(void)state;
	assert_int_equal(tvtohz(&tv), 0);
	tv.tv_sec = -1;
	tv.tv_usec = 999999;
	assert_int_equal(tvtohz(&tv), 0);
}

static void
test_tstohz(void **state)
{
	struct timespec ts = { 0, 1 };

	(void)state;
	assert_int_equal(tstohz(&ts), 2);
	ts.tv_nsec = 10000001;
	assert_int_equal(tstohz(&ts), 3);
	ts.tv_nsec = 0;
	assert_int_equal(tstohz(&ts), 0);
	ts.tv_sec = -3;
	assert_int_equal(tstohz(&ts), 0);
}

static void
test_too_long_is_the_longest(void **state)
{
	struct timespec ts = { INT_MAX / 100, 999999999 };
	struct timeval tv = { INT_MAX, 0 };

	(void)state;
	assert_int_equal(tstohz(&ts), INT_MAX);
	assert_int_equal(tvtohz(&tv), INT_MAX);
	ts.tv_sec = INT_MAX / 100 + 1;
	ts.tv_nsec = 0;
	assert_int_equal(tstohz(&ts), INT_MAX);
	ts.tv_sec = INT_MAX / 100;
	assert_int_equal(tstohz(&ts), INT_MAX / 100 * 100 + 1);
}

/* ------------------------------------------------------------ uptimes */

static void
test_uptime_begins_at_one_second(void **state)
{
	struct timespec ts;
	struct timeval tv;
	struct bintime bt;

	(void)state;
	assert_int_equal(time_uptime, 1);
	nanouptime(&ts);
	microuptime(&tv);
	binuptime(&bt);
	assert_int_equal(ts.tv_sec, 1);
	assert_int_equal(ts.tv_nsec, 0);
	assert_int_equal(tv.tv_sec, 1);
	assert_int_equal(tv.tv_usec, 0);
	assert_int_equal(bt.sec, 1);
	assert_true(bt.frac == 0);
}

static void
test_uptimes_go_with_the_clock(void **state)
{
	struct timespec ts, got;
	struct timeval tv, gotv;
	struct bintime bt, gotb;

	(void)state;
	th.now += 3 * NS_PER_S + 500000001;
	assert_int_equal(time_uptime, 4);
	nanouptime(&ts);
	assert_int_equal(ts.tv_sec, 4);
	assert_int_equal(ts.tv_nsec, 500000001);
	microuptime(&tv);
	assert_int_equal(tv.tv_sec, 4);
	assert_int_equal(tv.tv_usec, 500000);
	binuptime(&bt);
	bintime2timespec(&bt, &got);
	assert_int_equal(got.tv_sec, 4);
	assert_int_equal(got.tv_nsec, 500000001);
	getnanouptime(&got);
	assert_true(got.tv_sec == ts.tv_sec && got.tv_nsec == ts.tv_nsec);
	getmicrouptime(&gotv);
	assert_true(gotv.tv_sec == tv.tv_sec && gotv.tv_usec == tv.tv_usec);
	getbinuptime(&gotb);
	assert_true(gotb.sec == bt.sec && gotb.frac == bt.frac);
}

static void
test_a_new_start_begins_anew(void **state)
{
	(void)state;
	th.now += 100 * NS_PER_S;
	assert_int_equal(time_uptime, 101);
	puffsmsg__kern_fini();
	assert_int_equal(puffsmsg__kern_init(&testhost), 0);
	assert_int_equal(time_uptime, 1);
}

/* ------------------------------------------------------------ bintime */

static void
test_bintime_sums(void **state)
{
	struct bintime bt = ms2bintime(1500), more = ms2bintime(750);

	(void)state;
	assert_int_equal(bt.sec, 1);
	assert_true(bt.frac == UINT64_C(1) << 63);
	bintime_add(&bt, &more);
	assert_int_equal(bt.sec, 2);
	assert_true(bt.frac == UINT64_C(1) << 62);
	bintime_sub(&bt, &more);
	assert_int_equal(bt.sec, 1);
	assert_true(bt.frac == UINT64_C(1) << 63);
	bintime_addx(&bt, UINT64_C(1) << 63);
	assert_int_equal(bt.sec, 2);
	assert_true(bt.frac == 0);
}

static void
test_bintime_conversions(void **state)
{
	struct timespec ts = { 8, 123456789 }, ts2;
	struct timeval tv = { 9, 123457 }, tv2;
	struct bintime bt;

	(void)state;
	timespec2bintime(&ts, &bt);
	bintime2timespec(&bt, &ts2);
	assert_true(ts.tv_sec == ts2.tv_sec && ts.tv_nsec == ts2.tv_nsec);
	timeval2bintime(&tv, &bt);
	bintime2timeval(&bt, &tv2);
	assert_true(tv.tv_sec == tv2.tv_sec && tv.tv_usec == tv2.tv_usec);
	bt = us2bintime(2250000);
	assert_true(bt.sec == 2 && bt.frac == UINT64_C(1) << 62);
	bt = ns2bintime(3000000000);
	assert_true(bt.sec == 3 && bt.frac == 0);
}

/* ------------------------------------------------------------- kpause */

static kmutex_t lock;

static void
see_unlocked(void)
{
	assert_false(mutex_owned(&lock));
	assert_string_equal(curlwp->l_wmesg, "pause");
}

static void
test_kpause_sleeps_without_the_mutex(void **state)
{
	uint64_t before = th.now;

	(void)state;
	mutex_init(&lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&lock);
	th.on_block = see_unlocked;
	assert_int_equal(kpause("pause", false, 3, &lock), EWOULDBLOCK);
	assert_int_equal(kpause("pause", true, 3, &lock), EWOULDBLOCK);
	assert_int_equal(th.blocks, 2);
	th.on_block = NULL;
	assert_true(th.now == before + 6 * TICK);
	assert_true(mutex_owned(&lock));
	assert_null(curlwp->l_wmesg);
	mutex_exit(&lock);
	mutex_destroy(&lock);
}

static void
interrupt(void)
{
	assert_int_equal(puffsmsg_proc_kill(SIGUSR1), 0);
}

static void
test_kpause_for_ever_ends_with_a_signal(void **state)
{
	(void)state;
	mutex_init(&lock, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&lock);
	th.on_block = interrupt;
	assert_int_equal(kpause("pause", true, 0, &lock), EINTR);
	assert_true(th.deadlines[0] == PUFFSMSG_FOREVER);
	assert_true(mutex_owned(&lock));
	/* It is still pending. */
	assert_int_equal(kpause("pause", true, 0, &lock), EINTR);
	assert_int_equal(th.blocks, 1);
	assert_true(mutex_owned(&lock));
	mutex_exit(&lock);
	mutex_destroy(&lock);
}

static void
test_kpause_that_does_not_mind_signals(void **state)
{
	(void)state;
	th.on_block = interrupt;
	assert_int_equal(kpause("pause", false, 2, NULL), EWOULDBLOCK);
	assert_int_equal(kpause("pause", false, 2, NULL), EWOULDBLOCK);
	th.on_block = NULL;
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGUSR1);
}

static void
do_kpause_for_ever(void *arg)
{
	(void)arg;
	(void)kpause("sloth", false, 0, NULL);
}

static void
test_kpause_for_ever_and_deaf_is_a_panic(void **state)
{
	(void)state;
	expect_panic(do_kpause_for_ever, NULL, "kpause: sloth: for ever");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hz_is_100),
		TEST(test_a_tick_is_a_hundredth),
		TEST(test_ticks_wrap_after_ten_seconds),
		TEST(test_differences_hold_across_the_wrap),
		TEST(test_sleeps_last_as_long_across_the_wrap),
		TEST(test_mstohz_rounds_down_and_does_not_overflow),
		TEST(test_hztoms),
		TEST(test_tvtohz_rounds_up_and_counts_this_tick),
		TEST(test_tvtohz_of_nothing_is_0),
		TEST(test_tstohz),
		TEST(test_too_long_is_the_longest),
		TEST(test_uptime_begins_at_one_second),
		TEST(test_uptimes_go_with_the_clock),
		TEST(test_a_new_start_begins_anew),
		TEST(test_bintime_sums),
		TEST(test_bintime_conversions),
		TEST(test_kpause_sleeps_without_the_mutex),
		TEST(test_kpause_for_ever_ends_with_a_signal),
		TEST(test_kpause_that_does_not_mind_signals),
		TEST(test_kpause_for_ever_and_deaf_is_a_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
