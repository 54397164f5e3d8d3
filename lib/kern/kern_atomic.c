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
	return puffsmsg__casold32(p, old, n);
}

void *
puffsmsg_kern_atomic_swap_ptr(volatile void *p, void *n)
{
	return puffsmsg__xchgptr(p, n);
}

void *
puffsmsg_kern_atomic_cas_ptr(volatile void *p, void *old, void *n)
{
	return puffsmsg__casoldptr(p, old, n);
}

void
puffsmsg_kern_membar(void)
{
	puffsmsg__fence();
}
