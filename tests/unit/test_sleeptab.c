/* SPDX-License-Identifier: BSD-2-Clause */

/* Locks of sleep queues: which, how many, and what if they cannot be made. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kern/kern_private.h"
#include "testhost.h"

#define NLOCKS 64

static void
test_same_for_same(void **state)
{
	int a = 0;

	(void)state;
	assert_ptr_equal(puffsmsg__sleeptab_lock(&a),
	    puffsmsg__sleeptab_lock(&a));
}

/* Objects that lie side by side do not all get the same few locks. */
static void
test_spread(void **state)
{
	static struct {
		uint64_t words[4];
	} objs[16 * NLOCKS];
	kmutex_t *seen[NLOCKS];
	unsigned n = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(objs) / sizeof(objs[0]); i++) {
		kmutex_t *lock = puffsmsg__sleeptab_lock(&objs[i]);
		unsigned j = 0;

		while (j < n && seen[j] != lock)
			j++;
		if (j < n)
			continue;
		assert_true(n < NLOCKS);
		seen[n++] = lock;
	}
	assert_int_equal(n, NLOCKS);
	for (unsigned i = 0; i < n; i++) {
		mutex_enter(seen[i]);
		mutex_exit(seen[i]);
	}
}

static uint32_t inits, destroys;

static int
count_init(void *m)
{
	int error = testhost_mutex_init(m);

	if (error == 0)
		inits++;
	return error;
}

static void
count_destroy(void *m)
{
	destroys++;
	(testhost_real()->mutex_destroy)(m);
}

/* What was made before the failure is given back, and nothing else. */
static void
test_init_fails(void **state)
{
	(void)state;
	puffsmsg__sleeptab_fini();
	testhost.mutex_init = count_init;
	testhost.mutex_destroy = count_destroy;
	inits = destroys = 0;
	th.pass_mutex_init = 10;
	th.fail_mutex_init = 1;
	assert_int_equal(puffsmsg__sleeptab_init(), ENOMEM);
	assert_int_equal(inits, 10);
	assert_int_equal(destroys, 10);
	assert_int_equal(puffsmsg__sleeptab_init(), 0);
	assert_int_equal(inits, 10 + NLOCKS);
	assert_int_equal(destroys, 10);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, testhost_start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_same_for_same),
		TEST(test_spread),
		TEST(test_init_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
