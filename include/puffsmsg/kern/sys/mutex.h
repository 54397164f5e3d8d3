/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_MUTEX_H
#define PUFFSMSG_KERN_SYS_MUTEX_H

/*
 * mutex(9).  Not recursive; held by an lwp.  All kinds of mutexes sleep when
 * contended; interrupt levels are accepted and mean nothing.
 *
 * Checked always: an lwp that would wait for itself, destroy while held.
 *
 * Checked with PUFFSMSG_DIAGNOSTIC: use before init or after destroy; init of
 * one that was not destroyed; exit by an lwp that does not hold it; destroy
 * while somebody waits for it; the end of a thread, or of the library, that
 * holds one; and the order: if B was ever taken while A was held, A must not
 * be taken while B is held, nor may a longer circle come about.  What is out
 * of order is a panic before it can deadlock, on whichever thread and whether
 * it would have deadlocked or not.  mutex_tryenter is allowed in any order.
 * Orders are forgotten when a mutex is destroyed.  MUTEX_NODEBUG exempts a
 * mutex from all these but the first and the third.
 *
 * From any thread; only mutex_enter may block.
 */

#include <sys/types.h>

#include <puffsmsg/host.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum kmutex_type {
	MUTEX_SPIN = 0,
	MUTEX_ADAPTIVE = 1,
	MUTEX_DEFAULT = 2,
	MUTEX_DRIVER = 3,
	MUTEX_NODEBUG = 4,
} kmutex_type_t;

#ifndef IPL_NONE
#define IPL_NONE       0
#define IPL_SOFTCLOCK  1
#define IPL_SOFTBIO    2
#define IPL_SOFTNET    3
#define IPL_SOFTSERIAL 4
#define IPL_VM         5
#define IPL_SCHED      6
#define IPL_HIGH       7
#endif

/* Opaque; its size is part of the ABI. */
typedef struct kmutex {
	unsigned char mtx_host[PUFFSMSG_HOST_MUTEX_SIZE]
	    __attribute__((__aligned__(PUFFSMSG_HOST_MUTEX_ALIGN)));
	struct lwp *mtx_owner; /* atomic; written by the holder */
	uint32_t mtx_magic;
	struct puffsmsg__lockid mtx_lockid;
} kmutex_t;

#pragma GCC visibility push(default)
/* Waits for resources that the host may lack; does not fail. */
void puffsmsg_kern_mutex_init(kmutex_t *m, kmutex_type_t type, int ipl);
void puffsmsg_kern_mutex_destroy(kmutex_t *m);
void puffsmsg_kern_mutex_enter(kmutex_t *m);
void puffsmsg_kern_mutex_exit(kmutex_t *m);
/* 1 if taken, 0 if somebody holds it. */
int puffsmsg_kern_mutex_tryenter(kmutex_t *m);
/* 1 if the calling lwp holds it; for assertions. */
int puffsmsg_kern_mutex_owned(const kmutex_t *m);
/*
 * 1: the calling lwp may take it, when it is free.  With PUFFSMSG_DIAGNOSTIC a
 * panic if it holds it already.  For assertions.
 */
int puffsmsg_kern_mutex_ownable(const kmutex_t *m);
/*
 * mutex_obj(9): a mutex of its own memory, with references, one at first.
 * alloc waits for memory, tryalloc returns NULL without.  hold adds a
 * reference, for who has one.  free gives one back and returns true when it
 * was the last: the mutex is destroyed then.  refcnt: how many there are,
 * exact only while nobody else can change it.
 */
kmutex_t *puffsmsg_kern_mutex_obj_alloc(kmutex_type_t type, int ipl);
kmutex_t *puffsmsg_kern_mutex_obj_tryalloc(kmutex_type_t type, int ipl);
void puffsmsg_kern_mutex_obj_hold(kmutex_t *m);
bool puffsmsg_kern_mutex_obj_free(kmutex_t *m);
unsigned int puffsmsg_kern_mutex_obj_refcnt(kmutex_t *m);
#pragma GCC visibility pop

#define mutex_init(m, type, ipl)   puffsmsg_kern_mutex_init(m, type, ipl)
#define mutex_destroy(m)           puffsmsg_kern_mutex_destroy(m)
#define mutex_enter(m)             puffsmsg_kern_mutex_enter(m)
#define mutex_exit(m)              puffsmsg_kern_mutex_exit(m)
#define mutex_tryenter(m)          puffsmsg_kern_mutex_tryenter(m)
#define mutex_owned(m)             puffsmsg_kern_mutex_owned(m)
#define mutex_ownable(m)           puffsmsg_kern_mutex_ownable(m)
#define mutex_spin_enter(m)        puffsmsg_kern_mutex_enter(m)
#define mutex_spin_exit(m)         puffsmsg_kern_mutex_exit(m)
#define mutex_obj_alloc(type, ipl) puffsmsg_kern_mutex_obj_alloc(type, ipl)
#define mutex_obj_tryalloc(type, ipl) \
	puffsmsg_kern_mutex_obj_tryalloc(type, ipl)
#define mutex_obj_hold(m)   puffsmsg_kern_mutex_obj_hold(m)
#define mutex_obj_free(m)   puffsmsg_kern_mutex_obj_free(m)
#define mutex_obj_refcnt(m) puffsmsg_kern_mutex_obj_refcnt(m)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_MUTEX_H */
