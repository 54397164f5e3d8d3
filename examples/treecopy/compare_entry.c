/* SPDX-License-Identifier: BSD-2-Clause */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "compare_private.h"
#include "setid.h"

static int
differ(const char *how, const char **difference)
{
	*difference = how;
	return -1;
}

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* The modes of links mean nothing. */
static bool
same_mode(const struct stat *source, const struct stat *copy)
{
	return S_ISLNK(source->st_mode) ||
	    setid_mode(source->st_mode, source->st_uid == copy->st_uid,
		source->st_gid == copy->st_gid) == (copy->st_mode & 07777);
}

int
compare_attributes(const struct comparison *comparison,
    const struct stat *source, const struct stat *copy, const char **difference)
{
	if ((source->st_mode & S_IFMT) != (copy->st_mode & S_IFMT))
		return differ("differs from its copy in type", difference);
	if (!same_mode(source, copy))
		return differ("differs from its copy in mode", difference);
	if (!S_ISDIR(source->st_mode) && source->st_size != copy->st_size)
		return differ("differs from its copy in size", difference);
	if (!same_time(&source->st_mtim, &copy->st_mtim))
		return differ("differs from its copy in time", difference);
	if (comparison->co_owners &&
	    (source->st_uid != copy->st_uid || source->st_gid != copy->st_gid))
		return differ("differs from its copy in owner", difference);
	return 0;
}

int
compare_links(const struct pair *pair, const char *name,
    const char **difference)
{
	char source[CLIENT_LINK], copy[CLIENT_LINK];
	ssize_t len, copylen;

	len = readlinkat(pair->p_source, name, source, sizeof(source));
	if (len == -1)
		return errno;
	copylen = readlinkat(pair->p_copy, name, copy, sizeof(copy));
	if (copylen == -1)
		return errno;
	if (len != copylen || memcmp(source, copy, (size_t)len) != 0)
		return differ("leads elsewhere than its copy", difference);
	return 0;
}

/* Fills the buffer but for the end of the file; -1: errno. */
static ssize_t
read_block(int fd, char *buf)
{
	size_t used = 0;
	ssize_t n;

	while (used < COMPARE_BLOCK) {
		n = read(fd, buf + used, COMPARE_BLOCK - used);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static int
compare_blocks(struct comparison *comparison, int source, int copy,
    const char **difference)
{
	char *buf = comparison->co_buf, *copybuf = buf + COMPARE_BLOCK;
	ssize_t len, copylen;

	do {
		if (halt_stopped(comparison->co_halt))
			return EINTR;
		if ((len = read_block(source, buf)) == -1)
			return errno;
		if ((copylen = read_block(copy, copybuf)) == -1)
			return errno;
		if (len != copylen || memcmp(buf, copybuf, (size_t)len) != 0)
			return differ("differs from its copy in content",
			    difference);
		comparison->co_bytes += (uint64_t)len;
		progress_add(comparison->co_progress, 0, (uint64_t)len);
	} while (len == COMPARE_BLOCK);
	return 0;
}

/* What the copy's owner may not open. */
static int
open_changed(struct opened *opened, int fd, const char *name, int flags)
{
	struct stat st;
	int error;

	if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno;
	opened->o_mode = st.st_mode & 07777;
	if (fchmodat(fd, name, opened->o_mode | 0500, 0) == -1)
		return errno;
	opened->o_changed = true;
	if ((opened->o_fd = openat(fd, name, flags)) != -1)
		return 0;
	error = errno;
	(void)fchmodat(fd, name, opened->o_mode, 0);
	return error;
}

int
compare_open_copy(struct opened *opened, int fd, const char *name, int flags)
{
	opened->o_changed = false;
	if ((opened->o_fd = openat(fd, name, flags)) != -1)
		return 0;
	return errno == EACCES ? open_changed(opened, fd, name, flags) : errno;
}

int
compare_close_copy(struct opened *opened)
{
	int error = 0;

	if (opened->o_changed && fchmod(opened->o_fd, opened->o_mode) == -1)
		error = errno;
	close(opened->o_fd);
	return error;
}

int
compare_contents(struct comparison *comparison, const struct pair *pair,
    const char *name, const char **difference)
{
	const int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	struct opened copy;
	int error, last, source;

	if ((source = openat(pair->p_source, name, flags)) == -1)
		return errno;
	error = compare_open_copy(&copy, pair->p_copy, name, flags);
	if (error == 0) {
		error = compare_blocks(comparison, source, copy.o_fd,
		    difference);
		last = compare_close_copy(&copy);
		error = error != 0 ? error : last;
	}
	close(source);
	return error;
}
