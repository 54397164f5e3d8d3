/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The pthread host: its table, its life, and the services that need no file
 * of their own.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#if __has_include(<bsd/stdlib.h>)
#include <bsd/stdlib.h> /* arc4random_buf, where the system has none */
#endif

#include "host/posix_private.h"

#define NS_PER_S UINT64_C(1000000000)

const struct puffsmsg_upcalls *puffsmsg__posix_upcalls;

/* writev is a cancellation point, this is none. */
static void
posix_log(const char *line)
{
	int saved = errno, state;
	struct iovec iov[2] = {
		{ .iov_base = (void *)(uintptr_t)line,
		    .iov_len = strlen(line) },
		{ .iov_base = "\n", .iov_len = 1 },
	};

	PUFFSMSG__CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state));
	/* In one piece; and there is nobody to tell if it fails. */
	if (writev(STDERR_FILENO, iov, 2) < 0)
		errno = saved;
	PUFFSMSG__CHECK(pthread_setcancelstate(state, &state));
}

static void __attribute__((__noreturn__)) posix_panic(const char *line)
{
	posix_log(line);
	abort();
}

/* `call' is source text: what stands before its parenthesis. */
void
puffsmsg__posix_failed(const char *call, int error)
{
	char line[80] = "puffsmsg: panic: ";
	char number[16];
	size_t n = strlen(line), len = strcspn(call, "(");
	char *digit = number + sizeof(number) - 1;

	*digit = '\0';
	do
		*--digit = (char)('0' + error % 10);
	while ((error /= 10) > 0);
	if (len > 40)
		len = 40;
	memcpy(line + n, call, len);
	strcpy(line + n + len, ": error ");
	strcat(line, digit);
	posix_panic(line);
}

uint64_t
puffsmsg__posix_clock(void)
{
	struct timespec ts;
	uint64_t ns;

	if (clock_gettime(CLOCK_MONOTONIC, &ts) != 0)
		puffsmsg__posix_failed("clock_gettime", errno);
	ns = (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
	return ns > 0 ? ns : 1;
}

static void *
posix_memalloc(size_t size, size_t align)
{
	void *p;

	if (align <= _Alignof(max_align_t))
		return malloc(size);
	return posix_memalign(&p, align, size) == 0 ? p : NULL;
}

static void
posix_memfree(void *p, size_t size)
{
	(void)size;
	free(p);
}

static void
posix_random(void *buf, size_t len)
{
	arc4random_buf(buf, len);
}

static int32_t
posix_getpid(void)
{
	return (int32_t)getpid();
}

static int
posix_init(const struct puffsmsg_upcalls *up)
{
	puffsmsg__posix_upcalls = up;
	return puffsmsg__posix_slot_init();
}

/* The helper unblocks tokens, and threads that end put them back. */
static void
posix_fini(void)
{
	puffsmsg__posix_signal_fini();
	puffsmsg__posix_slot_fini();
	puffsmsg__posix_token_fini();
}

static const struct puffsmsg_host posix_host = {
	.size = sizeof(struct puffsmsg_host),
	.version = PUFFSMSG_HOST_VERSION,
	.name = "pthread",
	.mutex_size = sizeof(pthread_mutex_t),
	.init = posix_init,
	.fini = posix_fini,
	.memalloc = posix_memalloc,
	.memfree = posix_memfree,
	.mutex_init = puffsmsg__posix_mutex_init,
	.mutex_destroy = puffsmsg__posix_mutex_destroy,
	.mutex_enter = puffsmsg__posix_mutex_enter,
	.mutex_tryenter = puffsmsg__posix_mutex_tryenter,
	.mutex_exit = puffsmsg__posix_mutex_exit,
	.token = puffsmsg__posix_token,
	.block = puffsmsg__posix_block,
	.unblock = puffsmsg__posix_unblock,
	.signal_prepare = puffsmsg__posix_signal_prepare,
	.unblock_from_signal = puffsmsg__posix_unblock_from_signal,
	.thread_create = puffsmsg__posix_thread_create,
	.thread_join = puffsmsg__posix_thread_join,
	.thread_exit = puffsmsg__posix_thread_exit,
	.thread_setname = puffsmsg__posix_thread_setname,
	.lwp_get = puffsmsg__posix_lwp_get,
	.lwp_set = puffsmsg__posix_lwp_set,
	.clock = puffsmsg__posix_clock,
	.random = posix_random,
	.getpid = posix_getpid,
	.log = posix_log,
	.panic = posix_panic,
};

const struct puffsmsg_host *
puffsmsg_host_pthread(void)
{
	return &posix_host;
}
