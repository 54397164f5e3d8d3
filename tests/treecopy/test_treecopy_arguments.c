/* SPDX-License-Identifier: BSD-2-Clause */

/* Wrong arguments, and directories that cannot be copied or copied to. */

#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runner.h"

static void
help_is_told(void **state)
{
	struct run run = { .pause_at = NULL };

	(void)state;
	run_expect(&run, 0, ARGS("-h"));
	assert_non_null(strstr(run.out, "usage: treecopy"));
	expect_error(&run, "");
	run_expect(&run, 0, ARGS("--help"));
}

static void
usage_is_checked(void **state)
{
	static const char *const wrong[][4] = { { "-j", "0" }, { "-j", "257" },
		{ "-j", "4x" }, { "-j", "" }, { "-j", "-1" }, { "-s", "none" },
		{ "-x" }, { "--none" }, { "-j" }, { "a", "b", "c" }, { "" },
		{ ".", "" }, { "--pause-at", "name" }, { "--pause-fds", "1,2" },
		{ "--pause-fds", "1" }, { "--pause-fds", "1,2000" } };
	struct run run = { .pause_at = NULL };
	const char *arguments[5] = { NULL };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memcpy(arguments, wrong[i], sizeof(wrong[i]));
		run_expect(&run, 2, arguments);
		assert_string_equal(run.out, "");
		assert_non_null(strstr(run.err, "Try 'treecopy --help'.\n"));
	}
	assert_int_equal(count_entries("."), 0);
}

static void
source_must_be_there(void **state)
{
	struct run run = { .pause_at = NULL };

	(void)state;
	run_expect(&run, 1, ARGS("none", "copy"));
	expect_error(&run, "treecopy: none: No such file or directory\n");
	assert_string_equal(run.out, "");
	assert_false(exists("copy"));
}

static void
source_must_be_a_directory(void **state)
{
	struct run run = { .pause_at = NULL };

	(void)state;
	make_file("file", 1);
	run_expect(&run, 1, ARGS("file", "copy"));
	expect_error(&run, "treecopy: file: Not a directory\n");
	assert_false(exists("copy"));
}

static void
names_in_messages_are_harmless(void **state)
{
	struct run run = { .pause_at = NULL };

	(void)state;
	run_expect(&run, 1, ARGS("a\nb\033[2J\377caf\303\251\\"));
	expect_error(&run,
	    "treecopy: a\\012b\\033[2J\\377caf\303\251\\\\: "
	    "No such file or directory\n");
}

static void
copy_must_be_empty(void **state)
{
	struct run run = { .pause_at = NULL };

	(void)state;
	make_dir("source");
	make_dir("copy");
	make_file("copy/mine", 3);
	run_expect(&run, 1, ARGS("source", "copy"));
	expect_error(&run, "treecopy: copy: is there already, and not empty\n");
	assert_int_equal(count_entries("copy"), 1);
}

static void
copy_must_not_be_a_file(void **state)
{
	struct run run = { .pause_at = NULL };

	(void)state;
	make_dir("source");
	make_file("copy", 3);
	run_expect(&run, 1, ARGS("source", "copy"));
	expect_error(&run, "treecopy: copy: File exists\n");
	assert_true(exists("copy"));
}

static void
copy_needs_its_directory(void **state)
{
	struct run run = { .pause_at = NULL };

	(void)state;
	make_dir("source");
	run_expect(&run, 1, ARGS("source", "none/copy"));
	expect_error(&run, "treecopy: none/copy: No such file or directory\n");
}

static void
copy_must_lie_outside(void **state)
{
	static const char *const inside[] = { "source/copy", "source/sub/copy",
		"./source/sub/../copy", "source/sub/", "source", "link",
		"up/copy", "source/sub/../../up/copy/" };
	struct run run = { .pause_at = NULL };
	char message[256];
	size_t i;

	(void)state;
	make_dir("source");
	make_dir("source/sub");
	assert_int_equal(symlink("source/sub", "link"), 0);
	assert_int_equal(symlink("source", "up"), 0);
	for (i = 0; i < sizeof(inside) / sizeof(inside[0]); i++) {
		run_expect(&run, 1, ARGS("source", inside[i]));
		snprintf(message, sizeof(message),
		    "treecopy: %s: the copy would lie inside the directory "
		    "that is copied\n",
		    inside[i]);
		expect_error(&run, message);
		assert_int_equal(count_entries("source"), 1);
		assert_int_equal(count_entries("source/sub"), 0);
	}
}

static void
temporary_into_source(void)
{
	setenv("TMPDIR", "source/sub", 1);
}

static void
temporary_must_lie_outside(void **state)
{
	struct run run = { .prepare = temporary_into_source };

	(void)state;
	make_dir("source");
	make_dir("source/sub");
	run_expect(&run, 1, ARGS("source"));
	assert_non_null(strstr(run.err, "would lie inside"));
	assert_int_equal(count_entries("source/sub"), 0);
}

static void
temporary_here(void)
{
	setenv("TMPDIR", "tmp", 1);
}

static void
temporary_is_removed(void **state)
{
	struct run run = { .prepare = temporary_here };

	(void)state;
	make_dir("source");
	make_dir("tmp");
	make_file("source/file", 5);
	run_expect(&run, 0, ARGS("source"));
	expect_error(&run, "");
	assert_non_null(strstr(run.out, "(temporary, removed)"));
	assert_int_equal(count_entries("tmp"), 0);
}

static void
copy_is_kept(void **state)
{
	struct run run = { .pause_at = NULL };

	(void)state;
	make_dir("source");
	make_file("source/file", 5);
	make_dir("there");
	run_expect(&run, 0, ARGS("-q", "source", "new"));
	assert_string_equal(run.out, "");
	expect_error(&run, "");
	assert_true(exists("new/file"));
	run_expect(&run, 0, ARGS("source/", "there/", "-j1", "-s", "1"));
	assert_true(exists("there/file"));
}

static void
empty_directory_is_copied(void **state)
{
	struct run run = { .pause_at = NULL };
	struct stat copy, source;

	(void)state;
	make_dir("source");
	assert_int_equal(chmod("source", 0751), 0);
	run_expect(&run, 0, ARGS("source", "copy"));
	assert_int_equal(stat("source", &source), 0);
	assert_int_equal(stat("copy", &copy), 0);
	assert_int_equal(copy.st_mode, source.st_mode);
	assert_int_equal(copy.st_mtim.tv_sec, source.st_mtim.tv_sec);
	assert_int_equal(copy.st_mtim.tv_nsec, source.st_mtim.tv_nsec);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(help_is_told),
		TEST(usage_is_checked),
		TEST(source_must_be_there),
		TEST(source_must_be_a_directory),
		TEST(names_in_messages_are_harmless),
		TEST(copy_must_be_empty),
		TEST(copy_must_not_be_a_file),
		TEST(copy_needs_its_directory),
		TEST(copy_must_lie_outside),
		TEST(temporary_must_lie_outside),
		TEST(temporary_is_removed),
		TEST(copy_is_kept),
		TEST(empty_directory_is_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
