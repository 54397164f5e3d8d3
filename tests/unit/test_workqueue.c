/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The inside of workqueues: many threads, no memory, virtual CPUs.  What the
 * calls promise is in tests/contract/test_kern_workqueue.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "sleepers.h"

#include <sys/kmem.h>
#include <sys/workqueue.h>

static struct workqueue *wq;

/*
 * Several threads enqueue; each one's work is done in its order, and all of
 * it once.
 */
#define THREADS 3
#define ROUNDS  2000
struct numbered {
	struct work work; /* first */
	unsigned thread, number;
};
static unsigned done[THREADS], disorder;

static void
count(struct work *wk, void *arg)
{
	struct numbered *n = (struct numbered *)wk;

	(void)arg;
	if (done[n->thread]++ != n->number)
		disorder++;
	kmem_free(n, sizeof(*n));
}

static void *
enqueue_all(void *arg)
{
	unsigned thread = (unsigned)(uintptr_t)arg;
	struct numbered *n = NULL;

	for (unsigned i = 0; i < ROUNDS; i++) {
		n = kmem_alloc(sizeof(*n), KM_SLEEP);
		n->thread = thread;
		n->number = i;
		workqueue_enqueue(wq, &n->work, NULL);
	}
	workqueue_wait(wq, &n->work);
	return NULL;
}

static void
test_many(void **state)
{
	pthread_t t[THREADS];

	(void)state;
	memset(done, 0, sizeof(done));
	disorder = 0;
	assert_int_equal(workqueue_create(&wq, "many", count, NULL, PRI_NONE,
			     IPL_NONE, WQ_MPSAFE),
	    0);
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, enqueue_all,
				     (void *)i),
		    0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	workqueue_destroy(wq);
	assert_int_equal(disorder, 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(done[i], ROUNDS);
}

static unsigned worked;

static void
note(struct work *wk, void *arg)
{
	(void)wk;
	(void)arg;
	worked++;
}

static uint32_t destroyed;

static void
count_destroy(void *m)
{
	destroyed++;
	(testhost_real()->mutex_destroy)(m);
}

/* Memory is waited for, also for the lock; threads are not. */
static void
test_short_of_memory(void **state)
{
	(void)state;
	(void)curlwp;
	testhost_take_block(true);
	th.fail_memalloc = 3;
	th.fail_mutex_init = 3;
	th.fail_thread_create = 1;
	testhost.mutex_destroy = count_destroy;
	destroyed = 0;
	assert_int_equal(workqueue_create(&wq, "none", note, NULL, PRI_NONE,
			     IPL_NONE, 0),
	    EAGAIN);
	assert_int_equal(th.blocks, 1 + 2);
	assert_int_equal(th.fail_memalloc + th.fail_mutex_init, 0);
	assert_int_equal(destroyed, 1);
}

/* An idle worker has given up its virtual CPU, and takes it for work. */
static void
test_unscheduled(void **state)
{
	struct work wk;

	(void)state;
	testhost.schedule = testhost_schedule;
	testhost.unschedule = testhost_unschedule;
	worked = 0;
	assert_int_equal(workqueue_create(&wq, "cpu", note, NULL, PRI_NONE,
			     IPL_NONE, 0),
	    0);
	sleepers_settle(1);
	workqueue_enqueue(wq, &wk, NULL);
	sleepers_settle(1);
	assert_int_equal(worked, 1);
	assert_true(testhost_counted(&th.scheduled) > 0);
	workqueue_destroy(wq);
	assert_int_equal(th.unscheduled, th.scheduled);
}

static uint32_t unblocks;

static void
count_unblock(void *token)
{
	testhost_count(&unblocks);
	sleepers_unblock(token);
}

/* One wakeup for one work, and none for waiters that are not there. */
static void
test_wakeups(void **state)
{
	struct work wk;

	(void)state;
	assert_int_equal(workqueue_create(&wq, "wakeups", note, NULL, PRI_NONE,
			     IPL_NONE, 0),
	    0);
	sleepers_settle(1);
	unblocks = 0;
	testhost.unblock = count_unblock;
	for (uint32_t i = 1; i <= 3; i++) {
		workqueue_enqueue(wq, &wk, NULL);
		sleepers_settle(1);
		assert_int_equal(testhost_counted(&unblocks), i);
	}
	workqueue_destroy(wq);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, testhost_start, testhost_stop)
#define TEST_SLEEPERS(fn) \
	cmocka_unit_test_setup_teardown(fn, sleepers_start, sleepers_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_many),
		TEST(test_short_of_memory),
		TEST_SLEEPERS(test_unscheduled),
		TEST_SLEEPERS(test_wakeups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
