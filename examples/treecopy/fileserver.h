/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_FILESERVER_H
#define TREECOPY_FILESERVER_H

/*
 * The file server: exports a directory, read-only, to the callers of a mount,
 * from worker threads of its own.
 */

#include <stdint.h>

#include <puffsmsg/server.h>

#include "server_gate.h"
#include "server_pause.h"
#include "server_tree.h"

struct fileserver {
	struct tree *f_tree;
	struct gate f_gate;
	struct pause f_pause;
	struct puffsmsg_server *f_loop;
};

/* What to serve and how. */
struct fileserver_options {
	int fd; /* the directory; fileserver_start takes it in any case */
	uint32_t workers;
	const char *pause_name; /* as struct pause */
	int pause_announce;
	int pause_resume;
};

int fileserver_start(struct fileserver *server, struct puffs_mount *mount,
    const struct fileserver_options *options);

/* The root's cookie. */
uint64_t fileserver_root(const struct fileserver *server);

/*
 * Ends the workers and frees everything.  Requests that the gate holds must
 * have been let go.
 */
void fileserver_destroy(struct fileserver *server);

#endif /* TREECOPY_FILESERVER_H */
