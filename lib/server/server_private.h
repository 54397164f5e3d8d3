/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_SERVER_PRIVATE_H
#define PUFFSMSG_SERVER_PRIVATE_H

/*
 * The server loop's own structures.
 *
 * Locks: sv_lock is a leaf, but for the locks of the host; no handler, no
 * dispatch and no thread creation runs under it.
 *
 * Keys:
 *	(:	stable from start to destroy
 *	l	sv_lock
 *	a	atomic
 *	w	the slot's running thread alone; passed on to its successor by
 *		the creation of that thread, to a joiner by the thread's end
 *	r	the request's owner: the worker, until the handler has returned
 *		LATER or has given the request to another thread; then whoever
 *		answers it
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/condvar.h>
#include <sys/mutex.h>

#include <puffsmsg/server.h>

struct lwp;

/* Payload that the first request of a worker has room for. */
#define PUFFSMSG__SERVER_ROOM 512u
/* Requests up to this size are used again by their worker. */
#define PUFFSMSG__SERVER_RETAIN     16384u
#define PUFFSMSG__SERVER_MAXWORKERS 1024u
/* What fits a thread's name. */
#define PUFFSMSG__SERVER_NAMELEN 16u

/*
 * A request.
 *
 *	              handler returns LATER
 *	IN_HANDLER ---------------------------> KEPT
 *	     |                                   |
 *	     | reply from another thread         | reply
 *	     v                                   v
 *	 ANSWERED: the worker frees it       ANSWERED: the answerer frees it
 *
 * Whoever finds the other's mark when it sets its own (one atomic exchange)
 * comes last, and frees.
 */
enum {
	PUFFSMSG__SRVREQ_IN_HANDLER = 0,
	PUFFSMSG__SRVREQ_KEPT = 1,
	PUFFSMSG__SRVREQ_ANSWERED = 2,
};

struct puffsmsg__srvreq {
	struct puffsmsg_request rq_public; /* r: what the handler sees */
	uint32_t rq_state;                 /* a: PUFFSMSG__SRVREQ_* */
	uint16_t rq_opclass;               /* r: as the message came */
	uint16_t rq_optype;                /* r: */
	uint64_t rq_id;                    /* r: */
	size_t rq_room;                    /* r: */
	size_t rq_capacity;                /* r: bytes at rq_frame */
	puffsmsg_u64 rq_frame[];           /* r: */
};

/*
 * A worker's place.  Its thread may change: a thread that ends in its handler
 * starts the next one, which joins it when it ends itself.
 */
struct puffsmsg__worker {
	struct puffsmsg_server *w_server; /* (: */
	uint32_t w_index;                 /* (: */
	uint32_t w_handled;               /* a: since it was last added up */
	struct lwp *w_lwp;                /* l: the thread; NULL: none */
	struct lwp *w_ended;              /* l: the last thread, to be joined */
	struct lwp *w_before;             /* w: ended before, to be joined */
	struct puffsmsg__srvreq *w_request; /* w: NULL: given away */
	bool w_serving;                     /* w: the handler has w_request */
};

struct puffsmsg_server {
	struct puffs_mount *sv_mount;           /* (: referenced */
	puffsmsg_handler_fn sv_handler;         /* (: */
	void *sv_arg;                           /* (: */
	char sv_name[PUFFSMSG__SERVER_NAMELEN]; /* (: */
	uint32_t sv_nworkers;                   /* (: places in sv_worker */
	size_t sv_maxmsg;                       /* (: the mount's, bytes */

	uint32_t sv_stop; /* a: set once, looked at by who waits for messages */

	kmutex_t sv_lock;
	kcondvar_t sv_cv;     /* one of the fields marked c has changed */
	bool sv_open;         /* l, c: workers may begin */
	uint32_t sv_workers;  /* l: places that take messages */
	uint32_t sv_running;  /* l, c: places with a thread */
	uint32_t sv_joining;  /* l, c: threads being joined */
	uint32_t sv_kept;     /* l, c: requests KEPT */
	uint64_t sv_handled;  /* l: added up from the workers */
	uint64_t sv_replaced; /* l: threads that ended in their handler */

	struct puffsmsg__worker sv_worker[]; /* (: sv_nworkers */
};

/* server_options.c */
int puffsmsg__server_options(const struct puffsmsg_server_options *given,
    struct puffsmsg_server_options *options);

/* worker.c */
/*
 * Starts a thread for a place that is counted as running.  May block, and
 * fail for want of a thread or of memory.
 */
int puffsmsg__worker_start(struct puffsmsg__worker *w);
/* Counts one more message; by the worker itself. */
void puffsmsg__worker_count(struct puffsmsg__worker *w);

/* request.c */
void puffsmsg__srvreq_free(struct puffsmsg__srvreq *rq);
/*
 * Makes room for a frame of `len' bytes in *rqp (NULL: none yet), which is
 * exchanged for another one if it does not fit; the content is lost then.
 * Waits for memory.
 */
void puffsmsg__srvreq_room(struct puffsmsg__srvreq **rqp, size_t len);
/*
 * Readies *rqp, which holds a message of `len' bytes, for the handler: with
 * room for the longest reply, or none but `len' if that is more than `maxmsg'
 * and there is no memory.  May exchange *rqp.  Waits for memory.
 */
void puffsmsg__srvreq_ready(struct puffsmsg__srvreq **rqp, size_t len,
    size_t maxmsg);
/*
 * Waits for the next message and readies it in *rqp.  The errors of
 * puffsmsg__read_until, but for EMSGSIZE.
 */
int puffsmsg__srvreq_take(struct puffsmsg_server *sv,
    struct puffsmsg__srvreq **rqp);
/* Sends the answer, if one is wanted; frees nothing. */
int puffsmsg__srvreq_answer(struct puffsmsg_server *sv,
    struct puffsmsg__srvreq *rq, int rv);
/*
 * The handler has returned LATER.  The request is not the worker's any more.
 */
void puffsmsg__srvreq_keep(struct puffsmsg_server *sv,
    struct puffsmsg__srvreq *rq);

#endif /* PUFFSMSG_SERVER_PRIVATE_H */
