/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_COPY_H
#define TREECOPY_COPY_H

/*
 * A visitor that copies: what it knows of the source it has from messages; it
 * writes only below one descriptor.
 *
 * Files, directories and links get their owner (as root), modes and times last,
 * directories after all that is in them.
 */

#include <stdbool.h>

#include "halt.h"
#include "progress.h"
#include "tally.h"
#include "walk.h"

struct copy {
	struct halt *c_halt;
	struct progress *c_progress;
	struct tally *c_tally;
	const char *c_path; /* of the copy, for messages */
	int c_fd;           /* the copy's root directory */
	bool c_owners;      /* try to keep owners */
};

/* Its argument is a struct copy. */
extern const struct visitor copy_visitor;

#endif /* TREECOPY_COPY_H */
