/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Workers: take a message, hand it to the handler, answer it.
 *
 * However a worker's thread ends (no more work, a handler that calls
 * kthread_exit, cancellation), worker_ends() runs on it, once.
 */

#include <sys/errno.h>
#include <sys/kthread.h>
#include <sys/lwp.h>

#include <puffsmsg/msg.h>
#include <puffsmsg/putter.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"
#include "server/server_private.h"

/* When the worker's own count goes into that of the server. */
#define FOLD (UINT32_C(1) << 30)

void
puffsmsg__worker_count(struct puffsmsg__worker *w)
{
	struct puffsmsg_server *sv = w->w_server;
	uint32_t n = puffsmsg__load32_relaxed(&w->w_handled) + 1;

	if (n < FOLD) {
		puffsmsg__store32_relaxed(&w->w_handled, n);
		return;
	}
	mutex_enter(&sv->sv_lock);
	sv->sv_handled += n;
	puffsmsg__store32_relaxed(&w->w_handled, 0);
	mutex_exit(&sv->sv_lock);
}

/* The handler says that the request is the loop's again. */
static void
take_back(struct puffsmsg_server *sv, const struct puffsmsg__srvreq *rq)
{
	if (puffsmsg__load32(&rq->rq_state) == PUFFSMSG__SRVREQ_ANSWERED)
		puffsmsg__panic("puffsmsg_server_reply: server %s: the handler "
				"of request %p does not return LATER",
		    sv->sv_name, (const void *)rq);
}

static void
serve(struct puffsmsg__worker *w)
{
	struct puffsmsg_server *sv = w->w_server;
	struct puffsmsg__srvreq *rq = w->w_request;
	int rv;

	puffsmsg__worker_count(w);
	w->w_serving = true;
	rv = sv->sv_handler(sv->sv_arg, &rq->rq_public);
	w->w_serving = false;
	if (rv == PUFFSMSG_SERVER_LATER) {
		w->w_request = NULL;
		puffsmsg__srvreq_keep(sv, rq);
		return;
	}
	take_back(sv, rq);
	(void)puffsmsg__srvreq_answer(sv, rq, rv);
}

static void
work(struct puffsmsg__worker *w)
{
	while (puffsmsg__srvreq_take(w->w_server, &w->w_request) == 0)
		serve(w);
}

/*
 * What the thread was at.  A request that the handler has given to
 * another thread, which has answered it, is only freed.
 */
static void
clear_desk(struct puffsmsg__worker *w)
{
	struct puffsmsg__srvreq *rq = w->w_request;

	if (w->w_serving &&
	    puffsmsg__load32(&rq->rq_state) == PUFFSMSG__SRVREQ_IN_HANDLER) {
		rq->rq_public.replylen = sizeof(struct puffs_req);
		(void)puffsmsg__srvreq_answer(w->w_server, rq, EIO);
	}
	w->w_serving = false;
	w->w_request = NULL;
	if (rq != NULL)
		puffsmsg__srvreq_free(rq);
}

/*
 * Nobody is left to serve the mount, and nobody asked for that: callers
 * would wait for ever.  This is the loss of the server.
 */
static void
all_lost(struct puffsmsg_server *sv)
{
	puffsmsg__log("server %s: the last worker has ended in its "
		      "handler, and no thread can be made in its place: the "
		      "server is lost",
	    sv->sv_name);
	puffsmsg__mount_serverlost(sv->sv_mount);
}

/* A thread that ended in its handler gets a successor, if one can be made. */
static bool
succeed(struct puffsmsg__worker *w)
{
	struct puffsmsg_server *sv = w->w_server;

	mutex_enter(&sv->sv_lock);
	sv->sv_replaced++;
	mutex_exit(&sv->sv_lock);
	w->w_before = curlwp;
	return !puffsmsg__load32(&sv->sv_stop) &&
	    puffsmsg__worker_start(w) == 0;
}

/* True if nobody works any more. */
static bool
stop_working(struct puffsmsg_server *sv)
{
	bool last;

	mutex_enter(&sv->sv_lock);
	last = --sv->sv_workers == 0;
	mutex_exit(&sv->sv_lock);
	return last;
}

/* The very last touch of the server by this thread. */
static void
leave_place(struct puffsmsg__worker *w)
{
	struct puffsmsg_server *sv = w->w_server;

	mutex_enter(&sv->sv_lock);
	sv->sv_running--;
	w->w_lwp = NULL;
	w->w_ended = curlwp;
	cv_broadcast(&sv->sv_cv);
	mutex_exit(&sv->sv_lock);
}

static void
join(struct lwp *l)
{
	if (l != NULL)
		(void)kthread_join(l);
}

/*
 * With a successor the place is not this thread's any more, but the server
 * stays: the successor joins this thread before it leaves the place.
 */
static void
worker_ends(void *arg)
{
	struct puffsmsg__worker *w = arg;
	struct puffsmsg_server *sv = w->w_server;
	struct lwp *before = w->w_before;
	bool early = w->w_serving;

	clear_desk(w);
	if (early && succeed(w)) {
		join(before);
		return;
	}
	if (stop_working(sv) && early && !puffsmsg__load32(&sv->sv_stop))
		all_lost(sv);
	join(before);
	leave_place(w);
}

/* Waits until all workers could be made, or the start was given up. */
static void
wait_open(struct puffsmsg__worker *w)
{
	struct puffsmsg_server *sv = w->w_server;

	mutex_enter(&sv->sv_lock);
	w->w_lwp = curlwp;
	while (!sv->sv_open)
		cv_wait(&sv->sv_cv, &sv->sv_lock);
	mutex_exit(&sv->sv_lock);
}

static void
worker_main(void *arg)
{
	struct puffsmsg__worker *w = arg;

	puffsmsg__lwp_onexit(curlwp, worker_ends, w);
	wait_open(w);
	work(w);
	kthread_exit(0);
}

int
puffsmsg__worker_start(struct puffsmsg__worker *w)
{
	struct lwp *l; /* the thread says itself who is to be joined */

	return kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
	    worker_main, w, &l, "%s/%u", w->w_server->sv_name, w->w_index);
}
