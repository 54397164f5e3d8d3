/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EXPECT_PANIC_H
#define EXPECT_PANIC_H

/*
 * Misuse is a panic: run it in a forked child, and see that the child aborts
 * and what it says.  To be called while the process's other threads sleep.
 *
 * A thread that is only just going to sleep may hold a lock of the allocator,
 * which the child then finds locked for ever: a child that hangs is therefore
 * tried again, but not for ever.
 *
 * Includes cmocka, so include what that wants before.
 */

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXPECT_PANIC_ABORTED 99
#define EXPECT_PANIC_LIVES   98
#define EXPECT_PANIC_TRIES   3
#define EXPECT_PANIC_SECONDS 8

/* A sanitizer's own checks at exit have no business in the child. */
#if defined(__has_feature)
#define EXPECT_PANIC_FEATURE(f) __has_feature(f)
#else
#define EXPECT_PANIC_FEATURE(f) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    EXPECT_PANIC_FEATURE(address_sanitizer) || \
    EXPECT_PANIC_FEATURE(thread_sanitizer)
#define EXPECT_PANIC_SANITIZED 1
#else
#define EXPECT_PANIC_SANITIZED 0
#endif

static sigjmp_buf expect_panic_aborted;

static inline void
expect_panic_on_abort(int sig)
{
	(void)sig;
	siglongjmp(expect_panic_aborted, 1);
}

/* Ends the child so that what coverage has counted is kept. */
static inline void
expect_panic_leave(int code)
{
	if (EXPECT_PANIC_SANITIZED)
		_exit(code);
	exit(code);
}

static inline void
expect_panic_child(int fd, void (*fn)(void *), void *arg)
{
	if (dup2(fd, STDERR_FILENO) < 0)
		_exit(1);
	(void)alarm(EXPECT_PANIC_SECONDS);
	(void)signal(SIGABRT, expect_panic_on_abort);
	if (sigsetjmp(expect_panic_aborted, 1) != 0)
		expect_panic_leave(EXPECT_PANIC_ABORTED);
	fn(arg);
	expect_panic_leave(EXPECT_PANIC_LIVES);
}

/* What the child wrote, cut to `size'. */
static inline void
expect_panic_read(int fd, char *text, size_t size)
{
	size_t have = 0;
	ssize_t n;

	while (
	    have < size - 1 && (n = read(fd, text + have, size - 1 - have)) > 0)
		have += (size_t)n;
	text[have] = '\0';
}

/* Runs fn(arg) in a child; how that ended, and what it wrote. */
static inline int
expect_panic_run(void (*fn)(void *), void *arg, char *text, size_t size)
{
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(fds[0]);
		expect_panic_child(fds[1], fn, arg);
	}
	(void)close(fds[1]);
	expect_panic_read(fds[0], text, size);
	(void)close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* fn(arg) panics, and says `words' then. */
static inline void
expect_panic(void (*fn)(void *), void *arg, const char *words)
{
	char text[1024];
	int status, tries = 0;

	do {
		status = expect_panic_run(fn, arg, text, sizeof(text));
	} while (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM &&
	    ++tries < EXPECT_PANIC_TRIES);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXPECT_PANIC_ABORTED)
		fail_msg("no abort, status %#x: %s", (unsigned)status, text);
	if (strstr(text, words) == NULL)
		fail_msg("wanted \"%s\", got \"%s\"", words, text);
}

#endif /* EXPECT_PANIC_H */
