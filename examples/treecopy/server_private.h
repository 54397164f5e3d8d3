/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SERVER_PRIVATE_H
#define TREECOPY_SERVER_PRIVATE_H

/*
 * One function per message of class VN.  `node' is what the cookie names,
 * referenced; the message has passed puffsmsg_op_check_request.  They return
 * what becomes of preq_rv.
 */

#include <puffsmsg/server.h>

struct node;
struct tree;

int op_lookup(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);
int op_readdir(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);
int op_readlink(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);
int op_getattr(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);
int op_open(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);
int op_close(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);
int op_inactive(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);
int op_reclaim(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);
int op_read(struct tree *tree, struct node *node,
    struct puffsmsg_request *request);

#endif /* TREECOPY_SERVER_PRIVATE_H */
