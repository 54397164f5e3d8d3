/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_BUILD_H
#define PUFFSMSG_OP_BUILD_H

/*
 * Requests: the caller's side writes an operation message.
 *
 * Every function takes
 *	mem	the message: 8-aligned memory that begins with struct puffs_req,
 *		what puffs_msgmem_alloc() returns
 *	len	its bytes: sizeof(struct puffs_vnmsg_...), or for messages with
 *		data what the PUFFSMSG_..._SIZE macros say; may be more
 *	node	the cookie of the node operated on, or `dir', of a directory
 *	cred	on whose behalf; NULL: PUFFCRED_CRED_NOCRED
 * and sets preq_opclass, preq_optype and preq_cookie64 (so that
 * puffs_msg_setinfo() need not be called), clears preq_rv and preq_setbacks,
 * and writes all of the struct that follows the header, so that a message may
 * be built where another one was.  Nothing else of the header is touched.
 *
 * The functions return 0, or an error and then have written nothing:
 *	EMSGSIZE	len is too small
 *	ENAMETOOLONG	a name or link does not fit its field
 *	EINVAL		a name is empty, has a NUL, or is not one component
 *			(has a '/'); a bad argument
 *
 * A name is `name' with `namelen' bytes; a NUL need not follow.  The names of
 * extended attributes are strings.
 *
 * No function blocks, allocates, or keeps state; any thread may call them at
 * any time, but the message must not be in flight.
 *
 * What the operations mean: NetBSD puffs_ops(3), vnodeops(9), vfsops(9).
 */

#include <puffsmsg/op_types.h>
#include <puffsmsg/op_vfs.h>
#include <puffsmsg/op_vn_ext.h>
#include <puffsmsg/op_vn_file.h>
#include <puffsmsg/op_vn_name.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/*
 * Names in a directory.  `nameiop' is PUFFSLOOKUP_*; the other functions set
 * the one that fits them, and no flags.
 */
int puffsmsg_op_build_lookup(void *mem, size_t len, uint64_t dir,
    uint32_t nameiop, uint32_t flags, const char *name, size_t namelen,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_abortop(void *mem, size_t len, uint64_t dir,
    uint32_t nameiop, uint32_t flags, const char *name, size_t namelen,
    const struct puffs_kcred *cred);

/* `va' has the new node's type and mode, and for mknod va_rdev. */
int puffsmsg_op_build_create(void *mem, size_t len, uint64_t dir,
    const char *name, size_t namelen, const struct puffsmsg_vattr *va,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_mknod(void *mem, size_t len, uint64_t dir,
    const char *name, size_t namelen, const struct puffsmsg_vattr *va,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_mkdir(void *mem, size_t len, uint64_t dir,
    const char *name, size_t namelen, const struct puffsmsg_vattr *va,
    const struct puffs_kcred *cred);
/* `link' has `linklen' bytes, 1 to PUFFSMSG_NAME_MAX, none of them NUL. */
int puffsmsg_op_build_symlink(void *mem, size_t len, uint64_t dir,
    const char *name, size_t namelen, const char *link, size_t linklen,
    const struct puffsmsg_vattr *va, const struct puffs_kcred *cred);

/* `target' is the node that has, or for link will have, the name. */
int puffsmsg_op_build_remove(void *mem, size_t len, uint64_t dir,
    const char *name, size_t namelen, uint64_t target,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_rmdir(void *mem, size_t len, uint64_t dir,
    const char *name, size_t namelen, uint64_t target,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_link(void *mem, size_t len, uint64_t dir,
    const char *name, size_t namelen, uint64_t target,
    const struct puffs_kcred *cred);

/* What to rename, and to what. */
struct puffsmsg_op_rename {
	uint64_t dir;  /* of the source */
	uint64_t node; /* the source */
	const char *name;
	size_t namelen;
	uint64_t newdir;   /* of the target */
	uint64_t replaced; /* the node there, 0 if none */
	const char *newname;
	size_t newnamelen;
};
int puffsmsg_op_build_rename(void *mem, size_t len,
    const struct puffsmsg_op_rename *how, const struct puffs_kcred *cred);

/* Nodes.  `mode' and `fflag': FREAD 1, FWRITE 2 and so on, as NetBSD's. */
int puffsmsg_op_build_open(void *mem, size_t len, uint64_t node, int32_t mode,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_close(void *mem, size_t len, uint64_t node, int32_t fflag,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_access(void *mem, size_t len, uint64_t node, int32_t mode,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_getattr(void *mem, size_t len, uint64_t node,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_setattr(void *mem, size_t len, uint64_t node,
    const struct puffsmsg_vattr *va, const struct puffs_kcred *cred);
int puffsmsg_op_build_fsync(void *mem, size_t len, uint64_t node, int64_t low,
    int64_t high, int32_t flags, const struct puffs_kcred *cred);
int puffsmsg_op_build_seek(void *mem, size_t len, uint64_t node, int64_t from,
    int64_t to, const struct puffs_kcred *cred);
int puffsmsg_op_build_readlink(void *mem, size_t len, uint64_t node,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_poll(void *mem, size_t len, uint64_t node,
    int32_t events);
int puffsmsg_op_build_mmap(void *mem, size_t len, uint64_t node, int32_t prot,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_reclaim(void *mem, size_t len, uint64_t node,
    int32_t nlookup);
int puffsmsg_op_build_inactive(void *mem, size_t len, uint64_t node);
int puffsmsg_op_build_print(void *mem, size_t len, uint64_t node);
int puffsmsg_op_build_pathconf(void *mem, size_t len, uint64_t node,
    int32_t name);
int puffsmsg_op_build_advlock(void *mem, size_t len, uint64_t node,
    const struct puffsmsg_flock *lock, uint64_t id, int32_t op, int32_t flags);
int puffsmsg_op_build_fallocate(void *mem, size_t len, uint64_t node,
    int64_t offset, int64_t length);
int puffsmsg_op_build_fdiscard(void *mem, size_t len, uint64_t node,
    int64_t offset, int64_t length);

/*
 * Data.  Where `room' bytes are asked for, only the struct needs to be sent:
 *	puffs_msg_setdelta(park, len - sizeof(struct puffs_vnmsg_rw));
 * A message that is longer than its data is sent whole, unless setdelta trims
 * it.  `data' NULL: the caller stores `n' bytes at PUFFSMSG_..._DATA.
 */
int puffsmsg_op_build_read(void *mem, size_t len, uint64_t node, int64_t offset,
    size_t room, int32_t ioflag, const struct puffs_kcred *cred);
int puffsmsg_op_build_write(void *mem, size_t len, uint64_t node,
    int64_t offset, const void *data, size_t n, int32_t ioflag,
    const struct puffs_kcred *cred);
/*
 * `offset' is 0 at first, then what the answer to the last READDIR said.
 * `ncookies' (mostly 0) is the room for entries' own offsets; it takes 8 bytes
 * each, in addition to `room' for entries.
 */
int puffsmsg_op_build_readdir(void *mem, size_t len, uint64_t node,
    int64_t offset, size_t room, size_t ncookies,
    const struct puffs_kcred *cred);

/* Extended attributes.  `room' may be 0: only the size is of interest. */
int puffsmsg_op_build_getextattr(void *mem, size_t len, uint64_t node,
    int32_t attrnamespace, const char *attrname, size_t room,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_setextattr(void *mem, size_t len, uint64_t node,
    int32_t attrnamespace, const char *attrname, const void *data, size_t n,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_listextattr(void *mem, size_t len, uint64_t node,
    int32_t attrnamespace, int32_t flag, size_t room,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_deleteextattr(void *mem, size_t len, uint64_t node,
    int32_t attrnamespace, const char *attrname,
    const struct puffs_kcred *cred);

/*
 * The file system.  These have no node: the cookie is 0; extattrctl has one if
 * `node' is not 0.  The `n' bytes of `handle' came from an answer to VPTOFH.
 * `attrname' may be NULL.
 */
int puffsmsg_op_build_unmount(void *mem, size_t len, int32_t flags);
int puffsmsg_op_build_statvfs(void *mem, size_t len);
int puffsmsg_op_build_sync(void *mem, size_t len, int32_t waitfor,
    const struct puffs_kcred *cred);
int puffsmsg_op_build_fhtonode(void *mem, size_t len, const void *handle,
    size_t n);
int puffsmsg_op_build_nodetofh(void *mem, size_t len, uint64_t node,
    size_t room);
int puffsmsg_op_build_suspend(void *mem, size_t len, int32_t status);
int puffsmsg_op_build_extattrctl(void *mem, size_t len, uint64_t node,
    int32_t cmd, int32_t attrnamespace, const char *attrname, int32_t flags);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_OP_BUILD_H */
