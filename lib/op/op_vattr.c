/* SPDX-License-Identifier: BSD-2-Clause */

/* Attributes of nodes. */

#include <string.h>

#include "op/op_private.h"

#define PERM_MASK       07777u
#define NSEC_PER_SEC    1000000000
#define STAT_BLOCK_SIZE 512u

int
puffsmsg_op_isset_type(int32_t vtype)
{
	return vtype != PUFFSMSG_VNOVAL && vtype != PUFFSMSG_VNON;
}

int
puffsmsg_op_isset32(uint32_t value)
{
	return value != (uint32_t)PUFFSMSG_VNOVAL;
}

int
puffsmsg_op_isset64(uint64_t value)
{
	return value != (uint64_t)PUFFSMSG_VNOVAL;
}

int
puffsmsg_op_isset_time(const struct puffsmsg_timespec *time)
{
	return time->tv_sec != PUFFSMSG_VNOVAL;
}

int
puffsmsg_op_time_valid(const struct puffsmsg_timespec *time)
{
	return time->tv_nsec >= 0 && time->tv_nsec < NSEC_PER_SEC;
}

void
puffsmsg_op_vattr_clear(struct puffsmsg_vattr *va)
{
	/* All bits set is PUFFSMSG_VNOVAL in each of the fields' types. */
	memset(va, 0xff, sizeof(*va));
	va->pad20 = 0;
	va->va_vaflags = 0;
	va->pad164 = 0;
}

void
puffsmsg_op_vattr_from_stat(struct puffsmsg_vattr *va,
    const struct puffsmsg_op_stat *st)
{
	puffsmsg_op_vattr_clear(va);
	va->va_type = puffsmsg_op_vtype(st->mode);
	va->va_mode = st->mode & PERM_MASK;
	va->va_nlink = st->nlink;
	va->va_uid = st->uid;
	va->va_gid = st->gid;
	va->va_fsid = st->dev;
	va->va_fileid = st->ino;
	va->va_size = st->size;
	va->va_blocksize = st->blksize;
	va->va_atime = st->atime;
	va->va_mtime = st->mtime;
	va->va_ctime = st->ctime;
	va->va_rdev = st->rdev;
	va->va_bytes = st->blocks * STAT_BLOCK_SIZE;
}

static uint32_t
set32(uint32_t value)
{
	return puffsmsg_op_isset32(value) ? value : 0;
}

static uint64_t
set64(uint64_t value)
{
	return puffsmsg_op_isset64(value) ? value : 0;
}

static struct puffsmsg_timespec
set_time(const struct puffsmsg_timespec *time)
{
	const struct puffsmsg_timespec zero = { 0, 0 };

	return puffsmsg_op_isset_time(time) ? *time : zero;
}

/* Without overflow; a part of a block counts as one. */
static uint64_t
blocks(uint64_t bytes)
{
	return bytes / STAT_BLOCK_SIZE + (bytes % STAT_BLOCK_SIZE != 0);
}

void
puffsmsg_op_vattr_to_stat(struct puffsmsg_op_stat *st,
    const struct puffsmsg_vattr *va)
{
	st->mode = puffsmsg_op_mode(va->va_type, set32(va->va_mode));
	st->nlink = set32(va->va_nlink);
	st->uid = set32(va->va_uid);
	st->gid = set32(va->va_gid);
	st->dev = set64(va->va_fsid);
	st->ino = set64(va->va_fileid);
	st->size = set64(va->va_size);
	st->blksize = va->va_blocksize > 0 ? va->va_blocksize : 0;
	st->atime = set_time(&va->va_atime);
	st->mtime = set_time(&va->va_mtime);
	st->ctime = set_time(&va->va_ctime);
	st->rdev = set64(va->va_rdev);
	st->blocks = blocks(set64(va->va_bytes));
}
