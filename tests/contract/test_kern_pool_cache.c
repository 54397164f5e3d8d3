/* SPDX-License-Identifier: BSD-2-Clause */

/* What sys/pool.h and docs/kern.md promise of pool_cache(9), in all modes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>

#include "expect_panic.h"
#include "gate.h"
#include "memmode.h"

#include <sys/kmem.h>

#define NOBJS 300
#define MADE  0xc0ffeeu
#define S     UINT64_C(1000000000)

struct object {
	unsigned made;
	unsigned char filler[100];
};

static uint32_t constructed, destructed;
static int ctor_error;
static int ctor_flags;
static void *objs[NOBJS];

static int
ctor(void *arg, void *obj, int flags)
{
	struct object *o = obj;

	if (arg != &constructed)
		return EINVAL;
	__atomic_store_n(&ctor_flags, flags, __ATOMIC_RELAXED);
	if (ctor_error != 0)
		return ctor_error;
	o->made = MADE;
	(void)__atomic_add_fetch(&constructed, 1, __ATOMIC_SEQ_CST);
	return 0;
}

/* What users leave in it comes back to them, and to the destructor. */
static void
dtor(void *arg, void *obj)
{
	struct object *o = obj;

	if (arg == &constructed && o->made == MADE)
		(void)__atomic_add_fetch(&destructed, 1, __ATOMIC_SEQ_CST);
	o->made = 0;
}

static pool_cache_t
make(const char *name)
{
	constructed = destructed = 0;
	ctor_error = 0;
	return pool_cache_init(sizeof(struct object), 0, 0, 0, name, NULL, 0,
	    ctor, dtor, &constructed);
}

static bool
is_cached(void)
{
	return puffsmsg__memmode == PUFFSMSG__MEM_CACHED;
}

static void
get_many(pool_cache_t pc, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct object *o = pool_cache_get(pc, PR_WAITOK);

		assert_int_equal(o->made, MADE);
		memset(o->filler, (int)(i % 256), sizeof(o->filler));
		objs[i] = o;
	}
}

static void
put_many(pool_cache_t pc, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct object *o = objs[i];

		assert_int_equal(o->filler[0], i % 256);
		assert_int_equal(o->filler[99], i % 256);
		pool_cache_put(pc, o);
	}
}

static void *
get_and_put(void *arg)
{
	get_many(arg, NOBJS);
	put_many(arg, NOBJS);
	return NULL;
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

/* --------------------------------------------------------- init, destroy */

static void
objects_are_aligned_where_it_was_asked_for(void **state)
{
	static const unsigned aligns[] = { 0, 1, 2, 8, 16, 64, 128, 4096 };
	static const unsigned offsets[] = { 0, 1, 8, 24, 63, 64, 72 };
	static const size_t sizes[] = { 1, 3, 8, 100, 5000 };

	(void)state;
	for (unsigned i = 0; i < 8 * 7 * 5; i++) {
		unsigned align = aligns[i % 8], offset = offsets[i / 8 % 7];
		size_t size = sizes[i / 56];
		pool_cache_t pc = pool_cache_init(size, align, offset, 0, "al",
		    NULL, 0, NULL, NULL, NULL);

		if (align == 0)
			align = _Alignof(max_align_t);
		for (unsigned k = 0; k < 3; k++) {
			objs[k] = pool_cache_get(pc, PR_WAITOK);
			assert_int_equal(((uintptr_t)objs[k] + offset) % align,
			    0);
			memset(objs[k], 0x11, size);
		}
		for (unsigned k = 0; k < 3; k++)
			pool_cache_put(pc, objs[k]);
		pool_cache_destroy(pc);
	}
}

static void
flags_allocator_and_level_mean_nothing(void **state)
{
	pool_cache_t pc = pool_cache_init(8, 0, 0, PR_NOTOUCH | PR_LARGECACHE,
	    "flags", (struct pool_allocator *)(uintptr_t)8, 7, NULL, NULL,
	    NULL);

	(void)state;
	pool_cache_put(pc, pool_cache_get(pc, PR_WAITOK));
	pool_cache_destroy(pc);
}

static void
init_waits_for_memory(void **state)
{
	(void)state;
	(void)curlwp;
	testhost_take_block(true);
	th.fail_memalloc = 4;
	pool_cache_destroy(make("waits"));
	assert_int_equal(th.blocks, 2);
}

static void
destroy_destructs_all(void **state)
{
	pool_cache_t pc = make("all");

	(void)state;
	run(get_and_put, pc);
	(void)get_and_put(pc);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, constructed);
}

static struct gate kept, over;

static void *
keep_and_stay(void *arg)
{
	(void)get_and_put(arg);
	gate_pass(&kept);
	gate_await(&over, 1);
	return NULL;
}

static void
destroy_destructs_what_threads_keep_that_live_on(void **state)
{
	pool_cache_t pc = make("gone");
	pthread_t t;

	(void)state;
	gate_init(&kept);
	gate_init(&over);
	assert_int_equal(pthread_create(&t, NULL, keep_and_stay, pc), 0);
	gate_await(&kept, 1);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, constructed);
	gate_pass(&over);
	assert_int_equal(pthread_join(t, NULL), 0);
}

static void
do_destroy(void *arg)
{
	pool_cache_destroy(arg);
}

static void
destroy_with_an_object_out_is_a_panic(void **state)
{
	pool_cache_t pc = make("out");

	(void)state;
	get_many(pc, 2);
	expect_panic(do_destroy, pc, "out: 2 objects are out");
	put_many(pc, 2);
	pool_cache_destroy(pc);
}

static void
do_init_of_nothing(void *arg)
{
	(void)arg;
	(void)pool_cache_init(0, 0, 0, 0, "no", NULL, 0, NULL, NULL, NULL);
}

static void
do_init_odd(void *arg)
{
	(void)pool_cache_init(8, *(unsigned *)arg, 0, 0, "odd", NULL, 0, NULL,
	    NULL, NULL);
}

static void
sizes_and_alignments_must_make_sense(void **state)
{
	unsigned odd = 24, large = 8192;

	(void)state;
	expect_panic(do_init_of_nothing, NULL, "pool_cache_init: no");
	expect_panic(do_init_odd, &odd, "pool_cache_init: odd");
	expect_panic(do_init_odd, &large, "pool_cache_init: odd");
}

static void
there_may_be_any_number_of_pools(void **state)
{
	pool_cache_t pc[PUFFSMSG__NPOOLS + 5];

	(void)state;
	for (unsigned i = 0; i < PUFFSMSG__NPOOLS + 5; i++)
		pc[i] = make("many");
	for (unsigned i = 0; i < PUFFSMSG__NPOOLS + 5; i++)
		(void)get_and_put(pc[i]);
	for (unsigned i = 0; i < PUFFSMSG__NPOOLS + 5; i++)
		pool_cache_destroy(pc[i]);
	assert_int_equal(destructed, constructed);
}

/* -------------------------------------------------------------- get, put */

static void
the_constructor_runs_once_per_object_and_not_per_get(void **state)
{
	pool_cache_t pc = make("once");

	(void)state;
	for (unsigned round = 0; round < 5; round++)
		(void)get_and_put(pc);
	assert_int_equal(constructed, NOBJS);
	assert_int_equal(destructed, 0);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, NOBJS);
}

/* So that misuse is found: an object is not used again. */
static void
every_put_destructs(void **state)
{
	pool_cache_t pc = make("each");

	(void)state;
	(void)get_and_put(pc);
	assert_int_equal(constructed, NOBJS);
	assert_int_equal(destructed, NOBJS);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, NOBJS);
}

static void
a_constructor_that_fails_fails_the_get(void **state)
{
	pool_cache_t pc = make("fails");
	uint32_t out = testhost_counted(&th.memory_out);

	(void)state;
	ctor_error = ENXIO;
	assert_null(pool_cache_get(pc, PR_WAITOK));
	assert_int_equal(ctor_flags, PR_WAITOK);
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	assert_int_equal(ctor_flags, PR_NOWAIT);
	assert_int_equal(testhost_counted(&th.memory_out), out);
	ctor_error = 0;
	get_many(pc, 1);
	put_many(pc, 1);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, 1);
}

static void
constructor_and_destructor_may_be_missing(void **state)
{
	pool_cache_t pc = pool_cache_init(8, 0, 0, 0, "bare", NULL, 0, NULL,
	    NULL, NULL);

	(void)state;
	pool_cache_put(pc, pool_cache_get(pc, PR_WAITOK));
	pool_cache_destruct_object(pc, pool_cache_get(pc, PR_WAITOK));
	pool_cache_destroy(pc);
}

static void
nowait_is_null_without_memory_and_never_blocks(void **state)
{
	pool_cache_t pc = make("short");

	(void)state;
	testhost_take_block(true);
	th.fail_memalloc = UINT32_MAX;
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	assert_int_equal(th.blocks, 0);
	th.fail_memalloc = 0;
	pool_cache_destroy(pc);
}

static void
waitok_blocks_until_there_is_memory(void **state)
{
	pool_cache_t pc = make("short");

	(void)state;
	testhost_take_block(true);
	th.fail_memalloc = 6;
	get_many(pc, 1);
	assert_int_equal(th.blocks, 4);
	assert_int_equal(th.logs, 1);
	put_many(pc, 1);
	pool_cache_destroy(pc);
}

/* Not even for an lwp. */
static void *
get_first(void *arg)
{
	void *obj;

	th.fail_token = 1;
	obj = pool_cache_get(arg, PR_NOWAIT);
	if (obj == NULL)
		return "no memory";
	th.fail_token = 1;
	pool_cache_put(arg, obj);
	th.fail_token = 0;
	return NULL;
}

static void
nowait_does_not_fail_for_want_of_an_lwp(void **state)
{
	pool_cache_t pc = make("first");

	(void)state;
	run(get_first, pc);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, 1);
}

static void *
put_them(void *arg)
{
	put_many(arg, NOBJS);
	return NULL;
}

static void
another_thread_may_put(void **state)
{
	pool_cache_t pc = make("across");

	(void)state;
	for (unsigned round = 0; round < 5; round++) {
		get_many(pc, NOBJS);
		run(put_them, pc);
	}
	if (is_cached())
		assert_int_equal(constructed, NOBJS);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, constructed);
}

static void
what_a_thread_kept_is_for_all_when_it_ends(void **state)
{
	pool_cache_t pc = make("legacy");

	(void)state;
	for (unsigned round = 0; round < 3; round++)
		run(get_and_put, pc);
	(void)get_and_put(pc);
	assert_int_equal(constructed, NOBJS);
	pool_cache_destroy(pc);
}

/* Objects have one owner each, whatever else goes on. */
static void *
get_and_put_much(void *arg)
{
	struct object *o[80];

	for (unsigned round = 0; round < 500; round++) {
		unsigned n = round % 80;

		for (unsigned k = 0; k < n; k++) {
			o[k] = pool_cache_get(arg, PR_WAITOK);
			memset(o[k]->filler, (int)k, 100);
		}
		for (unsigned k = 0; k < n; k++) {
			if (o[k]->filler[0] != k || o[k]->filler[99] != k)
				return "not mine alone";
			pool_cache_put(arg, o[k]);
		}
		if (round % 100 == 0)
			puffsmsg__pool_drain();
	}
	return NULL;
}

static void
many_threads_may_get_and_put(void **state)
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
	pool_cache_destroy(pc);
	assert_int_equal(constructed, destructed);
}

/* ------------------------------------------ destruct, invalidate, drain */

static void
destruct_object_destructs_at_once(void **state)
{
	pool_cache_t pc = make("one");

	(void)state;
	pool_cache_destruct_object(pc, pool_cache_get(pc, PR_WAITOK));
	assert_int_equal(destructed, 1);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, 1);
}

static void
invalidate_destructs_what_is_kept(void **state)
{
	pool_cache_t pc = make("inval");
	uint32_t out = testhost_counted(&th.memory_out);

	(void)state;
	run(get_and_put, pc);
	(void)get_and_put(pc);
	pool_cache_invalidate(pc);
	assert_int_equal(destructed, constructed);
	assert_int_equal(testhost_counted(&th.memory_out), out);
	pool_cache_destroy(pc);
}

static void
objects_that_are_out_survive_invalidate(void **state)
{
	pool_cache_t pc = make("inval");

	(void)state;
	get_many(pc, 3);
	pool_cache_invalidate(pc);
	assert_int_equal(destructed, 0);
	put_many(pc, 3);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, 3);
}

static void
short_of_memory_all_pools_are_drained(void **state)
{
	pool_cache_t pc = make("drained"), other = make("too");
	uint32_t out = testhost_counted(&th.memory_out);
	void *p;

	(void)state;
	(void)get_and_put(pc);
	(void)get_and_put(other);
	testhost_take_block(true);
	th.fail_memalloc = 2;
	p = kmem_alloc(5000, KM_SLEEP);
	assert_int_equal(th.blocks, 0);
	assert_int_equal(destructed, 2 * NOBJS);
	assert_int_equal(testhost_counted(&th.memory_out), out + 1);
	kmem_free(p, 5000);
	pool_cache_destroy(pc);
	pool_cache_destroy(other);
}

/* ---------------------------------------- watermarks and the hard limit */

static void
above_the_high_mark_objects_are_given_back(void **state)
{
	pool_cache_t pc = make("hiwat");

	(void)state;
	pool_cache_sethiwat(pc, 100);
	(void)get_and_put(pc);
	/* 96 for all, in magazines of 32, and the lwp's two. */
	assert_int_equal(constructed, NOBJS);
	assert_int_equal(destructed, NOBJS - 96 - 64);
	pool_cache_sethiwat(pc, 1000);
	(void)get_and_put(pc);
	assert_int_equal(destructed, NOBJS - 96 - 64);
	pool_cache_destroy(pc);
}

static unsigned
get_without_memory(pool_cache_t pc)
{
	unsigned n = 0;

	th.fail_memalloc = UINT32_MAX;
	while ((objs[n] = pool_cache_get(pc, PR_NOWAIT)) != NULL)
		n++;
	th.fail_memalloc = 0;
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(((struct object *)objs[i])->made, MADE);
	return n;
}

static void
put_plain(pool_cache_t pc, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		pool_cache_put(pc, objs[i]);
}

static void
what_was_primed_is_there_when_memory_is_not(void **state)
{
	pool_cache_t pc = make("primed");

	(void)state;
	pool_cache_prime(pc, 10);
	assert_int_equal(constructed, 0);
	pool_cache_prime(pc, 5);
	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(get_without_memory(pc), 15);
		put_plain(pc, 15);
		puffsmsg__pool_drain();
		pool_cache_invalidate(pc);
	}
	pool_cache_destroy(pc);
	assert_int_equal(destructed, constructed);
}

static void
prime_waits_for_memory(void **state)
{
	pool_cache_t pc = make("primed");

	(void)state;
	testhost_take_block(true);
	th.fail_memalloc = 5;
	pool_cache_prime(pc, 2);
	assert_int_equal(th.blocks, 3);
	pool_cache_destroy(pc);
}

static void
below_the_low_mark_memory_stays(void **state)
{
	pool_cache_t pc = make("lowat");

	(void)state;
	pool_cache_setlowat(pc, 7);
	assert_int_equal(get_without_memory(pc), 0);
	(void)get_and_put(pc);
	pool_cache_invalidate(pc);
	puffsmsg__pool_drain();
	assert_int_equal(get_without_memory(pc), 7);
	put_plain(pc, 7);
	pool_cache_invalidate(pc);
	/* And goes when it is asked for no more. */
	pool_cache_setlowat(pc, 2);
	puffsmsg__pool_drain();
	assert_int_equal(get_without_memory(pc), 2);
	put_plain(pc, 2);
	pool_cache_destroy(pc);
}

static void
at_the_hard_limit_nowait_and_limitfail_fail_with_a_warning(void **state)
{
	pool_cache_t pc = make("limited");

	(void)state;
	pool_cache_sethardlimit(pc, 3, "too many objects", 10);
	testhost_take_block(true);
	get_many(pc, 3);
	assert_int_equal(th.logs, 0);
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	assert_string_equal(th.log, "puffsmsg: too many objects");
	assert_int_equal(th.logs, 1);
	assert_null(pool_cache_get(pc, PR_WAITOK | PR_LIMITFAIL));
	th.now += 10 * S - 1;
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	assert_int_equal(th.logs, 1);
	th.now++;
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	assert_int_equal(th.logs, 2);
	pool_cache_put(pc, objs[2]);
	objs[2] = pool_cache_get(pc, PR_NOWAIT);
	assert_non_null(objs[2]);
	assert_int_equal(th.blocks, 0);
	put_plain(pc, 3);
	pool_cache_destroy(pc);
	assert_int_equal(destructed, constructed);
}

/* Without words, or with words each time. */
static void
warnings_are_as_often_as_it_was_said(void **state)
{
	pool_cache_t pc = make("limited");

	(void)state;
	pool_cache_sethardlimit(pc, 0, NULL, 0);
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	assert_int_equal(th.logs, 0);
	pool_cache_sethardlimit(pc, 0, "none left", 0);
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	assert_int_equal(th.logs, 2);
	pool_cache_destroy(pc);
}

/* A get that sleeps, on a thread of its own. */
static struct getter {
	pool_cache_t pc;
	struct lwp *l;
	void *obj;
	struct gate begun, done;
	pthread_t thread;
} getter;

static void *
get_one(void *arg)
{
	getter.l = curlwp;
	gate_pass(&getter.begun);
	getter.obj = pool_cache_get(getter.pc, PR_WAITOK);
	gate_pass(&getter.done);
	return arg;
}

/* Until it sleeps for room. */
static void
getter_start(pool_cache_t pc)
{
	getter.pc = pc;
	getter.obj = NULL;
	gate_init(&getter.begun);
	gate_init(&getter.done);
	assert_int_equal(pthread_create(&getter.thread, NULL, get_one, NULL),
	    0);
	gate_await(&getter.begun, 1);
	while (!puffsmsg_kern_cv_has_waiters(&pc->pc_room))
		sched_yield();
	assert_int_equal(gate_count(&getter.done), 0);
}

static void
getter_join(pool_cache_t pc)
{
	assert_int_equal(pthread_join(getter.thread, NULL), 0);
	assert_non_null(getter.obj);
	pool_cache_put(pc, getter.obj);
}

static void
at_the_hard_limit_waitok_waits_for_any_put(void **state)
{
	pool_cache_t pc = make("limited");

	(void)state;
	pool_cache_sethardlimit(pc, 3, "too many", 0);
	get_many(pc, 3);
	getter_start(pc);
	pool_cache_put(pc, objs[1]);
	getter_join(pc);
	objs[1] = pool_cache_get(pc, PR_NOWAIT);
	getter_start(pc);
	pool_cache_destruct_object(pc, objs[1]);
	getter_join(pc);
	assert_int_equal(th.logs, 0);
	pool_cache_put(pc, objs[0]);
	pool_cache_put(pc, objs[2]);
	pool_cache_destroy(pc);
}

static void
a_higher_limit_lets_waiters_go(void **state)
{
	pool_cache_t pc = make("limited");

	(void)state;
	pool_cache_sethardlimit(pc, 0, NULL, 0);
	getter_start(pc);
	pool_cache_sethardlimit(pc, 1, NULL, 0);
	getter_join(pc);
	pool_cache_destroy(pc);
}

/* Of an object that could not be made, too. */
static void
failures_leave_room(void **state)
{
	pool_cache_t pc = make("limited");

	(void)state;
	pool_cache_sethardlimit(pc, 1, NULL, 0);
	th.fail_memalloc = 1;
	assert_null(pool_cache_get(pc, PR_NOWAIT));
	ctor_error = EIO;
	assert_null(pool_cache_get(pc, PR_WAITOK));
	ctor_error = 0;
	get_many(pc, 1);
	put_many(pc, 1);
	pool_cache_destroy(pc);
}

static void
do_hiwat(void *arg)
{
	pool_cache_sethiwat(arg, -1);
}

static void
do_lowat(void *arg)
{
	pool_cache_setlowat(arg, -1);
}

static void
do_prime(void *arg)
{
	pool_cache_prime(arg, -1);
}

static void
do_limit(void *arg)
{
	pool_cache_sethardlimit(arg, -1, NULL, 0);
}

static void
numbers_of_items_are_not_negative(void **state)
{
	pool_cache_t pc = make("minus");

	(void)state;
	expect_panic(do_hiwat, pc, "pool_cache_sethiwat: minus: -1 items");
	expect_panic(do_lowat, pc, "pool_cache_setlowat: minus: -1 items");
	expect_panic(do_prime, pc, "pool_cache_prime: minus: -1 items");
	expect_panic(do_limit, pc, "pool_cache_sethardlimit: minus: -1 items");
	pool_cache_destroy(pc);
}

/* ---------------------------------------------------------------- misuse */

static pool_cache_t mine, yours;

static void
make_two(void)
{
	yours = make("yours");
	mine = make("mine");
	get_many(mine, 1);
}

static void
end_two(void)
{
	put_many(mine, 1);
	pool_cache_destroy(mine);
	pool_cache_destroy(yours);
}

/* The panic says which object, and all of `words'. */
static void
expect_about_it(void (*fn)(void *), const char *words)
{
	char text[100];

	snprintf(text, sizeof(text), "%p", objs[0]);
	expect_panic(fn, objs[0], text);
	expect_panic(fn, objs[0], words);
}

static void
do_put_twice(void *arg)
{
	pool_cache_put(mine, arg);
	pool_cache_put(mine, arg);
}

static void
do_put_then_destruct(void *arg)
{
	pool_cache_put(mine, arg);
	pool_cache_destruct_object(mine, arg);
}

static void
putting_twice_is_a_panic(void **state)
{
	(void)state;
	make_two();
	expect_about_it(do_put_twice, "pool_cache_put: mine: ");
	expect_about_it(do_put_twice, "is free already");
	expect_about_it(do_put_then_destruct,
	    "pool_cache_destruct_object: mine: ");
	end_two();
}

static void
do_put_into_yours(void *arg)
{
	pool_cache_put(yours, arg);
}

static void
do_destruct_in_yours(void *arg)
{
	pool_cache_destruct_object(yours, arg);
}

static void
do_put_part(void *arg)
{
	pool_cache_put(mine, (char *)arg + 64);
}

static void
putting_what_is_not_the_pools_is_a_panic(void **state)
{
	(void)state;
	make_two();
	expect_about_it(do_put_into_yours, "pool_cache_put: yours: ");
	expect_about_it(do_put_into_yours, "is of mine");
	expect_about_it(do_destruct_in_yours, "is of mine");
	expect_panic(do_put_part, objs[0], "was not allocated");
	end_two();
}

static void
do_write_behind(void *arg)
{
	((volatile char *)arg)[sizeof(struct object)] = 'x';
	pool_cache_put(mine, arg);
}

static void
a_write_behind_the_end_is_found_at_put(void **state)
{
	(void)state;
	make_two();
	expect_about_it(do_write_behind, "of 104 bytes was written to at 104");
	end_two();
}

static void
write_after_put(void *obj)
{
	pool_cache_put(mine, obj);
	((volatile unsigned char *)obj)[50] ^= 1;
}

static void
do_write_invalidate(void *arg)
{
	write_after_put(arg);
	pool_cache_invalidate(mine);
}

static void
do_write_drain(void *arg)
{
	write_after_put(arg);
	puffsmsg__pool_drain();
}

static void
do_write_destroy(void *arg)
{
	write_after_put(arg);
	pool_cache_destroy(mine);
}

static void
do_write_put(void *arg)
{
	void *o[32];

	write_after_put(arg);
	for (unsigned i = 0; i < 32; i++)
		o[i] = pool_cache_get(mine, PR_WAITOK);
	for (unsigned i = 0; i < 32; i++)
		pool_cache_put(mine, o[i]);
}

static void
do_write_get(void *arg)
{
	void *o[32];

	for (unsigned i = 0; i < 32; i++)
		o[i] = pool_cache_get(mine, PR_WAITOK);
	write_after_put(arg);
	for (unsigned i = 0; i < 31; i++)
		pool_cache_put(mine, o[i]);
	(void)pool_cache_get(mine, PR_WAITOK);
}

static void
a_write_after_put_is_found_when_the_memory_goes(void **state)
{
	static const char words[] = "was written to at 50 when it was free";

	(void)state;
	make_two();
	expect_about_it(do_write_invalidate, words);
	expect_about_it(do_write_invalidate, "mine: ");
	expect_about_it(do_write_drain, words);
	expect_about_it(do_write_destroy, words);
	expect_about_it(do_write_put, words);
	expect_about_it(do_write_get, words);
	end_two();
}

static void
a_read_after_put_sees_the_pattern(void **state)
{
	unsigned char *obj;

	(void)state;
	make_two();
	obj = objs[0];
	pool_cache_put(mine, obj);
	for (unsigned i = 0; i < sizeof(struct object); i++)
		assert_int_equal(obj[i], 0xde);
	get_many(mine, 1);
	end_two();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ALL_MODES(sizes_and_alignments_must_make_sense),
		ALL_MODES(destroy_with_an_object_out_is_a_panic),
		ALL_MODES(numbers_of_items_are_not_negative),
		IN_MODE(putting_twice_is_a_panic, checked),
		GUARDED(putting_what_is_not_the_pools_is_a_panic),
		IN_MODE(a_write_behind_the_end_is_found_at_put, checked),
		IN_MODE(a_write_after_put_is_found_when_the_memory_goes,
		    checked),
		IN_MODE(a_read_after_put_sees_the_pattern, checked),
		ALL_MODES(objects_are_aligned_where_it_was_asked_for),
		ALL_MODES(flags_allocator_and_level_mean_nothing),
		ALL_MODES(init_waits_for_memory),
		ALL_MODES(destroy_destructs_all),
		ALL_MODES(destroy_destructs_what_threads_keep_that_live_on),
		ALL_MODES(there_may_be_any_number_of_pools),
		IN_MODE(the_constructor_runs_once_per_object_and_not_per_get,
		    cached),
		GUARDED(every_put_destructs),
		ALL_MODES(a_constructor_that_fails_fails_the_get),
		ALL_MODES(constructor_and_destructor_may_be_missing),
		ALL_MODES(nowait_is_null_without_memory_and_never_blocks),
		ALL_MODES(waitok_blocks_until_there_is_memory),
		ALL_MODES(nowait_does_not_fail_for_want_of_an_lwp),
		ALL_MODES(another_thread_may_put),
		IN_MODE(what_a_thread_kept_is_for_all_when_it_ends, cached),
		ALL_MODES(many_threads_may_get_and_put),
		ALL_MODES(destruct_object_destructs_at_once),
		ALL_MODES(invalidate_destructs_what_is_kept),
		ALL_MODES(objects_that_are_out_survive_invalidate),
		ALL_MODES(short_of_memory_all_pools_are_drained),
		IN_MODE(above_the_high_mark_objects_are_given_back, cached),
		ALL_MODES(what_was_primed_is_there_when_memory_is_not),
		ALL_MODES(prime_waits_for_memory),
		ALL_MODES(below_the_low_mark_memory_stays),
		ALL_MODES(
		    at_the_hard_limit_nowait_and_limitfail_fail_with_a_warning),
		ALL_MODES(warnings_are_as_often_as_it_was_said),
		ALL_MODES(at_the_hard_limit_waitok_waits_for_any_put),
		ALL_MODES(a_higher_limit_lets_waiters_go),
		ALL_MODES(failures_leave_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
