/* SPDX-License-Identifier: BSD-2-Clause */

#include <stddef.h>

#include "world.h"

static int
handler(void *arg, struct puffsmsg_request *request)
{
	struct world *w = arg;

	request->replylen = sizeof(struct puffs_req);
	if (PUFFSOP_OPCLASS(request->req->preq_opclass) != PUFFSOP_VN)
		return 0;
	atomic_fetch_add(&w->served, 1);
	return w->number;
}

static bool
start_mount(struct world *w)
{
	struct calls *c = &w->calls;

	if (c->puffsmsg_mount_create(NULL, &w->mount) != 0)
		return false;
	return c->puffsmsg_mount_start(w->mount) == 0 &&
	    c->puffsmsg_server_start(w->mount, handler, w, NULL, &w->server) ==
	    0;
}

bool
world_start(struct world *w, int number)
{
	w->number = number;
	w->mount = NULL;
	w->server = NULL;
	atomic_store(&w->served, 0);
	atomic_store(&w->called, 0);
	w->calls.puffs_msgif_init();
	return start_mount(w);
}

void
world_stop(struct world *w)
{
	struct calls *c = &w->calls;

	(void)c->puffsmsg_mount_unmount(w->mount, 0);
	c->puffsmsg_server_destroy(w->server);
	c->puffsmsg_mount_destroy(w->mount);
	c->puffs_msgif_destroy();
}

static struct puffs_msgpark *
make_message(struct world *w)
{
	struct puffs_msgpark *park;
	void *msg;

	if (w->calls.puffs_msgmem_alloc(sizeof(struct puffs_req), &park, &msg,
		1) != 0)
		return NULL;
	w->calls.puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_GETATTR, NULL);
	return park;
}

bool
world_exchange(struct world *w)
{
	struct puffs_msgpark *park = make_message(w);
	int error;

	if (park == NULL)
		return false;
	w->calls.puffs_msg_enqueue(w->mount, park);
	error = w->calls.puffs_msg_wait(w->mount, park);
	w->calls.puffs_msgmem_release(park);
	return error == w->number;
}

static void
done(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct world *w = arg;

	if (mount == w->mount && req->preq_rv == w->number)
		atomic_fetch_add(&w->called, 1);
}

bool
world_call(struct world *w)
{
	struct puffs_msgpark *park = make_message(w);

	if (park == NULL)
		return false;
	w->calls.puffs_msg_setcall(park, done, w);
	w->calls.puffs_msg_enqueue(w->mount, park);
	w->calls.puffs_msgmem_release(park);
	return true;
}

bool
world_counted(struct world *w, unsigned n)
{
	struct puffsmsg_mount_stats stats = { .size = sizeof(stats) };

	return w->calls.puffsmsg_mount_stats(w->mount, &stats) == 0 &&
	    stats.accepted == n && atomic_load(&w->served) == n;
}
