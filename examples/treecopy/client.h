/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_CLIENT_H
#define TREECOPY_CLIENT_H

/*
 * The caller's side: one function per message.  A client belongs to one
 * thread.  All return 0 or an errno: the file server's, EINTR if the thread was
 * interrupted, ENXIO if the server is gone, EPROTO if its answer is no good.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <puffsmsg/op.h>
#include <puffsmsg/puffsmsg.h>

#include "names.h"
#include "stats.h"

/* One more than the longest link that is asked for. */
#define CLIENT_LINK 4096

struct client {
	struct puffs_mount *c_mount;
	struct stats *c_stats;
	/* READ's message is kept, as its room is large. */
	struct puffs_msgpark *c_readpark; /* NULL: none yet */
	void *c_readmsg;
	size_t c_chunk; /* bytes that one READ or READDIR asks for */
};

/* `maxmsg': the mount's, in bytes. */
void client_init(struct client *client, struct puffs_mount *mount,
    size_t maxmsg, struct stats *stats);
void client_fini(struct client *client);

/* What LOOKUP tells. */
struct found {
	uint64_t f_cookie;
	uint64_t f_size; /* bytes */
	int32_t f_type;  /* enum puffsmsg_vtype */
};

/* Each success is to be given back by client_reclaim. */
int client_lookup(struct client *client, uint64_t dir, const char *name,
    struct found *found);
/* Gives lookups back; nobody waits for an answer. */
void client_reclaim(struct client *client, uint64_t cookie, int32_t lookups);

int client_getattr(struct client *client, uint64_t cookie,
    struct puffsmsg_vattr *va);

/* For reading. */
int client_open(struct client *client, uint64_t cookie);
/* And INACTIVE, if the file server wants it. */
int client_close(struct client *client, uint64_t cookie);

/*
 * Reads from `offset' on.  *data points into the client's message, good until
 * its next READ; *len is 0 at the end of the file.
 */
int client_read(struct client *client, uint64_t cookie, uint64_t offset,
    const void **data, size_t *len);

/* Appends all names of an open directory but "." and "..". */
int client_readdir(struct client *client, uint64_t cookie, struct names *names);

/* NUL-terminated. */
int client_readlink(struct client *client, uint64_t cookie,
    char link[CLIENT_LINK]);

int client_statvfs(struct client *client, struct puffsmsg_statvfs *sb);

#endif /* TREECOPY_CLIENT_H */
