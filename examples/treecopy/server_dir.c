/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>

#include "names.h"
#include "server_dir.h"
#include "server_handle.h"
#include "server_tree.h"

/* Holds n_lock. */
static int
take_listing(struct node *node)
{
	int error;

	if (node->n_listed)
		return 0;
	error = names_read(&node->n_listing, handle_fd(node->n_handle), 1);
	if (error != 0)
		names_free(&node->n_listing);
	node->n_listed = error == 0;
	return error;
}

/* Holds n_lock.  Appends what fits; returns the index of what did not. */
static size_t
append(const struct names *names, size_t index, struct puffsmsg_op_fill *fill)
{
	const struct name *name;

	for (; index < names->ns_count; index++) {
		name = &names->ns_name[index];
		if (puffsmsg_op_fill_dirent(fill, name->n_ino, name->n_type,
			names_get(names, index), name->n_len, index + 1) != 0)
			break;
	}
	return index;
}

/* Holds n_lock. */
static int
fill_from(const struct names *names, int64_t offset,
    struct puffsmsg_op_fill *fill, int64_t *next, int *eof)
{
	size_t first, end;

	if (offset < 0 || (uint64_t)offset > names->ns_count)
		return EINVAL;
	first = (size_t)offset;
	end = append(names, first, fill);
	if (end == first && end < names->ns_count)
		return EINVAL; /* no room for a single one */
	*next = (int64_t)end;
	*eof = end == names->ns_count;
	return 0;
}

int
dir_fill(struct node *node, int64_t offset, struct puffsmsg_op_fill *fill,
    int64_t *next, int *eof)
{
	int error;

	if (!S_ISDIR(node->n_type))
		return ENOTDIR;
	pthread_mutex_lock(&node->n_lock);
	if (node->n_handle == NULL)
		error = EBADF;
	else if ((error = take_listing(node)) == 0)
		error = fill_from(&node->n_listing, offset, fill, next, eof);
	pthread_mutex_unlock(&node->n_lock);
	return error;
}
