/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LOCKSTEP_H
#define LOCKSTEP_H

/*
 * Threads that are moved by the test alone: each is held at an exact place of
 * the library until it is let go, and the test knows when nothing moves any
 * more.  Time passes only when the test says so.
 *
 *	ls_start(&a, fn, arg, 3);	up to its third place
 *	ls_settle();
 *	ls_start(&b, fn, arg, 0);	as far as it can
 *	ls_settle();
 *	if (ls_state(&b) == LS_ASLEEP) ... it waits for a
 *	ls_go(&a, 0);
 *	ls_settle();
 *	ls_join(&a); ls_join(&b);
 *
 * Places are: after each leaving of a lock of the mount (of pmp_lock and of
 * sop_lock); before each taking of one, if the thread has done anything since
 * its last place, such as waking another; before each sleep; before the joining
 * of a thread; and wherever the test calls ls_place.  No lock is held there.
 *
 * What is waited for here is a thread's own doing, never time: a deadlock is
 * seen as such (all asleep), at once.
 */

#include "msgfix.h"

enum ls_state {
	LS_RUNNING,
	LS_HELD,
	LS_ASLEEP,  /* in the host's block, and nobody has unblocked it */
	LS_JOINING, /* waits for a thread of the library to end */
	LS_ENDED,
};

struct ls_thread {
	void (*fn)(void *);
	void *arg;
	pthread_t thread;
	int32_t lid;  /* of the lwp; not of adopted ones */
	bool adopted; /* the library made it, and will join it */
	bool busy;    /* its own: has done something since its last place */
	/* Under the lock of lockstep.c. */
	enum ls_state state;
	unsigned left; /* places until it is held; 0: never */
	bool unblocked;
	uint64_t deadline; /* of its sleep */
	pthread_cond_t wake;
};

/*
 * In place of fix_init and fix_fini.  fini: all threads must have ended and
 * been joined.
 */
void ls_init(void);
void ls_fini(void);
/* The mount whose locks make places; NULL: none.  Only while nobody moves. */
void ls_watch(struct puffs_mount *mount);

/* Starts a thread that runs fn(arg), up to its n-th place (0: to its end). */
void ls_start(struct ls_thread *t, void (*fn)(void *), void *arg, unsigned n);
/* The next thread that the library makes is to be `t', held at once. */
void ls_adopt(struct ls_thread *t);
/*
 * Lets a thread go, up to the n-th place from here (0: for good); if it is not
 * held, it is to be held there.
 */
void ls_go(struct ls_thread *t, unsigned n);
void ls_join(struct ls_thread *t);

/* Returns when nobody runs. */
void ls_settle(void);
enum ls_state ls_state(struct ls_thread *t);
/* Whether it is held, asleep or joining: it has not come to its end. */
bool ls_stays(struct ls_thread *t);
/* It is that much later, and whoever slept until then runs. */
void ls_advance(uint64_t ns);
/* How long until the first sleep of all that has a deadline ends; 0: never. */
uint64_t ls_next(void);

/* By a thread of ours: a place; and a place where it is held in any case. */
void ls_place(void);
void ls_hold(void);

#endif /* LOCKSTEP_H */
