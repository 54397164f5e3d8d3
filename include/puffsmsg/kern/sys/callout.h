/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_CALLOUT_H
#define PUFFSMSG_KERN_SYS_CALLOUT_H

/*
 * callout(9): functions that are called after some ticks.
 *
 * All are called by one thread of the library, "softclock", one after the
 * other, the earliest first, and those of the same time in the order in which
 * they were scheduled; with no lock held.  A function must not sleep: all
 * others would wait.  Calls of the message layer that would wait fail or panic
 * in it, as in a completion callback.  It may take locks, and schedule, stop,
 * destroy and free its own callout; once it has destroyed it, the memory may
 * be that of another one, though it goes on.
 *
 * A callout is, in any combination:
 *
 *	pending		scheduled, and its function was not called yet
 *	expired		its function was called; until it is scheduled or
 *			stopped the next time
 *	active		pending or expired
 *	invoking	its function was called; until callout_ack, or until
 *			it is scheduled the next time
 *
 * The first callout_init starts the thread, which sleeps while there is
 * nothing to do; nothing ticks.  No callout may be pending when the library
 * ends.
 *
 * Checked always: destroy of a callout that is pending, or whose function
 * runs elsewhere.  Checked with PUFFSMSG_DIAGNOSTIC: use before init or after
 * destroy, no function, negative ticks, unknown flags.
 *
 * From any thread.  Only callout_init and callout_halt may block; no call is
 * a cancellation point.
 */

#include <sys/mutex.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque; its size is part of the ABI.  c: the lock of all callouts. */
typedef struct callout {
	struct callout *c_child; /* c: */
	struct callout *c_next;  /* c: */
	struct callout *c_prev;  /* c: */
	void (*c_func)(void *);  /* c: */
	void *c_arg;             /* c: */
	uint64_t c_deadline;     /* c: nanoseconds of the host's clock */
	uint64_t c_number;       /* c: of the schedule */
	uint32_t c_flags;        /* c: */
	uint32_t c_magic;        /* (: */
} callout_t;

#define CALLOUT_MPSAFE 0x0100u /* all are */

#pragma GCC visibility push(default)
/* Waits for memory and for a thread, the first time; does not fail. */
void puffsmsg_kern_callout_init(callout_t *c, unsigned int flags);
void puffsmsg_kern_callout_destroy(callout_t *c);
/* What is called from now on.  For callout_schedule. */
void puffsmsg_kern_callout_setfunc(callout_t *c, void (*fn)(void *), void *arg);
/*
 * In `ticks' ticks (0: at once), and no more at the time that was meant
 * before.  Not earlier, and later only as far as the machine and other
 * callouts make it.
 */
void puffsmsg_kern_callout_schedule(callout_t *c, int ticks);
/* setfunc and schedule. */
void puffsmsg_kern_callout_reset(callout_t *c, int ticks, void (*fn)(void *),
    void *arg);
/*
 * No longer pending, expired or active.  Returns whether it was expired.  The
 * function may still run when stop returns.
 */
bool puffsmsg_kern_callout_stop(callout_t *c);
/*
 * The same, and waits until the function, if it runs, has returned; what it
 * schedules meanwhile is stopped too, before it is called.  Does not wait for
 * itself when called from a callout's function.  `interlock', a kmutex_t that
 * is held, or NULL, is released while it waits, and only if it must.  The
 * caller holds nothing that the function wants, and nobody else schedules it.
 */
bool puffsmsg_kern_callout_halt(callout_t *c, void *interlock);
bool puffsmsg_kern_callout_pending(callout_t *c);
bool puffsmsg_kern_callout_expired(callout_t *c);
bool puffsmsg_kern_callout_active(callout_t *c);
bool puffsmsg_kern_callout_invoking(callout_t *c);
/* No longer invoking. */
void puffsmsg_kern_callout_ack(callout_t *c);
#pragma GCC visibility pop

#define callout_init(c, flags)      puffsmsg_kern_callout_init(c, flags)
#define callout_destroy(c)          puffsmsg_kern_callout_destroy(c)
#define callout_setfunc(c, fn, arg) puffsmsg_kern_callout_setfunc(c, fn, arg)
#define callout_schedule(c, ticks)  puffsmsg_kern_callout_schedule(c, ticks)
#define callout_reset(c, ticks, fn, arg) \
	puffsmsg_kern_callout_reset(c, ticks, fn, arg)
#define callout_stop(c)            puffsmsg_kern_callout_stop(c)
#define callout_halt(c, interlock) puffsmsg_kern_callout_halt(c, interlock)
#define callout_pending(c)         puffsmsg_kern_callout_pending(c)
#define callout_expired(c)         puffsmsg_kern_callout_expired(c)
#define callout_active(c)          puffsmsg_kern_callout_active(c)
#define callout_invoking(c)        puffsmsg_kern_callout_invoking(c)
#define callout_ack(c)             puffsmsg_kern_callout_ack(c)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_CALLOUT_H */
