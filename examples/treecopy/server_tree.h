/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SERVER_TREE_H
#define TREECOPY_SERVER_TREE_H

/*
 * What the file server knows of the files that its callers know of.
 *
 * A node is in the tables from the LOOKUP that first names it until RECLAIM
 * has given back as many lookups as were answered; it is freed once nobody
 * works on it and no child of it is left.  A node is its parent and its name:
 * files are reached by descriptors of their directories, so no path can be too
 * long, and what is found there must still be the file that was looked up.
 *
 * Keys:
 *	:	stable as long as the node is referenced
 *	t	t_lock
 *	n	n_lock
 * Lock order: n_lock, then t_lock; no two n_locks at a time.
 */

#include <sys/stat.h>
#include <sys/types.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "names.h"

#define TREE_BUCKETS  8192u
#define TREE_MAXNODES (1u << 20)

/* An open descriptor and how many use it. */
struct handle;

struct node {
	uint64_t n_cookie;     /* : */
	struct node *n_parent; /* : referenced; NULL for the root */
	char *n_name;          /* : */
	dev_t n_dev;           /* : */
	ino_t n_ino;           /* : */
	mode_t n_type;         /* : S_IFMT part */

	uint64_t n_lookups;        /* t: answered and not given back */
	uint64_t n_refs;           /* t: children, and operations under way */
	bool n_named;              /* t: found by its name too */
	struct node *n_nextcookie; /* t: in its bucket */
	struct node *n_nextname;   /* t: */

	pthread_mutex_t n_lock;
	struct handle *n_handle; /* n: from OPEN to INACTIVE */
	uint64_t n_opens;        /* n: OPENs without their CLOSE */
	struct names n_listing;  /* n: of a directory, from its first READDIR */
	bool n_listed;           /* n: n_listing was read */
};

struct tree {
	pthread_mutex_t t_lock;
	pthread_cond_t t_drained;              /* only the root is left */
	uint64_t t_lastcookie;                 /* t */
	size_t t_count;                        /* t: nodes in the tables */
	size_t t_maximum;                      /* t: greatest t_count */
	struct node *t_root;                   /* : */
	struct node *t_bycookie[TREE_BUCKETS]; /* t */
	struct node *t_byname[TREE_BUCKETS];   /* t */
};

/*
 * A tree whose root is the directory open at `fd', which it takes in any case.
 */
int tree_create(int fd, struct tree **tree);
/* Frees all nodes, whatever lookups are left.  Nobody else uses the tree. */
void tree_destroy(struct tree *tree);

/* The node of a cookie, referenced; ESTALE: there is none. */
int tree_find(struct tree *tree, uint64_t cookie, struct node **node);
void tree_unref(struct tree *tree, struct node *node);

/*
 * The node for what `st' says is called `name' in `parent', referenced and
 * with one more lookup.  ENFILE: too many nodes.
 */
int tree_lookup(struct tree *tree, struct node *parent, const char *name,
    const struct stat *st, struct node **node);
/* One more lookup of a node that is referenced. */
void tree_relookup(struct tree *tree, struct node *node);
/* Gives back `n' lookups, at most as many as there are. */
void tree_forget(struct tree *tree, struct node *node, uint64_t n);

/*
 * Waits until all lookups but the root's are given back, at most `seconds'.
 * Returns how many nodes are in the tables besides the root.
 */
size_t tree_drain(struct tree *tree, unsigned seconds);

#endif /* TREECOPY_SERVER_TREE_H */
