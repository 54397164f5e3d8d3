/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "server_gate.h"
#include "server_ops.h"

void
gate_init(struct gate *gate)
{
	memset(gate, 0, sizeof(*gate));
	pthread_mutex_init(&gate->g_lock, NULL);
	pthread_cond_init(&gate->g_full, NULL);
}

void
gate_destroy(struct gate *gate)
{
	free(gate->g_held);
	pthread_cond_destroy(&gate->g_full);
	pthread_mutex_destroy(&gate->g_lock);
}

int
gate_close(struct gate *gate, size_t n)
{
	struct puffsmsg_request **held;

	if ((held = calloc(n, sizeof(struct puffsmsg_request *))) == NULL)
		return ENOMEM;
	pthread_mutex_lock(&gate->g_lock);
	gate->g_held = held;
	gate->g_count = 0;
	gate->g_room = n;
	pthread_mutex_unlock(&gate->g_lock);
	return 0;
}

static bool
is_getattr(const struct puffs_req *req)
{
	return PUFFSOP_OPCLASS(req->preq_opclass) == PUFFSOP_VN &&
	    req->preq_optype == PUFFS_VN_GETATTR;
}

bool
gate_hold(struct gate *gate, struct puffsmsg_request *request)
{
	bool hold;

	if (!is_getattr(request->req))
		return false;
	pthread_mutex_lock(&gate->g_lock);
	hold = gate->g_held != NULL && gate->g_count < gate->g_room;
	if (hold)
		gate->g_held[gate->g_count++] = request;
	if (hold && gate->g_count == gate->g_room)
		pthread_cond_broadcast(&gate->g_full);
	pthread_mutex_unlock(&gate->g_lock);
	return hold;
}

void
gate_wait(struct gate *gate)
{
	pthread_mutex_lock(&gate->g_lock);
	while (gate->g_count < gate->g_room)
		pthread_cond_wait(&gate->g_full, &gate->g_lock);
	pthread_mutex_unlock(&gate->g_lock);
}

size_t
gate_open(struct gate *gate, struct puffsmsg_server *loop, struct tree *tree)
{
	struct puffsmsg_request **held;
	size_t i, count;

	pthread_mutex_lock(&gate->g_lock);
	held = gate->g_held;
	count = gate->g_count;
	gate->g_held = NULL;
	gate->g_count = 0;
	gate->g_room = 0;
	pthread_mutex_unlock(&gate->g_lock);
	for (i = 0; i < count; i++) {
		/* What the mount says of the answer is in its statistics. */
		(void)puffsmsg_server_reply(loop, held[i],
		    ops_answer(tree, held[i]));
	}
	free(held);
	return count;
}
