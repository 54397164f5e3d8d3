/* SPDX-License-Identifier: BSD-2-Clause */

/* LOOKUP, READDIR and READLINK. */

#include <errno.h>
#include <string.h>

#include "client.h"
#include "client_private.h"

#define LINK_DATA offsetof(struct puffs_vnmsg_readlink, pvnr_link)

static int
found_from(struct message *msg, struct found *found)
{
	const struct puffs_vnmsg_lookup *answer;

	answer = puffsmsg_op_result_lookup(msg->m_mem, message_received(msg));
	if (answer == NULL)
		return EPROTO;
	found->f_cookie = answer->pvnr_newnode;
	found->f_type = answer->pvnr_vtype;
	found->f_size = (uint64_t)answer->pvnr_size;
	return 0;
}

int
client_lookup(struct client *client, uint64_t dir, const char *name,
    struct found *found)
{
	struct message msg;
	int error;

	error = client_message(&msg, sizeof(struct puffs_vnmsg_lookup), 0);
	if (error != 0)
		return error;
	error = puffsmsg_op_build_lookup(msg.m_mem, msg.m_len, dir,
	    PUFFSLOOKUP_LOOKUP, 0, name, strlen(name), NULL);
	if (error == 0)
		error = client_exchange(client, &msg, NULL);
	if (error == 0)
		error = found_from(&msg, found);
	puffs_msgmem_release(msg.m_park);
	return error;
}

static bool
is_dots(const struct puffsmsg_op_dirent *entry)
{
	return entry->name[0] == '.' &&
	    (entry->namelen == 1 ||
		(entry->namelen == 2 && entry->name[1] == '.'));
}

static int
add_entries(const struct message *msg, size_t room, struct names *names)
{
	struct puffsmsg_op_dirents entries;
	struct puffsmsg_op_dirent entry;
	int error;

	error = puffsmsg_op_dirents_result(&entries, msg->m_mem,
	    message_received(msg), room);
	while (error == 0) {
		error = puffsmsg_op_dirents_next(&entries, &entry);
		if (error == 0 && !is_dots(&entry)) {
			error = names_add(names, entry.name, entry.namelen,
			    entry.ino, entry.type);
		}
	}
	return error == ENOENT ? 0 : error;
}

/*
 * One READDIR from *offset on.  A server that neither goes on nor says that it
 * is the end would keep us for ever.
 */
static int
read_some(struct client *client, struct message *msg, uint64_t cookie,
    int64_t *offset, bool *eof, struct names *names)
{
	const struct puffs_vnmsg_readdir *answer;
	int error;

	error = puffsmsg_op_build_readdir(msg->m_mem, msg->m_len, cookie,
	    *offset, client->c_chunk, 0, NULL);
	if (error == 0)
		error = client_exchange(client, msg, NULL);
	if (error != 0)
		return error;
	answer = puffsmsg_op_result_readdir(msg->m_mem, message_received(msg));
	if (answer == NULL)
		return EPROTO;
	*eof = answer->pvnr_eofflag != 0;
	if (!*eof && answer->pvnr_offset == *offset)
		return EPROTO;
	*offset = answer->pvnr_offset;
	return add_entries(msg, client->c_chunk, names);
}

int
client_readdir(struct client *client, uint64_t cookie, struct names *names)
{
	struct message msg;
	int64_t offset = 0;
	bool eof = false;
	int error;

	error = client_message(&msg, PUFFSMSG_READDIR_SIZE(client->c_chunk),
	    client->c_chunk);
	if (error != 0)
		return error;
	while (error == 0 && !eof)
		error = read_some(client, &msg, cookie, &offset, &eof, names);
	puffs_msgmem_release(msg.m_park);
	return error;
}

/* Links longer than the struct's room take a longer message. */
static int
link_from(const struct message *msg, char link[CLIENT_LINK])
{
	const struct puffs_vnmsg_readlink *answer = msg->m_mem;
	size_t received = message_received(msg);
	size_t len = (size_t)answer->pvnr_linklen;

	if (received < LINK_DATA || len > received - LINK_DATA ||
	    len >= CLIENT_LINK || len == 0)
		return EPROTO;
	memcpy(link, (const char *)msg->m_mem + LINK_DATA, len);
	link[len] = '\0';
	return strlen(link) == len ? 0 : EPROTO;
}

int
client_readlink(struct client *client, uint64_t cookie, char link[CLIENT_LINK])
{
	const size_t len = LINK_DATA + CLIENT_LINK;
	struct puffs_vnmsg_readlink *question;
	struct message msg;
	int error;

	error = client_message(&msg, len,
	    len - sizeof(struct puffs_vnmsg_readlink));
	if (error != 0)
		return error;
	error = puffsmsg_op_build_readlink(msg.m_mem, msg.m_len, cookie, NULL);
	if (error == 0) {
		question = msg.m_mem;
		question->pvnr_linklen = CLIENT_LINK;
		error = client_exchange(client, &msg, NULL);
	}
	if (error == 0)
		error = link_from(&msg, link);
	puffs_msgmem_release(msg.m_park);
	return error;
}
