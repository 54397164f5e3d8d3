/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_ATOMIC_H
#define PUFFSMSG_KERN_ATOMIC_H

/*
 * All atomics above lib/host.  Each tells the host first (point()), so that a
 * simulation may switch threads at every access to shared state; the pthread
 * host has no point(), which costs one load and a branch.
 *
 * Orders: loads acquire, stores release, read-modify-write and _seq are
 * sequentially consistent.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/types.h>

#include <puffsmsg/host.h>

/* Which sanitizer this is compiled for, by either compiler's signs. */
#if defined(__has_feature)
#define PUFFSMSG__HAS_FEATURE(f) __has_feature(f)
#else
#define PUFFSMSG__HAS_FEATURE(f) 0
#endif
#if defined(__SANITIZE_THREAD__) || PUFFSMSG__HAS_FEATURE(thread_sanitizer)
#define PUFFSMSG__TSAN 1
#else
#define PUFFSMSG__TSAN 0
#endif
#if defined(__SANITIZE_ADDRESS__) || PUFFSMSG__HAS_FEATURE(address_sanitizer)
#define PUFFSMSG__ASAN 1
#else
#define PUFFSMSG__ASAN 0
#endif

#define PUFFSMSG__UNLIKELY(e) __builtin_expect((e) != 0, 0)

/*
 * point() of the host in use, or NULL.  Atomic: who waits for a turn to start
 * the library looks at it while another starts or ends it.
 */
typedef void (*puffsmsg__point_t)(int kind, const volatile void *obj);
extern puffsmsg__point_t puffsmsg__pointfn;

static inline void
puffsmsg__setpoint(puffsmsg__point_t fn)
{
	__atomic_store_n(&puffsmsg__pointfn, fn, __ATOMIC_RELAXED);
}

static inline void
puffsmsg__point(int kind, const volatile void *obj)
{
	puffsmsg__point_t fn;

	fn = __atomic_load_n(&puffsmsg__pointfn, __ATOMIC_RELAXED);
	if (PUFFSMSG__UNLIKELY(fn != NULL))
		fn(kind, obj);
}

static inline uint32_t
puffsmsg__load32(const volatile uint32_t *p)
{
	puffsmsg__point(PUFFSMSG_POINT_LOAD, p);
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline uint32_t
puffsmsg__load32_seq(const volatile uint32_t *p)
{
	puffsmsg__point(PUFFSMSG_POINT_LOAD, p);
	return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

static inline uint32_t
puffsmsg__load32_relaxed(const volatile uint32_t *p)
{
	puffsmsg__point(PUFFSMSG_POINT_LOAD, p);
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline void
puffsmsg__store32(volatile uint32_t *p, uint32_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_STORE, p);
	__atomic_store_n(p, n, __ATOMIC_RELEASE);
}

static inline void
puffsmsg__store32_relaxed(volatile uint32_t *p, uint32_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_STORE, p);
	__atomic_store_n(p, n, __ATOMIC_RELAXED);
}

/* add and sub return the new value, or and and the old one. */
static inline uint32_t
puffsmsg__add32(volatile uint32_t *p, uint32_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_add_fetch(p, n, __ATOMIC_SEQ_CST);
}

static inline uint32_t
puffsmsg__sub32(volatile uint32_t *p, uint32_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_sub_fetch(p, n, __ATOMIC_SEQ_CST);
}

static inline uint32_t
puffsmsg__or32(volatile uint32_t *p, uint32_t bits)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_fetch_or(p, bits, __ATOMIC_SEQ_CST);
}

static inline uint32_t
puffsmsg__and32(volatile uint32_t *p, uint32_t bits)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_fetch_and(p, bits, __ATOMIC_SEQ_CST);
}

static inline uint32_t
puffsmsg__xchg32(volatile uint32_t *p, uint32_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_exchange_n(p, n, __ATOMIC_SEQ_CST);
}

/* Whether *p was `old', and is `n' now. */
static inline bool
puffsmsg__cas32(volatile uint32_t *p, uint32_t old, uint32_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_compare_exchange_n(p, &old, n, false, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST);
}

/* What *p was; it is `n' now if that was `old'. */
static inline uint32_t
puffsmsg__casold32(volatile uint32_t *p, uint32_t old, uint32_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	(void)__atomic_compare_exchange_n(p, &old, n, false, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST);
	return old;
}

/* The same for a pointer of any type at `p'. */
static inline void *
puffsmsg__casoldptr(volatile void *p, void *old, void *n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	(void)__atomic_compare_exchange_n((void *volatile *)p, &old, n, false,
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	return old;
}

/*
 * As the ones on 32 bits, for kernel code: unsigned long, and 64 bits where
 * they are made of instructions (sys/types.h).
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

/* Counts that may be as large as memory; the new value. */
static inline uintptr_t
puffsmsg__loaduptr(const volatile uintptr_t *p)
{
	puffsmsg__point(PUFFSMSG_POINT_LOAD, p);
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline uintptr_t
puffsmsg__adduptr(volatile uintptr_t *p, uintptr_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_add_fetch(p, n, __ATOMIC_SEQ_CST);
}

static inline uintptr_t
puffsmsg__subuptr(volatile uintptr_t *p, uintptr_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_sub_fetch(p, n, __ATOMIC_SEQ_CST);
}

static inline uintptr_t
puffsmsg__xchguptr(volatile uintptr_t *p, uintptr_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_exchange_n(p, n, __ATOMIC_SEQ_CST);
}

/* What *p was; it is `n' now if that was `old'. */
static inline uintptr_t
puffsmsg__casolduptr(volatile uintptr_t *p, uintptr_t old, uintptr_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	(void)__atomic_compare_exchange_n(p, &old, n, false, __ATOMIC_SEQ_CST,
	    __ATOMIC_SEQ_CST);
	return old;
}

/*
 * Pointers: `p' is the address of a pointer of any type.
 */
static inline void *
puffsmsg__loadptr(const volatile void *p)
{
	puffsmsg__point(PUFFSMSG_POINT_LOAD, p);
	return __atomic_load_n((void *const volatile *)p, __ATOMIC_ACQUIRE);
}

static inline void *
puffsmsg__loadptr_relaxed(const volatile void *p)
{
	puffsmsg__point(PUFFSMSG_POINT_LOAD, p);
	return __atomic_load_n((void *const volatile *)p, __ATOMIC_RELAXED);
}

static inline void
puffsmsg__storeptr(volatile void *p, void *n)
{
	puffsmsg__point(PUFFSMSG_POINT_STORE, p);
	__atomic_store_n((void *volatile *)p, n, __ATOMIC_RELEASE);
}

static inline void
puffsmsg__storeptr_relaxed(volatile void *p, void *n)
{
	puffsmsg__point(PUFFSMSG_POINT_STORE, p);
	__atomic_store_n((void *volatile *)p, n, __ATOMIC_RELAXED);
}

static inline void *
puffsmsg__xchgptr(volatile void *p, void *n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_exchange_n((void *volatile *)p, n, __ATOMIC_SEQ_CST);
}

/* Moves it by `n' bytes; the new value. */
static inline void *
puffsmsg__addptr(volatile void *p, intptr_t n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_add_fetch((char *volatile *)p, n, __ATOMIC_SEQ_CST);
}

/* Whether *p was `old', and is `n' now. */
static inline bool
puffsmsg__casptr(volatile void *p, void *old, void *n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_compare_exchange_n((void *volatile *)p, &old, n, false,
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/*
 * Sequentially consistent fence.  Thread sanitizers do not know fences and
 * are shown an update instead.
 */
static inline void
puffsmsg__fence(void)
{
#if PUFFSMSG__TSAN
	uint32_t word = 0;

	(void)__atomic_exchange_n(&word, 1, __ATOMIC_SEQ_CST);
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

#endif /* PUFFSMSG_KERN_ATOMIC_H */
