/* SPDX-License-Identifier: BSD-2-Clause */

/* panic, printf, log and assertions: what reaches the host. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <wchar.h>

#include "expect_panic.h"
#include "testhost.h"

#include <sys/systm.h>

static char lines[8][256];
static unsigned nlines;

static void
keep_line(const char *line)
{
	assert_true(nlines < 8);
	assert_true(strlen(line) < sizeof(lines[0]));
	memcpy(lines[nlines++], line, strlen(line) + 1);
}

static int
start(void **state)
{
	if (testhost_start(state) != 0)
		return -1;
	testhost.log = keep_line;
	nlines = 0;
	return 0;
}

static void
test_printf_by_lines(void **state)
{
	(void)state;
	printf("one %d\n\nthree\nfour", 1);
	assert_int_equal(nlines, 4);
	assert_string_equal(lines[0], "one 1");
	assert_string_equal(lines[1], "");
	assert_string_equal(lines[2], "three");
	assert_string_equal(lines[3], "four");
}

static void
test_printf_is_cut(void **state)
{
	(void)state;
	printf("%300d\n", 1);
	assert_int_equal(nlines, 1);
	assert_int_equal(strlen(lines[0]), 255);
}

static void
test_printf_impossible(void **state)
{
	(void)state;
	/* No string: its conversion fails, or nothing is shown of it. */
	printf("%lc", (wint_t)0x7fffffff);
	assert_int_equal(nlines, 0);
}

static void
test_log(void **state)
{
	(void)state;
	puffsmsg__log("%s %d", "ten", 10);
	assert_string_equal(lines[0], "puffsmsg: ten 10");
	puffsmsg__log("%300d", 1);
	assert_int_equal(strlen(lines[1]), 255);
}

static void
do_panic(void *arg)
{
	panic("%s has %d", (const char *)arg, 3);
}

static void
do_own_panic(void *arg)
{
	puffsmsg__panic("%s has %d", (const char *)arg, 4);
}

static void
do_assert(void *arg)
{
	KASSERT(arg == NULL);
}

static void
do_assert_msg(void *arg)
{
	KASSERTMSG(arg == NULL, "it is %d", 6);
}

static void
silent_panic(const char *line)
{
	(void)line;
}

/* A host's panic that returns: the process ends even so, by a trap. */
static void
do_panic_and_return(void *arg)
{
	testhost.panic = silent_panic;
	(void)signal(SIGILL, expect_panic_on_abort);
	(void)signal(SIGTRAP, expect_panic_on_abort);
	fputs("trapped", stderr);
	do_panic(arg);
}

static void
test_panics(void **state)
{
	(void)state;
	expect_panic(do_panic, "it", "panic: it has 3");
	expect_panic(do_own_panic, "it", "puffsmsg: panic: it has 4");
	KASSERT(1);
	expect_panic(do_assert, "x", "assertion \"arg == NULL\" failed");
	expect_panic(do_assert_msg, "x", ": it is 6");
	expect_panic(do_panic_and_return, "x", "trapped");
}

static void
test_before_init(void **state)
{
	(void)state;
	assert_null(puffsmsg__host);
	expect_panic(do_panic, "nobody", "panic: nobody has 3");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_init),
		cmocka_unit_test_setup_teardown(test_printf_by_lines, start,
		    testhost_stop),
		cmocka_unit_test_setup_teardown(test_printf_is_cut, start,
		    testhost_stop),
		cmocka_unit_test_setup_teardown(test_printf_impossible, start,
		    testhost_stop),
		cmocka_unit_test_setup_teardown(test_log, start, testhost_stop),
		cmocka_unit_test_setup_teardown(test_panics, start,
		    testhost_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
