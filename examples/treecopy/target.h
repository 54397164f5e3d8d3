/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_TARGET_H
#define TREECOPY_TARGET_H

/*
 * The directory that the copy is made in: made before anything is copied, and
 * removed with all that is in it unless the run succeeds and it was asked for.
 */

#include <sys/stat.h>

#include <stdbool.h>

#include "halt.h"

struct target {
	char *ta_path;
	int ta_fd; /* -1: there is none */
	bool ta_temporary;
	bool ta_existed;       /* as an empty directory */
	struct stat ta_before; /* then */
};

/*
 * `path' NULL: a temporary one.  It must not lie in the directory open at
 * `source'.  False: halted, and nothing is left.
 */
bool target_make(struct target *target, const char *path, int source,
    struct halt *halt);

/* Removes the copy, or leaves the directory empty if it was there before. */
int target_discard(struct target *target);

/* Ends the use of it; what is there stays. */
void target_release(struct target *target);

#endif /* TREECOPY_TARGET_H */
