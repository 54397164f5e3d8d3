/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * atomic_ops(3), atomic_loadstore(9), membar_ops(3): what each returns and
 * leaves behind, in its own type and width; and that none of it is lost
 * between two threads.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>

#include <sys/atomic.h>

#define SAME(e, type) \
	_Static_assert(__builtin_types_compatible_p(__typeof__(e), type), #e)

static void
test_add_32(void **state)
{
	volatile uint32_t n = 0xffffu;

	(void)state;
	SAME(atomic_add_32(&n, 1), void);
	SAME(atomic_add_32_nv(&n, 1), uint32_t);
	atomic_add_32(&n, 1);
	assert_true(n == (uint32_t)0xffffu + 1);
	assert_true(atomic_add_32_nv(&n, -2) == 0xffffu - UINT32_C(1));
	assert_true(n == 0xffffu - UINT32_C(1));
	n = UINT32_MAX;
	assert_true(atomic_add_32_nv(&n, 2) == 1);
}

static void
test_inc_dec_32(void **state)
{
	volatile uint32_t n = 0xffffu;

	(void)state;
	SAME(atomic_inc_32(&n), void);
	SAME(atomic_dec_32(&n), void);
	SAME(atomic_inc_32_nv(&n), uint32_t);
	SAME(atomic_dec_32_nv(&n), uint32_t);
	atomic_inc_32(&n);
	assert_true(n == (uint32_t)0xffffu + 1);
	assert_true(atomic_inc_32_nv(&n) == (uint32_t)0xffffu + 2);
	atomic_dec_32(&n);
	assert_true(n == (uint32_t)0xffffu + 1);
	assert_true(atomic_dec_32_nv(&n) == 0xffffu);
	n = 0;
	assert_true(atomic_dec_32_nv(&n) == UINT32_MAX);
	assert_true(atomic_inc_32_nv(&n) == 0);
}

static void
test_or_and_32(void **state)
{
	volatile uint32_t n = 0x80000000u | 1;

	(void)state;
	SAME(atomic_or_32(&n, 1), void);
	SAME(atomic_and_32(&n, 1), void);
	SAME(atomic_or_32_nv(&n, 1), uint32_t);
	SAME(atomic_and_32_nv(&n, 1), uint32_t);
	atomic_or_32(&n, 6);
	assert_true(n == (0x80000000u | 7));
	assert_true(atomic_or_32_nv(&n, 8) == (0x80000000u | 15));
	assert_true(n == (0x80000000u | 15));
	atomic_and_32(&n, 0x80000000u | 12);
	assert_true(n == (0x80000000u | 12));
	assert_true(atomic_and_32_nv(&n, 0x80000000u | 4) == (0x80000000u | 4));
	assert_true(n == (0x80000000u | 4));
}

static void
test_swap_cas_32(void **state)
{
	volatile uint32_t n = 0x80000000u;

	(void)state;
	SAME(atomic_swap_32(&n, 1), uint32_t);
	SAME(atomic_cas_32(&n, 1, 1), uint32_t);
	SAME(atomic_cas_32_ni(&n, 1, 1), uint32_t);
	assert_true(atomic_swap_32(&n, UINT32_MAX) == 0x80000000u);
	assert_true(n == UINT32_MAX);
	assert_true(atomic_cas_32(&n, 0x80000000u, 3) == UINT32_MAX);
	assert_true(n == UINT32_MAX);
	assert_true(atomic_cas_32(&n, UINT32_MAX, 0x80000000u) == UINT32_MAX);
	assert_true(n == 0x80000000u);
	assert_true(atomic_cas_32_ni(&n, 0, 3) == 0x80000000u);
	assert_true(n == 0x80000000u);
	assert_true(atomic_cas_32_ni(&n, 0x80000000u, 3) == 0x80000000u);
	assert_true(n == 3);
}

static void
test_add_uint(void **state)
{
	volatile unsigned int n = 0xffffu;

	(void)state;
	SAME(atomic_add_int(&n, 1), void);
	SAME(atomic_add_int_nv(&n, 1), unsigned int);
	atomic_add_int(&n, 1);
	assert_true(n == (unsigned int)0xffffu + 1);
	assert_true(atomic_add_int_nv(&n, -2) == 0xffffu - 1u);
	assert_true(n == 0xffffu - 1u);
	n = UINT_MAX;
	assert_true(atomic_add_int_nv(&n, 2) == 1);
}

static void
test_inc_dec_uint(void **state)
{
	volatile unsigned int n = 0xffffu;

	(void)state;
	SAME(atomic_inc_uint(&n), void);
	SAME(atomic_dec_uint(&n), void);
	SAME(atomic_inc_uint_nv(&n), unsigned int);
	SAME(atomic_dec_uint_nv(&n), unsigned int);
	atomic_inc_uint(&n);
	assert_true(n == (unsigned int)0xffffu + 1);
	assert_true(atomic_inc_uint_nv(&n) == (unsigned int)0xffffu + 2);
	atomic_dec_uint(&n);
	assert_true(n == (unsigned int)0xffffu + 1);
	assert_true(atomic_dec_uint_nv(&n) == 0xffffu);
	n = 0;
	assert_true(atomic_dec_uint_nv(&n) == UINT_MAX);
	assert_true(atomic_inc_uint_nv(&n) == 0);
}

static void
test_or_and_uint(void **state)
{
	volatile unsigned int n = 0x80000000u | 1;

	(void)state;
	SAME(atomic_or_uint(&n, 1), void);
	SAME(atomic_and_uint(&n, 1), void);
	SAME(atomic_or_uint_nv(&n, 1), unsigned int);
	SAME(atomic_and_uint_nv(&n, 1), unsigned int);
	atomic_or_uint(&n, 6);
	assert_true(n == (0x80000000u | 7));
	assert_true(atomic_or_uint_nv(&n, 8) == (0x80000000u | 15));
	assert_true(n == (0x80000000u | 15));
	atomic_and_uint(&n, 0x80000000u | 12);
	assert_true(n == (0x80000000u | 12));
	assert_true(
	    atomic_and_uint_nv(&n, 0x80000000u | 4) == (0x80000000u | 4));
	assert_true(n == (0x80000000u | 4));
}

static void
test_swap_cas_uint(void **state)
{
	volatile unsigned int n = 0x80000000u;

	(void)state;
	SAME(atomic_swap_uint(&n, 1), unsigned int);
	SAME(atomic_cas_uint(&n, 1, 1), unsigned int);
	SAME(atomic_cas_uint_ni(&n, 1, 1), unsigned int);
	assert_true(atomic_swap_uint(&n, UINT_MAX) == 0x80000000u);
	assert_true(n == UINT_MAX);
	assert_true(atomic_cas_uint(&n, 0x80000000u, 3) == UINT_MAX);
	assert_true(n == UINT_MAX);
	assert_true(atomic_cas_uint(&n, UINT_MAX, 0x80000000u) == UINT_MAX);
	assert_true(n == 0x80000000u);
	assert_true(atomic_cas_uint_ni(&n, 0, 3) == 0x80000000u);
	assert_true(n == 0x80000000u);
	assert_true(atomic_cas_uint_ni(&n, 0x80000000u, 3) == 0x80000000u);
	assert_true(n == 3);
}

static void
test_add_ulong(void **state)
{
	volatile unsigned long n = 0xffffu;

	(void)state;
	SAME(atomic_add_long(&n, 1), void);
	SAME(atomic_add_long_nv(&n, 1), unsigned long);
	atomic_add_long(&n, 1);
	assert_true(n == (unsigned long)0xffffu + 1);
	assert_true(atomic_add_long_nv(&n, -2) == 0xffffu - 1ul);
	assert_true(n == 0xffffu - 1ul);
	n = ULONG_MAX;
	assert_true(atomic_add_long_nv(&n, 2) == 1);
}

static void
test_inc_dec_ulong(void **state)
{
	volatile unsigned long n = 0xffffu;

	(void)state;
	SAME(atomic_inc_ulong(&n), void);
	SAME(atomic_dec_ulong(&n), void);
	SAME(atomic_inc_ulong_nv(&n), unsigned long);
	SAME(atomic_dec_ulong_nv(&n), unsigned long);
	atomic_inc_ulong(&n);
	assert_true(n == (unsigned long)0xffffu + 1);
	assert_true(atomic_inc_ulong_nv(&n) == (unsigned long)0xffffu + 2);
	atomic_dec_ulong(&n);
	assert_true(n == (unsigned long)0xffffu + 1);
	assert_true(atomic_dec_ulong_nv(&n) == 0xffffu);
	n = 0;
	assert_true(atomic_dec_ulong_nv(&n) == ULONG_MAX);
	assert_true(atomic_inc_ulong_nv(&n) == 0);
}

static void
test_or_and_ulong(void **state)
{
	volatile unsigned long n = (ULONG_MAX / 2 + 1) | 1;

	(void)state;
	SAME(atomic_or_ulong(&n, 1), void);
	SAME(atomic_and_ulong(&n, 1), void);
	SAME(atomic_or_ulong_nv(&n, 1), unsigned long);
	SAME(atomic_and_ulong_nv(&n, 1), unsigned long);
	atomic_or_ulong(&n, 6);
	assert_true(n == ((ULONG_MAX / 2 + 1) | 7));
	assert_true(atomic_or_ulong_nv(&n, 8) == ((ULONG_MAX / 2 + 1) | 15));
	assert_true(n == ((ULONG_MAX / 2 + 1) | 15));
	atomic_and_ulong(&n, (ULONG_MAX / 2 + 1) | 12);
	assert_true(n == ((ULONG_MAX / 2 + 1) | 12));
	assert_true(atomic_and_ulong_nv(&n, (ULONG_MAX / 2 + 1) | 4) ==
	    ((ULONG_MAX / 2 + 1) | 4));
	assert_true(n == ((ULONG_MAX / 2 + 1) | 4));
}

static void
test_swap_cas_ulong(void **state)
{
	volatile unsigned long n = (ULONG_MAX / 2 + 1);

	(void)state;
	SAME(atomic_swap_ulong(&n, 1), unsigned long);
	SAME(atomic_cas_ulong(&n, 1, 1), unsigned long);
	SAME(atomic_cas_ulong_ni(&n, 1, 1), unsigned long);
	assert_true(atomic_swap_ulong(&n, ULONG_MAX) == (ULONG_MAX / 2 + 1));
	assert_true(n == ULONG_MAX);
	assert_true(atomic_cas_ulong(&n, (ULONG_MAX / 2 + 1), 3) == ULONG_MAX);
	assert_true(n == ULONG_MAX);
	assert_true(
	    atomic_cas_ulong(&n, ULONG_MAX, (ULONG_MAX / 2 + 1)) == ULONG_MAX);
	assert_true(n == (ULONG_MAX / 2 + 1));
	assert_true(atomic_cas_ulong_ni(&n, 0, 3) == (ULONG_MAX / 2 + 1));
	assert_true(n == (ULONG_MAX / 2 + 1));
	assert_true(atomic_cas_ulong_ni(&n, (ULONG_MAX / 2 + 1), 3) ==
	    (ULONG_MAX / 2 + 1));
	assert_true(n == 3);
}

#ifdef __HAVE_ATOMIC64_OPS
static void
test_add_64(void **state)
{
	volatile uint64_t n = 0xffffffffu;

	(void)state;
	SAME(atomic_add_64(&n, 1), void);
	SAME(atomic_add_64_nv(&n, 1), uint64_t);
	atomic_add_64(&n, 1);
	assert_true(n == (uint64_t)0xffffffffu + 1);
	assert_true(atomic_add_64_nv(&n, -2) == 0xffffffffu - UINT64_C(1));
	assert_true(n == 0xffffffffu - UINT64_C(1));
	n = UINT64_MAX;
	assert_true(atomic_add_64_nv(&n, 2) == 1);
}

static void
test_inc_dec_64(void **state)
{
	volatile uint64_t n = 0xffffffffu;

	(void)state;
	SAME(atomic_inc_64(&n), void);
	SAME(atomic_dec_64(&n), void);
	SAME(atomic_inc_64_nv(&n), uint64_t);
	SAME(atomic_dec_64_nv(&n), uint64_t);
	atomic_inc_64(&n);
	assert_true(n == (uint64_t)0xffffffffu + 1);
	assert_true(atomic_inc_64_nv(&n) == (uint64_t)0xffffffffu + 2);
	atomic_dec_64(&n);
	assert_true(n == (uint64_t)0xffffffffu + 1);
	assert_true(atomic_dec_64_nv(&n) == 0xffffffffu);
	n = 0;
	assert_true(atomic_dec_64_nv(&n) == UINT64_MAX);
	assert_true(atomic_inc_64_nv(&n) == 0);
}

static void
test_or_and_64(void **state)
{
	volatile uint64_t n = (UINT64_C(1) << 63) | 1;

	(void)state;
	SAME(atomic_or_64(&n, 1), void);
	SAME(atomic_and_64(&n, 1), void);
	SAME(atomic_or_64_nv(&n, 1), uint64_t);
	SAME(atomic_and_64_nv(&n, 1), uint64_t);
	atomic_or_64(&n, 6);
	assert_true(n == ((UINT64_C(1) << 63) | 7));
	assert_true(atomic_or_64_nv(&n, 8) == ((UINT64_C(1) << 63) | 15));
	assert_true(n == ((UINT64_C(1) << 63) | 15));
	atomic_and_64(&n, (UINT64_C(1) << 63) | 12);
	assert_true(n == ((UINT64_C(1) << 63) | 12));
	assert_true(atomic_and_64_nv(&n, (UINT64_C(1) << 63) | 4) ==
	    ((UINT64_C(1) << 63) | 4));
	assert_true(n == ((UINT64_C(1) << 63) | 4));
}

static void
test_swap_cas_64(void **state)
{
	volatile uint64_t n = (UINT64_C(1) << 63);

	(void)state;
	SAME(atomic_swap_64(&n, 1), uint64_t);
	SAME(atomic_cas_64(&n, 1, 1), uint64_t);
	SAME(atomic_cas_64_ni(&n, 1, 1), uint64_t);
	assert_true(atomic_swap_64(&n, UINT64_MAX) == (UINT64_C(1) << 63));
	assert_true(n == UINT64_MAX);
	assert_true(atomic_cas_64(&n, (UINT64_C(1) << 63), 3) == UINT64_MAX);
	assert_true(n == UINT64_MAX);
	assert_true(
	    atomic_cas_64(&n, UINT64_MAX, (UINT64_C(1) << 63)) == UINT64_MAX);
	assert_true(n == (UINT64_C(1) << 63));
	assert_true(atomic_cas_64_ni(&n, 0, 3) == (UINT64_C(1) << 63));
	assert_true(n == (UINT64_C(1) << 63));
	assert_true(atomic_cas_64_ni(&n, (UINT64_C(1) << 63), 3) ==
	    (UINT64_C(1) << 63));
	assert_true(n == 3);
}
#endif

static void
test_ptr(void **state)
{
	char text[8];
	int a, b;
	char *at = text;
	int *p = &a;

	(void)state;
	SAME(atomic_add_ptr(&at, 1), void);
	SAME(atomic_inc_ptr(&at), void);
	SAME(atomic_dec_ptr(&at), void);
	SAME(atomic_add_ptr_nv(&at, 1), void *);
	SAME(atomic_inc_ptr_nv(&at), void *);
	SAME(atomic_dec_ptr_nv(&at), void *);
	atomic_add_ptr(&at, 5);
	assert_ptr_equal(at, text + 5);
	assert_ptr_equal(atomic_add_ptr_nv(&at, -3), text + 2);
	atomic_inc_ptr(&at);
	assert_ptr_equal(at, text + 3);
	assert_ptr_equal(atomic_inc_ptr_nv(&at), text + 4);
	atomic_dec_ptr(&at);
	assert_ptr_equal(at, text + 3);
	assert_ptr_equal(atomic_dec_ptr_nv(&at), text + 2);
	assert_ptr_equal(atomic_swap_ptr(&p, &b), &a);
	assert_ptr_equal(p, &b);
	assert_ptr_equal(atomic_cas_ptr(&p, &a, NULL), &b);
	assert_ptr_equal(p, &b);
	assert_ptr_equal(atomic_cas_ptr(&p, &b, &a), &b);
	assert_ptr_equal(p, &a);
	assert_ptr_equal(atomic_cas_ptr_ni(&p, &b, NULL), &a);
	assert_ptr_equal(p, &a);
	assert_ptr_equal(atomic_cas_ptr_ni(&p, &a, NULL), &a);
	assert_null(p);
}

/* Neighbours of what is stored, in one word with it. */
struct bytes {
	uint8_t a, b;
	uint16_t c;
	bool d, e;
	int16_t f;
};

static void
test_load_store_small(void **state)
{
	struct bytes s = { 1, 2, 3, true, false, -4 };

	(void)state;
	SAME(atomic_load_relaxed(&s.b), uint8_t);
	SAME(atomic_load_acquire(&s.f), int16_t);
	SAME(atomic_load_consume(&s.d), bool);
	SAME(atomic_store_relaxed(&s.b, 1), void);
	SAME(atomic_store_release(&s.b, 1), void);
	assert_int_equal(atomic_load_relaxed(&s.b), 2);
	assert_int_equal(atomic_load_acquire(&s.f), -4);
	assert_true(atomic_load_consume(&s.d));
	atomic_store_relaxed(&s.b, 0xff);
	atomic_store_release(&s.f, INT16_MIN);
	atomic_store_relaxed(&s.c, UINT16_C(0x1234));
	atomic_store_relaxed(&s.e, true);
	assert_int_equal(s.a, 1);
	assert_int_equal(s.b, 0xff);
	assert_int_equal(s.c, 0x1234);
	assert_true(s.d && s.e);
	assert_int_equal(s.f, INT16_MIN);
}

static void
test_load_store_words(void **state)
{
	volatile int n = -7;
	const unsigned int fixed = 9;
	const char *text = "a";
	const char **at = &text;

	(void)state;
	SAME(atomic_load_acquire(&n), int);
	SAME(atomic_load_relaxed(&text), const char *);
	assert_int_equal(atomic_load_relaxed(&n), -7);
	assert_int_equal(atomic_load_acquire(&fixed), 9);
	assert_string_equal(atomic_load_consume(at), "a");
	atomic_store_relaxed(&n, INT_MIN);
	assert_int_equal(n, INT_MIN);
	atomic_store_release(&text, "b");
	assert_string_equal(text, "b");
	atomic_store_relaxed(&text, NULL);
	assert_null(atomic_load_relaxed(&text));
}

#ifdef __HAVE_ATOMIC64_LOADSTORE
static void
test_load_store_64(void **state)
{
	uint64_t n[3] = { 1, 2, 3 };

	(void)state;
	SAME(atomic_load_relaxed(&n[1]), uint64_t);
	atomic_store_relaxed(&n[1], UINT64_MAX - 1);
	assert_true(atomic_load_acquire(&n[1]) == UINT64_MAX - 1);
	atomic_store_release(&n[1], UINT64_C(1) << 40);
	assert_true(atomic_load_relaxed(&n[1]) == UINT64_C(1) << 40);
	assert_true(n[0] == 1 && n[2] == 3);
}
#endif

/* Arguments are worked out once. */
static void
test_side_effects(void **state)
{
	uint32_t n[2] = { 1, 5 };
	uint32_t *p = n;

	(void)state;
	assert_int_equal(atomic_load_relaxed(p++), 1);
	assert_ptr_equal(p, &n[1]);
	atomic_store_release(p--, n[0]++);
	assert_ptr_equal(p, n);
	assert_int_equal(n[0], 2);
	assert_int_equal(n[1], 1);
	assert_int_equal(atomic_inc_32_nv(p++), 3);
	assert_ptr_equal(p, &n[1]);
}

static void
test_barriers(void **state)
{
	(void)state;
	SAME(membar_sync(), void);
	membar_acquire();
	membar_release();
	membar_producer();
	membar_consumer();
	membar_datadep_consumer();
	membar_sync();
	membar_enter();
	membar_exit();
}

/* --------------------------------------------------------- two threads */

/*
 * Rounds of one operation by both threads at once: until each has been in the
 * middle of the other's a good many times, which takes two CPUs a moment, and
 * one CPU its time slices.
 */
#define ROUNDS 1000000
#define MEETS  1000

static unsigned arrived;
static uint32_t last, satisfied;

/* Both have come here `n' times before either goes on.  Neither sleeps. */
static void
meet(unsigned n)
{
	(void)__atomic_add_fetch(&arrived, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < 2 * n)
		continue;
}

/* Whether the other one was here since the last time. */
static bool
met(uint32_t me)
{
	if (__atomic_load_n(&last, __ATOMIC_RELAXED) == me)
		return false;
	__atomic_store_n(&last, me, __ATOMIC_RELAXED);
	return true;
}

/* The n-th operation, by thread `me', 1 or 2.  Returns how many rounds. */
static uint32_t
rounds(unsigned n, uint32_t me, void (*step)(void *arg, uint32_t i), void *arg)
{
	uint32_t i, meets = 0;

	meet(n);
	for (i = 0; i < ROUNDS; i++) {
		step(arg, i);
		if (met(me) && ++meets == MEETS)
			(void)__atomic_add_fetch(&satisfied, 1,
			    __ATOMIC_RELAXED);
		if (__atomic_load_n(&satisfied, __ATOMIC_RELAXED) == 2 * n)
			break;
	}
	if (meets < MEETS)
		(void)__atomic_add_fetch(&satisfied, 1, __ATOMIC_RELAXED);
	return i < ROUNDS ? i + 1 : i;
}

static void
run_two(void *(*fn)(void *), void *one, void *other)
{
	pthread_t threads[2];

	arrived = 0;
	satisfied = 0;
	assert_int_equal(pthread_create(&threads[0], NULL, fn, one), 0);
	assert_int_equal(pthread_create(&threads[1], NULL, fn, other), 0);
	assert_int_equal(pthread_join(threads[0], NULL), 0);
	assert_int_equal(pthread_join(threads[1], NULL), 0);
}

static struct counters {
	uint32_t w32, cas32;
	unsigned int uint, casuint;
	unsigned long ulong, casulong;
	uint64_t w64, cas64;
	char *ptr, *casptr;
} counted;

static void
count_32(void *arg, uint32_t i)
{
	(void)arg;
	(void)i;
	atomic_inc_32(&counted.w32);
}

static void
count_uint(void *arg, uint32_t i)
{
	(void)arg;
	(void)i;
	(void)atomic_add_int_nv(&counted.uint, 3);
}

static void
count_ulong(void *arg, uint32_t i)
{
	(void)arg;
	(void)i;
	atomic_dec_ulong(&counted.ulong);
}

static void
count_ptr(void *arg, uint32_t i)
{
	(void)arg;
	(void)i;
	atomic_inc_ptr(&counted.ptr);
}

static void
count_cas_32(void *arg, uint32_t i)
{
	uint32_t n;

	(void)arg;
	(void)i;
	do
		n = atomic_load_relaxed(&counted.cas32);
	while (atomic_cas_32(&counted.cas32, n, n + 1) != n);
}

static void
count_cas_uint(void *arg, uint32_t i)
{
	unsigned int n;

	(void)arg;
	(void)i;
	do
		n = atomic_load_relaxed(&counted.casuint);
	while (atomic_cas_uint_ni(&counted.casuint, n, n + 1) != n);
}

static void
count_cas_ulong(void *arg, uint32_t i)
{
	unsigned long n;

	(void)arg;
	(void)i;
	do
		n = atomic_load_relaxed(&counted.casulong);
	while (atomic_cas_ulong(&counted.casulong, n, n + 1) != n);
}

static void
count_cas_ptr(void *arg, uint32_t i)
{
	char *at;

	(void)arg;
	(void)i;
	do
		at = atomic_load_relaxed(&counted.casptr);
	while (atomic_cas_ptr(&counted.casptr, at, at + 1) != at);
}

#ifdef __HAVE_ATOMIC64_OPS
static void
count_64(void *arg, uint32_t i)
{
	(void)arg;
	(void)i;
	atomic_add_64(&counted.w64, INT64_C(1) << 31);
}

static void
count_cas_64(void *arg, uint32_t i)
{
	uint64_t n = 0, was;

	(void)arg;
	(void)i;
	while ((was = atomic_cas_64(&counted.cas64, n, n + 1)) != n)
		n = was;
}
#endif

static void (*const counts[])(void *, uint32_t) = {
	count_32,
	count_uint,
	count_ulong,
	count_ptr,
	count_cas_32,
	count_cas_uint,
	count_cas_ulong,
	count_cas_ptr,
#ifdef __HAVE_ATOMIC64_OPS
	count_64,
	count_cas_64,
#endif
};

#define NCOUNTS (sizeof(counts) / sizeof(counts[0]))

struct tally {
	uint32_t me;
	uint64_t rounds[NCOUNTS];
};

static void *
count(void *arg)
{
	struct tally *t = arg;

	for (unsigned n = 0; n < NCOUNTS; n++)
		t->rounds[n] = rounds(n + 1, t->me, counts[n], NULL);
	return NULL;
}

static void
test_two_threads_count(void **state)
{
	static char text[2 * ROUNDS + 1];
	struct tally one = { .me = 1 }, other = { .me = 2 };
	uint64_t all[NCOUNTS];

	(void)state;
	counted.ptr = counted.casptr = text;
	run_two(count, &one, &other);
	for (unsigned n = 0; n < NCOUNTS; n++)
		all[n] = one.rounds[n] + other.rounds[n];
	assert_int_equal(counted.w32, all[0]);
	assert_int_equal(counted.uint, 3 * all[1]);
	assert_true(counted.ulong == 0ul - (unsigned long)all[2]);
	assert_int_equal(counted.ptr - text, all[3]);
	assert_int_equal(counted.cas32, all[4]);
	assert_int_equal(counted.casuint, all[5]);
	assert_int_equal(counted.casulong, all[6]);
	assert_int_equal(counted.casptr - text, all[7]);
#ifdef __HAVE_ATOMIC64_OPS
	assert_true(counted.w64 == all[8] << 31);
	assert_true(counted.cas64 == all[9]);
#endif
}

/* Each sets and clears bits of its own, and finds them as it left them. */
static struct flipped {
	uint32_t w32;
	unsigned long ulong;
#ifdef __HAVE_ATOMIC64_OPS
	uint64_t w64;
#endif
} flipped;

struct flipper {
	uint32_t me;
	uint32_t mine; /* bits */
	uint64_t bad;  /* not found as they were left */
};

static void
flip_32(void *arg, uint32_t i)
{
	struct flipper *f = arg;
	uint32_t mine = f->mine;
	uint32_t bad;

	(void)i;
	bad = mine & ~atomic_or_32_nv(&flipped.w32, mine);
	bad |= mine & ~atomic_load_relaxed(&flipped.w32);
	bad |= mine & atomic_and_32_nv(&flipped.w32, ~mine);
	f->bad |= bad | (mine & atomic_load_relaxed(&flipped.w32));
}

static void
flip_ulong(void *arg, uint32_t i)
{
	struct flipper *f = arg;
	uint32_t mine = f->mine;
	unsigned long bits = mine, bad;

	(void)i;
	atomic_or_ulong(&flipped.ulong, bits);
	bad = bits & ~atomic_load_relaxed(&flipped.ulong);
	atomic_and_ulong(&flipped.ulong, ~bits);
	f->bad |= bad | (bits & atomic_load_relaxed(&flipped.ulong));
}

#ifdef __HAVE_ATOMIC64_OPS
static void
flip_64(void *arg, uint32_t i)
{
	struct flipper *f = arg;
	uint32_t mine = f->mine;
	uint64_t bits = mine, bad;

	(void)i;
	bad = bits & ~atomic_or_64_nv(&flipped.w64, bits);
	bad |= bits & ~atomic_or_64_nv(&flipped.w64, 0);
	bad |= bits & atomic_and_64_nv(&flipped.w64, ~bits);
	f->bad |= bad | (bits & atomic_or_64_nv(&flipped.w64, 0));
}
#endif

static void (*const flips[])(void *, uint32_t) = {
	flip_32,
	flip_ulong,
#ifdef __HAVE_ATOMIC64_OPS
	flip_64,
#endif
};

#define NFLIPS (sizeof(flips) / sizeof(flips[0]))

static void *
flip(void *arg)
{
	struct flipper *f = arg;

	for (unsigned n = 0; n < NFLIPS; n++)
		(void)rounds(n + 1, f->me, flips[n], f);
	return NULL;
}

static void
test_two_threads_flip(void **state)
{
	struct flipper even = { 1, 0x55555555, 0 };
	struct flipper odd = { 2, 0xaaaaaaaa, 0 };

	(void)state;
	run_two(flip, &even, &odd);
	assert_true(even.bad == 0);
	assert_true(odd.bad == 0);
	assert_int_equal(flipped.w32, 0);
	assert_int_equal(flipped.ulong, 0);
#ifdef __HAVE_ATOMIC64_OPS
	assert_true(flipped.w64 == 0);
#endif
}

/* Whatever is swapped in comes out once: sums agree. */
static struct swapped {
	uint32_t w32;
	unsigned long ulong;
	void *ptr;
	uint64_t w64;
} swapped;

static uint64_t
swap_32(uint32_t n)
{
	return atomic_swap_32(&swapped.w32, n);
}

static uint64_t
swap_ulong(uint32_t n)
{
	return atomic_swap_ulong(&swapped.ulong, n);
}

static uint64_t
swap_ptr(uint32_t n)
{
	return (uintptr_t)atomic_swap_ptr(&swapped.ptr, (void *)(uintptr_t)n);
}

#ifdef __HAVE_ATOMIC64_OPS
static uint64_t
swap_64(uint32_t n)
{
	return atomic_swap_64(&swapped.w64, n);
}
#endif

static uint64_t (*const swaps[])(uint32_t) = {
	swap_32,
	swap_ulong,
	swap_ptr,
#ifdef __HAVE_ATOMIC64_OPS
	swap_64,
#endif
};

#define NSWAPS (sizeof(swaps) / sizeof(swaps[0]))

struct purse {
	uint32_t me;
	uint64_t in[NSWAPS], out[NSWAPS];
	unsigned n;
};

static void
swap_one(void *arg, uint32_t i)
{
	struct purse *p = arg;
	uint32_t mine = 2 * i + p->me;

	p->in[p->n] += mine;
	p->out[p->n] += swaps[p->n](mine);
}

static void *
swap(void *arg)
{
	struct purse *p = arg;

	for (p->n = 0; p->n < NSWAPS; p->n++)
		(void)rounds(p->n + 1, p->me, swap_one, p);
	return NULL;
}

static void
test_two_threads_swap(void **state)
{
	struct purse one = { .me = 1 }, other = { .me = 2 };

	(void)state;
	run_two(swap, &one, &other);
	for (unsigned n = 0; n < NSWAPS; n++) {
		assert_true(one.in[n] + other.in[n] ==
		    one.out[n] + other.out[n] + swaps[n](0));
	}
}

/* What was written before a release is there after the acquire or consume. */
static struct letter {
	unsigned int words[4];
} letters[2];
static struct letter *published;
static uint32_t sealed;

static void *
pass_on(void *arg)
{
	struct letter *l;

	meet(1);
	if (arg == NULL) {
		letters[0].words[3] = 40;
		atomic_store_release(&published, &letters[0]);
		letters[1].words[2] = 41;
		atomic_store_release(&sealed, 1);
		return NULL;
	}
	while ((l = atomic_load_consume(&published)) == NULL)
		continue;
	*(unsigned int *)arg = l->words[3];
	while (atomic_load_acquire(&sealed) == 0)
		continue;
	*(unsigned int *)arg += letters[1].words[2];
	return NULL;
}

static void
test_release_and_acquire(void **state)
{
	unsigned int sum = 0;

	(void)state;
	run_two(pass_on, NULL, &sum);
	assert_int_equal(sum, 81);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_32),
		cmocka_unit_test(test_inc_dec_32),
		cmocka_unit_test(test_or_and_32),
		cmocka_unit_test(test_swap_cas_32),
		cmocka_unit_test(test_add_uint),
		cmocka_unit_test(test_inc_dec_uint),
		cmocka_unit_test(test_or_and_uint),
		cmocka_unit_test(test_swap_cas_uint),
		cmocka_unit_test(test_add_ulong),
		cmocka_unit_test(test_inc_dec_ulong),
		cmocka_unit_test(test_or_and_ulong),
		cmocka_unit_test(test_swap_cas_ulong),
#ifdef __HAVE_ATOMIC64_OPS
		cmocka_unit_test(test_add_64),
		cmocka_unit_test(test_inc_dec_64),
		cmocka_unit_test(test_or_and_64),
		cmocka_unit_test(test_swap_cas_64),
#endif
		cmocka_unit_test(test_ptr),
		cmocka_unit_test(test_load_store_small),
		cmocka_unit_test(test_load_store_words),
#ifdef __HAVE_ATOMIC64_LOADSTORE
		cmocka_unit_test(test_load_store_64),
#endif
		cmocka_unit_test(test_side_effects),
		cmocka_unit_test(test_barriers),
		cmocka_unit_test(test_two_threads_count),
		cmocka_unit_test(test_two_threads_flip),
		cmocka_unit_test(test_two_threads_swap),
		cmocka_unit_test(test_release_and_acquire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
