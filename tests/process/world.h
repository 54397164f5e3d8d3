/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef WORLD_H
#define WORLD_H

/*
 * A mount and its file server on one copy of the library.  The server counts
 * and answers with the number of its world, so that a message that went to
 * another copy's would be seen.
 */

#include <stdatomic.h>

#include "calls.h"

struct world {
	struct calls calls;
	struct puffs_mount *mount;
	struct puffsmsg_server *server;
	int number;         /* an errno, as far as messages are concerned */
	atomic_uint served; /* messages of class VN that its handler has seen */
	atomic_uint called; /* callbacks */
};

/* `calls' are set.  Starts that copy, too.  False: something failed. */
bool world_start(struct world *w, int number);
void world_stop(struct world *w);

/* One message and its answer; false if it is not that of this world. */
bool world_exchange(struct world *w);
/* One message with a callback; world_stop waits for it. */
bool world_call(struct world *w);

/* Whether the library's own accounts say that n messages came and went. */
bool world_counted(struct world *w, unsigned n);

#endif /* WORLD_H */
