/* SPDX-License-Identifier: BSD-2-Clause */

/* Requests: a message in a worker's own memory, and its answer. */

#include <string.h>

#include <sys/errno.h>
#include <sys/kmem.h>
#include <sys/systm.h>

#include <puffsmsg/mount.h>
#include <puffsmsg/putter.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"
#include "server/server_private.h"

#define ROUND8(n) (((n) + 7u) & ~(size_t)7)

static struct puffsmsg__srvreq *
srvreq_alloc(size_t frame, km_flag_t flags)
{
	struct puffsmsg__srvreq *rq;
	size_t capacity = ROUND8(frame);

	if (capacity < sizeof(struct puffs_req) + PUFFSMSG__SERVER_ROOM)
		capacity = sizeof(struct puffs_req) + PUFFSMSG__SERVER_ROOM;
	rq = kmem_alloc(sizeof(*rq) + capacity, flags);
	if (rq != NULL)
		rq->rq_capacity = capacity;
	return rq;
}

void
puffsmsg__srvreq_free(struct puffsmsg__srvreq *rq)
{
	kmem_free(rq, sizeof(*rq) + rq->rq_capacity);
}

/* Long enough, and not so long that it should not be kept for this. */
static bool
fits(const struct puffsmsg__srvreq *rq, size_t frame)
{
	return rq->rq_capacity >= frame &&
	    (rq->rq_capacity <= PUFFSMSG__SERVER_RETAIN ||
		frame > PUFFSMSG__SERVER_RETAIN);
}

void
puffsmsg__srvreq_room(struct puffsmsg__srvreq **rqp, size_t len)
{
	if (*rqp != NULL && fits(*rqp, len))
		return;
	if (*rqp != NULL)
		puffsmsg__srvreq_free(*rqp);
	*rqp = srvreq_alloc(len, KM_SLEEP);
}

/* As much room as the answer may need, and the message in it. */
static bool
grow(struct puffsmsg__srvreq **rqp, size_t len, size_t room, km_flag_t flags)
{
	struct puffsmsg__srvreq *rq;

	if ((*rqp)->rq_capacity >= room)
		return true;
	rq = srvreq_alloc(room, flags);
	if (rq == NULL)
		return false;
	memcpy(rq->rq_frame, (*rqp)->rq_frame, len);
	puffsmsg__srvreq_free(*rqp);
	*rqp = rq;
	return true;
}

/*
 * Nobody waits for more memory than messages of the mount may be long: an
 * answer that would be longer has no more room than the message then.
 */
static size_t
make_room(struct puffsmsg__srvreq **rqp, size_t len, size_t maxmsg)
{
	const struct puffs_req *req = (void *)(*rqp)->rq_frame;
	size_t room = (size_t)req->preq_buflen;

	KASSERT(room >= len && room <= INT32_MAX);
	if (!grow(rqp, len, room, room > maxmsg ? KM_NOSLEEP : KM_SLEEP))
		room = len;
	return room;
}

void
puffsmsg__srvreq_ready(struct puffsmsg__srvreq **rqp, size_t len, size_t maxmsg)
{
	size_t room = make_room(rqp, len, maxmsg);
	struct puffsmsg__srvreq *rq = *rqp;
	struct puffs_req *req = (struct puffs_req *)(void *)rq->rq_frame;

	memset((unsigned char *)req + len, 0, room - len);
	req->preq_buflen = room;
	rq->rq_public.req = req;
	rq->rq_public.len = len;
	rq->rq_public.room = room;
	rq->rq_public.replylen = room;
	rq->rq_state = PUFFSMSG__SRVREQ_IN_HANDLER;
	rq->rq_opclass = req->preq_opclass;
	rq->rq_optype = req->preq_optype;
	rq->rq_id = req->preq_id;
	rq->rq_room = room;
}

int
puffsmsg__srvreq_take(struct puffsmsg_server *sv, struct puffsmsg__srvreq **rqp)
{
	size_t len = sizeof(struct puffs_req);
	int error;

	do {
		puffsmsg__srvreq_room(rqp, len);
		error = puffsmsg__read_until(sv->sv_mount, &sv->sv_stop,
		    (*rqp)->rq_frame, (*rqp)->rq_capacity, &len);
	} while (error == EMSGSIZE);
	if (error == 0)
		puffsmsg__srvreq_ready(rqp, len, sv->sv_maxmsg);
	return error;
}

static bool
wants_reply(const struct puffsmsg__srvreq *rq)
{
	return PUFFSOP_WANTREPLY(rq->rq_opclass) &&
	    (rq->rq_opclass & PUFFSOPFLAG_ISRESPONSE) == 0;
}

/*
 * What the reply is matched by is put back: a handler that builds its answer
 * over the whole message does not answer somebody else's.
 */
int
puffsmsg__srvreq_answer(struct puffsmsg_server *sv, struct puffsmsg__srvreq *rq,
    int rv)
{
	struct puffs_req *req = (struct puffs_req *)(void *)rq->rq_frame;
	size_t len = rq->rq_public.replylen;

	if (!wants_reply(rq))
		return 0;
	if (len < sizeof(*req) || len > rq->rq_room) {
		len = sizeof(*req);
		rv = EPROTO;
	}
	req->preq_pth.pth_framelen = len;
	req->preq_id = rq->rq_id;
	req->preq_opclass = rq->rq_opclass;
	req->preq_optype = rq->rq_optype;
	req->preq_rv = rv;
	return puffsmsg_dispatch(sv->sv_mount, req, len);
}

/* No touch of `sv' after the lock was left: destroy may be waiting for this. */
static void
count_kept(struct puffsmsg_server *sv, bool kept)
{
	mutex_enter(&sv->sv_lock);
	if (kept)
		sv->sv_kept++;
	else if (--sv->sv_kept == 0)
		cv_broadcast(&sv->sv_cv);
	mutex_exit(&sv->sv_lock);
}

void
puffsmsg__srvreq_keep(struct puffsmsg_server *sv, struct puffsmsg__srvreq *rq)
{
	count_kept(sv, true);
	if (puffsmsg__xchg32(&rq->rq_state, PUFFSMSG__SRVREQ_KEPT) ==
	    PUFFSMSG__SRVREQ_IN_HANDLER)
		return;
	puffsmsg__srvreq_free(rq);
	count_kept(sv, false);
}

int
puffsmsg_server_reply(struct puffsmsg_server *sv,
    struct puffsmsg_request *request, int rv)
{
	struct puffsmsg__srvreq *rq = (struct puffsmsg__srvreq *)request;
	int error;

	if (puffsmsg__load32(&rq->rq_state) == PUFFSMSG__SRVREQ_ANSWERED)
		puffsmsg__panic("puffsmsg_server_reply: request %p of server "
				"%p was answered already",
		    (void *)request, (void *)sv);
	error = puffsmsg__srvreq_answer(sv, rq, rv);
	if (puffsmsg__xchg32(&rq->rq_state, PUFFSMSG__SRVREQ_ANSWERED) ==
	    PUFFSMSG__SRVREQ_KEPT) {
		puffsmsg__srvreq_free(rq);
		count_kept(sv, false);
	}
	return error;
}
