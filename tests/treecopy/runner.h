/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_RUNNER_H
#define TREECOPY_RUNNER_H

/* Runs treecopy as a program, in a directory of the test's own. */

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

/* A list of arguments, ended by NULL. */
#define ARGS(...) \
	(const char *const[]) \
	{ \
		__VA_ARGS__, NULL \
	}

/* A test in a directory of its own. */
#define TEST(f) \
	cmocka_unit_test_setup_teardown(f, enter_directory, leave_directory)

/* What tests put in place: all in the directory that the test runs in. */
void make_file(const char *path, size_t size);
void make_dir(const char *path);
bool exists(const char *path);
/* Entries of a directory, without "." and "..". */
unsigned count_entries(const char *path);

/* CMocka's setup and teardown: into a new directory, and out of it. */
int enter_directory(void **state);
int leave_directory(void **state);

struct run {
	/* To be set by the test, or 0. */
	void (*prepare)(void); /* in the child, before the program starts */
	const char *pause_at;  /* name of a file */
	const char *program;   /* instead of the one that was built */
	bool terminal;         /* standard error, and what controls it */

	pid_t pid;
	int reached; /* read end: a byte comes when it pauses */
	int resume;  /* write end */
	int master;  /* of the terminal */
	int status;  /* exit status; -1: ended by a signal */
	char out[65536];
	char err[65536];
};

/* Starts `treecopy' with these arguments, ended by NULL. */
void run_start(struct run *run, const char *const *arguments);
/* Waits until it pauses. */
void run_reached(struct run *run);
void run_resume(struct run *run);
/* Waits for its end, and for what it said. */
void run_finish(struct run *run);

/* All of it, and that the status is this one. */
void run_expect(struct run *run, int status, const char *const *arguments);

/* Standard error is exactly this. */
void expect_error(const struct run *run, const char *text);

#endif /* TREECOPY_RUNNER_H */
