/* SPDX-License-Identifier: BSD-2-Clause */

/* Data in messages: where it is, and how much of it is really there. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

/* The kind of a message as one number, for switches. */
#define KIND(opclass, optype) ((unsigned)(opclass) << 16 | (unsigned)(optype))

static unsigned
kind(const struct puffs_req *req)
{
	return KIND(PUFFSOP_OPCLASS(req->preq_opclass), req->preq_optype);
}

int
puffsmsg__op_request_extent(const void *frame, size_t *offset, uint64_t *n)
{
	const struct puffs_vnmsg_rw *rw = frame;
	const struct puffs_vnmsg_setextattr *set = frame;
	const struct puffs_vfsmsg_fhtonode *fh = frame;

	switch (kind(frame)) {
	case KIND(PUFFSOP_VN, PUFFS_VN_WRITE):
		*offset = PUFFSMSG_RW_DATA;
		*n = rw->pvnr_resid;
		return 0;
	case KIND(PUFFSOP_VN, PUFFS_VN_SETEXTATTR):
		*offset = PUFFSMSG_SETEXTATTR_DATA;
		*n = set->pvnr_resid;
		return 0;
	case KIND(PUFFSOP_VFS, PUFFS_VFS_FHTOVP):
		*offset = PUFFSMSG_FHTONODE_DATA;
		*n = fh->pvfsr_dsize;
		return 0;
	default:
		return EINVAL;
	}
}

int
puffsmsg_op_request_data(const void *frame, size_t received, const void **data,
    size_t *n)
{
	size_t offset;
	uint64_t announced;
	int error;

	error = puffsmsg_op_check_request(frame, received);
	if (error != 0)
		return error == EPROTO ? EPROTO : EINVAL;
	error = puffsmsg__op_request_extent(frame, &offset, &announced);
	if (error != 0)
		return error;
	*data = (const unsigned char *)frame + offset;
	*n = (size_t)announced;
	return 0;
}

/* What is left over of `room', or EPROTO. */
static int
subtract(uint64_t room, uint64_t resid, uint64_t *n)
{
	if (resid > room)
		return EPROTO;
	*n = room - resid;
	return 0;
}

/* Where a result's data starts and how much the server says it is. */
static int
result_extent(const void *frame, size_t room, size_t *offset, uint64_t *n)
{
	const struct puffs_vnmsg_rw *rw = frame;
	const struct puffs_vnmsg_readdir *rd = frame;
	const struct puffs_vnmsg_readlink *rl = frame;
	const struct puffs_vnmsg_getextattr *get = frame;
	const struct puffs_vnmsg_listextattr *list = frame;
	const struct puffs_vfsmsg_nodetofh *fh = frame;

	switch (kind(frame)) {
	case KIND(PUFFSOP_VN, PUFFS_VN_READ):
		*offset = PUFFSMSG_RW_DATA;
		return subtract(room, rw->pvnr_resid, n);
	case KIND(PUFFSOP_VN, PUFFS_VN_READDIR):
		*offset = PUFFSMSG_READDIR_DATA + (size_t)rd->pvnr_dentoff;
		return subtract(room, rd->pvnr_resid, n);
	case KIND(PUFFSOP_VN, PUFFS_VN_GETEXTATTR):
		*offset = PUFFSMSG_GETEXTATTR_DATA;
		return subtract(room, get->pvnr_resid, n);
	case KIND(PUFFSOP_VN, PUFFS_VN_LISTEXTATTR):
		*offset = PUFFSMSG_LISTEXTATTR_DATA;
		return subtract(room, list->pvnr_resid, n);
	case KIND(PUFFSOP_VN, PUFFS_VN_READLINK):
		*offset = offsetof(struct puffs_vnmsg_readlink, pvnr_link);
		*n = rl->pvnr_linklen;
		return 0;
	case KIND(PUFFSOP_VFS, PUFFS_VFS_VPTOFH):
		*offset = PUFFSMSG_NODETOFH_DATA;
		*n = fh->pvfsr_dsize;
		return 0;
	default:
		return EINVAL;
	}
}

/* EOPNOTSUPP is of no interest to who asks for a part of a message. */
static int
check_result(const void *frame, size_t received)
{
	int error = puffsmsg_op_check_result(frame, received);

	return error == EOPNOTSUPP ? EINVAL : error;
}

int
puffsmsg_op_result_data(const void *frame, size_t received, size_t room,
    const void **data, size_t *n)
{
	const unsigned char *start;
	size_t offset;
	uint64_t used;
	int error;

	error = check_result(frame, received);
	if (error != 0)
		return error;
	error = result_extent(frame, room, &offset, &used);
	if (error != 0)
		return error;
	if (used > room || used > received - offset)
		return EPROTO;
	start = (const unsigned char *)frame + offset;
	if (puffsmsg__op_is(frame, PUFFSOP_VN, PUFFS_VN_READLINK) &&
	    memchr(start, '\0', (size_t)used) != NULL)
		return EPROTO;
	*data = start;
	*n = (size_t)used;
	return 0;
}

int
puffsmsg_op_result_taken(const void *frame, size_t received, size_t n,
    size_t *taken)
{
	uint64_t announced, count;
	size_t offset;
	int error;

	error = check_result(frame, received);
	if (error != 0)
		return error;
	if (puffsmsg__op_is(frame, PUFFSOP_VFS, PUFFS_VFS_FHTOVP))
		return EINVAL;
	/* The answer's resid is where the request's was. */
	error = puffsmsg__op_request_extent(frame, &offset, &announced);
	if (error != 0)
		return error;
	error = subtract(n, announced, &count);
	if (error == 0)
		*taken = (size_t)count;
	return error;
}

int
puffsmsg_op_result_cookies(const void *frame, size_t received, size_t ncookies,
    const puffsmsg_u64 **cookies, size_t *n)
{
	const struct puffs_vnmsg_readdir *m = frame;
	int error;

	error = check_result(frame, received);
	if (error != 0)
		return error;
	if (!puffsmsg__op_is(frame, PUFFSOP_VN, PUFFS_VN_READDIR))
		return EINVAL;
	/* The check has seen that pvnr_dentoff is inside the message. */
	if (m->pvnr_ncookies > ncookies ||
	    m->pvnr_ncookies > m->pvnr_dentoff / sizeof(**cookies))
		return EPROTO;
	*cookies = (const puffsmsg_u64 *)(m + 1);
	*n = (size_t)m->pvnr_ncookies;
	return 0;
}
