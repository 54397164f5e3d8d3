/* SPDX-License-Identifier: BSD-2-Clause */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names.h"

void
names_free(struct names *names)
{
	free(names->ns_name);
	free(names->ns_bytes);
	memset(names, 0, sizeof(*names));
}

/* Makes room for one more name. */
static int
grow_index(struct names *names)
{
	size_t room = names->ns_room == 0 ? 16 : names->ns_room * 2;
	struct name *grown;

	if (names->ns_count < names->ns_room)
		return 0;
	grown = realloc(names->ns_name, room * sizeof(*grown));
	if (grown == NULL)
		return ENOMEM;
	names->ns_name = grown;
	names->ns_room = room;
	return 0;
}

static int
grow_bytes(struct names *names, size_t len)
{
	size_t size = names->ns_size == 0 ? 256 : names->ns_size;
	char *grown;

	while (size - names->ns_used < len)
		size *= 2;
	if (size == names->ns_size)
		return 0;
	if ((grown = realloc(names->ns_bytes, size)) == NULL)
		return ENOMEM;
	names->ns_bytes = grown;
	names->ns_size = size;
	return 0;
}

int
names_add(struct names *names, const char *name, size_t len, uint64_t ino,
    uint8_t type)
{
	struct name *entry;

	if (len > UINT16_MAX)
		return EINVAL;
	if (grow_index(names) != 0 || grow_bytes(names, len + 1) != 0)
		return ENOMEM;
	entry = &names->ns_name[names->ns_count++];
	entry->n_ino = ino;
	entry->n_at = names->ns_used;
	entry->n_len = (uint16_t)len;
	entry->n_type = type;
	memcpy(names->ns_bytes + names->ns_used, name, len);
	names->ns_bytes[names->ns_used + len] = '\0';
	names->ns_used += len + 1;
	return 0;
}

const char *
names_get(const struct names *names, size_t index)
{
	return names->ns_bytes + names->ns_name[index].n_at;
}

/* What qsort compares has to carry its bytes. */
struct sortable {
	const char *s_bytes;
	struct name s_name;
};

static int
by_bytes(const void *a, const void *b)
{
	const struct sortable *one = a, *other = b;

	return strcmp(one->s_bytes, other->s_bytes);
}

int
names_sort(struct names *names)
{
	struct sortable *all;
	size_t i;

	if (names->ns_count < 2)
		return 0;
	if ((all = calloc(names->ns_count, sizeof(*all))) == NULL)
		return ENOMEM;
	for (i = 0; i < names->ns_count; i++) {
		all[i].s_bytes = names_get(names, i);
		all[i].s_name = names->ns_name[i];
	}
	qsort(all, names->ns_count, sizeof(*all), by_bytes);
	for (i = 0; i < names->ns_count; i++)
		names->ns_name[i] = all[i].s_name;
	free(all);
	return 0;
}

static int
is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int
read_all(struct names *names, DIR *dir, int dots)
{
	struct dirent *entry;
	int error;

	while (errno = 0, (entry = readdir(dir)) != NULL) {
		if (!dots && is_dots(entry->d_name))
			continue;
		error = names_add(names, entry->d_name, strlen(entry->d_name),
		    entry->d_ino, entry->d_type);
		if (error != 0)
			return error;
	}
	return errno;
}

int
names_read(struct names *names, int fd, int dots)
{
	int copy, error;
	DIR *dir;

	/* Not openat(fd, "."): that needs more than the right to read. */
	if ((copy = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return errno;
	if ((dir = fdopendir(copy)) == NULL) {
		error = errno;
		close(copy);
		return error;
	}
	rewinddir(dir);
	error = read_all(names, dir, dots);
	closedir(dir);
	return error;
}
