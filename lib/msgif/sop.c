/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The sop thread: what a server asks of us and what cannot be done on the
 * server's own thread, since it may need a lock that is held until the server
 * has answered something.
 *
 *	            start                unmount, or told to exit
 *	NONE --------------> RUNNING ------------------------> LEAVING
 *	 ^ |                    ^                                 |
 *	 | +--------------------+                                 | purged
 *	 |  the host's unmount failed                             |
 *	 +--------------------------------------------------------+
 *
 * Requests are taken while RUNNING only, and whatever was taken is answered:
 * the state changes under the same lock under which requests are queued.
 */

#include <errno.h>
#include <string.h>

#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/kthread.h>

#include "kern/kern.h"
#include "msgif/msgif_private.h"

void
puffsmsg__sop_init(struct puffs_mount *mount)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;

	mutex_init(&sop->sop_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&sop->sop_cv, "puffsop");
	TAILQ_INIT(&sop->sop_fast);
	TAILQ_INIT(&sop->sop_expiries);
}

void
puffsmsg__sop_fini(struct puffs_mount *mount)
{
	cv_destroy(&mount->pmp_sop.sop_cv);
	mutex_destroy(&mount->pmp_sop.sop_lock);
}

int
puffsmsg__sop_start(struct puffs_mount *mount)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;
	int error;

	sop->sop_state = SOPST_RUNNING;
	sop->sop_unclaimed = true;
	error = kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
	    NULL, puffs_sop_thread, mount, &sop->sop_join, "sop/%s",
	    mount->pmp_name);
	if (error != 0)
		sop->sop_state = SOPST_NONE;
	return error;
}

/*
 * No further request gets in, and the thread goes for good.
 */
void
puffsmsg__sop_tellexit(struct puffs_mount *mount)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;

	mutex_enter(&sop->sop_lock);
	sop->sop_exit = true;
	if (sop->sop_state == SOPST_RUNNING)
		sop->sop_state = SOPST_LEAVING;
	cv_broadcast(&sop->sop_cv);
	mutex_exit(&sop->sop_lock);
}

void
puffsmsg__sop_join(struct puffs_mount *mount)
{
	(void)kthread_join(mount->pmp_sop.sop_join);
	mount->pmp_sop.sop_join = NULL;
}

bool
puffsmsg__sop_isself(struct puffs_mount *mount)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;
	bool self;

	mutex_enter(&sop->sop_lock);
	self = sop->sop_self == curlwp;
	mutex_exit(&sop->sop_lock);
	return self;
}

int
puffsmsg__sop_request(struct puffs_mount *mount, enum puffsmsg__sopkind kind,
    const struct puffs_flush *flush)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;
	struct puffsmsg__sopreq *sr;
	bool taken;

	sr = kmem_zalloc(sizeof(*sr), KM_NOSLEEP);
	if (sr == NULL)
		return ENOMEM;
	sr->sr_kind = kind;
	sr->sr_flush = *flush;
	mutex_enter(&sop->sop_lock);
	taken = sop->sop_state == SOPST_RUNNING;
	if (taken) {
		TAILQ_INSERT_TAIL(&sop->sop_fast, sr, sr_entries);
		cv_signal(&sop->sop_cv);
	}
	mutex_exit(&sop->sop_lock);
	if (!taken)
		kmem_free(sr, sizeof(*sr));
	return taken ? 0 : ENXIO;
}

/*
 * What is to be done next: requests and expiries that are due take turns, so
 * that neither kind starves the other.  Under the lock; NULL if nothing is.
 */
static struct puffsmsg__sopreq *
sop_pick(struct puffsmsg__sop *sop)
{
	struct puffsmsg__sopreq *fast = TAILQ_FIRST(&sop->sop_fast);
	struct puffsmsg__sopreq *due = puffsmsg__expire_due(sop);

	if (due != NULL && (fast == NULL || !sop->sop_expirylast)) {
		sop->sop_expirylast = true;
		TAILQ_REMOVE(&sop->sop_expiries, due, sr_entries);
		return due;
	}
	sop->sop_expirylast = false;
	if (fast != NULL)
		TAILQ_REMOVE(&sop->sop_fast, fast, sr_entries);
	return fast;
}

/*
 * Sleeps until there is something to do.  NULL: time to leave.  To take an
 * UNMOUNT is to start leaving: nothing gets in behind it.
 */
static struct puffsmsg__sopreq *
sop_next(struct puffsmsg__sop *sop)
{
	struct puffsmsg__sopreq *sr = NULL;

	mutex_enter(&sop->sop_lock);
	while (sop->sop_state == SOPST_RUNNING && sr == NULL) {
		sr = sop_pick(sop);
		if (sr == NULL)
			(void)cv_timedwait(&sop->sop_cv, &sop->sop_lock,
			    puffsmsg__expire_timeout(sop));
	}
	if (sr != NULL && sr->sr_kind == SOP_UNMOUNT)
		sop->sop_state = SOPST_LEAVING;
	mutex_exit(&sop->sop_lock);
	return sr;
}

/*
 * Does one request.  Returns true if it was an UNMOUNT whose answer is on its
 * way.
 */
static bool
sop_do(struct puffs_mount *mount, struct puffsmsg__sopreq *sr)
{
	const struct puffs_req *req = &sr->sr_flush.pf_req;
	bool sent = false;

	switch (sr->sr_kind) {
	case SOP_FLUSH:
		(void)puffsmsg__answer_reserved(mount, req,
		    puffsmsg__flush_run(mount, &sr->sr_flush), 0);
		break;
	case SOP_UNMOUNT:
		sent = puffsmsg__answer_reserved(mount, req, 0,
			   PARKF_LASTWORD) == 0;
		break;
	case SOP_EXPIRE:
		puffsmsg__expire_run(mount, sr->sr_flush.pf_cookie64);
		break;
	}
	return sent;
}

/*
 * The thread leaves: requests get ENXIO, expiries are dropped.  Nothing can be
 * queued any more, so that one look at each list is enough.
 */
static void
sop_purge(struct puffs_mount *mount)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;
	struct puffsmsg__soplist left = TAILQ_HEAD_INITIALIZER(left);
	struct puffsmsg__sopreq *sr;

	mutex_enter(&sop->sop_lock);
	TAILQ_CONCAT(&left, &sop->sop_fast, sr_entries);
	TAILQ_CONCAT(&left, &sop->sop_expiries, sr_entries);
	mutex_exit(&sop->sop_lock);
	while ((sr = TAILQ_FIRST(&left)) != NULL) {
		TAILQ_REMOVE(&left, sr, sr_entries);
		if (sr->sr_kind != SOP_EXPIRE)
			(void)puffsmsg__answer_reserved(mount,
			    &sr->sr_flush.pf_req, ENXIO, 0);
		kmem_free(sr, sizeof(*sr));
	}
}

/*
 * The server should learn that its UNMOUNT was heard before it is cut off:
 * waits until it has read the answer, but no longer than the grace time.
 */
static void
sop_lastword(struct puffs_mount *mount)
{
	uint64_t end = puffsmsg__clock() +
	    (uint64_t)mount->pmp_opt.grace_ms * 1000000u;
	uint64_t now;

	mutex_enter(&mount->pmp_lock);
	while (mount->pmp_lastwords > 0 &&
	    mount->pmp_status == PUFFSTAT_RUNNING &&
	    (now = puffsmsg__clock()) < end)
		(void)cv_timedwait(&mount->pmp_cv, &mount->pmp_lock,
		    (int)mstohz((unsigned)((end - now) / 1000000u)) + 1);
	mutex_exit(&mount->pmp_lock);
}

/*
 * Serves until told to leave.  Returns true if the server asked for it.
 */
static bool
sop_serve(struct puffs_mount *mount)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;
	struct puffsmsg__sopreq *sr;
	bool unmount = false, sent = false;

	while (!unmount && (sr = sop_next(sop)) != NULL) {
		unmount = sr->sr_kind == SOP_UNMOUNT;
		sent = sop_do(mount, sr);
		kmem_free(sr, sizeof(*sr));
	}
	sop_purge(mount);
	if (sent)
		sop_lastword(mount);
	mutex_enter(&sop->sop_lock);
	sop->sop_state = SOPST_NONE;
	mutex_exit(&sop->sop_lock);
	return unmount;
}

/*
 * As an ordinary thread that the mount does not know any more.
 */
static int
sop_unmount(struct puffs_mount *mount)
{
	if (mount->pmp_fsops.unmount != NULL)
		return mount->pmp_fsops.unmount(mount->pmp_opt.fsarg, mount);
	return puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE);
}

/*
 * The host could not unmount, and the mount goes on: so must its sop thread,
 * unless it has been told to exit meanwhile.
 */
static bool
sop_again(struct puffs_mount *mount)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;
	bool again;

	mutex_enter(&sop->sop_lock);
	again = !sop->sop_exit;
	if (again)
		sop->sop_state = SOPST_RUNNING;
	mutex_exit(&sop->sop_lock);
	return again;
}

static void
sop_enter(struct puffs_mount *mount)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;

	mutex_enter(&sop->sop_lock);
	if (!sop->sop_unclaimed)
		puffsmsg__panic("puffs_sop_thread: mount %p: has one",
		    (void *)mount);
	sop->sop_unclaimed = false;
	sop->sop_self = curlwp;
	mutex_exit(&sop->sop_lock);
}

void
puffs_sop_thread(void *arg)
{
	struct puffs_mount *mount = arg;

	sop_enter(mount);
	while (sop_serve(mount)) {
		if (sop_unmount(mount) == 0 || !sop_again(mount))
			break;
	}
	kthread_exit(0);
}
