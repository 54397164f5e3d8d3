/* SPDX-License-Identifier: BSD-2-Clause */

/* Writing directory entries. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

#define NAME_OFFSET offsetof(struct puffsmsg_dirent, de_name)

/* Whether the request asks for cookies and there is no place for one more. */
static int
cookies_full(const struct puffsmsg_op_fill *fill)
{
	const struct puffs_vnmsg_readdir *m = fill->frame;

	return m->pvnr_ncookies != 0 &&
	    (fill->ncookies >= m->pvnr_ncookies ||
		fill->ncookies >= m->pvnr_dentoff / sizeof(uint64_t));
}

static void
store_cookie(struct puffsmsg_op_fill *fill, uint64_t cookie)
{
	const struct puffs_vnmsg_readdir *m = fill->frame;
	unsigned char *cookies = puffsmsg_readdir_data(fill->frame);

	if (m->pvnr_ncookies == 0)
		return;
	memcpy(cookies + fill->ncookies * sizeof(cookie), &cookie,
	    sizeof(cookie));
	fill->ncookies++;
}

static int
check(const struct puffsmsg_op_fill *fill, const char *name, size_t namelen)
{
	int error;

	if (fill->frame == NULL ||
	    !puffsmsg__op_is(fill->frame, PUFFSOP_VN, PUFFS_VN_READDIR))
		return EINVAL;
	error = puffsmsg__op_component(name, namelen, PUFFSMSG_DIRENT_NAME_MAX);
	if (error != 0)
		return error;
	if (PUFFSMSG_DIRENT_SIZE(namelen) > fill->left || cookies_full(fill))
		return EMSGSIZE;
	return 0;
}

int
puffsmsg_op_fill_dirent(struct puffsmsg_op_fill *fill, uint64_t ino,
    uint8_t dtype, const char *name, size_t namelen, uint64_t cookie)
{
	size_t size = PUFFSMSG_DIRENT_SIZE(namelen);
	struct puffsmsg_dirent head;
	int error;

	error = check(fill, name, namelen);
	if (error != 0)
		return error;
	head.de_fileno = ino;
	head.de_reclen = (uint16_t)size;
	head.de_namlen = (uint16_t)namelen;
	head.de_type = dtype;
	/* The place may have any alignment; the rest of the entry is zero. */
	memset(fill->next, 0, size);
	memcpy(fill->next, &head, NAME_OFFSET);
	memcpy(fill->next + NAME_OFFSET, name, namelen);
	puffsmsg_op_fill_used(fill, size);
	store_cookie(fill, cookie);
	return 0;
}
