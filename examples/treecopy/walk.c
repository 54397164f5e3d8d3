/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "walk.h"
#include "walk_private.h"

struct walk;

struct caller {
	struct walk *c_walk;
	struct client c_client;
	struct stats c_stats;
	pthread_t c_thread;
	int32_t c_lid; /* w_callerlock; 0: not known yet */
};

struct walk {
	const struct walk_options *w_options;
	struct walkdirs w_dirs;
	pthread_mutex_t w_callerlock;
	struct caller *w_caller;
	unsigned w_ncallers; /* running */
};

bool
walk_failed(struct halt *halt, const struct wdir *dir, const char *root,
    const char *name, const char *reason)
{
	char *path;

	if (halt_stopped(halt))
		return false;
	path = trail_entry(&dir->d_trail, root, name);
	halt_failed(halt, path != NULL ? path : dir->d_name, reason);
	free(path);
	return false;
}

bool
walk_error(struct halt *halt, const struct wdir *dir, const char *root,
    const char *name, int error)
{
	char *path;

	if (halt_stopped(halt))
		return false;
	path = trail_entry(&dir->d_trail, root, name);
	halt_error(halt, path != NULL ? path : dir->d_name, error);
	free(path);
	return false;
}

/* Opens the directory and learns its names. */
static bool
read_directory(struct walk *walk, struct client *client, struct wdir *dir)
{
	int error = client_open(client, dir->d_cookie);

	if (error == 0)
		error = client_readdir(client, dir->d_cookie, &dir->d_names);
	if (error != 0)
		return walk_error(walk->w_options->halt, dir, NULL, NULL,
		    error);
	return true;
}

/* A directory all of whose entries are finished. */
static bool
leave(struct walk *walk, struct client *client, struct wdir *dir)
{
	const struct walk_options *options = walk->w_options;
	int error;

	if (!options->visitor->v_leave(options->arg, client, dir))
		return false;
	if ((error = client_close(client, dir->d_cookie)) != 0)
		return walk_error(options->halt, dir, NULL, NULL, error);
	if (dir->d_parent != NULL)
		client_reclaim(client, dir->d_cookie, 1);
	return true;
}

/* An entry is finished, and with it perhaps its directory, and that one's... */
static void
entry_done(struct walk *walk, struct client *client, struct wdir *dir)
{
	struct wdir *parent;

	while (dir != NULL && walkdirs_done(&walk->w_dirs, dir)) {
		if (!leave(walk, client, dir))
			return;
		parent = dir->d_parent;
		walkdirs_remove(&walk->w_dirs, dir);
		wdir_free(dir);
		dir = parent;
	}
}

/* Makes the entries of a directory work for all callers. */
static bool
visit_directory(struct walk *walk, struct client *client, struct wdir *parent,
    const char *name, uint64_t cookie)
{
	const struct walk_options *options = walk->w_options;
	struct wdir *dir = wdir_new(parent, name, cookie);

	if (dir == NULL) {
		halt_error(options->halt, name, ENOMEM);
		return false;
	}
	if (!read_directory(walk, client, dir) ||
	    !options->visitor->v_enter(options->arg, client, dir)) {
		wdir_free(dir);
		return false;
	}
	walkdirs_push(&walk->w_dirs, dir);
	entry_done(walk, client, dir);
	return true;
}

static void
visit_entry(struct walk *walk, struct client *client, struct wdir *dir,
    size_t index)
{
	const struct walk_options *options = walk->w_options;
	const char *name = names_get(&dir->d_names, index);
	struct found found;
	int error;

	error = client_lookup(client, dir->d_cookie, name, &found);
	if (error != 0) {
		walk_error(options->halt, dir, NULL, name, error);
		return;
	}
	if (found.f_type == PUFFSMSG_VDIR) {
		visit_directory(walk, client, dir, name, found.f_cookie);
		return;
	}
	if (!options->visitor->v_entry(options->arg, client, dir, name, &found))
		return;
	client_reclaim(client, found.f_cookie, 1);
	entry_done(walk, client, dir);
}

static void
introduce(struct caller *caller)
{
	struct walk *walk = caller->c_walk;

	pthread_mutex_lock(&walk->w_callerlock);
	caller->c_lid = puffsmsg_lwp_self();
	pthread_mutex_unlock(&walk->w_callerlock);
}

static void *
caller_main(void *arg)
{
	struct caller *caller = arg;
	struct walk *walk = caller->c_walk;
	const struct walk_options *options = walk->w_options;
	struct wdir *dir;
	size_t index;

	introduce(caller);
	client_init(&caller->c_client, options->mount, options->maxmsg,
	    &caller->c_stats);
	if (caller == walk->w_caller) {
		visit_directory(walk, &caller->c_client, NULL, options->path,
		    options->root);
		walkdirs_rooted(&walk->w_dirs);
	}
	while (walkdirs_take(&walk->w_dirs, options->halt, &dir, &index))
		visit_entry(walk, &caller->c_client, dir, index);
	client_fini(&caller->c_client);
	return NULL;
}

/* The halt's watcher: ends what callers wait for. */
static void
interrupt(void *arg)
{
	struct walk *walk = arg;
	unsigned i;

	pthread_mutex_lock(&walk->w_callerlock);
	for (i = 0; i < walk->w_options->ncallers; i++) {
		/* A caller that has ended already needs no signal. */
		if (walk->w_caller[i].c_lid != 0)
			(void)puffsmsg_lwp_kill(walk->w_caller[i].c_lid,
			    SIGINT);
	}
	pthread_mutex_unlock(&walk->w_callerlock);
	walkdirs_wake(&walk->w_dirs);
}

static void
start_callers(struct walk *walk)
{
	struct caller *caller;
	int error;

	while (walk->w_ncallers < walk->w_options->ncallers) {
		caller = &walk->w_caller[walk->w_ncallers];
		caller->c_walk = walk;
		error = pthread_create(&caller->c_thread, NULL, caller_main,
		    caller);
		if (error != 0) {
			halt_error(walk->w_options->halt, "threads", error);
			return;
		}
		walk->w_ncallers++;
	}
}

static void
join_callers(struct walk *walk, struct stats *sum)
{
	unsigned i;

	for (i = 0; i < walk->w_ncallers; i++) {
		pthread_join(walk->w_caller[i].c_thread, NULL);
		stats_add(sum, &walk->w_caller[i].c_stats);
	}
}

/* What a walk that was halted left behind. */
static void
drop_directories(struct walk *walk)
{
	const struct walk_options *options = walk->w_options;
	struct wdir *dir;

	while ((dir = walk->w_dirs.w_all) != NULL) {
		if (options->visitor->v_drop != NULL)
			options->visitor->v_drop(options->arg, dir);
		walkdirs_remove(&walk->w_dirs, dir);
		wdir_free(dir);
	}
}

int
walk_run(const struct walk_options *options, struct stats *sum)
{
	struct walk walk = { .w_options = options };

	walk.w_caller = calloc(options->ncallers, sizeof(*walk.w_caller));
	if (walk.w_caller == NULL) {
		halt_error(options->halt, options->path, ENOMEM);
		return ENOMEM;
	}
	walkdirs_init(&walk.w_dirs);
	pthread_mutex_init(&walk.w_callerlock, NULL);
	halt_watch(options->halt, interrupt, &walk);
	start_callers(&walk);
	join_callers(&walk, sum);
	halt_watch(options->halt, NULL, NULL);
	drop_directories(&walk);
	pthread_mutex_destroy(&walk.w_callerlock);
	walkdirs_destroy(&walk.w_dirs);
	free(walk.w_caller);
	return halt_stopped(options->halt) ? EINTR : 0;
}
