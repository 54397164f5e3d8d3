/* SPDX-License-Identifier: BSD-2-Clause */

/* Requests with names. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

/* All messages of one name have it and its credential where ABORTOP has. */
struct name {
	uint32_t nameiop;
	uint32_t flags;
	const char *name;
	size_t namelen;
	const struct puffs_kcred *cred;
};

static int
build_named(const struct puffsmsg__op_request *request, const struct name *n)
{
	struct puffs_vnmsg_abortop *m = request->mem;
	int error;

	error = puffsmsg__op_component(n->name, n->namelen, PUFFSMSG_NAME_MAX);
	if (error != 0)
		return error;
	error = puffsmsg__op_start(request);
	if (error != 0)
		return error;
	puffsmsg__op_cred_copy(&m->pvnr_cn_cred, n->cred);
	return puffsmsg_op_kcn_set(&m->pvnr_cn, n->nameiop, n->flags, n->name,
	    n->namelen);
}

int
puffsmsg_op_build_lookup(void *mem, size_t len, uint64_t dir, uint32_t nameiop,
    uint32_t flags, const char *name, size_t namelen,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_lookup), 0, dir, PUFFSOP_VN,
		PUFFS_VN_LOOKUP };
	const struct name n = { nameiop, flags, name, namelen, cred };

	return build_named(&request, &n);
}

int
puffsmsg_op_build_abortop(void *mem, size_t len, uint64_t dir, uint32_t nameiop,
    uint32_t flags, const char *name, size_t namelen,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_abortop), 0, dir, PUFFSOP_VN,
		PUFFS_VN_ABORTOP };
	const struct name n = { nameiop, flags, name, namelen, cred };

	return build_named(&request, &n);
}

/* CREATE, MKNOD and MKDIR have one layout. */
static int
build_make(const struct puffsmsg__op_request *request, const struct name *n,
    const struct puffsmsg_vattr *va)
{
	struct puffs_vnmsg_create *m = request->mem;
	int error;

	error = build_named(request, n);
	if (error == 0)
		m->pvnr_va = *va;
	return error;
}

int
puffsmsg_op_build_create(void *mem, size_t len, uint64_t dir, const char *name,
    size_t namelen, const struct puffsmsg_vattr *va,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_create), 0, dir, PUFFSOP_VN,
		PUFFS_VN_CREATE };
	const struct name n = { PUFFSLOOKUP_CREATE, 0, name, namelen, cred };

	return build_make(&request, &n, va);
}

int
puffsmsg_op_build_mknod(void *mem, size_t len, uint64_t dir, const char *name,
    size_t namelen, const struct puffsmsg_vattr *va,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_mknod), 0, dir, PUFFSOP_VN,
		PUFFS_VN_MKNOD };
	const struct name n = { PUFFSLOOKUP_CREATE, 0, name, namelen, cred };

	return build_make(&request, &n, va);
}

int
puffsmsg_op_build_mkdir(void *mem, size_t len, uint64_t dir, const char *name,
    size_t namelen, const struct puffsmsg_vattr *va,
    const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_mkdir), 0, dir, PUFFSOP_VN,
		PUFFS_VN_MKDIR };
	const struct name n = { PUFFSLOOKUP_CREATE, 0, name, namelen, cred };

	return build_make(&request, &n, va);
}

static int
check_link(const char *link, size_t linklen)
{
	if (linklen > PUFFSMSG_NAME_MAX)
		return ENAMETOOLONG;
	if (linklen == 0 || memchr(link, '\0', linklen) != NULL)
		return EINVAL;
	return 0;
}

int
puffsmsg_op_build_symlink(void *mem, size_t len, uint64_t dir, const char *name,
    size_t namelen, const char *link, size_t linklen,
    const struct puffsmsg_vattr *va, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_symlink), 0, dir, PUFFSOP_VN,
		PUFFS_VN_SYMLINK };
	const struct name n = { PUFFSLOOKUP_CREATE, 0, name, namelen, cred };
	struct puffs_vnmsg_symlink *m = mem;
	int error;

	error = check_link(link, linklen);
	if (error != 0)
		return error;
	error = build_named(&request, &n);
	if (error != 0)
		return error;
	m->pvnr_va = *va;
	memcpy(m->pvnr_link, link, linklen);
	return 0;
}

/* REMOVE, RMDIR and LINK have one layout. */
static int
build_target(const struct puffsmsg__op_request *request, const struct name *n,
    uint64_t target)
{
	struct puffs_vnmsg_remove *m = request->mem;
	int error;

	error = build_named(request, n);
	if (error == 0)
		m->pvnr_cookie_targ = target;
	return error;
}

int
puffsmsg_op_build_remove(void *mem, size_t len, uint64_t dir, const char *name,
    size_t namelen, uint64_t target, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_remove), 0, dir, PUFFSOP_VN,
		PUFFS_VN_REMOVE };
	const struct name n = { PUFFSLOOKUP_DELETE, 0, name, namelen, cred };

	return build_target(&request, &n, target);
}

int
puffsmsg_op_build_rmdir(void *mem, size_t len, uint64_t dir, const char *name,
    size_t namelen, uint64_t target, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_rmdir), 0, dir, PUFFSOP_VN,
		PUFFS_VN_RMDIR };
	const struct name n = { PUFFSLOOKUP_DELETE, 0, name, namelen, cred };

	return build_target(&request, &n, target);
}

int
puffsmsg_op_build_link(void *mem, size_t len, uint64_t dir, const char *name,
    size_t namelen, uint64_t target, const struct puffs_kcred *cred)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_link), 0, dir, PUFFSOP_VN,
		PUFFS_VN_LINK };
	const struct name n = { PUFFSLOOKUP_CREATE, 0, name, namelen, cred };

	return build_target(&request, &n, target);
}
