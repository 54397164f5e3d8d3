/* SPDX-License-Identifier: BSD-2-Clause */

/* Magazines: which way objects go, and what happens at the limits. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memmode.h"

#define R    PUFFSMSG__ROUNDS
#define MANY (PUFFSMSG__DEPOT_FULL * R + 10 * R)

static pool_cache_t pc;
static struct lwp *self;
static int objs[MANY];

static int
start(void **state)
{
	if (start_cached(state) != 0)
		return -1;
	self = curlwp;
	pc = pool_cache_init(8, 0, 0, 0, "test", NULL, 0, NULL, NULL, NULL);
	return 0;
}

static unsigned disposed;

static void
count_disposed(pool_cache_t of, void *obj)
{
	assert_ptr_equal(of, pc);
	assert_non_null(obj);
	disposed++;
}

/* The pool does not know of our objects: off they go. */
static int
stop(void **state)
{
	pc->pc_objs = 0;
	puffsmsg__pool_yield(pc, self);
	puffsmsg__pool_purge(pc, count_disposed);
	pool_cache_destroy(pc);
	return memmode_stop(state);
}

static void
keep(unsigned first, unsigned n)
{
	for (unsigned i = first; i < first + n; i++)
		assert_true(puffsmsg__pool_keep(pc, self, &objs[i]));
	/* Not constructed by the pool, so that it must not count them. */
	pc->pc_objs += n;
}

static void *
take(void)
{
	void *obj = puffsmsg__pool_take(pc, self);

	if (obj != NULL)
		pc->pc_objs--;
	return obj;
}

/* Disposes of all, and expects so many. */
static void
purge(unsigned n)
{
	disposed = 0;
	puffsmsg__pool_purge(pc, count_disposed);
	assert_int_equal(disposed, n);
	pc->pc_objs -= n;
}

static void
test_last_in_first_out(void **state)
{
	(void)state;
	assert_null(take());
	keep(0, 3);
	assert_int_equal(puffsmsg__pool_cached(pc), 3);
	assert_ptr_equal(take(), &objs[2]);
	assert_ptr_equal(take(), &objs[1]);
	assert_ptr_equal(take(), &objs[0]);
	assert_null(take());
}

/* In turn at the edge of a magazine: the depot is left alone. */
static void
test_at_the_edge(void **state)
{
	(void)state;
	keep(0, R + 1);
	assert_int_equal(pc->pc_nfull, 0);
	for (int i = 0; i < 100; i++) {
		assert_non_null(take());
		assert_non_null(take());
		keep(0, 2);
	}
	assert_int_equal(pc->pc_nfull, 0);
	assert_true(SLIST_EMPTY(&pc->pc_empty));
	assert_int_equal(puffsmsg__pool_cached(pc), R + 1);
}

static void
test_through_the_depot(void **state)
{
	(void)state;
	keep(0, 5 * R);
	assert_int_equal(pc->pc_nfull, 3);
	for (unsigned i = 0; i < 5 * R; i++)
		assert_non_null(take());
	assert_null(take());
	assert_int_equal(pc->pc_nfull, 0);
	/* The empty ones are used again. */
	assert_false(SLIST_EMPTY(&pc->pc_empty));
	keep(0, 5 * R);
	assert_true(SLIST_EMPTY(&pc->pc_empty));
}

static void
test_yield_and_purge(void **state)
{
	(void)state;
	keep(0, R + 3);
	puffsmsg__pool_yield(pc, self);
	assert_null(self->l_mags[pc->pc_slot].loaded);
	assert_int_equal(pc->pc_nfull, 2);
	/* One that is not full is as good. */
	assert_non_null(take());
	puffsmsg__pool_yield(pc, self);
	purge(R + 2);
	assert_int_equal(puffsmsg__pool_cached(pc), 0);
	assert_true(LIST_EMPTY(&pc->pc_all));
}

static void
test_depot_is_bounded(void **state)
{
	unsigned n = 0;

	(void)state;
	while (puffsmsg__pool_keep(pc, self, &objs[n]))
		n++;
	pc->pc_objs += n;
	assert_int_equal(pc->pc_nfull, PUFFSMSG__DEPOT_FULL);
	assert_int_equal(n, (PUFFSMSG__DEPOT_FULL + 2) * R);
	assert_non_null(take());
	keep(0, 1);
	puffsmsg__pool_yield(pc, self);
	purge(n);
}

/* However little the depot keeps, an lwp has its two. */
static void
test_an_lwps_own_are_not_bounded(void **state)
{
	(void)state;
	pool_cache_sethiwat(pc, 0);
	keep(0, 2 * R);
	assert_false(puffsmsg__pool_keep(pc, self, &objs[0]));
	assert_int_equal(pc->pc_nfull, 0);
}

/* No memory for magazines: the caller keeps its object. */
static void
test_no_magazine(void **state)
{
	(void)state;
	th.fail_memalloc = 1;
	assert_false(puffsmsg__pool_keep(pc, self, &objs[0]));
	keep(0, 2 * R);
	th.fail_memalloc = 1;
	assert_false(puffsmsg__pool_keep(pc, self, &objs[0]));
	assert_int_equal(puffsmsg__pool_cached(pc), 2 * R);
	keep(0, 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_last_in_first_out),
		TEST(test_at_the_edge),
		TEST(test_through_the_depot),
		TEST(test_yield_and_purge),
		TEST(test_depot_is_bounded),
		TEST(test_an_lwps_own_are_not_bounded),
		TEST(test_no_magazine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
