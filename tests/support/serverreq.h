/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVERREQ_H
#define SERVERREQ_H

/*
 * What a file server sends on its own account, and how it is answered; and
 * file system callbacks that note what they are called with.
 */

#include <stdatomic.h>

#include "msgfix.h"

/* The id of the server's n-th request. */
#define SRV_ID(n) (PUFFSMSG_SERVER_ID | (n))

/* A frame of `len' bytes, zero but for length, class and that id. */
void srv_frame(struct fix_frame *f, int opclass, size_t len, uint64_t n);
/* Sends one; what dispatch says. */
int srv_request(struct puffs_mount *mount, int opclass, size_t len, uint64_t n);
int srv_flush(struct puffs_mount *mount, uint64_t n, int op, uint64_t cookie,
    int64_t start, int64_t end);

/* Takes the oldest message, waiting for it, and has it on replywait. */
void srv_next(struct puffs_mount *mount, struct fix_frame *f);
/* That the oldest message is the answer to the n-th request. */
void srv_expect_answer(struct puffs_mount *mount, uint64_t n, int rv);
/* That it is a notice with this errno about this cookie. */
void srv_expect_notice(struct puffs_mount *mount, int error, uint64_t cookie);
/* That it is PUFFS_VFS_UNMOUNT with these flags; `f' is what to reply to. */
void srv_expect_unmount(struct puffs_mount *mount, struct fix_frame *f,
    int flags);
/* That nothing is queued. */
void srv_expect_nothing(struct puffs_mount *mount);

/* A message of fix_mount on replywait, and what its server has of it. */
struct puffs_msgpark *srv_taken(struct fix_frame *f);
/* That it still waits for its reply, and gets it; it is released. */
void srv_expect_awaited(struct puffs_msgpark *park, struct fix_frame *f);
/* That the frame is a reply that nobody waits for, and counted as that. */
void srv_expect_unknown(struct puffs_mount *mount, struct fix_frame *f);

/* Calls of fsops, in order. */
enum fs_call {
	FS_LOOKUP = 1,
	FS_RELEASE,
	FS_PURGEALL,
	FS_PURGEDIR,
	FS_PUTPAGES,
	FS_UNMOUNT,
};
#define FS_MAXCALLS 64u

/*
 * The state behind the callbacks: what they note and what they say.  A call of
 * the kind `block' passes `blocked' and waits for `go' first.
 */
struct fs {
	struct puffsmsg_fsops ops;
	struct puffs_node node; /* what every cookie means */
	enum puffsmsg_nodetype type;
	uint64_t size;
	int lookup_rv, all_rv, dir_rv, pages_rv, unmount_rv;
	bool unmounts; /* the callback unmounts before it returns */
	atomic_int block;
	struct gate blocked, go;
	struct gate called; /* passed once for each call, at its end */
	enum fs_call calls[FS_MAXCALLS];
	uint64_t cookie; /* of the last lookup */
	int64_t start, end;
	int flags;
	struct puffs_node *released;
};
/* A regular file of 1 MiB, everything succeeds. */
void fs_init(struct fs *fs);
/* Options with fs's callbacks, and a grace time that never ends by itself. */
struct puffsmsg_mount_options fs_options(struct fs *fs);
/* Lets the call that is blocked go on, and later ones pass. */
void fs_release(struct fs *fs);
/* That the calls so far were these, in order; 0 ends them. */
void fs_expect(struct fs *fs, const enum fs_call *calls);

#endif /* SERVERREQ_H */
