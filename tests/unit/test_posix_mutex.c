/* SPDX-License-Identifier: BSD-2-Clause */

/* Mutexes of the pthread host. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "expect_panic.h"
#include "posixhost.h"

static union {
	uint64_t align;
	unsigned char bytes[PUFFSMSG_HOST_MUTEX_SIZE];
} m;

static unsigned counter;

static int
start(void **state)
{
	if (posixhost_start(state) != 0)
		return -1;
	/* Stays within what it asked for. */
	memset(&m, 0x5a, sizeof(m));
	return h->mutex_init(&m);
}

static int
stop(void **state)
{
	h->mutex_destroy(&m);
	for (size_t i = h->mutex_size; i < sizeof(m); i++)
		assert_int_equal(m.bytes[i], 0x5a);
	return posixhost_stop(state);
}

static void *
try_it(void *arg)
{
	return h->mutex_tryenter(&m) ? arg : NULL;
}

static void
test_tryenter(void **state)
{
	pthread_t t;
	void *got;

	assert_int_equal(h->mutex_tryenter(&m), 1);
	assert_int_equal(pthread_create(&t, NULL, try_it, state), 0);
	assert_int_equal(pthread_join(t, &got), 0);
	assert_null(got);
	h->mutex_exit(&m);
}

static void *
count_up(void *arg)
{
	for (int i = 0; i < 20000; i++) {
		h->mutex_enter(&m);
		counter++;
		h->mutex_exit(&m);
	}
	return arg;
}

static void
test_exclusion(void **state)
{
	pthread_t t;

	(void)state;
	counter = 0;
	assert_int_equal(pthread_create(&t, NULL, count_up, NULL), 0);
	(void)count_up(NULL);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(counter, 40000);
}

/* A mutex that the system refuses: robust, and its owner has died. */
static void *
enter_and_die(void *arg)
{
	(void)pthread_mutex_lock(arg);
	return NULL;
}

static void
do_try_dead(void *arg)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t robust;
	pthread_t t;

	(void)arg;
	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	(void)pthread_mutex_init(&robust, &attr);
	(void)pthread_create(&t, NULL, enter_and_die, &robust);
	(void)pthread_join(t, NULL);
	(void)h->mutex_tryenter(&robust);
}

static void
do_exit_unheld(void *arg)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t checked;

	(void)arg;
	(void)pthread_mutexattr_init(&attr);
	(void)pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	(void)pthread_mutex_init(&checked, &attr);
	h->mutex_exit(&checked);
}

static void
test_refusals(void **state)
{
	(void)state;
	/* Thread sanitizers have their own opinion of these. */
	if (EXPECT_PANIC_SANITIZED)
		skip();
	expect_panic(do_try_dead, NULL, "pthread_mutex_trylock: error");
	expect_panic(do_exit_unheld, NULL, "pthread_mutex_unlock: error");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_refusals),
		TEST(test_tryenter),
		TEST(test_exclusion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
