/* SPDX-License-Identifier: BSD-2-Clause */

/* libpuffsmsg, with its server loop. */

#include <stdlib.h>

#include "bench.h"
#include "messages.h"

struct loop {
	struct puffs_mount *mount;
	struct puffsmsg_server *server;
};

static int
handler(void *arg, struct puffsmsg_request *request)
{
	struct message *message = (struct message *)(void *)request->req;

	(void)arg;
	message->value++;
	return 0;
}

static void *
loop_open(unsigned servers)
{
	struct puffsmsg_server_options options = PUFFSMSG_SERVER_OPTIONS_INIT;
	struct loop *l = malloc(sizeof(*l));

	if (l == NULL)
		die("no memory");
	l->mount = messages_open();
	options.nworkers = servers;
	if (puffsmsg_server_start(l->mount, handler, NULL, &options,
		&l->server) != 0)
		die("no server");
	return l;
}

static bool
loop_call(void *ctx, uint64_t n)
{
	struct loop *l = ctx;

	return message_call(l->mount, n);
}

static void
loop_close(void *ctx)
{
	struct loop *l = ctx;

	puffsmsg_server_destroy(l->server);
	messages_close(l->mount);
	free(l);
}

const struct peer peer_loop = { "loop", "libpuffsmsg, server loop", loop_open,
	loop_call, loop_close };
