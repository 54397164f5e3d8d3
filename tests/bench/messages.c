/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "messages.h"

struct puffs_mount *
messages_open(void)
{
	struct puffs_mount *mount;

	puffs_msgif_init();
	if (puffsmsg_mount_create(NULL, &mount) != 0 ||
	    puffsmsg_mount_start(mount) != 0)
		die("no mount");
	return mount;
}

void
messages_close(struct puffs_mount *mount)
{
	puffs_userdead(mount); /* nobody is there to agree to an unmount */
	puffsmsg_mount_destroy(mount);
	puffs_msgif_destroy();
}

struct puffs_msgpark *
message_new(uint64_t n, struct message **message)
{
	struct puffs_msgpark *park;
	void *mem;

	if (puffs_msgmem_alloc(sizeof(**message), &park, &mem, 1) != 0)
		die("no memory");
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_READ, NULL);
	*message = mem;
	(*message)->value = n;
	return park;
}

bool
message_call(struct puffs_mount *mount, uint64_t n)
{
	struct message *message;
	struct puffs_msgpark *park = message_new(n, &message);
	bool right;

	puffs_msg_enqueue(mount, park);
	right = puffs_msg_wait(mount, park) == 0 && message->value == n + 1;
	puffs_msgmem_release(park);
	return right;
}

bool
message_take(struct puffs_mount *mount, int nonblock, struct message *frame)
{
	uint8_t *data;
	size_t len;
	void *hand;

	if (puffsmsg_getout(mount, SIZE_MAX, nonblock, &data, &len, &hand) != 0)
		return false;
	memcpy(frame, data, sizeof(*frame));
	puffs_msgif_releaseout(mount, hand, 0);
	return true;
}

void
message_answer(struct puffs_mount *mount, struct message *frame)
{
	frame->value++;
	frame->req.preq_rv = 0;
	if (puffsmsg_dispatch(mount, frame, sizeof(*frame)) != 0)
		die("an answer to nobody");
}
