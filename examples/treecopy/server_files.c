/* SPDX-License-Identifier: BSD-2-Clause */

/* Messages about one node: from GETATTR to RECLAIM. */

#include <errno.h>
#include <unistd.h>

#include <puffsmsg/op.h>

#include "server_attr.h"
#include "server_handle.h"
#include "server_private.h"
#include "server_tree.h"

/* The protocol's, whatever the host's <fcntl.h> says. */
#define OPEN_READ  0x1
#define OPEN_WRITE 0x2

int
op_getattr(struct tree *tree, struct node *node,
    struct puffsmsg_request *request)
{
	struct puffsmsg_vattr va;
	struct stat st;
	int error;

	(void)tree;
	if ((error = node_stat(node, &st)) != 0)
		return error;
	attr_from_stat(&va, &st);
	return puffsmsg_op_reply_attr(request->req, request->room,
	    &request->replylen, &va, NULL);
}

int
op_open(struct tree *tree, struct node *node, struct puffsmsg_request *request)
{
	struct puffs_vnmsg_open *msg = (void *)request->req;
	int error;

	(void)tree;
	if ((msg->pvnr_mode & OPEN_WRITE) != 0)
		return EROFS;
	if ((msg->pvnr_mode & OPEN_READ) == 0)
		return EINVAL;
	if ((error = node_open(node)) != 0)
		return error;
	error = puffsmsg_op_reply_open(request->req, request->room,
	    &request->replylen, 0);
	if (error != 0)
		node_close(node);
	return error;
}

/* The last one asks for INACTIVE, where the descriptor is given up. */
int
op_close(struct tree *tree, struct node *node, struct puffsmsg_request *request)
{
	int left = node_close(node);

	(void)tree;
	if (left == -1)
		return EINVAL;
	if (left == 0)
		puffsmsg_op_reply_setbacks(request->req,
		    PUFFS_SETBACK_INACT_N1);
	return puffsmsg_op_reply_rv(request->req, request->room,
	    &request->replylen, 0);
}

int
op_inactive(struct tree *tree, struct node *node,
    struct puffsmsg_request *request)
{
	(void)tree;
	node_inactive(node);
	return puffsmsg_op_reply_rv(request->req, request->room,
	    &request->replylen, 0);
}

int
op_reclaim(struct tree *tree, struct node *node,
    struct puffsmsg_request *request)
{
	struct puffs_vnmsg_reclaim *msg = (void *)request->req;

	if (msg->pvnr_nlookup > 0)
		tree_forget(tree, node, (uint64_t)msg->pvnr_nlookup);
	return puffsmsg_op_reply_rv(request->req, request->room,
	    &request->replylen, 0);
}

/* Fills up to the end of the file: short only there. */
static int
read_into(int fd, off_t offset, struct puffsmsg_op_fill *fill)
{
	ssize_t n;

	while (fill->left > 0) {
		n = pread(fd, fill->next, fill->left, offset);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return errno;
		if (n == 0)
			return 0;
		puffsmsg_op_fill_used(fill, (size_t)n);
		offset += n;
	}
	return 0;
}

int
op_read(struct tree *tree, struct node *node, struct puffsmsg_request *request)
{
	struct puffs_vnmsg_rw *msg = (void *)request->req;
	struct puffsmsg_op_fill fill;
	struct handle *handle;
	int error;

	(void)tree;
	if (!S_ISREG(node->n_type))
		return S_ISDIR(node->n_type) ? EISDIR : EINVAL;
	if (msg->pvnr_offset < 0)
		return EINVAL;
	error = puffsmsg_op_fill_begin(&fill, request->req, request->room);
	if (error != 0)
		return error;
	if ((error = node_handle(node, &handle)) != 0)
		return error;
	error = read_into(handle_fd(handle), msg->pvnr_offset, &fill);
	handle_put(handle);
	if (error != 0)
		return error;
	return puffsmsg_op_fill_end(&fill, &request->replylen);
}
