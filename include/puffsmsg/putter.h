/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_PUTTER_H
#define PUFFSMSG_PUTTER_H

/*
 * The file server's side of a mount: what a transport, or a server in the
 * same process, calls to take messages and to hand in frames.  The five
 * puffs_msgif_* calls are the operations of NetBSD's putter(9) device; their
 * `ctx' is the mount.
 *
 *	while ((error = puffsmsg_getout(m, max, 0, &data, &len, &hand)) == 0) {
 *		... read len bytes at data ...
 *		puffs_msgif_releaseout(m, hand, 0);
 *	}
 *	... later, from any thread: puffsmsg_dispatch(m, frame, framelen);
 *
 * All calls may run at the same time as each other and as all of
 * <puffsmsg/msg.h>, from any number of threads on the same mount.
 */

#include <stddef.h>
#include <stdint.h>

#include <puffsmsg/proto.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

struct puffs_mount;

/*
 * Takes the oldest message off the mount's queue.  *data is the frame, *len
 * its length in bytes; both stay valid, to be read only, until `cookie' is
 * given to releaseout, which must be done once for every success.  If the
 * message ends meanwhile (its caller gives up, the server is lost, a reply
 * comes in), what is read there is unspecified, but always inside the frame;
 * see puffsmsg_read.
 * ENXIO: the mount is not RUNNING (any more).  EWOULDBLOCK: nothing queued
 * and `nonblock'.  EINTR: an unblocked signal is pending while there is
 * nothing to take.  EMSGSIZE (puffsmsg_getout alone): the oldest message is
 * longer than `maxsize' bytes; *len says how long, it stays queued.
 * puffs_msgif_getout ignores `maxsize', as in NetBSD, where putter reads a
 * message in parts.
 * Blocks unless `nonblock'; then interruptible and a cancellation point; not
 * from callbacks.
 */
int puffs_msgif_getout(void *ctx, size_t maxsize, int nonblock, uint8_t **data,
    size_t *len, void **cookie);
int puffsmsg_getout(struct puffs_mount *mount, size_t maxsize, int nonblock,
    uint8_t **data, size_t *len, void **cookie);

/*
 * The server has the bytes (`status' 0), or it does not: `status' is an
 * errno, with which the message completes unless it has completed already.
 * Does not block.  May run completion callbacks (status not 0).
 */
void puffs_msgif_releaseout(void *ctx, void *cookie, int status);

/*
 * Getout and releaseout in one: copies the oldest message, of *len bytes, to
 * `buf', which has room for `size' and any alignment.  Simpler, and the right
 * choice where the reader must not see a message change under it: here a
 * caller that gives up, and a loss of the server, wait for the copy.  A reply
 * to the message is honoured once the call has returned.
 * Errors and blocking as for puffsmsg_getout (EMSGSIZE for `size').  Completion
 * callbacks may run on the calling thread, if the server is lost meanwhile.
 */
int puffsmsg_read(struct puffs_mount *mount, void *buf, size_t size,
    int nonblock, size_t *len);

/* Number of messages queued to the server. */
size_t puffs_msgif_waitcount(void *ctx);

/*
 * A frame from the server.  puffsmsg_dispatch: `received' is the number of
 * bytes that really are at `frame', which is the caller's and is not kept;
 * the server must not be able to change it during the call; any alignment, but
 * 8 bytes if the mount has a translation hook.
 * Says what became of it:
 *   0        taken: a reply that completed its message or that nobody waits
 *            for any more, a request that was queued or answered
 *   ENXIO    the mount is not RUNNING; nothing was done
 *   EBADMSG  shorter than a frame header's length field, or the length in the
 *            frame is not `received': a stream cannot go on after this
 *   EPROTO   not acceptable: its caller got EPROTO and the server a notice,
 *            or it was answered with EINVAL or EOPNOTSUPP
 *   ENOENT   a reply to, or a response with, an id that nobody waits for
 *   ENOBUFS  the server has filled its bound (struct
 *            puffsmsg_mount_options); answered with ENOBUFS while there is
 *            room for that.  Also if there is no memory for the first call of
 *            a thread: then nothing was done, and it may be tried again.
 * puffs_msgif_dispatch is for trusted callers in the same process, who vouch
 * for pth_framelen; it returns 0 always, as in NetBSD.
 * Neither blocks nor waits for memory.  Completion callbacks may run on the
 * calling thread before it returns.
 */
int puffs_msgif_dispatch(void *ctx, struct putter_hdr *frame);
int puffsmsg_dispatch(struct puffs_mount *mount, const void *frame,
    size_t received);

/*
 * The server's end is gone.  Callers are freed first (all get ENXIO); if an
 * unmount is in progress waits for its end and returns PUFFSMSG_ERESTART, and
 * is to be called again; else tears the mount down and returns 0.  On a mount
 * that is torn down: 0.  Blocks, not interruptible.  Not from callbacks.
 */
int puffs_msgif_close(void *ctx);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_PUTTER_H */
