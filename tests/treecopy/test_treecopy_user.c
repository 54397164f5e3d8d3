/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * An ordinary user copies what belongs to root.  Only root can make that
 * happen; for others there is nothing to see here.
 */

#include <sys/stat.h>
#include <sys/wait.h>

#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runner.h"

/* Nobody, on most systems. */
#define USER 65534

static void
become_user(void)
{
	setenv("LD_LIBRARY_PATH", ".", 1);
	if (setgroups(0, NULL) == -1 || setgid(USER) == -1 ||
	    setuid(USER) == -1)
		_exit(125);
}

/* The place where it was built may be closed to other users. */
static void
bring_program(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execlp("cp", "cp", "-L", TREECOPY, LIBRARY, ".", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
make_source(void)
{
	make_dir("source");
	make_file("source/plain", 10);
	make_file("source/setuid", 10);
	assert_int_equal(chmod("source/setuid", 04755), 0);
	make_file("source/setgid", 10);
	assert_int_equal(chmod("source/setgid", 02755), 0);
	make_file("source/not the owner", 10);
	assert_int_equal(chmod("source/not the owner", 044), 0);
	make_dir("source/dir");
	make_file("source/dir/inside", 10);
	assert_int_equal(chmod("source/dir", 055), 0);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
owners_are_not_kept(void **state)
{
	struct run run = { .prepare = become_user, .program = "./treecopy" };
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		return;
	assert_int_equal(chmod(".", 0777), 0);
	bring_program();
	make_source();
	run_expect(&run, 0, ARGS("source", "copy"));
	assert_non_null(
	    strstr(run.out, "owners are not kept: that takes root\n"));
	assert_non_null(strstr(run.out, "2 lost setuid or setgid\n"));
	assert_int_equal(lstat("copy/plain", &st), 0);
	assert_int_equal(st.st_uid, USER);
	assert_int_equal(mode_of("copy/setuid"), 0755);
	assert_int_equal(mode_of("copy/setgid"), 0755);
	assert_int_equal(mode_of("copy/not the owner"), 044);
	assert_int_equal(mode_of("copy/dir"), 055);
}

static void
owners_are_kept_by_root(void **state)
{
	struct run run = { .prepare = NULL };
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		return;
	make_source();
	assert_int_equal(chown("source/setuid", 12, 34), 0);
	assert_int_equal(chmod("source/setuid", 06755), 0);
	assert_int_equal(symlink("x", "source/link"), 0);
	assert_int_equal(lchown("source/link", 56, 78), 0);
	run_expect(&run, 0, ARGS("source", "copy"));
	assert_int_equal(mode_of("copy/setuid"), 06755);
	assert_int_equal(lstat("copy/setuid", &st), 0);
	assert_int_equal(st.st_uid, 12);
	assert_int_equal(st.st_gid, 34);
	assert_int_equal(lstat("copy/link", &st), 0);
	assert_int_equal(st.st_uid, 56);
	assert_int_equal(st.st_gid, 78);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(owners_are_not_kept),
		TEST(owners_are_kept_by_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
