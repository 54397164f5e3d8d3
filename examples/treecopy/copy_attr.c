/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "copy_private.h"
#include "setid.h"

/* Where owners cannot be kept (user namespaces, some file systems). */
static bool
owner_refused(int error)
{
	return error == EPERM || error == EINVAL || error == EOPNOTSUPP;
}

static void
times_from(struct timespec times[2], const struct puffsmsg_vattr *attr)
{
	times[0].tv_sec = (time_t)attr->va_atime.tv_sec;
	times[0].tv_nsec = (long)attr->va_atime.tv_nsec;
	times[1].tv_sec = (time_t)attr->va_mtime.tv_sec;
	times[1].tv_nsec = (long)attr->va_mtime.tv_nsec;
}

static int
set_owner(struct copy *copy, int fd, const struct puffsmsg_vattr *attr)
{
	if (!copy->c_owners || fchown(fd, attr->va_uid, attr->va_gid) == 0)
		return 0;
	if (!owner_refused(errno))
		return errno;
	atomic_fetch_add(&copy->c_tally->ta_noowner, 1);
	return 0;
}

/* After the owner: chown takes setuid and setgid away. */
static int
set_mode(struct copy *copy, int fd, const struct puffsmsg_vattr *attr)
{
	mode_t mode = attr->va_mode & 07777, kept;
	struct stat st;

	if ((mode & (S_ISUID | S_ISGID)) != 0) {
		if (fstat(fd, &st) == -1)
			return errno;
		kept = setid_mode(mode, st.st_uid == attr->va_uid,
		    st.st_gid == attr->va_gid);
		if (kept != mode)
			atomic_fetch_add(&copy->c_tally->ta_nosetid, 1);
		mode = kept;
	}
	return fchmod(fd, mode) == -1 ? errno : 0;
}

int
copy_attributes(struct copy *copy, int fd, const struct puffsmsg_vattr *attr)
{
	struct timespec times[2];
	int error;

	if ((error = set_owner(copy, fd, attr)) != 0)
		return error;
	if ((error = set_mode(copy, fd, attr)) != 0)
		return error;
	times_from(times, attr);
	return futimens(fd, times) == -1 ? errno : 0;
}

int
copy_link_attributes(struct copy *copy, int dirfd, const char *name,
    const struct puffsmsg_vattr *attr)
{
	struct timespec times[2];

	if (copy->c_owners &&
	    fchownat(dirfd, name, attr->va_uid, attr->va_gid,
		AT_SYMLINK_NOFOLLOW) == -1) {
		if (!owner_refused(errno))
			return errno;
		atomic_fetch_add(&copy->c_tally->ta_noowner, 1);
	}
	times_from(times, attr);
	if (utimensat(dirfd, name, times, AT_SYMLINK_NOFOLLOW) == -1)
		return errno;
	return 0;
}
