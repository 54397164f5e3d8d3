/* SPDX-License-Identifier: BSD-2-Clause */

/* The request with two names. */

#include "op/op_private.h"

static int
check_names(const struct puffsmsg_op_rename *how)
{
	int error;

	error = puffsmsg__op_component(how->name, how->namelen,
	    PUFFSMSG_NAME_MAX);
	if (error != 0)
		return error;
	return puffsmsg__op_component(how->newname, how->newnamelen,
	    PUFFSMSG_NAME_MAX);
}

int
puffsmsg_op_build_rename(void *mem, size_t len,
    const struct puffsmsg_op_rename *how, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_rename), 0, how->dir, PUFFSOP_VN,
		PUFFS_VN_RENAME };
	struct puffs_vnmsg_rename *m = mem;
	int error;

	error = check_names(how);
	if (error != 0)
		return error;
	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	(void)puffsmsg_op_kcn_set(&m->pvnr_cn_src, PUFFSLOOKUP_DELETE, 0,
	    how->name, how->namelen);
	(void)puffsmsg_op_kcn_set(&m->pvnr_cn_targ, PUFFSLOOKUP_RENAME, 0,
	    how->newname, how->newnamelen);
	puffsmsg__op_cred_copy(&m->pvnr_cn_src_cred, cred);
	puffsmsg__op_cred_copy(&m->pvnr_cn_targ_cred, cred);
	m->pvnr_cookie_src = how->node;
	m->pvnr_cookie_targ = how->replaced;
	m->pvnr_cookie_targdir = how->newdir;
	return 0;
}
