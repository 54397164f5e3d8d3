/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_OP_VALUE_H
#define PUFFSMSG_OP_VALUE_H

/*
 * Values inside operation messages: file types, times, attributes,
 * credentials, names.
 *
 * No function here blocks, allocates, or keeps state; each may be called from
 * any thread at any time, also from signal handlers.  Pointers must not be
 * NULL except where that is said.
 */

#include <puffsmsg/op_types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/*
 * File types.  A mode's type bits are the traditional ones of all Unix systems
 * (S_IFMT 0170000 and so on), whatever the host's headers say.
 *
 * vtype: of a mode's type bits; PUFFSMSG_VNON if they say nothing known.
 * mode: type bits of `vtype' or-ed to the permissions (07777) of `perm'; no
 *   type bits for a type without.
 * dtype: de_type of `vtype', PUFFSMSG_DT_UNKNOWN for a type without.
 */
int32_t puffsmsg_op_vtype(uint32_t mode);
uint32_t puffsmsg_op_mode(int32_t vtype, uint32_t perm);
uint8_t puffsmsg_op_dtype(int32_t vtype);

/*
 * Whether a field of a vattr is set, that is, not PUFFSMSG_VNOVAL; va_type:
 * also not PUFFSMSG_VNON; a time: its seconds.
 */
int puffsmsg_op_isset_type(int32_t vtype);
int puffsmsg_op_isset32(uint32_t value);
int puffsmsg_op_isset64(uint64_t value);
int puffsmsg_op_isset_time(const struct puffsmsg_timespec *time);

/* Whether tv_nsec is within a second. */
int puffsmsg_op_time_valid(const struct puffsmsg_timespec *time);

/* Sets every field to PUFFSMSG_VNOVAL; va_vaflags, the padding to 0. */
void puffsmsg_op_vattr_clear(struct puffsmsg_vattr *va);

/*
 * What stat(2) tells, in fixed widths and without the host's headers: assign
 * member by member from and to a struct stat.
 */
struct puffsmsg_op_stat {
	uint64_t dev;
	uint64_t ino;
	uint64_t rdev;
	uint64_t size;   /* bytes */
	uint64_t blocks; /* of 512 bytes */
	int64_t blksize; /* bytes */
	struct puffsmsg_timespec atime;
	struct puffsmsg_timespec mtime;
	struct puffsmsg_timespec ctime;
	uint32_t mode; /* type and permissions */
	uint32_t nlink;
	uint32_t uid;
	uint32_t gid;
};

/*
 * from_stat sets all fields that `st' knows, the others to PUFFSMSG_VNOVAL.
 * to_stat gives 0 for what is not set.
 */
void puffsmsg_op_vattr_from_stat(struct puffsmsg_vattr *va,
    const struct puffsmsg_op_stat *st);
void puffsmsg_op_vattr_to_stat(struct puffsmsg_op_stat *st,
    const struct puffsmsg_vattr *va);

/*
 * Credentials.
 * user: a user with `ngroups' further groups.  EINVAL: more than
 *   PUFFSMSG_NGROUPS, nothing is set.  `groups' may be NULL if there are none.
 * internal: PUFFCRED_CRED_NOCRED or PUFFCRED_CRED_FSCRED.
 * ids: whose it is.  EOPNOTSUPP: not a user's, nothing is set.
 * ingroup: whether a user's credential has the group.  0 for other types and
 *   for bad lists.
 */
int puffsmsg_op_cred_user(struct puffs_kcred *cred, uint32_t uid, uint32_t gid,
    const uint32_t *groups, size_t ngroups);
void puffsmsg_op_cred_internal(struct puffs_kcred *cred, uint8_t which);
int puffsmsg_op_cred_ids(const struct puffs_kcred *cred, uint32_t *uid,
    uint32_t *gid);
int puffsmsg_op_cred_ingroup(const struct puffs_kcred *cred, uint32_t gid);

/*
 * A component of a path: `namelen' bytes without '/' and NUL, at least 1.
 * ENAMETOOLONG: more than PUFFSMSG_NAME_MAX.  EINVAL: not a component.
 * On error nothing is set.
 */
int puffsmsg_op_kcn_set(struct puffs_kcn *kcn, uint32_t nameiop, uint32_t flags,
    const char *name, size_t namelen);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_OP_VALUE_H */
