/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Ctrl-C and its like, while a caller is in the middle of a READ for certain:
 * a message, an exit status that tells the signal, and nothing left behind.
 */

#include <sys/wait.h>

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runner.h"

static void
make_source(void)
{
	char name[64];
	unsigned i;

	make_dir("source");
	make_dir("tmp");
	make_file("source/file", 300000);
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "source/%u", i);
		make_file(name, i);
	}
}

static void
temporary_here(void)
{
	setenv("TMPDIR", "tmp", 1);
}

/* Starts it with `arguments' and ends it by the signal. */
static void
run_killed(struct run *run, int signo, const char *const *arguments)
{
	run->pause_at = "file";
	run_start(run, arguments);
	run_reached(run);
	assert_int_equal(kill(run->pid, signo), 0);
	run_finish(run);
	assert_int_equal(run->status, 128 + signo);
	assert_string_equal(run->out, "");
}

static void
signals_end_it(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct run run = { .prepare = temporary_here };
	size_t i;

	(void)state;
	make_source();
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		run_killed(&run, signals[i], ARGS("source", "copy"));
		assert_non_null(strstr(run.err, "nothing was copied\n"));
		assert_false(exists("copy"));
		run_killed(&run, signals[i], ARGS("-q", "source"));
		assert_int_equal(count_entries("tmp"), 0);
	}
}

/* One server thread, which the pause holds; and more callers than that. */
static void
busy_server_does_not_matter(void **state)
{
	struct run run = { .prepare = temporary_here };

	(void)state;
	make_source();
	run_killed(&run, SIGINT, ARGS("-s", "1", "-j", "32", "source", "copy"));
	assert_false(exists("copy"));
}

static void
ignore_hangup(void)
{
	signal(SIGHUP, SIG_IGN);
}

/* As nohup does it. */
static void
ignored_stays_ignored(void **state)
{
	struct run run = { .prepare = ignore_hangup, .pause_at = "file" };

	(void)state;
	make_source();
	run_start(&run, ARGS("source", "copy"));
	run_reached(&run);
	assert_int_equal(kill(run.pid, SIGHUP), 0);
	run_resume(&run);
	run_finish(&run);
	assert_int_equal(run.status, 0);
	assert_true(exists("copy/file"));
}

/* Reads from the terminal until `text' has come. */
static void
read_until(struct run *run, const char *text)
{
	static char seen[1 << 16];
	size_t used = 0;
	ssize_t n;

	while (used < sizeof(seen) - 1) {
		n = read(run->master, seen + used, sizeof(seen) - 1 - used);
		assert_true(n > 0);
		used += (size_t)n;
		seen[used] = '\0';
		if (strstr(seen, text) != NULL)
			return;
	}
	fail_msg("%s was never seen", text);
}

/* The whole way: a bar on a terminal, and somebody who has enough of it. */
static void
control_c_on_a_terminal(void **state)
{
	struct run run = { .terminal = true, .pause_at = "file" };

	(void)state;
	make_source();
	run_start(&run, ARGS("source", "copy"));
	run_reached(&run);
	read_until(&run, "Copying");
	read_until(&run, "[=");
	assert_int_equal(write(run.master, "\003", 1), 1);
	read_until(&run, "treecopy: Interrupt, nothing was copied");
	run_finish(&run);
	assert_int_equal(run.status, 128 + SIGINT);
	assert_false(exists("copy"));
}

static void
bar_is_erased(void **state)
{
	struct run run = { .terminal = true, .pause_at = "file" };

	(void)state;
	make_source();
	run_start(&run, ARGS("source", "copy"));
	run_reached(&run);
	read_until(&run, "Copying");
	run_resume(&run);
	read_until(&run, "\r\033[K");
	run_finish(&run);
	assert_int_equal(run.status, 0);
	assert_non_null(strstr(run.out, "no difference"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(signals_end_it),
		TEST(busy_server_does_not_matter),
		TEST(ignored_stays_ignored),
		TEST(control_c_on_a_terminal),
		TEST(bar_is_erased),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
