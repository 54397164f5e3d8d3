/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_READ_H
#define PUFFSMSG_OP_READ_H

/*
 * Reading operation messages that came from the other side, which is not
 * trusted: a file server reads requests, the caller's side reads results.
 *
 * Every function takes
 *	frame	the message, 8-aligned; its memory cannot be changed by the
 *		other side any more
 *	received  its bytes: as many may be read, and no more are.  In a result
 *		that is preq_pth.pth_framelen after puffs_msg_wait()
 * and trusts nothing that is written in the message: no length, no string.
 *
 * No function blocks, allocates, or keeps state; any thread may call them at
 * any time.
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
 * Is this a request that can be acted upon?
 *	0	  all of its struct is there; names are single components of
 *		  pkcn_namelen bytes (1 to PUFFSMSG_NAME_MAX) with a NUL behind;
 *		  links and attribute names end within their fields; a user's
 *		  credential lists 0 to 16 groups; data that it announces is
 *		  there
 *	EPROTO	  no
 *	EOPNOTSUPP  it has no layout here (say, IOCTL)
 */
int puffsmsg_op_check_request(const void *frame, size_t received);

/*
 * Is this a result that can be used?
 *	0	as much of its struct is there as the operation answers with;
 *		cookies of new nodes are not 0 and fit a pointer; types of nodes
 *		exist; strings end within their fields
 *	EPROTO	no
 *	EOPNOTSUPP  as above
 *	EINVAL	preq_rv is not 0, so there is nothing but an error
 * How much data there is depends on what was asked for:
 * puffsmsg_op_result_data.
 */
int puffsmsg_op_check_result(const void *frame, size_t received);

/*
 * The message if it has this class (flags are ignored) and type and passes the
 * check; else NULL.  Better use the typed functions below.  The pointer is
 * `frame': nothing is copied, and a server writes its answer in the same place.
 */
void *puffsmsg_op_request(void *frame, size_t received, unsigned opclass,
    unsigned optype);
void *puffsmsg_op_result(void *frame, size_t received, unsigned opclass,
    unsigned optype);

/*
 * Typed views of requests and results:
 *	struct puffs_vnmsg_lookup *
 *	puffsmsg_op_request_lookup(void *frame, size_t received);
 *	puffsmsg_op_result_lookup(void *frame, size_t received);
 * and so on.  Operations whose answers say no more than preq_rv have no result.
 */
#define PUFFSMSG_OP_REQUEST(name, tag, opclass, optype) \
	static inline struct tag *puffsmsg_op_request_##name(void *frame, \
	    size_t received) \
	{ \
		return (struct tag *)puffsmsg_op_request(frame, received, \
		    opclass, optype); \
	}
#define PUFFSMSG_OP_RESULT(name, tag, opclass, optype) \
	static inline struct tag *puffsmsg_op_result_##name(void *frame, \
	    size_t received) \
	{ \
		return (struct tag *)puffsmsg_op_result(frame, received, \
		    opclass, optype); \
	}

PUFFSMSG_OP_REQUEST(unmount, puffs_vfsmsg_unmount, PUFFSOP_VFS,
    PUFFS_VFS_UNMOUNT)
PUFFSMSG_OP_REQUEST(statvfs, puffs_vfsmsg_statvfs, PUFFSOP_VFS,
    PUFFS_VFS_STATVFS)
PUFFSMSG_OP_REQUEST(sync, puffs_vfsmsg_sync, PUFFSOP_VFS, PUFFS_VFS_SYNC)
PUFFSMSG_OP_REQUEST(fhtonode, puffs_vfsmsg_fhtonode, PUFFSOP_VFS,
    PUFFS_VFS_FHTOVP)
PUFFSMSG_OP_REQUEST(nodetofh, puffs_vfsmsg_nodetofh, PUFFSOP_VFS,
    PUFFS_VFS_VPTOFH)
PUFFSMSG_OP_REQUEST(extattrctl, puffs_vfsmsg_extattrctl, PUFFSOP_VFS,
    PUFFS_VFS_EXTATTRCTL)
PUFFSMSG_OP_REQUEST(suspend, puffs_vfsmsg_suspend, PUFFSOP_VFS,
    PUFFS_VFS_SUSPEND)
PUFFSMSG_OP_REQUEST(lookup, puffs_vnmsg_lookup, PUFFSOP_VN, PUFFS_VN_LOOKUP)
PUFFSMSG_OP_REQUEST(create, puffs_vnmsg_create, PUFFSOP_VN, PUFFS_VN_CREATE)
PUFFSMSG_OP_REQUEST(mknod, puffs_vnmsg_mknod, PUFFSOP_VN, PUFFS_VN_MKNOD)
PUFFSMSG_OP_REQUEST(open, puffs_vnmsg_open, PUFFSOP_VN, PUFFS_VN_OPEN)
PUFFSMSG_OP_REQUEST(close, puffs_vnmsg_close, PUFFSOP_VN, PUFFS_VN_CLOSE)
PUFFSMSG_OP_REQUEST(access, puffs_vnmsg_access, PUFFSOP_VN, PUFFS_VN_ACCESS)
PUFFSMSG_OP_REQUEST(getattr, puffs_vnmsg_setgetattr, PUFFSOP_VN,
    PUFFS_VN_GETATTR)
PUFFSMSG_OP_REQUEST(setattr, puffs_vnmsg_setgetattr, PUFFSOP_VN,
    PUFFS_VN_SETATTR)
PUFFSMSG_OP_REQUEST(read, puffs_vnmsg_rw, PUFFSOP_VN, PUFFS_VN_READ)
PUFFSMSG_OP_REQUEST(write, puffs_vnmsg_rw, PUFFSOP_VN, PUFFS_VN_WRITE)
PUFFSMSG_OP_REQUEST(poll, puffs_vnmsg_poll, PUFFSOP_VN, PUFFS_VN_POLL)
PUFFSMSG_OP_REQUEST(mmap, puffs_vnmsg_mmap, PUFFSOP_VN, PUFFS_VN_MMAP)
PUFFSMSG_OP_REQUEST(fsync, puffs_vnmsg_fsync, PUFFSOP_VN, PUFFS_VN_FSYNC)
PUFFSMSG_OP_REQUEST(seek, puffs_vnmsg_seek, PUFFSOP_VN, PUFFS_VN_SEEK)
PUFFSMSG_OP_REQUEST(remove, puffs_vnmsg_remove, PUFFSOP_VN, PUFFS_VN_REMOVE)
PUFFSMSG_OP_REQUEST(link, puffs_vnmsg_link, PUFFSOP_VN, PUFFS_VN_LINK)
PUFFSMSG_OP_REQUEST(rename, puffs_vnmsg_rename, PUFFSOP_VN, PUFFS_VN_RENAME)
PUFFSMSG_OP_REQUEST(mkdir, puffs_vnmsg_mkdir, PUFFSOP_VN, PUFFS_VN_MKDIR)
PUFFSMSG_OP_REQUEST(rmdir, puffs_vnmsg_rmdir, PUFFSOP_VN, PUFFS_VN_RMDIR)
PUFFSMSG_OP_REQUEST(symlink, puffs_vnmsg_symlink, PUFFSOP_VN, PUFFS_VN_SYMLINK)
PUFFSMSG_OP_REQUEST(readdir, puffs_vnmsg_readdir, PUFFSOP_VN, PUFFS_VN_READDIR)
PUFFSMSG_OP_REQUEST(readlink, puffs_vnmsg_readlink, PUFFSOP_VN,
    PUFFS_VN_READLINK)
PUFFSMSG_OP_REQUEST(abortop, puffs_vnmsg_abortop, PUFFSOP_VN, PUFFS_VN_ABORTOP)
PUFFSMSG_OP_REQUEST(inactive, puffs_vnmsg_inactive, PUFFSOP_VN,
    PUFFS_VN_INACTIVE)
PUFFSMSG_OP_REQUEST(reclaim, puffs_vnmsg_reclaim, PUFFSOP_VN, PUFFS_VN_RECLAIM)
PUFFSMSG_OP_REQUEST(print, puffs_vnmsg_print, PUFFSOP_VN, PUFFS_VN_PRINT)
PUFFSMSG_OP_REQUEST(pathconf, puffs_vnmsg_pathconf, PUFFSOP_VN,
    PUFFS_VN_PATHCONF)
PUFFSMSG_OP_REQUEST(advlock, puffs_vnmsg_advlock, PUFFSOP_VN, PUFFS_VN_ADVLOCK)
PUFFSMSG_OP_REQUEST(getextattr, puffs_vnmsg_getextattr, PUFFSOP_VN,
    PUFFS_VN_GETEXTATTR)
PUFFSMSG_OP_REQUEST(listextattr, puffs_vnmsg_listextattr, PUFFSOP_VN,
    PUFFS_VN_LISTEXTATTR)
PUFFSMSG_OP_REQUEST(deleteextattr, puffs_vnmsg_deleteextattr, PUFFSOP_VN,
    PUFFS_VN_DELETEEXTATTR)
PUFFSMSG_OP_REQUEST(setextattr, puffs_vnmsg_setextattr, PUFFSOP_VN,
    PUFFS_VN_SETEXTATTR)
PUFFSMSG_OP_REQUEST(fallocate, puffs_vnmsg_fallocate, PUFFSOP_VN,
    PUFFS_VN_FALLOCATE)
PUFFSMSG_OP_REQUEST(fdiscard, puffs_vnmsg_fdiscard, PUFFSOP_VN,
    PUFFS_VN_FDISCARD)

PUFFSMSG_OP_RESULT(statvfs, puffs_vfsmsg_statvfs, PUFFSOP_VFS,
    PUFFS_VFS_STATVFS)
PUFFSMSG_OP_RESULT(fhtonode, puffs_vfsmsg_fhtonode, PUFFSOP_VFS,
    PUFFS_VFS_FHTOVP)
PUFFSMSG_OP_RESULT(nodetofh, puffs_vfsmsg_nodetofh, PUFFSOP_VFS,
    PUFFS_VFS_VPTOFH)
PUFFSMSG_OP_RESULT(lookup, puffs_vnmsg_lookup, PUFFSOP_VN, PUFFS_VN_LOOKUP)
PUFFSMSG_OP_RESULT(create, puffs_vnmsg_create, PUFFSOP_VN, PUFFS_VN_CREATE)
PUFFSMSG_OP_RESULT(mknod, puffs_vnmsg_mknod, PUFFSOP_VN, PUFFS_VN_MKNOD)
PUFFSMSG_OP_RESULT(open, puffs_vnmsg_open, PUFFSOP_VN, PUFFS_VN_OPEN)
PUFFSMSG_OP_RESULT(getattr, puffs_vnmsg_setgetattr, PUFFSOP_VN,
    PUFFS_VN_GETATTR)
PUFFSMSG_OP_RESULT(setattr, puffs_vnmsg_setgetattr, PUFFSOP_VN,
    PUFFS_VN_SETATTR)
PUFFSMSG_OP_RESULT(read, puffs_vnmsg_rw, PUFFSOP_VN, PUFFS_VN_READ)
PUFFSMSG_OP_RESULT(write, puffs_vnmsg_rw, PUFFSOP_VN, PUFFS_VN_WRITE)
PUFFSMSG_OP_RESULT(poll, puffs_vnmsg_poll, PUFFSOP_VN, PUFFS_VN_POLL)
PUFFSMSG_OP_RESULT(mkdir, puffs_vnmsg_mkdir, PUFFSOP_VN, PUFFS_VN_MKDIR)
PUFFSMSG_OP_RESULT(symlink, puffs_vnmsg_symlink, PUFFSOP_VN, PUFFS_VN_SYMLINK)
PUFFSMSG_OP_RESULT(readdir, puffs_vnmsg_readdir, PUFFSOP_VN, PUFFS_VN_READDIR)
PUFFSMSG_OP_RESULT(readlink, puffs_vnmsg_readlink, PUFFSOP_VN,
    PUFFS_VN_READLINK)
PUFFSMSG_OP_RESULT(pathconf, puffs_vnmsg_pathconf, PUFFSOP_VN,
    PUFFS_VN_PATHCONF)
PUFFSMSG_OP_RESULT(advlock, puffs_vnmsg_advlock, PUFFSOP_VN, PUFFS_VN_ADVLOCK)
PUFFSMSG_OP_RESULT(getextattr, puffs_vnmsg_getextattr, PUFFSOP_VN,
    PUFFS_VN_GETEXTATTR)
PUFFSMSG_OP_RESULT(listextattr, puffs_vnmsg_listextattr, PUFFSOP_VN,
    PUFFS_VN_LISTEXTATTR)
PUFFSMSG_OP_RESULT(setextattr, puffs_vnmsg_setextattr, PUFFSOP_VN,
    PUFFS_VN_SETEXTATTR)

/*
 * The data of a request: WRITE, SETEXTATTR, FHTOVP.
 * EPROTO: less was received than it announces.  EINVAL: not such a request.
 * *data points into the frame, not aligned.
 */
int puffsmsg_op_request_data(const void *frame, size_t received,
    const void **data, size_t *n);

/*
 * The data of a result: READ, READDIR (entries), READLINK, GETEXTATTR,
 * LISTEXTATTR, VPTOFH.  `room' is what was asked for (of READLINK,
 * PUFFSMSG_NAMEBUF).  The file server says how much of it is left over; for
 * READLINK and VPTOFH, how much it used.
 * EPROTO: that is not possible, or less was received; or a link has a NUL.
 * EINVAL: not such a result, or preq_rv is not 0.
 * *data points into the frame, not aligned; a link has no NUL behind it.
 */
int puffsmsg_op_result_data(const void *frame, size_t received, size_t room,
    const void **data, size_t *n);

/*
 * How much of the `n' bytes of a WRITE or SETEXTATTR was taken.
 * EPROTO, EINVAL: as above.
 */
int puffsmsg_op_result_taken(const void *frame, size_t received, size_t n,
    size_t *taken);

/*
 * The cookies of a READDIR that asked for `ncookies': the offset behind each
 * entry, in order.  EPROTO, EINVAL: as above.
 */
int puffsmsg_op_result_cookies(const void *frame, size_t received,
    size_t ncookies, const puffsmsg_u64 **cookies, size_t *n);

/* Directory entries that are still to be read.  Private members. */
struct puffsmsg_op_dirents {
	const unsigned char *next;
	size_t left;
};

/* One entry.  The name lies in the message. */
struct puffsmsg_op_dirent {
	uint64_t ino;
	const char *name; /* NUL-terminated, without '/' */
	size_t namelen;   /* bytes, without the NUL, at least 1 */
	uint8_t type;     /* enum puffsmsg_dtype */
};

/*
 * dirents_result: starts at the first entry of a result of READDIR, which asked
 *   for `room' bytes.  Fails as puffsmsg_op_result_data.
 * dirents_init: the same with `n' bytes of entries that lie anywhere.
 * dirents_next: 0 with an entry, or ENOENT: no more, or EPROTO: what follows is
 *   no entry (its length, name, or NUL is not what it should be), and nothing
 *   behind it can be read; the same again if called again.  "." and ".." are
 *   entries like all others.
 */
int puffsmsg_op_dirents_result(struct puffsmsg_op_dirents *dirents,
    const void *frame, size_t received, size_t room);
void puffsmsg_op_dirents_init(struct puffsmsg_op_dirents *dirents,
    const void *data, size_t n);
int puffsmsg_op_dirents_next(struct puffsmsg_op_dirents *dirents,
    struct puffsmsg_op_dirent *entry);

/* Bytes that an entry with such a name takes in a message. */
#define PUFFSMSG_DIRENT_SIZE(namelen) \
	(((size_t)(namelen) + 14 + 7) & ~(size_t)7)

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_OP_READ_H */
