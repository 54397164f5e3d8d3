/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNWORLD_H
#define KERNWORLD_H

/*
 * The shim alone, on a pthread host whose clock stands still until the test
 * moves it, with threads that can be held at exact places and whose sleep can
 * be looked at: for the contracts of the kernel's calls.
 *
 * kw_setup and kw_teardown fit cmocka; the latter asserts that all memory has
 * been given back.  Needs puffsmsg_testing and KERN.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "gate.h"
#include "kern/kern.h"

/* A tick of hardclock, in nanoseconds. */
#define KW_TICK UINT64_C(10000000)

int kw_setup(void **state);
int kw_teardown(void **state);

/* Where a thread is held. */
enum kw_place {
	KW_NOWHERE = 0,
	KW_ENTER,   /* before it tries a mutex */
	KW_WAIT,    /* before it waits for one that another holds */
	KW_EXITED,  /* after it has left one */
	KW_BLOCK,   /* before it sleeps */
	KW_UNBLOCK, /* before it wakes another */
};

/*
 * A thread, which is an lwp.  It does not end before kw_join, so that one may
 * look at its lwp.
 */
struct kw_thread {
	pthread_t thread;
	void (*fn)(void *);
	void *arg;
	struct lwp *lwp;
	int32_t lid;
	struct gate started, held, let_go, leave;
	enum kw_place place; /* changed only while it does not run */
	const void *mutex;   /* the host's; NULL: any */
	unsigned left;       /* calls until it is held */
	unsigned stops;      /* so far */
	atomic_uint blocks;  /* times that it began to sleep in the host */
	atomic_uint_fast64_t deadline; /* of the last of them */
	atomic_bool returned;
};

/* Starts a thread that runs fn(arg), without waiting for anything. */
void kw_start(struct kw_thread *t, void (*fn)(void *), void *arg);
/*
 * Likewise, and returns when it is held at its n-th call of this kind (of this
 * mutex; NULL: of any).  kw_begin: does not wait for that; kw_await_held does.
 */
void kw_hold(struct kw_thread *t, void (*fn)(void *), void *arg,
    enum kw_place place, const kmutex_t *lock, unsigned n);
void kw_begin(struct kw_thread *t, void (*fn)(void *), void *arg,
    enum kw_place place, const kmutex_t *lock, unsigned n);
void kw_await_held(struct kw_thread *t);
/* Lets a held thread go. */
void kw_go(struct kw_thread *t);
/* When fn has returned, the thread may end. */
void kw_join(struct kw_thread *t);

bool kw_returned(struct kw_thread *t);
void kw_until_returned(struct kw_thread *t);

/* Whether its sleep is undecided: it sleeps, or is about to. */
bool kw_asleep(const struct kw_thread *t);
/* Returns when the thread sleeps in the host. */
void kw_until_asleep(struct kw_thread *t);
/*
 * The host's block returns for no reason; when this returns the thread has
 * gone back to sleep in the host (then true), or returned.
 */
bool kw_kick(struct kw_thread *t);

/* Time: kw_now is a value of the host's clock. */
uint64_t kw_now(void);
/* It is `ns' later, for all who sleep. */
void kw_advance(uint64_t ns);
/* Likewise, and `t', which sleeps, has noticed; as kw_kick. */
bool kw_advance_for(struct kw_thread *t, uint64_t ns);
/*
 * fn(arg) runs once, on whichever thread, just before `word' is changed by an
 * atomic update that may fail.
 */
void kw_before_update(const volatile uint32_t *word, void (*fn)(void *),
    void *arg);

#endif /* KERNWORLD_H */
