/* SPDX-License-Identifier: BSD-2-Clause */

/* Replies that name a node or tell its attributes. */

#include <errno.h>

#include "op/op_private.h"

static void
put_time(struct puffsmsg_timespec *to, const struct puffsmsg_timespec *from)
{
	const struct puffsmsg_timespec zero = { 0, 0 };

	*to = from != NULL ? *from : zero;
}

static void
put_vattr(struct puffsmsg_vattr *to, const struct puffsmsg_vattr *from)
{
	if (from != NULL)
		*to = *from;
	else
		puffsmsg_op_vattr_clear(to);
}

static int
reply_lookup(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_op_node *node)
{
	struct puffs_vnmsg_lookup *m = frame;
	int error;

	if (!puffsmsg__op_nodetype(node->vtype))
		return EINVAL;
	error = puffsmsg__op_reply_fits(frame, room, sizeof(*m));
	if (error != 0)
		return error;
	m->pvnr_newnode = node->cookie;
	m->pvnr_vtype = node->vtype;
	m->pvnr_size = (int64_t)node->size;
	m->pvnr_rdev = node->rdev;
	put_vattr(&m->pvnr_va, node->va);
	put_time(&m->pvnr_va_ttl, node->va_ttl);
	put_time(&m->pvnr_cn_ttl, node->cn_ttl);
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

/* CREATE, MKNOD and MKDIR have one layout. */
static int
reply_make(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_op_node *node)
{
	struct puffs_vnmsg_create *m = frame;
	int error;

	error = puffsmsg__op_reply_fits(frame, room, sizeof(*m));
	if (error != 0)
		return error;
	m->pvnr_newnode = node->cookie;
	put_vattr(&m->pvnr_va, node->va);
	put_time(&m->pvnr_va_ttl, node->va_ttl);
	put_time(&m->pvnr_cn_ttl, node->cn_ttl);
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

static int
reply_symlink(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_op_node *node)
{
	struct puffs_vnmsg_symlink *m = frame;
	int error;

	error = puffsmsg__op_reply_fits(frame, room, sizeof(*m));
	if (error != 0)
		return error;
	m->pvnr_newnode = node->cookie;
	put_vattr(&m->pvnr_va, node->va);
	put_time(&m->pvnr_va_ttl, node->va_ttl);
	put_time(&m->pvnr_cn_ttl, node->cn_ttl);
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

static int
reply_fhtonode(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_op_node *node)
{
	struct puffs_vfsmsg_fhtonode *m = frame;
	int error;

	if (!puffsmsg__op_nodetype(node->vtype))
		return EINVAL;
	error = puffsmsg__op_reply_fits(frame, room, sizeof(*m));
	if (error != 0)
		return error;
	m->pvfsr_fhcookie = node->cookie;
	m->pvfsr_vtype = node->vtype;
	m->pvfsr_size = (int64_t)node->size;
	m->pvfsr_rdev = node->rdev;
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

static int
reply_vn(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_op_node *node)
{
	const struct puffs_req *req = frame;

	switch (req->preq_optype) {
	case PUFFS_VN_LOOKUP:
		return reply_lookup(frame, room, replylen, node);
	case PUFFS_VN_CREATE:
	case PUFFS_VN_MKNOD:
	case PUFFS_VN_MKDIR:
		return reply_make(frame, room, replylen, node);
	case PUFFS_VN_SYMLINK:
		return reply_symlink(frame, room, replylen, node);
	default:
		return EINVAL;
	}
}

int
puffsmsg_op_reply_node(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_op_node *node)
{
	const struct puffs_req *req = frame;

	if (room < sizeof(*req))
		return EMSGSIZE;
	if (node->cookie == 0)
		return EINVAL;
	if (PUFFSOP_OPCLASS(req->preq_opclass) == PUFFSOP_VN)
		return reply_vn(frame, room, replylen, node);
	if (puffsmsg__op_is(req, PUFFSOP_VFS, PUFFS_VFS_FHTOVP))
		return reply_fhtonode(frame, room, replylen, node);
	return EINVAL;
}

int
puffsmsg_op_reply_attr(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_vattr *va, const struct puffsmsg_timespec *ttl)
{
	struct puffs_vnmsg_setgetattr *m = frame;
	int error;

	error = puffsmsg__op_reply_begin(frame, room, sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_GETATTR);
	if (error == EINVAL)
		error = puffsmsg__op_reply_begin(frame, room, sizeof(*m),
		    PUFFSOP_VN, PUFFS_VN_SETATTR);
	if (error != 0)
		return error;
	m->pvnr_va = *va;
	put_time(&m->pvnr_va_ttl, ttl);
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}
