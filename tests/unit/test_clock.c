/* SPDX-License-Identifier: BSD-2-Clause */

/* Ticks, conversions and kpause. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "expect_panic.h"
#include "testhost.h"

#include <sys/kernel.h>

#define TICK UINT64_C(10000000)

static int
start(void **state)
{
	testhost_reset();
	testhost_take_block(true);
	(void)state;
	return puffsmsg__kern_init(&testhost);
}

static void
test_conversions(void **state)
{
	(void)state;
	assert_int_equal(hz, 100);
	assert_int_equal(mstohz(0), 0);
	assert_int_equal(mstohz(9), 0);
	assert_int_equal(mstohz(10), 1);
	assert_int_equal(mstohz(4000000000u), 400000000u);
	assert_int_equal(hztoms(3), 30);
}

static void
test_ticks_wrap(void **state)
{
	unsigned first = (unsigned)hardclock_ticks;

	(void)state;
	assert_true((int)first > 0);
	th.now += 3 * TICK;
	assert_int_equal((unsigned)hardclock_ticks - first, 3);
	th.now += 3000 * TICK;
	assert_int_equal((unsigned)hardclock_ticks - first, 3003);
	assert_true(hardclock_ticks < 0);
	assert_int_equal(getticks(), hardclock_ticks);
}

static void
test_kpause_lasts(void **state)
{
	uint64_t before = th.now;

	(void)state;
	assert_int_equal(kpause("test", false, 5, NULL), EWOULDBLOCK);
	assert_true(th.now == before + 5 * TICK);
	assert_int_equal(kpause("test", true, 7, NULL), EWOULDBLOCK);
	assert_true(th.now == before + 12 * TICK);
	assert_null(curlwp->l_wmesg);
}

static kmutex_t *released;

static void
see_released(void)
{
	assert_false(mutex_owned(released));
	assert_string_equal(curlwp->l_wmesg, "test");
}

static void
test_kpause_without_mutex(void **state)
{
	kmutex_t m;

	(void)state;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&m);
	released = &m;
	th.on_block = see_released;
	assert_int_equal(kpause("test", false, 1, &m), EWOULDBLOCK);
	th.on_block = NULL;
	assert_true(mutex_owned(&m));
	mutex_exit(&m);
	mutex_destroy(&m);
}

static void
post(void)
{
	assert_int_equal(puffsmsg_lwp_kill(curlwp->l_lid, SIGTERM), 0);
}

static void
test_kpause_signal(void **state)
{
	(void)state;
	th.on_block = post;
	assert_int_equal(kpause("test", true, 0, NULL), EINTR);
	assert_int_equal(th.blocks, 1);
	assert_true(th.deadlines[0] == PUFFSMSG_FOREVER);
	/* Still pending: at once. */
	assert_int_equal(kpause("test", true, 0, NULL), EINTR);
	assert_int_equal(th.blocks, 1);
	assert_int_equal(kpause("test", false, 1, NULL), EWOULDBLOCK);
}

static void
do_kpause_for_ever(void *arg)
{
	(void)arg;
	(void)kpause("eternal", false, 0, NULL);
}

static void
do_negative(void *arg)
{
	(void)arg;
	(void)kpause("eternal", false, -3, NULL);
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_panic(do_kpause_for_ever, NULL, "kpause: eternal");
	expect_panic(do_negative, NULL, "-3 ticks");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_conversions, start,
		    testhost_stop),
		cmocka_unit_test_setup_teardown(test_ticks_wrap, start,
		    testhost_stop),
		cmocka_unit_test_setup_teardown(test_kpause_lasts, start,
		    testhost_stop),
		cmocka_unit_test_setup_teardown(test_kpause_without_mutex,
		    start, testhost_stop),
		cmocka_unit_test_setup_teardown(test_kpause_signal, start,
		    testhost_stop),
		cmocka_unit_test_setup_teardown(test_misuse, start,
		    testhost_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
