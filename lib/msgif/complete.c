/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * How a message ends: claimed by one, under the lock; ended by the same,
 * without it; collected by its waiter.
 */

#include <errno.h>

#include <sys/systm.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

void
puffsmsg__park_setstate(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__parkstate state, uint32_t addflags)
{
	enum puffsmsg__list before = puffsmsg__list_of(park);
	enum puffsmsg__list after = puffsmsg__list_for(state,
	    park->park_flags | addflags);

	if (before != after)
		puffsmsg__list_remove(mount, park);
	puffsmsg__store32(&park->park_state, state);
	park->park_flags |= addflags;
	if (before != after)
		puffsmsg__list_insert(mount, park, after);
}

void
puffsmsg__claim(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	KASSERT(park->park_state != PARK_IDLE &&
	    park->park_state != PARK_CLAIMED && park->park_state != PARK_DONE);
	if ((park->park_state == PARK_INHAND ||
		park->park_state == PARK_REPLYWAIT) &&
	    park->park_id != 0)
		puffsmsg__idtable_remove(&mount->pmp_ids, park);
	if (park->park_state == PARK_INHAND)
		puffsmsg__park_ref(park); /* the hand's own from now on */
	puffsmsg__park_setstate(mount, park, PARK_CLAIMED, 0);
	mount->pmp_claimed++;
}

/*
 * The message has ended: a hand that is still out is left on its own, with the
 * frame that its server may be reading.  Returns the frame that nobody reads,
 * to be freed.
 */
static struct puffs_req *
end_detach(struct puffs_msgpark *park)
{
	struct puffs_req *frame = puffsmsg__wire_take(park);
	struct puffsmsg__hand *h = park->park_curhand;

	if (h == NULL)
		return frame;
	park->park_curhand = NULL;
	h->h_ended = true;
	h->h_wire = frame;
	return NULL;
}

static void
end_count(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__end end)
{
	mount->pmp_claimed--;
	if (park->park_flags & PARKF_ABANDONED)
		mount->pmp_orphans--; /* counted when its caller left */
	else
		mount->pmp_ended[end]++;
}

/*
 * Somebody waits, or will.  After the unlock the waiter may be gone, and the
 * mount with it.
 */
static void
end_waiter(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__end end, int rv)
{
	struct puffs_req *frame;
	void *token = NULL;

	park->park_preq->preq_rv = rv;
	park->park_rv = rv;
	park->park_replied = end == END_REPLIED;
	mutex_enter(&mount->pmp_lock);
	end_count(mount, park, end);
	frame = end_detach(park);
	puffsmsg__store32(&park->park_state, PARK_DONE);
	if (park->park_waiter != NULL)
		token = puffsmsg__sleep_claim(park->park_waiter);
	mutex_exit(&mount->pmp_lock);
	puffsmsg__sleep_unblock(token);
	puffsmsg__wire_free(frame);
	puffsmsg__park_unref(park);
}

/*
 * Answers to the server give back the room that they took.
 */
static void
end_answer(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	if (park->park_flags & PARKF_ANSWER) {
		mount->pmp_answers--;
		mount->pmp_answerbytes -= park->park_wiremax;
	}
	if (park->park_flags & PARKF_LASTWORD) {
		mount->pmp_lastwords--;
		cv_broadcast(&mount->pmp_cv);
	}
}

/*
 * Nobody waits.  The message leaves the mount before its callback runs, which
 * may enqueue the park again; the message's reference on the mount is ours
 * until the end.
 */
static void
end_unwaited(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__end end)
{
	struct puffs_req *frame;

	mutex_enter(&mount->pmp_lock);
	end_count(mount, park, end);
	end_answer(mount, park);
	frame = end_detach(park);
	puffsmsg__list_remove(mount, park);
	puffsmsg__store32(&park->park_state, PARK_DONE);
	mutex_exit(&mount->pmp_lock);
	puffsmsg__wire_free(frame);
}

static void
end_callback(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__end end, int rv)
{
	struct lwp *l = curlwp;

	park->park_preq->preq_rv = rv;
	end_unwaited(mount, park, end);
	l->l_nosleep++;
	park->park_done(mount, park->park_preq, park->park_donearg);
	l->l_nosleep--;
	puffsmsg__mount_unref(mount);
	puffsmsg__park_unref(park);
}

static void
end_faf(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__end end)
{
	end_unwaited(mount, park, end);
	puffsmsg__mount_unref(mount);
	puffsmsg__park_unref(park);
}

enum puffsmsg__end
puffsmsg__end(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__end end, int rv, const void *reply, size_t len)
{
	uint32_t flags = park->park_flags;

	if ((flags & PARKF_ABANDONED) == 0 &&
	    puffsmsg__translate_in(mount, park, reply, len) != 0 &&
	    reply != NULL) {
		end = END_REFUSED;
		rv = EPROTO;
	}
	if (flags & PARKF_FAF)
		end_faf(mount, park, end == END_DEAD ? END_FAFDEAD : END_FAF);
	else if (flags & PARKF_CALL)
		end_callback(mount, park, end, rv);
	else
		end_waiter(mount, park, end, rv);
	return end;
}

void
puffsmsg__abandoned_drop(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	bool inhand = park->park_state == PARK_INHAND;

	puffsmsg__idtable_remove(&mount->pmp_ids, park);
	puffsmsg__list_remove(mount, park);
	puffsmsg__wire_free(end_detach(park));
	puffsmsg__store32(&park->park_state, PARK_DONE);
	if (!inhand)
		puffsmsg__park_unref(park);
}

void
puffsmsg__collect(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	KASSERT(park->park_state == PARK_DONE);
	puffsmsg__list_remove(mount, park);
	puffsmsg__mount_unref_locked(mount);
}
