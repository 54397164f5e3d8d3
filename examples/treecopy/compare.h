/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_COMPARE_H
#define TREECOPY_COMPARE_H

/*
 * Compares the copy with the source, both read from the disk: names, types,
 * modes, times of modification, owners (if they were to be kept), targets of
 * links, contents.  What is not copied is not expected.
 */

#include <stdbool.h>
#include <stdint.h>

#include "halt.h"
#include "progress.h"

struct comparison {
	struct halt *co_halt;
	struct progress *co_progress;
	const char *co_path; /* of the source, for messages */
	bool co_owners;
	/* What was compared. */
	uint64_t co_items;
	uint64_t co_bytes;
	char *co_buf; /* of compare_trees: two blocks of contents */
};

/*
 * Compares what is open at `source' and `copy'.  False: halted, by the first
 * difference or an error.
 */
bool compare_trees(struct comparison *comparison, int source, int copy);

#endif /* TREECOPY_COMPARE_H */
