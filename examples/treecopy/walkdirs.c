/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "walk_private.h"

void
walkdirs_init(struct walkdirs *dirs)
{
	memset(dirs, 0, sizeof(*dirs));
	pthread_mutex_init(&dirs->w_lock, NULL);
	pthread_cond_init(&dirs->w_change, NULL);
	dirs->w_live = 1;
}

void
walkdirs_destroy(struct walkdirs *dirs)
{
	pthread_cond_destroy(&dirs->w_change);
	pthread_mutex_destroy(&dirs->w_lock);
}

struct wdir *
wdir_new(struct wdir *parent, const char *name, uint64_t cookie)
{
	struct wdir *dir = calloc(1, sizeof(*dir));

	if (dir == NULL)
		return NULL;
	if ((dir->d_name = strdup(name)) == NULL) {
		free(dir);
		return NULL;
	}
	dir->d_parent = parent;
	dir->d_cookie = cookie;
	dir->d_trail.t_up = parent == NULL ? NULL : &parent->d_trail;
	dir->d_trail.t_name = dir->d_name;
	return dir;
}

void
wdir_free(struct wdir *dir)
{
	names_free(&dir->d_names);
	free(dir->d_name);
	free(dir);
}

void
walkdirs_push(struct walkdirs *dirs, struct wdir *dir)
{
	dir->d_active = 1;
	pthread_mutex_lock(&dirs->w_lock);
	dir->d_below = dirs->w_top;
	dirs->w_top = dir;
	dir->d_after = dirs->w_all;
	dir->d_before = &dirs->w_all;
	if (dir->d_after != NULL)
		dir->d_after->d_before = &dir->d_after;
	dirs->w_all = dir;
	dirs->w_live++;
	pthread_cond_broadcast(&dirs->w_change);
	pthread_mutex_unlock(&dirs->w_lock);
}

/* Holds w_lock. */
static void
one_less(struct walkdirs *dirs)
{
	if (--dirs->w_live == 0)
		pthread_cond_broadcast(&dirs->w_change);
}

void
walkdirs_rooted(struct walkdirs *dirs)
{
	pthread_mutex_lock(&dirs->w_lock);
	one_less(dirs);
	pthread_mutex_unlock(&dirs->w_lock);
}

/* Holds w_lock.  The topmost directory that has an entry left. */
static struct wdir *
topmost(struct walkdirs *dirs)
{
	struct wdir *dir;

	while (
	    (dir = dirs->w_top) != NULL && dir->d_next == dir->d_names.ns_count)
		dirs->w_top = dir->d_below;
	return dir;
}

bool
walkdirs_take(struct walkdirs *dirs, struct halt *halt, struct wdir **dir,
    size_t *index)
{
	struct wdir *top = NULL;

	pthread_mutex_lock(&dirs->w_lock);
	while (!halt_stopped(halt) && (top = topmost(dirs)) == NULL &&
	    dirs->w_live > 0)
		pthread_cond_wait(&dirs->w_change, &dirs->w_lock);
	if (halt_stopped(halt))
		top = NULL;
	if (top != NULL) {
		*dir = top;
		*index = top->d_next++;
		top->d_active++;
	}
	pthread_mutex_unlock(&dirs->w_lock);
	return top != NULL;
}

/* Holds w_lock.  A finished directory may still lie on the stack. */
static void
unstack(struct walkdirs *dirs, const struct wdir *dir)
{
	struct wdir **link = &dirs->w_top;

	while (*link != NULL && *link != dir)
		link = &(*link)->d_below;
	if (*link != NULL)
		*link = dir->d_below;
}

bool
walkdirs_done(struct walkdirs *dirs, struct wdir *dir)
{
	bool last;

	pthread_mutex_lock(&dirs->w_lock);
	last = --dir->d_active == 0 && dir->d_next == dir->d_names.ns_count;
	if (last)
		unstack(dirs, dir);
	pthread_mutex_unlock(&dirs->w_lock);
	return last;
}

void
walkdirs_remove(struct walkdirs *dirs, struct wdir *dir)
{
	pthread_mutex_lock(&dirs->w_lock);
	*dir->d_before = dir->d_after;
	if (dir->d_after != NULL)
		dir->d_after->d_before = dir->d_before;
	one_less(dirs);
	pthread_mutex_unlock(&dirs->w_lock);
}

void
walkdirs_wake(struct walkdirs *dirs)
{
	pthread_mutex_lock(&dirs->w_lock);
	pthread_cond_broadcast(&dirs->w_change);
	pthread_mutex_unlock(&dirs->w_lock);
}
