/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SERVER_OPS_H
#define TREECOPY_SERVER_OPS_H

#include <puffsmsg/server.h>

struct tree;

/*
 * Does what a message asks and writes the answer into it; returns what becomes
 * of preq_rv.  Any thread, any number at a time.
 */
int ops_answer(struct tree *tree, struct puffsmsg_request *request);

#endif /* TREECOPY_SERVER_OPS_H */
