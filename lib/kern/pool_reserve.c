/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * pool_cache(9): what is set aside and what is held back: watermarks, spares,
 * the hard limit.
 */

#include "kern/pool_private.h"

#define NS_PER_S UINT64_C(1000000000)

static uint32_t
items(pool_cache_t pc, const char *call, int n)
{
	if (n < 0)
		puffsmsg__panic("%s: %s: %d items", call, pc->pc_name, n);
	return (uint32_t)n;
}

void
puffsmsg_kern_pool_cache_sethiwat(pool_cache_t pc, int n)
{
	uint32_t max = items(pc, "pool_cache_sethiwat", n) / PUFFSMSG__ROUNDS;

	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	puffsmsg__store32_relaxed(&pc->pc_maxfull, max);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
}

void
puffsmsg_kern_pool_cache_setlowat(pool_cache_t pc, int n)
{
	uint32_t low = items(pc, "pool_cache_setlowat", n);

	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	puffsmsg__store32_relaxed(&pc->pc_lowat, low);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
}

static bool
wants_spares(pool_cache_t pc)
{
	return puffsmsg__load32_relaxed(&pc->pc_nspares) <
	    puffsmsg__load32_relaxed(&pc->pc_lowat);
}

void
puffsmsg_kern_pool_cache_prime(pool_cache_t pc, int n)
{
	uint32_t more = items(pc, "pool_cache_prime", n);
	void *raw;

	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	puffsmsg__store32_relaxed(&pc->pc_lowat, pc->pc_lowat + more);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	while (wants_spares(pc)) {
		raw = puffsmsg__memalloc(pc->pc_rawsize, pc->pc_align, true);
		if (!puffsmsg__spare_keep(pc, raw))
			puffsmsg__memfree(raw, pc->pc_rawsize);
	}
}

/*
 * An lwp that waits for an object must see every one that is put, so from now
 * on no lwp keeps any.
 */
void
puffsmsg_kern_pool_cache_sethardlimit(pool_cache_t pc, int n,
    const char *warning, int ratecap)
{
	uint32_t limit = items(pc, "pool_cache_sethardlimit", n);

	if (pc->pc_mags) {
		puffsmsg_kern_pool_cache_invalidate(pc);
		pc->pc_mags = false;
	}
	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	puffsmsg__store32_relaxed(&pc->pc_limit, limit);
	pc->pc_warning = warning;
	pc->pc_warnevery = ratecap > 0 ? (uint64_t)ratecap * NS_PER_S : 0;
	pc->pc_warnnext = 0;
	puffsmsg_kern_cv_broadcast(&pc->pc_room);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
}

/* What is to be said at the limit, or NULL; pc_lock is held. */
static const char *
warning(pool_cache_t pc)
{
	uint64_t now = puffsmsg__clock();

	if (now < pc->pc_warnnext)
		return NULL;
	pc->pc_warnnext = now + pc->pc_warnevery;
	return pc->pc_warning;
}

static bool
admit_limited(pool_cache_t pc, int flags)
{
	bool wait = (flags & (int)(PR_NOWAIT | PR_LIMITFAIL)) == 0;
	const char *words = NULL;
	bool room;

	/* Not even memory to make it an lwp, which alone may use locks. */
	if (puffsmsg__host->lwp_get() == NULL && !puffsmsg__lwp_tryattach() &&
	    (flags & (int)PR_NOWAIT) != 0)
		return false;
	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	while (!(room = puffsmsg__load32(&pc->pc_objs) < pc->pc_limit) && wait)
		puffsmsg_kern_cv_wait(&pc->pc_room, &pc->pc_lock);
	if (room)
		(void)puffsmsg__add32(&pc->pc_objs, 1);
	else
		words = warning(pc);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	if (words != NULL)
		puffsmsg__log("%s", words);
	return room;
}

static bool
limited(pool_cache_t pc)
{
	return puffsmsg__load32_relaxed(&pc->pc_limit) != PUFFSMSG__NOLIMIT;
}

bool
puffsmsg__pool_admit(pool_cache_t pc, int flags)
{
	if (limited(pc))
		return admit_limited(pc, flags);
	(void)puffsmsg__add32(&pc->pc_objs, 1);
	return true;
}

void
puffsmsg__pool_leave(pool_cache_t pc)
{
	if (!limited(pc)) {
		(void)puffsmsg__sub32(&pc->pc_objs, 1);
		return;
	}
	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	(void)puffsmsg__sub32(&pc->pc_objs, 1);
	puffsmsg_kern_cv_signal(&pc->pc_room);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
}

void *
puffsmsg__spare_take(pool_cache_t pc)
{
	struct puffsmsg__spare *sp;

	if (puffsmsg__load32_relaxed(&pc->pc_nspares) == 0)
		return NULL;
	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	sp = SLIST_FIRST(&pc->pc_spares);
	if (sp != NULL) {
		SLIST_REMOVE_HEAD(&pc->pc_spares, sp_next);
		puffsmsg__store32_relaxed(&pc->pc_nspares, pc->pc_nspares - 1);
	}
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	return sp;
}

bool
puffsmsg__spare_keep(pool_cache_t pc, void *raw)
{
	struct puffsmsg__spare *sp = raw;
	bool keep;

	if (!wants_spares(pc))
		return false;
	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	keep = wants_spares(pc);
	if (keep) {
		SLIST_INSERT_HEAD(&pc->pc_spares, sp, sp_next);
		puffsmsg__store32_relaxed(&pc->pc_nspares, pc->pc_nspares + 1);
	}
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	return keep;
}

void
puffsmsg__spare_trim(pool_cache_t pc)
{
	void *raw;

	while (puffsmsg__load32_relaxed(&pc->pc_nspares) >
	    puffsmsg__load32_relaxed(&pc->pc_lowat)) {
		raw = puffsmsg__spare_take(pc);
		if (raw != NULL)
			puffsmsg__memfree(raw, pc->pc_rawsize);
	}
}
