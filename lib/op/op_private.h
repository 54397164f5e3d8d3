/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_PRIVATE_H
#define PUFFSMSG_OP_PRIVATE_H

/* What the sources of lib/op share.  Nothing here keeps state. */

#include <puffsmsg/op.h>

/* The message at `frame', seen as one of its class and type. */
static inline int
puffsmsg__op_is(const struct puffs_req *req, unsigned opclass, unsigned optype)
{
	return PUFFSOP_OPCLASS(req->preq_opclass) == opclass &&
	    req->preq_optype == optype;
}

/*
 * A component of a path: 1 to `max' bytes without '/' and NUL.
 * EINVAL, ENAMETOOLONG.
 */
int puffsmsg__op_component(const char *name, size_t namelen, size_t max);

/* Whether a field of `size' bytes holds a string that ends within it. */
int puffsmsg__op_isstring(const char *field, size_t size);

/* Copies a credential; NULL is NOCRED. */
void puffsmsg__op_cred_copy(struct puffs_kcred *to,
    const struct puffs_kcred *from);

/* Whether a node can have this type; whether a vattr can. */
int puffsmsg__op_nodetype(int32_t vtype);
int puffsmsg__op_vattrtype(int32_t vtype);

/* What makes a message of one type acceptable. */
struct puffsmsg__op_rule {
	size_t size; /* least bytes; 0: no such message */
	/*
	 * Whether what it holds is all right; NULL: it holds numbers only.
	 * Sees `received' bytes, at least `size'.
	 */
	int (*accept)(const void *frame, size_t received);
};

/* Indexed by type: PUFFS_VFS_MAX + 1 and PUFFS_VN_MAX + 1 rules. */
struct puffsmsg__op_rules {
	const struct puffsmsg__op_rule *vfs;
	const struct puffsmsg__op_rule *vn;
};

/* 0, EPROTO: not acceptable, or EOPNOTSUPP: there is no rule. */
int puffsmsg__op_check(const struct puffsmsg__op_rules *rules,
    const void *frame, size_t received);

/*
 * What every request starts with: its place, kind and node.  `fixed' bytes are
 * the struct, `data' the bytes that must fit behind it.
 */
struct puffsmsg__op_request {
	void *mem;
	size_t len;
	size_t fixed;
	size_t data;
	uint64_t node;
	uint16_t opclass;
	uint16_t optype;
};

/* Clears the struct and sets the header.  EMSGSIZE, with nothing written. */
int puffsmsg__op_start(const struct puffsmsg__op_request *request);

/* The same for a vnode operation whose struct begins with a credential. */
int puffsmsg__op_start_cred(const struct puffsmsg__op_request *request,
    const struct puffs_kcred *cred);

/*
 * Where the request's data starts and how much it announces.  0 without
 * checking against a length; EINVAL if the message is none with data.
 */
int puffsmsg__op_request_extent(const void *frame, size_t *offset, uint64_t *n);

/* Whether a reply of `need' bytes fits: 0 or EMSGSIZE. */
int puffsmsg__op_reply_fits(const struct puffs_req *req, size_t room,
    size_t need);

/* As above, for one kind of request only: EINVAL for others. */
int puffsmsg__op_reply_begin(const void *frame, size_t room, size_t need,
    unsigned opclass, unsigned optype);

/* The reply is `n' bytes. */
void puffsmsg__op_reply_finish(struct puffs_req *req, size_t n,
    size_t *replylen);

#endif /* PUFFSMSG_OP_PRIVATE_H */
