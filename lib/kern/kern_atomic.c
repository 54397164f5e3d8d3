/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * atomic_ops(3) for kernel code, on top of the library's own.
 */

#include "kern/atomic.h"

#include <sys/atomic.h>

uint32_t
puffsmsg_kern_atomic_add_32(volatile uint32_t *p, int32_t n)
{
	return puffsmsg__add32(p, (uint32_t)n);
}

uint32_t
puffsmsg_kern_atomic_or_32(volatile uint32_t *p, uint32_t bits)
{
	return puffsmsg__or32(p, bits) | bits;
}

uint32_t
puffsmsg_kern_atomic_and_32(volatile uint32_t *p, uint32_t bits)
{
	return puffsmsg__and32(p, bits) & bits;
}

uint32_t
puffsmsg_kern_atomic_swap_32(volatile uint32_t *p, uint32_t n)
{
	return puffsmsg__xchg32(p, n);
}

uint32_t
puffsmsg_kern_atomic_cas_32(volatile uint32_t *p, uint32_t old, uint32_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	/* Writes what it found into `old', which is what is asked for. */
	(void)__atomic_compare_exchange_n(p, &old, n, false, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST);
	return old;
}

void *
puffsmsg_kern_atomic_swap_ptr(volatile void *p, void *n)
{
	return puffsmsg__xchgptr(p, n);
}

void *
puffsmsg_kern_atomic_cas_ptr(volatile void *p, void *old, void *n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	(void)__atomic_compare_exchange_n((void *volatile *)p, &old, n, false,
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return old;
}

void
puffsmsg_kern_membar(void)
{
	puffsmsg__fence();
}
