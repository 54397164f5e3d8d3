/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Locks for the sleep queues of objects that have none of their own: condvars
 * and rwlocks.  One of a table, by the object's address.  They outlive the
 * objects: who was woken may destroy the object while its waker still is on
 * the way out.
 *
 * Every wait and wakeup takes one, and nothing is taken under it, so that its
 * order is not checked.
 */

#include "kern/kern_private.h"

#define NBUCKETS 64u

static struct bucket {
	_Alignas(64) kmutex_t lock;
} buckets[NBUCKETS];

static void
fini_buckets(unsigned n)
{
	while (n-- > 0)
		puffsmsg_kern_mutex_destroy(&buckets[n].lock);
}

int
puffsmsg__sleeptab_init(void)
{
	for (unsigned i = 0; i < NBUCKETS; i++) {
		int error = puffsmsg__mutex_tryinit_type(&buckets[i].lock,
		    MUTEX_NODEBUG);

		if (error != 0) {
			fini_buckets(i);
			return error;
		}
	}
	return 0;
}

void
puffsmsg__sleeptab_fini(void)
{
	fini_buckets(NBUCKETS);
}

kmutex_t *
puffsmsg__sleeptab_lock(const void *obj)
{
	uint32_t hash = (uint32_t)((uintptr_t)obj >> 3) * UINT32_C(2654435761);

	return &buckets[hash / (UINT32_MAX / NBUCKETS + 1)].lock;
}
