/* SPDX-License-Identifier: BSD-2-Clause */

/* The pthread host's table and small services. */

#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <time.h>

#include "host/posix_private.h"
#include "interpose.h"
#include "posixhost.h"

static bool no_memory, no_clock, epoch;

#if INTERPOSE
int posix_memalign(void **p, size_t align, size_t size);

int
posix_memalign(void **p, size_t align, size_t size)
{
	INTERPOSE_REAL(int, posix_memalign, (void **, size_t, size_t));

	return no_memory ? ENOMEM : real(p, align, size);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	INTERPOSE_REAL(int, clock_gettime, (clockid_t, struct timespec *));

	if (no_clock) {
		errno = EINVAL;
		return -1;
	}
	if (epoch)
		ts->tv_sec = ts->tv_nsec = 0;
	return epoch ? 0 : real(id, ts);
}
#endif

static void
test_table(void **state)
{
	(void)state;
	assert_int_equal(h->size, sizeof(*h));
	assert_int_equal(h->version, PUFFSMSG_HOST_VERSION);
	assert_string_equal(h->name, "pthread");
	assert_true(h->mutex_size <= PUFFSMSG_HOST_MUTEX_SIZE);
	assert_null(h->point);
	assert_null(h->schedule);
	assert_null(h->unschedule);
	assert_int_equal(h->getpid(), getpid());
}

static void
test_memory(void **state)
{
	(void)state;
	for (size_t align = 1; align <= 4096; align *= 2) {
		char *p = h->memalloc(100, align);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % align, 0);
		memset(p, 1, 100);
		h->memfree(p, 100);
	}
}

static void
test_no_memory(void **state)
{
	(void)state;
	if (!INTERPOSE)
		skip();
	no_memory = true;
	assert_null(h->memalloc(100, 4096));
	no_memory = false;
}

static void
test_clock(void **state)
{
	uint64_t last = h->clock(), now;

	(void)state;
	assert_true(last > 0);
	for (int i = 0; i < 1000; i++) {
		now = h->clock();
		assert_true(now >= last);
		last = now;
	}
}

static void
do_clock(void *arg)
{
	*(bool *)arg = true;
	(void)h->clock();
}

static void
test_clock_at_the_edges(void **state)
{
	(void)state;
	if (!INTERPOSE)
		skip();
	epoch = true;
	assert_int_equal(h->clock(), 1);
	epoch = false;
	expect_panic(do_clock, &no_clock,
	    "puffsmsg: panic: clock_gettime: error 22\n");
}

static void
test_random(void **state)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 };

	(void)state;
	h->random(a, sizeof(a));
	h->random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void
do_log(void *arg)
{
	errno = 77;
	h->log("a line");
	if (errno == 77)
		h->panic(arg);
}

/* With nowhere to write to; errno is as it was. */
static void
do_log_nowhere(void *arg)
{
	int err = dup(STDERR_FILENO);

	(void)close(STDERR_FILENO);
	errno = 77;
	h->log("nobody sees this");
	if (errno == 77 && dup2(err, STDERR_FILENO) >= 0)
		h->panic(arg);
}

static void
test_log_and_panic(void **state)
{
	(void)state;
	expect_panic(do_log, "and the end", "a line\nand the end\n");
	expect_panic(do_log_nowhere, "errno is kept", "errno is kept\n");
}

static void
do_fail(void *arg)
{
	puffsmsg__posix_failed(arg, 1234);
}

static void
test_failed(void **state)
{
	(void)state;
	expect_panic(do_fail, "pthread_x(y(z))",
	    "puffsmsg: panic: pthread_x: error 1234\n");
	expect_panic(do_fail,
	    "a_function_with_a_name_that_is_longer_than_there_is_room_for()",
	    "puffsmsg: panic: a_function_with_a_name_that_is_longer_th: error");
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, posixhost_start, posixhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_table),
		TEST(test_memory),
		TEST(test_no_memory),
		TEST(test_clock),
		TEST(test_clock_at_the_edges),
		TEST(test_random),
		TEST(test_log_and_panic),
		TEST(test_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
