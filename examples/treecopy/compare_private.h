/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_COMPARE_PRIVATE_H
#define TREECOPY_COMPARE_PRIVATE_H

#include <sys/stat.h>

#include "compare.h"
#include "trail.h"

/* Bytes of contents that are compared at a time. */
#define COMPARE_BLOCK 131072

/* Two directories that should be the same. */
struct pair {
	struct trail p_trail;
	int p_source;
	int p_copy;
};

/*
 * All that can be seen of one thing that both directories have: 0, or an errno,
 * or -1 with *difference.
 */
int compare_attributes(const struct comparison *comparison,
    const struct stat *source, const struct stat *copy,
    const char **difference);
int compare_links(const struct pair *pair, const char *name,
    const char **difference);
int compare_contents(struct comparison *comparison, const struct pair *pair,
    const char *name, const char **difference);

/*
 * Opens and closes something of the copy.  The copy of somebody else's file may
 * be one that we, its owner now, must not read: until it is closed its mode is
 * another one.  An errno.
 */
struct opened {
	int o_fd;
	mode_t o_mode; /* to be restored */
	bool o_changed;
};
int compare_open_copy(struct opened *opened, int fd, const char *name,
    int flags);
int compare_close_copy(struct opened *opened);

#endif /* TREECOPY_COMPARE_PRIVATE_H */
