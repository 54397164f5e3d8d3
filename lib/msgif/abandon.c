/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A waiter gives its message up.
 *
 * If the server has not seen it, it never will, except for those that it must
 * learn of.  Else its answer is awaited without the caller, so that the server
 * does not get an error for answering; but not for ever, and not for any
 * number of messages.
 */

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

/*
 * The server must learn of it: goes on where it is in the queue, as a message
 * that wants no reply.  Its references are now its own.
 */
static void
abandon_convert(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	park->park_flags |= PARKF_FAF | PARKF_ABANDONED;
	park->park_id = 0;
	park->park_wire->preq_id = 0;
	park->park_wire->preq_opclass |= PUFFSOPFLAG_FAF;
	mount->pmp_orphans++;
}

static void
abandon_unsent(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	struct puffs_req *frame = puffsmsg__wire_take(park);

	puffsmsg__list_remove(mount, park);
	puffsmsg__store32(&park->park_state, PARK_DONE);
	puffsmsg__wire_free(frame);
	puffsmsg__mount_unref_locked(mount);
	puffsmsg__park_unref(park); /* never the last: the waiter has one */
}

static bool
abandoned_toomany(const struct puffs_mount *mount)
{
	return mount->pmp_count[LIST_ABANDONED] > mount->pmp_opt.maxabandoned ||
	    (mount->pmp_count[LIST_ABANDONED] > 0 &&
		mount->pmp_abandonedbytes > mount->pmp_opt.maxbytes);
}

static void
abandon_sent(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	puffsmsg__park_setstate(mount, park,
	    (enum puffsmsg__parkstate)park->park_state, PARKF_ABANDONED);
	puffsmsg__mount_unref_locked(mount);
	while (abandoned_toomany(mount)) {
		mount->pmp_forgotten++;
		puffsmsg__abandoned_drop(mount,
		    TAILQ_FIRST(&mount->pmp_list[LIST_ABANDONED]));
	}
}

void
puffsmsg__abandon(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__end how)
{
	mount->pmp_ended[how]++;
	if (park->park_state != PARK_TOUSER)
		abandon_sent(mount, park);
	else if (puffsmsg__must_arrive(park))
		abandon_convert(mount, park);
	else
		abandon_unsent(mount, park);
}
