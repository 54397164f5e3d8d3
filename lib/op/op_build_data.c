/* SPDX-License-Identifier: BSD-2-Clause */

/* Requests with data, or with room for it. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

static int
build_rw(const struct puffsmsg__op_request *request, int64_t offset,
    int32_t ioflag, const struct puffs_kcred *cred)
{
	struct puffs_vnmsg_rw *m = request->mem;
	int error;

	error = puffsmsg__op_start_cred(request, cred);
	if (error != 0)
		return error;
	m->pvnr_offset = offset;
	m->pvnr_resid = request->data;
	m->pvnr_ioflag = ioflag;
	return 0;
}

int
puffsmsg_op_build_read(void *mem, size_t len, uint64_t node, int64_t offset,
    size_t room, int32_t ioflag, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_rw), room, node, PUFFSOP_VN,
		PUFFS_VN_READ };

	return build_rw(&request, offset, ioflag, cred);
}

int
puffsmsg_op_build_write(void *mem, size_t len, uint64_t node, int64_t offset,
    const void *data, size_t n, int32_t ioflag, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_rw), n, node, PUFFSOP_VN,
		PUFFS_VN_WRITE };
	int error;

	error = build_rw(&request, offset, ioflag, cred);
	if (error == 0 && data != NULL)
		memcpy(puffsmsg_rw_data(mem), data, n);
	return error;
}

int
puffsmsg_op_build_readdir(void *mem, size_t len, uint64_t node, int64_t offset,
    size_t room, size_t ncookies, const struct puffs_kcred *cred)
{
	struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_readdir), room, node, PUFFSOP_VN,
		PUFFS_VN_READDIR };
	struct puffs_vnmsg_readdir *m = mem;
	int error;

	if (room > len || ncookies > (len - room) / sizeof(uint64_t))
		return EMSGSIZE;
	request.data += ncookies * sizeof(uint64_t);
	error = puffsmsg__op_start_cred(&request, cred);
	if (error != 0)
		return error;
	m->pvnr_offset = offset;
	m->pvnr_resid = room;
	m->pvnr_ncookies = ncookies;
	m->pvnr_dentoff = ncookies * sizeof(uint64_t);
	return 0;
}
