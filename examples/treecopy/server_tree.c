/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "server_handle.h"
#include "server_tree.h"

static struct node **
cookie_bucket(struct tree *tree, uint64_t cookie)
{
	return &tree->t_bycookie[cookie % TREE_BUCKETS];
}

/* FNV-1a over the name, begun with the directory. */
static struct node **
name_bucket(struct tree *tree, const struct node *parent, const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ parent->n_cookie;

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
	return &tree->t_byname[(hash ^ hash >> 32) % TREE_BUCKETS];
}

static bool
same_file(const struct node *node, const struct stat *st)
{
	return node->n_dev == st->st_dev && node->n_ino == st->st_ino &&
	    node->n_type == (st->st_mode & S_IFMT);
}

static struct node *
node_alloc(const char *name, const struct stat *st)
{
	struct node *node = calloc(1, sizeof(*node));

	if (node == NULL)
		return NULL;
	if ((node->n_name = strdup(name)) == NULL) {
		free(node);
		return NULL;
	}
	node->n_dev = st->st_dev;
	node->n_ino = st->st_ino;
	node->n_type = st->st_mode & S_IFMT;
	pthread_mutex_init(&node->n_lock, NULL);
	return node;
}

static void
node_free(struct node *node)
{
	if (node->n_handle != NULL)
		handle_put(node->n_handle);
	names_free(&node->n_listing);
	pthread_mutex_destroy(&node->n_lock);
	free(node->n_name);
	free(node);
}

/* Holds t_lock. */
static void
enter_cookie(struct tree *tree, struct node *node)
{
	struct node **bucket;

	node->n_cookie = ++tree->t_lastcookie;
	bucket = cookie_bucket(tree, node->n_cookie);
	node->n_nextcookie = *bucket;
	*bucket = node;
	if (++tree->t_count > tree->t_maximum)
		tree->t_maximum = tree->t_count;
}

/* Holds t_lock. */
static void
enter_name(struct tree *tree, struct node *node)
{
	struct node **bucket;

	bucket = name_bucket(tree, node->n_parent, node->n_name);
	node->n_nextname = *bucket;
	*bucket = node;
	node->n_named = true;
}

/* Holds t_lock.  A node without its name stays known by its cookie. */
static void
remove_name(struct tree *tree, struct node *node)
{
	struct node **link;

	if (!node->n_named)
		return;
	link = name_bucket(tree, node->n_parent, node->n_name);
	while (*link != node)
		link = &(*link)->n_nextname;
	*link = node->n_nextname;
	node->n_named = false;
}

/* Holds t_lock. */
static void
remove_cookie(struct tree *tree, struct node *node)
{
	struct node **link = cookie_bucket(tree, node->n_cookie);

	while (*link != node)
		link = &(*link)->n_nextcookie;
	*link = node->n_nextcookie;
	if (--tree->t_count == 1)
		pthread_cond_broadcast(&tree->t_drained);
}

/*
 * Holds t_lock.  Takes the node off the tables if nobody knows it any more,
 * and from there on its parents, which are returned as a chain through
 * n_nextcookie to be freed without the lock: descriptors are closed then.
 */
static struct node *
collect(struct tree *tree, struct node *node)
{
	struct node *parent, *dead = NULL;

	while (node != NULL && node->n_lookups == 0 && node->n_refs == 0) {
		parent = node->n_parent;
		remove_name(tree, node);
		remove_cookie(tree, node);
		node->n_nextcookie = dead;
		dead = node;
		if (parent != NULL)
			parent->n_refs--;
		node = parent;
	}
	return dead;
}

static void
bury(struct node *dead)
{
	struct node *next;

	for (; dead != NULL; dead = next) {
		next = dead->n_nextcookie;
		node_free(dead);
	}
}

/* The condition's deadline is of the monotonic clock. */
static void
init_condition(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

/* The root: never forgotten, always open. */
static struct node *
make_root(int fd)
{
	struct stat st;
	struct node *root;

	if (fstat(fd, &st) == -1 || (root = node_alloc("", &st)) == NULL)
		return NULL;
	if ((root->n_handle = handle_make(fd)) == NULL) {
		node_free(root);
		return NULL;
	}
	root->n_lookups = 1;
	root->n_opens = 1;
	return root;
}

int
tree_create(int fd, struct tree **treep)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	struct node *root = tree == NULL ? NULL : make_root(fd);

	*treep = NULL;
	if (root == NULL) {
		free(tree);
		close(fd);
		return ENOMEM;
	}
	pthread_mutex_init(&tree->t_lock, NULL);
	init_condition(&tree->t_drained);
	tree->t_root = root;
	enter_cookie(tree, root);
	*treep = tree;
	return 0;
}

void
tree_destroy(struct tree *tree)
{
	size_t i;

	if (tree == NULL)
		return;
	for (i = 0; i < TREE_BUCKETS; i++)
		bury(tree->t_bycookie[i]);
	pthread_cond_destroy(&tree->t_drained);
	pthread_mutex_destroy(&tree->t_lock);
	free(tree);
}

int
tree_find(struct tree *tree, uint64_t cookie, struct node **nodep)
{
	struct node *node;

	pthread_mutex_lock(&tree->t_lock);
	node = *cookie_bucket(tree, cookie);
	while (node != NULL && node->n_cookie != cookie)
		node = node->n_nextcookie;
	/* Without lookups it is only there for its children. */
	if (node != NULL && node->n_lookups == 0)
		node = NULL;
	if (node != NULL)
		node->n_refs++;
	pthread_mutex_unlock(&tree->t_lock);
	*nodep = node;
	return node == NULL ? ESTALE : 0;
}

void
tree_unref(struct tree *tree, struct node *node)
{
	struct node *dead;

	pthread_mutex_lock(&tree->t_lock);
	node->n_refs--;
	dead = collect(tree, node);
	pthread_mutex_unlock(&tree->t_lock);
	bury(dead);
}

/*
 * Holds t_lock.  The node of that name, if it still is that file; a node whose
 * file was replaced loses its name to the new one.
 */
static struct node *
find_name(struct tree *tree, struct node *parent, const char *name,
    const struct stat *st)
{
	struct node *node = *name_bucket(tree, parent, name);

	while (node != NULL &&
	    (node->n_parent != parent || strcmp(node->n_name, name) != 0))
		node = node->n_nextname;
	if (node != NULL && !same_file(node, st)) {
		remove_name(tree, node);
		node = NULL;
	}
	return node;
}

/* Holds t_lock. */
static struct node *
adopt(struct tree *tree, struct node *parent, struct node *node)
{
	parent->n_refs++;
	node->n_parent = parent;
	enter_cookie(tree, node);
	enter_name(tree, node);
	return node;
}

int
tree_lookup(struct tree *tree, struct node *parent, const char *name,
    const struct stat *st, struct node **nodep)
{
	struct node *spare = node_alloc(name, st), *node;
	int error = ENFILE;

	if (spare == NULL)
		return ENOMEM;
	pthread_mutex_lock(&tree->t_lock);
	node = find_name(tree, parent, name, st);
	if (node == NULL && tree->t_count < TREE_MAXNODES) {
		node = adopt(tree, parent, spare);
		spare = NULL;
	}
	if (node != NULL) {
		node->n_lookups++;
		node->n_refs++;
		error = 0;
	}
	pthread_mutex_unlock(&tree->t_lock);
	if (spare != NULL)
		node_free(spare);
	*nodep = node;
	return error;
}

void
tree_relookup(struct tree *tree, struct node *node)
{
	pthread_mutex_lock(&tree->t_lock);
	node->n_lookups++;
	pthread_mutex_unlock(&tree->t_lock);
}

void
tree_forget(struct tree *tree, struct node *node, uint64_t n)
{
	uint64_t kept = node == tree->t_root ? 1 : 0;

	pthread_mutex_lock(&tree->t_lock);
	if (n > node->n_lookups - kept)
		n = node->n_lookups - kept;
	node->n_lookups -= n;
	pthread_mutex_unlock(&tree->t_lock);
}

size_t
tree_drain(struct tree *tree, unsigned seconds)
{
	struct timespec until;
	size_t left;
	int error = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)seconds;
	pthread_mutex_lock(&tree->t_lock);
	while (tree->t_count > 1 && error != ETIMEDOUT) {
		error = pthread_cond_timedwait(&tree->t_drained, &tree->t_lock,
		    &until);
	}
	left = tree->t_count - 1;
	pthread_mutex_unlock(&tree->t_lock);
	return left;
}
