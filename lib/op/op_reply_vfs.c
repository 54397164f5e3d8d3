/* SPDX-License-Identifier: BSD-2-Clause */

/* Replies about the file system. */

#include <errno.h>
#include <string.h>

#include "op/op_private.h"

int
puffsmsg_op_reply_statvfs(void *frame, size_t room, size_t *replylen,
    const struct puffsmsg_statvfs *sb)
{
	struct puffs_vfsmsg_statvfs *m = frame;
	int error;

	error = puffsmsg__op_reply_begin(frame, room, sizeof(*m), PUFFSOP_VFS,
	    PUFFS_VFS_STATVFS);
	if (error != 0)
		return error;
	m->pvfsr_sb = *sb;
	m->pvfsr_sb.f_fstypename[PUFFSMSG_FSTYPEBUF - 1] = '\0';
	m->pvfsr_sb.f_mntonname[PUFFSMSG_NAME_MAX] = '\0';
	m->pvfsr_sb.f_mntfromname[PUFFSMSG_NAME_MAX] = '\0';
	puffsmsg__op_reply_finish(frame, sizeof(*m), replylen);
	return 0;
}

int
puffsmsg_op_reply_handle(void *frame, size_t room, size_t *replylen,
    const void *handle, size_t n)
{
	struct puffs_vfsmsg_nodetofh *m = frame;
	int error;

	error = puffsmsg__op_reply_begin(frame, room, sizeof(*m), PUFFSOP_VFS,
	    PUFFS_VFS_VPTOFH);
	if (error != 0)
		return error;
	if (n > m->pvfsr_dsize || n > room - sizeof(*m) ||
	    n > m->pvfsr_pr.preq_buflen - sizeof(*m))
		return EMSGSIZE;
	memcpy(m + 1, handle, n);
	m->pvfsr_dsize = n;
	puffsmsg__op_reply_finish(frame, sizeof(*m) + n, replylen);
	return 0;
}
