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

/*
 * For a count that its owner alone writes, and that others only read to tell
 * people: nothing depends on when, so there is no point().
 */
static inline void
puffsmsg__store32_own(volatile uint32_t *p, uint32_t n)
{
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

/* Whether *p was `old', and is `n' now. */
static inline bool
puffsmsg__casptr(volatile void *p, void *old, void *n)
{
	puffsmsg__point(PUFFSMSG_POINT_UPDATE, p);
	return __atomic_compare_exchange_n((void *volatile *)p, &old, n, false,
	    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/*
 * For debug checks, which a simulation shall not see, and which must order
 * nothing that would not be ordered without them: no point(), and relaxed but
 * for the lock.
 */
static inline uint32_t
puffsmsg__quiet_load32(const volatile uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline void
puffsmsg__quiet_store32(volatile uint32_t *p, uint32_t n)
{
	__atomic_store_n(p, n, __ATOMIC_RELAXED);
}

static inline void
puffsmsg__quiet_add32(volatile uint32_t *p, uint32_t n)
{
	(void)__atomic_add_fetch(p, n, __ATOMIC_RELAXED);
}

/* A lock in a word, 0 when free; false: somebody has it. */
static inline bool
puffsmsg__quiet_trylock(volatile uint32_t *p)
{
	return __atomic_exchange_n(p, 1, __ATOMIC_ACQUIRE) == 0;
}

static inline void
puffsmsg__quiet_unlock(volatile uint32_t *p)
{
	__atomic_store_n(p, 0, __ATOMIC_RELEASE);
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
