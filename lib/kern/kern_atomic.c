/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * atomic_ops(3), atomic_loadstore(9) and membar_ops(3) for kernel code, on top
 * of the library's own.
 */

#include "kern/kern_atomic.h"

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

unsigned long
puffsmsg_kern_atomic_add_long(volatile unsigned long *p, long n)
{
	return puffsmsg__addulong(p, (unsigned long)n);
}

unsigned long
puffsmsg_kern_atomic_or_long(volatile unsigned long *p, unsigned long bits)
{
	return puffsmsg__orulong(p, bits) | bits;
}

unsigned long
puffsmsg_kern_atomic_and_long(volatile unsigned long *p, unsigned long bits)
{
	return puffsmsg__andulong(p, bits) & bits;
}

unsigned long
puffsmsg_kern_atomic_swap_long(volatile unsigned long *p, unsigned long n)
{
	return puffsmsg__xchgulong(p, n);
}

unsigned long
puffsmsg_kern_atomic_cas_long(volatile unsigned long *p, unsigned long old,
    unsigned long n)
{
	return puffsmsg__casoldulong(p, old, n);
}

#ifdef __HAVE_ATOMIC64_OPS
uint64_t
puffsmsg_kern_atomic_add_64(volatile uint64_t *p, int64_t n)
{
	return puffsmsg__add64(p, (uint64_t)n);
}

uint64_t
puffsmsg_kern_atomic_or_64(volatile uint64_t *p, uint64_t bits)
{
	return puffsmsg__or64(p, bits) | bits;
}

uint64_t
puffsmsg_kern_atomic_and_64(volatile uint64_t *p, uint64_t bits)
{
	return puffsmsg__and64(p, bits) & bits;
}

uint64_t
puffsmsg_kern_atomic_swap_64(volatile uint64_t *p, uint64_t n)
{
	return puffsmsg__xchg64(p, n);
}

uint64_t
puffsmsg_kern_atomic_cas_64(volatile uint64_t *p, uint64_t old, uint64_t n)
{
	return puffsmsg__casold64(p, old, n);
}
#endif

void *
puffsmsg_kern_atomic_add_ptr(volatile void *p, ssize_t n)
{
	return puffsmsg__addptr(p, n);
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
puffsmsg_kern_atomic_load(const volatile void *p, void *value, size_t size)
{
	puffsmsg__loadany(p, value, size, __ATOMIC_ACQUIRE);
}

void
puffsmsg_kern_atomic_load_relaxed(const volatile void *p, void *value,
    size_t size)
{
	puffsmsg__loadany(p, value, size, __ATOMIC_RELAXED);
}

void
puffsmsg_kern_atomic_store(volatile void *p, void *value, size_t size)
{
	puffsmsg__storeany(p, value, size, __ATOMIC_RELEASE);
}

void
puffsmsg_kern_atomic_store_relaxed(volatile void *p, void *value, size_t size)
{
	puffsmsg__storeany(p, value, size, __ATOMIC_RELAXED);
}

void
puffsmsg_kern_membar(void)
{
	puffsmsg__fence();
}
