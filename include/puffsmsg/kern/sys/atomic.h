/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_ATOMIC_H
#define PUFFSMSG_KERN_SYS_ATOMIC_H

/*
 * atomic_ops(3) on 32 bits, int and pointers; not the 64-bit and long ones,
 * which not every machine has.  All are sequentially consistent, which is
 * more than is promised elsewhere.  From any thread; none blocks.
 */

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
/* These return the new value ... */
uint32_t puffsmsg_kern_atomic_add_32(volatile uint32_t *p, int32_t n);
uint32_t puffsmsg_kern_atomic_or_32(volatile uint32_t *p, uint32_t bits);
uint32_t puffsmsg_kern_atomic_and_32(volatile uint32_t *p, uint32_t bits);
/* ... and these the old one. */
uint32_t puffsmsg_kern_atomic_swap_32(volatile uint32_t *p, uint32_t n);
uint32_t puffsmsg_kern_atomic_cas_32(volatile uint32_t *p, uint32_t old,
    uint32_t n);
void *puffsmsg_kern_atomic_swap_ptr(volatile void *p, void *n);
void *puffsmsg_kern_atomic_cas_ptr(volatile void *p, void *old, void *n);
void puffsmsg_kern_membar(void);
#pragma GCC visibility pop

#define atomic_add_32(p, n)       ((void)puffsmsg_kern_atomic_add_32(p, n))
#define atomic_add_32_nv(p, n)    puffsmsg_kern_atomic_add_32(p, n)
#define atomic_inc_32(p)          ((void)puffsmsg_kern_atomic_add_32(p, 1))
#define atomic_inc_32_nv(p)       puffsmsg_kern_atomic_add_32(p, 1)
#define atomic_dec_32(p)          ((void)puffsmsg_kern_atomic_add_32(p, -1))
#define atomic_dec_32_nv(p)       puffsmsg_kern_atomic_add_32(p, -1)
#define atomic_or_32(p, b)        ((void)puffsmsg_kern_atomic_or_32(p, b))
#define atomic_or_32_nv(p, b)     puffsmsg_kern_atomic_or_32(p, b)
#define atomic_and_32(p, b)       ((void)puffsmsg_kern_atomic_and_32(p, b))
#define atomic_and_32_nv(p, b)    puffsmsg_kern_atomic_and_32(p, b)
#define atomic_swap_32(p, n)      puffsmsg_kern_atomic_swap_32(p, n)
#define atomic_cas_32(p, o, n)    puffsmsg_kern_atomic_cas_32(p, o, n)
#define atomic_cas_32_ni(p, o, n) puffsmsg_kern_atomic_cas_32(p, o, n)

#define atomic_add_int(p, n)        atomic_add_32(p, n)
#define atomic_add_int_nv(p, n)     atomic_add_32_nv(p, n)
#define atomic_inc_uint(p)          atomic_inc_32(p)
#define atomic_inc_uint_nv(p)       atomic_inc_32_nv(p)
#define atomic_dec_uint(p)          atomic_dec_32(p)
#define atomic_dec_uint_nv(p)       atomic_dec_32_nv(p)
#define atomic_or_uint(p, b)        atomic_or_32(p, b)
#define atomic_or_uint_nv(p, b)     atomic_or_32_nv(p, b)
#define atomic_and_uint(p, b)       atomic_and_32(p, b)
#define atomic_and_uint_nv(p, b)    atomic_and_32_nv(p, b)
#define atomic_swap_uint(p, n)      atomic_swap_32(p, n)
#define atomic_cas_uint(p, o, n)    atomic_cas_32(p, o, n)
#define atomic_cas_uint_ni(p, o, n) atomic_cas_32(p, o, n)

#define atomic_swap_ptr(p, n)      puffsmsg_kern_atomic_swap_ptr(p, n)
#define atomic_cas_ptr(p, o, n)    puffsmsg_kern_atomic_cas_ptr(p, o, n)
#define atomic_cas_ptr_ni(p, o, n) puffsmsg_kern_atomic_cas_ptr(p, o, n)

#define membar_sync()     puffsmsg_kern_membar()
#define membar_acquire()  puffsmsg_kern_membar()
#define membar_release()  puffsmsg_kern_membar()
#define membar_enter()    puffsmsg_kern_membar()
#define membar_exit()     puffsmsg_kern_membar()
#define membar_producer() puffsmsg_kern_membar()
#define membar_consumer() puffsmsg_kern_membar()

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_ATOMIC_H */
