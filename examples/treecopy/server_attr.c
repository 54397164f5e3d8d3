/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "server_attr.h"

static void
set_time(struct puffsmsg_timespec *to, const struct timespec *from)
{
	to->tv_sec = from->tv_sec;
	to->tv_nsec = from->tv_nsec;
}

void
attr_from_stat(struct puffsmsg_vattr *va, const struct stat *st)
{
	struct puffsmsg_op_stat plain;

	plain.dev = st->st_dev;
	plain.ino = st->st_ino;
	plain.rdev = st->st_rdev;
	plain.size = (uint64_t)st->st_size;
	plain.blocks = (uint64_t)st->st_blocks;
	plain.blksize = st->st_blksize;
	plain.mode = st->st_mode;
	plain.nlink = (uint32_t)st->st_nlink;
	plain.uid = st->st_uid;
	plain.gid = st->st_gid;
	set_time(&plain.atime, &st->st_atim);
	set_time(&plain.mtime, &st->st_mtim);
	set_time(&plain.ctime, &st->st_ctim);
	puffsmsg_op_vattr_from_stat(va, &plain);
}

void
attr_from_statvfs(struct puffsmsg_statvfs *sb, const struct statvfs *sv)
{
	memset(sb, 0, sizeof(*sb));
	sb->f_bsize = sv->f_bsize;
	sb->f_frsize = sv->f_frsize;
	sb->f_iosize = sv->f_bsize;
	sb->f_blocks = sv->f_blocks;
	sb->f_bfree = sv->f_bfree;
	sb->f_bavail = sv->f_bavail;
	sb->f_files = sv->f_files;
	sb->f_ffree = sv->f_ffree;
	sb->f_favail = sv->f_favail;
	sb->f_fsid = sv->f_fsid;
	sb->f_namemax = sv->f_namemax;
	memcpy(sb->f_fstypename, "treecopy", sizeof("treecopy"));
}
