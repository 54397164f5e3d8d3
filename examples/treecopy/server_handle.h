/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SERVER_HANDLE_H
#define TREECOPY_SERVER_HANDLE_H

/*
 * Descriptors of nodes.  A handle is shared by whoever works with it, so that
 * a CLOSE or INACTIVE never takes a descriptor away from a READ.
 */

#include <sys/stat.h>

struct handle;
struct node;

/* Takes `fd' on success.  NULL: no memory. */
struct handle *handle_make(int fd);
void handle_put(struct handle *handle);
int handle_fd(const struct handle *handle);

/*
 * A descriptor of a directory or a regular file: the node's own if it is open,
 * else one made for this use, from the nearest directory above that is open.
 * ESTALE: another file is there now.  EOPNOTSUPP: neither directory nor file.
 */
int node_handle(struct node *node, struct handle **handle);

/* Makes it the node's own, until node_inactive. */
int node_open(struct node *node);
/* How many are left to be closed; -1: it was not open. */
int node_close(struct node *node);
/* Gives up what is kept for a node that nobody has open. */
void node_inactive(struct node *node);

/* What the node is now; ESTALE as above. */
int node_stat(struct node *node, struct stat *st);

#endif /* TREECOPY_SERVER_HANDLE_H */
