/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The ends of a mount: unmount by the caller's side, close by the server's,
 * loss of the server.  All meet in one teardown, which one thread does.
 */

#include <errno.h>

#include <sys/kernel.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

#include <puffsmsg/op.h>
#include <puffsmsg/puffsmsg.h>

/*
 * The messages that die with the server, in two chains by the link that their
 * ids no longer need: callbacks may take their time, so that nobody is to wait
 * behind them.
 */
struct dead {
	struct puffs_msgpark *d_waited, **d_waitedtail;
	struct puffs_msgpark *d_called, **d_calledtail;
};

static void
dead_claim(struct puffs_mount *mount, enum puffsmsg__list list,
    struct dead *dead)
{
	struct puffs_msgpark *park, ***tail;

	while ((park = TAILQ_FIRST(&mount->pmp_list[list])) != NULL) {
		puffsmsg__claim(mount, park);
		park->park_idnext = NULL;
		tail = &dead->d_waitedtail;
		if (park->park_flags & PARKF_CALL)
			tail = &dead->d_calledtail;
		**tail = park;
		*tail = &park->park_idnext;
	}
}

/*
 * No message gets in any more, so that all there will ever be are on the
 * lists, or claimed by somebody who is ending them.
 */
static void
dead_claimall(struct puffs_mount *mount, struct dead *dead)
{
	dead->d_waited = dead->d_called = NULL;
	dead->d_waitedtail = &dead->d_waited;
	dead->d_calledtail = &dead->d_called;
	dead_claim(mount, LIST_TOUSER, dead);
	dead_claim(mount, LIST_INHAND, dead);
	dead_claim(mount, LIST_REPLYWAIT, dead);
	while (!TAILQ_EMPTY(&mount->pmp_list[LIST_ABANDONED]))
		puffsmsg__abandoned_drop(mount,
		    TAILQ_FIRST(&mount->pmp_list[LIST_ABANDONED]));
}

static void
dead_end(struct puffs_mount *mount, struct puffs_msgpark *next)
{
	struct puffs_msgpark *park;

	while ((park = next) != NULL) {
		next = park->park_idnext;
		park->park_idnext = NULL;
		(void)puffsmsg__end(mount, park, END_DEAD, ENXIO, NULL, 0);
	}
}

void
puffs_userdead(struct puffs_mount *mount)
{
	struct dead dead;
	bool tell;

	mutex_enter(&mount->pmp_lock);
	puffsmsg__mount_ref_locked(mount);
	tell = mount->pmp_status != PUFFSTAT_DYING &&
	    mount->pmp_opt.notify != NULL;
	mount->pmp_status = PUFFSTAT_DYING;
	dead_claimall(mount, &dead);
	puffsmsg__sleepq_wake_all(&mount->pmp_readers);
	cv_broadcast(&mount->pmp_cv);
	mutex_exit(&mount->pmp_lock);
	dead_end(mount, dead.d_waited);
	dead_end(mount, dead.d_called);
	if (tell)
		mount->pmp_opt.notify(mount->pmp_opt.notify_arg);
	puffsmsg__mount_unref(mount);
}

/*
 * The one place that every loss of a server goes through, whoever notices it.
 * What was torn down has nothing left to lose.
 */
void
puffsmsg__mount_serverlost(struct puffs_mount *mount)
{
	bool torndown, told;

	mutex_enter(&mount->pmp_lock);
	torndown = mount->pmp_torndown;
	told = mount->pmp_serverlost;
	mount->pmp_serverlost = true;
	mutex_exit(&mount->pmp_lock);
	if (torndown)
		return;
	if (mount->pmp_opt.serverlost != NULL && !told)
		mount->pmp_opt.serverlost(mount, mount->pmp_opt.serverlost_arg);
	puffs_userdead(mount);
}

/* When a silent server that is asked now has had its time. */
static uint64_t
grace_end(const struct puffs_mount *mount)
{
	return puffsmsg__clock() + (uint64_t)mount->pmp_opt.grace_ms * 1000000u;
}

/*
 * Takes down what is left.  pmp_unmounting is ours, so nobody else is at it.
 */
static void
teardown(struct puffs_mount *mount)
{
	puffs_userdead(mount);
	puffsmsg__sop_tellexit(mount);
	mutex_enter(&mount->pmp_lock);
	mount->pmp_torndown = true;
	mutex_exit(&mount->pmp_lock);
}

/*
 * Waits for the unmount that is in progress.  It may wait for ever for its
 * server: one that has not answered it by `deadline' is lost.
 */
static void
unmount_await(struct puffs_mount *mount, uint64_t deadline)
{
	uint64_t now = puffsmsg__clock();

	if (mount->pmp_status != PUFFSTAT_RUNNING) {
		cv_wait(&mount->pmp_cv, &mount->pmp_lock);
	} else if (now < deadline) {
		(void)cv_timedwait(&mount->pmp_cv, &mount->pmp_lock,
		    (int)mstohz((unsigned)((deadline - now) / 1000000u)) + 1);
	} else {
		mutex_exit(&mount->pmp_lock);
		puffs_userdead(mount);
		mutex_enter(&mount->pmp_lock);
	}
}

/*
 * The right to unmount: held by one thread at a time.  0: it is ours, and the
 * mount is not torn down; EALREADY: it is torn down; or EINTR.
 */
static int
unmount_enter(struct puffs_mount *mount, bool intr)
{
	uint64_t deadline = grace_end(mount);
	struct puffsmsg__sigbits mask;
	struct lwp *l = curlwp;
	int error = 0;

	puffsmsg__sigmask_block(l, &puffsmsg__sig_unimportant, &mask);
	mutex_enter(&mount->pmp_lock);
	puffsmsg__mount_ref_locked(mount);
	while (mount->pmp_unmounting && error == 0) {
		if (intr)
			error = cv_wait_sig(&mount->pmp_cv, &mount->pmp_lock);
		else
			unmount_await(mount, deadline);
	}
	if (error == 0 && mount->pmp_torndown)
		error = EALREADY;
	if (error == 0)
		mount->pmp_unmounting = true;
	else
		puffsmsg__mount_unref_locked(mount);
	mutex_exit(&mount->pmp_lock);
	puffsmsg__sigmask_restore(l, &mask);
	return error;
}

static void
unmount_leave(struct puffs_mount *mount)
{
	mutex_enter(&mount->pmp_lock);
	mount->pmp_unmounting = false;
	cv_broadcast(&mount->pmp_cv);
	puffsmsg__mount_unref_locked(mount);
	mutex_exit(&mount->pmp_lock);
}

/*
 * Asks the server.  A forced unmount is not to be interrupted, but the server
 * has a grace time only.
 */
static int
unmount_ask(struct puffs_mount *mount, int flags)
{
	bool forced = (flags & PUFFSMSG_MNT_FORCE) != 0;
	uint64_t deadline = PUFFSMSG_FOREVER;
	struct puffs_vfsmsg_unmount *msg;
	struct puffs_msgpark *park;
	void *mem;
	int error;

	(void)puffsmsg__park_alloc(sizeof(*msg), &park, &mem, true);
	msg = mem;
	puffs_msg_setinfo(park, PUFFSOP_VFS, PUFFS_VFS_UNMOUNT, NULL);
	msg->pvfsr_flags = flags;
	if (forced)
		deadline = grace_end(mount);
	(void)puffsmsg__enqueue(mount, park, forced ? PARKF_NOINTR : 0, true);
	error = puffsmsg__wait(mount, park, forced ? 0 : WAIT_SIG, deadline);
	puffs_msgmem_release(park);
	return error;
}

/*
 * Whether the mount may go.  0, or why it stays RUNNING.
 */
static int
unmount_agree(struct puffs_mount *mount, int flags)
{
	int error;

	if (puffsmsg_mount_state(mount) != PUFFSTAT_RUNNING)
		return 0;
	error = unmount_ask(mount, flags);
	if (flags & PUFFSMSG_MNT_FORCE ||
	    puffsmsg_mount_state(mount) != PUFFSTAT_RUNNING)
		return 0;
	return error;
}

int
puffsmsg_mount_unmount(struct puffs_mount *mount, int flags)
{
	int error;

	puffsmsg__not_in_callback("puffsmsg_mount_unmount", mount);
	error = unmount_enter(mount, (flags & PUFFSMSG_MNT_FORCE) == 0);
	if (error != 0)
		return error == EALREADY ? 0 : error;
	error = unmount_agree(mount, flags);
	if (error == 0)
		teardown(mount);
	unmount_leave(mount);
	return error;
}

/*
 * An unmount that is in progress may be waiting for the very server that is
 * gone: loss comes first.
 */
int
puffs_msgif_close(void *ctx)
{
	struct puffs_mount *mount = ctx;
	bool waited = false;

	puffsmsg__not_in_callback("puffs_msgif_close", mount);
	puffsmsg__mount_ref(mount);
	puffsmsg__mount_serverlost(mount);
	mutex_enter(&mount->pmp_lock);
	while (mount->pmp_unmounting) {
		waited = true;
		cv_wait(&mount->pmp_cv, &mount->pmp_lock);
	}
	mutex_exit(&mount->pmp_lock);
	if (!waited)
		(void)puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE);
	puffsmsg__mount_unref(mount);
	return waited ? PUFFSMSG_ERESTART : 0;
}
