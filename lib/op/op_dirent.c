/* SPDX-License-Identifier: BSD-2-Clause */

/* Reading directory entries. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

#define NAME_OFFSET offsetof(struct puffsmsg_dirent, de_name)

int
puffsmsg_op_dirents_result(struct puffsmsg_op_dirents *dirents,
    const void *frame, size_t received, size_t room)
{
	const void *data;
	size_t n;
	int error;

	puffsmsg_op_dirents_init(dirents, NULL, 0);
	if (received >= sizeof(struct puffs_req) &&
	    !puffsmsg__op_is(frame, PUFFSOP_VN, PUFFS_VN_READDIR))
		return EINVAL;
	error = puffsmsg_op_result_data(frame, received, room, &data, &n);
	if (error == 0)
		puffsmsg_op_dirents_init(dirents, data, n);
	return error;
}

void
puffsmsg_op_dirents_init(struct puffsmsg_op_dirents *dirents, const void *data,
    size_t n)
{
	dirents->next = data;
	dirents->left = n;
}

/* Whether the entry's lengths agree with each other and with what is left. */
static int
lengths_ok(const struct puffsmsg_dirent *head, size_t left)
{
	return head->de_namlen <= PUFFSMSG_DIRENT_NAME_MAX &&
	    head->de_reclen >= PUFFSMSG_DIRENT_SIZE(head->de_namlen) &&
	    head->de_reclen % sizeof(uint64_t) == 0 && head->de_reclen <= left;
}

int
puffsmsg_op_dirents_next(struct puffsmsg_op_dirents *dirents,
    struct puffsmsg_op_dirent *entry)
{
	struct puffsmsg_dirent head;
	const char *name;

	if (dirents->left == 0)
		return ENOENT;
	if (dirents->left < NAME_OFFSET)
		return EPROTO;
	/* The place may have any alignment. */
	memcpy(&head, dirents->next, NAME_OFFSET);
	if (!lengths_ok(&head, dirents->left))
		return EPROTO;
	name = (const char *)dirents->next + NAME_OFFSET;
	if (name[head.de_namlen] != '\0' ||
	    puffsmsg__op_component(name, head.de_namlen,
		PUFFSMSG_DIRENT_NAME_MAX) != 0)
		return EPROTO;
	entry->ino = head.de_fileno;
	entry->name = name;
	entry->namelen = head.de_namlen;
	entry->type = head.de_type;
	dirents->next += head.de_reclen;
	dirents->left -= head.de_reclen;
	return 0;
}
