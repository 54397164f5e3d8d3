/* SPDX-License-Identifier: BSD-2-Clause */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compare_private.h"
#include "names.h"

static bool compare_directories(struct comparison *comparison,
    const struct pair *pair);

/* What an errno, or -1 with a difference, is about.  Returns false. */
static bool
report(struct comparison *comparison, const struct pair *pair, const char *name,
    int error, const char *difference)
{
	char *path = trail_entry(&pair->p_trail, NULL, name);

	if (error == -1)
		halt_failed(comparison->co_halt, path != NULL ? path : name,
		    difference);
	else
		halt_error(comparison->co_halt, path != NULL ? path : name,
		    error);
	free(path);
	return false;
}

static bool
compare_below(struct comparison *comparison, const struct pair *pair,
    const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct pair below = { .p_trail = { &pair->p_trail, name } };
	struct opened copy;
	bool same = false;
	int error;

	below.p_source = openat(pair->p_source, name, flags);
	if (below.p_source == -1)
		return report(comparison, pair, name, errno, NULL);
	error = compare_open_copy(&copy, pair->p_copy, name, flags);
	if (error == 0) {
		below.p_copy = copy.o_fd;
		same = compare_directories(comparison, &below);
		error = compare_close_copy(&copy);
	}
	close(below.p_source);
	if (error != 0)
		return report(comparison, pair, name, error, NULL);
	return same;
}

/* What both have. */
static bool
compare_entry(struct comparison *comparison, const struct pair *pair,
    const char *name, const struct stat *source)
{
	const char *difference = NULL;
	struct stat copy;
	int error;

	if (fstatat(pair->p_copy, name, &copy, AT_SYMLINK_NOFOLLOW) == -1)
		return report(comparison, pair, name, errno, NULL);
	error = compare_attributes(comparison, source, &copy, &difference);
	if (error == 0 && S_ISREG(source->st_mode))
		error = compare_contents(comparison, pair, name, &difference);
	if (error == 0 && S_ISLNK(source->st_mode))
		error = compare_links(pair, name, &difference);
	if (error != 0)
		return report(comparison, pair, name, error, difference);
	if (S_ISDIR(source->st_mode))
		return compare_below(comparison, pair, name);
	comparison->co_items++;
	progress_add(comparison->co_progress, 1, 0);
	return true;
}

static bool
is_copied(mode_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode);
}

/*
 * Goes through the source's names; *next is the first name of the copy that
 * was not met yet, as both are in order.
 */
static bool
compare_name(struct comparison *comparison, const struct pair *pair,
    const char *name, const struct names *copies, size_t *next)
{
	struct stat source;
	bool there;

	if (halt_stopped(comparison->co_halt))
		return false;
	if (fstatat(pair->p_source, name, &source, AT_SYMLINK_NOFOLLOW) == -1)
		return report(comparison, pair, name, errno, NULL);
	there = *next < copies->ns_count &&
	    strcmp(names_get(copies, *next), name) == 0;
	if (there)
		(*next)++;
	if (there != is_copied(source.st_mode))
		return report(comparison, pair, name, -1,
		    there ? "was copied, but is neither file nor directory"
			  : "is missing in the copy");
	return !there || compare_entry(comparison, pair, name, &source);
}

static bool
compare_names(struct comparison *comparison, const struct pair *pair,
    const struct names *sources, const struct names *copies)
{
	size_t i, next = 0;

	for (i = 0; i < sources->ns_count; i++) {
		if (!compare_name(comparison, pair, names_get(sources, i),
			copies, &next))
			return false;
	}
	if (next < copies->ns_count)
		return report(comparison, pair, names_get(copies, next), -1,
		    "is in the copy only");
	return true;
}

static int
read_sorted(struct names *names, int fd)
{
	int error = names_read(names, fd, 0);

	return error != 0 ? error : names_sort(names);
}

static bool
compare_directories(struct comparison *comparison, const struct pair *pair)
{
	struct names sources = { .ns_count = 0 }, copies = { .ns_count = 0 };
	bool same;
	int error;

	error = read_sorted(&sources, pair->p_source);
	if (error == 0)
		error = read_sorted(&copies, pair->p_copy);
	if (error == 0)
		same = compare_names(comparison, pair, &sources, &copies);
	else
		same = report(comparison, pair, NULL, error, NULL);
	names_free(&sources);
	names_free(&copies);
	comparison->co_items++;
	progress_add(comparison->co_progress, 1, 0);
	return same;
}

/* The roots themselves, which have no names to be looked up by. */
static bool
compare_roots(struct comparison *comparison, const struct pair *pair)
{
	const char *difference = NULL;
	struct stat copy, source;
	int error;

	if (fstat(pair->p_source, &source) == -1 ||
	    fstat(pair->p_copy, &copy) == -1)
		error = errno;
	else
		error = compare_attributes(comparison, &source, &copy,
		    &difference);
	if (error != 0)
		return report(comparison, pair, NULL, error, difference);
	return true;
}

bool
compare_trees(struct comparison *comparison, int source, int copy)
{
	const struct pair pair = { .p_trail = { NULL, comparison->co_path },
		.p_source = source,
		.p_copy = copy };

	bool same;

	comparison->co_items = 0;
	comparison->co_bytes = 0;
	comparison->co_buf = malloc(2 * COMPARE_BLOCK);
	if (comparison->co_buf == NULL)
		return report(comparison, &pair, NULL, ENOMEM, NULL);
	same = compare_roots(comparison, &pair) &&
	    compare_directories(comparison, &pair);
	free(comparison->co_buf);
	comparison->co_buf = NULL;
	return same;
}
