/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Taking the oldest message off the queue to the server, and waiting for one.
 */

#include <errno.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/take.h"

/*
 * Whoever leaves without a message passes on the wakeup that may have been
 * meant for one.
 */
static void
take_passon(struct puffs_mount *mount)
{
	if (!TAILQ_EMPTY(&mount->pmp_list[LIST_TOUSER]))
		puffsmsg__sleep_unblock(
		    puffsmsg__sleepq_claim_one(&mount->pmp_readers));
}

/*
 * Not an errno: EAGAIN is EWOULDBLOCK in most places.
 */
#define TAKE_EMPTY (-1)

/*
 * One look at the queue.  TAKE_EMPTY: nothing to take, no reason to leave.
 */
static int
take_try(struct puffsmsg__taking *t)
{
	struct puffs_mount *mount = t->t_mount;
	struct puffs_msgpark *park;

	if (mount->pmp_status != PUFFSTAT_RUNNING)
		return ENXIO;
	if (t->t_stop != NULL && puffsmsg__load32(t->t_stop) != 0)
		return ECANCELED;
	park = TAILQ_FIRST(&mount->pmp_list[LIST_TOUSER]);
	if (park == NULL)
		return TAKE_EMPTY;
	t->t_len = park->park_wirecopy;
	if (t->t_len > t->t_maxsize)
		return EMSGSIZE;
	t->t_park = park;
	t->t_take(t);
	return 0;
}

/*
 * The thread was cancelled in its sleep: off the queue, wakeup passed on.
 */
static void
take_cancelled(void *arg)
{
	struct puffsmsg__taking *t = arg;
	struct puffs_mount *mount = t->t_mount;

	mutex_enter(&mount->pmp_lock);
	puffsmsg__sleepq_leave(&mount->pmp_readers, t->t_lwp);
	take_passon(mount);
	puffsmsg__mount_unref_locked(mount);
	mutex_exit(&mount->pmp_lock);
}

/*
 * Sleeps until there may be something.  The lock is held at entry and return.
 */
static int
take_sleep(struct puffsmsg__taking *t)
{
	struct puffs_mount *mount = t->t_mount;
	int error;

	if (t->t_lwp->l_nosleep > 0)
		puffsmsg__panic("puffs_msgif_getout: mount %p: would block in "
				"a callback",
		    (void *)mount);
	puffsmsg__mount_ref_locked(mount);
	puffsmsg__sleepq_enter(&mount->pmp_readers, t->t_lwp, t->t_how);
	mutex_exit(&mount->pmp_lock);
	puffsmsg__sleep_oncancel(t->t_lwp, take_cancelled, t);
	error = puffsmsg__sleep_wait(t->t_lwp, PUFFSMSG_FOREVER);
	puffsmsg__sleep_oncancel(t->t_lwp, NULL, NULL);
	mutex_enter(&mount->pmp_lock);
	if (error != 0)
		puffsmsg__sleepq_leave(&mount->pmp_readers, t->t_lwp);
	puffsmsg__mount_unref_locked(mount);
	return error;
}

/*
 * Whether to sleep for a message, and with what to leave if not.
 */
static int
take_empty(struct puffsmsg__taking *t, int *interrupted)
{
	if (t->t_nonblock)
		return EWOULDBLOCK;
	if (*interrupted == 0)
		*interrupted = take_sleep(t);
	else
		return *interrupted;
	return TAKE_EMPTY;
}

int
puffsmsg__take(struct puffsmsg__taking *t)
{
	struct puffs_mount *mount = t->t_mount;
	int error, interrupted = 0;

	t->t_lwp = curlwp;
	mutex_enter(&mount->pmp_lock);
	do {
		error = take_try(t);
		if (error == TAKE_EMPTY)
			error = take_empty(t, &interrupted);
	} while (error == TAKE_EMPTY);
	if (error != 0)
		take_passon(mount);
	mutex_exit(&mount->pmp_lock);
	return error;
}

void
puffsmsg__take_kick(struct puffs_mount *mount)
{
	mutex_enter(&mount->pmp_lock);
	puffsmsg__sleepq_wake_all(&mount->pmp_readers);
	mutex_exit(&mount->pmp_lock);
}
