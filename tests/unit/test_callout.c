/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The inside of callouts: the thread's life, its wakeups, many threads.  What
 * the calls promise is in tests/contract/test_kern_callout.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "expect_panic.h"
#include "gate.h"
#include "kern/kern_private.h"
#include "sleepers.h"

#include <sys/callout.h>

#define TICK UINT64_C(10000000)

static uint32_t calls;

static void
count(void *arg)
{
	(void)arg;
	testhost_count(&calls);
}

/* Who uses no callouts has no thread for them. */
static void
test_no_thread(void **state)
{
	(void)state;
	(void)curlwp;
	th.fail_thread_create = 1;
	assert_int_equal(curproc->p_nlwps, 1);
	assert_int_equal(sleepers_stop(state), 0);
	assert_int_equal(th.fail_thread_create, 1);
}

/* A second life of the library has a thread of its own. */
static void
test_lives(void **state)
{
	callout_t c;

	for (int i = 0; i < 3; i++) {
		assert_int_equal(sleepers_start(state), 0);
		calls = 0;
		callout_init(&c, 0);
		callout_reset(&c, 1, count, NULL);
		sleepers_settle(1);
		sleepers_advance(TICK);
		sleepers_settle(1);
		assert_int_equal(testhost_counted(&calls), 1);
		assert_int_equal(sleepers_stop(state), 0);
	}
}

/* The end may come before the thread has begun: it is not lost on the way. */
static struct gate may_begin;

struct begin {
	void (*fn)(void *);
	void *arg;
};
static struct begin begin;

static void
begin_late(void *arg)
{
	struct begin *b = arg;

	gate_await(&may_begin, 1);
	b->fn(b->arg);
}

static int
create_late(void (*fn)(void *), void *arg, const char *name, unsigned flags,
    void **thread)
{
	begin = (struct begin){ fn, arg };
	return testhost_real()->thread_create(begin_late, &begin, name, flags,
	    thread);
}

static void
join_late(void *thread)
{
	gate_pass(&may_begin);
	testhost_real()->thread_join(thread);
}

static void
test_end_before_the_beginning(void **state)
{
	callout_t c;

	gate_init(&may_begin);
	testhost.thread_create = create_late;
	testhost.thread_join = join_late;
	callout_init(&c, 0);
	callout_reset(&c, 0, count, NULL);
	assert_false(callout_stop(&c));
	assert_int_equal(sleepers_stop(state), 0);
}

/* Scheduled before there is a thread. */
static void
test_schedule_before_the_beginning(void **state)
{
	callout_t c;

	(void)state;
	calls = 0;
	gate_init(&may_begin);
	testhost.thread_create = create_late;
	callout_init(&c, 0);
	callout_reset(&c, 2, count, NULL);
	gate_pass(&may_begin);
	assert_true(sleepers_deadline() == sleepers_clock() + 2 * TICK);
	sleepers_advance(2 * TICK);
	sleepers_settle(1);
	assert_int_equal(testhost_counted(&calls), 1);
}

static void
do_no_thread_ever(void *arg)
{
	callout_t c;

	(void)arg;
	callout_init(&c, 0);
}

static int
never(void (*fn)(void *), void *arg, const char *name, unsigned flags,
    void **thread)
{
	(void)fn;
	(void)arg;
	(void)name;
	(void)flags;
	(void)thread;
	return EPERM;
}

static void
test_no_thread_ever(void **state)
{
	(void)state;
	testhost.thread_create = never;
	expect_panic(do_no_thread_ever, NULL, "callout_init: error");
}

static uint32_t unblocks;

static void
count_unblock(void *token)
{
	testhost_count(&unblocks);
	sleepers_unblock(token);
}

/*
 * softclock is woken for what comes before all that it knows of, and for
 * nothing else.
 */
static void
test_wakeups(void **state)
{
	callout_t a, b;

	(void)state;
	callout_init(&a, 0);
	callout_init(&b, 0);
	sleepers_settle(1);
	testhost.unblock = count_unblock;
	unblocks = 0;
	callout_reset(&a, 10, count, NULL);
	sleepers_settle(1);
	assert_int_equal(testhost_counted(&unblocks), 1);
	callout_reset(&b, 20, count, NULL);
	assert_int_equal(testhost_counted(&unblocks), 1);
	callout_reset(&b, 5, count, NULL);
	sleepers_settle(1);
	assert_int_equal(testhost_counted(&unblocks), 2);
	assert_true(sleepers_deadline() == sleepers_clock() + 5 * TICK);
	(void)callout_stop(&b);
	(void)callout_stop(&a);
	assert_int_equal(testhost_counted(&unblocks), 2);
	/* It finds nothing at the time that was meant, and sleeps for good. */
	sleepers_advance(5 * TICK);
	assert_true(sleepers_deadline() == PUFFSMSG_FOREVER);
}

/* The waiting halter says so. */
static struct gate running, go;

static void
hold(void *arg)
{
	(void)arg;
	gate_pass(&running);
	gate_await(&go, 1);
}

static int32_t halter;

static void
halt(void *arg)
{
	halter = curlwp->l_lid;
	(void)callout_halt(arg, NULL);
	assert_null(curlwp->l_wmesg);
}

static void
test_wmesg(void **state)
{
	struct peer p;
	struct lwp *l;
	callout_t c;

	(void)state;
	gate_init(&running);
	gate_init(&go);
	callout_init(&c, 0);
	callout_reset(&c, 0, hold, NULL);
	gate_await(&running, 1);
	peer_start(&p, halt, &c);
	peer_sleeps(&p);
	mutex_enter(curproc->p_lock);
	TAILQ_FOREACH(l, &curproc->p_lwps, l_sibling) {
		if (l->l_lid == halter)
			assert_string_equal(l->l_wmesg, "callhalt");
	}
	mutex_exit(curproc->p_lock);
	gate_pass(&go);
	peer_join(&p);
}

/*
 * Threads schedule, stop and halt what others use too, in real time: after a
 * halt with nobody scheduling, nothing runs and nothing comes.
 */
#define THREADS 3
#define SHARED  5
#define ROUNDS  3000
static callout_t shared[SHARED];
static uint32_t inside;

static void
busy(void *arg)
{
	callout_t *c = arg;

	assert_int_equal(puffsmsg__add32(&inside, 1), 1);
	if (c == &shared[0])
		callout_schedule(c, 0);
	(void)puffsmsg__sub32(&inside, 1);
}

static void *
storm(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		callout_t *c;

		seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
		c = &shared[(seed >> 16) % SHARED];
		switch (seed >> 30) {
		case 0:
			(void)callout_stop(c);
			break;
		case 1:
			(void)callout_halt(c, NULL);
			break;
		default:
			callout_schedule(c, (int)(seed >> 29 & 1));
			break;
		}
	}
	return NULL;
}

static void
test_storm(void **state)
{
	pthread_t t[THREADS];

	(void)state;
	for (int i = 0; i < SHARED; i++) {
		callout_init(&shared[i], CALLOUT_MPSAFE);
		callout_setfunc(&shared[i], busy, &shared[i]);
	}
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, storm,
				     (void *)(i + 1)),
		    0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	for (int i = 0; i < SHARED; i++) {
		(void)callout_halt(&shared[i], NULL);
		assert_false(callout_active(&shared[i]));
		callout_destroy(&shared[i]);
	}
	assert_int_equal(puffsmsg__load32(&inside), 0);
}

/* A host with virtual CPUs: idle softclock has none. */
static void
test_unscheduled(void **state)
{
	callout_t c;

	testhost.schedule = testhost_schedule;
	testhost.unschedule = testhost_unschedule;
	calls = 0;
	callout_init(&c, 0);
	sleepers_settle(1);
	assert_true(testhost_counted(&th.unscheduled) >
	    testhost_counted(&th.scheduled));
	callout_reset(&c, 0, count, NULL);
	sleepers_settle(1);
	assert_int_equal(testhost_counted(&calls), 1);
	assert_int_equal(sleepers_stop(state), 0);
	assert_int_equal(th.unscheduled, th.scheduled);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, sleepers_start, sleepers_stop)
#define TEST_ENDS(fn) cmocka_unit_test_setup(fn, sleepers_start)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_no_thread_ever),
		TEST_ENDS(test_no_thread),
		cmocka_unit_test(test_lives),
		TEST_ENDS(test_end_before_the_beginning),
		TEST(test_schedule_before_the_beginning),
		TEST(test_wakeups),
		TEST(test_wmesg),
		TEST_ENDS(test_unscheduled),
		cmocka_unit_test_setup_teardown(test_storm, testhost_start,
		    testhost_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
