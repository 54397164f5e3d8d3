/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"
#include "remove.h"
#include "target.h"

#define DIRECTORY (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/*
 * Whether `fd' is `source' or below it, by going up to the root, so that links
 * in the path cannot deceive.  Takes `fd'.
 */
static int
lies_inside(int fd, const struct stat *source, bool *inside)
{
	struct stat here, above;
	int up, error = 0;

	if (fstat(fd, &here) == -1)
		error = errno;
	*inside = false;
	while (error == 0 && !(*inside = same(&here, source))) {
		up = openat(fd, "..", DIRECTORY);
		if (up == -1 || fstat(up, &above) == -1)
			error = errno;
		close(fd);
		fd = up;
		if (error != 0 || same(&here, &above))
			break;
		here = above;
	}
	if (fd != -1)
		close(fd);
	return error;
}

/* ENOTEMPTY, or why that cannot be known. */
static int
check_empty(int fd)
{
	struct names names = { .ns_count = 0 };
	int error = names_read(&names, fd, 0);

	if (error == 0 && names.ns_count > 0)
		error = ENOTEMPTY;
	names_free(&names);
	return error;
}

/* `path' without what follows the directory it is in; for free(). */
static char *
parent_path(const char *path)
{
	size_t len = strlen(path);
	char *parent;

	while (len > 1 && path[len - 1] == '/')
		len--;
	while (len > 0 && path[len - 1] != '/')
		len--;
	if ((parent = malloc(len + 2)) == NULL)
		return NULL;
	memcpy(parent, path, len);
	memcpy(parent + len, len == 0 ? "." : "", len == 0 ? 2 : 1);
	return parent;
}

/* Halts if what is open at `fd' lies in the source.  Takes `fd'. */
static bool
check_outside(const char *path, int fd, int source, struct halt *halt)
{
	struct stat st;
	bool inside;
	int error;

	if (fd == -1 || fstat(source, &st) == -1) {
		halt_error(halt, path, errno);
		if (fd != -1)
			close(fd);
		return false;
	}
	if ((error = lies_inside(fd, &st, &inside)) != 0)
		halt_error(halt, path, error);
	else if (inside)
		halt_failed(halt, path,
		    "the copy would lie inside the directory that is copied");
	return error == 0 && !inside;
}

/* A directory that is there is taken if it is empty. */
static bool
use_existing(struct target *target, struct halt *halt)
{
	int error;

	target->ta_fd = open(target->ta_path, DIRECTORY);
	if (target->ta_fd == -1) {
		error = errno;
		halt_error(halt, target->ta_path,
		    error == ENOTDIR ? EEXIST : error);
		return false;
	}
	if ((error = check_empty(target->ta_fd)) == 0 &&
	    fstat(target->ta_fd, &target->ta_before) == -1)
		error = errno;
	target->ta_existed = error == 0;
	if (error == ENOTEMPTY)
		halt_failed(halt, target->ta_path,
		    "is there already, and not empty");
	else if (error != 0)
		halt_error(halt, target->ta_path, error);
	return error == 0;
}

static bool
make_named(struct target *target, struct halt *halt)
{
	if (mkdir(target->ta_path, 0700) == -1) {
		if (errno == EEXIST)
			return use_existing(target, halt);
		halt_error(halt, target->ta_path, errno);
		return false;
	}
	target->ta_fd = open(target->ta_path, DIRECTORY | O_NOFOLLOW);
	if (target->ta_fd == -1) {
		halt_error(halt, target->ta_path, errno);
		rmdir(target->ta_path);
		return false;
	}
	return true;
}

static bool
make_temporary(struct target *target, struct halt *halt)
{
	if (mkdtemp(target->ta_path) == NULL) {
		halt_error(halt, target->ta_path, errno);
		return false;
	}
	target->ta_fd = open(target->ta_path, DIRECTORY | O_NOFOLLOW);
	if (target->ta_fd == -1) {
		halt_error(halt, target->ta_path, errno);
		rmdir(target->ta_path);
		return false;
	}
	return true;
}

static char *
temporary_path(void)
{
	const char *dir = getenv("TMPDIR");
	size_t size;
	char *path;

	if (dir == NULL || *dir == '\0')
		dir = "/tmp";
	size = strlen(dir) + sizeof("/treecopy.XXXXXX");
	if ((path = malloc(size)) != NULL)
		snprintf(path, size, "%s/treecopy.XXXXXX", dir);
	return path;
}

/* Before anything is made: looks where it would be. */
static bool
check_place(const struct target *target, int source, struct halt *halt)
{
	char *parent;
	bool good;
	int fd;

	/* One that is there may be a link to elsewhere. */
	fd = target->ta_temporary ? -1 : open(target->ta_path, DIRECTORY);
	if (fd != -1)
		return check_outside(target->ta_path, fd, source, halt);
	if ((parent = parent_path(target->ta_path)) == NULL) {
		halt_error(halt, target->ta_path, ENOMEM);
		return false;
	}
	good = check_outside(target->ta_path, open(parent, DIRECTORY), source,
	    halt);
	free(parent);
	return good;
}

bool
target_make(struct target *target, const char *path, int source,
    struct halt *halt)
{
	bool made;

	memset(target, 0, sizeof(*target));
	target->ta_fd = -1;
	target->ta_temporary = path == NULL;
	target->ta_path = path == NULL ? temporary_path() : strdup(path);
	if (target->ta_path == NULL) {
		halt_error(halt, "copy", ENOMEM);
		return false;
	}
	made = check_place(target, source, halt) &&
	    (target->ta_temporary ? make_temporary(target, halt)
				  : make_named(target, halt));
	if (!made)
		target_release(target);
	return made;
}

/* The directory is as it was before. */
static int
restore(struct target *target)
{
	struct timespec times[2];

	times[0] = target->ta_before.st_atim;
	times[1] = target->ta_before.st_mtim;
	if (fchown(target->ta_fd, target->ta_before.st_uid,
		target->ta_before.st_gid) == -1 &&
	    geteuid() == 0)
		return errno;
	if (fchmod(target->ta_fd, target->ta_before.st_mode & 07777) == -1)
		return errno;
	return futimens(target->ta_fd, times) == -1 ? errno : 0;
}

int
target_discard(struct target *target)
{
	int error, last = 0;

	if (target->ta_fd == -1)
		return 0;
	error = remove_contents(target->ta_fd);
	if (target->ta_existed)
		last = restore(target);
	else if (rmdir(target->ta_path) == -1)
		last = errno;
	return error != 0 ? error : last;
}

void
target_release(struct target *target)
{
	if (target->ta_fd != -1)
		close(target->ta_fd);
	target->ta_fd = -1;
	free(target->ta_path);
	target->ta_path = NULL;
}
