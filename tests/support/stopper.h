/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STOPPER_H
#define STOPPER_H

/*
 * Threads that are held at an exact place of the library: at their n-th call
 * of a function of the host, until the test lets them go.
 *
 *	stopper_start(&s, fn, arg, STOPPER_EXITED, &mount->pmp_lock, 1);
 *	... the thread has left the lock for the first time, and is held ...
 *	stopper_go(&s);
 *	stopper_join(&s);
 *
 * All places are such that the function itself holds no lock.  A held thread
 * is not cancelled there, but at the next cancellation point.
 */

#include "msgfix.h"

enum stopper_call {
	STOPPER_NONE = 0,
	STOPPER_ENTER,   /* before it takes a mutex */
	STOPPER_EXITED,  /* after it has left one */
	STOPPER_BLOCK,   /* before it sleeps */
	STOPPER_UNBLOCK, /* before it wakes another */
};

struct stopper {
	struct fix_thread t;
	void (*fn)(void *);
	void *arg;
	/* Where to stop; changed only while the thread does not run. */
	enum stopper_call call;
	const void *mutex; /* the host's; NULL: any */
	unsigned left;     /* calls until then */
	unsigned stops;    /* so far */
	struct gate held, let_go;
	unsigned awaited; /* the test's: stops that it has seen */
	bool ended;       /* in place of being held; published by the gate */
};

/*
 * In place of fix_setup; the end is fix_teardown.  stopper_init in place of
 * fix_init: the library alone.
 */
int stopper_setup(void **state);
void stopper_init(void);

/*
 * Starts a thread that runs fn(arg), and returns when it is held at its n-th
 * call of this kind (of this lock; NULL: of any).  It is an lwp by then.
 */
void stopper_start(struct stopper *s, void (*fn)(void *), void *arg,
    enum stopper_call call, const kmutex_t *lock, unsigned n);
/* As start, without waiting for it to be held: for stopper_await. */
void stopper_begin(struct stopper *s, void (*fn)(void *), void *arg,
    enum stopper_call call, const kmutex_t *lock, unsigned n);
/* Returns when the thread is held.  Fails if it ends without. */
void stopper_await(struct stopper *s);
/* Likewise, or when it has ended: then false. */
bool stopper_await_or_end(struct stopper *s);
/* Lets it go until it is held again, as with start. */
void stopper_step(struct stopper *s, enum stopper_call call,
    const kmutex_t *lock, unsigned n);
/* Lets it go for good. */
void stopper_go(struct stopper *s);
void stopper_join(struct stopper *s);
/* Both. */
void stopper_finish(struct stopper *s);

#endif /* STOPPER_H */
