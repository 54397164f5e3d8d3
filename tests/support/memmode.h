/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MEMMODE_H
#define MEMMODE_H

/*
 * Tests of kmem and pool caches in each of their modes, on the host of
 * testhost.h, which must have all of its memory back at the end.
 *
 * Include cmocka before.
 */

#include "kern/pool_private.h"
#include "testhost.h"

static inline int
memmode_start(void **state, enum puffsmsg__memmode mode)
{
	puffsmsg__memmode = mode;
	return testhost_start(state);
}

static inline int
start_cached(void **state)
{
	return memmode_start(state, PUFFSMSG__MEM_CACHED);
}

static inline int
start_direct(void **state)
{
	return memmode_start(state, PUFFSMSG__MEM_DIRECT);
}

static inline int
start_checked(void **state)
{
	return memmode_start(state, PUFFSMSG__MEM_CHECKED);
}

static inline int
memmode_stop(void **state)
{
	int error = testhost_stop(state);

	assert_int_equal(testhost_counted(&th.memory_out), 0);
	assert_int_equal(th.bytes_out, 0);
	return error;
}

/* A test in one of the modes. */
#define IN_MODE(fn, mode) \
	{ \
#fn "_" #mode, fn, start_##mode, memmode_stop, NULL \
	}
/* In those where misuse is found, in all. */
#define GUARDED(fn)   IN_MODE(fn, direct), IN_MODE(fn, checked)
#define ALL_MODES(fn) IN_MODE(fn, cached), GUARDED(fn)

#endif /* MEMMODE_H */
