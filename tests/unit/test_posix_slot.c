/* SPDX-License-Identifier: BSD-2-Clause */

/* The slot of the pthread host, and ends of threads. */

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
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>

#include "host/posix_private.h"
#include "interpose.h"
#include "posixhost.h"

static sem_t there, go;
static bool fail_setspecific;
static int a, b;

static void (*key_destructor)(void *);

#if INTERPOSE
int
pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
	INTERPOSE_REAL(int, pthread_key_create,
	    (pthread_key_t *, void (*)(void *)));

	if (destructor != NULL)
		key_destructor = destructor;
	return real(key, destructor);
}

int
pthread_setspecific(pthread_key_t key, const void *value)
{
	INTERPOSE_REAL(int, pthread_setspecific, (pthread_key_t, const void *));

	return fail_setspecific ? ENOMEM : real(key, value);
}
#endif

static int
start(void **state)
{
	if (sem_init(&there, 0, 0) != 0 || sem_init(&go, 0, 0) != 0)
		return -1;
	return posixhost_start(state);
}

static int
stop(void **state)
{
	(void)sem_destroy(&there);
	(void)sem_destroy(&go);
	return posixhost_stop(state);
}

static void
await(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		continue;
}

static void
run_thread(void *(*fn)(void *), void *arg)
{
	pthread_t t;

	assert_int_equal(pthread_create(&t, NULL, fn, arg), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
}

static void
test_set_and_get(void **state)
{
	(void)state;
	assert_null(h->lwp_get());
	assert_int_equal(h->lwp_set(&a), 0);
	assert_ptr_equal(h->lwp_get(), &a);
	assert_int_equal(h->lwp_set(&b), 0);
	assert_ptr_equal(h->lwp_get(), &b);
	assert_int_equal(h->lwp_set(NULL), 0);
	assert_null(h->lwp_get());
}

static void *
set_and_return(void *arg)
{
	return h->lwp_set(arg) == 0 ? h->lwp_get() : NULL;
}

static void *
set_and_exit(void *arg)
{
	(void)h->lwp_set(arg);
	h->thread_exit();
	return NULL;
}

static void *
set_and_be_cancelled(void *arg)
{
	(void)h->lwp_set(arg);
	(void)pthread_cancel(pthread_self());
	pthread_testcancel();
	return NULL;
}

static void *
set_and_clear(void *arg)
{
	(void)h->lwp_set(arg);
	(void)h->lwp_set(NULL);
	return h->token();
}

static void
test_every_end_is_noticed(void **state)
{
	(void)state;
	run_thread(set_and_return, &a);
	assert_int_equal(up.exits, 1);
	assert_ptr_equal(up.exited, &a);
	run_thread(set_and_exit, &b);
	assert_int_equal(up.exits, 2);
	assert_ptr_equal(up.exited, &b);
	run_thread(set_and_be_cancelled, &a);
	assert_int_equal(up.exits, 3);
	assert_ptr_equal(up.exited, &a);
	run_thread(set_and_clear, &a);
	assert_int_equal(up.exits, 3);
}

/* Inside thread_exiting the slot is as it was, and block works. */
static void
see_slot(void)
{
	if (h->lwp_get() == up.exited && h->token() != NULL &&
	    h->block(1, 0) == ETIMEDOUT)
		(void)sem_post(&there);
}

static void
test_slot_at_the_end(void **state)
{
	(void)state;
	up.on_exit = see_slot;
	run_thread(set_and_return, &a);
	assert_int_equal(sem_trywait(&there), 0);
}

/* A destructor of the program that runs after ours, and calls us. */
static pthread_key_t late_key;

static void
late_destructor(void *arg)
{
	if (up.exits == 0) {
		(void)pthread_setspecific(late_key, arg);
		return;
	}
	if (h->lwp_get() == NULL)
		(void)h->lwp_set(arg);
}

static void *
set_with_late_key(void *arg)
{
	(void)pthread_setspecific(late_key, &b);
	(void)h->lwp_set(arg);
	return NULL;
}

static void
test_again_after_the_end(void **state)
{
	(void)state;
	assert_int_equal(pthread_key_create(&late_key, late_destructor), 0);
	run_thread(set_with_late_key, &a);
	assert_int_equal(up.exits, 2);
	assert_ptr_equal(up.exited, &b);
	assert_int_equal(pthread_key_delete(late_key), 0);
}

/* What is in the slot does not outlive the host's life. */
static void *
set_and_stay(void *arg)
{
	void **seen = arg;

	(void)h->lwp_set(&a);
	(void)sem_post(&there);
	await(&go);
	seen[0] = h->lwp_get();
	if (seen[1] != NULL)
		(void)h->lwp_set(seen[1]);
	return NULL;
}

static void
stay_over_fini(void *set_again)
{
	void *seen[2] = { &a, set_again };
	pthread_t t;

	assert_int_equal(pthread_create(&t, NULL, set_and_stay, seen), 0);
	await(&there);
	h->fini();
	assert_int_equal(h->init(&posixhost_upcalls), 0);
	assert_int_equal(up.exits, 0);
	(void)sem_post(&go);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_null(seen[0]);
}

static void
test_new_life(void **state)
{
	(void)state;
	assert_int_equal(h->lwp_set(&a), 0);
	stay_over_fini(NULL);
	assert_int_equal(up.exits, 0);
	assert_null(h->lwp_get());
	stay_over_fini(&b);
	assert_int_equal(up.exits, 1);
	assert_ptr_equal(up.exited, &b);
}

/*
 * fini waits for the end of a thread that began before.  A third thread lets
 * that go on when it sees by its own slot that fini has begun.
 */
static bool ended;

static void
stop_at_the_end(void)
{
	(void)sem_post(&there);
	await(&go);
	ended = true;
}

static void *
see_fini_begin(void *arg)
{
	(void)h->lwp_set(&b);
	(void)sem_post(&there);
	while (h->lwp_get() != NULL)
		(void)sched_yield();
	(void)sem_post(&go);
	return arg;
}

static void
test_fini_waits(void **state)
{
	pthread_t t, watcher;

	(void)state;
	ended = false;
	up.on_exit = stop_at_the_end;
	assert_int_equal(pthread_create(&t, NULL, set_and_return, &a), 0);
	await(&there);
	assert_int_equal(pthread_create(&watcher, NULL, see_fini_begin, NULL),
	    0);
	await(&there);
	h->fini();
	assert_true(ended);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(pthread_join(watcher, NULL), 0);
	assert_int_equal(h->init(&posixhost_upcalls), 0);
}

/* A thread's end that began before fini and comes to our lock after it. */
static void
test_end_after_fini(void **state)
{
	struct puffsmsg__self s;

	(void)state;
	if (!INTERPOSE)
		skip();
	assert_int_equal(h->lwp_set(&a), 0);
	s = *puffsmsg__posix_self();
	assert_int_equal(posixhost_stop(state), 0);
	key_destructor(&s);
	assert_int_equal(up.exits, 0);
	assert_int_equal(posixhost_start(state), 0);
	key_destructor(&s);
	assert_int_equal(up.exits, 0);
}

/* Its own key is used up by others: no slot, no token. */
static void
test_no_room(void **state)
{
	(void)state;
	if (!INTERPOSE)
		skip();
	fail_setspecific = true;
	assert_int_equal(h->lwp_set(&a), ENOMEM);
	assert_null(h->lwp_get());
	assert_int_equal(h->lwp_set(NULL), 0);
	assert_null(h->token());
	fail_setspecific = false;
	assert_int_equal(h->lwp_set(&a), 0);
	assert_non_null(h->token());
	assert_int_equal(h->lwp_set(NULL), 0);
}

static void
test_no_key(void **state)
{
	pthread_key_t keys[4096];
	unsigned n = 0;

	(void)state;
	h->fini();
	while (n < 4096 && pthread_key_create(&keys[n], NULL) == 0)
		n++;
	if (n < 4096)
		assert_int_equal(h->init(&posixhost_upcalls), EAGAIN);
	while (n > 0)
		assert_int_equal(pthread_key_delete(keys[--n]), 0);
	assert_int_equal(h->init(&posixhost_upcalls), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_set_and_get),
		TEST(test_every_end_is_noticed),
		TEST(test_slot_at_the_end),
		TEST(test_again_after_the_end),
		TEST(test_new_life),
		TEST(test_fini_waits),
		TEST(test_end_after_fini),
		TEST(test_no_room),
		TEST(test_no_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
