/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * pool_cache(9): objects, from the host's memory to the caller and back.
 */

#include "kern/pool_private.h"

/* The memory of an object of any size. */
static void
release(pool_cache_t pc, void *obj)
{
	void *raw = (char *)obj - pc->pc_shift;
	size_t size = pc->pc_rawsize;

	if (pc->pc_mode != PUFFSMSG__MEM_CACHED)
		size += puffsmsg__guard_size(obj) - pc->pc_objsize;
	if (!puffsmsg__spare_keep(pc, raw))
		puffsmsg__memfree(raw, size);
}

/*
 * The host first, so that the spares are there when it has nothing left.
 * They are behind a lock, which is only for lwps.
 */
static void *
memory(pool_cache_t pc, size_t size, bool islwp, bool wait)
{
	void *raw = puffsmsg__memalloc(size, pc->pc_align, false);

	if (raw == NULL && islwp)
		raw = puffsmsg__spare_take(pc);
	if (raw == NULL && wait)
		raw = puffsmsg__memalloc_wait(size, pc->pc_align);
	return raw;
}

/* The memory of a new object, with its guards if it is to have some. */
static void *
bare(pool_cache_t pc, size_t size, int flags)
{
	bool islwp = puffsmsg__host->lwp_get() != NULL;
	void *old = NULL;
	char *obj;

	if (islwp && pc->pc_mode == PUFFSMSG__MEM_CHECKED)
		old = puffsmsg__quarantine_take(pc, PUFFSMSG__QUARANTINE - 1);
	if (old != NULL)
		release(pc, old);
	obj = memory(pc, pc->pc_rawsize + size - pc->pc_objsize, islwp,
	    (flags & (int)PR_NOWAIT) == 0);
	if (obj == NULL)
		return NULL;
	obj += pc->pc_shift;
	if (pc->pc_mode != PUFFSMSG__MEM_CACHED)
		puffsmsg__guard_set(pc, obj, size);
	return obj;
}

void *
puffsmsg__pool_new(pool_cache_t pc, size_t size, int flags)
{
	void *obj;

	if (!puffsmsg__pool_admit(pc, flags))
		return NULL;
	obj = bare(pc, size, flags);
	if (obj != NULL && pc->pc_ctor != NULL &&
	    pc->pc_ctor(pc->pc_arg, obj, flags) != 0) {
		release(pc, obj);
		obj = NULL;
	}
	if (obj == NULL)
		puffsmsg__pool_leave(pc);
	return obj;
}

void
puffsmsg__pool_free(pool_cache_t pc, void *obj)
{
	if (pc->pc_dtor != NULL)
		pc->pc_dtor(pc->pc_arg, obj);
	if (pc->pc_mode != PUFFSMSG__MEM_CACHED)
		puffsmsg__guard_end(obj);
	if (pc->pc_mode == PUFFSMSG__MEM_CHECKED && puffsmsg__lwp_tryattach())
		obj = puffsmsg__quarantine_put(pc, obj);
	if (obj != NULL)
		release(pc, obj);
	puffsmsg__pool_leave(pc);
}

/* An lwp if that is to be had, NULL only if not `wait'. */
static struct lwp *
self(bool wait)
{
	if (wait)
		return curlwp;
	(void)puffsmsg__lwp_tryattach();
	return puffsmsg__host->lwp_get();
}

/* Apart: what is loaded has none, or is not there. */
static void *get_slowly(pool_cache_t pc, int flags)
    __attribute__((__noinline__));
static void put_slowly(pool_cache_t pc, void *obj)
    __attribute__((__noinline__));

static void *
get_slowly(pool_cache_t pc, int flags)
{
	struct lwp *l = NULL;
	void *obj = NULL;

	if (pc->pc_mags)
		l = self((flags & (int)PR_NOWAIT) == 0);
	if (l != NULL)
		obj = puffsmsg__pool_take(pc, l);
	return obj != NULL ? obj
			   : puffsmsg__pool_new(pc, pc->pc_objsize, flags);
}

static void
put_slowly(pool_cache_t pc, void *obj)
{
	struct lwp *l = pc->pc_mags ? self(false) : NULL;

	if (pc->pc_mode != PUFFSMSG__MEM_CACHED)
		(void)puffsmsg__guard_check(pc, obj, "pool_cache_put");
	if (l == NULL || !puffsmsg__pool_keep(pc, l, obj))
		puffsmsg__pool_free(pc, obj);
}

void *
puffsmsg_kern_pool_cache_get(pool_cache_t pc, int flags)
{
	struct lwp *l = puffsmsg__host->lwp_get();
	void *obj = NULL;

	if (l != NULL && pc->pc_mags)
		obj = puffsmsg__mag_pop(l->l_mags[pc->pc_slot].loaded);
	return obj != NULL ? obj : get_slowly(pc, flags);
}

void
puffsmsg_kern_pool_cache_put(pool_cache_t pc, void *obj)
{
	struct lwp *l = puffsmsg__host->lwp_get();

	if (l == NULL || !pc->pc_mags ||
	    !puffsmsg__mag_push(l->l_mags[pc->pc_slot].loaded, obj))
		put_slowly(pc, obj);
}

void
puffsmsg_kern_pool_cache_destruct_object(pool_cache_t pc, void *obj)
{
	if (pc->pc_mode != PUFFSMSG__MEM_CACHED)
		(void)puffsmsg__guard_check(pc, obj,
		    "pool_cache_destruct_object");
	puffsmsg__pool_free(pc, obj);
}

void
puffsmsg__pool_empty(pool_cache_t pc)
{
	void *obj;

	puffsmsg__pool_purge(pc, puffsmsg__pool_free);
	while ((obj = puffsmsg__quarantine_take(pc, 0)) != NULL)
		release(pc, obj);
}

void
puffsmsg_kern_pool_cache_invalidate(pool_cache_t pc)
{
	if (pc->pc_slot >= 0)
		puffsmsg__pool_yield(pc, curlwp);
	puffsmsg__pool_empty(pc);
}
