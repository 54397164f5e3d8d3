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
 *	      spares: bare memory, up to pc_lowat   pc_lock
 *	        |
 *	host: memalloc, memfree
 *
 * A magazine is an array of constructed objects.  `loaded' has any number of
 * them, `previous' is full or empty, so that gets and puts in turn at either
 * end stay off the depot.  A magazine in the depot's full list has at least
 * one object: that of an lwp which ended may not be full.
 *
 * kmem(9) is a row of such pools, one for each of a few sizes, in slots of
 * their own behind those of the others: they have no constructors and are
 * never destroyed, and all else is the same.
 *
 * So it is in the mode CACHED.  In the two others every put destructs, no
 * magazine is ever loaded, and each object stands between guards:
 *
 *	| shift | guard | object, pc_objsize | redzone |
 *	                ^ what the caller has
 *
 *	DIRECT   no redzone.  The memory goes to the host at once, where a
 *	         sanitizer sees a use after it.
 *	CHECKED  the object is filled with a pattern and is kept in pc_quar
 *	         until PUFFSMSG__QUARANTINE others have been put, or less:
 *	         invalidate, drain and destroy end it.  Who writes into it
 *	         meanwhile is noticed then.
 *
 * Keys:  (: stable   c: pc_lock   P: pools_lock (pool_cache.c)   a: atomic
 *        c* written under pc_lock, read with atomics
 *        l* written by the lwp that has it loaded (c: in the depot), atomic
 */

#include "kern/kern_private.h"

#include <sys/condvar.h>
#include <sys/queue.h>

#define PUFFSMSG__ROUNDS     32u /* objects of a magazine */
#define PUFFSMSG__DEPOT_FULL 64u /* full magazines that a depot keeps */
#define PUFFSMSG__QUARANTINE 32u /* objects of a quarantine */
#define PUFFSMSG__NOLIMIT    UINT32_MAX

enum puffsmsg__memmode {
	PUFFSMSG__MEM_CACHED,
	PUFFSMSG__MEM_DIRECT,
	PUFFSMSG__MEM_CHECKED,
};

/* Of pools that are made, and of a library that is started, from now on. */
extern enum puffsmsg__memmode puffsmsg__memmode;

struct puffsmsg__magazine {
	LIST_ENTRY(puffsmsg__magazine) mg_all;   /* c: pc_all */
	SLIST_ENTRY(puffsmsg__magazine) mg_next; /* c: depot list */
	uint32_t mg_count;                       /* l*: objects */
	void *mg_objs[PUFFSMSG__ROUNDS];         /* as mg_count */
};

SLIST_HEAD(puffsmsg__magazines, puffsmsg__magazine);

/* Bare memory of pc_rawsize bytes. */
struct puffsmsg__spare {
	SLIST_ENTRY(puffsmsg__spare) sp_next; /* c: */
};

/* Objects that were put, the oldest at qr_first. */
struct puffsmsg__quarantine {
	unsigned qr_first;                   /* c: */
	unsigned qr_count;                   /* c: */
	void *qr_objs[PUFFSMSG__QUARANTINE]; /* c: */
};

struct pool_cache {
	int pc_slot;                    /* (: of the table and l_mags, or -1 */
	enum puffsmsg__memmode pc_mode; /* (: */
	uint32_t pc_limit;              /* c*: of pc_objs */
	bool pc_mags;                   /* (: l_mags[pc_slot] is in use */
	size_t pc_objsize;              /* (: of kmem's, guarded: any */
	size_t pc_shift;                /* (: object's offset in its memory */
	size_t pc_tail;                 /* (: redzone */
	size_t pc_rawsize;              /* (: of all that */
	size_t pc_align;                /* (: of the memory */
	const char *pc_name;            /* (: */
	int (*pc_ctor)(void *, void *, int); /* (: */
	void (*pc_dtor)(void *, void *);     /* (: */
	void *pc_arg;                        /* (: */
	uint32_t pc_objs; /* a: constructed objects, wherever they are */
	unsigned pc_busy; /* P: drains in progress */
	kmutex_t pc_lock;
	LIST_HEAD(, puffsmsg__magazine) pc_all; /* c: all magazines */
	struct puffsmsg__magazines pc_full;     /* c: */
	struct puffsmsg__magazines pc_empty;    /* c: */
	uint32_t pc_nfull;                      /* c*: */
	uint32_t pc_maxfull;                    /* c*: that are kept */
	/* pool_reserve.c */
	SLIST_HEAD(, puffsmsg__spare) pc_spares; /* c: */
	uint32_t pc_nspares;                     /* c*: */
	uint32_t pc_lowat;                       /* c*: spares that are kept */
	kcondvar_t pc_room;                      /* pc_objs < pc_limit */
	const char *pc_warning;                  /* c: said at the limit */
	uint64_t pc_warnevery;                   /* c: ns */
	uint64_t pc_warnnext;                    /* c: not before */
	/* pool_check.c */
	struct puffsmsg__quarantine pc_quar; /* c: */
};

/* pool_cache.c */

/* A pool of pc_slot -1, but for its lock. */
void puffsmsg__pool_setup(pool_cache_t pc, const char *name, size_t size,
    size_t align, size_t offset);
/*
 * Onto the table, at `slot' if that is not -1; pools_lock is held, or the
 * library is about to start.
 */
void puffsmsg__pool_enlist(pool_cache_t pc, int slot);
/* Off it.  From here on, and in dissolve, nobody gets or puts. */
void puffsmsg__pool_delist(pool_cache_t pc);
/* The end of all that is in it, and of its lock. */
void puffsmsg__pool_dissolve(pool_cache_t pc);

/* pool_object.c */

/* An object that no cache had, of `size' = pc_objsize but for kmem's. */
void *puffsmsg__pool_new(pool_cache_t pc, size_t size, int flags);
/* The end of one. */
void puffsmsg__pool_free(pool_cache_t pc, void *obj);
/* The end of all in the depot and in quarantine. */
void puffsmsg__pool_empty(pool_cache_t pc);

/* pool_magazine.c */

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

/*
 * The short way: what is loaded is the lwp's own, and nobody else writes its
 * count, so that it reads that without atomics.
 */
static inline void *
puffsmsg__mag_pop(struct puffsmsg__magazine *mg)
{
	uint32_t n;

	if (PUFFSMSG__UNLIKELY(mg == NULL || (n = mg->mg_count) == 0))
		return NULL;
	puffsmsg__store32_own(&mg->mg_count, --n);
	return mg->mg_objs[n];
}

static inline bool
puffsmsg__mag_push(struct puffsmsg__magazine *mg, void *obj)
{
	uint32_t n;

	if (PUFFSMSG__UNLIKELY(
		mg == NULL || (n = mg->mg_count) == PUFFSMSG__ROUNDS))
		return false;
	mg->mg_objs[n] = obj;
	puffsmsg__store32_own(&mg->mg_count, n + 1);
	return true;
}

/* pool_reserve.c */

/* One object more: false at the limit, unless `flags' let it wait. */
bool puffsmsg__pool_admit(pool_cache_t pc, int flags);
/* One object less. */
void puffsmsg__pool_leave(pool_cache_t pc);
/* A spare, or NULL. */
void *puffsmsg__spare_take(pool_cache_t pc);
/* Whether `raw' is wanted as a spare. */
bool puffsmsg__spare_keep(pool_cache_t pc, void *raw);
/* What is more than pc_lowat to the host. */
void puffsmsg__spare_trim(pool_cache_t pc);

/* pool_check.c: the modes DIRECT and CHECKED */

/* Bytes before an object in memory of this alignment. */
size_t puffsmsg__guard_room(size_t align);
#define PUFFSMSG__REDZONE 16u
/* Puts the guards round an object of `size'. */
void puffsmsg__guard_set(pool_cache_t pc, void *obj, size_t size);
/* That `obj' is one of `pc' that is out, and intact; its size. */
size_t puffsmsg__guard_check(pool_cache_t pc, void *obj, const char *call);
/* The size of an object, out or not. */
size_t puffsmsg__guard_size(const void *obj);
/* `obj' is out no more. */
void puffsmsg__guard_end(void *obj);
/*
 * `obj' goes in, unless it is too large; one that leaves for it, checked, or
 * NULL.  (obj itself, if it is too large.)
 */
void *puffsmsg__quarantine_put(pool_cache_t pc, void *obj);
/* The oldest, checked, if there are more than `keep'; or NULL. */
void *puffsmsg__quarantine_take(pool_cache_t pc, unsigned keep);

#endif /* PUFFSMSG_KERN_POOL_PRIVATE_H */
