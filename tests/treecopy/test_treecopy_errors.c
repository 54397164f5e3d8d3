/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Things go wrong while copying: one message that says what and why, exit
 * status 1, and nothing is left of the copy.  Run as root, these take root's
 * right to read everything from the program first.
 */

#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#endif

#include <cmocka.h>

#include "runner.h"

/* Root becomes a user whom modes stop: its rights end with the exec. */
static void
obey_modes(void)
{
#ifdef __linux__
	if (geteuid() != 0)
		return;
	if (prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) == -1 ||
	    prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0) == -1)
		_exit(125);
#endif
}

/* A tree in which the bad thing lies among many good ones. */
static void
make_source(void)
{
	char name[64];
	unsigned i;

	make_dir("source");
	make_dir("source/sub");
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "source/file %u", i);
		make_file(name, i * 100);
		snprintf(name, sizeof(name), "source/sub/%u", i);
		make_file(name, i);
	}
}

static void
file_cannot_be_read(void **state)
{
	struct run run = { .prepare = obey_modes };

	(void)state;
	make_source();
	assert_int_equal(chmod("source/sub/7", 0), 0);
	run_expect(&run, 1, ARGS("source", "copy"));
	expect_error(&run, "treecopy: source/sub/7: Permission denied\n");
	assert_string_equal(run.out, "");
	assert_false(exists("copy"));
}

static void
directory_cannot_be_read(void **state)
{
	struct run run = { .prepare = obey_modes };

	(void)state;
	make_source();
	make_dir("source/sub/dir");
	assert_int_equal(chmod("source/sub/dir", 0311), 0);
	run_expect(&run, 1, ARGS("source", "copy"));
	expect_error(&run, "treecopy: source/sub/dir: Permission denied\n");
	assert_false(exists("copy"));
}

static void
directory_cannot_be_searched(void **state)
{
	struct run run = { .prepare = obey_modes };

	(void)state;
	make_source();
	make_dir("source/sub/dir");
	make_file("source/sub/dir/inside", 1);
	assert_int_equal(chmod("source/sub/dir", 0444), 0);
	run_expect(&run, 1, ARGS("source", "copy"));
	expect_error(&run,
	    "treecopy: source/sub/dir/inside: Permission denied\n");
	assert_false(exists("copy"));
}

static void
root_cannot_be_read(void **state)
{
	struct run run = { .prepare = obey_modes };

	(void)state;
	make_dir("source");
	assert_int_equal(chmod("source", 0), 0);
	run_expect(&run, 1, ARGS("source", "copy"));
	expect_error(&run, "treecopy: source: Permission denied\n");
	assert_false(exists("copy"));
}

static void
place_cannot_be_written(void **state)
{
	struct run run = { .prepare = obey_modes };

	(void)state;
	make_source();
	make_dir("place");
	assert_int_equal(chmod("place", 0555), 0);
	run_expect(&run, 1, ARGS("source", "place/copy"));
	expect_error(&run, "treecopy: place/copy: Permission denied\n");
}

/* Modes that keep even the owner out are no obstacle to removing. */
static void
closed_directories_are_removed(void **state)
{
	struct run run = { .prepare = obey_modes };

	(void)state;
	make_source();
	make_dir("source/closed");
	make_dir("source/closed/inner");
	make_file("source/closed/inner/file", 1);
	assert_int_equal(chmod("source/closed/inner", 0500), 0);
	assert_int_equal(chmod("source/closed", 0500), 0);
	assert_int_equal(chmod("source/sub/0", 0), 0);
	run_expect(&run, 1, ARGS("-j", "1", "source", "copy"));
	assert_false(exists("copy"));
	assert_int_equal(chmod("source/sub/0", 0600), 0);
	run_expect(&run, 0, ARGS("-j", "1", "source", "copy"));
}

static void
existing_directory_is_emptied(void **state)
{
	struct run run = { .prepare = obey_modes };
	struct stat after, before;

	(void)state;
	make_source();
	assert_int_equal(chmod("source/file 33", 0), 0);
	make_dir("copy");
	assert_int_equal(chmod("copy", 0711), 0);
	assert_int_equal(stat("copy", &before), 0);
	run_expect(&run, 1, ARGS("source", "copy"));
	assert_int_equal(stat("copy", &after), 0);
	assert_int_equal(count_entries("copy"), 0);
	assert_int_equal(after.st_ino, before.st_ino);
	assert_int_equal(after.st_mode, before.st_mode);
	assert_memory_equal(&after.st_mtim, &before.st_mtim,
	    sizeof(after.st_mtim));
}

/* Exit status and message are of the first caller that fails. */
static void
many_callers_fail_once(void **state)
{
	struct run run = { .prepare = obey_modes };
	char name[64];
	unsigned i;

	(void)state;
	make_source();
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "source/file %u", i);
		assert_int_equal(chmod(name, 0), 0);
	}
	run_expect(&run, 1, ARGS("-j", "32", "-s", "8", "source", "copy"));
	assert_int_equal(strncmp(run.err, "treecopy: source/file ", 22), 0);
	assert_ptr_equal(strchr(run.err, '\n'), strrchr(run.err, '\n'));
	assert_false(exists("copy"));
}

static void
limit_file_size(void)
{
	const struct rlimit limit = { 200000, 200000 };

	if (setrlimit(RLIMIT_FSIZE, &limit) == -1)
		_exit(125);
}

static void
file_gets_too_large(void **state)
{
	struct run run = { .prepare = limit_file_size };

	(void)state;
	make_source();
	make_file("source/large", 1000000);
	run_expect(&run, 1, ARGS("source", "copy"));
	expect_error(&run, "treecopy: copy/large: File too large\n");
	assert_false(exists("copy"));
}

/*
 * Mounts a small file system that only this process sees, or others see too
 * for a moment where the root is not a mount point (chroot).  False: that is
 * not allowed here, as in many containers.
 */
static bool
mount_small(const char *path)
{
#ifdef __linux__
	if (unshare(CLONE_NEWNS) == 0 &&
	    (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ||
		errno == EINVAL) &&
	    mount("treecopy", path, "tmpfs", 0, "size=1m") == 0)
		return true;
	assert_int_equal(errno, EPERM);
#else
	(void)path;
#endif
	return false;
}

static void
unmount_small(const char *path)
{
#ifdef __linux__
	assert_int_equal(umount(path), 0);
#else
	(void)path;
#endif
}

/*
 * The disk gets full in the middle.  Where nothing can be mounted,
 * file_gets_too_large has to do: for the program a write fails there too.
 */
static void
disk_gets_full(void **state)
{
	static const char expected[] = ": No space left on device\n";
	struct run run = { .pause_at = NULL };
	size_t len;

	(void)state;
	make_source();
	make_file("source/large", 2000000);
	make_dir("small");
	if (!mount_small("small")) {
		print_message("mounting is not allowed\n");
		return;
	}
	run_expect(&run, 1, ARGS("source", "small/copy"));
	assert_int_equal(strncmp(run.err, "treecopy: small/copy/", 21), 0);
	len = strlen(run.err);
	assert_true(len > sizeof(expected));
	assert_string_equal(run.err + len - (sizeof(expected) - 1), expected);
	assert_ptr_equal(strchr(run.err, '\n'), strrchr(run.err, '\n'));
	assert_int_equal(count_entries("small"), 0);
	unmount_small("small");
}

static void
output_is_full(void)
{
	int fd = open("/dev/full", O_WRONLY);

	if (fd == -1 || dup2(fd, STDOUT_FILENO) == -1)
		_exit(125);
}

static void
report_cannot_be_written(void **state)
{
	struct run run = { .prepare = output_is_full };

	(void)state;
	make_source();
	run_expect(&run, 1, ARGS("source"));
	expect_error(&run,
	    "treecopy: standard output: No space left on device\n");
}

static void
make_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_int_not_equal(fd, -1);
	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(fd);
}

static void
special_files_are_named(void **state)
{
	struct run run = { .pause_at = NULL };
	bool devices;

	(void)state;
	make_source();
	assert_int_equal(mkfifo("source/a\nfifo", 0600), 0);
	make_socket("source/sub/socket");
	devices = mknod("source/null", S_IFCHR | 0600, (1 << 8) | 3) == 0;
	run_expect(&run, 0, ARGS("source", "copy"));
	assert_non_null(
	    strstr(run.out, "skipped   source/a\\012fifo (fifo)\n"));
	assert_non_null(
	    strstr(run.out, "skipped   source/sub/socket (socket)\n"));
	if (devices)
		assert_non_null(strstr(run.out,
		    "skipped   source/null (character device)\n"));
	assert_non_null(strstr(run.out, devices ? " 3 skipped" : " 2 skipped"));
	assert_int_equal(count_entries("copy"), 51);
	assert_int_equal(count_entries("copy/sub"), 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(file_cannot_be_read),
		TEST(directory_cannot_be_read),
		TEST(directory_cannot_be_searched),
		TEST(root_cannot_be_read),
		TEST(place_cannot_be_written),
		TEST(closed_directories_are_removed),
		TEST(existing_directory_is_emptied),
		TEST(many_callers_fail_once),
		TEST(file_gets_too_large),
		TEST(disk_gets_full),
		TEST(report_cannot_be_written),
		TEST(special_files_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
