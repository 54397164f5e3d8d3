/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * workqueue(9), row by row of docs/kern.md: each call, and each promise of
 * sys/workqueue.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expect_panic.h"
#include "gate.h"
#include "sleepers.h"

#include <sys/kmem.h>
#include <sys/workqueue.h>

/* Work that waits in its function until it may go on, if it is `held'. */
#define MAXJOBS 8
static struct job {
	struct work work; /* first */
	bool held;
	struct gate begun, go;
	unsigned again; /* how many times it enqueues itself */
} jobs[MAXJOBS];

static struct workqueue *wq;
static char cookie;

/* What was done, in order; written by the worker, read when it is idle. */
static struct {
	unsigned n;
	const void *work[2 * MAXJOBS];
	const void *arg;
	const struct lwp *l;
} did;

static void
do_job(struct work *wk, void *arg)
{
	struct job *job = (struct job *)wk;

	did.work[did.n++] = wk;
	did.arg = arg;
	did.l = curlwp;
	gate_pass(&job->begun);
	if (job->held)
		gate_await(&job->go, 1);
	if (job->again > 0) {
		job->again--;
		workqueue_enqueue(wq, wk, NULL);
	}
}

static int
start_library(void **state)
{
	memset(&did, 0, sizeof(did));
	for (unsigned i = 0; i < MAXJOBS; i++) {
		/* As memory is when nobody has initialised it. */
		memset(&jobs[i], 0xa5, sizeof(jobs[i]));
		gate_init(&jobs[i].begun);
		gate_init(&jobs[i].go);
		jobs[i].held = false;
		jobs[i].again = 0;
	}
	return sleepers_start(state);
}

static int
start(void **state)
{
	if (start_library(state) != 0)
		return -1;
	return workqueue_create(&wq, "test", do_job, &cookie, PRI_NONE,
	    IPL_NONE, WQ_MPSAFE);
}

static int
stop(void **state)
{
	/* What a test that failed holds goes on. */
	for (unsigned i = 0; i < MAXJOBS; i++)
		gate_pass(&jobs[i].go);
	workqueue_destroy(wq);
	return sleepers_stop(state);
}

static void
enqueue(unsigned i)
{
	workqueue_enqueue(wq, &jobs[i].work, NULL);
}

/* Enqueues it, and lets it begin and no more. */
static void
enqueue_held(unsigned i)
{
	jobs[i].held = true;
	enqueue(i);
	gate_await(&jobs[i].begun, 1);
}

static void
test_create(void **state)
{
	struct workqueue *other = NULL;

	(void)state;
	assert_int_equal(workqueue_create(&other, "other", do_job, &jobs,
			     PRI_NONE, IPL_SOFTNET, 0),
	    0);
	assert_non_null(other);
	workqueue_enqueue(other, &jobs[0].work, NULL);
	workqueue_wait(other, &jobs[0].work);
	assert_int_equal(did.n, 1);
	assert_ptr_equal(did.arg, &jobs);
	workqueue_destroy(other);
}

static void
test_create_percpu(void **state)
{
	struct cpu_info *ci = (struct cpu_info *)(void *)&cookie;
	struct workqueue *other;

	(void)state;
	assert_int_equal(workqueue_create(&other, "other", do_job, NULL,
			     PRI_NONE, IPL_NONE,
			     WQ_MPSAFE | WQ_PERCPU | WQ_FPU),
	    0);
	workqueue_enqueue(other, &jobs[0].work, ci);
	workqueue_enqueue(other, &jobs[1].work, NULL);
	workqueue_wait(other, &jobs[1].work);
	assert_int_equal(did.n, 2);
	assert_ptr_equal(did.work[0], &jobs[0]);
	workqueue_destroy(other);
}

static void
test_create_fails(void **state)
{
	struct workqueue *other = wq;

	(void)state;
	th.fail_thread_create = 1;
	assert_int_equal(workqueue_create(&other, "other", do_job, NULL,
			     PRI_NONE, IPL_NONE, 0),
	    EAGAIN);
	assert_ptr_equal(other, wq);
}

/* The name is the thread's, and not the caller's memory. */
static void
test_name(void **state)
{
	char name[] = "a name of more than thirty-one bytes";
	struct workqueue *other;
	struct lwp *l;

	(void)state;
	assert_int_equal(workqueue_create(&other, name, do_job, NULL, PRI_NONE,
			     IPL_NONE, 0),
	    0);
	memset(name, 'x', sizeof(name) - 1);
	workqueue_enqueue(other, &jobs[0].work, NULL);
	workqueue_wait(other, &jobs[0].work);
	sleepers_settle(2);
	mutex_enter(curproc->p_lock);
	TAILQ_FOREACH(l, &curproc->p_lwps, l_sibling) {
		if (l == did.l) {
			assert_string_equal(l->l_name,
			    "a name of more than thirty-one ");
			assert_string_equal(l->l_wmesg, l->l_name);
		}
	}
	mutex_exit(curproc->p_lock);
	workqueue_destroy(other);
}

static void
test_enqueue(void **state)
{
	(void)state;
	enqueue(0);
	sleepers_settle(1);
	assert_int_equal(did.n, 1);
	assert_ptr_equal(did.work[0], &jobs[0]);
	assert_ptr_equal(did.arg, &cookie);
	assert_ptr_not_equal(did.l, curlwp);
}

static void
test_in_order(void **state)
{
	(void)state;
	enqueue_held(0);
	for (unsigned i = 1; i < MAXJOBS; i++)
		enqueue((i * 3) % MAXJOBS);
	/* One at a time. */
	assert_int_equal(did.n, 1);
	gate_pass(&jobs[0].go);
	sleepers_settle(1);
	assert_int_equal(did.n, MAXJOBS);
	for (unsigned i = 0; i < MAXJOBS; i++)
		assert_ptr_equal(did.work[i], &jobs[(i * 3) % MAXJOBS]);
}

/* In its function work may be enqueued again: it is last in the queue then. */
static void
test_enqueue_again(void **state)
{
	(void)state;
	jobs[0].again = 2;
	enqueue_held(0);
	enqueue(1);
	gate_pass(&jobs[0].go);
	sleepers_settle(1);
	assert_int_equal(did.n, 4);
	assert_ptr_equal(did.work[1], &jobs[1]);
	assert_ptr_equal(did.work[2], &jobs[0]);
	assert_ptr_equal(did.work[3], &jobs[0]);
}

/* By another, while its function runs. */
static void
test_enqueue_running(void **state)
{
	(void)state;
	enqueue_held(0);
	enqueue(0);
	gate_pass(&jobs[0].go);
	sleepers_settle(1);
	assert_int_equal(did.n, 2);
}

static struct gate freed;

static void
free_work(struct work *wk, void *arg)
{
	(void)arg;
	memset(wk, 0xff, sizeof(*wk));
	kmem_free(wk, sizeof(*wk));
	gate_pass(&freed);
}

static void
test_freed_by_its_function(void **state)
{
	struct workqueue *other;

	(void)state;
	gate_init(&freed);
	assert_int_equal(workqueue_create(&other, "free", free_work, NULL,
			     PRI_NONE, IPL_NONE, 0),
	    0);
	for (unsigned i = 0; i < 3; i++) {
		struct work *wk = kmem_alloc(sizeof(*wk), KM_SLEEP);

		workqueue_enqueue(other, wk, NULL);
	}
	gate_await(&freed, 3);
	workqueue_destroy(other);
}

/* No lock is held in the function: all calls may be made on the queue. */
static void
test_function_may_sleep(void **state)
{
	(void)state;
	enqueue_held(0);
	enqueue(1);
	assert_int_equal(gate_count(&jobs[1].begun), 0);
	gate_pass(&jobs[0].go);
	workqueue_wait(wq, &jobs[1].work);
	assert_int_equal(did.n, 2);
}

static void
wait_for(void *arg)
{
	struct job *job = arg;

	workqueue_wait(wq, &job->work);
}

static void
test_wait_enqueued(void **state)
{
	struct peer p;

	(void)state;
	enqueue_held(0);
	jobs[1].held = true;
	enqueue(1);
	peer_start(&p, wait_for, &jobs[1]);
	peer_sleeps(&p);
	/* The end of other work is not what it waits for. */
	gate_pass(&jobs[0].go);
	gate_await(&jobs[1].begun, 1);
	peer_sleeps(&p);
	gate_pass(&jobs[1].go);
	peer_join(&p);
	assert_int_equal(did.n, 2);
}

static void
test_wait_running(void **state)
{
	struct peer p, q;

	(void)state;
	enqueue_held(0);
	peer_start(&p, wait_for, &jobs[0]);
	peer_start(&q, wait_for, &jobs[0]);
	peer_sleeps(&p);
	peer_sleeps(&q);
	gate_pass(&jobs[0].go);
	peer_join(&p);
	peer_join(&q);
}

/* Also if it enqueues itself. */
static void
test_wait_again(void **state)
{
	struct peer p;

	(void)state;
	jobs[0].again = 3;
	enqueue_held(0);
	peer_start(&p, wait_for, &jobs[0]);
	peer_sleeps(&p);
	gate_pass(&jobs[0].go);
	peer_join(&p);
	assert_int_equal(did.n, 4);
}

static void
test_wait_for_nothing(void **state)
{
	(void)state;
	workqueue_wait(wq, &jobs[0].work);
	enqueue(0);
	sleepers_settle(1);
	workqueue_wait(wq, &jobs[0].work);
	/* While other work is done. */
	enqueue_held(1);
	workqueue_wait(wq, &jobs[0].work);
	gate_pass(&jobs[1].go);
}

static void
wait_in_worker(struct work *wk, void *arg)
{
	struct workqueue **self = arg;

	workqueue_wait(*self, wk);
	workqueue_wait(*self, &jobs[1].work);
	did.n++;
}

/* In the worker itself: at once, for whatever work. */
static void
test_wait_in_worker(void **state)
{
	struct workqueue *other;

	(void)state;
	assert_int_equal(workqueue_create(&other, "self", wait_in_worker,
			     &other, PRI_NONE, IPL_NONE, 0),
	    0);
	workqueue_enqueue(other, &jobs[0].work, NULL);
	workqueue_enqueue(other, &jobs[1].work, NULL);
	workqueue_wait(other, &jobs[1].work);
	assert_int_equal(did.n, 2);
	workqueue_destroy(other);
}

static struct gate joining;

static void
tell_and_join(void *thread)
{
	gate_pass(&joining);
	testhost_real()->thread_join(thread);
}

static void
destroy(void *arg)
{
	struct workqueue **other = arg;

	workqueue_destroy(*other);
	gate_pass(&joining);
}

/* Waits for what is being done, and for what that enqueues. */
static void
test_destroy_waits(void **state)
{
	struct workqueue *mine = wq;
	struct peer p;

	gate_init(&joining);
	testhost.thread_join = tell_and_join;
	jobs[0].again = 2;
	enqueue_held(0);
	peer_start(&p, destroy, &mine);
	gate_await(&joining, 1);
	assert_int_equal(gate_count(&joining), 1);
	gate_pass(&jobs[0].go);
	peer_join(&p);
	assert_int_equal(did.n, 3);
	(void)sleepers_stop(state);
}

static void
do_enqueue_twice(void *arg)
{
	(void)arg;
	(void)start(NULL);
	enqueue_held(0);
	enqueue(1);
	enqueue(2);
	enqueue(1);
}

static void
do_cpu(void *arg)
{
	(void)start(NULL);
	workqueue_enqueue(wq, &jobs[0].work, arg);
}

static void
do_destroy_busy(void *arg)
{
	(void)arg;
	(void)start(NULL);
	enqueue_held(0);
	enqueue(1);
	workqueue_destroy(wq);
}

static void
destroy_self(struct work *wk, void *arg)
{
	struct workqueue **self = arg;

	(void)wk;
	workqueue_destroy(*self);
}

static void
panic_for_all(const char *line)
{
	fprintf(stderr, "%s\n", line);
	expect_panic_leave(EXPECT_PANIC_ABORTED);
}

static void
do_destroy_in_worker(void *arg)
{
	struct workqueue *other;

	(void)arg;
	(void)start_library(NULL);
	/* Not on the thread that expects it. */
	testhost.panic = panic_for_all;
	(void)workqueue_create(&other, "self", destroy_self, &other, PRI_NONE,
	    IPL_NONE, 0);
	workqueue_enqueue(other, &jobs[0].work, NULL);
	for (;;)
		(void)pause();
}

static void
do_forget(void *arg)
{
	(void)start(arg);
	puffsmsg__kern_fini();
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_panic(do_enqueue_twice, NULL, "is enqueued already");
	expect_panic(do_cpu, &cookie, "CPU without WQ_PERCPU");
	expect_panic(do_destroy_busy, NULL, "test: work is enqueued");
	expect_panic(do_destroy_in_worker, NULL, "self: in its own thread");
	expect_panic(do_forget, NULL, "1 kthreads were not joined");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_misuse),
		TEST(test_create),
		TEST(test_create_percpu),
		TEST(test_create_fails),
		TEST(test_name),
		TEST(test_enqueue),
		TEST(test_in_order),
		TEST(test_enqueue_again),
		TEST(test_enqueue_running),
		TEST(test_freed_by_its_function),
		TEST(test_function_may_sleep),
		TEST(test_wait_enqueued),
		TEST(test_wait_running),
		TEST(test_wait_again),
		TEST(test_wait_for_nothing),
		TEST(test_wait_in_worker),
		cmocka_unit_test_setup(test_destroy_waits, start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
