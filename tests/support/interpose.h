/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef INTERPOSE_H
#define INTERPOSE_H

/*
 * Functions of the C library that fail on request: a test defines one of the
 * same name and passes on to the real one,
 *
 *	int
 *	sem_init(sem_t *sem, int shared, unsigned value)
 *	{
 *		INTERPOSE_REAL(int, sem_init, (sem_t *, int, unsigned));
 *		return fail_sem_init ? -1 : real(sem, shared, value);
 *	}
 *
 * Sanitizers do the same, so it is not done where one is compiled in
 * (INTERPOSE is 0 then), nor where the C library is neither glibc nor musl.
 * Needs _GNU_SOURCE.
 */

#include <dlfcn.h>

#include "expect_panic.h"

#if defined(__linux__) && !EXPECT_PANIC_SANITIZED
#define INTERPOSE 1
#else
#define INTERPOSE 0
#endif

/* Declares real, the function of that name behind this program's. */
#define INTERPOSE_REAL(result, name, parameters) \
	static result(*real) parameters; \
	if (real == NULL) \
	*(void **)(void *)&real = dlsym(RTLD_NEXT, #name)

#if INTERPOSE
#if defined(__GLIBC__)
void *__libc_calloc(size_t n, size_t size);

/* Its dlsym may want memory from calloc. */
static inline void *
interpose_real_calloc(size_t n, size_t size)
{
	return __libc_calloc(n, size);
}
#else
static inline void *
interpose_real_calloc(size_t n, size_t size)
{
	INTERPOSE_REAL(void *, calloc, (size_t, size_t));

	return real(n, size);
}
#endif
#endif

#endif /* INTERPOSE_H */
