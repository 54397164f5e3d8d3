/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * panic(9), kprintf(9), log(9), KASSERT(9), CTASSERT(9), and the macros of
 * sys/cdefs.h and sys/param.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expect_panic.h"
#include "kern_asserts.h"
#include "testhost.h"

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "test_kern_systm");
__RCSID("test_kern_systm");
__KERNEL_COPYRIGHT(0, "nobody");

#include <sys/errno.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <sys/syslog.h>
#include <sys/systm.h>

CTASSERT(sizeof(uint64_t) == 8);

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

/* -------------------------------------------------------------- printf */

static void
test_printf_is_lines_of_the_hosts_log(void **state)
{
	(void)state;
	printf("%s %d\n", "one", 1);
	printf("two\nthree\n");
	assert_int_equal(nlines, 3);
	assert_string_equal(lines[0], "one 1");
	assert_string_equal(lines[1], "two");
	assert_string_equal(lines[2], "three");
}

static void
test_printf_without_a_newline_is_a_line(void **state)
{
	(void)state;
	printf("one, ");
	printf("two");
	assert_int_equal(nlines, 2);
	assert_string_equal(lines[0], "one, ");
	assert_string_equal(lines[1], "two");
}

static void
test_printf_of_255_bytes_and_more(void **state)
{
	(void)state;
	printf("%255d", 7);
	printf("%256d", 7);
	assert_int_equal(strlen(lines[0]), 255);
	assert_int_equal(lines[0][254], '7');
	assert_int_equal(strlen(lines[1]), 255);
	assert_int_equal(lines[1][254], ' ');
}

static void say(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));

static void
say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
}

static void
test_vprintf(void **state)
{
	(void)state;
	say("%d-%c\n%s", 4, 'x', "end");
	assert_int_equal(nlines, 2);
	assert_string_equal(lines[0], "4-x");
	assert_string_equal(lines[1], "end");
}

static void
test_printf_nolog(void **state)
{
	(void)state;
	printf_nolog("%d\n", 5);
	assert_int_equal(nlines, 1);
	assert_string_equal(lines[0], "5");
}

static void
test_printf_is_a_statement(void **state)
{
	(void)state;
	if (nlines == 0)
		printf("none\n");
	else
		printf("some\n");
	assert_string_equal(lines[0], "none");
}

static void say_log(int level, const char *fmt, ...)
    __attribute__((__format__(__printf__, 2, 3)));

static void
say_log(int level, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlog(level, fmt, ap);
	va_end(ap);
}

static void
test_log(void **state)
{
	(void)state;
	log(LOG_ERR, "%s: %d\n", "disk", 3);
	addlog("more\n");
	say_log(LOG_DEBUG, "%x", 255u);
	assert_int_equal(nlines, 3);
	assert_string_equal(lines[0], "disk: 3");
	assert_string_equal(lines[1], "more");
	assert_string_equal(lines[2], "ff");
}

static void
test_snprintf_is_that_of_the_c_library(void **state)
{
	char buf[4];
	volatile int n = 12345;

	(void)state;
	assert_int_equal(snprintf(buf, sizeof(buf), "%d", n), 5);
	assert_string_equal(buf, "123");
	assert_int_equal(nlines, 0);
}

/* --------------------------------------------------------------- panic */

static void
do_panic(void *arg)
{
	panic("%s: %d", (const char *)arg, 3);
}

static void die(const char *fmt, ...)
    __attribute__((__noreturn__, __format__(__printf__, 1, 2)));

static void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vpanic(fmt, ap);
}

static void
do_vpanic(void *arg)
{
	die("%s: %d", (const char *)arg, 4);
}

static void
test_panic_ends_the_process(void **state)
{
	(void)state;
	expect_panic(do_panic, "bad news", "panic: bad news: 3\n");
	expect_panic(do_vpanic, "bad news", "panic: bad news: 4\n");
}

static jmp_buf back;

static void
leave(const char *line)
{
	keep_line(line);
	longjmp(back, 1);
}

static void
test_panic_is_one_line_to_the_hosts_panic(void **state)
{
	(void)state;
	testhost.panic = leave;
	if (setjmp(back) == 0)
		panic("%s", "no newline");
	assert_int_equal(nlines, 1);
	assert_string_equal(lines[0], "panic: no newline");
}

/* ---------------------------------------------------------- assertions */

/* What a call says when n is 2; NULL: it does not look at n. */
static void
check(void (*fn)(int, int *), int n, const char *words)
{
	volatile int evaluated_at_panic = 0;
	int evaluated = 0;

	testhost.panic = leave;
	nlines = 0;
	if (setjmp(back) == 0)
		fn(n, &evaluated);
	else
		evaluated_at_panic = 1;
	if (words == NULL) {
		assert_int_equal(nlines, 0);
		assert_int_equal(evaluated, 0);
		return;
	}
	assert_int_equal(evaluated_at_panic, 1);
	assert_int_equal(nlines, 1);
	if (strstr(lines[0], words) == NULL)
		fail_msg("wanted \"%s\", got \"%s\"", words, lines[0]);
	assert_non_null(strstr(lines[0], "kern_asserts.c:"));
}

static void
check_true(void (*fn)(int, int *), int evaluations)
{
	int evaluated = 0;

	testhost.panic = leave;
	nlines = 0;
	if (setjmp(back) == 0)
		fn(1, &evaluated);
	assert_int_equal(nlines, 0);
	assert_int_equal(evaluated, evaluations);
}

#define EXPR "assertion \"++*evaluated && n == 1\" failed: "

static void
test_none_without_diagnostic_and_debug(void **state)
{
	const struct kern_asserts *a = &kern_asserts_neither;

	(void)state;
	check(a->kassert, 2, NULL);
	check(a->kassertmsg, 2, NULL);
	check(a->kdassert, 2, NULL);
	check(a->kdassertmsg, 2, NULL);
}

static void
test_kassert_with_diagnostic(void **state)
{
	const struct kern_asserts *a = &kern_asserts_diagnostic;

	(void)state;
	check_true(a->kassert, 1);
	check_true(a->kassertmsg, 1);
	check(a->kassert, 2, "panic: diagnostic " EXPR);
	check(a->kassertmsg, 2, "panic: diagnostic " EXPR);
	check(a->kassertmsg, 2, ": n is 2, not 1");
	check(a->kassertmsg, 0, ": n is not positive");
	check(a->kdassert, 2, NULL);
	check(a->kdassertmsg, 2, NULL);
}

static void
test_kdassert_with_debug(void **state)
{
	const struct kern_asserts *a = &kern_asserts_debug;

	(void)state;
	check_true(a->kdassert, 1);
	check_true(a->kdassertmsg, 1);
	check(a->kdassert, 2, "panic: debugging " EXPR);
	check(a->kdassertmsg, 2, "panic: debugging " EXPR);
	check(a->kdassertmsg, 2, ": n is 2, not 1");
	check(a->kdassertmsg, 0, ": n is not positive");
	check(a->kassert, 2, NULL);
	check(a->kassertmsg, 2, NULL);
}

static void
test_kassert_with_puffsmsg_diagnostic(void **state)
{
	(void)state;
	testhost.panic = leave;
	if (setjmp(back) == 0)
		KASSERT(nlines == 1000);
	assert_int_equal(nlines, 1);
	assert_non_null(strstr(lines[0], "\"nlines == 1000\""));
}

static void
test_ctassert_in_functions(void **state)
{
	CTASSERT(sizeof(char) == 1);
	CTASSERT(1);

	(void)state;
}

/* --------------------------------------------------- cdefs, param, errno */

static void
test_bits(void **state)
{
	(void)state;
	assert_true(__BIT(0) == 1);
	assert_true(__BIT(63) == UINT64_C(1) << 63);
	assert_true(__BITS(7, 4) == 0xf0);
	assert_true(__BITS(4, 7) == 0xf0);
	assert_true(__BITS(5, 5) == 0x20);
	assert_true(__BITS(63, 0) == UINT64_MAX);
	assert_true(__LOWEST_SET_BIT(0xf0) == 0x10);
	assert_true(__SHIFTIN(3, __BITS(7, 4)) == 0x30);
	assert_true(__SHIFTOUT(0xabcd, __BITS(11, 8)) == 0xb);
	assert_true(__SHIFTOUT_MASK(__BITS(7, 4)) == 0xf);
}

static void __used __noinline __unused
unused_arguments(int one __unused, int two)
{
	__USE(two);
	__nothing;
}

static void
test_attributes(void **state)
{
	static const int four[4] __read_mostly;
	static struct {
		uint8_t one;
		uint32_t four;
	} __packed packed;
	static uint8_t aligned __aligned(32), line __cacheline_aligned;
	const int *p = &four[1];

	(void)state;
	unused_arguments(1, 2);
	assert_int_equal(__arraycount(four), 4);
	assert_int_equal(sizeof(packed), 5);
	assert_int_equal((uintptr_t)&aligned % 32, 0);
	assert_int_equal((uintptr_t)&line % COHERENCY_UNIT, 0);
	assert_ptr_equal(__UNCONST(p), &four[1]);
	assert_ptr_equal(__UNVOLATILE((volatile uint8_t *)&line), &line);
	assert_true(__predict_true(four[0] == 0));
	assert_false(__predict_false(four[0] != 0));
}

static void
test_param(void **state)
{
	(void)state;
	assert_int_equal(MIN(3, 5), 3);
	assert_int_equal(MAX(3, 5), 5);
	assert_int_equal(howmany(9, 4), 3);
	assert_int_equal(roundup(9, 4), 12);
}

/* A name that is ours as a macro, and a member's in some systems. */
static void
test_stat_beside_unused(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat("/", &st), 0);
	assert_true(S_ISDIR(st.st_mode));
}

static void
test_errors_of_the_kernel_alone(void **state)
{
	(void)state;
	assert_int_not_equal(ERESTART, EINTR);
	assert_int_not_equal(ERESTART, EJUSTRETURN);
	assert_int_not_equal(EPASSTHROUGH, EJUSTRETURN);
	assert_true(EJUSTRETURN < 0 && EPASSTHROUGH < 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_printf_is_lines_of_the_hosts_log),
		TEST(test_printf_without_a_newline_is_a_line),
		TEST(test_printf_of_255_bytes_and_more),
		TEST(test_vprintf),
		TEST(test_printf_nolog),
		TEST(test_printf_is_a_statement),
		TEST(test_log),
		TEST(test_snprintf_is_that_of_the_c_library),
		TEST(test_panic_ends_the_process),
		TEST(test_panic_is_one_line_to_the_hosts_panic),
		TEST(test_none_without_diagnostic_and_debug),
		TEST(test_kassert_with_diagnostic),
		TEST(test_kdassert_with_debug),
		TEST(test_kassert_with_puffsmsg_diagnostic),
		TEST(test_ctassert_in_functions),
		TEST(test_bits),
		TEST(test_attributes),
		TEST(test_param),
		TEST(test_stat_beside_unused),
		TEST(test_errors_of_the_kernel_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
