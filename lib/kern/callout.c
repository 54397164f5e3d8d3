/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * callout(9).
 *
 * Pending callouts are in a heap; softclock, a kthread, sleeps until the first
 * one's deadline, calls its function, and so on.  Ticks are turned into
 * deadlines when a callout is scheduled, so that no wrap of ticks matters.
 *
 * The callout is not touched any more once its function has been called, since
 * that may free it, unless somebody halts it.  For halt its address stays in
 * `invoked' until the function has returned, or has destroyed the callout.
 *
 * callout_init starts the thread, since it may wait for one: schedule is
 * called where neither waiting nor failing is allowed.
 */

#include <errno.h>

#include "kern/callout_heap.h"
#include "kern/kern_private.h"

#include <sys/callout.h>
#include <sys/kthread.h>

#ifndef PUFFSMSG_DIAGNOSTIC
#define PUFFSMSG_DIAGNOSTIC 0
#endif

#define MAGIC 0x63616c6cu

/* c_flags, beside those of callout_init. */
#define PENDING  0x1u
#define FIRED    0x2u /* expired */
#define INVOKING 0x4u

/* c: callout_lock */
static kmutex_t callout_lock;
static struct puffsmsg__callheap heap;  /* c: all that are pending */
static uint32_t npending;               /* c: */
static uint64_t lastnumber;             /* c: of a schedule */
static struct callout *invoked;         /* c: its function runs */
static struct puffsmsg__sleepq idle;    /* c: softclock */
static struct puffsmsg__sleepq halting; /* c: await the end of invoked */
static bool ending;                     /* c: */
static struct lwp *softclock_lwp;       /* c: once it runs */
static struct lwp *softclock_thread;    /* c: to join */
static uint32_t started;                /* a: somebody starts it, or has */

int
puffsmsg__callout_init(void)
{
	heap.ch_first = NULL;
	npending = 0;
	invoked = NULL;
	puffsmsg__sleepq_init(&idle);
	puffsmsg__sleepq_init(&halting);
	ending = false;
	softclock_lwp = softclock_thread = NULL;
	started = 0;
	return puffsmsg__mutex_tryinit(&callout_lock);
}

void
puffsmsg__callout_fini(void)
{
	puffsmsg_kern_mutex_destroy(&callout_lock);
}

static void
lock(void)
{
	puffsmsg_kern_mutex_enter(&callout_lock);
}

static void
unlock(void)
{
	puffsmsg_kern_mutex_exit(&callout_lock);
}

/* Diagnostic: `c' is a callout. */
static void
check(const callout_t *c, const char *call)
{
	if (PUFFSMSG_DIAGNOSTIC && c->c_magic != MAGIC)
		puffsmsg__panic("%s: callout %p is not initialised", call,
		    (const void *)c);
}

/* Diagnostic: `fn' can be called after `ticks'. */
static void
check_schedule(const callout_t *c, int ticks, void (*fn)(void *))
{
	if (PUFFSMSG_DIAGNOSTIC && fn == NULL)
		puffsmsg__panic("callout %p: no function", (const void *)c);
	if (PUFFSMSG_DIAGNOSTIC && ticks < 0)
		puffsmsg__panic("callout %p: %d ticks", (const void *)c, ticks);
}

/* callout_lock is held. */
static void
unschedule(callout_t *c)
{
	if ((c->c_flags & PENDING) == 0)
		return;
	puffsmsg__callheap_remove(&heap, c);
	npending--;
	c->c_flags &= ~PENDING;
}

/* Whether it was expired.  callout_lock is held. */
static bool
stop(callout_t *c)
{
	bool expired = (c->c_flags & FIRED) != 0;

	unschedule(c);
	c->c_flags &= ~FIRED;
	return expired;
}

/* Its function has returned.  callout_lock is held. */
static void
returned(void)
{
	/* Who halts it keeps it; what is due is not called before he runs. */
	if (invoked != NULL && !puffsmsg__sleepq_empty(&halting))
		(void)stop(invoked);
	invoked = NULL;
	puffsmsg__sleepq_wake_all(&halting);
}

/* The first function that is due, with its callout's state as it then is. */
static void
invoke(callout_t *c)
{
	void (*fn)(void *) = c->c_func;
	void *arg = c->c_arg;
	struct lwp *l = softclock_lwp;

	unschedule(c);
	c->c_flags |= FIRED | INVOKING;
	invoked = c;
	unlock();
	l->l_nosleep++;
	fn(arg);
	l->l_nosleep--;
	lock();
	returned();
}

/* Until the deadline, or something changes that it does not know of. */
static void
sleep_until(uint64_t deadline)
{
	struct lwp *l = softclock_lwp;

	puffsmsg__sleepq_enter(&idle, l, 0);
	l->l_wmesg = "callout";
	unlock();
	(void)puffsmsg__sleep_wait(l, deadline);
	l->l_wmesg = NULL;
	lock();
	puffsmsg__sleepq_leave(&idle, l);
}

static void
softclock(void *arg)
{
	callout_t *c;

	(void)arg;
	lock();
	softclock_lwp = curlwp;
	while (!ending) {
		c = puffsmsg__callheap_first(&heap);
		if (c == NULL)
			sleep_until(PUFFSMSG_FOREVER);
		else if (c->c_deadline > puffsmsg__clock())
			sleep_until(c->c_deadline);
		else
			invoke(c);
	}
	unlock();
}

/* One caller at a time, and one per life of the library. */
static void
start_softclock(void)
{
	struct puffsmsg__memwait mw = { 0 };
	struct lwp *l;
	int error;

	while ((error = puffsmsg_kern_kthread_create(PRI_NONE,
		    KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL, softclock, NULL,
		    &l, "softclock")) != 0) {
		if (error != ENOMEM && error != EAGAIN)
			puffsmsg__panic("callout_init: error %d", error);
		puffsmsg__mem_wait(&mw, 0);
	}
	puffsmsg__mem_waited(&mw);
	lock();
	softclock_thread = l;
	unlock();
}

void
puffsmsg__softclock_end(void)
{
	void *token;

	if (puffsmsg__load32(&started) == 0)
		return;
	lock();
	ending = true;
	token = puffsmsg__sleepq_claim_one(&idle);
	unlock();
	puffsmsg__sleep_unblock(token);
	(void)puffsmsg_kern_kthread_join(softclock_thread);
	if (npending > 0)
		puffsmsg__panic("%u callouts are pending", (unsigned)npending);
}

void
puffsmsg_kern_callout_init(callout_t *c, unsigned int flags)
{
	if (PUFFSMSG_DIAGNOSTIC && (flags & ~CALLOUT_MPSAFE) != 0)
		puffsmsg__panic("callout_init: flags %#x", flags);
	c->c_func = NULL;
	c->c_flags = flags;
	c->c_magic = MAGIC;
	if (puffsmsg__load32(&started) == 0 && puffsmsg__cas32(&started, 0, 1))
		start_softclock();
}

void
puffsmsg_kern_callout_destroy(callout_t *c)
{
	check(c, "callout_destroy");
	lock();
	if ((c->c_flags & PENDING) != 0)
		puffsmsg__panic("callout_destroy: %p is pending", (void *)c);
	if (invoked == c && softclock_lwp != curlwp)
		puffsmsg__panic("callout_destroy: %p: its function runs",
		    (void *)c);
	if (invoked == c)
		invoked = NULL;
	c->c_magic = 0;
	unlock();
}

void
puffsmsg_kern_callout_setfunc(callout_t *c, void (*fn)(void *), void *arg)
{
	check(c, "callout_setfunc");
	check_schedule(c, 0, fn);
	lock();
	c->c_func = fn;
	c->c_arg = arg;
	unlock();
}

/*
 * Wakes softclock if it need not have known before.  callout_lock is held, and
 * left.
 */
static void
schedule_and_unlock(callout_t *c, int ticks)
{
	void *token = NULL;

	check_schedule(c, ticks, c->c_func);
	unschedule(c);
	c->c_flags = (c->c_flags & ~(FIRED | INVOKING)) | PENDING;
	c->c_deadline = puffsmsg__tickdeadline(ticks > 0 ? ticks : 0);
	c->c_number = ++lastnumber;
	puffsmsg__callheap_add(&heap, c);
	npending++;
	if (puffsmsg__callheap_first(&heap) == c)
		token = puffsmsg__sleepq_claim_one(&idle);
	unlock();
	puffsmsg__sleep_unblock(token);
}

void
puffsmsg_kern_callout_schedule(callout_t *c, int ticks)
{
	check(c, "callout_schedule");
	lock();
	schedule_and_unlock(c, ticks);
}

void
puffsmsg_kern_callout_reset(callout_t *c, int ticks, void (*fn)(void *),
    void *arg)
{
	check(c, "callout_reset");
	lock();
	c->c_func = fn;
	c->c_arg = arg;
	schedule_and_unlock(c, ticks);
}

bool
puffsmsg_kern_callout_stop(callout_t *c)
{
	bool expired;

	check(c, "callout_stop");
	lock();
	expired = stop(c);
	unlock();
	return expired;
}

/*
 * Until the function that runs has returned.  The interlock goes, if it is
 * held.  callout_lock is held before and after; the interlock is before it.
 */
static void
await_return(struct lwp *l, kmutex_t *interlock)
{
	puffsmsg__sleepq_enter(&halting, l, 0);
	l->l_wmesg = "callhalt";
	unlock();
	if (interlock != NULL)
		puffsmsg_kern_mutex_exit(interlock);
	(void)puffsmsg__sleep_wait(l, PUFFSMSG_FOREVER);
	l->l_wmesg = NULL;
	lock();
}

bool
puffsmsg_kern_callout_halt(callout_t *c, void *interlock)
{
	kmutex_t *held = interlock;
	struct lwp *l = curlwp;
	bool expired;

	check(c, "callout_halt");
	lock();
	expired = stop(c);
	while (invoked == c && softclock_lwp != l) {
		await_return(l, held);
		held = NULL;
	}
	unlock();
	if (held != interlock)
		puffsmsg_kern_mutex_enter(interlock);
	return expired;
}

static bool
has_flags(callout_t *c, uint32_t flags, const char *call)
{
	bool has;

	check(c, call);
	lock();
	has = (c->c_flags & flags) != 0;
	unlock();
	return has;
}

bool
puffsmsg_kern_callout_pending(callout_t *c)
{
	return has_flags(c, PENDING, "callout_pending");
}

bool
puffsmsg_kern_callout_expired(callout_t *c)
{
	return has_flags(c, FIRED, "callout_expired");
}

bool
puffsmsg_kern_callout_active(callout_t *c)
{
	return has_flags(c, PENDING | FIRED, "callout_active");
}

bool
puffsmsg_kern_callout_invoking(callout_t *c)
{
	return has_flags(c, INVOKING, "callout_invoking");
}

void
puffsmsg_kern_callout_ack(callout_t *c)
{
	check(c, "callout_ack");
	lock();
	c->c_flags &= ~INVOKING;
	unlock();
}
