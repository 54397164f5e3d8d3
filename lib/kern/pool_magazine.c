/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Magazines of pool caches, in lwps and in depots; see pool_private.h.
 */

#include <string.h>

#include "kern/pool_private.h"

typedef struct puffsmsg__magazine magazine_t;

/* Anybody's magazine, at this moment. */
static uint32_t
count(const magazine_t *mg)
{
	return puffsmsg__load32_relaxed(&mg->mg_count);
}

static uint32_t
full_ones(const struct pool_cache *pc)
{
	return puffsmsg__load32_relaxed(&pc->pc_nfull);
}

/* pc_lock is held. */
static void
set_full_ones(pool_cache_t pc, uint32_t n)
{
	puffsmsg__store32_relaxed(&pc->pc_nfull, n);
}

static bool
has_some(const magazine_t *mg)
{
	return mg != NULL && mg->mg_count > 0;
}

static bool
has_room(const magazine_t *mg)
{
	return mg != NULL && mg->mg_count < PUFFSMSG__ROUNDS;
}

static void
swap(struct puffsmsg__lwpmags *lm)
{
	magazine_t *mg = lm->loaded;

	lm->loaded = lm->previous;
	lm->previous = mg;
}

/* Into the list of the depot where it belongs; pc_lock is held. */
static void
depot_put(pool_cache_t pc, magazine_t *mg)
{
	if (mg == NULL)
		return;
	if (mg->mg_count > 0) {
		SLIST_INSERT_HEAD(&pc->pc_full, mg, mg_next);
		set_full_ones(pc, pc->pc_nfull + 1);
	} else
		SLIST_INSERT_HEAD(&pc->pc_empty, mg, mg_next);
}

/* One off the full list, or NULL; pc_lock is held. */
static magazine_t *
depot_full(pool_cache_t pc)
{
	magazine_t *mg = SLIST_FIRST(&pc->pc_full);

	if (mg != NULL) {
		SLIST_REMOVE_HEAD(&pc->pc_full, mg_next);
		set_full_ones(pc, pc->pc_nfull - 1);
	}
	return mg;
}

static magazine_t *
depot_empty(pool_cache_t pc)
{
	magazine_t *mg = SLIST_FIRST(&pc->pc_empty);

	if (mg != NULL)
		SLIST_REMOVE_HEAD(&pc->pc_empty, mg_next);
	return mg;
}

uint32_t
puffsmsg__pool_cached(pool_cache_t pc)
{
	const magazine_t *mg;
	uint32_t n = 0;

	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	LIST_FOREACH(mg, &pc->pc_all, mg_all)
		n += count(mg);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	return n;
}

/*
 * A full magazine from the depot into `loaded', which is empty.  The lock is
 * not worth its time when there is none, as while a pool grows.
 */
static bool
reload(pool_cache_t pc, struct puffsmsg__lwpmags *lm)
{
	magazine_t *mg;

	if (full_ones(pc) == 0)
		return false;
	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	mg = depot_full(pc);
	if (mg != NULL) {
		depot_put(pc, lm->previous);
		lm->previous = lm->loaded;
		lm->loaded = mg;
	}
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	return mg != NULL;
}

void *
puffsmsg__pool_take(pool_cache_t pc, struct lwp *l)
{
	struct puffsmsg__lwpmags *lm = &l->l_mags[pc->pc_slot];

	if (!has_some(lm->loaded)) {
		if (has_some(lm->previous))
			swap(lm);
		else if (!reload(pc, lm))
			return NULL;
	}
	return puffsmsg__mag_pop(lm->loaded);
}

static magazine_t *
new_magazine(void)
{
	magazine_t *mg = puffsmsg__memalloc(sizeof(*mg), _Alignof(magazine_t),
	    false);

	if (mg != NULL)
		memset(mg, 0, sizeof(*mg));
	return mg;
}

/*
 * `previous' to the depot for one of its empty ones, or for `fresh', which is
 * made if it has none.
 */
static magazine_t *
exchange(pool_cache_t pc, magazine_t *previous, magazine_t *fresh)
{
	magazine_t *mg = fresh;

	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	if (fresh != NULL)
		LIST_INSERT_HEAD(&pc->pc_all, fresh, mg_all);
	else
		mg = depot_empty(pc);
	if (mg != NULL)
		depot_put(pc, previous);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	return mg;
}

/*
 * An empty magazine into `loaded', which is full, as `previous' is that then
 * goes to the depot.  Not if the depot has enough.
 */
static bool
unload(pool_cache_t pc, struct puffsmsg__lwpmags *lm)
{
	magazine_t *mg;

	if (lm->previous != NULL &&
	    full_ones(pc) >= puffsmsg__load32_relaxed(&pc->pc_maxfull))
		return false;
	mg = exchange(pc, lm->previous, NULL);
	if (mg == NULL) {
		mg = new_magazine();
		if (mg == NULL)
			return false;
		(void)exchange(pc, lm->previous, mg);
	}
	lm->previous = lm->loaded;
	lm->loaded = mg;
	return true;
}

bool
puffsmsg__pool_keep(pool_cache_t pc, struct lwp *l, void *obj)
{
	struct puffsmsg__lwpmags *lm = &l->l_mags[pc->pc_slot];

	if (!has_room(lm->loaded)) {
		if (has_room(lm->previous))
			swap(lm);
		else if (!unload(pc, lm))
			return false;
	}
	return puffsmsg__mag_push(lm->loaded, obj);
}

void
puffsmsg__pool_yield(pool_cache_t pc, struct lwp *l)
{
	struct puffsmsg__lwpmags *lm = &l->l_mags[pc->pc_slot];

	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	depot_put(pc, lm->loaded);
	depot_put(pc, lm->previous);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	lm->loaded = NULL;
	lm->previous = NULL;
}

/* One magazine out of the depot and of the pool, or NULL. */
static magazine_t *
withdraw(pool_cache_t pc)
{
	magazine_t *mg;

	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	mg = depot_full(pc);
	if (mg == NULL)
		mg = depot_empty(pc);
	if (mg != NULL)
		LIST_REMOVE(mg, mg_all);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	return mg;
}

void
puffsmsg__pool_purge(pool_cache_t pc, void (*dispose)(pool_cache_t, void *))
{
	magazine_t *mg;
	void *obj;

	while ((mg = withdraw(pc)) != NULL) {
		while ((obj = puffsmsg__mag_pop(mg)) != NULL)
			dispose(pc, obj);
		puffsmsg__memfree(mg, sizeof(*mg));
	}
}
