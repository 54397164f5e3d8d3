/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "server_handle.h"
#include "server_tree.h"

struct handle {
	int h_fd;
	atomic_uint h_users;
};

struct handle *
handle_make(int fd)
{
	struct handle *handle = malloc(sizeof(*handle));

	if (handle == NULL)
		return NULL;
	handle->h_fd = fd;
	atomic_init(&handle->h_users, 1);
	return handle;
}

void
handle_put(struct handle *handle)
{
	if (atomic_fetch_sub(&handle->h_users, 1) != 1)
		return;
	close(handle->h_fd);
	free(handle);
}

int
handle_fd(const struct handle *handle)
{
	return handle->h_fd;
}

/* The node's own handle, or NULL. */
static struct handle *
own_handle(struct node *node)
{
	struct handle *handle;

	pthread_mutex_lock(&node->n_lock);
	handle = node->n_handle;
	if (handle != NULL)
		atomic_fetch_add(&handle->h_users, 1);
	pthread_mutex_unlock(&node->n_lock);
	return handle;
}

/* Whether the file is still what was looked up. */
static int
check_identity(const struct node *node, const struct stat *st)
{
	if (st->st_dev != node->n_dev || st->st_ino != node->n_ino ||
	    (st->st_mode & S_IFMT) != node->n_type)
		return ESTALE;
	return 0;
}

/*
 * Opens `node' in its directory.  O_NONBLOCK, as the name may have become a
 * fifo's meanwhile.
 */
static int
open_below(int dirfd, const struct node *node, struct handle **handle)
{
	struct stat st;
	int error, fd;

	fd = openat(dirfd, node->n_name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return errno == ELOOP ? ESTALE : errno;
	error = fstat(fd, &st) == -1 ? errno : check_identity(node, &st);
	if (error == 0 && (*handle = handle_make(fd)) == NULL)
		error = ENOMEM;
	if (error != 0)
		close(fd);
	return error;
}

/* The nodes from `node' up to, without it, the first one that is open. */
static size_t
closed_above(struct node *node, struct handle **open)
{
	size_t n = 0;

	while ((*open = own_handle(node)) == NULL) {
		n++;
		node = node->n_parent;
	}
	return n;
}

/* Opens chain[n - 1], below it chain[n - 2], ...; puts `handle'. */
static int
open_chain(struct node **chain, size_t n, struct handle **handle)
{
	struct handle *below = NULL;
	int error;

	while (n-- > 0) {
		error = open_below((*handle)->h_fd, chain[n], &below);
		handle_put(*handle);
		if (error != 0)
			return error;
		*handle = below;
	}
	return 0;
}

int
node_handle(struct node *node, struct handle **handle)
{
	struct node **chain;
	size_t i, n;
	int error;

	if (!S_ISDIR(node->n_type) && !S_ISREG(node->n_type))
		return EOPNOTSUPP;
	n = closed_above(node, handle);
	if (n == 0)
		return 0;
	if ((chain = calloc(n, sizeof(struct node *))) == NULL) {
		handle_put(*handle);
		return ENOMEM;
	}
	for (i = 0; i < n; i++, node = node->n_parent)
		chain[i] = node;
	error = open_chain(chain, n, handle);
	free(chain);
	return error;
}

int
node_open(struct node *node)
{
	struct handle *handle;
	int error;

	if ((error = node_handle(node, &handle)) != 0)
		return error;
	pthread_mutex_lock(&node->n_lock);
	node->n_opens++;
	if (node->n_handle == NULL) {
		node->n_handle = handle;
		handle = NULL;
	}
	pthread_mutex_unlock(&node->n_lock);
	if (handle != NULL)
		handle_put(handle);
	return 0;
}

int
node_close(struct node *node)
{
	/* The root stays open for the server itself. */
	uint64_t least = node->n_parent == NULL ? 1 : 0;
	int left = -1;

	pthread_mutex_lock(&node->n_lock);
	if (node->n_opens > least)
		left = --node->n_opens > least;
	pthread_mutex_unlock(&node->n_lock);
	return left;
}

void
node_inactive(struct node *node)
{
	uint64_t least = node->n_parent == NULL ? 1 : 0;
	struct handle *handle = NULL;

	pthread_mutex_lock(&node->n_lock);
	if (node->n_opens == least) {
		names_free(&node->n_listing);
		node->n_listed = false;
	}
	if (node->n_opens == 0) {
		handle = node->n_handle;
		node->n_handle = NULL;
	}
	pthread_mutex_unlock(&node->n_lock);
	if (handle != NULL)
		handle_put(handle);
}

/* Of a node that is not open: by its name in its directory. */
static int
stat_by_name(struct node *node, struct stat *st)
{
	struct handle *directory;
	int error;

	if ((error = node_handle(node->n_parent, &directory)) != 0)
		return error;
	if (fstatat(directory->h_fd, node->n_name, st, AT_SYMLINK_NOFOLLOW) ==
	    -1)
		error = errno;
	handle_put(directory);
	return error;
}

int
node_stat(struct node *node, struct stat *st)
{
	struct handle *handle = own_handle(node);
	int error;

	if (handle != NULL) {
		error = fstat(handle->h_fd, st) == -1 ? errno : 0;
		handle_put(handle);
	} else {
		error = stat_by_name(node, st);
	}
	return error != 0 ? error : check_identity(node, st);
}
