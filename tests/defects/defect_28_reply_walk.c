/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original finds the request that a reply is for by walking over all that
 * are in flight: with 65,536 of them most of a second goes by for a thousand
 * replies.
 *
 * A reply costs no more with many in flight than with a few.  What is counted
 * is the pieces of memory that dispatch looks at: each piece that the library
 * has for its messages lies on a page of its own, and a page that is touched
 * for the first time since the dispatch began is counted by the fault.
 */

#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "msgfix.h"

#include <sys/mman.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#if !defined(MAP_ANONYMOUS)
#define MAP_ANONYMOUS MAP_ANON
#endif

#define FEW   4u
#define MANY  2048u
#define PAGES (3u * MANY)
#define LOOKS 64u /* replies that are counted, of all */
/*
 * Parks: its own, its neighbours on the list, those before it in its chain;
 * its message; the id table.
 */
#define LIMIT 10u

static struct puffsmsg_host host;
static const struct puffsmsg_host *below; /* what it is made of */

static uint8_t *arena;
static size_t pagesize;
static unsigned used;    /* pages given out */
static bool spreading;   /* give out pages */
static unsigned touched; /* since they were protected */
static struct sigaction handler_before;

/* A fault elsewhere is one. */
static void
on_fault(int sig, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr - (uintptr_t)arena;

	(void)context;
	if (at >= PAGES * pagesize) {
		(void)sigaction(sig, &handler_before, NULL);
		return;
	}
	touched++;
	(void)mprotect(arena + at / pagesize * pagesize, pagesize,
	    PROT_READ | PROT_WRITE);
}

static void *
spread_memalloc(size_t size, size_t align)
{
	if (!spreading || size > pagesize || used == PAGES)
		return below->memalloc(size, align);
	return arena + used++ * pagesize;
}

static void
spread_memfree(void *p, size_t size)
{
	if ((uintptr_t)p - (uintptr_t)arena >= PAGES * pagesize)
		below->memfree(p, size);
}

static int
setup(void **state)
{
	(void)state;
	pagesize = (size_t)sysconf(_SC_PAGESIZE);
	arena = mmap(NULL, PAGES * pagesize, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		return -1;
	fix_init();
	below = fix_host_in_use();
	host = *below;
	host.memalloc = spread_memalloc;
	host.memfree = spread_memfree;
	puffsmsg__host = &host;
	fix_mount = fix_mount_new(NULL);
	used = 0;
	return 0;
}

static int
teardown(void **state)
{
	int error = fix_teardown(state);

	return munmap(arena, PAGES * pagesize) != 0 ? -1 : error;
}

/* Messages in flight, and the requests as the server has them. */
static struct puffs_msgpark *parks[MANY];
static struct fix_frame frames[MANY];

static void
send_all(unsigned n)
{
	spreading = true;
	for (unsigned i = 0; i < n; i++) {
		parks[i] = fix_send(fix_mount);
		fix_take(fix_mount, &frames[i]);
		fix_make_reply(&frames[i], 0, 0);
	}
	spreading = false;
	assert_true(used >= 2 * n);
	assert_true(used < PAGES);
}

static void
reply(unsigned i)
{
	int error;

	error = puffsmsg_dispatch(fix_mount, frames[i].bytes, frames[i].len);
	assert_int_equal(error, 0);
}

/* Likewise; the pieces that were touched. */
static unsigned
reply_counted(unsigned i)
{
	touched = 0;
	assert_int_equal(mprotect(arena, used * pagesize, PROT_NONE), 0);
	reply(i);
	assert_int_equal(mprotect(arena, used * pagesize,
			     PROT_READ | PROT_WRITE),
	    0);
	return touched;
}

static void
wait_all(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(puffs_msg_wait(fix_mount, parks[i]), 0);
		puffs_msgmem_release(parks[i]);
	}
}

/* cmocka has a handler too, and sets it before each test. */
static void
catch_faults(void)
{
	struct sigaction sa = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO };

	assert_int_equal(sigaction(SIGSEGV, &sa, &handler_before), 0);
}

/*
 * n in flight, answered in the order first, first + step, ...; the most that
 * one reply has touched.
 */
static unsigned
most_touched(unsigned n, unsigned first, unsigned step)
{
	unsigned most = 0, now = 0, at = first;
	unsigned every = n > LOOKS ? n / LOOKS : 1;

	send_all(n);
	catch_faults();
	for (unsigned i = 0; i < n; i++) {
		if (i % every == 0)
			now = reply_counted(at);
		else
			reply(at);
		most = now > most ? now : most;
		at = (at + step) % n;
	}
	assert_int_equal(sigaction(SIGSEGV, &handler_before, NULL), 0);
	wait_all(n);
	return most;
}

static void
defect_28_replies_in_reverse_order(void **state)
{
	(void)state;
	assert_in_range(most_touched(FEW, FEW - 1, FEW - 1), 1, LIMIT);
	assert_in_range(most_touched(MANY, MANY - 1, MANY - 1), 1, LIMIT);
}

/* An odd step comes by every message. */
static void
defect_28_replies_in_any_order(void **state)
{
	(void)state;
	assert_in_range(most_touched(FEW, 1, 3), 1, LIMIT);
	assert_in_range(most_touched(MANY, 1000, 1237), 1, LIMIT);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_28_replies_in_reverse_order),
		TEST(defect_28_replies_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
