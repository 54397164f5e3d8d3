/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "fileserver.h"
#include "server_ops.h"

/* Whether a test wants the server to wait before this READ. */
static void
pause_if_asked(struct fileserver *server, const struct puffs_req *req)
{
	struct node *node;

	if (server->f_pause.p_name == NULL ||
	    PUFFSOP_OPCLASS(req->preq_opclass) != PUFFSOP_VN ||
	    req->preq_optype != PUFFS_VN_READ)
		return;
	if (tree_find(server->f_tree, req->preq_cookie64, &node) != 0)
		return;
	pause_read(&server->f_pause, node->n_name);
	tree_unref(server->f_tree, node);
}

static int
handle(void *arg, struct puffsmsg_request *request)
{
	struct fileserver *server = arg;

	if (gate_hold(&server->f_gate, request))
		return PUFFSMSG_SERVER_LATER;
	pause_if_asked(server, request->req);
	return ops_answer(server->f_tree, request);
}

static void
fini(struct fileserver *server)
{
	pause_destroy(&server->f_pause);
	gate_destroy(&server->f_gate);
	tree_destroy(server->f_tree);
}

int
fileserver_start(struct fileserver *server, struct puffs_mount *mount,
    const struct fileserver_options *options)
{
	struct puffsmsg_server_options loop = PUFFSMSG_SERVER_OPTIONS_INIT;
	int error;

	memset(server, 0, sizeof(*server));
	if ((error = tree_create(options->fd, &server->f_tree)) != 0)
		return error;
	gate_init(&server->f_gate);
	error = pause_init(&server->f_pause, options->pause_name,
	    options->pause_announce, options->pause_resume);
	if (error == 0) {
		loop.name = "treecopy-server";
		loop.nworkers = options->workers;
		error = puffsmsg_server_start(mount, handle, server, &loop,
		    &server->f_loop);
	}
	if (error != 0)
		fini(server);
	return error;
}

uint64_t
fileserver_root(const struct fileserver *server)
{
	return server->f_tree->t_root->n_cookie;
}

void
fileserver_destroy(struct fileserver *server)
{
	pause_cancel(&server->f_pause);
	puffsmsg_server_destroy(server->f_loop);
	fini(server);
}
