/* SPDX-License-Identifier: BSD-2-Clause */

/* Replies with data: how much fits, appending, ending. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

/* What is replied to with data: its struct's size, where the data starts. */
struct shape {
	unsigned optype;
	size_t size;
	size_t offset;
};

static const struct shape shapes[] = {
	{ PUFFS_VN_READ, sizeof(struct puffs_vnmsg_rw), PUFFSMSG_RW_DATA },
	{ PUFFS_VN_READDIR, sizeof(struct puffs_vnmsg_readdir),
	    PUFFSMSG_READDIR_DATA },
	{ PUFFS_VN_GETEXTATTR, sizeof(struct puffs_vnmsg_getextattr),
	    PUFFSMSG_GETEXTATTR_DATA },
	{ PUFFS_VN_LISTEXTATTR, sizeof(struct puffs_vnmsg_listextattr),
	    PUFFSMSG_LISTEXTATTR_DATA },
};

static const struct shape *
find_shape(const struct puffs_req *req)
{
	size_t i;

	for (i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		if (puffsmsg__op_is(req, PUFFSOP_VN, shapes[i].optype))
			return &shapes[i];
	}
	return NULL;
}

/* Where in the message the count of bytes asked for is. */
static puffsmsg_u64 *
resid_of(void *frame)
{
	const struct puffs_req *req = frame;
	struct puffs_vnmsg_rw *rw = frame;
	struct puffs_vnmsg_readdir *rd = frame;
	struct puffs_vnmsg_getextattr *get = frame;
	struct puffs_vnmsg_listextattr *list = frame;

	switch (req->preq_optype) {
	case PUFFS_VN_READ:
		return &rw->pvnr_resid;
	case PUFFS_VN_READDIR:
		return &rd->pvnr_resid;
	case PUFFS_VN_GETEXTATTR:
		return &get->pvnr_resid;
	default:
		return &list->pvnr_resid;
	}
}

/* Bytes of cookies in front of the data. */
static uint64_t
cookie_bytes(const void *frame)
{
	const struct puffs_vnmsg_readdir *m = frame;

	if (!puffsmsg__op_is(frame, PUFFSOP_VN, PUFFS_VN_READDIR))
		return 0;
	return m->pvnr_dentoff;
}

static uint64_t
least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

int
puffsmsg_op_fill_begin(struct puffsmsg_op_fill *fill, void *frame, size_t room)
{
	const struct puffs_req *req = frame;
	const struct shape *shape;
	uint64_t space;

	memset(fill, 0, sizeof(*fill));
	if (room < sizeof(*req))
		return EMSGSIZE;
	shape = find_shape(req);
	if (shape == NULL)
		return EINVAL;
	space = least(room, req->preq_buflen);
	if (space < shape->size)
		return EMSGSIZE;
	space -= shape->size;
	/* The caller's word, not yet checked. */
	if (cookie_bytes(frame) > space)
		return EMSGSIZE;
	space -= cookie_bytes(frame);
	fill->frame = frame;
	fill->next = (unsigned char *)frame + shape->offset +
	    (size_t)cookie_bytes(frame);
	fill->left = (size_t)least(space, *resid_of(frame));
	return 0;
}

void
puffsmsg_op_fill_used(struct puffsmsg_op_fill *fill, size_t n)
{
	n = (size_t)least(n, fill->left);
	fill->next += n;
	fill->left -= n;
	fill->used += n;
}

int
puffsmsg_op_fill_bytes(struct puffsmsg_op_fill *fill, const void *data,
    size_t n)
{
	if (n > fill->left)
		return EMSGSIZE;
	if (n != 0)
		memcpy(fill->next, data, n);
	puffsmsg_op_fill_used(fill, n);
	return 0;
}

static int
finish(struct puffsmsg_op_fill *fill, size_t *replylen)
{
	const struct shape *shape = find_shape(fill->frame);
	puffsmsg_u64 *resid = resid_of(fill->frame);

	*resid -= fill->used;
	puffsmsg__op_reply_finish(fill->frame,
	    shape->size + (size_t)cookie_bytes(fill->frame) + fill->used,
	    replylen);
	return 0;
}

static int
fills(const struct puffsmsg_op_fill *fill, unsigned optype)
{
	return fill->frame != NULL &&
	    puffsmsg__op_is(fill->frame, PUFFSOP_VN, optype);
}

int
puffsmsg_op_fill_end(struct puffsmsg_op_fill *fill, size_t *replylen)
{
	if (!fills(fill, PUFFS_VN_READ))
		return EINVAL;
	return finish(fill, replylen);
}

int
puffsmsg_op_fill_end_dir(struct puffsmsg_op_fill *fill, size_t *replylen,
    int64_t offset, int eof)
{
	struct puffs_vnmsg_readdir *m = fill->frame;

	if (!fills(fill, PUFFS_VN_READDIR))
		return EINVAL;
	m->pvnr_offset = offset;
	m->pvnr_eofflag = eof != 0;
	m->pvnr_ncookies = fill->ncookies;
	return finish(fill, replylen);
}

int
puffsmsg_op_fill_end_attr(struct puffsmsg_op_fill *fill, size_t *replylen,
    uint64_t size)
{
	struct puffs_vnmsg_getextattr *get = fill->frame;
	struct puffs_vnmsg_listextattr *list = fill->frame;

	if (fills(fill, PUFFS_VN_GETEXTATTR))
		get->pvnr_datasize = size;
	else if (fills(fill, PUFFS_VN_LISTEXTATTR))
		list->pvnr_datasize = size;
	else
		return EINVAL;
	return finish(fill, replylen);
}
