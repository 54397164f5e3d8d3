/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_VN_FILE_H
#define PUFFSMSG_OP_VN_FILE_H

/*
 * Layouts of the operation messages of class PUFFSOP_VN that act on one node.
 * "request": the caller sets it; "answer": the file server does.
 */

#include <puffsmsg/op_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* OPEN. */
struct puffs_vnmsg_open {
	struct puffs_req pvn_pr;
	struct puffs_kcred pvnr_cred; /* request */
	int32_t pvnr_mode;            /* request: FREAD 1, FWRITE 2, ... */
	int32_t pvnr_oflags;          /* answer: PUFFS_OPEN_* */
	uint32_t pad148;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_open, pvnr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_open, pvnr_mode, 140);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_open, pvnr_oflags, 144);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_open, 152);

/* CLOSE. */
struct puffs_vnmsg_close {
	struct puffs_req pvn_pr;
	struct puffs_kcred pvnr_cred; /* request */
	int32_t pvnr_fflag;           /* request: as pvnr_mode of OPEN */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_close, pvnr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_close, pvnr_fflag, 140);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_close, 144);

/* ACCESS. */
struct puffs_vnmsg_access {
	struct puffs_req pvn_pr;
	struct puffs_kcred pvnr_cred; /* request */
	/* request: the right asked for, in va_mode's owner bits */
	int32_t pvnr_mode;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_access, pvnr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_access, pvnr_mode, 140);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_access, 144);

/* GETATTR and SETATTR. */
struct puffs_vnmsg_setgetattr {
	struct puffs_req pvn_pr;
	struct puffs_kcred pvnr_cred; /* request */
	uint32_t pad140;
	/* SETATTR: request, what is set; GETATTR: answer */
	struct puffsmsg_vattr pvnr_va;
	/* answer: how long pvnr_va holds */
	struct puffsmsg_timespec pvnr_va_ttl;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_setgetattr, pvnr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_setgetattr, pvnr_va, 144);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_setgetattr, pvnr_va_ttl, 320);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_setgetattr, 336);

/* READ and WRITE.  The data starts at PUFFSMSG_RW_DATA, inside the struct. */
struct puffs_vnmsg_rw {
	struct puffs_req pvn_pr;
	struct puffs_kcred pvnr_cred; /* request */
	uint32_t pad140;
	puffsmsg_i64 pvnr_offset; /* request: of the first byte */
	/* request: bytes; answer: bytes not transferred */
	puffsmsg_u64 pvnr_resid;
	int32_t pvnr_ioflag; /* request: IO_* */
	uint32_t pad164;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rw, pvnr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rw, pvnr_offset, 144);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rw, pvnr_resid, 152);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rw, pvnr_ioflag, 160);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_rw, 168);

/* FSYNC: a range, or everything if both ends are 0. */
struct puffs_vnmsg_fsync {
	struct puffs_req pvn_pr;
	struct puffs_kcred pvnr_cred; /* request */
	uint32_t pad140;
	puffsmsg_i64 pvnr_offlo; /* request */
	puffsmsg_i64 pvnr_offhi; /* request */
	int32_t pvnr_flags;      /* request */
	uint32_t pad164;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_fsync, pvnr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_fsync, pvnr_offlo, 144);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_fsync, pvnr_offhi, 152);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_fsync, pvnr_flags, 160);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_fsync, 168);

/* SEEK. */
struct puffs_vnmsg_seek {
	struct puffs_req pvn_pr;
	struct puffs_kcred pvnr_cred; /* request */
	uint32_t pad140;
	puffsmsg_i64 pvnr_oldoff; /* request */
	puffsmsg_i64 pvnr_newoff; /* request */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_seek, pvnr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_seek, pvnr_oldoff, 144);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_seek, pvnr_newoff, 152);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_seek, 160);

/*
 * READDIR.  At PUFFSMSG_READDIR_DATA come the cookies, 8 bytes for each
 * entry, if any are asked for; the entries start pvnr_dentoff bytes behind
 * that place.
 */
struct puffs_vnmsg_readdir {
	struct puffs_req pvn_pr;
	struct puffs_kcred pvnr_cred; /* request */
	uint32_t pad140;
	/* request: where to start; answer: where to go on */
	puffsmsg_i64 pvnr_offset;
	/* request: room for entries; answer: what is left */
	puffsmsg_u64 pvnr_resid;
	/* request: room for cookies; answer: how many */
	puffsmsg_u64 pvnr_ncookies;
	int32_t pvnr_eofflag; /* answer: not 0 at the end */
	uint32_t pad172;
	puffsmsg_u64 pvnr_dentoff; /* request */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_readdir, pvnr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_readdir, pvnr_offset, 144);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_readdir, pvnr_resid, 152);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_readdir, pvnr_ncookies, 160);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_readdir, pvnr_eofflag, 168);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_readdir, pvnr_dentoff, 176);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_readdir, 184);

/* READLINK. */
struct puffs_vnmsg_readlink {
	struct puffs_req pvn_pr;
	struct puffs_kcred pvnr_cred; /* request */
	uint32_t pad140;
	/* request: room; answer: bytes of the link */
	puffsmsg_u64 pvnr_linklen;
	char pvnr_link[PUFFSMSG_NAMEBUF]; /* answer, without a NUL */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_readlink, pvnr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_readlink, pvnr_linklen, 144);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_readlink, pvnr_link, 152);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_readlink, 1176);

/* POLL. */
struct puffs_vnmsg_poll {
	struct puffs_req pvn_pr;
	int32_t pvnr_events; /* request: asked for; answer: ready */
	uint32_t pad60;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_poll, pvnr_events, 56);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_poll, 64);

/* MMAP. */
struct puffs_vnmsg_mmap {
	struct puffs_req pvn_pr;
	int32_t pvnr_prot;            /* request */
	struct puffs_kcred pvnr_cred; /* request */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mmap, pvnr_prot, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mmap, pvnr_cred, 60);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_mmap, 144);

/* RECLAIM: the node will not be used again. */
struct puffs_vnmsg_reclaim {
	struct puffs_req pvn_pr;
	/* request: answers to LOOKUP that named it */
	int32_t pvnr_nlookup;
	uint32_t pad60;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_reclaim, pvnr_nlookup, 56);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_reclaim, 64);

/* INACTIVE: nobody uses the node at present. */
struct puffs_vnmsg_inactive {
	struct puffs_req pvn_pr;
};

PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_inactive, 56);

/* PRINT. */
struct puffs_vnmsg_print {
	struct puffs_req pvn_pr;
};

PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_print, 56);

/* PATHCONF. */
struct puffs_vnmsg_pathconf {
	struct puffs_req pvn_pr;
	int32_t pvnr_name; /* request */
	uint32_t pad60;
	puffsmsg_i64 pvnr_retval; /* answer */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_pathconf, pvnr_name, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_pathconf, pvnr_retval, 64);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_pathconf, 72);

/* ADVLOCK. */
struct puffs_vnmsg_advlock {
	struct puffs_req pvn_pr;
	/* request; answer for F_GETLK */
	struct puffsmsg_flock pvnr_fl;
	puffsmsg_u64 pvnr_id; /* request: the holder */
	int32_t pvnr_op;      /* request */
	int32_t pvnr_flags;   /* request */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_advlock, pvnr_fl, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_advlock, pvnr_id, 80);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_advlock, pvnr_op, 88);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_advlock, pvnr_flags, 92);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_advlock, 96);

/* FALLOCATE. */
struct puffs_vnmsg_fallocate {
	struct puffs_req pvn_pr;
	puffsmsg_i64 pvnr_off; /* request */
	puffsmsg_i64 pvnr_len; /* request */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_fallocate, pvnr_off, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_fallocate, pvnr_len, 64);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_fallocate, 72);

/* FDISCARD. */
struct puffs_vnmsg_fdiscard {
	struct puffs_req pvn_pr;
	puffsmsg_i64 pvnr_off; /* request */
	puffsmsg_i64 pvnr_len; /* request */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_fdiscard, pvnr_off, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_fdiscard, pvnr_len, 64);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_fdiscard, 72);

/*
 * Where the data starts, in bytes from the start of the message.  sizeof does
 * not tell: that of rw is 168.
 */
#define PUFFSMSG_RW_DATA      164
#define PUFFSMSG_READDIR_DATA 184

/*
 * Bytes of a whole message with n bytes of data (cookies and entries for
 * READDIR).  As NetBSD's, READ and WRITE have 4 bytes more than they need.
 */
#define PUFFSMSG_RW_SIZE(n)      (sizeof(struct puffs_vnmsg_rw) + (n))
#define PUFFSMSG_READDIR_SIZE(n) (sizeof(struct puffs_vnmsg_readdir) + (n))

/* The data of a READ or WRITE message, and of a READDIR message. */
static inline void *
puffsmsg_rw_data(void *frame)
{
	return (unsigned char *)frame + PUFFSMSG_RW_DATA;
}

static inline void *
puffsmsg_readdir_data(void *frame)
{
	return (unsigned char *)frame + PUFFSMSG_READDIR_DATA;
}

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_OP_VN_FILE_H */
