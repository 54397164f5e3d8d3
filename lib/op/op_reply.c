/* SPDX-License-Identifier: BSD-2-Clause */

/* Replies of fixed length. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

int
puffsmsg__op_reply_fits(const struct puffs_req *req, size_t room, size_t need)
{
	if (room < sizeof(*req) || room < need || req->preq_buflen < need)
		return EMSGSIZE;
	return 0;
}

int
puffsmsg__op_reply_begin(const void *frame, size_t room, size_t need,
    unsigned opclass, unsigned optype)
{
	if (room < sizeof(struct puffs_req))
		return EMSGSIZE;
	if (!puffsmsg__op_is(frame, opclass, optype))
		return EINVAL;
	return puffsmsg__op_reply_fits(frame, room, need);
}

void
puffsmsg__op_reply_finish(struct puffs_req *req, size_t n, size_t *replylen)
{
	req->preq_rv = 0;
	req->preq_pth.pth_framelen = n;
	if (replylen != NULL)
		*replylen = n;
}

int
puffsmsg_op_reply_rv(void *frame, size_t room, size_t *replylen, int32_t rv)
{
	struct puffs_req *req = frame;

	if (room < sizeof(*req))
		return EMSGSIZE;
	puffsmsg__op_reply_finish(req, sizeof(*req), replylen);
	req->preq_rv = rv;
	return 0;
}

void
puffsmsg_op_reply_setbacks(void *frame, uint32_t setbacks)
{
	struct puffs_req *req = frame;

	req->preq_setbacks |= setbacks & PUFFS_SETBACK_MASK;
}

int
puffsmsg_op_reply_open(void *frame, size_t room, size_t *replylen,
    int32_t oflags)
{
	struct puffs_vnmsg_open *m = frame;
	int error;

	error = puffsmsg__op_reply_begin(frame, room, sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_OPEN);
	if (error != 0)
		return error;
	m->pvnr_oflags = oflags;
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

int
puffsmsg_op_reply_link(void *frame, size_t room, size_t *replylen,
    const char *link, size_t n)
{
	struct puffs_vnmsg_readlink *m = frame;
	int error;

	error = puffsmsg__op_reply_begin(frame, room, sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_READLINK);
	if (error != 0)
		return error;
	if (n > sizeof(m->pvnr_link) || n > m->pvnr_linklen)
		return EMSGSIZE;
	memset(m->pvnr_link, 0, sizeof(m->pvnr_link));
	memcpy(m->pvnr_link, link, n);
	m->pvnr_linklen = n;
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

int
puffsmsg_op_reply_poll(void *frame, size_t room, size_t *replylen,
    int32_t events)
{
	struct puffs_vnmsg_poll *m = frame;
	int error;

	error = puffsmsg__op_reply_begin(frame, room, sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_POLL);
	if (error != 0)
		return error;
	m->pvnr_events = events;
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

int
puffsmsg_op_reply_pathconf(void *frame, size_t room, size_t *replylen,
    int64_t value)
{
	struct puffs_vnmsg_pathconf *m = frame;
	int error;

	error = puffsmsg__op_reply_begin(frame, room, sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_PATHCONF);
	if (error != 0)
		return error;
	m->pvnr_retval = value;
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

int
puffsmsg_op_reply_advlock(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_flock *lock)
{
	struct puffs_vnmsg_advlock *m = frame;
	int error;

	error = puffsmsg__op_reply_begin(frame, room, sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_ADVLOCK);
	if (error != 0)
		return error;
	m->pvnr_fl = *lock;
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}
