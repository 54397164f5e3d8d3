/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Magazines of pool caches, in lwps and in depots; see pool_private.h.
 */

#include <string.h>

#include "kern/pool_private.h"

typedef struct puffsmsg__magazine magazine_t;

static uint32_t
count(const magazine_t *mg)
{
	return puffsmsg__load32_relaxed(&mg->mg_count);
}

static void *
pop(magazine_t *mg)
{
	uint32_t n = count(mg) - 1;

	puffsmsg__store32_relaxed(&mg->mg_count, n);
	return mg->mg_objs[n];
}

static void
push(magazine_t *mg, void *obj)
{
	uint32_t n = count(mg);

	mg->mg_objs[n] = obj;
	puffsmsg__store32_relaxed(&mg->mg_count, n + 1);
}

static bool
has_some(const magazine_t *mg)
{
	return mg != NULL && count(mg) > 0;
}

static bool
has_room(const magazine_t *mg)
{
	return mg != NULL && count(mg) < PUFFSMSG__ROUNDS;
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
	if (count(mg) > 0) {
		SLIST_INSERT_HEAD(&pc->pc_full, mg, mg_next);
		pc->pc_nfull++;
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
		pc->pc_nfull--;
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

/* A full magazine from the depot into `loaded', which is empty. */
static bool
reload(pool_cache_t pc, struct puffsmsg__lwpmags *lm)
{
	magazine_t *mg;

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

	if (has_some(lm->loaded))
		return pop(lm->loaded);
	if (has_some(lm->previous))
		swap(lm);
	else if (!reload(pc, lm))
		return NULL;
	return pop(lm->loaded);
}

static magazine_t *
new_magazine(pool_cache_t pc)
{
	magazine_t *mg = puffsmsg__memalloc(sizeof(*mg), _Alignof(magazine_t),
	    false);

	if (mg == NULL)
		return NULL;
	memset(mg, 0, sizeof(*mg));
	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	LIST_INSERT_HEAD(&pc->pc_all, mg, mg_all);
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
	magazine_t *mg = NULL;
	bool room;

	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	room = lm->previous == NULL || pc->pc_nfull < PUFFSMSG__DEPOT_FULL;
	if (room)
		mg = depot_empty(pc);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	if (room && mg == NULL)
		mg = new_magazine(pc);
	if (mg == NULL)
		return false;
	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	depot_put(pc, lm->previous);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
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
	push(lm->loaded, obj);
	return true;
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

	while ((mg = withdraw(pc)) != NULL) {
		while (count(mg) > 0)
			dispose(pc, pop(mg));
		puffsmsg__memfree(mg, sizeof(*mg));
	}
}
