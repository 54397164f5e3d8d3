/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/kern/pool_object.c: where an object comes from, and where it goes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "memmode.h"

static pool_cache_t pc;

static pool_cache_t
make(void)
{
	return pool_cache_init(24, 0, 0, 0, "test", NULL, 0, NULL, NULL, NULL);
}

static void
run(void *(*fn)(void *), void *arg)
{
	pthread_t t;
	void *ret;

	assert_int_equal(pthread_create(&t, NULL, fn, arg), 0);
	assert_int_equal(pthread_join(t, &ret), 0);
	assert_null(ret);
}

static struct puffsmsg__magazine *
loaded(void)
{
	return curlwp->l_mags[pc->pc_slot].loaded;
}

/* The short way is the loaded magazine, and nothing else. */
static void
test_loaded_first(void **state)
{
	void *a, *b;

	(void)state;
	pc = make();
	a = pool_cache_get(pc, PR_WAITOK);
	b = pool_cache_get(pc, PR_WAITOK);
	assert_null(loaded());
	pool_cache_put(pc, a);
	pool_cache_put(pc, b);
	assert_int_equal(loaded()->mg_count, 2);
	th.fail_memalloc = UINT32_MAX;
	assert_ptr_equal(pool_cache_get(pc, PR_NOWAIT), b);
	assert_ptr_equal(pool_cache_get(pc, PR_NOWAIT), a);
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	th.fail_memalloc = 0;
	pool_cache_put(pc, a);
	pool_cache_put(pc, b);
	pool_cache_destroy(pc);
}

/* Spares are for when the host has none. */
static void
test_host_before_spares(void **state)
{
	void *a, *b;

	(void)state;
	pc = make();
	pool_cache_prime(pc, 1);
	a = pool_cache_get(pc, PR_WAITOK);
	assert_int_equal(pc->pc_nspares, 1);
	testhost_take_block(true);
	th.fail_memalloc = 1;
	b = pool_cache_get(pc, PR_WAITOK);
	assert_int_equal(th.blocks, 0);
	assert_int_equal(pc->pc_nspares, 0);
	pool_cache_destruct_object(pc, a);
	assert_int_equal(pc->pc_nspares, 1);
	pool_cache_destruct_object(pc, b);
	assert_int_equal(pc->pc_nspares, 1);
	pool_cache_destroy(pc);
}

/* Of a pool that keeps none, it says how much memory an object has. */
static void
test_memory_of_guarded_objects(void **state)
{
	unsigned char *obj;

	(void)state;
	pc = make();
	assert_int_equal(pc->pc_shift % _Alignof(max_align_t), 0);
	assert_int_equal(pc->pc_rawsize, pc->pc_shift + 24 + pc->pc_tail);
	assert_true(pc->pc_shift >= puffsmsg__guard_room(1));
	obj = pool_cache_get(pc, PR_WAITOK);
	assert_int_equal(puffsmsg__guard_size(obj), 24);
	pool_cache_put(pc, obj);
	/* kmem's come in all sizes. */
	obj = puffsmsg__pool_new(pc, 1000, PR_WAITOK);
	assert_int_equal(puffsmsg__guard_size(obj), 1000);
	memset(obj, 1, 1000);
	assert_int_equal(puffsmsg__guard_check(pc, obj, "call"), 1000);
	puffsmsg__pool_free(pc, obj);
	pool_cache_destroy(pc);
}

static void
test_quarantined(void **state)
{
	void *objs[PUFFSMSG__QUARANTINE];
	uint32_t out;

	(void)state;
	pc = make();
	out = testhost_counted(&th.memory_out);
	for (unsigned i = 0; i < PUFFSMSG__QUARANTINE; i++)
		objs[i] = pool_cache_get(pc, PR_WAITOK);
	for (unsigned i = 0; i < PUFFSMSG__QUARANTINE; i++)
		pool_cache_put(pc, objs[i]);
	assert_int_equal(pc->pc_objs, 0);
	assert_int_equal(testhost_counted(&th.memory_out),
	    out + PUFFSMSG__QUARANTINE);
	/* A full one lets its oldest go at a get, too. */
	objs[0] = pool_cache_get(pc, PR_WAITOK);
	assert_int_equal(pc->pc_quar.qr_count, PUFFSMSG__QUARANTINE - 1);
	pool_cache_put(pc, objs[0]);
	assert_int_equal(pc->pc_quar.qr_count, PUFFSMSG__QUARANTINE);
	pool_cache_invalidate(pc);
	assert_int_equal(testhost_counted(&th.memory_out), out);
	pool_cache_destroy(pc);
}

/* A thread's first get or put makes it an lwp, so that the next are fast. */
static void *
get_first(void *arg)
{
	void *obj = pool_cache_get(pc, PR_NOWAIT);

	if (puffsmsg__host->lwp_get() == NULL)
		return "no lwp";
	pool_cache_put(pc, obj);
	return arg;
}

static void *
put_first(void *arg)
{
	pool_cache_put(pc, arg);
	return puffsmsg__host->lwp_get() == NULL ? "no lwp" : NULL;
}

static void *
put_without_lwp(void *arg)
{
	th.fail_token = 1;
	pool_cache_put(pc, arg);
	return puffsmsg__host->lwp_get() != NULL ? "an lwp" : NULL;
}

/* Spares are out of its reach: they are behind a lock. */
static void
let_go(void)
{
	th.fail_memalloc = 0;
}

static void *
get_without_lwp(void *arg)
{
	return pool_cache_get(pc, PR_NOWAIT) == NULL ? arg : "an object";
}

static void
test_without_lwp_no_spares(void **state)
{
	(void)state;
	pc = make();
	pool_cache_prime(pc, 1);
	testhost_take_block(true);
	th.on_block = let_go;
	th.fail_memalloc = UINT32_MAX;
	run(get_without_lwp, NULL);
	th.fail_memalloc = 0;
	assert_int_equal(th.blocks, 0);
	assert_int_equal(pc->pc_nspares, 1);
	pool_cache_destroy(pc);
}

static void
test_first_call_of_a_thread(void **state)
{
	(void)state;
	pc = make();
	run(get_first, NULL);
	run(put_first, pool_cache_get(pc, PR_WAITOK));
	assert_int_equal(pc->pc_objs, 1);
	/* If it cannot be one, the object goes to the host. */
	run(put_without_lwp, pool_cache_get(pc, PR_WAITOK));
	assert_int_equal(pc->pc_objs, 0);
	pool_cache_destroy(pc);
}

static void
test_without_lwp_nothing_is_quarantined(void **state)
{
	(void)state;
	pc = make();
	run(put_without_lwp, pool_cache_get(pc, PR_WAITOK));
	assert_int_equal(pc->pc_quar.qr_count, 0);
	assert_int_equal(pc->pc_objs, 0);
	pool_cache_destroy(pc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_MODE(test_loaded_first, cached),
		IN_MODE(test_host_before_spares, cached),
		GUARDED(test_memory_of_guarded_objects),
		IN_MODE(test_quarantined, checked),
		ALL_MODES(test_without_lwp_no_spares),
		IN_MODE(test_first_call_of_a_thread, cached),
		IN_MODE(test_without_lwp_nothing_is_quarantined, checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
