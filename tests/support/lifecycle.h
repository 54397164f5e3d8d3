/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIFECYCLE_H
#define LIFECYCLE_H

/*
 * What ends a mount, each of its ends by a thread of lockstep.h, and the mounts
 * that they meet on.
 */

#include <stdatomic.h>

#include "lockstep.h"
#include "serverreq.h"

enum life_op {
	PLAIN,   /* unmount */
	FORCED,  /* unmount by force */
	CLOSE,   /* the server's end */
	SERVER,  /* the server's own UNMOUNT: its sop thread */
	REQUEST, /* the same: the thread that dispatches it */
	LOSS,    /* puffs_userdead */
	DESTROY,
	LIFE_OPS,
};
extern const char *const life_opname[LIFE_OPS];

/* What the mount is, and what its server does, when they come. */
enum life_world {
	AGREES,    /* RUNNING; its server says yes to unmounts */
	REFUSES,   /* says EBUSY */
	MUTE,      /* reads, and never answers */
	SILENT,    /* nobody reads */
	UNSTARTED, /* not started */
	DEAD,      /* its server is lost, it is not torn down */
	TORNDOWN,
	LIFE_WORLDS,
};
extern const char *const life_worldname[LIFE_WORLDS];

/* In nanoseconds; the mount's grace time. */
#define LIFE_GRACE UINT64_C(1000000000)

struct life;
struct life_call {
	struct life *life;
	enum life_op op;
	struct ls_thread own;
	struct ls_thread *t; /* who does it: `own', or the sop thread */
	int error;
};

/*
 * A mount (fix_mount) in its world.  The server's thread, if there is one,
 * keeps a reference like every transport.
 */
struct life {
	enum life_world world;
	struct puffsmsg_mount_options opt;
	struct ls_thread sop, server;
	struct fix_frame kept; /* the last message of a caller's that it read */
	bool serving;          /* there is a server's thread */
	atomic_uint asked;     /* unmounts that the server has read */
	atomic_uint notes;     /* calls of notify while not RUNNING */
	atomic_uint losses;    /* calls of serverlost */
	atomic_uint heard; /* answers to its UNMOUNT with 0 that it has read */
	bool watching;     /* notes are counted */
	bool sopheld;      /* the sop thread, where it first sleeps */
	bool destroyed;    /* there is no mount any more */
};

/*
 * Makes the world; its threads have come to rest.  `opt' NULL: defaults, but
 * for the grace time.  Of `opt' notify and serverlost are the life's.
 *
 * The sop thread is held before its first sleep, until a SERVER says how far it
 * is to go, or it is let go.
 */
void life_begin(struct life *lf, enum life_world world,
    const struct puffsmsg_mount_options *opt);
void life_freesop(struct life *lf);
/* From now on there is a server, of AGREES, REFUSES or MUTE. */
void life_serve(struct life *lf, enum life_world world);
/*
 * Nothing is left: everything that ends a mount returns 0 once more, and the
 * accounts are square.  Destroys the mount unless that has been done.
 */
void life_end(struct life *lf);

/* Starts a call, up to its n-th place (0: without stop). */
void life_call(struct life *lf, struct life_call *c, enum life_op op,
    unsigned n);
/* Whether it is held, at its place. */
bool life_held(struct life_call *c);
/* Whether it has returned, the sop thread included. */
bool life_returned(struct life_call *c);
/* Lets it go, if it is held; it is not held again. */
void life_go(struct life_call *c);
/*
 * Until all of the calls have returned.  Time passes as they need it, if their
 * server does not answer; what waits for ever then is interrupted by a signal.
 * With a server that answers neither happens: a deadlock is a failure.
 */
void life_finish(struct life *lf, struct life_call *calls, unsigned n);
/* Until the call is held, has returned, or sleeps without end. */
void life_run(struct life *lf, struct life_call *c);
/*
 * Wakes a call that sleeps on the mount's condition for nothing: it sleeps
 * again.
 */
void life_poke(struct life *lf, struct life_call *c);
/*
 * Interrupts a plain unmount that waits for a server that does not answer;
 * false if it is none.
 */
bool life_interrupt(struct life *lf, struct life_call *c);
/*
 * What it returned, as a letter.  0: '0', EBUSY: 'B', PUFFSMSG_ERESTART: 'R',
 * ENXIO: 'X', EINTR: 'I'.
 */
char life_result(struct life_call *c);

/* The first place where the call keeps the mount. */
unsigned life_firstplace(enum life_op op);
/* Fails, naming the place: what comes here is no test that may go on. */
void life_fail(struct life *lf, const char *why);

#endif /* LIFECYCLE_H */
