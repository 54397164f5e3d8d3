/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_CLIENT_PRIVATE_H
#define TREECOPY_CLIENT_PRIVATE_H

#include "client.h"

/* A message and its park. */
struct message {
	struct puffs_msgpark *m_park;
	union {
		struct puffs_req *m_req;
		void *m_mem;
	};
	size_t m_len; /* bytes of m_mem */
};

/* `len' bytes, of which the last `room' are only for the answer. */
int client_message(struct message *msg, size_t len, size_t room);

/*
 * Sends the message and waits for the answer, whose length is in the header
 * then.  What the file server wants to happen to the node is noted in `node',
 * which may be NULL.
 */
int client_exchange(struct client *client, struct message *msg,
    struct puffs_node *node);

/* Sends it without waiting. */
void client_post(struct client *client, struct message *msg);

static inline size_t
message_received(const struct message *msg)
{
	return (size_t)msg->m_req->preq_pth.pth_framelen;
}

#endif /* TREECOPY_CLIENT_PRIVATE_H */
