/* SPDX-License-Identifier: BSD-2-Clause */

#include <sys/statvfs.h>

#include <errno.h>
#include <stdbool.h>

#include <puffsmsg/op.h>

#include "server_attr.h"
#include "server_handle.h"
#include "server_ops.h"
#include "server_private.h"
#include "server_tree.h"

typedef int (*op_fn)(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);

static const op_fn node_ops[PUFFS_VN_MAX + 1] = {
	[PUFFS_VN_LOOKUP] = op_lookup,
	[PUFFS_VN_GETATTR] = op_getattr,
	[PUFFS_VN_OPEN] = op_open,
	[PUFFS_VN_CLOSE] = op_close,
	[PUFFS_VN_READDIR] = op_readdir,
	[PUFFS_VN_READ] = op_read,
	[PUFFS_VN_READLINK] = op_readlink,
	[PUFFS_VN_INACTIVE] = op_inactive,
	[PUFFS_VN_RECLAIM] = op_reclaim,
};

/* What would change the tree, which is exported read-only. */
static bool
changes(unsigned optype)
{
	switch (optype) {
	case PUFFS_VN_CREATE:
	case PUFFS_VN_MKNOD:
	case PUFFS_VN_SETATTR:
	case PUFFS_VN_WRITE:
	case PUFFS_VN_REMOVE:
	case PUFFS_VN_LINK:
	case PUFFS_VN_RENAME:
	case PUFFS_VN_MKDIR:
	case PUFFS_VN_RMDIR:
	case PUFFS_VN_SYMLINK:
	case PUFFS_VN_SETEXTATTR:
	case PUFFS_VN_DELETEEXTATTR:
	case PUFFS_VN_FALLOCATE:
	case PUFFS_VN_FDISCARD:
		return true;
	default:
		return false;
	}
}

static int
answer_node(struct tree *tree, struct puffsmsg_request *request)
{
	unsigned optype = request->req->preq_optype;
	struct node *node;
	int error;

	if (optype > PUFFS_VN_MAX || node_ops[optype] == NULL)
		return changes(optype) ? EROFS : EOPNOTSUPP;
	error = puffsmsg_op_check_request(request->req, request->len);
	if (error != 0)
		return error;
	error = tree_find(tree, request->req->preq_cookie64, &node);
	if (error != 0)
		return error;
	error = node_ops[optype](tree, node, request);
	tree_unref(tree, node);
	return error;
}

static int
op_statvfs(struct tree *tree, struct puffsmsg_request *request)
{
	struct puffsmsg_statvfs sb;
	struct handle *root;
	struct statvfs sv;
	int error;

	if ((error = node_handle(tree->t_root, &root)) != 0)
		return error;
	if (fstatvfs(handle_fd(root), &sv) == -1)
		error = errno;
	handle_put(root);
	if (error != 0)
		return error;
	attr_from_statvfs(&sb, &sv);
	return puffsmsg_op_reply_statvfs(request->req, request->room,
	    &request->replylen, &sb);
}

static int
answer_fs(struct tree *tree, struct puffsmsg_request *request)
{
	switch (request->req->preq_optype) {
	case PUFFS_VFS_STATVFS:
		if (puffsmsg_op_request_statvfs(request->req, request->len) ==
		    NULL)
			return EPROTO;
		return op_statvfs(tree, request);
	case PUFFS_VFS_UNMOUNT:
	case PUFFS_VFS_SYNC:
		return puffsmsg_op_reply_rv(request->req, request->room,
		    &request->replylen, 0);
	default:
		return EOPNOTSUPP;
	}
}

int
ops_answer(struct tree *tree, struct puffsmsg_request *request)
{
	int error;

	switch (PUFFSOP_OPCLASS(request->req->preq_opclass)) {
	case PUFFSOP_VN:
		error = answer_node(tree, request);
		break;
	case PUFFSOP_VFS:
		error = answer_fs(tree, request);
		break;
	default:
		error = EOPNOTSUPP;
		break;
	}
	if (error != 0)
		request->replylen = sizeof(struct puffs_req);
	return error;
}
