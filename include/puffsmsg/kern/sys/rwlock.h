/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_RWLOCK_H
#define PUFFSMSG_KERN_SYS_RWLOCK_H

/*
 * rwlock(9), rwlock_obj(9).  Held by one writer, or by any number of readers.
 * Not recursive: not for writers, and not for readers either, who may have to
 * wait behind a writer for themselves.
 *
 *  (a) The lock is handed over: a waiter that is woken holds it, and nobody
 *      can take it in between.
 *  (b) Readers that come while a writer waits, wait too.  A writer that leaves
 *      gives the lock to all readers that wait, and if there are none to the
 *      writer that has waited longest; the last reader gives it to that
 *      writer.  So neither kind starves the other.
 *  (c) A lock may be destroyed by who holds it last and knows of no others,
 *      though its former holder still may be inside rw_exit.
 *
 * Checked always: a writer that would wait for itself, destroy while held.
 * Checked with PUFFSMSG_DIAGNOSTIC: use before init or after destroy, init of
 * one that was not destroyed, exit by an lwp that does not hold it, downgrade
 * of a write hold by another lwp, upgrade of a lock that nobody reads, a
 * second enter by an lwp that holds it either way, the end of a thread that
 * does, and the order in which locks are taken, as with mutexes (mutex.h):
 * readers are no exception.
 *
 * From any thread.  Only rw_enter may block, uninterruptibly; it is no
 * cancellation point.
 */

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum krw {
	RW_READER = 0,
	RW_WRITER = 1,
} krw_t;

/* Opaque; its size is part of the ABI. */
typedef struct krwlock {
	uintptr_t rw_owner;   /* atomic: writer or number of readers, flags */
	void *rw_readers[2];  /* t: struct puffsmsg__sleepq */
	void *rw_writers[2];  /* t: struct puffsmsg__sleepq */
	uint32_t rw_nwaiting; /* t: readers that wait */
	uint32_t rw_magic;    /* (: */
	struct puffsmsg__lockid rw_lockid;
} krwlock_t;

#pragma GCC visibility push(default)
/* Needs no memory: neither fails nor blocks. */
void puffsmsg_kern_rw_init(krwlock_t *rw);
void puffsmsg_kern_rw_destroy(krwlock_t *rw);
void puffsmsg_kern_rw_enter(krwlock_t *rw, const krw_t op);
void puffsmsg_kern_rw_exit(krwlock_t *rw);
/* 1 if taken; 0 if rw_enter would have had to wait. */
int puffsmsg_kern_rw_tryenter(krwlock_t *rw, const krw_t op);
/*
 * From reader to writer, if the caller is the only reader: 1, ahead of all
 * that wait.  Else 0, and it still is a reader.
 */
int puffsmsg_kern_rw_tryupgrade(krwlock_t *rw);
/* From writer to reader, and lets in all readers that wait. */
void puffsmsg_kern_rw_downgrade(krwlock_t *rw);
/*
 * For assertions: 1 if the lock is held by readers, whoever they are; by the
 * calling lwp as writer; by anybody in either way.
 */
int puffsmsg_kern_rw_read_held(krwlock_t *rw);
int puffsmsg_kern_rw_write_held(krwlock_t *rw);
int puffsmsg_kern_rw_lock_held(krwlock_t *rw);
/* How a lock is held that the caller holds. */
krw_t puffsmsg_kern_rw_lock_op(krwlock_t *rw);

/*
 * A lock with a reference count, which is 1 at first.  tryalloc returns NULL
 * where alloc waits for memory; obj_free returns true when it freed.
 */
krwlock_t *puffsmsg_kern_rw_obj_alloc(void);
krwlock_t *puffsmsg_kern_rw_obj_tryalloc(void);
void puffsmsg_kern_rw_obj_hold(krwlock_t *rw);
bool puffsmsg_kern_rw_obj_free(krwlock_t *rw);
unsigned int puffsmsg_kern_rw_obj_refcnt(krwlock_t *rw);
#pragma GCC visibility pop

#define rw_init(rw)         puffsmsg_kern_rw_init(rw)
#define rw_destroy(rw)      puffsmsg_kern_rw_destroy(rw)
#define rw_enter(rw, op)    puffsmsg_kern_rw_enter(rw, op)
#define rw_exit(rw)         puffsmsg_kern_rw_exit(rw)
#define rw_tryenter(rw, op) puffsmsg_kern_rw_tryenter(rw, op)
#define rw_tryupgrade(rw)   puffsmsg_kern_rw_tryupgrade(rw)
#define rw_downgrade(rw)    puffsmsg_kern_rw_downgrade(rw)
#define rw_read_held(rw)    puffsmsg_kern_rw_read_held(rw)
#define rw_write_held(rw)   puffsmsg_kern_rw_write_held(rw)
#define rw_lock_held(rw)    puffsmsg_kern_rw_lock_held(rw)
#define rw_lock_op(rw)      puffsmsg_kern_rw_lock_op(rw)
#define rw_obj_alloc()      puffsmsg_kern_rw_obj_alloc()
#define rw_obj_tryalloc()   puffsmsg_kern_rw_obj_tryalloc()
#define rw_obj_hold(rw)     puffsmsg_kern_rw_obj_hold(rw)
#define rw_obj_free(rw)     puffsmsg_kern_rw_obj_free(rw)
#define rw_obj_refcnt(rw)   puffsmsg_kern_rw_obj_refcnt(rw)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_RWLOCK_H */
