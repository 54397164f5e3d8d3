/* SPDX-License-Identifier: BSD-2-Clause */

/* What a file server is sent: is it all there? */

#include <errno.h>

#include "op/op_private.h"

static int
name_ok(const struct puffs_kcn *kcn)
{
	return kcn->pkcn_namelen <= PUFFSMSG_NAME_MAX &&
	    kcn->pkcn_name[kcn->pkcn_namelen] == '\0' &&
	    puffsmsg__op_component(kcn->pkcn_name, (size_t)kcn->pkcn_namelen,
		PUFFSMSG_NAME_MAX) == 0;
}

static int
cred_ok(const struct puffs_kcred *cred)
{
	int16_t ngroups = cred->pkcr_uuc.cr_ngroups;

	return cred->pkcr_type != PUFFCRED_TYPE_UUC ||
	    (ngroups >= 0 && ngroups <= PUFFSMSG_NGROUPS);
}

/* All messages of one name have it where ABORTOP has. */
static int
accept_named(const void *frame, size_t received)
{
	const struct puffs_vnmsg_abortop *m = frame;

	(void)received;
	return name_ok(&m->pvnr_cn) && cred_ok(&m->pvnr_cn_cred);
}

static int
accept_rename(const void *frame, size_t received)
{
	const struct puffs_vnmsg_rename *m = frame;

	(void)received;
	return name_ok(&m->pvnr_cn_src) && cred_ok(&m->pvnr_cn_src_cred) &&
	    name_ok(&m->pvnr_cn_targ) && cred_ok(&m->pvnr_cn_targ_cred);
}

static int
accept_symlink(const void *frame, size_t received)
{
	const struct puffs_vnmsg_symlink *m = frame;

	if (!puffsmsg__op_isstring(m->pvnr_link, sizeof(m->pvnr_link)))
		return 0;
	return accept_named(frame, received);
}

/* Many messages have a credential where CLOSE has. */
static int
accept_cred(const void *frame, size_t received)
{
	const struct puffs_vnmsg_close *m = frame;

	(void)received;
	return cred_ok(&m->pvnr_cred);
}

/* MMAP and LISTEXTATTR have it 4 bytes later. */
static int
accept_cred_second(const void *frame, size_t received)
{
	const struct puffs_vnmsg_mmap *m = frame;

	(void)received;
	return cred_ok(&m->pvnr_cred);
}

static int
accept_sync(const void *frame, size_t received)
{
	const struct puffs_vfsmsg_sync *m = frame;

	(void)received;
	return cred_ok(&m->pvfsr_cred);
}

/* All but LISTEXTATTR begin as DELETEEXTATTR does. */
static int
accept_attr(const void *frame, size_t received)
{
	const struct puffs_vnmsg_deleteextattr *m = frame;

	(void)received;
	return puffsmsg__op_isstring(m->pvnr_attrname,
		   sizeof(m->pvnr_attrname)) &&
	    cred_ok(&m->pvnr_cred);
}

static int
accept_extattrctl(const void *frame, size_t received)
{
	const struct puffs_vfsmsg_extattrctl *m = frame;

	(void)received;
	return puffsmsg__op_isstring(m->pvfsr_attrname,
	    sizeof(m->pvfsr_attrname));
}

static int
accept_data(const void *frame, size_t received)
{
	size_t offset;
	uint64_t n;

	return puffsmsg__op_request_extent(frame, &offset, &n) == 0 &&
	    n <= received - offset;
}

static int
accept_write(const void *frame, size_t received)
{
	return accept_data(frame, received) && accept_cred(frame, received);
}

static int
accept_setextattr(const void *frame, size_t received)
{
	return accept_data(frame, received) && accept_attr(frame, received);
}

#define VFS(type, tag, accept) \
	[PUFFS_VFS_##type] = { sizeof(struct puffs_vfsmsg_##tag), accept }
#define VN(type, tag, accept) \
	[PUFFS_VN_##type] = { sizeof(struct puffs_vnmsg_##tag), accept }

static const struct puffsmsg__op_rule vfs_rules[PUFFS_VFS_MAX + 1] = {
	VFS(UNMOUNT, unmount, NULL),
	VFS(STATVFS, statvfs, NULL),
	VFS(SYNC, sync, accept_sync),
	VFS(FHTOVP, fhtonode, accept_data),
	VFS(VPTOFH, nodetofh, NULL),
	VFS(EXTATTRCTL, extattrctl, accept_extattrctl),
	VFS(SUSPEND, suspend, NULL),
};

static const struct puffsmsg__op_rule vn_rules[PUFFS_VN_MAX + 1] = {
	VN(LOOKUP, lookup, accept_named),
	VN(CREATE, create, accept_named),
	VN(MKNOD, mknod, accept_named),
	VN(OPEN, open, accept_cred),
	VN(CLOSE, close, accept_cred),
	VN(ACCESS, access, accept_cred),
	VN(GETATTR, setgetattr, accept_cred),
	VN(SETATTR, setgetattr, accept_cred),
	VN(READ, rw, accept_cred),
	VN(WRITE, rw, accept_write),
	VN(POLL, poll, NULL),
	VN(MMAP, mmap, accept_cred_second),
	VN(FSYNC, fsync, accept_cred),
	VN(SEEK, seek, accept_cred),
	VN(REMOVE, remove, accept_named),
	VN(LINK, link, accept_named),
	VN(RENAME, rename, accept_rename),
	VN(MKDIR, mkdir, accept_named),
	VN(RMDIR, rmdir, accept_named),
	VN(SYMLINK, symlink, accept_symlink),
	VN(READDIR, readdir, accept_cred),
	VN(READLINK, readlink, accept_cred),
	VN(ABORTOP, abortop, accept_named),
	VN(INACTIVE, inactive, NULL),
	VN(RECLAIM, reclaim, NULL),
	VN(PRINT, print, NULL),
	VN(PATHCONF, pathconf, NULL),
	VN(ADVLOCK, advlock, NULL),
	VN(GETEXTATTR, getextattr, accept_attr),
	VN(LISTEXTATTR, listextattr, accept_cred_second),
	VN(DELETEEXTATTR, deleteextattr, accept_attr),
	VN(SETEXTATTR, setextattr, accept_setextattr),
	VN(FALLOCATE, fallocate, NULL),
	VN(FDISCARD, fdiscard, NULL),
};

static const struct puffsmsg__op_rules rules = { vfs_rules, vn_rules };

int
puffsmsg_op_check_request(const void *frame, size_t received)
{
	return puffsmsg__op_check(&rules, frame, received);
}

void *
puffsmsg_op_request(void *frame, size_t received, unsigned opclass,
    unsigned optype)
{
	if (puffsmsg_op_check_request(frame, received) != 0 ||
	    !puffsmsg__op_is(frame, opclass, optype))
		return NULL;
	return frame;
}
