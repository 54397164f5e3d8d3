/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The server is lent frames: getout, releaseout; and waitcount.
 */

#include <errno.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/take.h"

static struct puffsmsg__hand *
hand_give(struct puffs_msgpark *park)
{
	struct puffsmsg__hand *h = &park->park_hand;

	if (puffsmsg__loadptr(&h->h_park) != NULL) {
		h = park->park_sparehand;
		park->park_sparehand = NULL;
	}
	h->h_ended = false;
	h->h_mount = park->park_mount;
	h->h_wire = NULL;
	puffsmsg__storeptr(&h->h_park, park);
	park->park_curhand = h;
	return h;
}

/*
 * Puts the message into the server's hand.  The frame's reader holds the mount
 * until releaseout.
 */
static void
take_lend(struct puffsmsg__taking *t)
{
	struct puffs_mount *mount = t->t_mount;
	struct puffs_msgpark *park = t->t_park;

	puffsmsg__park_setstate(mount, park, PARK_INHAND, 0);
	if (park->park_id != 0)
		puffsmsg__idtable_insert(&mount->pmp_ids, park);
	puffsmsg__mount_ref_locked(mount);
	t->t_hand = hand_give(park);
	t->t_frame = (uint8_t *)park->park_wire;
}

int
puffs_msgif_getout(void *ctx, size_t maxsize, int nonblock, uint8_t **data,
    size_t *len, void **cookie)
{
	(void)maxsize;
	return puffsmsg_getout(ctx, SIZE_MAX, nonblock, data, len, cookie);
}

int
puffsmsg_getout(struct puffs_mount *mount, size_t maxsize, int nonblock,
    uint8_t **data, size_t *len, void **cookie)
{
	struct puffsmsg__taking t = { .t_mount = mount,
		.t_maxsize = maxsize,
		.t_how = PUFFSMSG__SLEEP_SIG | PUFFSMSG__SLEEP_CANCEL,
		.t_nonblock = nonblock != 0,
		.t_take = take_lend };
	int error;

	error = puffsmsg__take(&t);
	if (error == 0 || error == EMSGSIZE)
		*len = t.t_len;
	if (error != 0)
		return error;
	*data = t.t_frame;
	*cookie = t.t_hand;
	return 0;
}

/*
 * Frees the hand, and the frame of a message that ended while it was in hand.
 */
static void
hand_release(struct puffsmsg__hand *h, struct puffs_msgpark *park)
{
	struct puffs_req *frame = h->h_wire;

	h->h_wire = NULL;
	puffsmsg__storeptr(&h->h_park, NULL);
	if (h != &park->park_hand)
		puffsmsg__hand_free(h);
	puffsmsg__wire_free(frame);
}

/*
 * What is left to do when the lock has been dropped.
 */
enum left {
	LEFT_NOTHING,
	LEFT_UNREF, /* the hand had a reference of its own on the park */
	LEFT_END,   /* the message was claimed */
};

/*
 * The message was still in this hand: it goes on to wait for its reply, or it
 * ends here.
 */
static enum left
hand_pass(struct puffs_mount *mount, struct puffs_msgpark *park, int status)
{
	puffsmsg__park_setstate(mount, park, PARK_REPLYWAIT, 0);
	if ((park->park_flags & PARKF_FAF) == 0) {
		if (status == 0)
			return LEFT_NOTHING;
		if (park->park_flags & PARKF_ABANDONED) {
			puffsmsg__abandoned_drop(mount, park);
			return LEFT_NOTHING;
		}
	}
	puffsmsg__claim(mount, park);
	return LEFT_END;
}

/*
 * A hand whose message was claimed and is still being ended is told from one
 * that is on its own by h_ended; both have a reference on the park.
 */
static enum left
releaseout_locked(struct puffs_mount *mount, struct puffsmsg__hand *h,
    struct puffs_msgpark *park, int status)
{
	bool inhand = false;

	if (!h->h_ended) {
		park->park_curhand = NULL;
		inhand = park->park_state == PARK_INHAND;
	}
	hand_release(h, park);
	return inhand ? hand_pass(mount, park, status) : LEFT_UNREF;
}

void
puffs_msgif_releaseout(void *ctx, void *cookie, int status)
{
	struct puffs_mount *mount = ctx;
	struct puffsmsg__hand *h = cookie;
	struct puffs_msgpark *park = puffsmsg__loadptr(&h->h_park);
	enum left left;

	if (park == NULL || h->h_mount != mount)
		puffsmsg__panic("puffs_msgif_releaseout: mount %p: cookie %p "
				"is not in hand",
		    ctx, cookie);
	mutex_enter(&mount->pmp_lock);
	left = releaseout_locked(mount, h, park, status);
	puffsmsg__mount_unref_locked(mount);
	mutex_exit(&mount->pmp_lock);
	if (left == LEFT_END)
		(void)puffsmsg__end(mount, park, END_DELIVERY, status, NULL, 0);
	else if (left == LEFT_UNREF)
		puffsmsg__park_unref(park); /* may take a mount's lock */
}

size_t
puffs_msgif_waitcount(void *ctx)
{
	struct puffs_mount *mount = ctx;
	size_t n;

	mutex_enter(&mount->pmp_lock);
	n = mount->pmp_count[LIST_TOUSER];
	mutex_exit(&mount->pmp_lock);
	return n;
}
