/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * In the kernel that the original is run on in a process timed waits end by
 * the wall clock: when somebody sets that, they end too early or not at all.
 *
 * Timed waits know the monotonic clock only.
 */

#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "msgfix.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include <sys/condvar.h>
#include <sys/kernel.h>
#include <sys/mutex.h>

#include "interpose.h"

#define NS_PER_S UINT64_C(1000000000)
#define HOUR     3600

#define WALL_CONDS 64u /* more than one test makes */

static uint64_t
ns_of(const struct timespec *ts)
{
	return (uint64_t)ts->tv_sec * NS_PER_S + (uint64_t)ts->tv_nsec;
}

static uint64_t
monotonic_now(void)
{
	struct timespec ts;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	return ns_of(&ts);
}

/*
 * A thread that waits for an hour for what comes sooner.
 */
struct sleeper {
	struct fix_thread t;
	kmutex_t lock;
	kcondvar_t cv;
	int error;
	bool returned; /* under lock */
};

static void
sleeper_main(void *arg)
{
	struct sleeper *s = arg;

	mutex_enter(&s->lock);
	s->error = cv_timedwait(&s->cv, &s->lock, HOUR * hz);
	s->returned = true;
	mutex_exit(&s->lock);
}

static bool
has_returned(struct sleeper *s)
{
	bool is;

	mutex_enter(&s->lock);
	is = s->returned;
	mutex_exit(&s->lock);
	return is;
}

static bool
is_asleep(struct sleeper *s)
{
	bool is;

	mutex_enter(&s->lock);
	is = cv_has_waiters(&s->cv);
	mutex_exit(&s->lock);
	return is;
}

static void
sleeper_start(struct sleeper *s)
{
	s->error = -1;
	s->returned = false;
	mutex_init(&s->lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&s->cv, "defect34");
	fix_start(&s->t, sleeper_main, s);
	while (!is_asleep(s) && !has_returned(s))
		sched_yield();
}

static int
sleeper_end(struct sleeper *s)
{
	mutex_enter(&s->lock);
	cv_signal(&s->cv);
	mutex_exit(&s->lock);
	fix_join(&s->t);
	cv_destroy(&s->cv);
	mutex_destroy(&s->lock);
	return s->error;
}

static void
defect_34_time_is_that_of_the_monotonic_clock(void **state)
{
	uint64_t before = monotonic_now();
	uint64_t now = puffsmsg_host_pthread()->clock();

	(void)state;
	assert_true(before <= now);
	assert_true(now <= monotonic_now());
}

#if INTERPOSE
/*
 * The wall clock is the test's: it can be set, and waits that end by it do so
 * when it has come to their time.
 */
static _Atomic int64_t wall_set;               /* by how many seconds */
static atomic_uint looks;                      /* timed waits that were begun */
static atomic_uint ended;                      /* of them, by the wall clock */
static _Atomic(void *) wall_conds[WALL_CONDS]; /* that go by it */
static atomic_uint nwall_conds;

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	INTERPOSE_REAL(int, clock_gettime, (clockid_t, struct timespec *));
	int error = real(clock, ts);

	if (clock == CLOCK_REALTIME)
		ts->tv_sec += (time_t)atomic_load(&wall_set);
	return error;
}

int
pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr)
{
	INTERPOSE_REAL(int, pthread_cond_init,
	    (pthread_cond_t *, const pthread_condattr_t *));
	clockid_t clock = CLOCK_REALTIME;
	unsigned n;

	if (attr != NULL)
		(void)pthread_condattr_getclock(attr, &clock);
	if (clock == CLOCK_REALTIME) {
		n = atomic_fetch_add(&nwall_conds, 1);
		atomic_store(&wall_conds[n % WALL_CONDS], cond);
	}
	return real(cond, attr);
}

static bool
goes_by_the_wall(void *cond)
{
	bool does = false;

	for (unsigned i = 0; i < WALL_CONDS; i++)
		does |= atomic_load(&wall_conds[i]) == cond;
	return does;
}

int
pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *m,
    const struct timespec *end)
{
	INTERPOSE_REAL(int, pthread_cond_timedwait,
	    (pthread_cond_t *, pthread_mutex_t *, const struct timespec *));
	struct timespec now;
	bool past = false;

	if (goes_by_the_wall(cond)) {
		(void)clock_gettime(CLOCK_REALTIME, &now);
		past = ns_of(end) <= ns_of(&now);
	}
	if (past)
		atomic_fetch_add(&ended, 1);
	atomic_fetch_add(&looks, 1);
	return past ? ETIMEDOUT : real(cond, m, end);
}

/* The sleeper looks at its deadline once more. */
static void
look_again(struct sleeper *s)
{
	unsigned before = atomic_load(&looks);

	fix_clock_advance(0);
	while (atomic_load(&looks) == before && !has_returned(s))
		sched_yield();
}

static void
wall_is_set_by(int64_t seconds)
{
	struct sleeper s;

	atomic_store(&looks, 0);
	atomic_store(&ended, 0);
	sleeper_start(&s);
	while (atomic_load(&looks) == 0)
		sched_yield();
	atomic_store(&wall_set, seconds);
	look_again(&s);
	assert_int_equal(sleeper_end(&s), 0);
	assert_int_equal(atomic_load(&ended), 0);
}

static void
defect_34_the_wall_clock_is_set_while_somebody_sleeps(void **state)
{
	(void)state;
	wall_is_set_by(24 * HOUR);
	wall_is_set_by(0);
}
#endif

/* By any other clock than that of its deadline it would be over at once. */
static void
defect_34_an_hour_is_not_over_at_once(void **state)
{
	struct sleeper s;

	(void)state;
	sleeper_start(&s);
	assert_int_equal(sleeper_end(&s), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_34_time_is_that_of_the_monotonic_clock),
		TEST(defect_34_an_hour_is_not_over_at_once),
#if INTERPOSE
		TEST(defect_34_the_wall_clock_is_set_while_somebody_sleeps),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
