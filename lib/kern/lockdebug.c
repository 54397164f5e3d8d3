/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Which locks an lwp holds, and what that forbids; see lockdebug.h.
 *
 * The list is the lwp's own: ids in an array in it, and in one from the host
 * when there are more.
 */

#include <string.h>

#include "kern/kern_private.h"
#include "kern/lockdebug.h"

#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC

static const uint16_t *
held_by(const struct lwp *l)
{
	return l->l_heldmore != NULL ? l->l_heldmore : l->l_held;
}

static uint32_t
room_of(const struct lwp *l)
{
	return l->l_heldmore != NULL ? l->l_heldroom : PUFFSMSG__MAXHELD;
}

static size_t
bytes(uint32_t n)
{
	return n * sizeof(uint16_t);
}

/* Twice the room, if there is memory. */
static bool
grow(struct lwp *l)
{
	uint32_t room = 2 * room_of(l);
	uint16_t *more = puffsmsg__memalloc(bytes(room), _Alignof(uint16_t),
	    false);

	if (more == NULL)
		return false;
	memcpy(more, held_by(l), bytes(l->l_nheld));
	puffsmsg__lockdebug_lwpfree(l);
	l->l_heldmore = more;
	l->l_heldroom = room;
	return true;
}

void
puffsmsg__lockdebug_lwpfree(struct lwp *l)
{
	if (l->l_heldmore != NULL)
		puffsmsg__memfree(l->l_heldmore, bytes(l->l_heldroom));
	l->l_heldmore = NULL;
}

void
puffsmsg__lockdebug_init(struct puffsmsg__lockid *id, const void *lock,
    const char *kind)
{
	bool again = false;
	uint32_t n = 0;

	if (kind != NULL)
		n = puffsmsg__lockorder_enlist(id, lock, kind, &again);
	if (again)
		puffsmsg__panic("%s_init: the %s at %p was not destroyed", kind,
		    puffsmsg__lockorder_kind(n), puffsmsg__lockorder_lock(n));
	id->li_id = n;
}

void
puffsmsg__lockdebug_destroy(struct puffsmsg__lockid *id)
{
	if (id->li_id != 0)
		puffsmsg__lockorder_delist(id->li_id);
	id->li_id = 0;
}

bool
puffsmsg__lockdebug_holds(const struct lwp *l,
    const struct puffsmsg__lockid *id)
{
	const uint16_t *held = held_by(l);

	for (uint32_t i = 0; i < l->l_nheld; i++) {
		if (held[i] == id->li_id)
			return true;
	}
	return false;
}

/* That the lwp holds this lock already is for the lock to say. */
void
puffsmsg__lockdebug_want(struct lwp *l, const struct puffsmsg__lockid *id)
{
	const uint16_t *held = held_by(l);

	if (l->l_nheld == 0 || id->li_id == 0 ||
	    puffsmsg__lockdebug_holds(l, id))
		return;
	for (uint32_t i = 0; i < l->l_nheld; i++) {
		if (!puffsmsg__lockorder_known(held[i], id->li_id))
			puffsmsg__lockorder_learn(held[i], id->li_id);
	}
}

void
puffsmsg__lockdebug_took(struct lwp *l, const struct puffsmsg__lockid *id)
{
	uint16_t *held;

	if (id->li_id == 0)
		return;
	if (l->l_nheld == room_of(l) && !grow(l)) {
		l->l_heldlost++;
		return;
	}
	held = l->l_heldmore != NULL ? l->l_heldmore : l->l_held;
	held[l->l_nheld++] = (uint16_t)id->li_id;
}

/* Off no list; there may be some that are on none. */
static void
left_lost(struct lwp *l, uint32_t id)
{
	if (l->l_heldlost == 0)
		puffsmsg__panic("%s %p is not held by lwp %d",
		    puffsmsg__lockorder_kind(id), puffsmsg__lockorder_lock(id),
		    (int)l->l_lid);
	l->l_heldlost--;
}

void
puffsmsg__lockdebug_left(struct lwp *l, const struct puffsmsg__lockid *id)
{
	uint16_t *held = l->l_heldmore != NULL ? l->l_heldmore : l->l_held;
	uint32_t i = l->l_nheld;

	if (id->li_id == 0)
		return;
	while (i > 0 && held[i - 1] != id->li_id)
		i--;
	if (i == 0) {
		left_lost(l, id->li_id);
		return;
	}
	memmove(&held[i - 1], &held[i], bytes(l->l_nheld - i));
	l->l_nheld--;
}

void
puffsmsg__lockdebug_wait(const struct puffsmsg__lockid *id)
{
	if (id->li_id != 0)
		puffsmsg__quiet_add32(puffsmsg__lockorder_waiters(id->li_id),
		    1);
}

void
puffsmsg__lockdebug_waited(const struct puffsmsg__lockid *id)
{
	if (id->li_id != 0)
		puffsmsg__quiet_add32(puffsmsg__lockorder_waiters(id->li_id),
		    UINT32_MAX);
}

bool
puffsmsg__lockdebug_awaited(const struct puffsmsg__lockid *id)
{
	return id->li_id != 0 &&
	    puffsmsg__quiet_load32(puffsmsg__lockorder_waiters(id->li_id)) > 0;
}

void
puffsmsg__lockdebug_none(const struct lwp *l, const char *call)
{
	uint32_t last;

	if (l->l_nheld == 0)
		return;
	last = held_by(l)[l->l_nheld - 1];
	puffsmsg__panic("%s: lwp %d holds %s %p", call, (int)l->l_lid,
	    puffsmsg__lockorder_kind(last), puffsmsg__lockorder_lock(last));
}

#endif
