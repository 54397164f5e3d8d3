/* SPDX-License-Identifier: BSD-2-Clause */

/* Which hosts are accepted; start and end of the shim, and failures of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expect_panic.h"
#include "testhost.h"

#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/rwlock.h>

static void
test_start_and_stop(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		testhost_reset();
		assert_int_equal(puffsmsg__kern_init(&testhost), 0);
		assert_ptr_equal(puffsmsg__host, &testhost);
		assert_int_equal(th.inits, 1);
		assert_int_equal(curlwp->l_lid, 1);
		puffsmsg__kern_fini();
		assert_null(puffsmsg__host);
		assert_int_equal(th.finis, 1);
	}
}

static void
test_never_attached(void **state)
{
	(void)state;
	testhost_reset();
	assert_int_equal(puffsmsg__kern_init(&testhost), 0);
	puffsmsg__kern_fini();
	assert_int_equal(th.finis, 1);
}

static void
expect_refused(void)
{
	assert_int_equal(puffsmsg__kern_init(&testhost), EINVAL);
	assert_null(puffsmsg__host);
	assert_int_equal(th.inits, 0);
	testhost_reset();
}

static void
test_wrong_form(void **state)
{
	(void)state;
	testhost_reset();
	testhost.size--;
	expect_refused();
	testhost.version++;
	expect_refused();
	testhost.mutex_size = PUFFSMSG_HOST_MUTEX_SIZE + 1;
	expect_refused();
	testhost.mutex_size = 0;
	expect_refused();
}

/* Every function but the last three is wanted. */
static void
test_missing_members(void **state)
{
	const size_t first = offsetof(struct puffsmsg_host, init);
	const size_t end = offsetof(struct puffsmsg_host, point);
	char *table = (char *)&testhost;

	(void)state;
	testhost_reset();
	testhost.name = NULL;
	expect_refused();
	for (size_t at = first; at < end; at += sizeof(void (*)(void))) {
		memset(table + at, 0, sizeof(void (*)(void)));
		expect_refused();
	}
}

static void
test_schedule_needs_unschedule(void **state)
{
	(void)state;
	testhost_reset();
	testhost.schedule = testhost_schedule;
	expect_refused();
	testhost.unschedule = testhost_unschedule;
	expect_refused();
	testhost.schedule = testhost_schedule;
	testhost.unschedule = testhost_unschedule;
	assert_int_equal(puffsmsg__kern_init(&testhost), 0);
	puffsmsg__kern_fini();
}

static void
test_init_fails(void **state)
{
	(void)state;
	testhost_reset();
	th.init_error = EACCES;
	assert_int_equal(puffsmsg__kern_init(&testhost), EACCES);
	assert_null(puffsmsg__host);
	assert_int_equal(th.finis, 0);
}

/* Each of the mutexes of the shim in turn cannot be had. */
static void
test_mutex_fails(void **state)
{
	uint32_t n;
	int error;

	(void)state;
	for (n = 0;; n++) {
		testhost_reset();
		th.pass_mutex_init = n;
		th.fail_mutex_init = 1;
		error = puffsmsg__kern_init(&testhost);
		if (error == 0)
			break;
		assert_int_equal(error, ENOMEM);
		assert_null(puffsmsg__host);
		assert_int_equal(th.finis, 1);
	}
	assert_int_equal(n, 68 + PUFFSMSG__NKMEM);
	puffsmsg__kern_fini();
}

static void
count_point(int kind, const volatile void *obj)
{
	(void)obj;
	if (kind == PUFFSMSG_POINT_UPDATE)
		testhost_count(&th.logs);
}

static void
test_point_of_the_host(void **state)
{
	uint32_t n = 0;

	(void)state;
	testhost_reset();
	testhost.point = count_point;
	assert_int_equal(puffsmsg__kern_init(&testhost), 0);
	th.logs = 0;
	(void)puffsmsg__add32(&n, 1);
	assert_int_equal(th.logs, 1);
	puffsmsg__kern_fini();
	assert_null(puffsmsg__pointfn);
}

/* What a program calls first, if it forgets to start the library. */
static void
call_early(void *arg)
{
	static kmutex_t m;
	static krwlock_t rw;
	static struct lwp *l;

	switch (*(const char *)arg) {
	case 'c':
		(void)curlwp;
		break;
	case 'm':
		mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
		break;
	case 'r':
		rw_init(&rw);
		break;
	case 'p':
		(void)pool_cache_init(1, 0, 0, 0, "early", NULL, IPL_NONE, NULL,
		    NULL, NULL);
		break;
	case 't':
		(void)kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
		    call_early, NULL, &l, "early");
		break;
	default:
		(void)kmem_alloc(1, KM_SLEEP);
	}
}

static void
test_not_started(void **state)
{
	static const struct {
		char which;
		const char *line;
	} calls[] = {
		{ 'c', "curlwp: the library has not been started" },
		{ 'm', "mutex_init: the library has not been started" },
		{ 'r', "rw_init: the library has not been started" },
		{ 'p', "pool_cache_init: the library has not been started" },
		{ 't', "kthread_create: the library has not been started" },
		{ 'k', "kmem_alloc: the library has not been started" },
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		expect_panic(call_early, (void *)(uintptr_t)&calls[i].which,
		    calls[i].line);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_and_stop),
		cmocka_unit_test(test_never_attached),
		cmocka_unit_test(test_wrong_form),
		cmocka_unit_test(test_missing_members),
		cmocka_unit_test(test_schedule_needs_unschedule),
		cmocka_unit_test(test_init_fails),
		cmocka_unit_test(test_mutex_fails),
		cmocka_unit_test(test_point_of_the_host),
		cmocka_unit_test(test_not_started),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
