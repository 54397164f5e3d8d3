/* SPDX-License-Identifier: BSD-2-Clause */

/* Threads of the pthread host. */

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
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

#include "gate.h"
#include "interpose.h"
#include "posixhost.h"

static sem_t done;
static char name[64];
static bool quiet, ran;
static int detachstate; /* of the last thread */
static bool fail_create, fail_attr, fail_calloc, fail_sem;
static _Thread_local bool late_create; /* pthread_create returns late, and */
static struct gate made, letgo;        /* says the id only then */

#if INTERPOSE
void *calloc(size_t n, size_t size);

void *
calloc(size_t n, size_t size)
{
	return fail_calloc ? NULL : interpose_real_calloc(n, size);
}

int
pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *),
    void *arg)
{
	INTERPOSE_REAL(int, pthread_create,
	    (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));
	pthread_t id;
	int error;

	if (fail_create)
		return EAGAIN;
	detachstate = PTHREAD_CREATE_JOINABLE;
	if (attr != NULL)
		(void)pthread_attr_getdetachstate(attr, &detachstate);
	error = real(&id, attr, fn, arg);
	if (late_create) {
		late_create = false;
		gate_pass(&made);
		gate_await(&letgo, 1);
	}
	if (error == 0)
		*t = id;
	return error;
}

int
sem_init(sem_t *sem, int shared, unsigned value)
{
	INTERPOSE_REAL(int, sem_init, (sem_t *, int, unsigned));

	if (!fail_sem)
		return real(sem, shared, value);
	errno = ENOSPC;
	return -1;
}

int
pthread_attr_init(pthread_attr_t *attr)
{
	INTERPOSE_REAL(int, pthread_attr_init, (pthread_attr_t *));

	return fail_attr ? ENOMEM : real(attr);
}
#endif

static int
start(void **state)
{
	memset(name, 0, sizeof(name));
	quiet = ran = false;
	return sem_init(&done, 0, 0) == 0 ? posixhost_start(state) : -1;
}

static int
stop(void **state)
{
	(void)sem_destroy(&done);
	return posixhost_stop(state);
}

static void
look_around(void *arg)
{
	sigset_t set;

	ran = arg == &ran;
	(void)pthread_getname_np(pthread_self(), name, sizeof(name));
	(void)pthread_sigmask(SIG_SETMASK, NULL, &set);
	quiet = sigismember(&set, SIGINT) == 1 &&
	    sigismember(&set, SIGUSR1) == 1 && sigismember(&set, SIGSEGV) == 0;
	(void)sem_post(&done);
}

static void
test_joinable(void **state)
{
	void *t = NULL;

	(void)state;
	assert_int_equal(h->thread_create(look_around, &ran, "short",
			     PUFFSMSG_THREAD_JOINABLE, &t),
	    0);
	assert_non_null(t);
	h->thread_join(t);
	assert_true(ran);
	if (INTERPOSE)
		assert_int_equal(detachstate, PTHREAD_CREATE_JOINABLE);
	assert_string_equal(name, "short");
	assert_true(quiet);
}

static void
test_detached(void **state)
{
	void *t = NULL;

	(void)state;
	assert_int_equal(h->thread_create(look_around, &ran,
			     "a long name for a thread", 0, &t),
	    0);
	while (sem_wait(&done) != 0)
		continue;
	assert_true(ran);
	if (INTERPOSE)
		assert_int_equal(detachstate, PTHREAD_CREATE_DETACHED);
	assert_string_equal(name, "a long name for");
	assert_null(t);
}

/* The creator's mask is as it was. */
static void
test_mask(void **state)
{
	sigset_t before, after;
	void *t;

	(void)state;
	assert_int_equal(sigemptyset(&before), 0);
	assert_int_equal(sigaddset(&before, SIGUSR2), 0);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
	assert_int_equal(h->thread_create(look_around, &ran, "t",
			     PUFFSMSG_THREAD_JOINABLE, &t),
	    0);
	h->thread_join(t);
	assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &after), 0);
	for (int sig = 1; sig < 32; sig++)
		assert_int_equal(sigismember(&after, sig), sig == SIGUSR2);
}

static void
leave(void *arg)
{
	(void)arg;
	(void)h->lwp_set(&ran);
	h->thread_setname("renamed");
	(void)pthread_getname_np(pthread_self(), name, sizeof(name));
	h->thread_exit();
	ran = true;
}

static void
test_exit(void **state)
{
	void *t;

	(void)state;
	assert_int_equal(h->thread_create(leave, NULL, "t",
			     PUFFSMSG_THREAD_JOINABLE, &t),
	    0);
	h->thread_join(t);
	assert_false(ran);
	assert_int_equal(up.exits, 1);
	assert_string_equal(name, "renamed");
}

static void
wait_for_done(void *arg)
{
	(void)arg;
	while (sem_wait(&done) != 0)
		continue;
}

/* thread_join is no cancellation point. */
static void *
join_cancelled(void *arg)
{
	(void)pthread_cancel(pthread_self());
	(void)sem_post(&done);
	h->thread_join(arg);
	ran = true;
	pthread_testcancel();
	return NULL;
}

static void
test_join_and_cancellation(void **state)
{
	pthread_t joiner;
	void *t, *result;

	(void)state;
	assert_int_equal(h->thread_create(wait_for_done, NULL, "t",
			     PUFFSMSG_THREAD_JOINABLE, &t),
	    0);
	assert_int_equal(pthread_create(&joiner, NULL, join_cancelled, t), 0);
	assert_int_equal(pthread_join(joiner, &result), 0);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	assert_true(ran);
}

/* A thread that hands itself on to who joins it, as a server's workers do. */
static void *handed_on;
static struct gate ran_once;

static void
run_once(void *arg)
{
	(void)arg;
	gate_pass(&ran_once);
}

static void *
create_late(void *arg)
{
	late_create = true;
	*(int *)arg = h->thread_create(run_once, NULL, "t",
	    PUFFSMSG_THREAD_JOINABLE, &handed_on);
	return NULL;
}

static void
test_join_before_create_returns(void **state)
{
	pthread_t creator;
	int error = -1;

	(void)state;
	if (!INTERPOSE)
		skip();
	gate_init(&made);
	gate_init(&letgo);
	gate_init(&ran_once);
	assert_int_equal(pthread_create(&creator, NULL, create_late, &error),
	    0);
	gate_await(&made, 1);
	gate_await(&ran_once, 1);
	h->thread_join(handed_on);
	gate_pass(&letgo);
	assert_int_equal(pthread_join(creator, NULL), 0);
	assert_int_equal(error, 0);
}

static void
expect_failure(bool *which, unsigned flags, int error)
{
	void *t = NULL;

	*which = true;
	assert_int_equal(h->thread_create(look_around, &ran, "t", flags, &t),
	    error);
	*which = false;
}

static void
test_failures(void **state)
{
	(void)state;
	if (!INTERPOSE)
		skip();
	expect_failure(&fail_create, 0, EAGAIN);
	expect_failure(&fail_create, PUFFSMSG_THREAD_JOINABLE, EAGAIN);
	expect_failure(&fail_attr, 0, ENOMEM);
	expect_failure(&fail_sem, PUFFSMSG_THREAD_JOINABLE, ENOSPC);
	expect_failure(&fail_calloc, 0, ENOMEM);
	assert_false(ran);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_joinable),
		TEST(test_detached),
		TEST(test_mask),
		TEST(test_exit),
		TEST(test_join_and_cancellation),
		TEST(test_join_before_create_returns),
		TEST(test_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
