/* SPDX-License-Identifier: BSD-2-Clause */

/* Atomics, of the library and of kernel code: what they do and return. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "testhost.h"

#include <sys/atomic.h>

static void
test_32(void **state)
{
	uint32_t n = 5;

	(void)state;
	assert_int_equal(puffsmsg__load32(&n), 5);
	assert_int_equal(puffsmsg__load32_seq(&n), 5);
	assert_int_equal(puffsmsg__load32_relaxed(&n), 5);
	puffsmsg__store32(&n, 6);
	assert_int_equal(n, 6);
	puffsmsg__store32_relaxed(&n, 7);
	assert_int_equal(n, 7);
	assert_int_equal(puffsmsg__add32(&n, 3), 10);
	assert_int_equal(puffsmsg__sub32(&n, 2), 8);
	assert_int_equal(puffsmsg__or32(&n, 3), 8);
	assert_int_equal(puffsmsg__and32(&n, 9), 11);
	assert_int_equal(puffsmsg__xchg32(&n, 1), 9);
	assert_false(puffsmsg__cas32(&n, 2, 3));
	assert_int_equal(n, 1);
	assert_true(puffsmsg__cas32(&n, 1, 3));
	assert_int_equal(n, 3);
	puffsmsg__fence();
}

static void
test_ptr(void **state)
{
	int a, b;
	int *p = &a;

	(void)state;
	assert_ptr_equal(puffsmsg__loadptr(&p), &a);
	assert_ptr_equal(puffsmsg__loadptr_relaxed(&p), &a);
	puffsmsg__storeptr(&p, &b);
	assert_ptr_equal(p, &b);
	puffsmsg__storeptr_relaxed(&p, &a);
	assert_ptr_equal(puffsmsg__xchgptr(&p, &b), &a);
	assert_false(puffsmsg__casptr(&p, &a, NULL));
	assert_true(puffsmsg__casptr(&p, &b, NULL));
	assert_null(p);
}

static int points[4];
static const volatile void *pointed;

static void
count_point(int kind, const volatile void *obj)
{
	points[kind]++;
	pointed = obj;
}

static void
test_points(void **state)
{
	uint32_t n = 0;
	void *p = NULL;

	(void)state;
	puffsmsg__pointfn = count_point;
	(void)puffsmsg__load32(&n);
	assert_ptr_equal(pointed, &n);
	puffsmsg__store32(&n, 1);
	(void)puffsmsg__add32(&n, 1);
	(void)puffsmsg__loadptr(&p);
	assert_ptr_equal(pointed, &p);
	(void)atomic_cas_32(&n, 0, 0);
	(void)atomic_cas_ptr(&p, NULL, NULL);
	puffsmsg__pointfn = NULL;
	assert_int_equal(points[PUFFSMSG_POINT_LOAD], 2);
	assert_int_equal(points[PUFFSMSG_POINT_STORE], 1);
	assert_int_equal(points[PUFFSMSG_POINT_UPDATE], 3);
}

/* Kernel code's, too: one point each, of the right kind, at the object. */
static void
test_kernel_points(void **state)
{
	uint32_t w = 0;
	unsigned long n = 0;
	void *p = NULL;

	(void)state;
	memset(points, 0, sizeof(points));
	puffsmsg__pointfn = count_point;
	atomic_inc_32(&w);
	atomic_or_32(&w, 1);
	atomic_and_32(&w, 1);
	(void)atomic_swap_32(&w, 1);
	(void)atomic_cas_32(&w, 1, 1);
	assert_ptr_equal(pointed, &w);
	atomic_inc_ulong(&n);
	atomic_or_ulong(&n, 1);
	atomic_and_ulong(&n, 1);
	(void)atomic_swap_ulong(&n, 1);
	(void)atomic_cas_ulong(&n, 1, 1);
	assert_ptr_equal(pointed, &n);
	atomic_inc_ptr(&p);
	(void)atomic_swap_ptr(&p, NULL);
	(void)atomic_cas_ptr(&p, NULL, NULL);
	assert_ptr_equal(pointed, &p);
	(void)atomic_load_relaxed(&n);
	assert_ptr_equal(pointed, &n);
	(void)atomic_load_acquire(&p);
	(void)atomic_load_consume(&p);
	atomic_store_relaxed(&n, 1);
	atomic_store_release(&p, NULL);
	puffsmsg__pointfn = NULL;
	assert_int_equal(points[PUFFSMSG_POINT_UPDATE], 13);
	assert_int_equal(points[PUFFSMSG_POINT_LOAD], 3);
	assert_int_equal(points[PUFFSMSG_POINT_STORE], 2);
}

#ifdef __HAVE_ATOMIC64_OPS
static void
test_kernel_points_64(void **state)
{
	uint64_t n = 1;

	(void)state;
	memset(points, 0, sizeof(points));
	puffsmsg__pointfn = count_point;
	atomic_inc_64(&n);
	atomic_or_64(&n, 1);
	atomic_and_64(&n, 1);
	assert_true(atomic_swap_64(&n, 5) == 1);
	(void)atomic_cas_64(&n, 1, 1);
	puffsmsg__pointfn = NULL;
	assert_ptr_equal(pointed, &n);
	assert_int_equal(points[PUFFSMSG_POINT_UPDATE], 5);
	assert_true(n == 5);
}
#endif

static void
test_kernel_names(void **state)
{
	uint32_t n = 1;
	unsigned int u = 1;

	(void)state;
	atomic_inc_32(&n);
	assert_int_equal(atomic_inc_32_nv(&n), 3);
	atomic_dec_32(&n);
	assert_int_equal(atomic_dec_32_nv(&n), 1);
	atomic_add_32(&n, -2);
	assert_int_equal(atomic_add_32_nv(&n, 5), 4);
	atomic_or_32(&n, 1);
	assert_int_equal(atomic_or_32_nv(&n, 2), 7);
	atomic_and_32(&n, 6);
	assert_int_equal(atomic_and_32_nv(&n, 3), 2);
	assert_int_equal(atomic_swap_32(&n, 9), 2);
	assert_int_equal(atomic_cas_32(&n, 1, 4), 9);
	assert_int_equal(n, 9);
	assert_int_equal(atomic_cas_32_ni(&n, 9, 4), 9);
	assert_int_equal(n, 4);
	assert_int_equal(atomic_inc_uint_nv(&u), 2);
	assert_int_equal(atomic_add_int_nv(&u, -1), 1);
	assert_int_equal(atomic_cas_uint(&u, 1, 8), 1);
	assert_int_equal(u, 8);
	membar_sync();
}

static void
test_kernel_pointers(void **state)
{
	int a, b;
	int *p = &a;

	(void)state;
	assert_ptr_equal(atomic_swap_ptr(&p, &b), &a);
	assert_ptr_equal(atomic_cas_ptr(&p, &a, NULL), &b);
	assert_ptr_equal(p, &b);
	assert_ptr_equal(atomic_cas_ptr(&p, &b, NULL), &b);
	assert_null(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_32),
		cmocka_unit_test(test_ptr),
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_kernel_points),
#ifdef __HAVE_ATOMIC64_OPS
		cmocka_unit_test(test_kernel_points_64),
#endif
		cmocka_unit_test(test_kernel_names),
		cmocka_unit_test(test_kernel_pointers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
