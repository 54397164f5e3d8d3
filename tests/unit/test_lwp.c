/* SPDX-License-Identifier: BSD-2-Clause */

/* Lwps: attaching, ids, ends of threads, and the end of the library. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>

#include "expect_panic.h"
#include "kern/kern_private.h"
#include "testhost.h"

static sem_t there, go;

static int
start(void **state)
{
	if (sem_init(&there, 0, 0) != 0 || sem_init(&go, 0, 0) != 0)
		return -1;
	return testhost_start(state);
}

static int
stop(void **state)
{
	int error = puffsmsg__host != NULL ? testhost_stop(state) : 0;

	(void)sem_destroy(&there);
	(void)sem_destroy(&go);
	return error;
}

static void
await(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		continue;
}

static void *
tell_id(void *arg)
{
	*(int32_t *)arg = puffsmsg_lwp_self();
	if (curlwp->l_lid != *(int32_t *)arg)
		return arg;
	return NULL;
}

static int32_t
id_of_a_thread(void)
{
	pthread_t t;
	int32_t lid = 0;
	void *wrong;

	assert_int_equal(pthread_create(&t, NULL, tell_id, &lid), 0);
	assert_int_equal(pthread_join(t, &wrong), 0);
	assert_null(wrong);
	return lid;
}

static void
test_ids(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_lwp_self(), 1);
	assert_int_equal(puffsmsg_lwp_self(), 1);
	assert_ptr_equal(curproc, &puffsmsg__proc0);
	assert_int_equal(curproc->p_pid, puffsmsg__host->getpid());
	assert_int_equal(id_of_a_thread(), 2);
	assert_int_equal(id_of_a_thread(), 3);
	assert_int_equal(curproc->p_nlwps, 1);
}

static void
test_detach(void **state)
{
	(void)state;
	puffsmsg_lwp_detach();
	assert_int_equal(puffsmsg_lwp_self(), 1);
	puffsmsg_lwp_detach();
	assert_int_equal(puffsmsg__proc0.p_nlwps, 0);
	assert_int_equal(puffsmsg_lwp_self(), 2);
}

/* Used ids are skipped once all have been given out. */
static void
test_ids_wrap(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_lwp_self(), 1);
	curproc->p_lastlid = INT32_MAX - 1;
	assert_int_equal(id_of_a_thread(), INT32_MAX);
	assert_int_equal(id_of_a_thread(), 2);
	assert_int_equal(id_of_a_thread(), 3);
}

static void
test_attach_short_of_memory(void **state)
{
	(void)state;
	testhost_take_block(true);
	th.fail_memalloc = 3;
	th.fail_token = 1;
	th.fail_lwp_set = 2;
	assert_int_equal(puffsmsg_lwp_self(), 1);
	assert_int_equal(th.fail_lwp_set, 0);
	/* One for the memory, two for the slot: the first try waits for none. */
	assert_int_equal(th.blocks, 3);
}

/* Without waiting: whatever is missing, it leaves nothing behind. */
static void
test_tryattach(void **state)
{
	(void)state;
	puffsmsg_lwp_detach();
	th.fail_memalloc = 1;
	assert_false(puffsmsg__lwp_tryattach());
	th.fail_token = 1;
	assert_false(puffsmsg__lwp_tryattach());
	th.fail_lwp_set = 1;
	assert_false(puffsmsg__lwp_tryattach());
	assert_int_equal(puffsmsg__proc0.p_nlwps, 0);
	assert_true(puffsmsg__lwp_tryattach());
	assert_true(puffsmsg__lwp_tryattach());
	assert_int_equal(puffsmsg__proc0.p_nlwps, 1);
}

/* Called while the thread still is what it was. */
static _Thread_local struct lwp *ending;

static void
note(void *arg)
{
	if (puffsmsg__host->lwp_get() == ending)
		(*(int *)arg)++;
}

static void *
exit_with_hook(void *arg)
{
	ending = curlwp;
	puffsmsg__lwp_onexit(curlwp, note, arg);
	return NULL;
}

static void *
exit_without_hook(void *arg)
{
	puffsmsg__lwp_onexit(curlwp, note, arg);
	puffsmsg__lwp_onexit(curlwp, NULL, NULL);
	return NULL;
}

static void
test_onexit(void **state)
{
	pthread_t t;
	int notes = 0;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, exit_with_hook, &notes), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(notes, 1);
	assert_int_equal(pthread_create(&t, NULL, exit_without_hook, &notes),
	    0);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(notes, 1);
}

/* The list of the process is left under its lock: who has that sees all. */
static uint32_t parted;

static void
tell_and_enter(void *host_mutex)
{
	if (host_mutex == puffsmsg__proc0.p_lock->mtx_host)
		(void)sem_post(&there);
	(testhost_real()->mutex_enter)(host_mutex);
}

static void *
attach_and_part(void *arg)
{
	(void)puffsmsg_lwp_self();
	(void)sem_post(&there);
	await(&go);
	puffsmsg_lwp_detach();
	testhost_count(&parted);
	(void)sem_post(&there);
	return arg;
}

static void
test_parts_under_the_lock(void **state)
{
	pthread_t t;

	(void)state;
	(void)curlwp;
	parted = 0;
	assert_int_equal(pthread_create(&t, NULL, attach_and_part, NULL), 0);
	await(&there);
	mutex_enter(curproc->p_lock);
	testhost.mutex_enter = tell_and_enter;
	(void)sem_post(&go);
	await(&there);
	assert_int_equal(testhost_counted(&parted), 0);
	assert_int_equal(curproc->p_nlwps, 2);
	mutex_exit(curproc->p_lock);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(testhost_counted(&parted), 1);
	assert_int_equal(curproc->p_nlwps, 1);
}

/* Attached and outside of the library when that ends; again, and again. */
static void *
stay_attached(void *arg)
{
	int32_t *lid = arg;

	lid[0] = puffsmsg_lwp_self();
	(void)sem_post(&there);
	await(&go);
	if (lid[1] != 0)
		lid[1] = puffsmsg_lwp_self();
	return NULL;
}

static void
test_left_behind(void **state)
{
	int32_t lid[2] = { 0, 0 };
	pthread_t t;

	assert_int_equal(pthread_create(&t, NULL, stay_attached, lid), 0);
	await(&there);
	assert_int_equal(testhost_stop(state), 0);
	(void)sem_post(&go);
	assert_int_equal(pthread_join(t, NULL), 0);
}

static void
test_attached_anew(void **state)
{
	int32_t lid[2] = { 0, 1 };
	pthread_t t;

	(void)puffsmsg_lwp_self();
	assert_int_equal(pthread_create(&t, NULL, stay_attached, lid), 0);
	await(&there);
	assert_int_equal(lid[0], 2);
	assert_int_equal(testhost_stop(state), 0);
	assert_int_equal(testhost_start(state), 0);
	(void)sem_post(&go);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(lid[1], 1);
	assert_int_equal(puffsmsg__proc0.p_nlwps, 0);
}

/* The end of the library waits for a thread that is in the midst of its own. */
static void
slow_exit(void *arg)
{
	(void)arg;
	(void)sem_post(&there);
	await(&go);
}

static void *
exit_slowly(void *arg)
{
	puffsmsg__lwp_onexit(curlwp, slow_exit, NULL);
	return arg;
}

static void
let_go(void)
{
	th.on_block = NULL;
	(void)sem_post(&go);
}

/* Too late for the shim, but the host waits for its threads. */
static void
let_go_and_fini(void)
{
	(void)sem_post(&go);
	testhost_fini();
}

static void
test_end_meets_end(void **state)
{
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, exit_slowly, NULL), 0);
	await(&there);
	testhost_take_block(false);
	th.on_block = let_go;
	testhost.fini = let_go_and_fini;
	puffsmsg__kern_fini();
	assert_true(th.blocks > 0);
	assert_int_equal(pthread_join(t, NULL), 0);
}

/* A late thread_exiting, after the end: nothing is touched. */
static void
test_exiting_after_the_end(void **state)
{
	assert_int_equal(testhost_stop(state), 0);
	puffsmsg__lwp_exiting(NULL);
	assert_int_equal(testhost_start(state), 0);
	assert_int_equal(puffsmsg_lwp_self(), 1);
}

static void
do_detach_nosleep(void *arg)
{
	(void)arg;
	curlwp->l_nosleep++;
	puffsmsg_lwp_detach();
}

static void
do_detach_onexit(void *arg)
{
	puffsmsg__lwp_onexit(curlwp, note, arg);
	puffsmsg_lwp_detach();
}

static void
do_detach_kthread(void *arg)
{
	(void)arg;
	curlwp->l_flag |= LW_SYSTEM;
	puffsmsg_lwp_detach();
}

static kmutex_t held;

static void
do_end_holding(void *arg)
{
	void (**end)(void) = arg;

	mutex_init(&held, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&held);
	(*end)();
}

static void
end_thread(void)
{
	puffsmsg__lwp_exiting(curlwp);
}

static void
expect_end_panic(void (*end)(void), const char *words)
{
	expect_panic(do_end_holding, &end, words);
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_end_panic(end_thread, "end of a thread: lwp 1 holds mutex 0x");
	expect_end_panic(puffsmsg_lwp_detach,
	    "puffsmsg_lwp_detach: lwp 1 holds mutex 0x");
	expect_end_panic(puffsmsg__kern_fini,
	    "end of the library: lwp 1 holds mutex 0x");
	expect_panic(do_detach_nosleep, NULL, "puffsmsg_lwp_detach: lwp 1");
	expect_panic(do_detach_onexit, NULL, "puffsmsg_lwp_detach: lwp 1");
	expect_panic(do_detach_kthread, NULL, "puffsmsg_lwp_detach: lwp 1");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse),
		TEST(test_ids),
		TEST(test_detach),
		TEST(test_ids_wrap),
		TEST(test_attach_short_of_memory),
		TEST(test_tryattach),
		TEST(test_onexit),
		TEST(test_parts_under_the_lock),
		TEST(test_left_behind),
		TEST(test_attached_anew),
		TEST(test_end_meets_end),
		TEST(test_exiting_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
