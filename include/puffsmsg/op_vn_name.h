/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_VN_NAME_H
#define PUFFSMSG_OP_VN_NAME_H

/*
 * Layouts of the operation messages of class PUFFSOP_VN that carry names.
 * "request": the caller sets it; "answer": the file server does.
 */

#include <puffsmsg/op_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* LOOKUP: a name in a directory. */
struct puffs_vnmsg_lookup {
	struct puffs_req pvn_pr;
	/* request: the name, in the directory of preq_cookie */
	struct puffs_kcn pvnr_cn;
	struct puffs_kcred pvnr_cn_cred; /* request */
	uint32_t pad1188;
	puffsmsg_u64 pvnr_newnode; /* answer: the node's cookie */
	int32_t pvnr_vtype;        /* answer */
	uint32_t pad1204;
	puffsmsg_i64 pvnr_size;        /* answer: bytes */
	puffsmsg_u64 pvnr_rdev;        /* answer, of a device */
	struct puffsmsg_vattr pvnr_va; /* answer: attributes */
	/* answer: how long pvnr_va holds */
	struct puffsmsg_timespec pvnr_va_ttl;
	/* answer: how long the name holds */
	struct puffsmsg_timespec pvnr_cn_ttl;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_lookup, pvnr_cn, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_lookup, pvnr_cn_cred, 1104);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_lookup, pvnr_newnode, 1192);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_lookup, pvnr_vtype, 1200);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_lookup, pvnr_size, 1208);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_lookup, pvnr_rdev, 1216);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_lookup, pvnr_va, 1224);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_lookup, pvnr_va_ttl, 1400);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_lookup, pvnr_cn_ttl, 1416);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_lookup, 1432);

/* CREATE: a regular file or a socket. */
struct puffs_vnmsg_create {
	struct puffs_req pvn_pr;
	/* request: the name, in the directory of preq_cookie */
	struct puffs_kcn pvnr_cn;
	struct puffs_kcred pvnr_cn_cred; /* request */
	uint32_t pad1188;
	/* request: type and mode; answer: attributes */
	struct puffsmsg_vattr pvnr_va;
	puffsmsg_u64 pvnr_newnode; /* answer: the node's cookie */
	/* answer: how long pvnr_va holds */
	struct puffsmsg_timespec pvnr_va_ttl;
	/* answer: how long the name holds */
	struct puffsmsg_timespec pvnr_cn_ttl;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_create, pvnr_cn, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_create, pvnr_cn_cred, 1104);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_create, pvnr_va, 1192);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_create, pvnr_newnode, 1368);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_create, pvnr_va_ttl, 1376);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_create, pvnr_cn_ttl, 1392);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_create, 1408);

/* MKNOD: a device or a fifo; pvnr_va.va_rdev says which device. */
struct puffs_vnmsg_mknod {
	struct puffs_req pvn_pr;
	/* request: the name, in the directory of preq_cookie */
	struct puffs_kcn pvnr_cn;
	struct puffs_kcred pvnr_cn_cred; /* request */
	uint32_t pad1188;
	/* request: type and mode; answer: attributes */
	struct puffsmsg_vattr pvnr_va;
	puffsmsg_u64 pvnr_newnode; /* answer: the node's cookie */
	/* answer: how long pvnr_va holds */
	struct puffsmsg_timespec pvnr_va_ttl;
	/* answer: how long the name holds */
	struct puffsmsg_timespec pvnr_cn_ttl;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mknod, pvnr_cn, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mknod, pvnr_cn_cred, 1104);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mknod, pvnr_va, 1192);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mknod, pvnr_newnode, 1368);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mknod, pvnr_va_ttl, 1376);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mknod, pvnr_cn_ttl, 1392);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_mknod, 1408);

/* REMOVE: a name of anything but a directory. */
struct puffs_vnmsg_remove {
	struct puffs_req pvn_pr;
	/* request: the name, in the directory of preq_cookie */
	struct puffs_kcn pvnr_cn;
	struct puffs_kcred pvnr_cn_cred; /* request */
	uint32_t pad1188;
	/* request: the node that the name stands for */
	puffsmsg_u64 pvnr_cookie_targ;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_remove, pvnr_cn, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_remove, pvnr_cn_cred, 1104);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_remove, pvnr_cookie_targ, 1192);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_remove, 1200);

/* MKDIR. */
struct puffs_vnmsg_mkdir {
	struct puffs_req pvn_pr;
	/* request: the name, in the directory of preq_cookie */
	struct puffs_kcn pvnr_cn;
	struct puffs_kcred pvnr_cn_cred; /* request */
	uint32_t pad1188;
	/* request: type and mode; answer: attributes */
	struct puffsmsg_vattr pvnr_va;
	puffsmsg_u64 pvnr_newnode; /* answer: the node's cookie */
	/* answer: how long pvnr_va holds */
	struct puffsmsg_timespec pvnr_va_ttl;
	/* answer: how long the name holds */
	struct puffsmsg_timespec pvnr_cn_ttl;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mkdir, pvnr_cn, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mkdir, pvnr_cn_cred, 1104);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mkdir, pvnr_va, 1192);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mkdir, pvnr_newnode, 1368);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mkdir, pvnr_va_ttl, 1376);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_mkdir, pvnr_cn_ttl, 1392);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_mkdir, 1408);

/* RMDIR. */
struct puffs_vnmsg_rmdir {
	struct puffs_req pvn_pr;
	/* request: the name, in the directory of preq_cookie */
	struct puffs_kcn pvnr_cn;
	struct puffs_kcred pvnr_cn_cred; /* request */
	uint32_t pad1188;
	/* request: the node that the name stands for */
	puffsmsg_u64 pvnr_cookie_targ;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rmdir, pvnr_cn, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rmdir, pvnr_cn_cred, 1104);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rmdir, pvnr_cookie_targ, 1192);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_rmdir, 1200);

/* LINK: a further name for a node. */
struct puffs_vnmsg_link {
	struct puffs_req pvn_pr;
	/* request: the name, in the directory of preq_cookie */
	struct puffs_kcn pvnr_cn;
	struct puffs_kcred pvnr_cn_cred; /* request */
	uint32_t pad1188;
	puffsmsg_u64 pvnr_cookie_targ; /* request: the node */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_link, pvnr_cn, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_link, pvnr_cn_cred, 1104);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_link, pvnr_cookie_targ, 1192);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_link, 1200);

/* RENAME: preq_cookie is the directory of the source. */
struct puffs_vnmsg_rename {
	struct puffs_req pvn_pr;
	struct puffs_kcn pvnr_cn_src;        /* request */
	struct puffs_kcred pvnr_cn_src_cred; /* request */
	uint32_t pad1188;
	struct puffs_kcn pvnr_cn_targ;        /* request */
	struct puffs_kcred pvnr_cn_targ_cred; /* request */
	uint32_t pad2324;
	puffsmsg_u64 pvnr_cookie_src; /* request: the node to rename */
	/* request: the node to replace, 0 if none */
	puffsmsg_u64 pvnr_cookie_targ;
	/* request: the directory of the target */
	puffsmsg_u64 pvnr_cookie_targdir;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rename, pvnr_cn_src, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rename, pvnr_cn_src_cred, 1104);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rename, pvnr_cn_targ, 1192);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rename, pvnr_cn_targ_cred, 2240);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rename, pvnr_cookie_src, 2328);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rename, pvnr_cookie_targ, 2336);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_rename, pvnr_cookie_targdir, 2344);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_rename, 2352);

/* SYMLINK. */
struct puffs_vnmsg_symlink {
	struct puffs_req pvn_pr;
	/* request: the name, in the directory of preq_cookie */
	struct puffs_kcn pvnr_cn;
	struct puffs_kcred pvnr_cn_cred; /* request */
	uint32_t pad1188;
	/* request: mode; answer: attributes */
	struct puffsmsg_vattr pvnr_va;
	puffsmsg_u64 pvnr_newnode;        /* answer: the node's cookie */
	char pvnr_link[PUFFSMSG_NAMEBUF]; /* request, NUL-terminated */
	/* answer: how long pvnr_va holds */
	struct puffsmsg_timespec pvnr_va_ttl;
	/* answer: how long the name holds */
	struct puffsmsg_timespec pvnr_cn_ttl;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_symlink, pvnr_cn, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_symlink, pvnr_cn_cred, 1104);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_symlink, pvnr_va, 1192);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_symlink, pvnr_newnode, 1368);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_symlink, pvnr_link, 1376);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_symlink, pvnr_va_ttl, 2400);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_symlink, pvnr_cn_ttl, 2416);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_symlink, 2432);

/* ABORTOP: what the name was looked up for will not be done. */
struct puffs_vnmsg_abortop {
	struct puffs_req pvn_pr;
	/* request: the name, in the directory of preq_cookie */
	struct puffs_kcn pvnr_cn;
	struct puffs_kcred pvnr_cn_cred; /* request */
	uint32_t pad1188;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_abortop, pvnr_cn, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_abortop, pvnr_cn_cred, 1104);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_abortop, 1192);

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_OP_VN_NAME_H */
