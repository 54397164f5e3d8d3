/* SPDX-License-Identifier: BSD-2-Clause */

/* The server loop as a whole: start, stop, wait, destroy, statistics. */

#include <string.h>

#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/lwp.h>
#include <sys/kthread.h>

#include <puffsmsg/mount.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"
#include "server/server_private.h"

static size_t
server_size(uint32_t nworkers)
{
	return sizeof(struct puffsmsg_server) +
	    nworkers * sizeof(struct puffsmsg__worker);
}

static void
copy_name(char *to, const char *from)
{
	size_t i;

	for (i = 0; i < PUFFSMSG__SERVER_NAMELEN - 1 && from[i] != '\0'; i++)
		to[i] = from[i];
	to[i] = '\0';
}

static struct puffsmsg_server *
server_alloc(struct puffs_mount *mount, puffsmsg_handler_fn handler, void *arg,
    const struct puffsmsg_server_options *options)
{
	struct puffsmsg_server *sv;
	uint32_t i;

	puffsmsg__mount_ref(mount);
	sv = kmem_zalloc(server_size(options->nworkers), KM_SLEEP);
	sv->sv_mount = mount;
	sv->sv_handler = handler;
	sv->sv_arg = arg;
	sv->sv_maxmsg = puffsmsg__mount_maxmsg(mount);
	copy_name(sv->sv_name, options->name);
	sv->sv_nworkers = options->nworkers;
	mutex_init(&sv->sv_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&sv->sv_cv, "puffssrv");
	for (i = 0; i < sv->sv_nworkers; i++) {
		sv->sv_worker[i].w_server = sv;
		sv->sv_worker[i].w_index = i;
	}
	return sv;
}

static void
server_free(struct puffsmsg_server *sv)
{
	cv_destroy(&sv->sv_cv);
	mutex_destroy(&sv->sv_lock);
	puffsmsg__mount_unref(sv->sv_mount);
	kmem_free(sv, server_size(sv->sv_nworkers));
}

/* Of `n' workers, or as many as can be made: those are counted. */
static int
start_workers(struct puffsmsg_server *sv, uint32_t n)
{
	uint32_t i;
	int error = 0;

	for (i = 0; i < n && error == 0; i++)
		error = puffsmsg__worker_start(&sv->sv_worker[i]);
	if (error != 0)
		i--;
	mutex_enter(&sv->sv_lock);
	sv->sv_workers = sv->sv_running = i;
	mutex_exit(&sv->sv_lock);
	return error;
}

static void
ask_to_stop(struct puffsmsg_server *sv)
{
	puffsmsg__store32(&sv->sv_stop, 1);
	puffsmsg__take_kick(sv->sv_mount);
}

/* Before this no worker takes a message: a start that fails has no effect. */
static void
open_up(struct puffsmsg_server *sv)
{
	mutex_enter(&sv->sv_lock);
	sv->sv_open = true;
	cv_broadcast(&sv->sv_cv);
	mutex_exit(&sv->sv_lock);
}

int
puffsmsg_server_start(struct puffs_mount *mount, puffsmsg_handler_fn handler,
    void *arg, const struct puffsmsg_server_options *given,
    struct puffsmsg_server **server)
{
	struct puffsmsg_server_options options;
	struct puffsmsg_server *sv;
	int error;

	*server = NULL;
	error = puffsmsg__server_options(given, &options);
	if (error != 0 || handler == NULL)
		return EINVAL;
	if (puffsmsg_mount_state(mount) != PUFFSTAT_RUNNING)
		return ENXIO;
	sv = server_alloc(mount, handler, arg, &options);
	error = start_workers(sv, options.nworkers);
	if (error != 0)
		ask_to_stop(sv);
	open_up(sv);
	if (error != 0)
		puffsmsg_server_destroy(sv);
	else
		*server = sv;
	return error;
}

static bool
is_worker(const struct puffsmsg_server *sv, const struct lwp *l)
{
	uint32_t i;

	for (i = 0; i < sv->sv_nworkers; i++) {
		if (sv->sv_worker[i].w_lwp == l)
			return true;
	}
	return false;
}

/* Takes a thread that ended and was not joined; sv_lock is held. */
static struct lwp *
take_ended(struct puffsmsg_server *sv)
{
	struct lwp *l;
	uint32_t i;

	for (i = 0; i < sv->sv_nworkers; i++) {
		l = sv->sv_worker[i].w_ended;
		if (l != NULL) {
			sv->sv_worker[i].w_ended = NULL;
			return l;
		}
	}
	return NULL;
}

/* Several waiters share the work.  sv_lock is held, and left meanwhile. */
static void
join_ended(struct puffsmsg_server *sv)
{
	struct lwp *l;

	while ((l = take_ended(sv)) != NULL) {
		sv->sv_joining++;
		mutex_exit(&sv->sv_lock);
		(void)kthread_join(l);
		mutex_enter(&sv->sv_lock);
		sv->sv_joining--;
		cv_broadcast(&sv->sv_cv);
	}
	while (sv->sv_joining > 0)
		cv_wait(&sv->sv_cv, &sv->sv_lock);
}

int
puffsmsg_server_wait(struct puffsmsg_server *sv)
{
	int error = 0;

	puffsmsg__not_in_callback("puffsmsg_server_wait", sv);
	mutex_enter(&sv->sv_lock);
	if (is_worker(sv, curlwp)) {
		error = EDEADLK;
	} else {
		while (sv->sv_running > 0)
			cv_wait(&sv->sv_cv, &sv->sv_lock);
		join_ended(sv);
	}
	mutex_exit(&sv->sv_lock);
	return error;
}

int
puffsmsg_server_stop(struct puffsmsg_server *sv)
{
	puffsmsg__not_in_callback("puffsmsg_server_stop", sv);
	ask_to_stop(sv);
	return puffsmsg_server_wait(sv);
}

void
puffsmsg_server_destroy(struct puffsmsg_server *sv)
{
	if (puffsmsg_server_stop(sv) == EDEADLK)
		puffsmsg__panic("puffsmsg_server_destroy: server %p: called "
				"by a worker of its own",
		    (void *)sv);
	mutex_enter(&sv->sv_lock);
	while (sv->sv_kept > 0)
		cv_wait(&sv->sv_cv, &sv->sv_lock);
	mutex_exit(&sv->sv_lock);
	server_free(sv);
}

static uint64_t
sum_handled(struct puffsmsg_server *sv)
{
	uint64_t sum = sv->sv_handled;
	uint32_t i;

	for (i = 0; i < sv->sv_nworkers; i++)
		sum += puffsmsg__load32_relaxed(&sv->sv_worker[i].w_handled);
	return sum;
}

int
puffsmsg_server_stats(struct puffsmsg_server *sv,
    struct puffsmsg_server_stats *stats)
{
	struct puffsmsg_server_stats now = { 0 };
	size_t size = stats->size;

	if (size < sizeof(size))
		return EINVAL;
	mutex_enter(&sv->sv_lock);
	now.size = size;
	now.workers = sv->sv_workers;
	now.kept = sv->sv_kept;
	now.handled = sum_handled(sv);
	now.replaced = sv->sv_replaced;
	mutex_exit(&sv->sv_lock);
	memset(stats, 0, size);
	memcpy(stats, &now, size < sizeof(now) ? size : sizeof(now));
	return 0;
}
