/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_VN_EXT_H
#define PUFFSMSG_OP_VN_EXT_H

/*
 * Layouts of the operation messages of class PUFFSOP_VN for extended
 * attributes.  Values and lists follow the struct.
 * "request": the caller sets it; "answer": the file server does.
 */

#include <puffsmsg/op_types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* GETEXTATTR. */
struct puffs_vnmsg_getextattr {
	struct puffs_req pvn_pr;
	int32_t pvnr_attrnamespace; /* request */
	/* request, NUL-terminated */
	char pvnr_attrname[PUFFSMSG_ATTRNAMEBUF];
	uint8_t pad315;
	struct puffs_kcred pvnr_cred; /* request */
	/* answer: bytes of the value */
	puffsmsg_u64 pvnr_datasize;
	/* request: room; answer: what is left */
	puffsmsg_u64 pvnr_resid;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_getextattr, pvnr_attrnamespace, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_getextattr, pvnr_attrname, 60);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_getextattr, pvnr_cred, 316);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_getextattr, pvnr_datasize, 400);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_getextattr, pvnr_resid, 408);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_getextattr, 416);

/* SETEXTATTR. */
struct puffs_vnmsg_setextattr {
	struct puffs_req pvn_pr;
	int32_t pvnr_attrnamespace; /* request */
	/* request, NUL-terminated */
	char pvnr_attrname[PUFFSMSG_ATTRNAMEBUF];
	uint8_t pad315;
	struct puffs_kcred pvnr_cred; /* request */
	/* request: bytes; answer: bytes not taken */
	puffsmsg_u64 pvnr_resid;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_setextattr, pvnr_attrnamespace, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_setextattr, pvnr_attrname, 60);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_setextattr, pvnr_cred, 316);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_setextattr, pvnr_resid, 400);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_setextattr, 408);

/* LISTEXTATTR. */
struct puffs_vnmsg_listextattr {
	struct puffs_req pvn_pr;
	int32_t pvnr_attrnamespace;   /* request */
	struct puffs_kcred pvnr_cred; /* request */
	/* answer: bytes of the list */
	puffsmsg_u64 pvnr_datasize;
	/* request: room; answer: what is left */
	puffsmsg_u64 pvnr_resid;
	int32_t pvnr_flag; /* request */
	uint32_t pad164;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_listextattr, pvnr_attrnamespace, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_listextattr, pvnr_cred, 60);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_listextattr, pvnr_datasize, 144);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_listextattr, pvnr_resid, 152);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_listextattr, pvnr_flag, 160);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_listextattr, 168);

/* DELETEEXTATTR. */
struct puffs_vnmsg_deleteextattr {
	struct puffs_req pvn_pr;
	int32_t pvnr_attrnamespace; /* request */
	/* request, NUL-terminated */
	char pvnr_attrname[PUFFSMSG_ATTRNAMEBUF];
	uint8_t pad315;
	struct puffs_kcred pvnr_cred; /* request */
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_deleteextattr, pvnr_attrnamespace,
    56);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_deleteextattr, pvnr_attrname, 60);
PUFFSMSG_ASSERT_OFFSET(struct puffs_vnmsg_deleteextattr, pvnr_cred, 316);
PUFFSMSG_ASSERT_SIZE(struct puffs_vnmsg_deleteextattr, 400);

/* Where the data starts. */
#define PUFFSMSG_GETEXTATTR_DATA  416
#define PUFFSMSG_SETEXTATTR_DATA  408
#define PUFFSMSG_LISTEXTATTR_DATA 168

/* Bytes of a whole message with n bytes of data. */
#define PUFFSMSG_GETEXTATTR_SIZE(n) \
	(sizeof(struct puffs_vnmsg_getextattr) + (n))
#define PUFFSMSG_SETEXTATTR_SIZE(n) \
	(sizeof(struct puffs_vnmsg_setextattr) + (n))
#define PUFFSMSG_LISTEXTATTR_SIZE(n) \
	(sizeof(struct puffs_vnmsg_listextattr) + (n))

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_OP_VN_EXT_H */
