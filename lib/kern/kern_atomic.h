/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_KERN_ATOMIC_H
#define PUFFSMSG_KERN_KERN_ATOMIC_H

/*
 * The part of atomic.h that only kernel code has a use for: the other widths
 * of atomic_ops(3), and atomic_loadstore(9).  What is said there holds here.
 */

#include <sys/types.h>

#include "kern/atomic.h"

/*
 * add returns the new value, or, and, xchg and casold the old one.
 */
static inline unsigned long
puffsmsg__addulong(volatile unsigned long *p, unsigned long n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_add_fetch(p, n, __ATOMIC_SEQ_CST);
}

static inline unsigned long
puffsmsg__orulong(volatile unsigned long *p, unsigned long bits)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_fetch_or(p, bits, __ATOMIC_SEQ_CST);
}

static inline unsigned long
puffsmsg__andulong(volatile unsigned long *p, unsigned long bits)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_fetch_and(p, bits, __ATOMIC_SEQ_CST);
}

static inline unsigned long
puffsmsg__xchgulong(volatile unsigned long *p, unsigned long n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_exchange_n(p, n, __ATOMIC_SEQ_CST);
}

static inline unsigned long
puffsmsg__casoldulong(volatile unsigned long *p, unsigned long old,
    unsigned long n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	(void)__atomic_compare_exchange_n(p, &old, n, false, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST);
	return old;
}

#ifdef __HAVE_ATOMIC64_OPS
/*
 * A pointer may have 32 bits, and what is at `p' be aligned to 4: clang would
 * call libatomic for its __atomic then.  Not so for __sync.
 */
static inline uint64_t
puffsmsg__add64(volatile uint64_t *p, uint64_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __sync_add_and_fetch(p, n);
}

static inline uint64_t
puffsmsg__or64(volatile uint64_t *p, uint64_t bits)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __sync_fetch_and_or(p, bits);
}

static inline uint64_t
puffsmsg__and64(volatile uint64_t *p, uint64_t bits)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __sync_fetch_and_and(p, bits);
}

static inline uint64_t
puffsmsg__xchg64(volatile uint64_t *p, uint64_t n)
{
	uint64_t old = 0, was;

	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	while ((was = __sync_val_compare_and_swap(p, old, n)) != old)
		old = was;
	return old;
}

static inline uint64_t
puffsmsg__casold64(volatile uint64_t *p, uint64_t old, uint64_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __sync_val_compare_and_swap(p, old, n);
}
#endif

/*
 * One of 1, 2, 4 or, with __HAVE_ATOMIC64_LOADSTORE, 8 bytes, of whatever type
 * it is, at `p' and *value, both aligned to that; `order' is __ATOMIC_*.
 */
typedef uint8_t __attribute__((__may_alias__)) puffsmsg__any8_t;
typedef uint16_t __attribute__((__may_alias__)) puffsmsg__any16_t;
typedef uint32_t __attribute__((__may_alias__)) puffsmsg__any32_t;
typedef uint64_t __attribute__((__may_alias__)) puffsmsg__any64_t;

static inline void
puffsmsg__loadany(const volatile void *p, void *value, size_t size, int order)
{
	puffsmsg__point(PUFFSMSG_POINT_LOAD, p);
	if (size == 1)
		__atomic_load((const volatile puffsmsg__any8_t *)p,
		    (puffsmsg__any8_t *)value, order);
	else if (size == 2)
		__atomic_load((const volatile puffsmsg__any16_t *)p,
		    (puffsmsg__any16_t *)value, order);
	else if (size == 4)
		__atomic_load((const volatile puffsmsg__any32_t *)p,
		    (puffsmsg__any32_t *)value, order);
#ifdef __HAVE_ATOMIC64_LOADSTORE
	else
		__atomic_load((const volatile puffsmsg__any64_t *)p,
		    (puffsmsg__any64_t *)value, order);
#endif
}

static inline void
puffsmsg__storeany(volatile void *p, void *value, size_t size, int order)
{
	puffsmsg__point(PUFFSMSG_POINT_STORE, p);
	if (size == 1)
		__atomic_store((volatile puffsmsg__any8_t *)p,
		    (puffsmsg__any8_t *)value, order);
	else if (size == 2)
		__atomic_store((volatile puffsmsg__any16_t *)p,
		    (puffsmsg__any16_t *)value, order);
	else if (size == 4)
		__atomic_store((volatile puffsmsg__any32_t *)p,
		    (puffsmsg__any32_t *)value, order);
#ifdef __HAVE_ATOMIC64_LOADSTORE
	else
		__atomic_store((volatile puffsmsg__any64_t *)p,
		    (puffsmsg__any64_t *)value, order);
#endif
}

/* Moves the pointer at `p' by `n' bytes; the new value. */
static inline void *
puffsmsg__addptr(volatile void *p, intptr_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_add_fetch((char *volatile *)p, n, __ATOMIC_SEQ_CST);
}

#endif /* PUFFSMSG_KERN_KERN_ATOMIC_H */
