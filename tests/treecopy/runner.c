/* SPDX-License-Identifier: BSD-2-Clause */

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "runner.h"

#define MAX_ARGUMENTS 16

/* The child's descriptors of the pause. */
#define ANNOUNCE_FD 100
#define RESUME_FD   101

static char directory[4096];

void
make_file(const char *path, size_t size)
{
	char block[4096];
	size_t len;
	int fd;

	memset(block, 'x', sizeof(block));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
	assert_int_not_equal(fd, -1);
	for (; size > 0; size -= len) {
		len = size < sizeof(block) ? size : sizeof(block);
		assert_int_equal(write(fd, block, len), (ssize_t)len);
	}
	close(fd);
}

void
make_dir(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

bool
exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

unsigned
count_entries(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	unsigned n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			n++;
	}
	closedir(dir);
	return n;
}

int
enter_directory(void **state)
{
	const char *base = getenv("TMPDIR");

	(void)state;
	snprintf(directory, sizeof(directory), "%s/treecopytest.XXXXXX",
	    base != NULL ? base : "/tmp");
	return mkdtemp(directory) == NULL || chdir(directory) == -1;
}

int
leave_directory(void **state)
{
	pid_t pid;
	int status;

	(void)state;
	if (chdir("/") == -1 || (pid = fork()) == -1)
		return 1;
	if (pid == 0) {
		execlp("sh", "sh", "-c",
		    "chmod -R u+rwx \"$0\" && rm -rf \"$0\"", directory,
		    (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, &status, 0) != pid || status != 0;
}

/* A file that has no name any more. */
static int
capture_file(void)
{
	char path[] = "capture.XXXXXX";
	int fd = mkstemp(path);

	assert_int_not_equal(fd, -1);
	assert_int_equal(unlink(path), 0);
	return fd;
}

static void
become(int fd, int number)
{
	if (fd == -1 || dup2(fd, number) == -1)
		_exit(126);
}

/* A new session with the terminal `slave' as its own. */
static void
take_terminal(int slave)
{
	if (setsid() == -1 || ioctl(slave, TIOCSCTTY, 0) == -1)
		_exit(126);
}

static void
exec_treecopy(const struct run *run, const char *const *arguments)
{
	const char *argv[MAX_ARGUMENTS + 6] = { "treecopy" };
	char fds[32];
	size_t n = 1;

	if (run->pause_at != NULL) {
		snprintf(fds, sizeof(fds), "%d,%d", ANNOUNCE_FD, RESUME_FD);
		argv[n++] = "--pause-at";
		argv[n++] = run->pause_at;
		argv[n++] = "--pause-fds";
		argv[n++] = fds;
	}
	while (*arguments != NULL && n < MAX_ARGUMENTS + 5)
		argv[n++] = *arguments++;
	execv(run->program != NULL ? run->program : TREECOPY,
	    (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int
open_terminal(struct run *run)
{
	int slave;

	run->master = posix_openpt(O_RDWR | O_NOCTTY);
	if (run->master == -1 && access("/dev/pts/ptmx", F_OK) == -1) {
		print_message("skipped: no terminals here, /dev/pts is not "
			      "mounted\n");
		skip();
	}
	assert_int_not_equal(run->master, -1);
	assert_int_equal(grantpt(run->master), 0);
	assert_int_equal(unlockpt(run->master), 0);
	slave = open(ptsname(run->master), O_RDWR | O_NOCTTY);
	assert_int_not_equal(slave, -1);
	return slave;
}

/* What the test's end of it is read from when the program has ended. */
static int out_file, err_file;

void
run_start(struct run *run, const char *const *arguments)
{
	int announce[2], resume[2], slave = -1;

	out_file = capture_file();
	err_file = capture_file();
	assert_int_equal(pipe(announce), 0);
	assert_int_equal(pipe(resume), 0);
	if (run->terminal)
		slave = open_terminal(run);
	run->pid = fork();
	assert_int_not_equal(run->pid, -1);
	if (run->pid == 0) {
		if (run->terminal)
			take_terminal(slave);
		become(out_file, STDOUT_FILENO);
		become(run->terminal ? slave : err_file, STDERR_FILENO);
		become(announce[1], ANNOUNCE_FD);
		become(resume[0], RESUME_FD);
		if (run->prepare != NULL)
			run->prepare();
		exec_treecopy(run, arguments);
	}
	if (slave != -1)
		close(slave);
	close(announce[1]);
	close(resume[0]);
	run->reached = announce[0];
	run->resume = resume[1];
}

void
run_reached(struct run *run)
{
	char byte;

	/* 0 bytes: it ended without getting there. */
	assert_int_equal(read(run->reached, &byte, 1), 1);
}

void
run_resume(struct run *run)
{
	assert_int_equal(write(run->resume, "!", 1), 1);
}

static void
read_back(int fd, char *buf, size_t size)
{
	ssize_t n = pread(fd, buf, size - 1, 0);

	assert_int_not_equal(n, -1);
	buf[n] = '\0';
	close(fd);
}

void
run_finish(struct run *run)
{
	int status;

	assert_int_equal(waitpid(run->pid, &status, 0), run->pid);
	run->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	read_back(out_file, run->out, sizeof(run->out));
	read_back(err_file, run->err, sizeof(run->err));
	close(run->reached);
	close(run->resume);
	if (run->terminal)
		close(run->master);
}

void
run_expect(struct run *run, int status, const char *const *arguments)
{
	run_start(run, arguments);
	run_finish(run);
	if (run->status != status)
		print_error("%s%s", run->out, run->err);
	assert_int_equal(run->status, status);
}

void
expect_error(const struct run *run, const char *text)
{
	assert_string_equal(run->err, text);
}
