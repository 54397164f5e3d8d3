/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_WALK_PRIVATE_H
#define TREECOPY_WALK_PRIVATE_H

#include "walk.h"

/* A walk's directories: those with entries to be taken, and all. */
struct walkdirs {
	pthread_mutex_t w_lock;
	pthread_cond_t w_change; /* an entry to take, or none left, or halted */
	struct wdir *w_top;      /* w: the stack */
	struct wdir *w_all;      /* w: not finished */
	size_t w_live;           /* w: of those, and the root's before it is */
};

void walkdirs_init(struct walkdirs *dirs);
void walkdirs_destroy(struct walkdirs *dirs);

/* A directory called `name' in `parent'; NULL without memory. */
struct wdir *wdir_new(struct wdir *parent, const char *name, uint64_t cookie);
/* Of one that no list has (any more). */
void wdir_free(struct wdir *dir);

/*
 * Puts a directory whose names are known on the lists.  One entry counts as
 * taken until walkdirs_done: it is the putting itself.
 */
void walkdirs_push(struct walkdirs *dirs, struct wdir *dir);
/* The root is there now, or never will be. */
void walkdirs_rooted(struct walkdirs *dirs);

/* The next entry; waits for one.  False: there are none any more, or halted. */
bool walkdirs_take(struct walkdirs *dirs, struct halt *halt, struct wdir **dir,
    size_t *index);
/* An entry is finished; true: it was the last of its directory. */
bool walkdirs_done(struct walkdirs *dirs, struct wdir *dir);
/* The directory is finished: takes it off the lists. */
void walkdirs_remove(struct walkdirs *dirs, struct wdir *dir);

/* Wakes who waits in take. */
void walkdirs_wake(struct walkdirs *dirs);

#endif /* TREECOPY_WALK_PRIVATE_H */
