/* SPDX-License-Identifier: BSD-2-Clause */

/* pool_cache(9): construction, counting, draining, misuse. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>

#include "expect_panic.h"
#include "memmode.h"

#include <sys/kmem.h>

#define NOBJS 100

struct object {
	unsigned constructed;
	char filler[100];
};

static unsigned constructed, destructed;
static int ctor_error;
static uint32_t ctor_flags;
static void *ctor_arg;

static int
ctor(void *arg, void *obj, int flags)
{
	struct object *o = obj;

	puffsmsg__storeptr(&ctor_arg, arg);
	puffsmsg__store32(&ctor_flags, (uint32_t)flags);
	if (ctor_error != 0)
		return ctor_error;
	o->constructed = 0xc0ffee;
	(void)puffsmsg__add32(&constructed, 1);
	return 0;
}

static void
dtor(void *arg, void *obj)
{
	struct object *o = obj;

	assert_ptr_equal(arg, &constructed);
	assert_int_equal(o->constructed, 0xc0ffee);
	o->constructed = 0;
	(void)puffsmsg__add32(&destructed, 1);
}

static pool_cache_t
make(const char *name)
{
	return pool_cache_init(sizeof(struct object), 0, 0, 0, name, NULL, 0,
	    ctor, dtor, &constructed);
}

static void
forget(void)
{
	constructed = destructed = 0;
	ctor_error = 0;
}

static int
start(void **state)
{
	forget();
	return start_cached(state);
}

static int
start_without(void **state)
{
	forget();
	return start_direct(state);
}

static void
get_all(pool_cache_t pc, void **objs)
{
	for (int i = 0; i < NOBJS; i++) {
		objs[i] = pool_cache_get(pc, PR_WAITOK);
		assert_int_equal(((struct object *)objs[i])->constructed,
		    0xc0ffee);
	}
}

static void
put_all(pool_cache_t pc, void **objs)
{
	for (int i = 0; i < NOBJS; i++)
		pool_cache_put(pc, objs[i]);
}

static void
test_constructed_once(void **state)
{
	pool_cache_t pc = make("once");
	void *objs[NOBJS];

	(void)state;
	for (int round = 0; round < 3; round++) {
		get_all(pc, objs);
		assert_int_equal(puffsmsg__pool_live(pc), NOBJS);
		put_all(pc, objs);
		assert_int_equal(puffsmsg__pool_live(pc), 0);
	}
	assert_int_equal(constructed, NOBJS);
	assert_ptr_equal(ctor_arg, &constructed);
	assert_int_equal(destructed, 0);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, NOBJS);
}

static void
test_direct(void **state)
{
	pool_cache_t pc = make("direct");
	void *objs[NOBJS];

	(void)state;
	get_all(pc, objs);
	assert_int_equal(puffsmsg__pool_live(pc), NOBJS);
	put_all(pc, objs);
	assert_int_equal(constructed, NOBJS);
	assert_int_equal(destructed, NOBJS);
	pool_cache_invalidate(pc);
	pool_cache_destroy(pc);
}

/* There are more pools than places for magazines. */
static void
test_many_pools(void **state)
{
	pool_cache_t pc[PUFFSMSG__NPOOLS + 2];
	unsigned n = sizeof(pc) / sizeof(pc[0]);

	(void)state;
	for (unsigned i = 0; i < n; i++) {
		pc[i] = make("many");
		pool_cache_put(pc[i], pool_cache_get(pc[i], PR_NOWAIT));
	}
	assert_int_equal(constructed, n);
	assert_int_equal(destructed, 2);
	for (unsigned i = 0; i < n; i++)
		pool_cache_destroy(pc[i]);
	assert_int_equal(destructed, n);
}

static void
test_without_functions(void **state)
{
	pool_cache_t pc = pool_cache_init(8, 64, 0, 0, "bare", NULL, 0, NULL,
	    NULL, NULL);
	void *obj = pool_cache_get(pc, PR_WAITOK);

	(void)state;
	assert_int_equal((uintptr_t)obj % 64, 0);
	pool_cache_destruct_object(pc, obj);
	pool_cache_destroy(pc);
}

static void
test_align_offset(void **state)
{
	static const unsigned offsets[] = { 0, 8, 24, 64, 72 };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		pool_cache_t pc = pool_cache_init(200, 64, offsets[i], 0, "off",
		    NULL, 0, NULL, NULL, NULL);
		char *obj = pool_cache_get(pc, PR_WAITOK);

		assert_int_equal((uintptr_t)(obj + offsets[i]) % 64, 0);
		memset(obj, 1, 200);
		pool_cache_put(pc, obj);
		pool_cache_destroy(pc);
	}
}

static void
test_ctor_fails(void **state)
{
	pool_cache_t pc = make("fails");

	(void)state;
	ctor_error = ENOMEM;
	assert_null(pool_cache_get(pc, PR_WAITOK));
	assert_int_equal(ctor_flags, PR_WAITOK);
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	assert_int_equal(ctor_flags, PR_NOWAIT);
	assert_int_equal(puffsmsg__pool_live(pc), 0);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, 0);
}

static void
test_no_memory(void **state)
{
	pool_cache_t pc = make("short");
	void *obj;

	(void)state;
	th.fail_memalloc = 1;
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	testhost_take_block(true);
	th.fail_memalloc = 3;
	obj = pool_cache_get(pc, PR_WAITOK);
	assert_non_null(obj);
	assert_int_equal(th.blocks, 1);
	pool_cache_put(pc, obj);
	pool_cache_destroy(pc);
}

static void
test_destruct_object(void **state)
{
	pool_cache_t pc = make("destruct");

	(void)state;
	pool_cache_destruct_object(pc, pool_cache_get(pc, PR_WAITOK));
	assert_int_equal(destructed, 1);
	assert_int_equal(puffsmsg__pool_live(pc), 0);
	pool_cache_destroy(pc);
}

static void
test_invalidate(void **state)
{
	pool_cache_t pc = make("invalid");
	void *objs[NOBJS];
	void *kept;

	(void)state;
	get_all(pc, objs);
	kept = pool_cache_get(pc, PR_WAITOK);
	put_all(pc, objs);
	pool_cache_invalidate(pc);
	assert_int_equal(destructed, NOBJS);
	assert_int_equal(puffsmsg__pool_live(pc), 1);
	pool_cache_put(pc, kept);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, NOBJS + 1);
}

/* Short of memory: what is cached goes, and then there is some. */
static void
test_drained(void **state)
{
	pool_cache_t pc = make("drained"), other = make("other");
	void *objs[NOBJS];
	void *p;

	(void)state;
	get_all(pc, objs);
	put_all(pc, objs);
	th.fail_memalloc = 2;
	p = kmem_alloc(10, KM_SLEEP);
	assert_int_equal(destructed, NOBJS);
	kmem_free(p, 10);
	pool_cache_destroy(pc);
	pool_cache_destroy(other);
}

/* What a thread has cached is for others when it ends. */
static void *
get_and_put(void *arg)
{
	void *objs[NOBJS];

	get_all(arg, objs);
	put_all(arg, objs);
	return NULL;
}

static void
test_detached(void **state)
{
	pool_cache_t pc = make("detached"), unused = make("unused");
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, get_and_put, pc), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	(void)get_and_put(pc);
	assert_int_equal(constructed, NOBJS);
	pool_cache_destroy(pc);
	pool_cache_destroy(unused);
	assert_int_equal(destructed, NOBJS);
}

/* The pool goes while lwps that cached of it are still there. */
static sem_t cached, over;

static void *
cache_and_stay(void *arg)
{
	(void)get_and_put(arg);
	(void)sem_post(&cached);
	while (sem_wait(&over) != 0)
		continue;
	return NULL;
}

static void
test_destroyed_before_detach(void **state)
{
	pool_cache_t pc = make("gone"), next;
	pthread_t t;
	void *obj;

	(void)state;
	assert_int_equal(sem_init(&cached, 0, 0), 0);
	assert_int_equal(sem_init(&over, 0, 0), 0);
	assert_int_equal(pthread_create(&t, NULL, cache_and_stay, pc), 0);
	assert_int_equal(sem_wait(&cached), 0);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, NOBJS);
	next = make("next");
	obj = pool_cache_get(next, PR_WAITOK);
	pool_cache_put(next, obj);
	(void)sem_post(&over);
	assert_int_equal(pthread_join(t, NULL), 0);
	pool_cache_destroy(next);
	assert_int_equal(sem_destroy(&cached), 0);
	assert_int_equal(sem_destroy(&over), 0);
}

/* Gets, puts and drains from many threads: objects have one owner each. */
#define ROUNDS 3000

static void *
get_and_put_much(void *arg)
{
	pool_cache_t pc = arg;
	struct object *o[40];
	uintptr_t wrong = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned n = i % 40;

		for (unsigned k = 0; k < n; k++) {
			o[k] = pool_cache_get(pc, PR_WAITOK);
			o[k]->filler[0] = (char)k;
		}
		for (unsigned k = 0; k < n; k++) {
			wrong += o[k]->filler[0] != (char)k;
			pool_cache_put(pc, o[k]);
		}
		if (i % 500 == 0)
			puffsmsg__pool_drain();
		(void)puffsmsg__pool_live(pc);
	}
	return (void *)wrong;
}

static void
test_many_threads(void **state)
{
	pool_cache_t pc = make("threads");
	pthread_t t[4];
	void *wrong;

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&t[i], NULL, get_and_put_much,
				     pc),
		    0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(t[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_int_equal(puffsmsg__pool_live(pc), 0);
	pool_cache_destroy(pc);
	assert_int_equal(constructed, destructed);
}

/* A destructor in a drain on another thread holds destroy up. */
static sem_t in_dtor, leave_dtor;

static void
slow_dtor(void *arg, void *obj)
{
	(void)arg;
	(void)obj;
	(void)sem_post(&in_dtor);
	while (sem_wait(&leave_dtor) != 0)
		continue;
}

static void *
drain(void *arg)
{
	puffsmsg__pool_drain();
	return arg;
}

static void
let_dtor_go(void)
{
	th.on_block = NULL;
	(void)sem_post(&leave_dtor);
}

static void
test_destroy_waits_for_drain(void **state)
{
	pool_cache_t pc = pool_cache_init(8, 0, 0, 0, "slow", NULL, 0, NULL,
	    slow_dtor, NULL);
	pthread_t t;

	(void)state;
	assert_int_equal(sem_init(&in_dtor, 0, 0), 0);
	assert_int_equal(sem_init(&leave_dtor, 0, 0), 0);
	pool_cache_put(pc, pool_cache_get(pc, PR_WAITOK));
	/* To the depot, where the other thread finds it. */
	puffsmsg__pool_yield(pc, curlwp);
	assert_int_equal(pthread_create(&t, NULL, drain, NULL), 0);
	assert_int_equal(sem_wait(&in_dtor), 0);
	testhost_take_block(false);
	th.on_block = let_dtor_go;
	/* Its object is on its way, and counts until it is gone. */
	assert_int_equal(puffsmsg__pool_live(pc), 1);
	pool_cache_destroy(pc);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_true(th.blocks > 0);
	assert_int_equal(sem_destroy(&in_dtor), 0);
	assert_int_equal(sem_destroy(&leave_dtor), 0);
}

static void
do_bad_align(void *arg)
{
	(void)arg;
	(void)pool_cache_init(8, 24, 0, 0, "odd", NULL, 0, NULL, NULL, NULL);
}

static void
do_destroy_live(void *arg)
{
	(void)pool_cache_get(arg, PR_WAITOK);
	pool_cache_destroy(arg);
}

static void
do_end_with_pool(void *arg)
{
	(void)arg;
	puffsmsg__kern_fini();
}

static void
test_misuse(void **state)
{
	pool_cache_t pc = make("misused");

	(void)state;
	expect_panic(do_bad_align, NULL, "pool_cache_init: odd");
	expect_panic(do_destroy_live, pc, "misused: 1 objects are out");
	expect_panic(do_end_with_pool, NULL,
	    "1 pool caches were not destroyed");
	pool_cache_destroy(pc);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, memmode_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse),
		TEST(test_constructed_once),
		cmocka_unit_test_setup_teardown(test_direct, start_without,
		    memmode_stop),
		TEST(test_many_pools),
		TEST(test_without_functions),
		TEST(test_align_offset),
		TEST(test_ctor_fails),
		TEST(test_no_memory),
		TEST(test_destruct_object),
		TEST(test_invalidate),
		TEST(test_drained),
		TEST(test_detached),
		TEST(test_destroyed_before_detach),
		TEST(test_many_threads),
		TEST(test_destroy_waits_for_drain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
