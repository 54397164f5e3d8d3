/* SPDX-License-Identifier: BSD-2-Clause */

/* The parts of treecopy that only compute. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "halt.h"
#include "names.h"
#include "setid.h"
#include "stats.h"
#include "tally.h"
#include "text.h"
#include "trail.h"

static void
expect_quoted(const char *name, const char *expected)
{
	char *quoted = text_quoted(name);

	assert_string_equal(quoted, expected);
	free(quoted);
}

static void
names_are_quoted(void **state)
{
	(void)state;
	expect_quoted("", "");
	expect_quoted("plain name", "plain name");
	expect_quoted("a\nb\tc\033", "a\\012b\\011c\\033");
	expect_quoted("\\", "\\\\");
	expect_quoted("\177", "\\177");
	expect_quoted("caf\303\251", "caf\303\251");
	expect_quoted("\360\237\220\241", "\360\237\220\241");
	/* Cut short, overlong, surrogates, controls, beyond the last. */
	expect_quoted("\303", "\\303");
	expect_quoted("\346\227", "\\346\\227");
	expect_quoted("\300\257", "\\300\\257");
	expect_quoted("\340\200\200", "\\340\\200\\200");
	expect_quoted("\355\240\200", "\\355\\240\\200");
	expect_quoted("\302\233", "\\302\\233");
	expect_quoted("\364\220\200\200", "\\364\\220\\200\\200");
	expect_quoted("\360\200\200\200", "\\360\\200\\200\\200");
	expect_quoted("\377", "\\377");
}

static void
numbers_are_readable(void **state)
{
	char buf[TEXT_NUMBER];

	(void)state;
	assert_string_equal(text_count(0, buf), "0");
	assert_string_equal(text_count(999, buf), "999");
	assert_string_equal(text_count(1000, buf), "1,000");
	assert_string_equal(text_count(1234567, buf), "1,234,567");
	assert_string_equal(text_count(UINT64_MAX, buf),
	    "18,446,744,073,709,551,615");
	assert_string_equal(text_bytes(0, buf), "0 bytes");
	assert_string_equal(text_bytes(999, buf), "999 bytes");
	assert_string_equal(text_bytes(1500, buf), "1.5 kB");
	assert_string_equal(text_bytes(999999, buf), "1.0 MB");
	assert_string_equal(text_bytes(UINT64_MAX, buf), "18446744.1 TB");
	assert_string_equal(text_time(12345, buf), "12.3 us");
	assert_string_equal(text_time(2000000000, buf), "2.0 s");
}

/* Every duration is put in a bucket that is within 1/32 of it. */
static void
quantiles_are_close(void **state)
{
	static struct stats stats;
	uint64_t ns, quantile;

	(void)state;
	for (ns = 0; ns < UINT64_MAX / 8; ns = ns * 5 / 4 + 1) {
		memset(&stats, 0, sizeof(stats));
		stats_roundtrip(&stats, ns);
		quantile = stats_quantile(&stats, 0.5);
		assert_true(quantile <= ns + ns / 32);
		assert_true(quantile >= ns - ns / 32);
		assert_true(stats.s_longest == ns);
	}
	memset(&stats, 0, sizeof(stats));
	stats_roundtrip(&stats, UINT64_MAX);
	assert_true(stats_quantile(&stats, 1) > UINT64_MAX - UINT64_MAX / 32);
}

static void
quantiles_are_in_order(void **state)
{
	static struct stats one, sum;
	uint64_t i;

	(void)state;
	memset(&one, 0, sizeof(one));
	memset(&sum, 0, sizeof(sum));
	assert_true(stats_quantile(&sum, 0.99) == 0);
	for (i = 1; i <= 1000; i++)
		stats_roundtrip(&one, i * 1000);
	stats_add(&sum, &one);
	stats_add(&sum, &one);
	assert_true(sum.s_roundtrips == 2000);
	assert_in_range(stats_quantile(&sum, 0.5), 484000, 516000);
	assert_in_range(stats_quantile(&sum, 0.99), 959000, 1021000);
	assert_true(sum.s_longest == 1000000);
}

static void
trails_are_paths(void **state)
{
	const struct trail root = { NULL, "/dir" };
	const struct trail sub = { &root, "sub" };
	const struct trail deep = { &sub, "deep" };
	char *path;

	(void)state;
	path = trail_path(&root);
	assert_string_equal(path, "/dir");
	free(path);
	path = trail_path(&deep);
	assert_string_equal(path, "/dir/sub/deep");
	free(path);
	path = trail_entry(&deep, "copy", "name");
	assert_string_equal(path, "copy/sub/deep/name");
	free(path);
}

static void
names_are_sorted_by_bytes(void **state)
{
	struct names names = { .ns_count = 0 };
	char name[16];
	unsigned i;

	(void)state;
	for (i = 300; i-- > 0;) {
		snprintf(name, sizeof(name), "%03u", i);
		assert_int_equal(names_add(&names, name, 3, i, 0), 0);
	}
	assert_int_equal(names_add(&names, "\377", 1, 300, 0), 0);
	assert_int_equal(names_sort(&names), 0);
	for (i = 0; i < 301; i++)
		assert_true(names.ns_name[i].n_ino == i);
	assert_string_equal(names_get(&names, 299), "299");
	assert_string_equal(names_get(&names, 300), "\377");
	names_free(&names);
}

static void
skipped_are_sorted(void **state)
{
	struct skipped *skipped;
	struct tally tally;
	char path[16];
	unsigned i;

	(void)state;
	tally_init(&tally);
	tally_sort(&tally);
	for (i = 0; i < 37; i++) {
		snprintf(path, sizeof(path), "%02u", i * 11 % 37);
		assert_int_equal(tally_skip(&tally, strdup(path), 7), 0);
	}
	tally_sort(&tally);
	i = 0;
	for (skipped = tally.ta_skipped; skipped != NULL;
	     skipped = skipped->sk_next) {
		snprintf(path, sizeof(path), "%02u", i++);
		assert_string_equal(skipped->sk_path, path);
		assert_string_equal(skipped->sk_what, "fifo");
	}
	assert_int_equal(i, 37);
	tally_destroy(&tally);
}

static void
setid_needs_the_owner(void **state)
{
	(void)state;
	assert_int_equal(setid_mode(S_IFREG | 06755, 1, 1), 06755);
	assert_int_equal(setid_mode(06755, 0, 1), 02755);
	assert_int_equal(setid_mode(06755, 1, 0), 04755);
	assert_int_equal(setid_mode(01777, 0, 0), 01777);
}

static void
count_call(void *arg)
{
	++*(int *)arg;
}

static void
first_reason_wins(void **state)
{
	struct halt halt;
	int calls = 0;

	(void)state;
	halt_init(&halt);
	halt_watch(&halt, count_call, &calls);
	assert_false(halt_stopped(&halt));
	halt_failed(&halt, "a\n", "is bad");
	halt_error(&halt, "b", 5);
	halt_signal(&halt, 2);
	assert_true(halt_stopped(&halt));
	assert_string_equal(halt.h_text, "a\\012: is bad");
	assert_int_equal(halt.h_signo, 0);
	assert_int_equal(calls, 1);
	/* Who comes late is told at once. */
	halt_watch(&halt, count_call, &calls);
	assert_int_equal(calls, 2);
	halt_watch(&halt, NULL, NULL);
	halt_destroy(&halt);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_quoted),
		cmocka_unit_test(numbers_are_readable),
		cmocka_unit_test(quantiles_are_close),
		cmocka_unit_test(quantiles_are_in_order),
		cmocka_unit_test(trails_are_paths),
		cmocka_unit_test(names_are_sorted_by_bytes),
		cmocka_unit_test(skipped_are_sorted),
		cmocka_unit_test(setid_needs_the_owner),
		cmocka_unit_test(first_reason_wins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
