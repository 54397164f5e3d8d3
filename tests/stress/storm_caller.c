/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A caller of the storm: sends messages of every kind until the mount is down.
 */

#include <errno.h>
#include <string.h>

#include "storm.h"

#define PAYLOAD 64

struct message {
	struct puffs_req m_req;
	uint8_t m_payload[PAYLOAD];
};

/*
 * The answer is the request's payload with every bit turned.
 */
static void
fill(struct message *msg, uint64_t *random)
{
	for (size_t i = 0; i < PAYLOAD; i++)
		msg->m_payload[i] = (uint8_t)storm_random(random);
}

static bool
answered(const struct message *msg, const uint8_t *sent)
{
	for (size_t i = 0; i < PAYLOAD; i++) {
		if ((msg->m_payload[i] ^ sent[i]) != 0xff)
			return false;
	}
	return true;
}

static void
tally(struct outcomes *o, const struct message *msg, const uint8_t *sent,
    int error)
{
	switch (error) {
	case 0:
		if (answered(msg, sent))
			o->o_ok++;
		else
			o->o_wrong++;
		break;
	case STORM_REPLY_ERROR:
		o->o_error++;
		break;
	case STORM_DELIVERY_ERROR:
		o->o_delivery++;
		break;
	case EPROTO:
		o->o_eproto++;
		break;
	case ENXIO:
		o->o_enxio++;
		break;
	case EINTR:
		o->o_eintr++;
		break;
	default:
		o->o_odd++;
		break;
	}
}

/*
 * Sends and waits; now and then the same park again, as NetBSD's callers do.
 * An interrupted park may not be used again.
 */
static void
send_waiting(struct caller *c, int type)
{
	struct puffs_mount *mount = c->c_storm->st_mount;
	struct puffs_msgpark *park;
	struct message *msg;
	uint8_t sent[PAYLOAD];
	void *mem;
	int error;

	if (puffs_msgmem_alloc(sizeof(*msg), &park, &mem, 1) != 0) {
		c->c_outcomes.o_odd++;
		return;
	}
	msg = mem;
	do {
		fill(msg, &c->c_random);
		memcpy(sent, msg->m_payload, sizeof(sent));
		puffs_msg_setinfo(park, PUFFSOP_VN, type, NULL);
		puffs_msg_enqueue(mount, park);
		error = puffs_msg_wait(mount, park);
		tally(&c->c_outcomes, msg, sent, error);
		storm_count(c->c_storm);
	} while (error == 0 && !storm_oneof(&c->c_random, 3));
	puffs_msgmem_release(park);
}

static void
send_faf(struct caller *c)
{
	struct puffs_msgpark *park;
	void *mem;

	if (puffs_msgmem_alloc(sizeof(struct message), &park, &mem, 1) != 0) {
		c->c_outcomes.o_odd++;
		return;
	}
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_RECLAIM, NULL);
	puffs_msg_setfaf(park);
	puffs_msg_enqueue(c->c_storm->st_mount, park);
	puffs_msgmem_release(park);
	c->c_outcomes.o_faf++;
	storm_count(c->c_storm);
}

static void
called(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct storm *st = arg;

	(void)mount;
	(void)req;
	(void)__atomic_add_fetch(&st->st_callbacks, 1, __ATOMIC_SEQ_CST);
}

static void
send_calling(struct caller *c)
{
	struct puffs_mount *mount = c->c_storm->st_mount;
	struct puffs_msgpark *park;
	void *mem;

	if (puffs_msgmem_alloc(sizeof(struct message), &park, &mem, 1) != 0) {
		c->c_outcomes.o_odd++;
		return;
	}
	puffs_msg_setinfo(park, PUFFSOP_VFS, PUFFS_VFS_SYNC, NULL);
	puffs_msg_setcall(park, called, c->c_storm);
	puffs_msg_enqueue(mount, park);
	c->c_outcomes.o_called++;
	if (puffs_msg_wait(mount, park) != 0)
		c->c_outcomes.o_refused++;
	puffs_msgmem_release(park);
	storm_count(c->c_storm);
}

void *
storm_caller(void *arg)
{
	struct caller *c = arg;

	__atomic_store_n(&c->c_lid, puffsmsg_lwp_self(), __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&c->c_storm->st_over, __ATOMIC_SEQ_CST)) {
		switch (storm_random(&c->c_random) % 8) {
		case 0:
			send_faf(c);
			break;
		case 1:
			send_calling(c);
			break;
		case 2:
			send_waiting(c, PUFFS_VN_INACTIVE);
			break;
		default:
			send_waiting(c, PUFFS_VN_GETATTR);
			break;
		}
		while (puffsmsg_lwp_sigtake() != 0)
			continue;
	}
	return NULL;
}
