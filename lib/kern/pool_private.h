/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_POOL_PRIVATE_H
#define PUFFSMSG_KERN_POOL_PRIVATE_H

/*
 * A pool cache and how it keeps objects.
 *
 *	lwp:  l_mags[pc_slot]: loaded, previous     no lock, its lwp alone
 *	        |   full one out, empty one in, and back
 *	pool: depot of full and empty magazines     pc_lock
 *	        |   constructor, destructor
 *	host: memalloc, memfree
 *
 * A magazine is an array of constructed objects.  `loaded' has any number of
 * them, `previous' is full or empty, so that gets and puts in turn at either
 * end stay off the depot.  A magazine in the depot's full list has at least
 * one object: that of an lwp which ended may not be full.
 *
 * Keys:  (: stable   c: pc_lock   P: pools_lock (pool_cache.c)   a: atomic
 *        l* written by the lwp that has it loaded (c: in the depot), atomic
 */

#include "kern/kern_private.h"

#include <sys/queue.h>

#define PUFFSMSG__ROUNDS     16u  /* objects of a magazine */
#define PUFFSMSG__DEPOT_FULL 128u /* full magazines that a depot keeps */

struct puffsmsg__magazine {
	LIST_ENTRY(puffsmsg__magazine) mg_all;   /* c: pc_all */
	SLIST_ENTRY(puffsmsg__magazine) mg_next; /* c: depot list */
	uint32_t mg_count;                       /* l*: objects */
	void *mg_objs[PUFFSMSG__ROUNDS];         /* as mg_count */
};

SLIST_HEAD(puffsmsg__magazines, puffsmsg__magazine);

struct pool_cache {
	size_t pc_size;      /* (: allocation, with pc_shift */
	size_t pc_align;     /* (: */
	size_t pc_shift;     /* (: object's offset in the allocation */
	int pc_slot;         /* (: of l_mags and the table; -1: no caching */
	const char *pc_name; /* (: */
	int (*pc_ctor)(void *, void *, int); /* (: */
	void (*pc_dtor)(void *, void *);     /* (: */
	void *pc_arg;                        /* (: */
	uint32_t pc_objs; /* a: constructed objects, wherever they are */
	unsigned pc_busy; /* P: drains in progress */
	kmutex_t pc_lock;
	LIST_HEAD(, puffsmsg__magazine) pc_all; /* c: all magazines */
	struct puffsmsg__magazines pc_full;     /* c: */
	struct puffsmsg__magazines pc_empty;    /* c: */
	unsigned pc_nfull;                      /* c: */
};

/* Objects that lie in magazines. */
uint32_t puffsmsg__pool_cached(pool_cache_t pc);
/* A cached object for `l' = curlwp, or NULL. */
void *puffsmsg__pool_take(pool_cache_t pc, struct lwp *l);
/* Whether `obj' could be kept. */
bool puffsmsg__pool_keep(pool_cache_t pc, struct lwp *l, void *obj);
/* `l' = curlwp gives its magazines of the pool to the depot. */
void puffsmsg__pool_yield(pool_cache_t pc, struct lwp *l);
/* Frees the depot's magazines; their objects go to `dispose' with no lock. */
void puffsmsg__pool_purge(pool_cache_t pc,
    void (*dispose)(pool_cache_t, void *));

#endif /* PUFFSMSG_KERN_POOL_PRIVATE_H */
