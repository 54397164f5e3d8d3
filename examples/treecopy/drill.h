/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_DRILL_H
#define TREECOPY_DRILL_H

/*
 * What callers go through when things go wrong: they are interrupted, and
 * their server goes away, each time when all of them are in the middle of a
 * request.  The server's gate makes sure of that.
 */

#include <puffsmsg/puffsmsg.h>

#include "fileserver.h"

#define DRILL_CALLERS 16

struct drill {
	unsigned dr_callers;
	unsigned dr_interrupted; /* of them, that got EINTR */
	uint64_t dr_late; /* answers that came after that, and were dropped */
	unsigned dr_lost; /* callers that got ENXIO */
};

/*
 * Runs both on a mount that is in use by nobody else, and leaves it without
 * its server.  0, or an errno if the drill itself could not be done; what came
 * out of it is in *drill.
 */
int drill_run(struct drill *drill, struct puffs_mount *mount,
    struct fileserver *server);

/* Whether every caller got what it should have. */
int drill_passed(const struct drill *drill);

#endif /* TREECOPY_DRILL_H */
