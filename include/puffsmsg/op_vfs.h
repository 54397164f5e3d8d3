/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_VFS_H
#define PUFFSMSG_OP_VFS_H

/*
 * Layouts of the operation messages of class PUFFSOP_VFS.
 * "request": the caller sets it; "answer": the file server does.
 */

#include <puffsmsg/op_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* UNMOUNT. */
struct puffs_vfsmsg_unmount {
	struct puffs_req pvfsr_pr;
	/* request: the mount flags, MNT_FORCE or none */
	int32_t pvfsr_flags;
	uint32_t pad60;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_unmount, pvfsr_flags, 56);
PUFFSMSG_ASSERT_SIZE(struct puffs_vfsmsg_unmount, 64);

/* STATVFS. */
struct puffs_vfsmsg_statvfs {
	struct puffs_req pvfsr_pr;
	struct puffsmsg_statvfs pvfsr_sb; /* answer */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_statvfs, pvfsr_sb, 56);
PUFFSMSG_ASSERT_SIZE(struct puffs_vfsmsg_statvfs, 2312);

/* SYNC. */
struct puffs_vfsmsg_sync {
	struct puffs_req pvfsr_pr;
	struct puffs_kcred pvfsr_cred; /* request */
	int32_t pvfsr_waitfor;         /* request */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_sync, pvfsr_cred, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_sync, pvfsr_waitfor, 140);
PUFFSMSG_ASSERT_SIZE(struct puffs_vfsmsg_sync, 144);

/* FHTOVP: a file handle to a node.  The handle is behind the struct. */
struct puffs_vfsmsg_fhtonode {
	struct puffs_req pvfsr_pr;
	puffsmsg_u64 pvfsr_fhcookie; /* answer: the node */
	int32_t pvfsr_vtype;         /* answer */
	uint32_t pad68;
	puffsmsg_i64 pvfsr_size;  /* answer */
	puffsmsg_u64 pvfsr_rdev;  /* answer */
	puffsmsg_u64 pvfsr_dsize; /* request: bytes of the handle */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_fhtonode, pvfsr_fhcookie, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_fhtonode, pvfsr_vtype, 64);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_fhtonode, pvfsr_size, 72);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_fhtonode, pvfsr_rdev, 80);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_fhtonode, pvfsr_dsize, 88);
PUFFSMSG_ASSERT_SIZE(struct puffs_vfsmsg_fhtonode, 96);

/* VPTOFH: a node to a file handle, which is behind the struct of the answer. */
struct puffs_vfsmsg_nodetofh {
	struct puffs_req pvfsr_pr;
	puffsmsg_u64 pvfsr_fhcookie; /* request: the node */
	/* request: room for the handle; answer: its bytes */
	puffsmsg_u64 pvfsr_dsize;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_nodetofh, pvfsr_fhcookie, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_nodetofh, pvfsr_dsize, 64);
PUFFSMSG_ASSERT_SIZE(struct puffs_vfsmsg_nodetofh, 72);

/* SUSPEND. */
struct puffs_vfsmsg_suspend {
	struct puffs_req pvfsr_pr;
	int32_t pvfsr_status; /* request: PUFFS_SUSPEND_* */
	uint32_t pad60;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_suspend, pvfsr_status, 56);
PUFFSMSG_ASSERT_SIZE(struct puffs_vfsmsg_suspend, 64);

/* EXTATTRCTL.  The node of attrname is the request's cookie, if it has one. */
struct puffs_vfsmsg_extattrctl {
	struct puffs_req pvfsr_pr;
	int32_t pvfsr_cmd;           /* request */
	int32_t pvfsr_attrnamespace; /* request */
	int32_t pvfsr_flags;         /* request */
	/* request, NUL-terminated */
	char pvfsr_attrname[PUFFSMSG_ATTRNAMEBUF];
	uint8_t pad323[5];
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_extattrctl, pvfsr_cmd, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_extattrctl, pvfsr_attrnamespace, 60);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_extattrctl, pvfsr_flags, 64);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vfsmsg_extattrctl, pvfsr_attrname, 68);
PUFFSMSG_ASSERT_SIZE(struct puffs_vfsmsg_extattrctl, 328);

/* Where the file handles of FHTOVP and VPTOFH start. */
#define PUFFSMSG_FHTONODE_DATA 96
#define PUFFSMSG_NODETOFH_DATA 72

/* Bytes of a whole message with n bytes of file handle. */
#define PUFFSMSG_FHTONODE_SIZE(n) (sizeof(struct puffs_vfsmsg_fhtonode) + (n))
#define PUFFSMSG_NODETOFH_SIZE(n) (sizeof(struct puffs_vfsmsg_nodetofh) + (n))

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_OP_VFS_H */
