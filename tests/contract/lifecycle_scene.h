/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LIFECYCLE_SCENE_H
#define LIFECYCLE_SCENE_H

/*
 * A message, or what else a mount may have to do with, in each place of its
 * life: how it gets there, its next step, and what becomes of it when the mount
 * ends.
 */

#include "lifecycle.h"

/* Who holds the thread that comes by, once. */
enum hook {
	HOOK_NONE,
	HOOK_OUT, /* translations */
	HOOK_IN,
	HOOK_CALLBACK,
	HOOK_PURGE,  /* the sop thread, for a flush */
	HOOK_LOOKUP, /* the sop thread, for an expiry */
};

struct scene {
	struct life life;
	bool destroying;            /* by destroy */
	struct puffs_msgpark *park; /* NULL once it was released */
	struct fix_frame frame;     /* what the place's own server has of it */
	bool inhand;
	struct ls_thread caller, reader, replier;
	bool has_caller, has_reader, has_replier;
	bool transport; /* a reference is held, until the next step is done */
	int error;      /* of the caller */
	int readerror;
	atomic_int hook;
	atomic_uint calls;   /* of the callback */
	atomic_uint lookups; /* of nodes */
	unsigned due;        /* of them */
	int rv;              /* of the last call */
};

/* The options of a scene's mount that make hooks. */
extern const struct puffsmsg_fsops scene_fsops;
extern const struct puffsmsg_translation scene_translation;

/* Threads' functions, of a scene. */
void caller_enqueues(void *);    /* and waits */
void caller_interrupted(void *); /* likewise, with a signal pending */
void caller_waits(void *);
void caller_answers(void *); /* a request of the server's */
void reader_reads(void *);
void reader_stays(void *); /* until the mount has died; it never answers */
void holder_stays(void *); /* likewise, with getout */

/* Starts the scene's thread of this kind, up to its n-th place (0: freely). */
void scene_caller(struct scene *s, void (*fn)(void *), unsigned n);
void scene_reader(struct scene *s, void (*fn)(void *), unsigned n);
/* Replies; it must be held: at its n-th place, or by a hook. */
void scene_replier(struct scene *s, unsigned n);
/* Interrupts the caller. */
void scene_interrupt(struct scene *s);

/* On the thread of the test: enqueue; getout; releaseout. */
void scene_enqueue(struct scene *s);
void scene_enqueue_called(struct scene *s); /* with a callback */
void scene_take(struct scene *s);
void scene_giveback(struct scene *s, int status);

/*
 * `outcomes' in letters: what becomes of the message, if the mount ends; and
 * `alive', if the server refuses.
 *
 *	X  ENXIO            A  answered, with ENOENT     I  EINTR
 *	D  not delivered, EIO
 *	-  nobody is told
 */
struct place {
	const char *name;
	void (*at)(struct scene *);
	void (*go)(struct scene *);
	const char *outcomes, *alive;
	unsigned flags;
};
#define NOT_DESTROY 0x1u /* nothing keeps the mount there */
#define TRANSPORT   0x2u /* the step is of a server with a reference */
#define TRANSLATED  0x4u
#define THE_SOP     0x8u  /* the sop thread is where it is */
#define NO_SERVER   0x10u /* the place's own takes all there is */

#define LIFE_PLACES 43
extern const struct place life_places[LIFE_PLACES];

#endif /* LIFECYCLE_SCENE_H */
