/* SPDX-License-Identifier: BSD-2-Clause */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "names.h"
#include "remove.h"

static void
note(int *first, int error)
{
	if (*first == 0)
		*first = error;
}

/* Opens a directory even if its mode would not let its owner. */
static int
open_directory(int fd, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int child = openat(fd, name, flags);

	if (child == -1 && errno == EACCES && fchmodat(fd, name, 0700, 0) == 0)
		child = openat(fd, name, flags);
	return child;
}

static int
remove_directory(int fd, const char *name)
{
	int error, child;

	if ((child = open_directory(fd, name)) == -1)
		return errno;
	error = remove_contents(child);
	close(child);
	if (unlinkat(fd, name, AT_REMOVEDIR) == -1)
		note(&error, errno);
	return error;
}

/* Linux says EISDIR of directories, POSIX EPERM. */
static int
remove_entry(int fd, const char *name)
{
	if (unlinkat(fd, name, 0) == 0)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return errno;
	return remove_directory(fd, name);
}

int
remove_contents(int fd)
{
	struct names names = { .ns_count = 0 };
	int error = 0;
	size_t i;

	/* The right to remove what is in it. */
	if (fchmod(fd, 0700) == -1)
		note(&error, errno);
	note(&error, names_read(&names, fd, 0));
	for (i = 0; i < names.ns_count; i++)
		note(&error, remove_entry(fd, names_get(&names, i)));
	names_free(&names);
	return error;
}
