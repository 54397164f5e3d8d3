/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <string.h>

#include "client.h"
#include "client_private.h"

void
client_init(struct client *client, struct puffs_mount *mount, size_t maxmsg,
    struct stats *stats)
{
	memset(client, 0, sizeof(*client));
	client->c_mount = mount;
	client->c_stats = stats;
	/* Whole pages, as far as they fit in a message. */
	client->c_chunk = (maxmsg - PUFFSMSG_READDIR_SIZE(0)) & ~(size_t)4095;
}

void
client_fini(struct client *client)
{
	puffs_msgmem_release(client->c_readpark);
}

static void
count_message(struct stats *stats, const struct puffs_req *req)
{
	unsigned type = req->preq_optype % STATS_TYPES;

	if (PUFFSOP_OPCLASS(req->preq_opclass) == PUFFSOP_VFS)
		stats->s_vfs[type]++;
	else
		stats->s_vn[type]++;
}

int
client_message(struct message *msg, size_t len, size_t room)
{
	int error;

	msg->m_len = len;
	error = puffs_msgmem_alloc(len, &msg->m_park, &msg->m_mem, 1);
	if (error == 0 && room != 0)
		puffs_msg_setdelta(msg->m_park, room);
	return error;
}

int
client_exchange(struct client *client, struct message *msg,
    struct puffs_node *node)
{
	uint64_t start;
	int error;

	count_message(client->c_stats, msg->m_req);
	start = stats_now();
	puffs_msg_enqueue(client->c_mount, msg->m_park);
	error = puffs_msg_wait2(client->c_mount, msg->m_park, node, NULL);
	if (error != EINTR && error != ENXIO)
		stats_roundtrip(client->c_stats, stats_now() - start);
	return error;
}

void
client_post(struct client *client, struct message *msg)
{
	count_message(client->c_stats, msg->m_req);
	puffs_msg_setfaf(msg->m_park);
	puffs_msg_enqueue(client->c_mount, msg->m_park);
}

int
client_statvfs(struct client *client, struct puffsmsg_statvfs *sb)
{
	struct puffs_vfsmsg_statvfs *answer;
	struct message msg;
	int error;

	error = client_message(&msg, sizeof(struct puffs_vfsmsg_statvfs), 0);
	if (error != 0)
		return error;
	error = puffsmsg_op_build_statvfs(msg.m_mem, msg.m_len);
	if (error == 0)
		error = client_exchange(client, &msg, NULL);
	if (error == 0) {
		answer = puffsmsg_op_result_statvfs(msg.m_mem,
		    message_received(&msg));
		if (answer == NULL)
			error = EPROTO;
		else
			*sb = answer->pvfsr_sb;
	}
	puffs_msgmem_release(msg.m_park);
	return error;
}
