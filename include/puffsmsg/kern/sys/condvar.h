/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_CONDVAR_H
#define PUFFSMSG_KERN_SYS_CONDVAR_H

/*
 * condvar(9).
 *
 *  (a) A wakeup that reached a waiter is never reported as an error, and one
 *      that meets a waiter which gives up goes on to the next.
 *  (b) A signal that is pending and not blocked when a _sig call begins ends
 *      it at once with EINTR, and the interlock is not released.
 *  (c) cv_signal and cv_broadcast may be called with or without the
 *      interlock, and a waiter that returns 0 may destroy the condvar.
 *
 * Checked always: the interlock is held, the condvar was initialised, nobody
 * waits when it is destroyed.  Checked with PUFFSMSG_DIAGNOSTIC: all who wait
 * at one time have one interlock; that it is taken again is in order with the
 * other mutexes of the lwp, see mutex.h.
 *
 * All waits may block, release the interlock while they do, and hold it again
 * when they return, whatever they return.  No call is a cancellation point.
 */

#include <sys/mutex.h>
#include <sys/time.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

static __inline const struct bintime *
puffsmsg__tick_epsilon(void)
{
	static const struct bintime epsilon = { 0, UINT64_MAX / 100 };

	return &epsilon;
}

/* For cv_timedwaitbt: one tick. */
#ifndef DEFAULT_TIMEOUT_EPSILON
#define DEFAULT_TIMEOUT_EPSILON (puffsmsg__tick_epsilon())
#endif

/* Opaque; its size is part of the ABI. */
typedef struct kcondvar {
	void *cv_queue[2];    /* t: struct puffsmsg__sleepq */
	const char *cv_wmesg; /* (: */
	uint32_t cv_waiters;  /* t: written under it; atomic */
	uint32_t cv_magic;    /* (: */
} kcondvar_t;

#pragma GCC visibility push(default)
/* `wmesg' names the condvar for people; it is not copied. */
void puffsmsg_kern_cv_init(kcondvar_t *cv, const char *wmesg);
void puffsmsg_kern_cv_destroy(kcondvar_t *cv);
void puffsmsg_kern_cv_wait(kcondvar_t *cv, kmutex_t *m);
/* EINTR. */
int puffsmsg_kern_cv_wait_sig(kcondvar_t *cv, kmutex_t *m);
/* EWOULDBLOCK after `ticks' (0: for ever); _sig: EINTR too. */
int puffsmsg_kern_cv_timedwait(kcondvar_t *cv, kmutex_t *m, int ticks);
int puffsmsg_kern_cv_timedwait_sig(kcondvar_t *cv, kmutex_t *m, int ticks);
/*
 * EWOULDBLOCK after *bt, from which the time that went by is taken off (not
 * below 0).  `epsilon' is accepted and not used: waits are as exact as the
 * host's.
 */
int puffsmsg_kern_cv_timedwaitbt(kcondvar_t *cv, kmutex_t *m,
    struct bintime *bt, const struct bintime *epsilon);
int puffsmsg_kern_cv_timedwaitbt_sig(kcondvar_t *cv, kmutex_t *m,
    struct bintime *bt, const struct bintime *epsilon);
void puffsmsg_kern_cv_signal(kcondvar_t *cv);
void puffsmsg_kern_cv_broadcast(kcondvar_t *cv);
bool puffsmsg_kern_cv_has_waiters(kcondvar_t *cv);
/* Whether `cv' was initialised and not destroyed; for assertions. */
bool puffsmsg_kern_cv_is_valid(kcondvar_t *cv);
const char *puffsmsg_kern_cv_wmesg(const kcondvar_t *cv);
#pragma GCC visibility pop

#define cv_init(cv, wmesg)           puffsmsg_kern_cv_init(cv, wmesg)
#define cv_destroy(cv)               puffsmsg_kern_cv_destroy(cv)
#define cv_wait(cv, m)               puffsmsg_kern_cv_wait(cv, m)
#define cv_wait_sig(cv, m)           puffsmsg_kern_cv_wait_sig(cv, m)
#define cv_timedwait(cv, m, t)       puffsmsg_kern_cv_timedwait(cv, m, t)
#define cv_timedwait_sig(cv, m, t)   puffsmsg_kern_cv_timedwait_sig(cv, m, t)
#define cv_timedwaitbt(cv, m, bt, e) puffsmsg_kern_cv_timedwaitbt(cv, m, bt, e)
#define cv_timedwaitbt_sig(cv, m, bt, e) \
	puffsmsg_kern_cv_timedwaitbt_sig(cv, m, bt, e)
#define cv_signal(cv)      puffsmsg_kern_cv_signal(cv)
#define cv_broadcast(cv)   puffsmsg_kern_cv_broadcast(cv)
#define cv_has_waiters(cv) puffsmsg_kern_cv_has_waiters(cv)
#define cv_is_valid(cv)    puffsmsg_kern_cv_is_valid(cv)
#define cv_wmesg(cv)       puffsmsg_kern_cv_wmesg(cv)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_CONDVAR_H */
