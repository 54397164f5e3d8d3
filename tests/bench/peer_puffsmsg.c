/* SPDX-License-Identifier: BSD-2-Clause */

/* libpuffsmsg, with servers that call getout and dispatch themselves. */

#include <pthread.h>
#include <stdlib.h>

#include "bench.h"
#include "handqueue.h"
#include "messages.h"

struct direct {
	struct puffs_mount *mount;
	pthread_t *servers;
	unsigned nservers;
};

static void *
serve(void *arg)
{
	struct puffs_mount *mount = arg;
	struct message frame;

	while (message_take(mount, 0, &frame))
		message_answer(mount, &frame);
	return NULL;
}

static void *
direct_open(unsigned servers)
{
	struct direct *d = malloc(sizeof(*d));

	if (d == NULL)
		die("no memory");
	d->mount = messages_open();
	d->nservers = servers;
	d->servers = hand_start(servers, serve, d->mount);
	return d;
}

static bool
direct_call(void *ctx, uint64_t n)
{
	struct direct *d = ctx;

	return message_call(d->mount, n);
}

static void
direct_close(void *ctx)
{
	struct direct *d = ctx;

	puffs_userdead(d->mount);
	hand_join(d->servers, d->nservers);
	messages_close(d->mount);
	free(d);
}

const struct peer peer_puffsmsg = { "puffsmsg", "libpuffsmsg, getout/dispatch",
	direct_open, direct_call, direct_close };
