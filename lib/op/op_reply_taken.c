/* SPDX-License-Identifier: BSD-2-Clause */

/* Replies to requests that brought data. */

#include <errno.h>

#include "op/op_private.h"

static int
reply_write(void *frame, size_t room, size_t *replylen, size_t taken)
{
	struct puffs_vnmsg_rw *m = frame;
	int error;

	error = puffsmsg__op_reply_fits(frame, room, sizeof(*m));
	if (error != 0)
		return error;
	if (taken > m->pvnr_resid)
		return EINVAL;
	m->pvnr_resid -= taken;
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

static int
reply_setextattr(void *frame, size_t room, size_t *replylen, size_t taken)
{
	struct puffs_vnmsg_setextattr *m = frame;
	int error;

	error = puffsmsg__op_reply_fits(frame, room, sizeof(*m));
	if (error != 0)
		return error;
	if (taken > m->pvnr_resid)
		return EINVAL;
	m->pvnr_resid -= taken;
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

int
puffsmsg_op_reply_taken(void *frame, size_t room, size_t *replylen,
    size_t taken)
{
	if (room < sizeof(struct puffs_req))
		return EMSGSIZE;
	if (puffsmsg__op_is(frame, PUFFSOP_VN, PUFFS_VN_WRITE))
		return reply_write(frame, room, replylen, taken);
	if (puffsmsg__op_is(frame, PUFFSOP_VN, PUFFS_VN_SETEXTATTR))
		return reply_setextattr(frame, room, replylen, taken);
	return EINVAL;
}
