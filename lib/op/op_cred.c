/* SPDX-License-Identifier: BSD-2-Clause */

/* Credentials. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

int
puffsmsg_op_cred_user(struct puffs_kcred *cred, uint32_t uid, uint32_t gid,
    const uint32_t *groups, size_t ngroups)
{
	if (ngroups > PUFFSMSG_NGROUPS)
		return EINVAL;
	memset(cred, 0, sizeof(*cred));
	cred->pkcr_type = PUFFCRED_TYPE_UUC;
	cred->pkcr_uuc.cr_uid = uid;
	cred->pkcr_uuc.cr_gid = gid;
	cred->pkcr_uuc.cr_ngroups = (int16_t)ngroups;
	if (ngroups != 0) {
		memcpy(cred->pkcr_uuc.cr_groups, groups,
		    ngroups * sizeof(*groups));
	}
	return 0;
}

void
puffsmsg_op_cred_internal(struct puffs_kcred *cred, uint8_t which)
{
	memset(cred, 0, sizeof(*cred));
	cred->pkcr_type = PUFFCRED_TYPE_INTERNAL;
	cred->pkcr_internal = which;
}

int
puffsmsg_op_cred_ids(const struct puffs_kcred *cred, uint32_t *uid,
    uint32_t *gid)
{
	if (cred->pkcr_type != PUFFCRED_TYPE_UUC)
		return EOPNOTSUPP;
	*uid = cred->pkcr_uuc.cr_uid;
	*gid = cred->pkcr_uuc.cr_gid;
	return 0;
}

int
puffsmsg_op_cred_ingroup(const struct puffs_kcred *cred, uint32_t gid)
{
	int i;

	if (cred->pkcr_type != PUFFCRED_TYPE_UUC ||
	    cred->pkcr_uuc.cr_ngroups > PUFFSMSG_NGROUPS)
		return 0;
	if (cred->pkcr_uuc.cr_gid == gid)
		return 1;
	for (i = 0; i < cred->pkcr_uuc.cr_ngroups; i++) {
		if (cred->pkcr_uuc.cr_groups[i] == gid)
			return 1;
	}
	return 0;
}

void
puffsmsg__op_cred_copy(struct puffs_kcred *to, const struct puffs_kcred *from)
{
	if (from == NULL)
		puffsmsg_op_cred_internal(to, PUFFCRED_CRED_NOCRED);
	else
		*to = *from;
}
