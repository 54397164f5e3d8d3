/* SPDX-License-Identifier: BSD-2-Clause */

/* Requests about one node. */

#include "op/op_private.h"

int
puffsmsg_op_build_open(void *mem, size_t len, uint64_t node, int32_t mode,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_open), 0, node, PUFFSOP_VN,
		PUFFS_VN_OPEN };
	struct puffs_vnmsg_open *m = mem;
	int error;

	error = puffsmsg__op_start_cred(&request, cred);
	if (error == 0)
		m->pvnr_mode = mode;
	return error;
}

int
puffsmsg_op_build_close(void *mem, size_t len, uint64_t node, int32_t fflag,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_close), 0, node, PUFFSOP_VN,
		PUFFS_VN_CLOSE };
	struct puffs_vnmsg_close *m = mem;
	int error;

	error = puffsmsg__op_start_cred(&request, cred);
	if (error == 0)
		m->pvnr_fflag = fflag;
	return error;
}

int
puffsmsg_op_build_access(void *mem, size_t len, uint64_t node, int32_t mode,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_access), 0, node, PUFFSOP_VN,
		PUFFS_VN_ACCESS };
	struct puffs_vnmsg_access *m = mem;
	int error;

	error = puffsmsg__op_start_cred(&request, cred);
	if (error == 0)
		m->pvnr_mode = mode;
	return error;
}

int
puffsmsg_op_build_getattr(void *mem, size_t len, uint64_t node,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_setgetattr), 0, node, PUFFSOP_VN,
		PUFFS_VN_GETATTR };
	struct puffs_vnmsg_setgetattr *m = mem;
	int error;

	error = puffsmsg__op_start_cred(&request, cred);
	if (error == 0)
		puffsmsg_op_vattr_clear(&m->pvnr_va);
	return error;
}

int
puffsmsg_op_build_setattr(void *mem, size_t len, uint64_t node,
    const struct puffsmsg_vattr *va, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_setgetattr), 0, node, PUFFSOP_VN,
		PUFFS_VN_SETATTR };
	struct puffs_vnmsg_setgetattr *m = mem;
	int error;

	error = puffsmsg__op_start_cred(&request, cred);
	if (error == 0)
		m->pvnr_va = *va;
	return error;
}

int
puffsmsg_op_build_fsync(void *mem, size_t len, uint64_t node, int64_t low,
    int64_t high, int32_t flags, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_fsync), 0, node, PUFFSOP_VN,
		PUFFS_VN_FSYNC };
	struct puffs_vnmsg_fsync *m = mem;
	int error;

	error = puffsmsg__op_start_cred(&request, cred);
	if (error != 0)
		return error;
	m->pvnr_offlo = low;
	m->pvnr_offhi = high;
	m->pvnr_flags = flags;
	return 0;
}

int
puffsmsg_op_build_seek(void *mem, size_t len, uint64_t node, int64_t from,
    int64_t to, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_seek), 0, node, PUFFSOP_VN,
		PUFFS_VN_SEEK };
	struct puffs_vnmsg_seek *m = mem;
	int error;

	error = puffsmsg__op_start_cred(&request, cred);
	if (error != 0)
		return error;
	m->pvnr_oldoff = from;
	m->pvnr_newoff = to;
	return 0;
}

int
puffsmsg_op_build_readlink(void *mem, size_t len, uint64_t node,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_readlink), 0, node, PUFFSOP_VN,
		PUFFS_VN_READLINK };
	struct puffs_vnmsg_readlink *m = mem;
	int error;

	error = puffsmsg__op_start_cred(&request, cred);
	if (error == 0)
		m->pvnr_linklen = sizeof(m->pvnr_link);
	return error;
}
