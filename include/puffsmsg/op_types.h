/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_TYPES_H
#define PUFFSMSG_OP_TYPES_H

/*
 * What operation messages are made of: names, credentials, attributes,
 * directory entries, file system statistics.
 *
 * Layout: NetBSD amd64, protocol 30, the same on every platform; see
 * <puffsmsg/proto.h>.  The tags are prefixed where NetBSD's would collide with
 * the system's headers.  Members named pad<offset> are zero.
 */

#include <puffsmsg/proto.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a name or a link, its NUL included. */
#define PUFFSMSG_NAMEBUF  1024
#define PUFFSMSG_NAME_MAX (PUFFSMSG_NAMEBUF - 1)
/* Bytes of a name in a directory entry, its NUL included. */
#define PUFFSMSG_DIRENT_NAMEBUF  512
#define PUFFSMSG_DIRENT_NAME_MAX (PUFFSMSG_DIRENT_NAMEBUF - 1)
/* Bytes of the name of an extended attribute, its NUL included. */
#define PUFFSMSG_ATTRNAMEBUF  255
#define PUFFSMSG_ATTRNAME_MAX (PUFFSMSG_ATTRNAMEBUF - 1)
/* Groups that a credential may list. */
#define PUFFSMSG_NGROUPS 16
/* Bytes of a file system type's name, its NUL included. */
#define PUFFSMSG_FSTYPEBUF 32

/* A vattr field that is not set: this value, in the field's type. */
#define PUFFSMSG_VNOVAL (-1)

/* va_type, pvnr_vtype, pvfsr_vtype. */
enum puffsmsg_vtype {
	PUFFSMSG_VNON = 0,
	PUFFSMSG_VREG = 1,
	PUFFSMSG_VDIR = 2,
	PUFFSMSG_VBLK = 3,
	PUFFSMSG_VCHR = 4,
	PUFFSMSG_VLNK = 5,
	PUFFSMSG_VSOCK = 6,
	PUFFSMSG_VFIFO = 7,
	PUFFSMSG_VBAD = 8
};

/* de_type, as all BSDs and Linux number it. */
enum puffsmsg_dtype {
	PUFFSMSG_DT_UNKNOWN = 0,
	PUFFSMSG_DT_FIFO = 1,
	PUFFSMSG_DT_CHR = 2,
	PUFFSMSG_DT_DIR = 4,
	PUFFSMSG_DT_BLK = 6,
	PUFFSMSG_DT_REG = 8,
	PUFFSMSG_DT_LNK = 10,
	PUFFSMSG_DT_SOCK = 12
};

/* pkcn_nameiop: what the name is looked up for. */
#define PUFFSLOOKUP_LOOKUP 0
#define PUFFSLOOKUP_CREATE 1
#define PUFFSLOOKUP_DELETE 2
#define PUFFSLOOKUP_RENAME 3

/* pkcr_type, and pkcr_internal where the type is INTERNAL. */
#define PUFFCRED_TYPE_UUC      1
#define PUFFCRED_TYPE_INTERNAL 2
#define PUFFCRED_CRED_NOCRED   1
#define PUFFCRED_CRED_FSCRED   2

/* pvnr_oflags in an answer to OPEN. */
#define PUFFS_OPEN_IO_DIRECT 0x01 /* no page cache for this file */

/* pvfsr_status of SUSPEND. */
#define PUFFS_SUSPEND_START     0
#define PUFFS_SUSPEND_SUSPENDED 1
#define PUFFS_SUSPEND_RESUME    2
#define PUFFS_SUSPEND_ERROR     3

/* A time, or a time to live. */
struct puffsmsg_timespec {
	puffsmsg_i64 tv_sec;
	puffsmsg_i64 tv_nsec; /* 0 to 999999999 */
};

PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_timespec, tv_sec, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_timespec, tv_nsec, 8);
PUFFSMSG_ASSERT_SIZE(struct puffsmsg_timespec, 16);

/* A user's credential. */
struct puffsmsg_uucred {
	uint16_t cr_unused;
	uint16_t pad2;
	uint32_t cr_uid;
	uint32_t cr_gid;
	int16_t cr_ngroups; /* entries used in cr_groups */
	uint16_t pad14;
	uint32_t cr_groups[PUFFSMSG_NGROUPS];
};

PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_uucred, cr_unused, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_uucred, cr_uid, 4);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_uucred, cr_gid, 8);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_uucred, cr_ngroups, 12);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_uucred, cr_groups, 16);
PUFFSMSG_ASSERT_SIZE(struct puffsmsg_uucred, 80);

/* On whose behalf an operation is done. */
struct puffs_kcred {
	struct puffsmsg_uucred pkcr_uuc; /* where the type is UUC */
	uint8_t pkcr_type;               /* PUFFCRED_TYPE_* */
	uint8_t pkcr_internal;           /* PUFFCRED_CRED_* */
	uint16_t pad82;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_kcred, pkcr_uuc, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffs_kcred, pkcr_type, 80);
PUFFSMSG_ASSERT_OFFSET(struct puffs_kcred, pkcr_internal, 81);
PUFFSMSG_ASSERT_SIZE(struct puffs_kcred, 84);

/* A component of a path. */
struct puffs_kcn {
	uint32_t pkcn_nameiop; /* PUFFSLOOKUP_LOOKUP ... _RENAME */
	uint32_t pkcn_flags;   /* as the asker's name lookup has them */
	char pkcn_name[PUFFSMSG_NAMEBUF]; /* NUL-terminated */
	puffsmsg_u64 pkcn_namelen;        /* bytes, without the NUL */
	/* answer: bytes behind the component taken too */
	puffsmsg_u64 pkcn_consume;
};

PUFFSMSG_ASSERT_OFFSET(struct puffs_kcn, pkcn_nameiop, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffs_kcn, pkcn_flags, 4);
PUFFSMSG_ASSERT_OFFSET(struct puffs_kcn, pkcn_name, 8);
PUFFSMSG_ASSERT_OFFSET(struct puffs_kcn, pkcn_namelen, 1032);
PUFFSMSG_ASSERT_OFFSET(struct puffs_kcn, pkcn_consume, 1040);
PUFFSMSG_ASSERT_SIZE(struct puffs_kcn, 1048);

/* The attributes of a node. */
struct puffsmsg_vattr {
	int32_t va_type;  /* enum puffsmsg_vtype */
	uint32_t va_mode; /* permission bits */
	uint32_t va_nlink;
	uint32_t va_uid;
	uint32_t va_gid;
	uint32_t pad20;
	puffsmsg_u64 va_fsid;
	puffsmsg_u64 va_fileid;
	puffsmsg_u64 va_size; /* bytes */
	/* bytes, preferred for input and output */
	puffsmsg_i64 va_blocksize;
	struct puffsmsg_timespec va_atime;
	struct puffsmsg_timespec va_mtime;
	struct puffsmsg_timespec va_ctime;
	struct puffsmsg_timespec va_birthtime;
	puffsmsg_u64 va_gen;
	puffsmsg_u64 va_flags;
	puffsmsg_u64 va_rdev;  /* of a device */
	puffsmsg_u64 va_bytes; /* bytes of storage held */
	puffsmsg_u64 va_filerev;
	uint32_t va_vaflags;
	uint32_t pad164;
	puffsmsg_i64 va_spare;
};

PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_type, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_mode, 4);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_nlink, 8);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_uid, 12);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_gid, 16);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_fsid, 24);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_fileid, 32);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_size, 40);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_blocksize, 48);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_atime, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_mtime, 72);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_ctime, 88);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_birthtime, 104);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_gen, 120);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_flags, 128);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_rdev, 136);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_bytes, 144);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_filerev, 152);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_vaflags, 160);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_vattr, va_spare, 168);
PUFFSMSG_ASSERT_SIZE(struct puffsmsg_vattr, 176);

/* Statistics of a file system; counts are in units of f_frsize. */
struct puffsmsg_statvfs {
	puffsmsg_u64 f_flag;
	puffsmsg_u64 f_bsize;
	puffsmsg_u64 f_frsize;
	puffsmsg_u64 f_iosize;
	puffsmsg_u64 f_blocks;
	puffsmsg_u64 f_bfree;
	puffsmsg_u64 f_bavail;
	puffsmsg_u64 f_bresvd;
	puffsmsg_u64 f_files;
	puffsmsg_u64 f_ffree;
	puffsmsg_u64 f_favail;
	puffsmsg_u64 f_fresvd;
	puffsmsg_u64 f_syncreads;
	puffsmsg_u64 f_syncwrites;
	puffsmsg_u64 f_asyncreads;
	puffsmsg_u64 f_asyncwrites;
	int32_t f_fsidx[2];
	puffsmsg_u64 f_fsid;
	puffsmsg_u64 f_namemax;
	uint32_t f_owner;
	uint32_t f_spare[4];
	char f_fstypename[PUFFSMSG_FSTYPEBUF];
	char f_mntonname[PUFFSMSG_NAMEBUF];
	char f_mntfromname[PUFFSMSG_NAMEBUF];
	uint32_t pad2252;
};

PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_flag, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_bsize, 8);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_frsize, 16);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_iosize, 24);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_blocks, 32);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_bfree, 40);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_bavail, 48);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_bresvd, 56);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_files, 64);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_ffree, 72);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_favail, 80);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_fresvd, 88);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_syncreads, 96);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_syncwrites, 104);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_asyncreads, 112);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_asyncwrites, 120);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_fsidx, 128);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_fsid, 136);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_namemax, 144);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_owner, 152);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_spare, 156);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_fstypename, 172);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_mntonname, 204);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_statvfs, f_mntfromname, 1228);
PUFFSMSG_ASSERT_SIZE(struct puffsmsg_statvfs, 2256);

/*
 * A directory entry with a name of the greatest length.  In a message an entry
 * takes de_reclen bytes: up to the NUL of its name, rounded up to 8.  (NetBSD's
 * members begin with d_; some of these names are macros in other systems'
 * <dirent.h>.)
 */
struct puffsmsg_dirent {
	puffsmsg_u64 de_fileno;
	uint16_t de_reclen; /* bytes of this entry */
	uint16_t de_namlen; /* bytes of the name, without the NUL */
	uint8_t de_type;    /* enum puffsmsg_dtype */
	char de_name[PUFFSMSG_DIRENT_NAMEBUF]; /* NUL-terminated */
	uint8_t pad525[3];
};

PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_dirent, de_fileno, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_dirent, de_reclen, 8);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_dirent, de_namlen, 10);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_dirent, de_type, 12);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_dirent, de_name, 13);
PUFFSMSG_ASSERT_SIZE(struct puffsmsg_dirent, 528);

/* An advisory lock. */
struct puffsmsg_flock {
	puffsmsg_i64 l_start;
	puffsmsg_i64 l_len;
	int32_t l_pid;
	int16_t l_type;
	int16_t l_whence;
};

PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_flock, l_start, 0);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_flock, l_len, 8);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_flock, l_pid, 16);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_flock, l_type, 20);
PUFFSMSG_ASSERT_OFFSET(struct puffsmsg_flock, l_whence, 22);
PUFFSMSG_ASSERT_SIZE(struct puffsmsg_flock, 24);

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_OP_TYPES_H */
