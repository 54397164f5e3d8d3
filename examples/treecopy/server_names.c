/* SPDX-License-Identifier: BSD-2-Clause */

/* Messages about names: LOOKUP, READDIR, READLINK. */

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include <puffsmsg/op.h>

#include "server_attr.h"
#include "server_dir.h"
#include "server_handle.h"
#include "server_private.h"
#include "server_tree.h"

/* Linux has no longer links; others have shorter. */
#define LINK_MAX_BYTES 4096
#define LINK_DATA      offsetof(struct puffs_vnmsg_readlink, pvnr_link)

/* Answers a LOOKUP with a node that has just got one more lookup. */
static int
reply_node(struct tree *tree, struct node *node, const struct stat *st,
    struct puffsmsg_request *request)
{
	struct puffsmsg_vattr va;
	struct puffsmsg_op_node found = { .cookie = node->n_cookie,
		.vtype = puffsmsg_op_vtype(st->st_mode),
		.size = (uint64_t)st->st_size,
		.rdev = st->st_rdev,
		.va = &va };
	int error;

	attr_from_stat(&va, st);
	error = puffsmsg_op_reply_node(request->req, request->room,
	    &request->replylen, &found);
	if (error != 0)
		tree_forget(tree, node, 1);
	return error;
}

/* "." and "..", which need no looking for. */
static int
lookup_known(struct tree *tree, struct node *node,
    struct puffsmsg_request *request)
{
	struct stat st;
	int error;

	if (node == NULL)
		return ENOENT;
	if ((error = node_stat(node, &st)) != 0)
		return error;
	tree_relookup(tree, node);
	return reply_node(tree, node, &st, request);
}

static int
lookup_name(struct tree *tree, struct node *parent, const char *name,
    struct puffsmsg_request *request)
{
	struct handle *directory;
	struct node *node;
	struct stat st;
	int error;

	if ((error = node_handle(parent, &directory)) != 0)
		return error;
	if (fstatat(handle_fd(directory), name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		error = errno;
	handle_put(directory);
	if (error != 0)
		return error;
	if ((error = tree_lookup(tree, parent, name, &st, &node)) != 0)
		return error;
	error = reply_node(tree, node, &st, request);
	tree_unref(tree, node);
	return error;
}

int
op_lookup(struct tree *tree, struct node *node,
    struct puffsmsg_request *request)
{
	struct puffs_vnmsg_lookup *msg = (void *)request->req;
	const char *name = msg->pvnr_cn.pkcn_name;

	if (!S_ISDIR(node->n_type))
		return ENOTDIR;
	if (msg->pvnr_cn.pkcn_nameiop != PUFFSLOOKUP_LOOKUP)
		return EROFS;
	if (name[0] == '.' && name[1] == '\0')
		return lookup_known(tree, node, request);
	if (name[0] == '.' && name[1] == '.' && name[2] == '\0')
		return lookup_known(tree, node->n_parent, request);
	return lookup_name(tree, node, name, request);
}

int
op_readdir(struct tree *tree, struct node *node,
    struct puffsmsg_request *request)
{
	struct puffs_vnmsg_readdir *msg = (void *)request->req;
	struct puffsmsg_op_fill fill;
	int64_t next;
	int eof, error;

	(void)tree;
	error = puffsmsg_op_fill_begin(&fill, request->req, request->room);
	if (error != 0)
		return error;
	error = dir_fill(node, msg->pvnr_offset, &fill, &next, &eof);
	if (error != 0)
		return error;
	return puffsmsg_op_fill_end_dir(&fill, &request->replylen, next, eof);
}

/*
 * The message's struct has room for 1024 bytes, but links may be longer: a
 * caller with a longer message gets them whole.
 */
static int
reply_link(struct puffsmsg_request *request, const char *link, size_t len)
{
	struct puffs_vnmsg_readlink *msg = (void *)request->req;
	size_t room = request->room;

	if (room > request->req->preq_buflen)
		room = (size_t)request->req->preq_buflen;
	if (room < sizeof(*msg) || room - LINK_DATA < len ||
	    msg->pvnr_linklen < len)
		return ENAMETOOLONG;
	memcpy((char *)request->req + LINK_DATA, link, len);
	msg->pvnr_linklen = len;
	request->replylen = LINK_DATA + len;
	if (request->replylen < sizeof(*msg))
		request->replylen = sizeof(*msg);
	return 0;
}

int
op_readlink(struct tree *tree, struct node *node,
    struct puffsmsg_request *request)
{
	char link[LINK_MAX_BYTES];
	struct handle *directory;
	ssize_t len;
	int error;

	(void)tree;
	if (!S_ISLNK(node->n_type))
		return EINVAL;
	if ((error = node_handle(node->n_parent, &directory)) != 0)
		return error;
	len = readlinkat(handle_fd(directory), node->n_name, link,
	    sizeof(link));
	error = len == -1 ? errno : 0;
	handle_put(directory);
	if (error != 0)
		return error == EINVAL ? ESTALE : error;
	return reply_link(request, link, (size_t)len);
}
