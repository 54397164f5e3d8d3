/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_SERVER_H
#define PUFFSMSG_SERVER_H

/*
 * A server loop: a handler and N worker threads that are the file server of a
 * mount in the same process.
 *
 * Each worker takes a message, copies it into a request of its own (so that
 * what the handler reads cannot change under it), and calls the handler.
 * The reply is made in the request's own memory, as NetBSD's servers do.
 *
 * A mount may have several loops, and other servers beside them: each message
 * goes to one.  Behaviour: the library's own; puffs_mainloop(3) is its model.
 */

#include <stddef.h>
#include <stdint.h>

#include <puffsmsg/proto.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct puffs_mount;
struct puffsmsg_server;

/*
 * A request in the server's care, from the handler's call until it is
 * answered.  `req' is the message, `len' bytes of it were sent; `room' bytes
 * (at least len) may be written, and up to preq_buflen of them sent back.
 * What lies beyond `len' is zeroed.  Of the header preq_setbacks is the
 * handler's to set; what the reply is matched by (id, class, type, length) and
 * preq_rv are put in by the loop, whatever the handler has left there.
 */
struct puffsmsg_request {
	struct puffs_req *req;
	size_t len;
	size_t room;
	/*
	 * Bytes to send back; the handler may change it (sizeof(struct
	 * puffs_req) to preq_buflen; else the caller gets EPROTO).  Starts as
	 * preq_buflen.
	 */
	size_t replylen;
};

/* The handler keeps the request and answers it later. */
#define PUFFSMSG_SERVER_LATER (-1)

/*
 * Called by a worker for each message.  Returns what becomes preq_rv of the
 * reply: 0 or an errno; or PUFFSMSG_SERVER_LATER, and then
 * puffsmsg_server_reply must be called once for `request', from any thread,
 * also before the handler returns.  For fire-and-forget messages and
 * responses the result is ignored (LATER still asks for a
 * puffsmsg_server_reply, which then only frees the request).
 * Runs without locks, at the same time on all workers; may block, may send
 * messages to other mounts (to its own only if other workers can answer), may
 * ask the loop to stop.  Not puffsmsg_lwp_detach.
 *
 * A handler that ends its thread (kthread_exit, pthread_exit, cancellation)
 * leaves its request to the loop, which answers it with EIO, unless it was
 * answered, and puts a new worker in the place of the old one; nobody else may
 * answer it after that.  If no thread can be made the other workers go on with
 * one less (puffsmsg_server_stats); if there are none the server is lost, as
 * if it had closed its end: callers get ENXIO, and do not wait for nobody.
 */
typedef int (*puffsmsg_handler_fn)(void *arg, struct puffsmsg_request *request);

/* Options; a zero member means its default. */
struct puffsmsg_server_options {
	size_t size;
	const char *name;  /* of the worker threads, copied, 15 bytes of it:
			      * "puffs-server"; a number is added */
	uint32_t nworkers; /* 1 to 1024: 1 */
	uint32_t flags;    /* 0 */
};
#define PUFFSMSG_SERVER_OPTIONS_INIT \
	{ \
		sizeof(struct puffsmsg_server_options), 0, 0, 0 \
	}

/*
 * Starts a loop on `mount', which it keeps a reference to until it is
 * destroyed.  `options' NULL: the defaults.
 * EINVAL: options, or no handler.  ENXIO: the mount is not RUNNING.  ENOMEM,
 * EAGAIN: no memory or threads; nothing is left running, and no message was
 * taken.  On error *server is NULL.
 * May wait for memory.  Any thread; not from callbacks of messages.
 */
int puffsmsg_server_start(struct puffs_mount *mount,
    puffsmsg_handler_fn handler, void *arg,
    const struct puffsmsg_server_options *options,
    struct puffsmsg_server **server);

/*
 * Answers a request that the handler kept: `rv' is 0 or an errno.  The request
 * is gone afterwards.  Also after the loop was stopped or the mount has died
 * (the answer then goes nowhere), but before puffsmsg_server_destroy.
 * Any thread.  Does not block; completion callbacks of callers may run.
 * Returns what puffsmsg_dispatch (<puffsmsg/putter.h>) says of the reply (0 for
 * messages that want none).
 */
int puffsmsg_server_reply(struct puffsmsg_server *server,
    struct puffsmsg_request *request, int rv);

/*
 * Stops the loop: no worker takes another message.  Returns 0 when every
 * worker has returned from its handler and its thread has ended.  The mount is
 * not told: messages stay queued, and another loop may take them.  Idempotent,
 * from any thread, any number at a time.  From a handler of the same loop it
 * only asks the loop to stop, and returns EDEADLK.  Blocks, not interruptible.
 * Not from callbacks of messages.
 * The workers also end by themselves when the mount is no longer RUNNING.
 */
int puffsmsg_server_stop(struct puffsmsg_server *server);

/*
 * Waits until every worker has ended, whatever makes them: a stop, the end of
 * the mount.  EDEADLK, from where and at the same time: as for stop.
 */
int puffsmsg_server_wait(struct puffsmsg_server *server);

/*
 * Stops the loop, waits until requests that handlers kept are answered, and
 * frees it.  Once, not from a worker (misuse), at the same time only as
 * puffsmsg_server_reply.  Blocks, not interruptible.  Must be done before
 * puffsmsg_mount_destroy can return.  Not from callbacks of messages.
 */
void puffsmsg_server_destroy(struct puffsmsg_server *server);

struct puffsmsg_server_stats {
	size_t size;       /* set by the caller */
	uint32_t workers;  /* that take messages, or have one */
	uint32_t kept;     /* requests: LATER was returned, not answered yet */
	uint64_t handled;  /* messages that were given to the handler */
	uint64_t replaced; /* workers that ended in their handler */
};
/*
 * Fills *stats up to the size that the caller set; a larger struct of a newer
 * program has its rest zeroed.  EINVAL: size is 0.  Any thread, also in
 * handlers and callbacks; does not block.
 */
int puffsmsg_server_stats(struct puffsmsg_server *server,
    struct puffsmsg_server_stats *stats);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_SERVER_H */
