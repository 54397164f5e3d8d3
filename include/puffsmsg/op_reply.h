/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_REPLY_H
#define PUFFSMSG_OP_REPLY_H

/*
 * Replies: a file server writes its answer where the request is.
 *
 * Every function takes
 *	frame	a request that one of puffsmsg_op_request* has accepted, 8-aligned
 *	room	bytes at `frame' that may be written; a reply longer than the
 *		request's preq_buflen is refused too
 *	replylen  where the number of bytes to send is stored; may be NULL.  It
 *		is stored in pth_framelen too
 * sets preq_rv to 0, and returns
 *	0
 *	EMSGSIZE	the reply does not fit; nothing was written
 *	EINVAL		the request is none that is answered so; nothing was written
 * so that a handler of <puffsmsg/server.h> can end with
 *	return puffsmsg_op_reply_attr(r->req, r->room, &r->replylen, &va, NULL);
 *
 * No function blocks, allocates, or keeps state; any thread may call them at
 * any time, one at a time for each frame.
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

/* An error, or with rv 0 success with nothing to say: a bare header. */
int puffsmsg_op_reply_rv(void *frame, size_t room, size_t *replylen,
    int32_t rv);

/* What the request's nodes want next: PUFFS_SETBACK_* is added. */
void puffsmsg_op_reply_setbacks(void *frame, uint32_t setbacks);

/* A node that was found or made. */
struct puffsmsg_op_node {
	uint64_t cookie; /* not 0 */
	int32_t vtype;
	uint64_t size; /* bytes */
	uint64_t rdev; /* of a device */
	/* Attributes and how long they and the name hold; NULL: not told. */
	const struct puffsmsg_vattr *va;
	const struct puffsmsg_timespec *va_ttl;
	const struct puffsmsg_timespec *cn_ttl;
};

/* LOOKUP, CREATE, MKNOD, MKDIR, SYMLINK; FHTOVP (cookie, vtype, size, rdev). */
int puffsmsg_op_reply_node(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_op_node *node);

/* GETATTR; SETATTR, with the attributes as they are now.  ttl may be NULL. */
int puffsmsg_op_reply_attr(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_vattr *va, const struct puffsmsg_timespec *ttl);

/* OPEN: PUFFS_OPEN_* or 0. */
int puffsmsg_op_reply_open(void *frame, size_t room, size_t *replylen,
    int32_t oflags);

/* WRITE, SETEXTATTR: `taken' bytes, EINVAL if more than were sent. */
int puffsmsg_op_reply_taken(void *frame, size_t room, size_t *replylen,
    size_t taken);

/* READLINK.  EMSGSIZE also if the caller has no room for `n' bytes. */
int puffsmsg_op_reply_link(void *frame, size_t room, size_t *replylen,
    const char *link, size_t n);

/* STATVFS.  Strings are ended within their fields. */
int puffsmsg_op_reply_statvfs(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_statvfs *sb);

/* VPTOFH.  EMSGSIZE also if the caller has no room for `n' bytes. */
int puffsmsg_op_reply_handle(void *frame, size_t room, size_t *replylen,
    const void *handle, size_t n);

/* POLL, PATHCONF, ADVLOCK. */
int puffsmsg_op_reply_poll(void *frame, size_t room, size_t *replylen,
    int32_t events);
int puffsmsg_op_reply_pathconf(void *frame, size_t room, size_t *replylen,
    int64_t value);
int puffsmsg_op_reply_advlock(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_flock *lock);

/*
 * Data: READ, READDIR, GETEXTATTR, LISTEXTATTR.  The request is left alone
 * until fill_end.
 *
 *	puffsmsg_op_fill_begin(&fill, r->req, r->room);
 *	n = pread(fd, fill.next, fill.left, m->pvnr_offset);
 *	puffsmsg_op_fill_used(&fill, n);
 *	return puffsmsg_op_fill_end(&fill, &r->replylen);
 */
struct puffsmsg_op_fill {
	void *frame;
	unsigned char *next; /* where the next byte goes */
	size_t left;         /* bytes that still fit */
	size_t used;         /* bytes stored */
	size_t ncookies;     /* READDIR: cookies stored */
};

/*
 * begin: there is room for what the request asks for, as far as `room' and
 *   preq_buflen go.  EMSGSIZE: not even for the struct.  EINVAL: not such a
 *   request.  On error the fill has no room, and end returns EINVAL.
 * used: `n' bytes were stored at `next'; at most `left' count.
 * bytes: appends `n' bytes, all or (EMSGSIZE) none.
 * dirent: appends a READDIR entry, all or (EMSGSIZE: full) none.  `cookie' is
 *   the offset at which a READDIR goes on behind this entry; it is stored if
 *   the caller asked for cookies.  ENAMETOOLONG: more than
 *   PUFFSMSG_DIRENT_NAME_MAX.  EINVAL: the name is empty, or has a '/' or NUL.
 * end: the reply to READ is what was stored.
 * end_dir: the same for READDIR: where to go on, and whether it was the end.
 * end_attr: the same for GETEXTATTR and LISTEXTATTR: bytes of the whole value.
 *   All three: EINVAL if the request is another, or begin had failed.
 */
int puffsmsg_op_fill_begin(struct puffsmsg_op_fill *fill, void *frame,
    size_t room);
void puffsmsg_op_fill_used(struct puffsmsg_op_fill *fill, size_t n);
int puffsmsg_op_fill_bytes(struct puffsmsg_op_fill *fill, const void *data,
    size_t n);
int puffsmsg_op_fill_dirent(struct puffsmsg_op_fill *fill, uint64_t ino,
    uint8_t dtype, const char *name, size_t namelen, uint64_t cookie);
int puffsmsg_op_fill_end(struct puffsmsg_op_fill *fill, size_t *replylen);
int puffsmsg_op_fill_end_dir(struct puffsmsg_op_fill *fill, size_t *replylen,
    int64_t offset, int eof);
int puffsmsg_op_fill_end_attr(struct puffsmsg_op_fill *fill, size_t *replylen,
    uint64_t size);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_OP_REPLY_H */
