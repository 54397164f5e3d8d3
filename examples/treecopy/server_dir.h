/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SERVER_DIR_H
#define TREECOPY_SERVER_DIR_H

#include <puffsmsg/op.h>

struct node;

/*
 * Fills in the entries of an open directory from `offset' on, which is an
 * index into the listing; *next is where to go on, *eof whether that is the
 * end.  The listing is taken at the first READDIR after the directory was
 * opened and kept until it is inactive, so that offsets stay good while other
 * callers read it too.
 */
int dir_fill(struct node *node, int64_t offset, struct puffsmsg_op_fill *fill,
    int64_t *next, int *eof);

#endif /* TREECOPY_SERVER_DIR_H */
