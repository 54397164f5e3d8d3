/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_MSG_H
#define PUFFSMSG_MSG_H

/*
 * The caller's side: messages to a file server, and their answers.
 *
 * The calls, their names and meanings are those of NetBSD's puffs message
 * interface (sys/fs/puffs); docs/divergences.md lists what differs.
 *
 *	puffs_msgmem_alloc(len, &park, &mem, 1);   mem is zeroed
 *	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_GETATTR, cookie);
 *	... fill mem after its struct puffs_req ...
 *	puffs_msg_enqueue(mount, park);
 *	error = puffs_msg_wait(mount, park);       mem holds the answer
 *	puffs_msgmem_release(park);
 *
 * A park is one request in flight and the memory of its message.  It belongs
 * to who allocated it until released; one thread at a time may use it in
 * these calls, with the exceptions at the end of this header.
 *
 * What is promised about completion:
 *  (a) A message that was accepted completes exactly once: with the file
 *      server's reply (its preq_rv), a delivery error, EPROTO for a reply
 *      that is not acceptable, ENXIO when the server is lost, EINTR when the
 *      waiter is interrupted, or never for a waiter that was cancelled.
 *      Whoever claims it first under the mount's lock decides; what comes
 *      later has no effect.
 *  (b) A message that was not accepted is never seen by the server; wait
 *      returns why, without blocking, and a callback does not run.
 *  (c) When wait has returned, nobody writes into the message any more.
 *  (d) Callbacks and hooks run with no lock of the library held.
 *  (e) Of a reply only preq_rv, preq_setbacks and the payload reach the
 *      message.  Payload beyond what was received keeps what it held.
 *  (f) Messages of one thread reach the server in the order of enqueue.
 */

#include <stddef.h>
#include <stdint.h>

#include <puffsmsg/proto.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct puffs_mount;
struct puffs_msgpark;

/*
 * What the library knows of a file system's node: marks for setbacks and
 * expiry.  Embed it in your own.  pn_stat is changed with atomic or / and;
 * read and clear it with atomics too if other threads may be about.
 */
struct puffs_node {
	uint32_t pn_stat;
};
#define PNODE_NOREFS  0x01u /* server: no references left in it */
#define PNODE_DOINACT 0x04u /* server: wants INACTIVE at last close */
#define PNODE_SOPEXP  0x40u /* an expiry is queued; cleared when it ran */

/* Completion callback; see puffs_msg_setcall. */
typedef void (
    *parkdone_fn)(struct puffs_mount *mount, struct puffs_req *req, void *arg);

/*
 * Starts the library on the default host (or joins one that is started), and
 * undoes one start.  puffs_msgif_init panics where puffsmsg_init would fail.
 * puffs_msgif_destroy: the last one needs every park released and every mount
 * destroyed, else it panics; no other thread may be inside the library.
 * May block.  Not from callbacks.
 */
void puffs_msgif_init(void);
void puffs_msgif_destroy(void);

/*
 * A park with `len' bytes of zeroed message, which begins with struct
 * puffs_req.  Both copylen (bytes sent) and maxlen (bytes that a reply may
 * have) start as `len'.  *park is the caller's until released; *mem belongs
 * to the park and is aligned to 8 bytes.
 * EINVAL: len below sizeof(struct puffs_req).  EMSGSIZE: above 2^31 - 1.
 * ENOMEM: no memory, only with `cansleep' 0.  On error both are NULL.
 * With `cansleep' it waits for memory and does not fail (a cancellation
 * point while it waits, but for callbacks; not interruptible).
 */
int puffs_msgmem_alloc(size_t len, struct puffs_msgpark **park, void **mem,
    int cansleep);

/*
 * Gives back the caller's reference; the message's memory is gone for the
 * caller.  NULL is allowed.  Also while the message is in flight (fire and
 * forget, callbacks) or abandoned.  Does not block.  Releasing twice is
 * misuse, found where the park has not been allocated again meanwhile.
 */
void puffs_msgmem_release(struct puffs_msgpark *park);

/*
 * Settings; they persist when the park is enqueued again.  Only while the
 * park is not in flight.  None blocks or fails; wrong use is a panic.
 *
 * setfaf: fire and forget: no reply is wanted, wait returns 0 at once.  Not
 *   together with setcall.
 * setdelta: sends maxlen - delta bytes; the rest is room for the reply.  At
 *   least sizeof(struct puffs_req) must be left.
 * setinfo: the message's class (masked to its 3 bits), type and cookie.
 * setcall: asynchronous: fn(mount, req, arg) runs exactly once when the
 *   accepted message completes, on the thread that completed it, with the
 *   park's own message.  It may allocate, use set*, enqueue
 *   (its own park too), release (its own park too), sendresp, statistics and
 *   dump.  To wait on an unfinished park, or to call a blocking getout,
 *   unmount, close or destroy from it is misuse.  It must return: its thread
 *   may not end or be cancelled in it.
 */
void puffs_msg_setfaf(struct puffs_msgpark *park);
void puffs_msg_setdelta(struct puffs_msgpark *park, size_t delta);
void puffs_msg_setinfo(struct puffs_msgpark *park, int opclass, int type,
    puffs_cookie_t cookie);
void puffs_msg_setcall(struct puffs_msgpark *park, parkdone_fn fn, void *arg);
/* As setinfo, for cookies wider than a pointer (32-bit programs). */
void puffsmsg_msg_setcookie(struct puffs_msgpark *park, uint64_t cookie);

/*
 * Sends the message, if it is accepted; if not, wait says why:
 *   EMSGSIZE  longer than the mount's maximum
 *   EINTR     an interrupting signal is pending (<puffsmsg/lwp.h>), the
 *             message wants a reply and has no callback.  INACTIVE and
 *             RECLAIM of class VN are sent all the same, as copies that
 *             want no reply.  The park may be enqueued again.
 *   ENXIO     the mount is not RUNNING
 *   other     what the mount's translation hook returned; ENOMEM without
 *             memory where it must not sleep
 * Does not block for the server; may wait for memory on ordinary threads
 * (mounts with a translation hook, parks still in a server's hand), never in
 * callbacks.  Enqueue of a park that is in flight or abandoned is misuse.
 * The caller must not touch the message until it has completed.
 */
void puffs_msg_enqueue(struct puffs_mount *mount, struct puffs_msgpark *park);

/*
 * Waits for the message's completion and returns its outcome: 0 or the reply's
 * preq_rv, or an error of the list above, or
 *   EPROTO    the server's reply was not acceptable
 *   ENXIO     the server is lost
 *   EINTR     interrupted; the message is abandoned: its memory may be read,
 *             written and released, the park not enqueued again
 * For fire-and-forget and callback parks returns 0 (or why the message was
 * not accepted) at once.  After a reply the received length is in
 * preq_pth.pth_framelen.
 * Blocks, interruptible, a cancellation point (the message is abandoned, the
 * park stays the caller's to release).  One waiter per park, at the mount that
 * it was sent to.  Not from callbacks on an unfinished park.
 */
int puffs_msg_wait(struct puffs_mount *mount, struct puffs_msgpark *park);

/*
 * As puffs_msg_wait; if this park waited and a reply was received, its
 * setbacks are or-ed into pn_stat of `n1' and `n2' (NULL: skipped).
 */
int puffs_msg_wait2(struct puffs_mount *mount, struct puffs_msgpark *park,
    struct puffs_node *n1, struct puffs_node *n2);

/*
 * Answers a request that the server made: sends a header with the request's
 * id, class, type and cookie, ISRESPONSE set, and `rv'.  If the request's
 * pth_framelen says that less than a header was received, what lies beyond
 * is not read and sent as zeroes (below 8 it is taken as not set).  `req' is
 * only read.  May wait for memory, except in callbacks, where the answer may be
 * lost for want of it (counted).
 */
void puffs_msg_sendresp(struct puffs_mount *mount, struct puffs_req *req,
    int rv);

/*
 * The file server is lost: the mount becomes DYING, every message of callers
 * completes with ENXIO wherever it is, fire-and-forget messages are freed,
 * and blocked servers return ENXIO.  Callbacks run on the calling thread; a
 * message that a puffsmsg_read is copying ends when that is done, on its
 * thread.  Waiters are freed before the first callback runs.  Idempotent.
 * Does not block but for the mount's locks.
 */
void puffs_userdead(struct puffs_mount *mount);

/*
 * Entry of the thread that serves a mount's flush, unmount and expiry
 * requests; puffsmsg_mount_create starts it.  To call it otherwise is misuse.
 */
void puffs_sop_thread(void *mount);

/*
 * What may run at the same time ("-": nothing else of the row; it is misuse):
 *
 *	same park          set*   enqueue  wait   release  server's side, death
 *	set*                -       -       -       -        - (not in flight)
 *	enqueue             -       -       -       -        yes
 *	wait                -       -       -       -        yes
 *	release             -       -       -       -        yes
 *
 *	same mount: all calls on different parks, the server's side
 *	(<puffsmsg/putter.h>), userdead, sendresp, statistics and dump, unmount
 *	and close, from any number of threads.  puffsmsg_mount_destroy: see
 *	<puffsmsg/mount.h>.
 */

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_MSG_H */
