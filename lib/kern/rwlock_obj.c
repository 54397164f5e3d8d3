/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * rw_obj_*: rwlocks with a reference count.
 */

#include "kern/kern_private.h"

#include <sys/kmem.h>
#include <sys/rwlock.h>

struct rw_obj {
	krwlock_t ro_lock; /* first */
	uint32_t ro_refs;  /* a: */
};

static krwlock_t *
new_obj(km_flag_t flags)
{
	struct rw_obj *ro = kmem_alloc(sizeof(*ro), flags);

	if (ro == NULL)
		return NULL;
	puffsmsg_kern_rw_init(&ro->ro_lock);
	ro->ro_refs = 1;
	return &ro->ro_lock;
}

krwlock_t *
puffsmsg_kern_rw_obj_alloc(void)
{
	return new_obj(KM_SLEEP);
}

krwlock_t *
puffsmsg_kern_rw_obj_tryalloc(void)
{
	return new_obj(KM_NOSLEEP);
}

void
puffsmsg_kern_rw_obj_hold(krwlock_t *rw)
{
	struct rw_obj *ro = (struct rw_obj *)rw;

	(void)puffsmsg__add32(&ro->ro_refs, 1);
}

bool
puffsmsg_kern_rw_obj_free(krwlock_t *rw)
{
	struct rw_obj *ro = (struct rw_obj *)rw;

	if (puffsmsg__sub32(&ro->ro_refs, 1) > 0)
		return false;
	puffsmsg_kern_rw_destroy(rw);
	kmem_free(ro, sizeof(*ro));
	return true;
}

unsigned int
puffsmsg_kern_rw_obj_refcnt(krwlock_t *rw)
{
	struct rw_obj *ro = (struct rw_obj *)rw;

	return puffsmsg__load32(&ro->ro_refs);
}
