/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * condvar(9) on the pthread host as it is: timed waits go by the monotonic
 * clock, whatever is done to the wall clock meanwhile.
 *
 * The C library's clocks and its timed wait are the test's: nobody sleeps.
 * Where it cannot take their place (interpose.h) there is nothing to see.
 */

#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "interpose.h"
#include "kern/kern.h"

#include <sys/condvar.h>
#include <sys/kernel.h>

#if INTERPOSE

#define NS_PER_S INT64_C(1000000000)
#define TICK     INT64_C(10000000)
#define DAY      (24 * 3600 * NS_PER_S)

/* While `faked', the clocks are these. */
static bool faked;
static int64_t monotonic, wall;
static unsigned wall_looks;
static clockid_t cond_clock;

/* Sleeps so far, and for each: how far the clocks go before it ends. */
#define MAXSLEEPS 4
static unsigned sleeps;
static struct {
	int64_t passes, wall_jump;
	int64_t deadline; /* what it was given */
} sleep_plan[MAXSLEEPS];

static struct timespec
timespec_of(int64_t ns)
{
	return (struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S),
		.tv_nsec = (long)(ns % NS_PER_S) };
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	INTERPOSE_REAL(int, clock_gettime, (clockid_t, struct timespec *));

	if (!faked)
		return real(id, ts);
	if (id != CLOCK_MONOTONIC)
		wall_looks++;
	*ts = timespec_of(id == CLOCK_MONOTONIC ? monotonic : wall);
	return 0;
}

int
pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t id)
{
	INTERPOSE_REAL(int, pthread_condattr_setclock,
	    (pthread_condattr_t *, clockid_t));

	cond_clock = id;
	return real(attr, id);
}

/*
 * What a timed wait does on its clock: over once the clock says so.
 */
int
pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex,
    const struct timespec *ts)
{
	int64_t deadline = ts->tv_sec * NS_PER_S + ts->tv_nsec;

	INTERPOSE_REAL(int, pthread_cond_timedwait,
	    (pthread_cond_t *, pthread_mutex_t *, const struct timespec *));

	if (!faked)
		return real(cond, mutex, ts);
	assert_in_range(sleeps, 0, MAXSLEEPS - 1);
	sleep_plan[sleeps].deadline = deadline;
	monotonic += sleep_plan[sleeps].passes;
	wall += sleep_plan[sleeps].passes + sleep_plan[sleeps].wall_jump;
	sleeps++;
	if ((cond_clock == CLOCK_MONOTONIC ? monotonic : wall) >= deadline)
		return ETIMEDOUT;
	return 0;
}

static kmutex_t m;
static kcondvar_t cv;

static int
start(void **state)
{
	(void)state;
	if (puffsmsg__kern_init(puffsmsg_host_pthread()) != 0)
		return -1;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cv, "clock");
	mutex_enter(&m);
	monotonic = 5000 * NS_PER_S;
	wall = 20000 * DAY;
	wall_looks = sleeps = 0;
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	faked = false;
	mutex_exit(&m);
	cv_destroy(&cv);
	mutex_destroy(&m);
	puffsmsg__kern_fini();
	return 0;
}

static void
plan(unsigned i, int64_t passes, int64_t wall_jump)
{
	sleep_plan[i].passes = passes;
	sleep_plan[i].wall_jump = wall_jump;
}

/* Three ticks, in as many sleeps as were planned, by either call. */
static void
expect_three_ticks(int (*wait)(void), unsigned n)
{
	int64_t begun = monotonic;

	faked = true;
	assert_int_equal(wait(), EWOULDBLOCK);
	faked = false;
	assert_int_equal(sleeps, n);
	assert_true(monotonic == begun + 3 * TICK);
	for (unsigned i = 0; i < n; i++)
		assert_true(sleep_plan[i].deadline == begun + 3 * TICK);
	assert_int_equal(wall_looks, 0);
}

static int
wait_ticks(void)
{
	return cv_timedwait(&cv, &m, 3);
}

static int
wait_bintime(void)
{
	struct bintime bt = { .sec = 0,
		.frac = (UINT64_C(3) << 32) / 100 << 32 };

	/* Rounded up to a nanosecond, that is. */
	bt.frac += UINT64_C(1) << 33;
	return cv_timedwaitbt_sig(&cv, &m, &bt, DEFAULT_TIMEOUT_EPSILON);
}

static int
wait_pause(void)
{
	return kpause("clock", false, 3, &m);
}

static void
plan_jumps(int64_t jump)
{
	plan(0, TICK, jump);
	plan(1, TICK, -2 * jump);
	plan(2, TICK, jump);
}

static void
test_forward(void **state)
{
	(void)state;
	plan_jumps(DAY);
	expect_three_ticks(wait_ticks, 3);
}

static void
test_back(void **state)
{
	(void)state;
	plan_jumps(-DAY);
	expect_three_ticks(wait_ticks, 3);
}

static void
test_bintime(void **state)
{
	(void)state;
	plan_jumps(365 * DAY);
	expect_three_ticks(wait_bintime, 3);
}

static void
test_kpause(void **state)
{
	(void)state;
	plan_jumps(DAY);
	expect_three_ticks(wait_pause, 3);
}

/* One sleep, during which the wall clock goes back for good. */
static void
test_for_good(void **state)
{
	(void)state;
	plan(0, 3 * TICK, -10000 * DAY);
	expect_three_ticks(wait_ticks, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_forward),
		TEST(test_back),
		TEST(test_bintime),
		TEST(test_kpause),
		TEST(test_for_good),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int
main(void)
{
	return 77;
}

#endif
