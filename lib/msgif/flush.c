/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Flush requests: a server asks for names or pages to be forgotten.  Runs on
 * the sop thread without locks; what the caches are is the host's business.
 */

#include <errno.h>

#include "msgif/msgif_private.h"

static int
flush_dir(struct puffs_mount *mount, const struct puffsmsg_nodeinfo *info)
{
	const struct puffsmsg_fsops *ops = &mount->pmp_fsops;

	if (info->type != PUFFSMSG_NODE_DIR)
		return EINVAL;
	if (ops->purgedir == NULL)
		return EOPNOTSUPP;
	return ops->purgedir(mount->pmp_opt.fsarg, info->node);
}

/*
 * The range widened to whole pages.  An end of 0 means to the end of the file;
 * the last page may end beyond what an offset can say, which means the same.
 */
static int
flush_range(struct puffs_mount *mount, const struct puffs_flush *pf,
    const struct puffsmsg_nodeinfo *info, int flags)
{
	const struct puffsmsg_fsops *ops = &mount->pmp_fsops;
	const int64_t mask = (int64_t)mount->pmp_opt.pagesize - 1;
	int64_t start = pf->pf_start, end = pf->pf_end;

	if (info->type != PUFFSMSG_NODE_REG || start < 0 || end < 0 ||
	    (uint64_t)end > info->fsize || (end != 0 && start >= end))
		return EINVAL;
	if (ops->putpages == NULL)
		return EOPNOTSUPP;
	start &= ~mask;
	if (end > INT64_MAX - mask)
		end = 0;
	else
		end = (end + mask) & ~mask;
	return ops->putpages(mount->pmp_opt.fsarg, info->node, start, end,
	    flags);
}

static int
flush_node(struct puffs_mount *mount, const struct puffs_flush *pf,
    const struct puffsmsg_nodeinfo *info)
{
	if (pf->pf_op == PUFFS_INVAL_NAMECACHE_DIR)
		return flush_dir(mount, info);
	if (pf->pf_op == PUFFS_INVAL_PAGECACHE_NODE_RANGE)
		return flush_range(mount, pf, info, PUFFSMSG_PGO_FREE);
	return flush_range(mount, pf, info, PUFFSMSG_PGO_CLEANIT);
}

static int
flush_all(struct puffs_mount *mount)
{
	if (mount->pmp_fsops.purgeall == NULL)
		return EOPNOTSUPP;
	return mount->pmp_fsops.purgeall(mount->pmp_opt.fsarg);
}

static bool
flush_hasnode(int op)
{
	return op == PUFFS_INVAL_NAMECACHE_DIR ||
	    op == PUFFS_INVAL_PAGECACHE_NODE_RANGE ||
	    op == PUFFS_FLUSH_PAGECACHE_NODE_RANGE;
}

int
puffsmsg__flush_run(struct puffs_mount *mount, const struct puffs_flush *pf)
{
	const struct puffsmsg_fsops *ops = &mount->pmp_fsops;
	struct puffsmsg_nodeinfo info = { .node = NULL };
	int error;

	if (pf->pf_op == PUFFS_INVAL_NAMECACHE_ALL)
		return flush_all(mount);
	if (!flush_hasnode(pf->pf_op))
		return EINVAL;
	if (ops->cookie2node == NULL)
		return EOPNOTSUPP;
	error = ops->cookie2node(mount->pmp_opt.fsarg, pf->pf_cookie64, &info);
	if (error != 0)
		return error;
	error = flush_node(mount, pf, &info);
	if (ops->noderelease != NULL)
		ops->noderelease(mount->pmp_opt.fsarg, info.node);
	return error;
}
