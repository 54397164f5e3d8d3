/* SPDX-License-Identifier: BSD-2-Clause */

/* The set of words that is read without a lock. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kern/lockdebug.h"

#define MAX PUFFSMSG__LOCKORDER_ORDERS

/*
 * What the set multiplies a word with to find its place has an inverse, so
 * that words can be made that all have the same place, the `i'-th.
 */
static uint32_t
inverse(void)
{
	uint32_t k = UINT32_C(2654435761), inv = k;

	for (int i = 0; i < 5; i++)
		inv *= 2 - k * inv;
	assert_true(k * inv == 1);
	return inv;
}

static uint32_t
crowd(uint32_t place, uint32_t i)
{
	return (place * (UINT32_MAX / (2 * MAX) + 1) + i) * inverse();
}

static void
must_add(uint32_t word)
{
	assert_false(puffsmsg__lockwords_has(word));
	assert_true(puffsmsg__lockwords_add(word));
	assert_true(puffsmsg__lockwords_has(word));
}

static void
must_remove(uint32_t word)
{
	assert_true(puffsmsg__lockwords_has(word));
	puffsmsg__lockwords_remove(word);
	assert_false(puffsmsg__lockwords_has(word));
}

static void
test_one(void **state)
{
	(void)state;
	must_add(77);
	assert_false(puffsmsg__lockwords_has(78));
	must_remove(77);
}

/* Any of those in one place can go, and the others are still found. */
static void
test_same_place(void **state)
{
	(void)state;
	for (uint32_t gone = 0; gone < 4; gone++) {
		for (uint32_t i = 0; i < 4; i++)
			must_add(crowd(5, i));
		must_remove(crowd(5, gone));
		for (uint32_t i = 0; i < 4; i++)
			assert_true(puffsmsg__lockwords_has(crowd(5, i)) ==
			    (i != gone));
		must_add(crowd(5, 9));
		must_remove(crowd(5, 9));
		for (uint32_t i = 0; i < 4; i++) {
			if (i != gone)
				must_remove(crowd(5, i));
		}
	}
}

/* The places go round. */
static void
test_last_place(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		must_add(crowd(2 * MAX - 1, i));
	must_add(crowd(0, 1));
	must_remove(crowd(2 * MAX - 1, 1));
	must_remove(crowd(0, 1));
	must_remove(crowd(2 * MAX - 1, 2));
	must_remove(crowd(2 * MAX - 1, 0));
}

/* How many words fit in a place and after it. */
static uint32_t
fill_place(uint32_t place)
{
	uint32_t n = 0;

	while (puffsmsg__lockwords_add(crowd(place, n)))
		n++;
	assert_false(puffsmsg__lockwords_has(crowd(place, n)));
	return n;
}

static void
test_crowded(void **state)
{
	uint32_t n = fill_place(1000);

	(void)state;
	assert_true(n >= 16);
	/* What went from the middle makes room for one. */
	must_remove(crowd(1000, n / 2));
	must_add(crowd(1000, n + 5));
	must_remove(crowd(1000, n + 5));
	must_add(crowd(1000, n / 2));
	for (uint32_t i = 0; i < n; i++)
		must_remove(crowd(1000, i));
	/* Nothing is left of them. */
	assert_int_equal(fill_place(1000), n);
	for (uint32_t i = n; i-- > 0;)
		must_remove(crowd(1000, i));
}

/* Two numbers of locks, as the words are. */
static uint32_t
pair(uint32_t i, uint32_t round)
{
	return (i / 256 + 100 * round + 1) << 16 | (i % 256 + 70 * round + 1);
}

/* As many as there can be orders, coming and going. */
static void
test_many(void **state)
{
	(void)state;
	for (uint32_t round = 0; round < 3; round++) {
		for (uint32_t i = 0; i < MAX; i++)
			must_add(pair(i, round));
		for (uint32_t i = 0; i < MAX; i += 2)
			must_remove(pair(i, round));
		for (uint32_t i = 1; i < MAX; i += 2)
			must_remove(pair(i, round));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_same_place),
		cmocka_unit_test(test_last_place),
		cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
