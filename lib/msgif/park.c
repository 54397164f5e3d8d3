/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Parks: allocation, settings, references.
 */

#include <errno.h>
#include <string.h>

#include <sys/kmem.h>
#include <sys/pool.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

#define PARK_MAXLEN ((size_t)INT32_MAX)

static pool_cache_t park_pool;        /* (: from init to fini */
static pool_cache_t hand_pool;        /* (: */
static volatile uintptr_t park_bytes; /* a: of all messages */

void
puffsmsg__parks_init(void)
{
	park_pool = pool_cache_init(sizeof(struct puffs_msgpark), 0, 0, 0,
	    "puffspark", NULL, IPL_NONE, NULL, NULL, NULL);
	hand_pool = pool_cache_init(sizeof(struct puffsmsg__hand), 0, 0, 0,
	    "puffshand", NULL, IPL_NONE, NULL, NULL, NULL);
}

void
puffsmsg__parks_fini(void)
{
	pool_cache_destroy(hand_pool);
	pool_cache_destroy(park_pool);
	park_pool = NULL;
}

uint32_t
puffsmsg__parks_live(void)
{
	return park_pool != NULL ? puffsmsg__pool_live(park_pool) : 0;
}

uint64_t
puffsmsg__parks_bytes(void)
{
	return puffsmsg__loaduptr(&park_bytes);
}

struct puffsmsg__hand *
puffsmsg__hand_alloc(bool cansleep)
{
	struct puffsmsg__hand *h;

	h = pool_cache_get(hand_pool, cansleep ? PR_WAITOK : PR_NOWAIT);
	if (h != NULL)
		memset(h, 0, sizeof(*h));
	return h;
}

void
puffsmsg__hand_free(struct puffsmsg__hand *h)
{
	if (h != NULL)
		pool_cache_put(hand_pool, h);
}

static void
park_ready(struct puffs_msgpark *park, void *mem, size_t len)
{
	memset(park, 0, sizeof(*park));
	park->park_preq = mem;
	park->park_maxlen = (uint32_t)len;
	park->park_copylen = (uint32_t)len;
	park->park_refs = 1;
	puffsmsg__store32(&park->park_creator, 1);
}

static struct puffs_msgpark *
park_try(size_t len)
{
	struct puffs_msgpark *park;
	void *mem;

	if (!puffsmsg__lwp_tryattach())
		return NULL;
	mem = kmem_zalloc(len, KM_NOSLEEP);
	if (mem == NULL)
		return NULL;
	park = pool_cache_get(park_pool, PR_NOWAIT);
	if (park == NULL) {
		kmem_free(mem, len);
		return NULL;
	}
	park_ready(park, mem, len);
	return park;
}

/*
 * Waits for memory with nothing in hand, since it may be cancelled there if
 * `flags' are PUFFSMSG_BLOCK_CANCEL.
 */
static struct puffs_msgpark *
park_get(size_t len, unsigned flags)
{
	struct puffsmsg__memwait mw = { 0 };
	struct puffs_msgpark *park;

	while ((park = park_try(len)) == NULL)
		puffsmsg__mem_wait(&mw, flags);
	puffsmsg__mem_waited(&mw);
	return park;
}

static int
park_checklen(size_t len)
{
	if (len < sizeof(struct puffs_req))
		return EINVAL;
	return len > PARK_MAXLEN ? EMSGSIZE : 0;
}

/*
 * `flags' are for waiting for memory: 0 or PUFFSMSG_BLOCK_CANCEL.
 */
static int
park_alloc(size_t len, struct puffs_msgpark **parkp, void **memp, bool cansleep,
    unsigned flags)
{
	struct puffs_msgpark *park;
	int error;

	*parkp = NULL;
	*memp = NULL;
	error = park_checklen(len);
	if (error != 0)
		return error;
	park = cansleep ? park_get(len, flags) : park_try(len);
	if (park == NULL)
		return ENOMEM;
	(void)puffsmsg__adduptr(&park_bytes, len);
	*parkp = park;
	*memp = park->park_preq;
	return 0;
}

/*
 * A callback is part of the end of messages of others, which its thread must
 * live to see.
 */
int
puffs_msgmem_alloc(size_t len, struct puffs_msgpark **parkp, void **memp,
    int cansleep)
{
	unsigned flags = 0;

	puffsmsg__must_run("puffs_msgmem_alloc");
	if (cansleep && curlwp->l_nosleep == 0)
		flags = PUFFSMSG_BLOCK_CANCEL;
	return park_alloc(len, parkp, memp, cansleep != 0, flags);
}

int
puffsmsg__park_alloc(size_t len, struct puffs_msgpark **parkp, void **memp,
    bool cansleep)
{
	return park_alloc(len, parkp, memp, cansleep, 0);
}

/*
 * Nobody can reach the park any more.  A message that completed and was never
 * waited for still has its place at the mount.
 */
static void
park_free(struct puffs_msgpark *park)
{
	struct puffs_mount *mount = park->park_mount;

	if (park->park_flags & PARKF_BOUND) {
		mutex_enter(&mount->pmp_lock);
		puffsmsg__collect(mount, park);
		mutex_exit(&mount->pmp_lock);
	}
	puffsmsg__hand_free(park->park_sparehand);
	(void)puffsmsg__subuptr(&park_bytes, park->park_maxlen);
	kmem_free(park->park_preq, park->park_maxlen);
	park->park_preq = NULL;
	pool_cache_put(park_pool, park);
}

void
puffsmsg__park_ref(struct puffs_msgpark *park)
{
	(void)puffsmsg__add32(&park->park_refs, 1);
}

void
puffsmsg__park_unref(struct puffs_msgpark *park)
{
	if (puffsmsg__sub32(&park->park_refs, 1) == 0)
		park_free(park);
}

void
puffs_msgmem_release(struct puffs_msgpark *park)
{
	if (park == NULL)
		return;
	if (puffsmsg__xchg32(&park->park_creator, 0) == 0)
		puffsmsg__panic("puffs_msgmem_release: park %p: released "
				"already",
		    (void *)park);
	puffsmsg__park_unref(park);
}

void
puffsmsg__park_owned(struct puffs_msgpark *park, const char *call)
{
	if (puffsmsg__load32_relaxed(&park->park_creator) == 0)
		puffsmsg__panic("%s: park %p: released", call, (void *)park);
}

/*
 * Settings may change only while the message is not in flight.
 */
static void
park_settable(struct puffs_msgpark *park, const char *call)
{
	uint32_t state = puffsmsg__load32(&park->park_state);

	puffsmsg__park_owned(park, call);
	if (state != PARK_IDLE && state != PARK_DONE)
		puffsmsg__panic("%s: park %p: message is in flight", call,
		    (void *)park);
}

void
puffs_msg_setfaf(struct puffs_msgpark *park)
{
	park_settable(park, "puffs_msg_setfaf");
	if (park->park_settings & PARKSET_CALL)
		puffsmsg__panic("puffs_msg_setfaf: park %p: has a callback",
		    (void *)park);
	park->park_settings |= PARKSET_FAF;
}

void
puffs_msg_setdelta(struct puffs_msgpark *park, size_t delta)
{
	park_settable(park, "puffs_msg_setdelta");
	if (delta > park->park_maxlen - sizeof(struct puffs_req))
		puffsmsg__panic("puffs_msg_setdelta: park %p: delta %zu "
				"leaves no header of %u bytes",
		    (void *)park, delta, park->park_maxlen);
	park->park_copylen = park->park_maxlen - (uint32_t)delta;
}

void
puffsmsg_msg_setcookie(struct puffs_msgpark *park, uint64_t cookie)
{
	park_settable(park, "puffsmsg_msg_setcookie");
	park->park_preq->preq_cookie64 = cookie;
}

void
puffs_msg_setinfo(struct puffs_msgpark *park, int opclass, int type,
    puffs_cookie_t cookie)
{
	park_settable(park, "puffs_msg_setinfo");
	park->park_preq->preq_opclass = (uint16_t)PUFFSOP_OPCLASS(opclass);
	park->park_preq->preq_optype = (uint16_t)type;
	park->park_preq->preq_cookie64 = (uintptr_t)cookie;
}

void
puffs_msg_setcall(struct puffs_msgpark *park, parkdone_fn fn, void *arg)
{
	park_settable(park, "puffs_msg_setcall");
	if (fn == NULL)
		puffsmsg__panic("puffs_msg_setcall: park %p: no function",
		    (void *)park);
	if (park->park_settings & PARKSET_FAF)
		puffsmsg__panic("puffs_msg_setcall: park %p: fire and forget",
		    (void *)park);
	park->park_done = fn;
	park->park_donearg = arg;
	park->park_settings |= PARKSET_CALL;
}
