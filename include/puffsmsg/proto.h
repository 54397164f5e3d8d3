/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The wire between a mount and its file server: the frame header, operation
 * classes and types, and the frames that a server sends on its own account.
 *
 * Layout: NetBSD's puffs protocol 30 as an LP64 machine with 8-byte maximum
 * alignment has it, in the byte order of the host.  It is the same on every
 * platform, so 64-bit fields carry an alignment of exactly 8 (i386 would use
 * 4) and nothing carries more (aarch64's NetBSD would use 16).  All padding
 * that lies between fields is spelled out and is zero in a frame.
 *
 * Behaviour: NetBSD puffs(4), puffs(3); names, values and offsets are the
 * contract between both ends and never change within a protocol version.
 *
 * This header defines no function with external linkage, needs only the
 * freestanding headers below and may be included anywhere, from C11 or C++11.
 */

#ifndef PUFFSMSG_PROTO_H
#define PUFFSMSG_PROTO_H

#include <stddef.h>
#include <stdint.h>

#if defined(__clang__)
#pragma clang diagnostic push
#endif

#ifdef __cplusplus
extern "C" {
#define PUFFSMSG_STATIC_ASSERT(expr, text) static_assert(expr, text)
#else
#define PUFFSMSG_STATIC_ASSERT(expr, text) _Static_assert(expr, text)
#endif

#define PUFFSMSG_ASSERT_OFFSET(type, member, offset) \
	PUFFSMSG_STATIC_ASSERT(offsetof(type, member) == (offset), \
	    #type " " #member " is misplaced")
#define PUFFSMSG_ASSERT_SIZE(type, size) \
	PUFFSMSG_STATIC_ASSERT(sizeof(type) == (size), \
	    #type " has a wrong size")

/* 64-bit wire integers, 8-aligned on every platform. */
typedef uint64_t puffsmsg_u64 __attribute__((__aligned__(8)));
typedef int64_t puffsmsg_i64 __attribute__((__aligned__(8)));

/* The protocol's version, as NetBSD's mount arguments carry it. */
#define PUFFSVERSION 30

/* Bytes in the longest frame: a mount's default, and the least it may set. */
#define PUFFSMSG_MAXMSG_DEFAULT 131072
#define PUFFSMSG_MAXMSG_MIN     8192

/* Set in the ids of requests that a server makes, never in the mount's. */
#define PUFFSMSG_SERVER_ID (UINT64_C(1) << 63)

/* A server's name for a node.  Opaque to the mount. */
typedef void *puffs_cookie_t;

/*
 * A cookie takes 64 bits on the wire whatever a pointer takes.  The pointer is
 * the low word, so that both members of the union agree about the value as long
 * as it fits a pointer and the other half is zero.  A 32-bit program that fills
 * a frame which is not zeroed must store the 64-bit member.
 */
#if UINTPTR_MAX == UINT32_MAX && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#if defined(__clang__) && defined(__cplusplus)
#pragma clang diagnostic ignored "-Wnested-anon-types"
#endif
#define PUFFSMSG_COOKIE_FIELD(pointer, wide) \
	union { \
		__extension__ struct { \
			uint32_t pointer##_pad; \
			puffs_cookie_t pointer; \
		}; \
		puffsmsg_u64 wide; \
	}
#define PUFFSMSG_COOKIE_LOW 4
#else
#define PUFFSMSG_COOKIE_FIELD(pointer, wide) \
	union { \
		puffs_cookie_t pointer; \
		puffsmsg_u64 wide; \
	}
#define PUFFSMSG_COOKIE_LOW 0
#endif

/* Whether a cookie from the wire is a pointer of this process's width. */
static inline int
puffsmsg_cookie_fits(uint64_t cookie)
{
	return (uint64_t)(uintptr_t)cookie == cookie;
}

/* What the putter adds to a frame. */
struct putter_hdr {
	puffsmsg_u64 pth_framelen; /* bytes in the frame, header included */
};

/* Every frame begins with this.  The payload follows, 8-aligned. */
struct puffs_req {
	struct putter_hdr preq_pth;
	puffsmsg_u64 preq_id; /* 0: nobody waits for an answer */
	PUFFSMSG_COOKIE_FIELD(preq_cookie, preq_cookie64);
	uint16_t preq_opclass;    /* PUFFSOP_*, with PUFFSOPFLAG_* */
	uint16_t preq_optype;     /* PUFFS_VFS_*, PUFFS_VN_*, PUFFS_ERR_* */
	int32_t preq_rv;          /* reply: 0 or an errno of this host */
	uint32_t preq_setbacks;   /* reply: PUFFS_SETBACK_* */
	int32_t preq_pid;         /* request: who asks */
	int32_t preq_lid;         /* request: which of its threads */
	uint32_t preq_pad;        /* zero */
	puffsmsg_u64 preq_buflen; /* request: bytes that a reply may have */
};

PUFFSMSG_ASSERT_SIZE(struct putter_hdr, 8);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_pth, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_id, 8);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_cookie, 16 + PUFFSMSG_COOKIE_LOW);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_cookie64, 16);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_opclass, 24);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_optype, 26);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_rv, 28);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_setbacks, 32);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_pid, 36);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_lid, 40);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_pad, 44);
PUFFSMSG_ASSERT_OFFSET(struct puffs_req, preq_buflen, 48);
PUFFSMSG_ASSERT_SIZE(struct puffs_req, 56);

/* preq_opclass: the class, and flags that may be or-ed to it. */
#define PUFFSOP_VFS     0x01
#define PUFFSOP_VN      0x02
#define PUFFSOP_CACHE   0x03 /* only to the server */
#define PUFFSOP_ERROR   0x04 /* only to the server */
#define PUFFSOP_FLUSH   0x05 /* only from the server */
#define PUFFSOP_SUSPEND 0x06 /* only from the server */
#define PUFFSOP_UNMOUNT 0x07 /* only from the server */

#define PUFFSOP_OPCMASK          0x07
#define PUFFSOP_OPCLASS(opclass) ((opclass)&PUFFSOP_OPCMASK)

#define PUFFSOPFLAG_FAF            0x10 /* fire and forget: not answered */
#define PUFFSOPFLAG_ISRESPONSE     0x20 /* answers a server's request */
#define PUFFSOP_WANTREPLY(opclass) (((opclass)&PUFFSOPFLAG_FAF) == 0)

/* preq_optype for PUFFSOP_VFS. */
enum {
	PUFFS_VFS_MOUNT = 0,
	PUFFS_VFS_START = 1,
	PUFFS_VFS_UNMOUNT = 2,
	PUFFS_VFS_ROOT = 3,
	PUFFS_VFS_QUOTACTL = 4,
	PUFFS_VFS_STATVFS = 5,
	PUFFS_VFS_SYNC = 6,
	PUFFS_VFS_VGET = 7,
	PUFFS_VFS_FHTOVP = 8,
	PUFFS_VFS_VPTOFH = 9,
	PUFFS_VFS_INIT = 10,
	PUFFS_VFS_DONE = 11,
	PUFFS_VFS_SNAPSHOT = 12,
	PUFFS_VFS_EXTATTRCTL = 13,
	PUFFS_VFS_SUSPEND = 14
};
#define PUFFS_VFS_MAX PUFFS_VFS_SUSPEND

/* preq_optype for PUFFSOP_VN. */
enum {
	PUFFS_VN_LOOKUP = 0,
	PUFFS_VN_CREATE = 1,
	PUFFS_VN_MKNOD = 2,
	PUFFS_VN_OPEN = 3,
	PUFFS_VN_CLOSE = 4,
	PUFFS_VN_ACCESS = 5,
	PUFFS_VN_GETATTR = 6,
	PUFFS_VN_SETATTR = 7,
	PUFFS_VN_READ = 8,
	PUFFS_VN_WRITE = 9,
	PUFFS_VN_IOCTL = 10,
	PUFFS_VN_FCNTL = 11,
	PUFFS_VN_POLL = 12,
	PUFFS_VN_KQFILTER = 13,
	PUFFS_VN_REVOKE = 14,
	PUFFS_VN_MMAP = 15,
	PUFFS_VN_FSYNC = 16,
	PUFFS_VN_SEEK = 17,
	PUFFS_VN_REMOVE = 18,
	PUFFS_VN_LINK = 19,
	PUFFS_VN_RENAME = 20,
	PUFFS_VN_MKDIR = 21,
	PUFFS_VN_RMDIR = 22,
	PUFFS_VN_SYMLINK = 23,
	PUFFS_VN_READDIR = 24,
	PUFFS_VN_READLINK = 25,
	PUFFS_VN_ABORTOP = 26,
	PUFFS_VN_INACTIVE = 27,
	PUFFS_VN_RECLAIM = 28,
	PUFFS_VN_LOCK = 29,
	PUFFS_VN_UNLOCK = 30,
	PUFFS_VN_BMAP = 31,
	PUFFS_VN_STRATEGY = 32,
	PUFFS_VN_PRINT = 33,
	PUFFS_VN_ISLOCKED = 34,
	PUFFS_VN_PATHCONF = 35,
	PUFFS_VN_ADVLOCK = 36,
	PUFFS_VN_LEASE = 37,
	PUFFS_VN_WHITEOUT = 38,
	PUFFS_VN_GETPAGES = 39,
	PUFFS_VN_PUTPAGES = 40,
	PUFFS_VN_GETEXTATTR = 41,
	PUFFS_VN_LISTEXTATTR = 42,
	PUFFS_VN_OPENEXTATTR = 43,
	PUFFS_VN_DELETEEXTATTR = 44,
	PUFFS_VN_SETEXTATTR = 45,
	PUFFS_VN_CLOSEEXTATTR = 46,
	PUFFS_VN_FALLOCATE = 47,
	PUFFS_VN_FDISCARD = 48
};
#define PUFFS_VN_MAX PUFFS_VN_FDISCARD

/* preq_optype for PUFFSOP_ERROR. */
enum {
	PUFFS_ERR_ERROR = 0,
	PUFFS_ERR_MAKENODE = 1,
	PUFFS_ERR_LOOKUP = 2,
	PUFFS_ERR_READDIR = 3,
	PUFFS_ERR_READLINK = 4,
	PUFFS_ERR_READ = 5,
	PUFFS_ERR_WRITE = 6,
	PUFFS_ERR_VPTOFH = 7,
	PUFFS_ERR_GETEXTATTR = 8,
	PUFFS_ERR_LISTEXTATTR = 9
};
#define PUFFS_ERR_MAX PUFFS_ERR_LISTEXTATTR

/*
 * preq_setbacks: what a server wants to hear of the operation's nodes later.
 * INACT: send INACTIVE; NOREF: no links left, reclaim when inactive.  N1 is
 * the node of the request's cookie, N2 the second node of the operation.
 */
#define PUFFS_SETBACK_INACT_N1 0x01
#define PUFFS_SETBACK_INACT_N2 0x02
#define PUFFS_SETBACK_NOREF_N1 0x04
#define PUFFS_SETBACK_NOREF_N2 0x08
#define PUFFS_SETBACK_MASK     0x0f

/* Class FLUSH: a server asks for caches to be dropped or written. */
struct puffs_flush {
	struct puffs_req pf_req;
	PUFFSMSG_COOKIE_FIELD(pf_cookie, pf_cookie64); /* the node */
	int32_t pf_op;                                 /* below */
	uint32_t pf_pad;                               /* zero */
	puffsmsg_i64 pf_start; /* first byte of the range */
	puffsmsg_i64 pf_end;   /* behind its last; 0: to the end of the file */
};

/* pf_op. */
enum {
	PUFFS_INVAL_NAMECACHE_NODE = 0,
	PUFFS_INVAL_NAMECACHE_DIR = 1,
	PUFFS_INVAL_NAMECACHE_ALL = 2,
	PUFFS_INVAL_PAGECACHE_NODE_RANGE = 3,
	PUFFS_FLUSH_PAGECACHE_NODE_RANGE = 4
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_flush, pf_req, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffs_flush, pf_cookie, 56 + PUFFSMSG_COOKIE_LOW);
PUFFSMSG_ASSERT_OFFSET(struct puffs_flush, pf_cookie64, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_flush, pf_op, 64);
PUFFSMSG_ASSERT_OFFSET(struct puffs_flush, pf_pad, 68);
PUFFSMSG_ASSERT_OFFSET(struct puffs_flush, pf_start, 72);
PUFFSMSG_ASSERT_OFFSET(struct puffs_flush, pf_end, 80);
PUFFSMSG_ASSERT_SIZE(struct puffs_flush, 88);

/* Class ERROR: the mount tells a server what it did wrong. */
#define PUFFS_ERROR_STRLEN 256
struct puffs_error {
	struct puffs_req perr_pr;
	int32_t perr_error;                /* an errno of this host */
	char perr_str[PUFFS_ERROR_STRLEN]; /* for people, NUL-terminated */
	uint32_t perr_pad;                 /* zero */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_error, perr_pr, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffs_error, perr_error, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_error, perr_str, 60);
PUFFSMSG_ASSERT_OFFSET(struct puffs_error, perr_pad, 316);
PUFFSMSG_ASSERT_SIZE(struct puffs_error, 320);

#ifdef __cplusplus
}
#endif

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

#endif /* PUFFSMSG_PROTO_H */
