/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SERVER_PAUSE_H
#define TREECOPY_SERVER_PAUSE_H

/*
 * For tests: the first READ of a file with a certain name says so by a byte on
 * one descriptor and goes on after a byte, or the end, from another.
 */

#include <stdatomic.h>
#include <stdbool.h>

struct pause {
	const char *p_name; /* NULL: never */
	int p_announce;     /* gets a byte */
	int p_resume;       /* gives one */
	int p_cancel[2];    /* pipe; -1: none */
	atomic_bool p_done;
};

/* An errno of pipe(2). */
int pause_init(struct pause *pause, const char *name, int announce, int resume);
void pause_destroy(struct pause *pause);

/* Called by the server before each READ. */
void pause_read(struct pause *pause, const char *name);
/* Ends a pause for good, so that the server can be stopped. */
void pause_cancel(struct pause *pause);

#endif /* TREECOPY_SERVER_PAUSE_H */
