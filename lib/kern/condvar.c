/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * condvar(9).
 *
 * Waiters are queued in the condvar, under the lock of the sleep table that
 * its address hashes to, so that wakers need not hold the interlock.  That
 * lock outlives the condvar: a waiter that was woken may destroy the condvar
 * while its waker still is on the way out.
 *
 * cv_waiters is the length of the queue.  A waker that sees 0 need not look:
 * either it changed the condition under the interlock after the waiter had
 * queued itself, and then sees it, or before, and then the waiter has seen
 * the condition.
 */

#include <errno.h>
#include <string.h>

#include "kern/kern_private.h"

#include <sys/condvar.h>

#define MAGIC 0x63766172u

#define NS_PER_S UINT64_C(1000000000)

_Static_assert(sizeof(struct puffsmsg__sleepq) ==
	sizeof(((kcondvar_t *)NULL)->cv_queue),
    "a condvar has room for its queue");

static struct puffsmsg__sleepq *
queue_of(kcondvar_t *cv)
{
	return (struct puffsmsg__sleepq *)(void *)cv->cv_queue;
}

static void
check(const kcondvar_t *cv, const char *call)
{
	if (cv->cv_magic != MAGIC)
		puffsmsg__panic("%s: condvar %p is not initialised", call,
		    (const void *)cv);
}

void
puffsmsg_kern_cv_init(kcondvar_t *cv, const char *wmesg)
{
	puffsmsg__sleepq_init(queue_of(cv));
	cv->cv_wmesg = wmesg;
	cv->cv_waiters = 0;
	cv->cv_magic = MAGIC;
}

void
puffsmsg_kern_cv_destroy(kcondvar_t *cv)
{
	check(cv, "cv_destroy");
	if (puffsmsg_kern_cv_has_waiters(cv))
		puffsmsg__panic("cv_destroy: condvar %p (%s) has waiters",
		    (void *)cv, cv->cv_wmesg);
	cv->cv_magic = 0;
}

/* Diagnostic: who waits at one time waits with one interlock. */
static void
check_interlock(kcondvar_t *cv, const kmutex_t *m)
{
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
	const struct lwp *first = TAILQ_FIRST(&queue_of(cv)->sq_lwps);

	if (first != NULL && first->l_interlock != m)
		puffsmsg__panic(
		    "cv_wait: %s: interlock %p, others wait with %p",
		    cv->cv_wmesg, (const void *)m, (void *)first->l_interlock);
#else
	(void)cv;
	(void)m;
#endif
}

static void
enqueue(kcondvar_t *cv, struct lwp *l, kmutex_t *m, unsigned how)
{
	kmutex_t *lock = puffsmsg__sleeptab_lock(cv);

	puffsmsg_kern_mutex_enter(lock);
	check_interlock(cv, m);
	l->l_interlock = m;
	puffsmsg__sleepq_enter(queue_of(cv), l, how);
	puffsmsg__store32(&cv->cv_waiters, cv->cv_waiters + 1);
	puffsmsg_kern_mutex_exit(lock);
}

/* The wait was interrupted or is over; wakers may have dequeued `l'. */
static void
give_up(kcondvar_t *cv, struct lwp *l)
{
	kmutex_t *lock = puffsmsg__sleeptab_lock(cv);

	puffsmsg_kern_mutex_enter(lock);
	if (l->l_sleepq != NULL) {
		puffsmsg__sleepq_leave(queue_of(cv), l);
		puffsmsg__store32(&cv->cv_waiters, cv->cv_waiters - 1);
	}
	puffsmsg_kern_mutex_exit(lock);
}

static int
cv_sleep(kcondvar_t *cv, kmutex_t *m, unsigned how, uint64_t deadline)
{
	struct lwp *l = curlwp;
	int error;

	check(cv, "cv_wait");
	if (!puffsmsg_kern_mutex_owned(m))
		puffsmsg__panic("cv_wait: %s: interlock %p is not held",
		    cv->cv_wmesg, (void *)m);
	if ((how & PUFFSMSG__SLEEP_SIG) != 0 && puffsmsg__sig_pending(l))
		return EINTR;

	l->l_wmesg = cv->cv_wmesg;
	enqueue(cv, l, m, how);
	puffsmsg_kern_mutex_exit(m);
	error = puffsmsg__sleep_wait(l, deadline);
	/* Once woken, the condvar may be gone. */
	if (error != 0)
		give_up(cv, l);
	l->l_wmesg = NULL;
	puffsmsg_kern_mutex_enter(m);
	return error == ETIMEDOUT ? EWOULDBLOCK : error;
}

void
puffsmsg_kern_cv_wait(kcondvar_t *cv, kmutex_t *m)
{
	(void)cv_sleep(cv, m, 0, PUFFSMSG_FOREVER);
}

int
puffsmsg_kern_cv_wait_sig(kcondvar_t *cv, kmutex_t *m)
{
	return cv_sleep(cv, m, PUFFSMSG__SLEEP_SIG, PUFFSMSG_FOREVER);
}

static uint64_t
deadline_of(int ticks)
{
	return ticks == 0 ? PUFFSMSG_FOREVER : puffsmsg__tickdeadline(ticks);
}

int
puffsmsg_kern_cv_timedwait(kcondvar_t *cv, kmutex_t *m, int ticks)
{
	return cv_sleep(cv, m, 0, deadline_of(ticks));
}

int
puffsmsg_kern_cv_timedwait_sig(kcondvar_t *cv, kmutex_t *m, int ticks)
{
	return cv_sleep(cv, m, PUFFSMSG__SLEEP_SIG, deadline_of(ticks));
}

/* At most some centuries. */
static uint64_t
bintime_to_ns(const struct bintime *bt)
{
	uint64_t sec;

	if (bt->sec < 0)
		return 0;
	sec = (uint64_t)bt->sec;
	if (sec >= UINT32_MAX)
		sec = UINT32_MAX;
	return sec * NS_PER_S + (((bt->frac >> 32) * NS_PER_S) >> 32);
}

static void
ns_to_bintime(uint64_t ns, struct bintime *bt)
{
	bt->sec = (int64_t)(ns / NS_PER_S);
	bt->frac = (((ns % NS_PER_S) << 32) / NS_PER_S) << 32;
}

static int
cv_sleepbt(kcondvar_t *cv, kmutex_t *m, unsigned how, struct bintime *bt)
{
	uint64_t ns = bintime_to_ns(bt);
	uint64_t start = puffsmsg__clock(), passed;
	int error;

	if (ns == 0)
		return EWOULDBLOCK;
	error = cv_sleep(cv, m, how, start + ns);
	passed = puffsmsg__clock() - start;
	ns_to_bintime(passed < ns ? ns - passed : 0, bt);
	return error;
}

int
puffsmsg_kern_cv_timedwaitbt(kcondvar_t *cv, kmutex_t *m, struct bintime *bt,
    const struct bintime *epsilon)
{
	(void)epsilon;
	return cv_sleepbt(cv, m, 0, bt);
}

int
puffsmsg_kern_cv_timedwaitbt_sig(kcondvar_t *cv, kmutex_t *m,
    struct bintime *bt, const struct bintime *epsilon)
{
	(void)epsilon;
	return cv_sleepbt(cv, m, PUFFSMSG__SLEEP_SIG, bt);
}

/*
 * The condvar is not touched any more once a waiter has been claimed.
 */
static void *
claim_one(kcondvar_t *cv)
{
	struct puffsmsg__sleepq *sq = queue_of(cv);
	void *token = NULL;

	while (token == NULL && !puffsmsg__sleepq_empty(sq)) {
		struct lwp *l = TAILQ_FIRST(&sq->sq_lwps);

		puffsmsg__sleepq_leave(sq, l);
		puffsmsg__store32(&cv->cv_waiters, cv->cv_waiters - 1);
		token = puffsmsg__sleep_claim(l);
	}
	return token;
}

void
puffsmsg_kern_cv_signal(kcondvar_t *cv)
{
	kmutex_t *lock = puffsmsg__sleeptab_lock(cv);
	void *token;

	check(cv, "cv_signal");
	if (puffsmsg__load32(&cv->cv_waiters) == 0)
		return;
	puffsmsg_kern_mutex_enter(lock);
	token = claim_one(cv);
	puffsmsg_kern_mutex_exit(lock);
	puffsmsg__sleep_unblock(token);
}

void
puffsmsg_kern_cv_broadcast(kcondvar_t *cv)
{
	kmutex_t *lock = puffsmsg__sleeptab_lock(cv);

	check(cv, "cv_broadcast");
	if (puffsmsg__load32(&cv->cv_waiters) == 0)
		return;
	puffsmsg_kern_mutex_enter(lock);
	puffsmsg__store32(&cv->cv_waiters, 0);
	puffsmsg__sleepq_wake_all(queue_of(cv));
	puffsmsg_kern_mutex_exit(lock);
}

bool
puffsmsg_kern_cv_has_waiters(kcondvar_t *cv)
{
	return puffsmsg__load32(&cv->cv_waiters) != 0;
}

bool
puffsmsg_kern_cv_is_valid(kcondvar_t *cv)
{
	return cv->cv_magic == MAGIC;
}

const char *
puffsmsg_kern_cv_wmesg(const kcondvar_t *cv)
{
	return cv->cv_wmesg;
}
