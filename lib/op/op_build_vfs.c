/* SPDX-License-Identifier: BSD-2-Clause */

/* Requests about the file system. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

int
puffsmsg_op_build_unmount(void *mem, size_t len, int32_t flags)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vfsmsg_unmount), 0, 0, PUFFSOP_VFS,
		PUFFS_VFS_UNMOUNT };
	struct puffs_vfsmsg_unmount *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error == 0)
		m->pvfsr_flags = flags;
	return error;
}

int
puffsmsg_op_build_statvfs(void *mem, size_t len)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vfsmsg_statvfs), 0, 0, PUFFSOP_VFS,
		PUFFS_VFS_STATVFS };

	return puffsmsg__op_start(&request);
}

int
puffsmsg_op_build_sync(void *mem, size_t len, int32_t waitfor,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vfsmsg_sync), 0, 0, PUFFSOP_VFS,
		PUFFS_VFS_SYNC };
	struct puffs_vfsmsg_sync *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	puffsmsg__op_cred_copy(&m->pvfsr_cred, cred);
	m->pvfsr_waitfor = waitfor;
	return 0;
}

int
puffsmsg_op_build_fhtonode(void *mem, size_t len, const void *handle, size_t n)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vfsmsg_fhtonode), n, 0, PUFFSOP_VFS,
		PUFFS_VFS_FHTOVP };
	struct puffs_vfsmsg_fhtonode *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	m->pvfsr_dsize = n;
	memcpy(m + 1, handle, n);
	return 0;
}

int
puffsmsg_op_build_nodetofh(void *mem, size_t len, uint64_t node, size_t room)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vfsmsg_nodetofh), room, 0, PUFFSOP_VFS,
		PUFFS_VFS_VPTOFH };
	struct puffs_vfsmsg_nodetofh *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	m->pvfsr_fhcookie = node;
	m->pvfsr_dsize = room;
	return 0;
}

int
puffsmsg_op_build_suspend(void *mem, size_t len, int32_t status)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vfsmsg_suspend), 0, 0, PUFFSOP_VFS,
		PUFFS_VFS_SUSPEND };
	struct puffs_vfsmsg_suspend *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error == 0)
		m->pvfsr_status = status;
	return error;
}

int
puffsmsg_op_build_extattrctl(void *mem, size_t len, uint64_t node, int32_t cmd,
    int32_t attrnamespace, const char *attrname, int32_t flags)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vfsmsg_extattrctl), 0, node, PUFFSOP_VFS,
		PUFFS_VFS_EXTATTRCTL };
	struct puffs_vfsmsg_extattrctl *m = mem;
	size_t namelen = attrname != NULL ? strlen(attrname) : 0;
	int error;

	if (namelen > PUFFSMSG_ATTRNAME_MAX)
		return ENAMETOOLONG;
	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	m->pvfsr_cmd = cmd;
	m->pvfsr_attrnamespace = attrnamespace;
	m->pvfsr_flags = flags;
	if (namelen != 0)
		memcpy(m->pvfsr_attrname, attrname, namelen);
	return 0;
}
