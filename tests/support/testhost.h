/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TESTHOST_H
#define TESTHOST_H

/*
 * The pthread host with handles: it fails calls on request, counts, keeps
 * what was logged, and can let time pass without waiting for it.
 *
 * testhost_start() before, testhost_stop() after each test (they fit cmocka).
 */

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "kern/kern.h"

#define TESTHOST_DEADLINES 16

static struct testhost {
	/* How many of the next calls fail. */
	uint32_t fail_memalloc, fail_mutex_init, fail_token, fail_lwp_set;
	uint32_t fail_thread_create;
	int mutex_init_error;     /* ENOMEM if 0 */
	uint32_t pass_mutex_init; /* calls that succeed before */
	int init_error;
	/* block() returns at once, and the clock is at its deadline. */
	bool virtual_time;
	uint64_t now;
	uint32_t blocks;
	uint64_t deadlines[TESTHOST_DEADLINES];
	void (*on_block)(void);
	/* Memory that the library has: pieces, and bytes by its own words. */
	uint32_t memory_out;
	size_t bytes_out;
	/* Counters. */
	uint32_t unscheduled, scheduled, mutex_enters, logs, inits, finis;
	char log[256];
} th;

static struct puffsmsg_host testhost;

static inline const struct puffsmsg_host *
testhost_real(void)
{
	return puffsmsg_host_pthread();
}

/* Whether this call is one that fails. */
static inline bool
testhost_fails(uint32_t *n)
{
	uint32_t left = __atomic_load_n(n, __ATOMIC_SEQ_CST);

	return left > 0 &&
	    __atomic_compare_exchange_n(n, &left, left - 1, false,
		__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static inline void
testhost_count(uint32_t *n)
{
	(void)__atomic_add_fetch(n, 1, __ATOMIC_SEQ_CST);
}

static inline uint32_t
testhost_counted(uint32_t *n)
{
	return __atomic_load_n(n, __ATOMIC_SEQ_CST);
}

static inline int
testhost_init(const struct puffsmsg_upcalls *up)
{
	if (th.init_error != 0)
		return th.init_error;
	testhost_count(&th.inits);
	return testhost_real()->init(up);
}

static inline void
testhost_fini(void)
{
	testhost_count(&th.finis);
	testhost_real()->fini();
}

static inline void *
testhost_memalloc(size_t size, size_t align)
{
	void *p = NULL;

	if (!testhost_fails(&th.fail_memalloc))
		p = testhost_real()->memalloc(size, align);
	if (p != NULL) {
		testhost_count(&th.memory_out);
		(void)__atomic_add_fetch(&th.bytes_out, size, __ATOMIC_SEQ_CST);
		memset(p, 0xa5, size); /* it is undefined, by contract */
	}
	return p;
}

static inline void
testhost_memfree(void *p, size_t size)
{
	(void)__atomic_sub_fetch(&th.memory_out, 1, __ATOMIC_SEQ_CST);
	(void)__atomic_sub_fetch(&th.bytes_out, size, __ATOMIC_SEQ_CST);
	testhost_real()->memfree(p, size);
}

static inline int
testhost_mutex_init(void *m)
{
	if (testhost_fails(&th.pass_mutex_init))
		return (testhost_real()->mutex_init)(m);
	if (testhost_fails(&th.fail_mutex_init))
		return th.mutex_init_error != 0 ? th.mutex_init_error : ENOMEM;
	return (testhost_real()->mutex_init)(m);
}

static inline void
testhost_mutex_enter(void *m)
{
	testhost_count(&th.mutex_enters);
	(testhost_real()->mutex_enter)(m);
}

static inline void *
testhost_token(void)
{
	if (testhost_fails(&th.fail_token))
		return NULL;
	return testhost_real()->token();
}

static inline int
testhost_lwp_set(void *lwp)
{
	if (lwp != NULL && testhost_fails(&th.fail_lwp_set))
		return ENOMEM;
	return testhost_real()->lwp_set(lwp);
}

static inline int
testhost_thread_create(void (*fn)(void *), void *arg, const char *name,
    unsigned flags, void **thread)
{
	if (testhost_fails(&th.fail_thread_create))
		return EAGAIN;
	return testhost_real()->thread_create(fn, arg, name, flags, thread);
}

static inline int
testhost_block(uint64_t deadline, unsigned flags)
{
	if (th.blocks < TESTHOST_DEADLINES)
		th.deadlines[th.blocks] = deadline;
	th.blocks++;
	if (th.on_block != NULL)
		th.on_block();
	if (!th.virtual_time)
		return testhost_real()->block(deadline, flags);
	th.now = deadline;
	return ETIMEDOUT;
}

static inline uint64_t
testhost_clock(void)
{
	return th.virtual_time ? th.now : testhost_real()->clock();
}

static inline void
testhost_log(const char *line)
{
	testhost_count(&th.logs);
	th.log[0] = '\0';
	strncat(th.log, line, sizeof(th.log) - 1);
}

static inline void
testhost_unschedule(int *state)
{
	testhost_count(&th.unscheduled);
	*state = 77;
}

static inline void
testhost_schedule(int state)
{
	if (state == 77)
		testhost_count(&th.scheduled);
}

/* As it is before a test. */
static inline void
testhost_reset(void)
{
	memset(&th, 0, sizeof(th));
	testhost = *testhost_real();
	testhost.name = "test";
	testhost.init = testhost_init;
	testhost.fini = testhost_fini;
	testhost.memalloc = testhost_memalloc;
	testhost.memfree = testhost_memfree;
	testhost.mutex_init = testhost_mutex_init;
	testhost.mutex_enter = testhost_mutex_enter;
	testhost.token = testhost_token;
	testhost.lwp_set = testhost_lwp_set;
	testhost.thread_create = testhost_thread_create;
	testhost.clock = testhost_clock;
	testhost.log = testhost_log;
}

/* With block() ours; not for tests in which several threads sleep. */
static inline void
testhost_take_block(bool virtual_time)
{
	testhost.block = testhost_block;
	th.blocks = 0;
	th.now = testhost_real()->clock();
	th.virtual_time = virtual_time;
}

static inline int
testhost_start(void **state)
{
	(void)state;
	testhost_reset();
	return puffsmsg__kern_init(&testhost);
}

static inline int
testhost_stop(void **state)
{
	(void)state;
	th.virtual_time = false;
	puffsmsg__kern_fini();
	return 0;
}

#endif /* TESTHOST_H */
