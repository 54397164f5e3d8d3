/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_WALK_H
#define TREECOPY_WALK_H

/*
 * Walks the tree that a file server exports, with several caller threads and
 * through messages only.
 *
 * Directories that are open are on a stack; each thread takes the next entry of
 * the topmost one.  So the walk goes deep first, and what is open at a time
 * grows with the depth of the tree, not with its size.
 *
 * Keys:
 *	:	stable while the directory is on the walk
 *	w	w_lock
 *	v	the visitor's
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client.h"
#include "halt.h"
#include "names.h"
#include "trail.h"

struct wdir {
	struct trail d_trail;   /* : its name and those above */
	struct wdir *d_parent;  /* : NULL for the root */
	char *d_name;           /* : */
	uint64_t d_cookie;      /* : */
	struct names d_names;   /* : of its entries */
	size_t d_next;          /* w: first entry that nobody has taken */
	size_t d_active;        /* w: entries taken and not finished */
	struct wdir *d_below;   /* w: next on the stack */
	struct wdir *d_after;   /* w: next of all that are not finished */
	struct wdir **d_before; /* w: what points here */
	void *d_own;            /* v: starts as NULL */
};

/*
 * What is done on the way.  Called by any of the callers' threads, at the same
 * time for different entries, for one directory in this order: enter, its
 * entries, leave.  False ends the walk; the reason has been given to the
 * walk's halt then.
 */
struct visitor {
	bool (*v_enter)(void *arg, struct client *client, struct wdir *dir);
	/* Everything but directories. */
	bool (*v_entry)(void *arg, struct client *client, struct wdir *dir,
	    const char *name, const struct found *found);
	bool (*v_leave)(void *arg, struct client *client, struct wdir *dir);
	/* Instead of leave, when the walk ended early.  May be NULL. */
	void (*v_drop)(void *arg, struct wdir *dir);
};

struct walk_options {
	struct puffs_mount *mount;
	size_t maxmsg;     /* the mount's, bytes */
	uint64_t root;     /* cookie */
	const char *path;  /* of the root, for messages */
	unsigned ncallers; /* at least 1 */
	struct halt *halt;
	const struct visitor *visitor;
	void *arg; /* the visitor's */
};

/*
 * Returns when all is done (0) or the walk was halted (not 0), with all callers
 * gone.  What they counted is added to *sum.
 */
int walk_run(const struct walk_options *options, struct stats *sum);

/*
 * Halts the walk because of `name' in `dir' (NULL: the directory itself).
 * `root', if not NULL, stands in place of the walk's path.  Returns false.
 */
bool walk_error(struct halt *halt, const struct wdir *dir, const char *root,
    const char *name, int error);
bool walk_failed(struct halt *halt, const struct wdir *dir, const char *root,
    const char *name, const char *reason);

#endif /* TREECOPY_WALK_H */
