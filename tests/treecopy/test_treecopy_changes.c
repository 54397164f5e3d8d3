/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Files that change while they are read.  The server pauses before its first
 * READ of the file, until the test has changed it: no luck is needed.
 */

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runner.h"

/* More than one READ. */
#define SIZE 300000

static void
make_source(void)
{
	make_dir("source");
	make_dir("source/sub");
	make_file("source/sub/file", SIZE);
	make_file("source/other", 10);
}

/* Copies, with `change' in the middle of reading the file. */
static void
run_changed(struct run *run, void (*change)(void))
{
	make_source();
	run->pause_at = "file";
	run_start(run, ARGS("source", "copy"));
	run_reached(run);
	change();
	run_resume(run);
	run_finish(run);
}

static void
expect_failure(const struct run *run, const char *error)
{
	assert_int_equal(run->status, 1);
	expect_error(run, error);
	assert_string_equal(run->out, "");
	assert_false(exists("copy"));
}

static void
do_nothing(void)
{
}

static void
unchanged_is_copied(void **state)
{
	struct run run = { .prepare = NULL };

	(void)state;
	run_changed(&run, do_nothing);
	assert_int_equal(run.status, 0);
	expect_error(&run, "");
	assert_true(exists("copy/sub/file"));
}

static void
append(void)
{
	int fd = open("source/sub/file", O_WRONLY | O_APPEND);

	assert_int_equal(write(fd, "more", 4), 4);
	close(fd);
}

static void
it_grows(void **state)
{
	struct run run = { .prepare = NULL };

	(void)state;
	run_changed(&run, append);
	expect_failure(&run,
	    "treecopy: source/sub/file: "
	    "changed while it was read (its size did)\n");
}

static void
cut(void)
{
	assert_int_equal(truncate("source/sub/file", SIZE / 2), 0);
}

static void
it_shrinks(void **state)
{
	struct run run = { .prepare = NULL };

	(void)state;
	run_changed(&run, cut);
	expect_failure(&run,
	    "treecopy: source/sub/file: "
	    "changed while it was read (its size did)\n");
}

/* The system's clock may stand still for a tick: its time is set. */
static void
overwrite(void)
{
	const struct timespec times[2] = { { 5, 5 }, { 5, 5 } };
	int fd = open("source/sub/file", O_WRONLY);

	assert_int_equal(pwrite(fd, "Y", 1, SIZE - 1), 1);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

static void
it_is_overwritten(void **state)
{
	struct run run = { .prepare = NULL };

	(void)state;
	run_changed(&run, overwrite);
	expect_failure(&run,
	    "treecopy: source/sub/file: "
	    "changed while it was read (it was written to)\n");
}

/* As size and time are what they were, only the comparison can see it. */
static void
overwrite_slyly(void)
{
	struct stat st;
	struct timespec times[2];
	int fd = open("source/sub/file", O_RDWR);

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(pwrite(fd, "Y", 1, SIZE - 1), 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

/* The change comes before the READ, so the copy has it: nothing is wrong. */
static void
it_is_overwritten_slyly(void **state)
{
	struct run run = { .prepare = NULL };

	(void)state;
	run_changed(&run, overwrite_slyly);
	assert_int_equal(run.status, 0);
}

static void
replace(void)
{
	make_file("new", SIZE);
	assert_int_equal(rename("new", "source/sub/file"), 0);
}

/* What was opened can be read, but is not what is there. */
static void
it_is_replaced(void **state)
{
	struct run run = { .prepare = NULL };

	(void)state;
	run_changed(&run, replace);
	assert_int_equal(run.status, 1);
	assert_int_equal(strncmp(run.err, "treecopy: source/sub", 20), 0);
	assert_false(exists("copy"));
}

static void
take_away(void)
{
	assert_int_equal(unlink("source/sub/file"), 0);
}

static void
it_is_removed(void **state)
{
	struct run run = { .prepare = NULL };

	(void)state;
	run_changed(&run, take_away);
	expect_failure(&run,
	    "treecopy: source/sub: changed while it was copied\n");
}

static void
add_another(void)
{
	make_file("source/sub/new", 1);
}

static void
its_directory_grows(void **state)
{
	struct run run = { .prepare = NULL };

	(void)state;
	run_changed(&run, add_another);
	expect_failure(&run,
	    "treecopy: source/sub: changed while it was copied\n");
}

/* A name that was listed is a directory now. */
static void
become_directory(void)
{
	assert_int_equal(rename("source/sub", "source/was"), 0);
	make_file("source/sub", 1);
}

static void
its_directory_is_moved(void **state)
{
	struct run run = { .prepare = NULL };

	(void)state;
	run_changed(&run, become_directory);
	expect_failure(&run, "treecopy: source: changed while it was copied\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(unchanged_is_copied),
		TEST(it_grows),
		TEST(it_shrinks),
		TEST(it_is_overwritten),
		TEST(it_is_overwritten_slyly),
		TEST(it_is_replaced),
		TEST(it_is_removed),
		TEST(its_directory_grows),
		TEST(its_directory_is_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
