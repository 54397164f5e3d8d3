/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_KERN_H
#define PUFFSMSG_KERN_KERN_H

/*
 * What lib/kern offers to the floors above, beside the kernel-path headers.
 *
 * Lock order inside lib/kern, outermost first:
 *
 *	pools_lock	pool_cache.c: the table of pools
 *	  p_lock	lwp.c: lwps of the process, pending signals
 *	    pc_lock	pool_*.c: one pool's depot, spares and quarantine
 *	      cv lock	sleeptab.c: sleepers of the condvars and rwlocks of one
 *			hash bucket
 *	callout_lock	callout.c: all callouts
 *	wq_lock		workqueue.c: one workqueue
 *	  cv lock
 *
 * The cv locks and callout_lock are leaves, taken under whatever the caller
 * has, as is wq_lock but for the cv lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/pool.h>
#include <sys/proc.h>

#include <puffsmsg/host.h>
#include <puffsmsg/lwp.h>

#include "kern/atomic.h"
#include "kern/sleepq.h"

/* The host in use; NULL when the library is not initialised. */
extern const struct puffsmsg_host *puffsmsg__host;

/* The one process.  p_pid may be changed right after kern_init. */
extern struct proc puffsmsg__proc0;

/*
 * Starts the shim on `host': EINVAL if it lacks something, or the errno of
 * its init() or mutex_init(), and nothing is left behind.  fini detaches the
 * calling lwp, frees those of threads that are still there, and panics if
 * pool caches, pending callouts or kthreads that want to be joined are left.  Both: one at a
 * time, no other call into the library meanwhile; the ends of threads that
 * are attached but not inside the library may come at any time.
 */
int puffsmsg__kern_init(const struct puffsmsg_host *host);
void puffsmsg__kern_fini(void);

/* Panics if the library has not been started. */
void puffsmsg__must_run(const char *call);
void puffsmsg__not_started(const char *call) __attribute__((__noreturn__));

/* Nanoseconds, monotonic. */
uint64_t puffsmsg__clock(void);

/* One line for people; `fmt' without newline. */
void puffsmsg__log(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));

/* A misuse or an impossibility: one line, then the host's panic(). */
void puffsmsg__panic(const char *fmt, ...)
    __attribute__((__noreturn__, __format__(__printf__, 1, 2)));

/*
 * host->block between unschedule and schedule.  With BLOCK_CANCEL in `flags'
 * `l' is curlwp, and puffsmsg__sleep_oncancel runs if it is cancelled; else
 * `l' may be NULL.
 */
int puffsmsg__block(struct lwp *l, uint64_t deadline, unsigned flags);

/*
 * Waiting for memory, for loops of their own:
 *
 *	struct puffsmsg__memwait mw = { 0 };
 *	while ((p = try()) == NULL)
 *		puffsmsg__mem_wait(&mw, flags);
 *	puffsmsg__mem_waited(&mw);
 *
 * mem_wait drains the pool caches at its first call and sleeps at the later
 * ones, 1 ms and then twice as long each time, at most 100 ms; flags: 0 or
 * PUFFSMSG_BLOCK_CANCEL, for lwps.  Whoever is the first to sleep logs.
 */
struct puffsmsg__memwait {
	unsigned mw_tries;
};
void puffsmsg__mem_wait(struct puffsmsg__memwait *mw, unsigned flags);
void puffsmsg__mem_waited(struct puffsmsg__memwait *mw);

/* host->memalloc, which it repeats until it succeeds if `wait'. */
void *puffsmsg__memalloc(size_t size, size_t align, bool wait);
void puffsmsg__memfree(void *p, size_t size);

/*
 * Signals.  `sig' from 1 to PUFFSMSG_NSIG - 1.
 */
extern const struct puffsmsg__sigbits puffsmsg__sig_interrupting;
extern const struct puffsmsg__sigbits puffsmsg__sig_unimportant;

/*
 * Whether a signal (of `set') is pending for `l' or its process, and not
 * blocked by `l'; what is ignored is never pending.  l = curlwp, or a thread
 * that sleeps and cannot go away.
 */
bool puffsmsg__sig_pending(struct lwp *l);
bool puffsmsg__sig_pending_in(struct lwp *l,
    const struct puffsmsg__sigbits *set);

/*
 * Adds to the mask of `l' (= curlwp), and puts it back.  SIGKILL stays
 * unblocked; SIGSTOP does not, as long as a wait lasts.  No lock, no sleep.
 */
void puffsmsg__sigmask_block(struct lwp *l, const struct puffsmsg__sigbits *add,
    struct puffsmsg__sigbits *old);
void puffsmsg__sigmask_restore(struct lwp *l,
    const struct puffsmsg__sigbits *old);

/*
 * Attaches the calling thread if it is not, without waiting for memory: false
 * if there is none.  (curlwp waits.)
 */
bool puffsmsg__lwp_tryattach(void);

/*
 * A function to run when the thread of `l' (= curlwp) ends, however it does,
 * while it is still an lwp and may use locks.  One at a time; fn NULL clears
 * it.
 */
void puffsmsg__lwp_onexit(struct lwp *l, void (*fn)(void *), void *arg);

/* Objects that were got and not put.  Exact while nobody gets or puts. */
uint32_t puffsmsg__pool_live(pool_cache_t pc);

#endif /* PUFFSMSG_KERN_KERN_H */
