/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SLEEPQ_H
#define PUFFSMSG_KERN_SLEEPQ_H

/*
 * Sleeping and waking: the one mechanism under condvars, message waits,
 * blocked servers and timeouts.
 *
 * Each lwp has one sleep word.  A sleep begins when the lwp, holding the
 * lock under which wakers will find it, sets the word to ASLEEP
 * (puffsmsg__sleep_prepare), registers itself wherever wakers look, drops the
 * lock and calls puffsmsg__sleep_wait.  Whoever changes the word away from
 * ASLEEP has decided the outcome of the sleep; exactly one succeeds:
 *
 *	                   +-- waker, under the lock ----> WOKEN
 *	AWAKE --> ASLEEP --+-- signal ------------------> INTERRUPTED
 *	  ^                +-- the sleeper's deadline --> TIMEDOUT
 *	  |                                                  |
 *	  +------------- puffsmsg__sleep_wait returns -------+
 *
 * (a) A waker that fails to claim a sleeper goes on to the next one: a signal
 *     or a timeout never eats a wakeup.
 * (b) A claimed sleeper reports success, whatever else happens to it.
 * (c) Claims are made under the lock under which the sleeper registered, and
 *     the sleeper unregisters under it: a claim always hits the sleep that
 *     was meant, never a later one.
 * (d) The token that a claim returns is good for puffsmsg__sleep_unblock
 *     after the lock was dropped, even if the lwp is gone by then: tokens are
 *     type-stable, a late unblock is at worst a spurious return of block.
 */

#include <stdbool.h>
#include <stdint.h>

#include <sys/queue.h>

struct lwp;

/* How to sleep (puffsmsg__sleep_prepare). */
#define PUFFSMSG__SLEEP_SIG    0x1u /* an unblocked pending signal ends it */
#define PUFFSMSG__SLEEP_CANCEL 0x2u /* a cancellation point */

/*
 * A queue of sleepers, oldest first.  q: protected by a lock of its owner.
 */
TAILQ_HEAD(puffsmsg__lwplist, lwp);
struct puffsmsg__sleepq {
	struct puffsmsg__lwplist sq_lwps; /* q: */
};

/* Begins a sleep of `l' (= curlwp).  The lock of the wakers is held. */
void puffsmsg__sleep_prepare(struct lwp *l, unsigned how);

/*
 * Sleeps until the outcome is decided.  No lock is held.  Returns 0 (woken),
 * EINTR (SLEEP_SIG only; at once if a signal is pending) or ETIMEDOUT
 * (`deadline' in nanoseconds of the host's clock, PUFFSMSG_FOREVER for none).
 * After EINTR and ETIMEDOUT the caller must take its lock and unregister.
 */
int puffsmsg__sleep_wait(struct lwp *l, uint64_t deadline);

/*
 * A sleep that was prepared is not wanted: back to AWAKE.  The lock of the
 * wakers is held and `l' is registered nowhere any more.
 */
void puffsmsg__sleep_abort(struct lwp *l);

/*
 * Claims the sleep of `l' for a waker.  The lock under which it registered is
 * held.  Returns the token to unblock after unlocking, or NULL if somebody
 * else has decided the outcome.
 */
void *puffsmsg__sleep_claim(struct lwp *l);

/* Wakes the owner of a claimed token; NULL is allowed. */
void puffsmsg__sleep_unblock(void *token);

/*
 * Claims the sleep of `l' for a signal, if it sleeps with SLEEP_SIG.  The
 * caller keeps `l' alive (its process's list lock is held).  Returns a token
 * to unblock, or NULL.
 */
void *puffsmsg__sleep_interrupt(struct lwp *l);

/*
 * What to do when the calling lwp is cancelled in a sleep with SLEEP_CANCEL:
 * fn(arg) runs on that thread, with no lock held, after the outcome was
 * decided as INTERRUPTED or by a waker (the function finds out under its
 * lock, as after EINTR).  Cleared with fn NULL.
 */
void puffsmsg__sleep_oncancel(struct lwp *l, void (*fn)(void *), void *arg);

/* Queue operations, all under the queue's lock. */
void puffsmsg__sleepq_init(struct puffsmsg__sleepq *sq);
bool puffsmsg__sleepq_empty(const struct puffsmsg__sleepq *sq);
/* prepare() and append. */
void puffsmsg__sleepq_enter(struct puffsmsg__sleepq *sq, struct lwp *l,
    unsigned how);
/* After EINTR or ETIMEDOUT: off the queue, if still on it. */
void puffsmsg__sleepq_leave(struct puffsmsg__sleepq *sq, struct lwp *l);
/* Claims the oldest that can be; NULL if there is none. */
void *puffsmsg__sleepq_claim_one(struct puffsmsg__sleepq *sq);
/* Claims and unblocks all. */
void puffsmsg__sleepq_wake_all(struct puffsmsg__sleepq *sq);

#endif /* PUFFSMSG_KERN_SLEEPQ_H */
