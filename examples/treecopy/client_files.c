/* SPDX-License-Identifier: BSD-2-Clause */

/* GETATTR, OPEN, READ, CLOSE, INACTIVE and RECLAIM. */

#include <errno.h>

#include "client.h"
#include "client_private.h"

/* FREAD of the protocol. */
#define OPEN_READ 0x1

int
client_getattr(struct client *client, uint64_t cookie,
    struct puffsmsg_vattr *va)
{
	const struct puffs_vnmsg_setgetattr *answer;
	struct message msg;
	int error;

	error = client_message(&msg, sizeof(struct puffs_vnmsg_setgetattr), 0);
	if (error != 0)
		return error;
	error = puffsmsg_op_build_getattr(msg.m_mem, msg.m_len, cookie, NULL);
	if (error == 0)
		error = client_exchange(client, &msg, NULL);
	if (error == 0) {
		answer = puffsmsg_op_result_getattr(msg.m_mem,
		    message_received(&msg));
		if (answer == NULL)
			error = EPROTO;
		else
			*va = answer->pvnr_va;
	}
	puffs_msgmem_release(msg.m_park);
	return error;
}

int
client_open(struct client *client, uint64_t cookie)
{
	struct message msg;
	int error;

	error = client_message(&msg, sizeof(struct puffs_vnmsg_open), 0);
	if (error != 0)
		return error;
	error = puffsmsg_op_build_open(msg.m_mem, msg.m_len, cookie, OPEN_READ,
	    NULL);
	if (error == 0)
		error = client_exchange(client, &msg, NULL);
	puffs_msgmem_release(msg.m_park);
	return error;
}

static int
inactive(struct client *client, uint64_t cookie)
{
	struct message msg;
	int error;

	error = client_message(&msg, sizeof(struct puffs_vnmsg_inactive), 0);
	if (error != 0)
		return error;
	error = puffsmsg_op_build_inactive(msg.m_mem, msg.m_len, cookie);
	if (error == 0)
		error = client_exchange(client, &msg, NULL);
	puffs_msgmem_release(msg.m_park);
	return error;
}

int
client_close(struct client *client, uint64_t cookie)
{
	struct puffs_node node = { .pn_stat = 0 };
	struct message msg;
	int error;

	error = client_message(&msg, sizeof(struct puffs_vnmsg_close), 0);
	if (error != 0)
		return error;
	error = puffsmsg_op_build_close(msg.m_mem, msg.m_len, cookie, OPEN_READ,
	    NULL);
	if (error == 0)
		error = client_exchange(client, &msg, &node);
	puffs_msgmem_release(msg.m_park);
	if (error == 0 && (node.pn_stat & PNODE_DOINACT) != 0)
		error = inactive(client, cookie);
	return error;
}

void
client_reclaim(struct client *client, uint64_t cookie, int32_t lookups)
{
	struct message msg;

	if (client_message(&msg, sizeof(struct puffs_vnmsg_reclaim), 0) != 0)
		return;
	if (puffsmsg_op_build_reclaim(msg.m_mem, msg.m_len, cookie, lookups) ==
	    0)
		client_post(client, &msg);
	puffs_msgmem_release(msg.m_park);
}

/* The message for READ, made at the first one. */
static int
read_message(struct client *client, struct message *msg)
{
	int error = 0;

	if (client->c_readpark == NULL) {
		error = client_message(msg, PUFFSMSG_RW_SIZE(client->c_chunk),
		    client->c_chunk);
		client->c_readpark = msg->m_park;
		client->c_readmsg = msg->m_mem;
	}
	msg->m_park = client->c_readpark;
	msg->m_mem = client->c_readmsg;
	msg->m_len = PUFFSMSG_RW_SIZE(client->c_chunk);
	return error;
}

int
client_read(struct client *client, uint64_t cookie, uint64_t offset,
    const void **data, size_t *len)
{
	struct message msg;
	int error;

	if ((error = read_message(client, &msg)) != 0)
		return error;
	error = puffsmsg_op_build_read(msg.m_mem, msg.m_len, cookie,
	    (int64_t)offset, client->c_chunk, 0, NULL);
	if (error == 0)
		error = client_exchange(client, &msg, NULL);
	if (error == EINTR) {
		/* An abandoned message is not sent again. */
		puffs_msgmem_release(client->c_readpark);
		client->c_readpark = NULL;
	}
	if (error == 0)
		error = puffsmsg_op_result_data(msg.m_mem,
		    message_received(&msg), client->c_chunk, data, len);
	if (error == 0)
		client->c_stats->s_readbytes += *len;
	return error;
}
