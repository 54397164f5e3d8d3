/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Waiting for a message's completion.
 */

#include <errno.h>
#include <string.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

/*
 * One wait, for the functions below and for the clean-up of a cancelled one.
 */
struct waiting {
	struct puffs_mount *w_mount;
	struct puffs_msgpark *w_park;
	struct lwp *w_lwp;
	struct puffsmsg__sigbits w_mask; /* to be restored */
	struct puffs_req *w_frame; /* for a message that goes on without us */
};

/*
 * Sleeps until the park is done or the sleep ends otherwise.  The lock is held
 * at entry and at return.
 */
static int
wait_sleep(struct waiting *w, unsigned how, uint64_t deadline)
{
	struct puffs_mount *mount = w->w_mount;
	int error;

	if (w->w_lwp->l_nosleep > 0)
		puffsmsg__panic("puffs_msg_wait: park %p: not finished, in a "
				"callback",
		    (void *)w->w_park);
	w->w_park->park_waiter = w->w_lwp;
	puffsmsg__sleep_prepare(w->w_lwp, how);
	mutex_exit(&mount->pmp_lock);
	error = puffsmsg__sleep_wait(w->w_lwp, deadline);
	mutex_enter(&mount->pmp_lock);
	w->w_park->park_waiter = NULL;
	return error;
}

/*
 * A message that the server must learn of goes on from the queue without its
 * caller, whose memory it is in: it needs a frame of its own.  Memory is waited
 * for without the lock, and the message may be elsewhere by then: true if it
 * has to be looked at again.
 */
static bool
wait_getframe(struct waiting *w)
{
	struct puffs_msgpark *park = w->w_park;

	if (park->park_state != PARK_TOUSER || !puffsmsg__must_arrive(park) ||
	    park->park_wire != park->park_preq || w->w_frame != NULL)
		return false;
	mutex_exit(&w->w_mount->pmp_lock);
	w->w_frame = puffsmsg_translate_alloc(park->park_wirecopy, 1);
	mutex_enter(&w->w_mount->pmp_lock);
	return true;
}

static void
wait_giveframe(struct waiting *w)
{
	struct puffs_msgpark *park = w->w_park;

	if (w->w_frame == NULL || park->park_state != PARK_TOUSER)
		return;
	memcpy(w->w_frame, park->park_preq, park->park_wirecopy);
	park->park_wire = w->w_frame;
	w->w_frame = NULL;
}

/*
 * The message is claimed or being copied: that ends soon.
 */
static bool
wait_isbusy(struct waiting *w)
{
	struct puffs_msgpark *park = w->w_park;

	if (park->park_state == PARK_COPYING)
		park->park_flags |= PARKF_LEAVING;
	return park->park_state == PARK_CLAIMED ||
	    park->park_state == PARK_COPYING;
}

/*
 * The wait ended early, with the lock held.  Whoever claimed the message
 * before us has decided its outcome and is copying, or the server is copying
 * it: that is awaited.  Else the message is given up.  Returns true if the
 * message is done.
 */
static bool
wait_giveup(struct waiting *w, enum puffsmsg__end how)
{
	struct puffs_msgpark *park = w->w_park;

	do {
		while (wait_isbusy(w))
			(void)wait_sleep(w, 0, PUFFSMSG_FOREVER);
	} while (wait_getframe(w));
	if (park->park_state == PARK_DONE)
		return true;
	wait_giveframe(w);
	puffsmsg__abandon(w->w_mount, park, how);
	park->park_settings |= PARKSET_GONE;
	return false;
}

/*
 * The thread was cancelled in its sleep and will not return from it.
 */
static void
wait_cancelled(void *arg)
{
	struct waiting *w = arg;
	struct puffs_mount *mount = w->w_mount;

	mutex_enter(&mount->pmp_lock);
	w->w_park->park_waiter = NULL;
	if (wait_giveup(w, END_CANCELLED))
		puffsmsg__collect(mount, w->w_park);
	else
		w->w_park->park_rv = EINTR; /* should somebody ask again */
	mutex_exit(&mount->pmp_lock);
	w->w_park->park_waited = true;
	puffsmsg__wire_free(w->w_frame);
	puffsmsg__sigmask_restore(w->w_lwp, &w->w_mask);
}

/*
 * The lock is held; it is dropped here.
 */
static int
wait_locked(struct waiting *w, unsigned how, uint64_t deadline)
{
	struct puffs_msgpark *park = w->w_park;
	int error = 0;

	while (park->park_state != PARK_DONE && error == 0)
		error = wait_sleep(w, how, deadline);
	if (error == 0 ||
	    wait_giveup(w, error == EINTR ? END_INTERRUPTED : END_TIMEDOUT)) {
		error = park->park_rv;
		puffsmsg__collect(w->w_mount, park);
	} else {
		park->park_rv = error;
	}
	mutex_exit(&w->w_mount->pmp_lock);
	return error;
}

/*
 * Only the interrupting signals get through; the others stay pending in the
 * emulated mask until the wait is over.
 */
static int
wait_masked(struct puffs_mount *mount, struct puffs_msgpark *park, unsigned how,
    uint64_t deadline)
{
	struct waiting w = { .w_mount = mount,
		.w_park = park,
		.w_lwp = curlwp };
	unsigned sleephow = 0;
	int error;

	if (how & WAIT_SIG)
		sleephow |= PUFFSMSG__SLEEP_SIG;
	if (how & WAIT_CANCEL)
		sleephow |= PUFFSMSG__SLEEP_CANCEL;
	puffsmsg__sigmask_block(w.w_lwp, &puffsmsg__sig_unimportant, &w.w_mask);
	puffsmsg__sleep_oncancel(w.w_lwp, wait_cancelled, &w);
	mutex_enter(&mount->pmp_lock);
	if (park->park_waiter != NULL)
		puffsmsg__panic("puffs_msg_wait: park %p: has a waiter",
		    (void *)park);
	error = wait_locked(&w, sleephow, deadline);
	puffsmsg__wire_free(w.w_frame);
	puffsmsg__sleep_oncancel(w.w_lwp, NULL, NULL);
	puffsmsg__sigmask_restore(w.w_lwp, &w.w_mask);
	return error;
}

/*
 * What can be answered without the mount, which may be gone if it does not
 * hold this message any more.
 */
static bool
wait_trivial(struct puffs_msgpark *park, int *error)
{
	*error = (int)puffsmsg__load32(&park->park_error);
	if (*error != 0 || park->park_settings & PARKSET_NOWAIT)
		return true;
	if (park->park_waited) {
		*error = park->park_rv;
		return true;
	}
	if (puffsmsg__load32(&park->park_state) == PARK_IDLE)
		puffsmsg__panic("puffs_msg_wait: park %p: not enqueued",
		    (void *)park);
	return false;
}

int
puffsmsg__wait(struct puffs_mount *mount, struct puffs_msgpark *park,
    unsigned how, uint64_t deadline)
{
	int error;

	puffsmsg__park_owned(park, "puffs_msg_wait");
	if (wait_trivial(park, &error))
		return error;
	if (mount != park->park_mount)
		puffsmsg__panic("puffs_msg_wait: park %p: sent to mount %p, "
				"not %p",
		    (void *)park, (void *)park->park_mount, (void *)mount);
	error = wait_masked(mount, park, how, deadline);
	park->park_waited = true;
	return error;
}

int
puffs_msg_wait(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	return puffsmsg__wait(mount, park, WAIT_INTR, PUFFSMSG_FOREVER);
}

static void
setback(struct puffs_node *node, uint32_t stat)
{
	if (node != NULL && stat != 0)
		(void)puffsmsg__or32(&node->pn_stat, stat);
}

/*
 * Setbacks count if a reply came in for this very wait: otherwise the header's
 * field is what an earlier reply, or the caller, left there.
 */
int
puffs_msg_wait2(struct puffs_mount *mount, struct puffs_msgpark *park,
    struct puffs_node *n1, struct puffs_node *n2)
{
	uint32_t bits, stat1 = 0, stat2 = 0;
	int error;

	error = puffs_msg_wait(mount, park);
	if (park->park_settings & PARKSET_NOWAIT || !park->park_waited ||
	    !park->park_replied)
		return error;
	park->park_replied = false;
	bits = park->park_preq->preq_setbacks;
	if (bits & PUFFS_SETBACK_INACT_N1)
		stat1 |= PNODE_DOINACT;
	if (bits & PUFFS_SETBACK_INACT_N2)
		stat2 |= PNODE_DOINACT;
	if (bits & PUFFS_SETBACK_NOREF_N1)
		stat1 |= PNODE_NOREFS;
	if (bits & PUFFS_SETBACK_NOREF_N2)
		stat2 |= PNODE_NOREFS;
	setback(n1, stat1);
	setback(n2, stat2);
	return error;
}
