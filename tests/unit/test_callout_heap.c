/* SPDX-License-Identifier: BSD-2-Clause */

/* The heap of callouts against a plain array. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "kern/callout_heap.h"

#define N 64
static struct callout items[N];
static bool in[N];
static struct puffsmsg__callheap heap;
static uint32_t seed;

static uint32_t
random_below(uint32_t n)
{
	seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
	return (uint32_t)(((uint64_t)seed * n) >> 32);
}

static struct callout *
least(void)
{
	struct callout *found = NULL;

	for (unsigned i = 0; i < N; i++) {
		struct callout *c = &items[i];

		if (!in[i])
			continue;
		if (found == NULL || c->c_deadline < found->c_deadline ||
		    (c->c_deadline == found->c_deadline &&
			c->c_number < found->c_number))
			found = c;
	}
	return found;
}

/* Everything below `c' comes after it, and hangs together. */
static unsigned
check_below(const struct callout *c)
{
	const struct callout *prev = c, *child;
	unsigned n = 1;

	for (child = c->c_child; child != NULL; child = child->c_next) {
		assert_ptr_equal(child->c_prev, prev);
		assert_true(c->c_deadline < child->c_deadline ||
		    (c->c_deadline == child->c_deadline &&
			c->c_number < child->c_number));
		n += check_below(child);
		prev = child;
	}
	return n;
}

static void
check_all(unsigned n)
{
	struct callout *first = puffsmsg__callheap_first(&heap);

	assert_ptr_equal(first, least());
	if (first == NULL)
		return;
	assert_null(first->c_prev);
	assert_null(first->c_next);
	assert_int_equal(check_below(first), n);
}

static void
test_random(void **state)
{
	uint64_t number = 0;
	unsigned n = 0;

	(void)state;
	seed = 1;
	for (unsigned i = 0; i < 20000; i++) {
		unsigned k = random_below(N);
		/* Long stretches of growing and of shrinking. */
		bool grow = random_below(10) < (i / 500 % 2 == 0 ? 8u : 2u);

		if (in[k] && !grow) {
			puffsmsg__callheap_remove(&heap, &items[k]);
			in[k] = false;
			n--;
		} else if (!in[k] && grow) {
			items[k].c_deadline = random_below(40);
			items[k].c_number = ++number;
			puffsmsg__callheap_add(&heap, &items[k]);
			in[k] = true;
			n++;
		}
		check_all(n);
	}
}

static unsigned
drain(uint64_t *last)
{
	struct callout *c;
	unsigned n = 0;

	while ((c = puffsmsg__callheap_first(&heap)) != NULL) {
		assert_true(c->c_deadline >= *last);
		*last = c->c_deadline;
		puffsmsg__callheap_remove(&heap, c);
		n++;
	}
	return n;
}

/*
 * Very many, in an order that makes one list of siblings of all of them, and
 * in one that makes a chain: neither may cost the stack.
 */
#define MANY 200000
static struct callout many[MANY];

static void
test_many(void **state)
{
	uint64_t last;

	(void)state;
	memset(in, 0, sizeof(in));
	memset(&heap, 0, sizeof(heap));
	for (unsigned i = 0; i < MANY; i++) {
		many[i].c_deadline = i;
		puffsmsg__callheap_add(&heap, &many[i]);
	}
	last = 0;
	assert_int_equal(drain(&last), MANY);
	for (unsigned i = 0; i < MANY; i++) {
		many[i].c_deadline = MANY - i;
		puffsmsg__callheap_add(&heap, &many[i]);
	}
	last = 0;
	assert_int_equal(drain(&last), MANY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
