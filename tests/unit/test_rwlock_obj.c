/* SPDX-License-Identifier: BSD-2-Clause */

/* rwlocks with a reference count: references of many threads, no memory. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "expect_panic.h"
#include "testhost.h"

#include <sys/rwlock.h>

#define THREADS 3
#define ROUNDS  2000

static uint32_t frees;

static void *
hold_and_free(void *arg)
{
	krwlock_t *o = arg;

	for (int i = 0; i < ROUNDS; i++) {
		rw_obj_hold(o);
		rw_enter(o, RW_READER);
		rw_exit(o);
		if (rw_obj_free(o))
			testhost_count(&frees);
	}
	if (rw_obj_free(o))
		testhost_count(&frees);
	return NULL;
}

/* The last one frees it, whoever that is, and nobody else. */
static void
test_references(void **state)
{
	krwlock_t *o = rw_obj_alloc();
	pthread_t t[THREADS];

	(void)state;
	frees = 0;
	for (int i = 0; i < THREADS; i++) {
		rw_obj_hold(o);
		assert_int_equal(pthread_create(&t[i], NULL, hold_and_free, o),
		    0);
	}
	assert_true(rw_obj_refcnt(o) >= 1);
	if (rw_obj_free(o))
		testhost_count(&frees);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	assert_int_equal(frees, 1);
}

static void
test_alloc_waits(void **state)
{
	krwlock_t *o;

	(void)state;
	(void)curlwp;
	testhost_take_block(true);
	th.fail_memalloc = 3;
	o = rw_obj_alloc();
	assert_non_null(o);
	assert_int_equal(th.blocks, 1);
	assert_true(rw_obj_free(o));
}

static void
test_tryalloc_does_not(void **state)
{
	(void)state;
	(void)curlwp;
	testhost_take_block(true);
	th.fail_memalloc = 1;
	assert_null(rw_obj_tryalloc());
	assert_int_equal(th.blocks, 0);
}

static void
do_free_held(void *arg)
{
	krwlock_t *o = rw_obj_alloc();

	(void)arg;
	rw_enter(o, RW_READER);
	(void)rw_obj_free(o);
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_panic(do_free_held, NULL, "rw_destroy: rwlock 0x");
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, testhost_start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse),
		TEST(test_references),
		TEST(test_alloc_waits),
		TEST(test_tryalloc_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
