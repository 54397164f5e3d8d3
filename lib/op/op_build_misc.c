/* SPDX-License-Identifier: BSD-2-Clause */

/* Requests about one node that are rarely seen, mostly without credential. */

#include "op/op_private.h"

int
puffsmsg_op_build_poll(void *mem, size_t len, uint64_t node, int32_t events)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_poll), 0, node, PUFFSOP_VN,
		PUFFS_VN_POLL };
	struct puffs_vnmsg_poll *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error == 0)
		m->pvnr_events = events;
	return error;
}

int
puffsmsg_op_build_mmap(void *mem, size_t len, uint64_t node, int32_t prot,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_mmap), 0, node, PUFFSOP_VN,
		PUFFS_VN_MMAP };
	struct puffs_vnmsg_mmap *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	puffsmsg__op_cred_copy(&m->pvnr_cred, cred);
	m->pvnr_prot = prot;
	return 0;
}

int
puffsmsg_op_build_reclaim(void *mem, size_t len, uint64_t node, int32_t nlookup)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_reclaim), 0, node, PUFFSOP_VN,
		PUFFS_VN_RECLAIM };
	struct puffs_vnmsg_reclaim *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error == 0)
		m->pvnr_nlookup = nlookup;
	return error;
}

int
puffsmsg_op_build_inactive(void *mem, size_t len, uint64_t node)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_inactive), 0, node, PUFFSOP_VN,
		PUFFS_VN_INACTIVE };

	return puffsmsg__op_start(&request);
}

int
puffsmsg_op_build_print(void *mem, size_t len, uint64_t node)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_print), 0, node, PUFFSOP_VN,
		PUFFS_VN_PRINT };

	return puffsmsg__op_start(&request);
}

int
puffsmsg_op_build_pathconf(void *mem, size_t len, uint64_t node, int32_t name)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_pathconf), 0, node, PUFFSOP_VN,
		PUFFS_VN_PATHCONF };
	struct puffs_vnmsg_pathconf *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error == 0)
		m->pvnr_name = name;
	return error;
}

int
puffsmsg_op_build_advlock(void *mem, size_t len, uint64_t node,
    const struct puffsmsg_flock *lock, uint64_t id, int32_t op, int32_t flags)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_advlock), 0, node, PUFFSOP_VN,
		PUFFS_VN_ADVLOCK };
	struct puffs_vnmsg_advlock *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	m->pvnr_fl = *lock;
	m->pvnr_id = id;
	m->pvnr_op = op;
	m->pvnr_flags = flags;
	return 0;
}

int
puffsmsg_op_build_fallocate(void *mem, size_t len, uint64_t node,
    int64_t offset, int64_t length)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_fallocate), 0, node, PUFFSOP_VN,
		PUFFS_VN_FALLOCATE };
	struct puffs_vnmsg_fallocate *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	m->pvnr_off = offset;
	m->pvnr_len = length;
	return 0;
}

int
puffsmsg_op_build_fdiscard(void *mem, size_t len, uint64_t node, int64_t offset,
    int64_t length)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_fdiscard), 0, node, PUFFSOP_VN,
		PUFFS_VN_FDISCARD };
	struct puffs_vnmsg_fdiscard *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	m->pvnr_off = offset;
	m->pvnr_len = length;
	return 0;
}
