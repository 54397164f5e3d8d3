/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * pool_cache(9): life of pools, the table of them, and draining.
 */

#include <stddef.h>
#include <string.h>

#include "kern/pool_private.h"

#define MAX_ALIGN 4096

/* Address sanitizers see a use after free, if put does free. */
#if PUFFSMSG__ASAN || PUFFSMSG__TSAN
#define MODE PUFFSMSG__MEM_DIRECT
#elif defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
#define MODE PUFFSMSG__MEM_CHECKED
#else
#define MODE PUFFSMSG__MEM_CACHED
#endif

/* Tests change it. */
enum puffsmsg__memmode puffsmsg__memmode = MODE;

#define NSLOTS (PUFFSMSG__NPOOLS + PUFFSMSG__NKMEM)

static kmutex_t pools_lock;
static kcondvar_t pools_idle;      /* a pc_busy came to 0 */
static pool_cache_t pools[NSLOTS]; /* pools_lock: by slot, kmem's last */
static unsigned npools;            /* pools_lock: all but kmem's */

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

/* Where the object begins so that its byte `offset' is aligned. */
static size_t
shift_for(size_t align, size_t offset)
{
	return (align - offset % align) % align;
}

void
puffsmsg__pool_setup(pool_cache_t pc, const char *name, size_t size,
    size_t align, size_t offset)
{
	memset(pc, 0, sizeof(*pc));
	if (align < _Alignof(struct puffsmsg__spare))
		align = _Alignof(struct puffsmsg__spare);
	pc->pc_slot = -1;
	pc->pc_mode = puffsmsg__memmode;
	pc->pc_name = name;
	pc->pc_objsize = size;
	pc->pc_shift = shift_for(align, offset);
	if (pc->pc_mode != PUFFSMSG__MEM_CACHED)
		pc->pc_shift += puffsmsg__guard_room(align);
	if (pc->pc_mode == PUFFSMSG__MEM_CHECKED)
		pc->pc_tail = PUFFSMSG__REDZONE;
	pc->pc_rawsize = pc->pc_shift + size + pc->pc_tail;
	if (pc->pc_rawsize < sizeof(struct puffsmsg__spare))
		pc->pc_rawsize = sizeof(struct puffsmsg__spare);
	pc->pc_align = align;
	pc->pc_maxfull = PUFFSMSG__DEPOT_FULL;
	pc->pc_limit = PUFFSMSG__NOLIMIT;
	LIST_INIT(&pc->pc_all);
	SLIST_INIT(&pc->pc_full);
	SLIST_INIT(&pc->pc_empty);
	SLIST_INIT(&pc->pc_spares);
	puffsmsg_kern_cv_init(&pc->pc_room, name);
}

void
puffsmsg__pool_enlist(pool_cache_t pc, int slot)
{
	pc->pc_slot = slot;
	pc->pc_mags = slot >= 0 && pc->pc_mode == PUFFSMSG__MEM_CACHED;
	if (slot >= 0)
		pools[slot] = pc;
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
	puffsmsg__must_run("pool_cache_init");
	pc = puffsmsg__memalloc(sizeof(*pc), _Alignof(struct pool_cache), true);
	puffsmsg__pool_setup(pc, name, size, align, align_offset);
	pc->pc_ctor = ctor;
	pc->pc_dtor = dtor;
	pc->pc_arg = arg;
	puffsmsg_kern_mutex_init(&pc->pc_lock, MUTEX_DEFAULT, ipl);
	puffsmsg_kern_mutex_enter(&pools_lock);
	puffsmsg__pool_enlist(pc, free_slot());
	npools++;
	puffsmsg_kern_mutex_exit(&pools_lock);
	return pc;
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
void
puffsmsg__pool_delist(pool_cache_t pc)
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
	puffsmsg_kern_mutex_exit(&pools_lock);
}

void
puffsmsg__pool_dissolve(pool_cache_t pc)
{
	puffsmsg__pool_empty(pc);
	pc->pc_lowat = 0;
	puffsmsg__spare_trim(pc);
	puffsmsg_kern_cv_destroy(&pc->pc_room);
	puffsmsg_kern_mutex_destroy(&pc->pc_lock);
}

void
puffsmsg_kern_pool_cache_destroy(pool_cache_t pc)
{
	uint32_t live;

	puffsmsg__pool_delist(pc);
	live = puffsmsg__pool_live(pc);
	if (live > 0)
		puffsmsg__panic("pool_cache_destroy: %s: %u objects are out",
		    pc->pc_name, (unsigned)live);
	puffsmsg__pool_dissolve(pc);
	puffsmsg_kern_mutex_enter(&pools_lock);
	npools--;
	puffsmsg_kern_mutex_exit(&pools_lock);
	puffsmsg__memfree(pc, sizeof(*pc));
}

void
puffsmsg__pool_detach(struct lwp *l)
{
	puffsmsg_kern_mutex_enter(&pools_lock);
	for (unsigned slot = 0; slot < NSLOTS; slot++) {
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
	for (unsigned slot = 0; slot < NSLOTS; slot++) {
		pool_cache_t pc = borrow(slot);

		if (pc == NULL)
			continue;
		puffsmsg_kern_pool_cache_invalidate(pc);
		puffsmsg__spare_trim(pc);
		unborrow(pc);
	}
}
