/* SPDX-License-Identifier: BSD-2-Clause */

/* Unblocking from signal handlers. */

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

#include "interpose.h"
#include "posixhost.h"

static bool fail_sem_init, fail_create;
static int fail_sem_wait;

#if INTERPOSE
int
sem_init(sem_t *sem, int shared, unsigned value)
{
	INTERPOSE_REAL(int, sem_init, (sem_t *, int, unsigned));

	if (fail_sem_init) {
		errno = ENOSPC;
		return -1;
	}
	return real(sem, shared, value);
}

int
sem_wait(sem_t *sem)
{
	INTERPOSE_REAL(int, sem_wait, (sem_t *));
	int error = __atomic_exchange_n(&fail_sem_wait, 0, __ATOMIC_SEQ_CST);

	if (error != 0) {
		errno = error;
		return -1;
	}
	return real(sem);
}

int
pthread_create(pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *),
    void *arg)
{
	INTERPOSE_REAL(int, pthread_create,
	    (pthread_t *, const pthread_attr_t *, void *(*)(void *), void *));

	return fail_create ? EAGAIN : real(t, attr, fn, arg);
}
#endif

static void *token;
static sem_t there;
static volatile sig_atomic_t handled;

static void
on_signal(int sig)
{
	int saved = errno;

	(void)sig;
	errno = 77;
	h->unblock_from_signal(token);
	handled += errno == 77;
	errno = saved;
}

static void
test_unblocks(void **state)
{
	struct sigaction sa = { .sa_handler = on_signal }, old;

	(void)state;
	token = h->token();
	handled = 0;
	assert_int_equal(h->signal_prepare(), 0);
	assert_int_equal(sigaction(SIGUSR1, &sa, &old), 0);
	for (int i = 1; i <= 1000; i++) {
		assert_int_equal(raise(SIGUSR1), 0);
		assert_int_equal(handled, i);
		assert_int_equal(h->block(PUFFSMSG_FOREVER, 0), 0);
	}
	assert_int_equal(sigaction(SIGUSR1, &old, NULL), 0);
}

/* The handler runs in the midst of block, and of everything else. */
static void *
shoot(void *arg)
{
	pthread_t target = *(pthread_t *)arg;

	for (int i = 0; i < 2000; i++)
		(void)pthread_kill(target, SIGUSR1);
	return NULL;
}

static void
test_at_any_time(void **state)
{
	struct sigaction sa = { .sa_handler = on_signal }, old;
	pthread_t t, self = pthread_self();
	sig_atomic_t seen;

	(void)state;
	token = h->token();
	handled = 0;
	assert_int_equal(h->signal_prepare(), 0);
	assert_int_equal(sigaction(SIGUSR1, &sa, &old), 0);
	assert_int_equal(pthread_create(&t, NULL, shoot, &self), 0);
	do {
		seen = handled;
		assert_int_equal(h->block(PUFFSMSG_FOREVER, 0), 0);
	} while (seen < 1 && handled < 1);
	assert_int_equal(pthread_join(t, NULL), 0);
	/* The last is not lost either. */
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(h->block(PUFFSMSG_FOREVER, 0), 0);
	assert_int_equal(sigaction(SIGUSR1, &old, NULL), 0);
}

/* Marks of several are seen, and one that is marked already costs nothing. */
static void *
wait_for_unblock(void *arg)
{
	*(void **)arg = h->token();
	(void)sem_post(&there);
	(void)h->block(PUFFSMSG_FOREVER, 0);
	return NULL;
}

static void
test_another_thread(void **state)
{
	pthread_t t;
	void *its;

	(void)state;
	assert_int_equal(sem_init(&there, 0, 0), 0);
	assert_int_equal(h->signal_prepare(), 0);
	assert_int_equal(pthread_create(&t, NULL, wait_for_unblock, &its), 0);
	while (sem_wait(&there) != 0)
		continue;
	h->unblock_from_signal(its);
	h->unblock_from_signal(its);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(sem_destroy(&there), 0);
}

static void
test_prepare_fails(void **state)
{
	(void)state;
	if (!INTERPOSE)
		skip();
	fail_sem_init = true;
	assert_int_equal(h->signal_prepare(), ENOSPC);
	fail_sem_init = false;
	fail_create = true;
	assert_int_equal(h->signal_prepare(), EAGAIN);
	fail_create = false;
	fail_sem_wait = EINTR;
	assert_int_equal(h->signal_prepare(), 0);
	h->unblock_from_signal(h->token());
	assert_int_equal(h->block(PUFFSMSG_FOREVER, 0), 0);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, posixhost_start, posixhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unblocks),
		TEST(test_at_any_time),
		TEST(test_another_thread),
		TEST(test_prepare_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
