/* SPDX-License-Identifier: BSD-2-Clause */

/* Binary fractions of a second: sums, carries, conversions both ways. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/time.h>

#define HALF (UINT64_C(1) << 63)

static void
assert_bintime(struct bintime bt, long sec, uint64_t frac)
{
	assert_int_equal(bt.sec, sec);
	assert_true(bt.frac == frac);
}

static void
test_carries(void **state)
{
	struct bintime bt = { 1, HALF };
	const struct bintime more = { 2, HALF + 1 };

	(void)state;
	bintime_add(&bt, &more);
	assert_bintime(bt, 4, 1);
	bintime_sub(&bt, &more);
	assert_bintime(bt, 1, HALF);
	bintime_addx(&bt, HALF - 1);
	assert_bintime(bt, 1, UINT64_MAX);
	bintime_addx(&bt, 1);
	assert_bintime(bt, 2, 0);
}

static void
test_down_from_the_fraction(void **state)
{
	const struct bintime bt = { 5, UINT64_MAX };
	struct timespec ts;
	struct timeval tv;

	(void)state;
	bintime2timespec(&bt, &ts);
	assert_int_equal(ts.tv_sec, 5);
	assert_int_equal(ts.tv_nsec, 999999999);
	bintime2timeval(&bt, &tv);
	assert_int_equal(tv.tv_sec, 5);
	assert_int_equal(tv.tv_usec, 999999);
}

/* Up on the way there, down on the way back: what was there is there. */
static void
test_there_and_back(void **state)
{
	struct bintime bt;

	(void)state;
	for (long n = 0; n < 1000000000; n = n < 10 ? n + 1 : n * 3 + 1) {
		struct timespec ts = { 3, n }, back;

		timespec2bintime(&ts, &bt);
		bintime2timespec(&bt, &back);
		assert_int_equal(back.tv_sec, 3);
		assert_int_equal(back.tv_nsec, n);
		assert_true(bt.frac == ns2bintime((uint64_t)n).frac);
	}
	for (long n = 0; n < 1000000; n = n < 10 ? n + 1 : n * 3 + 1) {
		struct timeval tv = { 3, n }, back;

		timeval2bintime(&tv, &bt);
		bintime2timeval(&bt, &back);
		assert_int_equal(back.tv_sec, 3);
		assert_int_equal(back.tv_usec, n);
	}
}

static void
test_halves_are_exact(void **state)
{
	(void)state;
	assert_bintime(ns2bintime(7500000000), 7, HALF);
	assert_bintime(ns2bintime(0), 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_carries),
		cmocka_unit_test(test_down_from_the_fraction),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_halves_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
