/* SPDX-License-Identifier: BSD-2-Clause */

/* What a file server answers: can it be used? */

#include <errno.h>

#include "op/op_private.h"

static int
cookie_ok(uint64_t cookie)
{
	return cookie != 0 && puffsmsg_cookie_fits(cookie);
}

static int
accept_lookup(const void *frame, size_t received)
{
	const struct puffs_vnmsg_lookup *m = frame;

	(void)received;
	return cookie_ok(m->pvnr_newnode) &&
	    puffsmsg__op_nodetype(m->pvnr_vtype) &&
	    puffsmsg__op_vattrtype(m->pvnr_va.va_type);
}

/* CREATE, MKNOD, MKDIR, and SYMLINK as far as it matters here. */
static int
accept_make(const void *frame, size_t received)
{
	const struct puffs_vnmsg_create *m = frame;

	(void)received;
	return cookie_ok(m->pvnr_newnode) &&
	    puffsmsg__op_vattrtype(m->pvnr_va.va_type);
}

static int
accept_attr(const void *frame, size_t received)
{
	const struct puffs_vnmsg_setgetattr *m = frame;

	(void)received;
	return puffsmsg__op_vattrtype(m->pvnr_va.va_type);
}

static int
accept_readdir(const void *frame, size_t received)
{
	const struct puffs_vnmsg_readdir *m = frame;

	return m->pvnr_dentoff <= received - PUFFSMSG_READDIR_DATA;
}

static int
accept_readlink(const void *frame, size_t received)
{
	const struct puffs_vnmsg_readlink *m = frame;

	(void)received;
	return m->pvnr_linklen <= sizeof(m->pvnr_link);
}

static int
accept_statvfs(const void *frame, size_t received)
{
	const struct puffs_vfsmsg_statvfs *m = frame;
	const struct puffsmsg_statvfs *sb = &m->pvfsr_sb;

	(void)received;
	return puffsmsg__op_isstring(sb->f_fstypename,
		   sizeof(sb->f_fstypename)) &&
	    puffsmsg__op_isstring(sb->f_mntonname, sizeof(sb->f_mntonname)) &&
	    puffsmsg__op_isstring(sb->f_mntfromname, sizeof(sb->f_mntfromname));
}

static int
accept_fhtonode(const void *frame, size_t received)
{
	const struct puffs_vfsmsg_fhtonode *m = frame;

	(void)received;
	return cookie_ok(m->pvfsr_fhcookie) &&
	    puffsmsg__op_nodetype(m->pvfsr_vtype);
}

static int
accept_nodetofh(const void *frame, size_t received)
{
	const struct puffs_vfsmsg_nodetofh *m = frame;

	return m->pvfsr_dsize <= received - PUFFSMSG_NODETOFH_DATA;
}

#define VFS(type, tag, accept) \
	[PUFFS_VFS_##type] = { sizeof(struct puffs_vfsmsg_##tag), accept }
#define VN(type, tag, accept) \
	[PUFFS_VN_##type] = { sizeof(struct puffs_vnmsg_##tag), accept }
/* These answer with preq_rv alone. */
#define VFS_BARE(type) [PUFFS_VFS_##type] = { sizeof(struct puffs_req), NULL }
#define VN_BARE(type)  [PUFFS_VN_##type] = { sizeof(struct puffs_req), NULL }

static const struct puffsmsg__op_rule vfs_rules[PUFFS_VFS_MAX + 1] = {
	VFS_BARE(UNMOUNT),
	VFS(STATVFS, statvfs, accept_statvfs),
	VFS_BARE(SYNC),
	VFS(FHTOVP, fhtonode, accept_fhtonode),
	VFS(VPTOFH, nodetofh, accept_nodetofh),
	VFS_BARE(EXTATTRCTL),
	VFS_BARE(SUSPEND),
};

static const struct puffsmsg__op_rule vn_rules[PUFFS_VN_MAX + 1] = {
	VN(LOOKUP, lookup, accept_lookup),
	VN(CREATE, create, accept_make),
	VN(MKNOD, mknod, accept_make),
	VN(OPEN, open, NULL),
	VN_BARE(CLOSE),
	VN_BARE(ACCESS),
	VN(GETATTR, setgetattr, accept_attr),
	VN(SETATTR, setgetattr, accept_attr),
	VN(READ, rw, NULL),
	VN(WRITE, rw, NULL),
	VN(POLL, poll, NULL),
	VN_BARE(MMAP),
	VN_BARE(FSYNC),
	VN_BARE(SEEK),
	VN_BARE(REMOVE),
	VN_BARE(LINK),
	VN_BARE(RENAME),
	VN(MKDIR, mkdir, accept_make),
	VN_BARE(RMDIR),
	VN(SYMLINK, symlink, accept_make),
	VN(READDIR, readdir, accept_readdir),
	VN(READLINK, readlink, accept_readlink),
	VN_BARE(ABORTOP),
	VN_BARE(INACTIVE),
	VN_BARE(RECLAIM),
	VN_BARE(PRINT),
	VN(PATHCONF, pathconf, NULL),
	VN(ADVLOCK, advlock, NULL),
	VN(GETEXTATTR, getextattr, NULL),
	VN(LISTEXTATTR, listextattr, NULL),
	VN_BARE(DELETEEXTATTR),
	VN(SETEXTATTR, setextattr, NULL),
	VN_BARE(FALLOCATE),
	VN_BARE(FDISCARD),
};

static const struct puffsmsg__op_rules rules = { vfs_rules, vn_rules };

int
puffsmsg_op_check_result(const void *frame, size_t received)
{
	const struct puffs_req *req = frame;

	if (received >= sizeof(*req) && req->preq_rv != 0)
		return EINVAL;
	return puffsmsg__op_check(&rules, frame, received);
}

void *
puffsmsg_op_result(void *frame, size_t received, unsigned opclass,
    unsigned optype)
{
	if (puffsmsg_op_check_result(frame, received) != 0 ||
	    !puffsmsg__op_is(frame, opclass, optype))
		return NULL;
	return frame;
}
