/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/kern/pool_reserve.c: spares, and what is counted at the limit. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "memmode.h"

static pool_cache_t pc;

static int
start(void **state)
{
	if (start_cached(state) != 0)
		return -1;
	pc = pool_cache_init(3, 0, 0, 0, "test", NULL, 0, NULL, NULL, NULL);
	return 0;
}

static int
stop(void **state)
{
	pool_cache_destroy(pc);
	return memmode_stop(state);
}

static void *
piece(void)
{
	return puffsmsg__memalloc(pc->pc_rawsize, pc->pc_align, true);
}

static void
test_memory_is_large_enough_to_be_linked(void **state)
{
	(void)state;
	assert_true(pc->pc_rawsize >= sizeof(struct puffsmsg__spare));
	assert_true(pc->pc_align >= _Alignof(struct puffsmsg__spare));
}

static void
test_spares_up_to_the_mark(void **state)
{
	void *raw[3] = { piece(), piece(), piece() };

	(void)state;
	assert_null(puffsmsg__spare_take(pc));
	assert_false(puffsmsg__spare_keep(pc, raw[0]));
	pool_cache_setlowat(pc, 2);
	assert_true(puffsmsg__spare_keep(pc, raw[0]));
	assert_true(puffsmsg__spare_keep(pc, raw[1]));
	assert_false(puffsmsg__spare_keep(pc, raw[2]));
	assert_int_equal(pc->pc_nspares, 2);
	assert_ptr_equal(puffsmsg__spare_take(pc), raw[1]);
	assert_ptr_equal(puffsmsg__spare_take(pc), raw[0]);
	assert_null(puffsmsg__spare_take(pc));
	for (unsigned i = 0; i < 3; i++)
		puffsmsg__memfree(raw[i], pc->pc_rawsize);
}

/* Another thread is faster, between the look and the lock. */
static void (*meanwhile)(void);

static int
enter_late(void *m)
{
	testhost.mutex_tryenter = testhost_real()->mutex_tryenter;
	meanwhile();
	return (testhost.mutex_tryenter)(m);
}

static void
no_more_wanted(void)
{
	pool_cache_setlowat(pc, 0);
}

static void
none_left(void)
{
	puffsmsg__memfree(puffsmsg__spare_take(pc), pc->pc_rawsize);
}

static void
test_races(void **state)
{
	void *raw = piece();

	(void)state;
	pool_cache_setlowat(pc, 1);
	meanwhile = no_more_wanted;
	testhost.mutex_tryenter = enter_late;
	assert_false(puffsmsg__spare_keep(pc, raw));
	assert_int_equal(pc->pc_nspares, 0);
	puffsmsg__memfree(raw, pc->pc_rawsize);
	pool_cache_prime(pc, 1);
	meanwhile = none_left;
	testhost.mutex_tryenter = enter_late;
	assert_null(puffsmsg__spare_take(pc));
}

static void
test_trim(void **state)
{
	uint32_t out = testhost_counted(&th.memory_out);

	(void)state;
	pool_cache_prime(pc, 5);
	puffsmsg__spare_trim(pc);
	assert_int_equal(pc->pc_nspares, 5);
	pool_cache_setlowat(pc, 2);
	assert_int_equal(pc->pc_nspares, 5);
	puffsmsg__spare_trim(pc);
	assert_int_equal(pc->pc_nspares, 2);
	assert_int_equal(testhost_counted(&th.memory_out), out + 2);
}

static void
test_prime_only_what_is_wanted(void **state)
{
	uint32_t out = testhost_counted(&th.memory_out);

	(void)state;
	pool_cache_prime(pc, 3);
	assert_int_equal(pc->pc_lowat, 3);
	pool_cache_prime(pc, 0);
	assert_int_equal(pc->pc_nspares, 3);
	assert_int_equal(testhost_counted(&th.memory_out), out + 3);
}

/* While prime waits for memory another puts; its own piece is one too many. */
static void
keep_one(void)
{
	th.fail_memalloc = 0;
	assert_true(puffsmsg__spare_keep(pc, piece()));
}

static void
test_prime_meets_a_put(void **state)
{
	uint32_t out = testhost_counted(&th.memory_out);

	(void)state;
	testhost_take_block(true);
	th.on_block = keep_one;
	th.fail_memalloc = 3;
	pool_cache_prime(pc, 1);
	assert_int_equal(pc->pc_nspares, 1);
	assert_int_equal(testhost_counted(&th.memory_out), out + 1);
}

static void
test_admitted_are_counted(void **state)
{
	(void)state;
	assert_true(puffsmsg__pool_admit(pc, PR_NOWAIT));
	assert_int_equal(pc->pc_objs, 1);
	pool_cache_sethardlimit(pc, 2, NULL, 0);
	assert_true(puffsmsg__pool_admit(pc, PR_NOWAIT));
	assert_false(puffsmsg__pool_admit(pc, PR_NOWAIT));
	assert_false(puffsmsg__pool_admit(pc, PR_WAITOK | PR_LIMITFAIL));
	assert_int_equal(pc->pc_objs, 2);
	puffsmsg__pool_leave(pc);
	puffsmsg__pool_leave(pc);
	assert_int_equal(pc->pc_objs, 0);
}

/* What is kept when the limit comes is destructed, and no more is kept. */
static void
test_limited_pools_keep_nothing(void **state)
{
	(void)state;
	pool_cache_put(pc, pool_cache_get(pc, PR_WAITOK));
	assert_int_equal(pc->pc_objs, 1);
	pool_cache_sethardlimit(pc, 1, NULL, 0);
	assert_int_equal(pc->pc_objs, 0);
	pool_cache_put(pc, pool_cache_get(pc, PR_WAITOK));
	assert_int_equal(pc->pc_objs, 0);
}

static void *
admit(void *arg)
{
	bool *admitted = arg;

	th.fail_token = 1;
	*admitted = puffsmsg__pool_admit(pc, PR_NOWAIT);
	return NULL;
}

/* The lock is for lwps, and there is no memory to be one. */
static void
test_no_lwp_at_the_limit(void **state)
{
	bool admitted = true;
	pthread_t t;

	(void)state;
	pool_cache_sethardlimit(pc, 5, NULL, 0);
	assert_int_equal(pthread_create(&t, NULL, admit, &admitted), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_false(admitted);
	assert_int_equal(pc->pc_objs, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_memory_is_large_enough_to_be_linked),
		TEST(test_spares_up_to_the_mark),
		TEST(test_races),
		TEST(test_trim),
		TEST(test_prime_only_what_is_wanted),
		TEST(test_prime_meets_a_put),
		TEST(test_admitted_are_counted),
		TEST(test_limited_pools_keep_nothing),
		TEST(test_no_lwp_at_the_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
