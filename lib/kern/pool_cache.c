/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * pool_cache(9): life of pools, construction of objects, and draining.
 */

#include <stddef.h>
#include <string.h>

#include "kern/pool_private.h"

#include <sys/condvar.h>

#define MAX_ALIGN 4096

/*
 * Without caching every use after put is a use after free, which address
 * sanitizers see.
 */
#ifndef PUFFSMSG_POOL_DIRECT
#define PUFFSMSG_POOL_DIRECT (PUFFSMSG__ASAN || PUFFSMSG__TSAN)
#endif

/* For pools that are made from now on; tests change it. */
bool puffsmsg__pool_direct = PUFFSMSG_POOL_DIRECT;

static kmutex_t pools_lock;
static kcondvar_t pools_idle;                /* a pc_busy came to 0 */
static pool_cache_t pools[PUFFSMSG__NPOOLS]; /* pools_lock: by slot */
static unsigned npools;                      /* pools_lock: all */

int
puffsmsg__pool_init(void)
{
	npools = 0;
	memset(pools, 0, sizeof(pools));
	puffsmsg_kern_cv_init(&pools_idle, "pooldrain");
	return puffsmsg__mutex_tryinit(&pools_lock);
}

void
puffsmsg__pool_fini(void)
{
	if (npools > 0)
		puffsmsg__panic("%u pool caches were not destroyed", npools);
	puffsmsg_kern_cv_destroy(&pools_idle);
	puffsmsg_kern_mutex_destroy(&pools_lock);
}

static int
free_slot(void)
{
	for (int slot = 0; slot < PUFFSMSG__NPOOLS; slot++) {
		if (pools[slot] == NULL)
			return slot;
	}
	return -1;
}

static void
enlist(pool_cache_t pc)
{
	puffsmsg_kern_mutex_enter(&pools_lock);
	pc->pc_slot = puffsmsg__pool_direct ? -1 : free_slot();
	if (pc->pc_slot >= 0)
		pools[pc->pc_slot] = pc;
	npools++;
	puffsmsg_kern_mutex_exit(&pools_lock);
}

/* Where the object begins so that its byte `offset' is aligned. */
static size_t
shift_for(size_t align, size_t offset)
{
	return (align - offset % align) % align;
}

pool_cache_t
puffsmsg_kern_pool_cache_init(size_t size, unsigned int align,
    unsigned int align_offset, unsigned int flags, const char *name,
    struct pool_allocator *palloc, int ipl, int (*ctor)(void *, void *, int),
    void (*dtor)(void *, void *), void *arg)
{
	pool_cache_t pc;

	(void)flags;
	(void)palloc;
	if (align == 0)
		align = _Alignof(max_align_t);
	if (size == 0 || align > MAX_ALIGN || (align & (align - 1)) != 0)
		puffsmsg__panic("pool_cache_init: %s: size %zu, align %u", name,
		    size, align);
	pc = puffsmsg__memalloc(sizeof(*pc), _Alignof(struct pool_cache), true);
	memset(pc, 0, sizeof(*pc));
	pc->pc_shift = shift_for(align, align_offset);
	pc->pc_size = size + pc->pc_shift;
	pc->pc_align = align;
	pc->pc_name = name;
	pc->pc_ctor = ctor;
	pc->pc_dtor = dtor;
	pc->pc_arg = arg;
	puffsmsg_kern_mutex_init(&pc->pc_lock, MUTEX_DEFAULT, ipl);
	LIST_INIT(&pc->pc_all);
	SLIST_INIT(&pc->pc_full);
	SLIST_INIT(&pc->pc_empty);
	enlist(pc);
	return pc;
}

static void
give_back(pool_cache_t pc, void *obj)
{
	puffsmsg__memfree((char *)obj - pc->pc_shift, pc->pc_size);
}

static void *
construct(pool_cache_t pc, int flags)
{
	bool wait = (flags & (int)PR_NOWAIT) == 0;
	char *p = puffsmsg__memalloc(pc->pc_size, pc->pc_align, wait);

	if (p == NULL)
		return NULL;
	p += pc->pc_shift;
	if (pc->pc_ctor != NULL && pc->pc_ctor(pc->pc_arg, p, flags) != 0) {
		give_back(pc, p);
		return NULL;
	}
	(void)puffsmsg__add32(&pc->pc_objs, 1);
	return p;
}

static void
destruct(pool_cache_t pc, void *obj)
{
	if (pc->pc_dtor != NULL)
		pc->pc_dtor(pc->pc_arg, obj);
	give_back(pc, obj);
	(void)puffsmsg__sub32(&pc->pc_objs, 1);
}

void *
puffsmsg_kern_pool_cache_get(pool_cache_t pc, int flags)
{
	void *obj = NULL;

	if (pc->pc_slot >= 0)
		obj = puffsmsg__pool_take(pc, curlwp);
	return obj != NULL ? obj : construct(pc, flags);
}

void
puffsmsg_kern_pool_cache_put(pool_cache_t pc, void *obj)
{
	if (pc->pc_slot < 0 || !puffsmsg__pool_keep(pc, curlwp, obj))
		destruct(pc, obj);
}

void
puffsmsg_kern_pool_cache_destruct_object(pool_cache_t pc, void *obj)
{
	destruct(pc, obj);
}

void
puffsmsg_kern_pool_cache_invalidate(pool_cache_t pc)
{
	if (pc->pc_slot < 0)
		return;
	puffsmsg__pool_yield(pc, curlwp);
	puffsmsg__pool_purge(pc, destruct);
}

uint32_t
puffsmsg__pool_live(pool_cache_t pc)
{
	return puffsmsg__load32(&pc->pc_objs) - puffsmsg__pool_cached(pc);
}

/*
 * Off the table, so that no drain finds it, and what lwps have of it to the
 * depot.  An lwp that ends at the same time gives its own, under pools_lock.
 */
static void
delist(pool_cache_t pc)
{
	struct proc *p = &puffsmsg__proc0;
	struct lwp *l;

	puffsmsg_kern_mutex_enter(&pools_lock);
	while (pc->pc_busy > 0)
		puffsmsg_kern_cv_wait(&pools_idle, &pools_lock);
	if (pc->pc_slot >= 0) {
		pools[pc->pc_slot] = NULL;
		puffsmsg_kern_mutex_enter(p->p_lock);
		TAILQ_FOREACH(l, &p->p_lwps, l_sibling)
			puffsmsg__pool_yield(pc, l);
		puffsmsg_kern_mutex_exit(p->p_lock);
	}
	npools--;
	puffsmsg_kern_mutex_exit(&pools_lock);
}

void
puffsmsg_kern_pool_cache_destroy(pool_cache_t pc)
{
	uint32_t live;

	delist(pc);
	live = puffsmsg__pool_live(pc);
	if (live > 0)
		puffsmsg__panic("pool_cache_destroy: %s: %u objects are out",
		    pc->pc_name, (unsigned)live);
	puffsmsg__pool_purge(pc, destruct);
	puffsmsg_kern_mutex_destroy(&pc->pc_lock);
	puffsmsg__memfree(pc, sizeof(*pc));
}

void
puffsmsg__pool_detach(struct lwp *l)
{
	puffsmsg_kern_mutex_enter(&pools_lock);
	for (unsigned slot = 0; slot < PUFFSMSG__NPOOLS; slot++) {
		if (l->l_mags[slot].loaded != NULL)
			puffsmsg__pool_yield(pools[slot], l);
	}
	puffsmsg_kern_mutex_exit(&pools_lock);
}

/* The pool of a slot, kept from being destroyed, or NULL. */
static pool_cache_t
borrow(unsigned slot)
{
	pool_cache_t pc;

	puffsmsg_kern_mutex_enter(&pools_lock);
	pc = pools[slot];
	if (pc != NULL)
		pc->pc_busy++;
	puffsmsg_kern_mutex_exit(&pools_lock);
	return pc;
}

static void
unborrow(pool_cache_t pc)
{
	puffsmsg_kern_mutex_enter(&pools_lock);
	if (--pc->pc_busy == 0)
		puffsmsg_kern_cv_broadcast(&pools_idle);
	puffsmsg_kern_mutex_exit(&pools_lock);
}

void
puffsmsg__pool_drain(void)
{
	for (unsigned slot = 0; slot < PUFFSMSG__NPOOLS; slot++) {
		pool_cache_t pc = borrow(slot);

		if (pc == NULL)
			continue;
		puffsmsg_kern_pool_cache_invalidate(pc);
		unborrow(pc);
	}
}
