/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Expiries of nodes: queued by the host, run by the sop thread when their time
 * has come.
 */

#include <errno.h>

#include <sys/kernel.h>
#include <sys/kmem.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

/*
 * Ticks from `from' to `to', negative if it is past; they wrap.
 */
static int
ticks_until(int from, int to)
{
	return (int)((unsigned)to - (unsigned)from);
}

struct puffsmsg__sopreq *
puffsmsg__expire_due(struct puffsmsg__sop *sop)
{
	struct puffsmsg__sopreq *sr = TAILQ_FIRST(&sop->sop_expiries);

	if (sr != NULL && ticks_until(hardclock_ticks, sr->sr_at) <= 0)
		return sr;
	return NULL;
}

/*
 * For how many ticks the sop thread may sleep; 0: until it is woken.
 */
int
puffsmsg__expire_timeout(const struct puffsmsg__sop *sop)
{
	const struct puffsmsg__sopreq *sr = TAILQ_FIRST(&sop->sop_expiries);
	int ticks;

	if (sr == NULL)
		return 0;
	ticks = ticks_until(hardclock_ticks, sr->sr_at);
	return ticks > 0 ? ticks : 1;
}

/*
 * Keeps the list in order of time, and equal times in order of asking.  Most
 * expiries are asked for in that order, and go to the end at once.
 */
static void
expire_insert(struct puffsmsg__sop *sop, struct puffsmsg__sopreq *sr)
{
	struct puffsmsg__sopreq *first = TAILQ_FIRST(&sop->sop_expiries);
	struct puffsmsg__sopreq *before;

	before = TAILQ_LAST(&sop->sop_expiries, puffsmsg__soplist);
	if (first != NULL && ticks_until(first->sr_at, sr->sr_at) < 0)
		before = NULL;
	while (before != NULL && ticks_until(before->sr_at, sr->sr_at) < 0)
		before = TAILQ_PREV(before, puffsmsg__soplist, sr_entries);
	if (before != NULL)
		TAILQ_INSERT_AFTER(&sop->sop_expiries, before, sr, sr_entries);
	else
		TAILQ_INSERT_HEAD(&sop->sop_expiries, sr, sr_entries);
}

static int
expire_queue(struct puffsmsg__sop *sop, struct puffsmsg__sopreq *sr)
{
	bool taken;

	mutex_enter(&sop->sop_lock);
	taken = sop->sop_state == SOPST_RUNNING;
	if (taken) {
		expire_insert(sop, sr);
		if (TAILQ_FIRST(&sop->sop_expiries) == sr)
			cv_signal(&sop->sop_cv);
	}
	mutex_exit(&sop->sop_lock);
	if (!taken)
		kmem_free(sr, sizeof(*sr));
	return taken ? 0 : ENXIO;
}

int
puffsmsg_expire(struct puffs_mount *mount, uint64_t cookie, int at_ticks)
{
	struct puffsmsg__sopreq *sr;
	int error = ENOMEM;

	puffsmsg__mount_ref(mount); /* memory may be waited for */
	sr = kmem_zalloc(sizeof(*sr),
	    curlwp->l_nosleep == 0 ? KM_SLEEP : KM_NOSLEEP);
	if (sr != NULL) {
		sr->sr_kind = SOP_EXPIRE;
		sr->sr_at = at_ticks;
		sr->sr_flush.pf_cookie64 = cookie;
		error = expire_queue(&mount->pmp_sop, sr);
	}
	puffsmsg__mount_unref(mount);
	return error;
}

/*
 * If the node still exists, the release may be its last: that is the point.
 */
void
puffsmsg__expire_run(struct puffs_mount *mount, uint64_t cookie)
{
	const struct puffsmsg_fsops *ops = &mount->pmp_fsops;
	void *arg = mount->pmp_opt.fsarg;
	struct puffsmsg_nodeinfo info = { .node = NULL };

	if (ops->cookie2node == NULL ||
	    ops->cookie2node(arg, cookie, &info) != 0)
		return;
	if (info.node != NULL)
		(void)puffsmsg__and32(&info.node->pn_stat, ~PNODE_SOPEXP);
	if (ops->noderelease != NULL)
		ops->noderelease(arg, info.node);
}
