/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The server gets copies of frames.
 *
 * While a frame is copied its message is nobody else's: it cannot be replied
 * to, and whoever wants to give it up, or to end it because the server is
 * lost, waits or leaves that to the copier, who is done in bounded time.  So,
 * other than with getout, nobody ever writes what is being read.
 */

#include <errno.h>
#include <string.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/take.h"

static void
take_copying(struct puffsmsg__taking *t)
{
	puffsmsg__park_setstate(t->t_mount, t->t_park, PARK_COPYING, 0);
}

/*
 * What became of the message meanwhile: the server is lost, or it was fire and
 * forget, and it ends here; or it waits for its reply.
 */
static enum puffsmsg__end
read_pass(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	enum puffsmsg__end end = END_KINDS;

	if (mount->pmp_status != PUFFSTAT_RUNNING)
		end = END_DEAD;
	else if (park->park_flags & PARKF_FAF)
		end = END_FAF;
	if (end == END_KINDS) {
		puffsmsg__idtable_insert(&mount->pmp_ids, park);
		puffsmsg__park_setstate(mount, park, PARK_REPLYWAIT, 0);
	} else {
		puffsmsg__claim(mount, park);
	}
	return end;
}

/*
 * A waiter that wants to leave has been waiting for us.
 */
static void *
read_wake(struct puffs_msgpark *park)
{
	if ((park->park_flags & PARKF_LEAVING) == 0)
		return NULL;
	park->park_flags &= ~PARKF_LEAVING;
	return puffsmsg__sleep_claim(park->park_waiter);
}

static void
read_finish(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	enum puffsmsg__end end;
	void *token = NULL;

	mutex_enter(&mount->pmp_lock);
	end = read_pass(mount, park);
	if (end == END_KINDS)
		token = read_wake(park);
	mutex_exit(&mount->pmp_lock);
	puffsmsg__sleep_unblock(token);
	if (end != END_KINDS)
		(void)puffsmsg__end(mount, park, end,
		    end == END_DEAD ? ENXIO : 0, NULL, 0);
}

/*
 * The caller of a message that wants no reply may have written over it; what
 * the frame says of its lengths must be true nevertheless.
 */
static void
read_copy(const struct puffs_msgpark *park, void *buf)
{
	struct puffs_req hdr;

	memcpy(buf, park->park_wire, park->park_wirecopy);
	memcpy(&hdr, buf, sizeof(hdr));
	hdr.preq_pth.pth_framelen = park->park_wirecopy;
	hdr.preq_buflen = park->park_wiremax;
	memcpy(buf, &hdr, sizeof(hdr)); /* aligned or not */
}

static int
read_message(struct puffsmsg__taking *t, void *buf, size_t *len)
{
	int error;

	t->t_take = take_copying;
	error = puffsmsg__take(t);
	if (error == 0 || error == EMSGSIZE)
		*len = t->t_len;
	if (error != 0)
		return error;
	read_copy(t->t_park, buf);
	read_finish(t->t_mount, t->t_park);
	return 0;
}

int
puffsmsg_read(struct puffs_mount *mount, void *buf, size_t size, int nonblock,
    size_t *len)
{
	struct puffsmsg__taking t = { .t_mount = mount,
		.t_maxsize = size,
		.t_how = PUFFSMSG__SLEEP_SIG | PUFFSMSG__SLEEP_CANCEL,
		.t_nonblock = nonblock != 0 };

	return read_message(&t, buf, len);
}

int
puffsmsg__read_until(struct puffs_mount *mount, const uint32_t *stop, void *buf,
    size_t size, size_t *len)
{
	struct puffsmsg__taking t = { .t_mount = mount,
		.t_maxsize = size,
		.t_stop = stop };

	return read_message(&t, buf, len);
}
