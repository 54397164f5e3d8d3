/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ACTOR_H
#define ACTOR_H

/*
 * Threads that make one call of the library each, free or held somewhere in
 * it (stopper.h), and what came of it.
 *
 *	struct actor a = { .mount = m, .frame = f, .rv = EIO };
 *	actor_hold(&a, actor_reply, STOPPER_EXITED, 1);    claimed, not ended
 *	...
 *	assert_int_equal(actor_end(&a), 0);
 */

#include "stopper.h"

struct actor {
	struct stopper s;
	void (*call)(void *);
	bool held; /* will be let go by actor_end */
	/* What to call with, as far as the call wants it. */
	struct puffs_mount *mount;
	struct puffs_msgpark *park;
	struct fix_frame frame;
	int rv;            /* of a reply; status of releaseout; flags */
	uint64_t deadline; /* of wait_until */
	/* What it returned; 0 if it returns nothing. */
	int error;
	bool returned;
	int sig;        /* taken after it had returned, or 0 */
	uint32_t sleep; /* the number of its sleep; see actor_sleeps */
};

/* The calls. */
void actor_enqueue(void *);
void actor_wait(void *);
void actor_wait_until(void *); /* not interruptible, until `deadline' */
void actor_read(void *);       /* blocking, into the frame */
void actor_reply(void *);      /* the frame, with `rv' */
void actor_dispatch(void *);   /* the frame as it is */
void actor_releaseout(void *);
void actor_userdead(void *);
void actor_close(void *);
void actor_unmount(void *);
void actor_destroy(void *);

/* Runs freely. */
void actor_start(struct actor *a, void (*fn)(void *));
/* Returns when it is held at its n-th call on the mount's lock. */
void actor_hold(struct actor *a, void (*fn)(void *), enum stopper_call call,
    unsigned n);
/* Likewise, without waiting for that: for stopper_await. */
void actor_begin(struct actor *a, void (*fn)(void *), enum stopper_call call,
    unsigned n);
/* Runs the call on the thread of the test. */
int actor_do(struct actor *a, void (*fn)(void *));
/* Whether the call has returned. */
bool actor_returned(struct actor *a);
/* Lets it go, if it is held; joins it; its error. */
int actor_end(struct actor *a);
/* Lets it go, if it is held, and joins it; it must have been cancelled. */
void actor_end_cancelled(struct actor *a);

/*
 * Waits: actor_sleeps: until it sleeps for its park; notes which sleep it is.
 * actor_sleeps_again: until it sleeps for it once more, or has returned, which
 * fails.
 */
void actor_sleeps(struct actor *a);
void actor_sleeps_again(struct actor *a);

#endif /* ACTOR_H */
