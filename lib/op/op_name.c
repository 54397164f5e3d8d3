/* SPDX-License-Identifier: BSD-2-Clause */

/* Names: components of paths, strings in fields. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

int
puffsmsg__op_component(const char *name, size_t namelen, size_t max)
{
	if (namelen == 0)
		return EINVAL;
	if (namelen > max)
		return ENAMETOOLONG;
	if (memchr(name, '\0', namelen) != NULL ||
	    memchr(name, '/', namelen) != NULL)
		return EINVAL;
	return 0;
}

int
puffsmsg__op_isstring(const char *field, size_t size)
{
	return memchr(field, '\0', size) != NULL;
}

int
puffsmsg_op_kcn_set(struct puffs_kcn *kcn, uint32_t nameiop, uint32_t flags,
    const char *name, size_t namelen)
{
	int error;

	error = puffsmsg__op_component(name, namelen, PUFFSMSG_NAME_MAX);
	if (error != 0)
		return error;
	memset(kcn, 0, sizeof(*kcn));
	kcn->pkcn_nameiop = nameiop;
	kcn->pkcn_flags = flags;
	memcpy(kcn->pkcn_name, name, namelen);
	kcn->pkcn_namelen = namelen;
	return 0;
}
