/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_ATOMIC_H
#define PUFFSMSG_KERN_SYS_ATOMIC_H

/*
 * atomic_ops(3), membar_ops(3), atomic_loadstore(9).  From any thread; none
 * blocks.
 *
 * The operations are sequentially consistent, which is more than is promised
 * elsewhere; the _ni ones are no cheaper.  All barriers are full ones.  Loads
 * and stores have the order of their names, consume that of acquire.
 *
 * Those on 64 bits are there where __HAVE_ATOMIC64_OPS is defined
 * (sys/types.h), which goes by the compiler and its flags: code for a smaller
 * machine than the library was built for finds them missing, code for a larger
 * one does not link.
 */

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
/*
 * add, or and and return the new value, swap and cas the old one.
 */
uint32_t puffsmsg_kern_atomic_add_32(volatile uint32_t *p, int32_t n);
uint32_t puffsmsg_kern_atomic_or_32(volatile uint32_t *p, uint32_t bits);
uint32_t puffsmsg_kern_atomic_and_32(volatile uint32_t *p, uint32_t bits);
uint32_t puffsmsg_kern_atomic_swap_32(volatile uint32_t *p, uint32_t n);
uint32_t puffsmsg_kern_atomic_cas_32(volatile uint32_t *p, uint32_t old,
    uint32_t n);

unsigned long puffsmsg_kern_atomic_add_long(volatile unsigned long *p, long n);
unsigned long puffsmsg_kern_atomic_or_long(volatile unsigned long *p,
    unsigned long bits);
unsigned long puffsmsg_kern_atomic_and_long(volatile unsigned long *p,
    unsigned long bits);
unsigned long puffsmsg_kern_atomic_swap_long(volatile unsigned long *p,
    unsigned long n);
unsigned long puffsmsg_kern_atomic_cas_long(volatile unsigned long *p,
    unsigned long old, unsigned long n);

#ifdef __HAVE_ATOMIC64_OPS
uint64_t puffsmsg_kern_atomic_add_64(volatile uint64_t *p, int64_t n);
uint64_t puffsmsg_kern_atomic_or_64(volatile uint64_t *p, uint64_t bits);
uint64_t puffsmsg_kern_atomic_and_64(volatile uint64_t *p, uint64_t bits);
uint64_t puffsmsg_kern_atomic_swap_64(volatile uint64_t *p, uint64_t n);
uint64_t puffsmsg_kern_atomic_cas_64(volatile uint64_t *p, uint64_t old,
    uint64_t n);
#endif

/* `p' is the address of a pointer of any type; add counts bytes. */
void *puffsmsg_kern_atomic_add_ptr(volatile void *p, ssize_t n);
void *puffsmsg_kern_atomic_swap_ptr(volatile void *p, void *n);
void *puffsmsg_kern_atomic_cas_ptr(volatile void *p, void *old, void *n);

/*
 * Of `size' bytes, 1, 2, 4, or 8 with __HAVE_ATOMIC64_LOADSTORE, at `p' and
 * *value, both aligned to that.
 */
void puffsmsg_kern_atomic_load(const volatile void *p, void *value,
    size_t size);
void puffsmsg_kern_atomic_load_relaxed(const volatile void *p, void *value,
    size_t size);
void puffsmsg_kern_atomic_store(volatile void *p, void *value, size_t size);
void puffsmsg_kern_atomic_store_relaxed(volatile void *p, void *value,
    size_t size);

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

/* int has 32 bits wherever there are POSIX threads. */
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
#define atomic_cas_uint_ni(p, o, n) atomic_cas_32_ni(p, o, n)

#define atomic_add_long(p, n)        ((void)puffsmsg_kern_atomic_add_long(p, n))
#define atomic_add_long_nv(p, n)     puffsmsg_kern_atomic_add_long(p, n)
#define atomic_inc_ulong(p)          ((void)puffsmsg_kern_atomic_add_long(p, 1))
#define atomic_inc_ulong_nv(p)       puffsmsg_kern_atomic_add_long(p, 1)
#define atomic_dec_ulong(p)          ((void)puffsmsg_kern_atomic_add_long(p, -1))
#define atomic_dec_ulong_nv(p)       puffsmsg_kern_atomic_add_long(p, -1)
#define atomic_or_ulong(p, b)        ((void)puffsmsg_kern_atomic_or_long(p, b))
#define atomic_or_ulong_nv(p, b)     puffsmsg_kern_atomic_or_long(p, b)
#define atomic_and_ulong(p, b)       ((void)puffsmsg_kern_atomic_and_long(p, b))
#define atomic_and_ulong_nv(p, b)    puffsmsg_kern_atomic_and_long(p, b)
#define atomic_swap_ulong(p, n)      puffsmsg_kern_atomic_swap_long(p, n)
#define atomic_cas_ulong(p, o, n)    puffsmsg_kern_atomic_cas_long(p, o, n)
#define atomic_cas_ulong_ni(p, o, n) puffsmsg_kern_atomic_cas_long(p, o, n)

#ifdef __HAVE_ATOMIC64_OPS
#define atomic_add_64(p, n)       ((void)puffsmsg_kern_atomic_add_64(p, n))
#define atomic_add_64_nv(p, n)    puffsmsg_kern_atomic_add_64(p, n)
#define atomic_inc_64(p)          ((void)puffsmsg_kern_atomic_add_64(p, 1))
#define atomic_inc_64_nv(p)       puffsmsg_kern_atomic_add_64(p, 1)
#define atomic_dec_64(p)          ((void)puffsmsg_kern_atomic_add_64(p, -1))
#define atomic_dec_64_nv(p)       puffsmsg_kern_atomic_add_64(p, -1)
#define atomic_or_64(p, b)        ((void)puffsmsg_kern_atomic_or_64(p, b))
#define atomic_or_64_nv(p, b)     puffsmsg_kern_atomic_or_64(p, b)
#define atomic_and_64(p, b)       ((void)puffsmsg_kern_atomic_and_64(p, b))
#define atomic_and_64_nv(p, b)    puffsmsg_kern_atomic_and_64(p, b)
#define atomic_swap_64(p, n)      puffsmsg_kern_atomic_swap_64(p, n)
#define atomic_cas_64(p, o, n)    puffsmsg_kern_atomic_cas_64(p, o, n)
#define atomic_cas_64_ni(p, o, n) puffsmsg_kern_atomic_cas_64(p, o, n)
#endif

#define atomic_add_ptr(p, n)       ((void)puffsmsg_kern_atomic_add_ptr(p, n))
#define atomic_add_ptr_nv(p, n)    puffsmsg_kern_atomic_add_ptr(p, n)
#define atomic_inc_ptr(p)          ((void)puffsmsg_kern_atomic_add_ptr(p, 1))
#define atomic_inc_ptr_nv(p)       puffsmsg_kern_atomic_add_ptr(p, 1)
#define atomic_dec_ptr(p)          ((void)puffsmsg_kern_atomic_add_ptr(p, -1))
#define atomic_dec_ptr_nv(p)       puffsmsg_kern_atomic_add_ptr(p, -1)
#define atomic_swap_ptr(p, n)      puffsmsg_kern_atomic_swap_ptr(p, n)
#define atomic_cas_ptr(p, o, n)    puffsmsg_kern_atomic_cas_ptr(p, o, n)
#define atomic_cas_ptr_ni(p, o, n) puffsmsg_kern_atomic_cas_ptr(p, o, n)

/*
 * Of the type that `p' points to, whatever that is; one that is too large for
 * the machine does not compile.
 */
#ifdef __HAVE_ATOMIC64_LOADSTORE
#define PUFFSMSG__ATOMIC_MAX 8
#else
#define PUFFSMSG__ATOMIC_MAX 4
#endif
#define PUFFSMSG__ATOMIC_SIZE(p) \
	__CTASSERT(sizeof(*(p)) <= PUFFSMSG__ATOMIC_MAX && \
	    (sizeof(*(p)) & (sizeof(*(p)) - 1)) == 0)

#define PUFFSMSG__ATOMIC_LOAD(how, p) \
	__extension__({ \
		union { \
			__typeof__(*(p)) value; \
			unsigned char bytes[sizeof(*(p))]; \
		} puffsmsg__u; \
		PUFFSMSG__ATOMIC_SIZE(p); \
		how(p, puffsmsg__u.bytes, sizeof(*(p))); \
		puffsmsg__u.value; \
	})
#define PUFFSMSG__ATOMIC_STORE(how, p, v) \
	__extension__({ \
		__typeof__(*(p)) puffsmsg__v = (v); \
		PUFFSMSG__ATOMIC_SIZE(p); \
		how(p, (void *)&puffsmsg__v, sizeof(*(p))); \
	})

#define atomic_load_relaxed(p) \
	PUFFSMSG__ATOMIC_LOAD(puffsmsg_kern_atomic_load_relaxed, p)
#define atomic_load_acquire(p) \
	PUFFSMSG__ATOMIC_LOAD(puffsmsg_kern_atomic_load, p)
#define atomic_load_consume(p) \
	PUFFSMSG__ATOMIC_LOAD(puffsmsg_kern_atomic_load, p)
#define atomic_store_relaxed(p, v) \
	PUFFSMSG__ATOMIC_STORE(puffsmsg_kern_atomic_store_relaxed, p, v)
#define atomic_store_release(p, v) \
	PUFFSMSG__ATOMIC_STORE(puffsmsg_kern_atomic_store, p, v)

#define membar_sync()             puffsmsg_kern_membar()
#define membar_acquire()          puffsmsg_kern_membar()
#define membar_release()          puffsmsg_kern_membar()
#define membar_enter()            puffsmsg_kern_membar()
#define membar_exit()             puffsmsg_kern_membar()
#define membar_producer()         puffsmsg_kern_membar()
#define membar_consumer()         puffsmsg_kern_membar()
#define membar_datadep_consumer() puffsmsg_kern_membar()

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_ATOMIC_H */
