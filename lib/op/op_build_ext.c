/* SPDX-License-Identifier: BSD-2-Clause */

/* Requests about extended attributes. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

struct attr {
	int32_t attrnamespace;
	const char *name;
	const struct puffs_kcred *cred;
};

/* All but LISTEXTATTR begin as DELETEEXTATTR does. */
static int
build_attr(const struct puffsmsg__op_request *request, const struct attr *attr)
{
	struct puffs_vnmsg_deleteextattr *m = request->mem;
	size_t namelen = strlen(attr->name);
	int error;

	if (namelen == 0)
		return EINVAL;
	if (namelen > PUFFSMSG_ATTRNAME_MAX)
		return ENAMETOOLONG;
	error = puffsmsg__op_start(request);
	if (error != 0)
		return error;
	m->pvnr_attrnamespace = attr->attrnamespace;
	memcpy(m->pvnr_attrname, attr->name, namelen);
	puffsmsg__op_cred_copy(&m->pvnr_cred, attr->cred);
	return 0;
}

int
puffsmsg_op_build_getextattr(void *mem, size_t len, uint64_t node,
    int32_t attrnamespace, const char *attrname, size_t room,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_getextattr), room, node, PUFFSOP_VN,
		PUFFS_VN_GETEXTATTR };
	const struct attr attr = { attrnamespace, attrname, cred };
	struct puffs_vnmsg_getextattr *m = mem;
	int error;

	error = build_attr(&request, &attr);
	if (error != 0)
		return error;
	m->pvnr_datasize = 1;
	m->pvnr_resid = room;
	return 0;
}

int
puffsmsg_op_build_setextattr(void *mem, size_t len, uint64_t node,
    int32_t attrnamespace, const char *attrname, const void *data, size_t n,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_setextattr), n, node, PUFFSOP_VN,
		PUFFS_VN_SETEXTATTR };
	const struct attr attr = { attrnamespace, attrname, cred };
	struct puffs_vnmsg_setextattr *m = mem;
	int error;

	error = build_attr(&request, &attr);
	if (error != 0)
		return error;
	m->pvnr_resid = n;
	if (data != NULL)
		memcpy((char *)mem + PUFFSMSG_SETEXTATTR_DATA, data, n);
	return 0;
}

int
puffsmsg_op_build_listextattr(void *mem, size_t len, uint64_t node,
    int32_t attrnamespace, int32_t flag, size_t room,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_listextattr), room, node, PUFFSOP_VN,
		PUFFS_VN_LISTEXTATTR };
	struct puffs_vnmsg_listextattr *m = mem;
	int error;

	error = puffsmsg__op_start(&request);
	if (error != 0)
		return error;
	m->pvnr_attrnamespace = attrnamespace;
	puffsmsg__op_cred_copy(&m->pvnr_cred, cred);
	m->pvnr_datasize = 1;
	m->pvnr_resid = room;
	m->pvnr_flag = flag;
	return 0;
}

int
puffsmsg_op_build_deleteextattr(void *mem, size_t len, uint64_t node,
    int32_t attrnamespace, const char *attrname, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_deleteextattr), 0, node, PUFFSOP_VN,
		PUFFS_VN_DELETEEXTATTR };
	const struct attr attr = { attrnamespace, attrname, cred };

	return build_attr(&request, &attr);
}
