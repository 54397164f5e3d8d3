/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The lists of a mount, and the gauges that go with them.  Everything here
 * runs under the mount's lock.
 */

#include <sys/systm.h>

#include "msgif/msgif_private.h"

/*
 * Which list a bound park is on follows from its state, so that it cannot be
 * on two.
 */
enum puffsmsg__list
puffsmsg__list_for(uint32_t state, uint32_t flags)
{
	bool abandoned = (flags & (PARKF_ABANDONED | PARKF_FAF)) ==
	    PARKF_ABANDONED;

	switch (state) {
	case PARK_TOUSER:
		return LIST_TOUSER;
	case PARK_COPYING:
		return LIST_COPYING;
	case PARK_INHAND:
		return abandoned ? LIST_ABANDONED : LIST_INHAND;
	case PARK_REPLYWAIT:
		return abandoned ? LIST_ABANDONED : LIST_REPLYWAIT;
	default:
		return LIST_ENDED;
	}
}

enum puffsmsg__list
puffsmsg__list_of(const struct puffs_msgpark *park)
{
	return puffsmsg__list_for(park->park_state, park->park_flags);
}

/*
 * In the order of ids: the first is the next to be forgotten.  Messages are
 * mostly given up in that order, so that the way from the end is short.
 */
static void
abandoned_insert(struct puffsmsg__parklist *list, struct puffs_msgpark *park)
{
	struct puffs_msgpark *first = TAILQ_FIRST(list);
	struct puffs_msgpark *before;

	before = TAILQ_LAST(list, puffsmsg__parklist);
	if (first != NULL && first->park_id > park->park_id)
		before = NULL;
	while (before != NULL && before->park_id > park->park_id)
		before = TAILQ_PREV(before, puffsmsg__parklist, park_entries);
	if (before == NULL)
		TAILQ_INSERT_HEAD(list, park, park_entries);
	else
		TAILQ_INSERT_AFTER(list, before, park, park_entries);
}

void
puffsmsg__list_insert(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__list list)
{
	KASSERT((park->park_flags & PARKF_BOUND) == 0);
	park->park_flags |= PARKF_BOUND;
	mount->pmp_count[list]++;
	mount->pmp_bytes += park->park_wiremax;
	if (list == LIST_ABANDONED) {
		abandoned_insert(&mount->pmp_list[list], park);
		mount->pmp_abandonedbytes += park->park_wiremax;
	} else {
		TAILQ_INSERT_TAIL(&mount->pmp_list[list], park, park_entries);
	}
}

/*
 * Takes the park off the list that its state and flags name: to be called
 * before they change.
 */
void
puffsmsg__list_remove(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	enum puffsmsg__list list = puffsmsg__list_of(park);

	KASSERT(park->park_flags & PARKF_BOUND);
	park->park_flags &= ~PARKF_BOUND;
	TAILQ_REMOVE(&mount->pmp_list[list], park, park_entries);
	mount->pmp_count[list]--;
	mount->pmp_bytes -= park->park_wiremax;
	if (list == LIST_ABANDONED)
		mount->pmp_abandonedbytes -= park->park_wiremax;
}
