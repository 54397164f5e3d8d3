/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_MOUNT_H
#define PUFFSMSG_MOUNT_H

/*
 * A mount: one connection between callers and one file server.
 *
 *	create           start           unmount, close, server loss
 *	------> MOUNTING -----> RUNNING -----------> DYING -----> destroy
 *
 * Only a RUNNING mount takes messages.  Unmount and close tear a mount down
 * and never free it; destroy frees it.  A process may have any number.
 */

#include <stddef.h>
#include <stdint.h>

#include <puffsmsg/msg.h>
#include <puffsmsg/proto.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define PUFFSTAT_BEFOREINIT 0
#define PUFFSTAT_MOUNTING   1
#define PUFFSTAT_RUNNING    2
#define PUFFSTAT_DYING      3

/* Kinds of nodes that requests of the server are checked against. */
enum puffsmsg_nodetype {
	PUFFSMSG_NODE_OTHER = 0,
	PUFFSMSG_NODE_REG = 1,
	PUFFSMSG_NODE_DIR = 2,
};

/* What the host says of a node that it looked up. */
struct puffsmsg_nodeinfo {
	struct puffs_node *node; /* referenced, until noderelease */
	enum puffsmsg_nodetype type;
	uint64_t fsize; /* size of a regular file in bytes */
};

/* putpages: what to do with the pages of the range. */
#define PUFFSMSG_PGO_CLEANIT 0x1 /* write dirty pages back */
#define PUFFSMSG_PGO_FREE    0x2 /* forget them */

/*
 * What caches and nodes are is the business of the program that embeds the
 * library: it supplies these callbacks, each of which may be NULL (the
 * server's request is then answered with EOPNOTSUPP, unmount excepted).  They
 * run on the mount's sop thread (unmount: on a thread that was it), one at a
 * time, with no lock of the library held; they may block and may send
 * messages to the same mount.  They return 0 or an errno.
 *
 * cookie2node:  looks `cookie' up and takes a reference; ENOENT if there is
 *               no such node.  noderelease: gives the reference back.
 * purgeall, purgedir: forget the name cache, of all or of a directory's
 *               children.
 * putpages:     the pages from `start' to `end' (bytes, whole pages; `end' 0
 *               means to the end), as PUFFSMSG_PGO_* says.
 * unmount:      the server asked to be unmounted: unmount `mount' by force,
 *               usually after detaching it from the program's own name
 *               space, with puffsmsg_mount_unmount.  NULL: the library does.
 */
struct puffsmsg_fsops {
	size_t size;
	int (*cookie2node)(void *arg, uint64_t cookie,
	    struct puffsmsg_nodeinfo *info);
	void (*noderelease)(void *arg, struct puffs_node *node);
	int (*purgeall)(void *arg);
	int (*purgedir)(void *arg, struct puffs_node *dir);
	int (*putpages)(void *arg, struct puffs_node *node, int64_t start,
	    int64_t end, int flags);
	int (*unmount)(void *arg, struct puffs_mount *mount);
};

/*
 * Translation of messages to another layout of the same protocol.
 *
 * out:  `msg' of `len' bytes is about to be sent.  To send another message in
 *       its place, set *newmsg to memory of *newlen bytes (at least a header,
 *       at most 2^31 - 1) obtained with puffsmsg_translate_alloc; leaving
 *       *newmsg NULL sends the message as it is.  copylen and maxlen shift
 *       by newlen - len.  With `cansleep' 0 it must not sleep.
 * in:   a translated message completes: `reply' of `replylen' bytes is what
 *       the server sent (or the request itself, unanswered, when it was not
 *       accepted or no reply came: then `replylen' is 0); bring it back into
 *       `orig', `origlen' bytes, the caller's message.  Of the header only
 *       preq_rv and preq_setbacks reach the caller, and the library copies
 *       them.  Not called for messages that their callers gave up.
 *
 * Both return 0 or an errno: of out, wait returns it; of in, EPROTO is the
 * message's outcome.  They run without locks, in any thread that enqueues or
 * completes; must not touch the park.  `in' runs inside dispatch, too, and so
 * must not block.
 */
struct puffsmsg_translation {
	size_t size;
	int (*out)(void *arg, const struct puffs_req *msg, size_t len,
	    struct puffs_req **newmsg, size_t *newlen, int cansleep);
	int (*in)(void *arg, const struct puffs_req *reply, size_t replylen,
	    struct puffs_req *orig, size_t origlen);
};
/* Zeroed memory for `out'; NULL only without `cansleep'.  The library's to
 * free once `out' has returned it with success. */
struct puffs_req *puffsmsg_translate_alloc(size_t len, int cansleep);
/* Frees what `out' allocated and does not return. */
void puffsmsg_translate_free(struct puffs_req *msg, size_t len);

/* Mount options, flags: no notice to the server for refused replies. */
#define PUFFSMSG_MOUNT_NONOTICE 0x1u

/*
 * Options of a mount.  Set `size' (PUFFSMSG_MOUNT_OPTIONS_INIT does); a zero
 * member means its default.  Everything pointed to must stay valid until the
 * mount is destroyed; `name' is copied.
 */
struct puffsmsg_mount_options {
	size_t size;
	const char *name;      /* for dumps and thread names; "puffs" */
	uint32_t flags;        /* PUFFSMSG_MOUNT_* */
	uint32_t grace_ms;     /* how long a forced unmount waits for the
				* server's answer: 5000 */
	size_t maxmsg;         /* longest message in bytes: 131072, at least
				* 8192 */
	uint32_t maxanswers;   /* answers and notices queued to the server:
				* 1024 */
	uint32_t maxsopreqs;   /* requests of the server in progress: 1024 */
	uint32_t maxabandoned; /* requests whose callers gave up and that the
				* server has not answered: 4096 */
	uint32_t pagesize;     /* ranges are widened to it; a power of two:
				* 4096 */
	size_t maxbytes;       /* bytes held for the three above: 16 MiB */
	const struct puffsmsg_fsops *fsops;
	void *fsarg; /* first argument of fsops */
	const struct puffsmsg_translation *translation;
	void *translation_arg;
	/*
	 * The server was lost: its end was closed, or its loop has no worker
	 * left.  Called before anything is done about it; then, whatever it
	 * does, the library calls puffs_userdead.  Runs without locks on the
	 * thread that noticed; must not block for the mount.
	 */
	void (*serverlost)(struct puffs_mount *mount, void *arg);
	void *serverlost_arg;
	/*
	 * The queue to the server went from empty to not empty, or the mount
	 * left RUNNING: for servers that poll.  Runs without locks on the
	 * thread that caused it; must not block or call the library.
	 */
	void (*notify)(void *arg);
	void *notify_arg;
};
#define PUFFSMSG_MOUNT_OPTIONS_INIT \
	{ \
		sizeof(struct puffsmsg_mount_options), 0, 0, 0, 0, 0, 0, 0, 0, \
		    0, 0, 0, 0, 0, 0, 0, 0, 0 \
	}

/*
 * Makes a mount in state MOUNTING and starts its sop thread.  `options' NULL:
 * the defaults.  EINVAL: an option is out of range.  ENOMEM, EAGAIN: no
 * memory or no thread.  On error *mount is NULL.  May wait for memory.
 */
int puffsmsg_mount_create(const struct puffsmsg_mount_options *options,
    struct puffs_mount **mount);

/* MOUNTING becomes RUNNING.  EBUSY: it was RUNNING; ENXIO: DYING. */
int puffsmsg_mount_start(struct puffs_mount *mount);

/* PUFFSTAT_*, as of some moment during the call. */
int puffsmsg_mount_state(struct puffs_mount *mount);

/*
 * Unmounts.  A RUNNING mount's server is asked with PUFFS_VFS_UNMOUNT, which
 * carries `flags'.  Without PUFFSMSG_MNT_FORCE the server may refuse (its
 * error is returned) and the wait is interruptible (EINTR): the mount stays
 * RUNNING.  With it, or if the mount is not RUNNING, or if it dies meanwhile,
 * the mount is torn down and the result is 0; a server that does not answer
 * is given the mount's grace time.  A second unmount waits for the first, and
 * starts over if that failed; a forced one waits no longer than the grace time,
 * and then the server that has not answered the first is lost.  Blocks.  Not
 * from callbacks of messages.
 *
 * A server loop is to be destroyed after the unmount, which it answers:
 * unmount, puffsmsg_server_destroy, destroy.
 */
#define PUFFSMSG_MNT_FORCE 0x00080000
int puffsmsg_mount_unmount(struct puffs_mount *mount, int flags);

/*
 * Frees the mount: unmounts by force if that has not been done, waits until
 * every reference is gone (messages accepted and not yet waited for or
 * released, frames in a server's hand, server loops, calls that wait), joins
 * the sop thread.  Exactly once, by a thread that knows that no new call on
 * the mount begins, and that those which do not wait (enqueue, setters,
 * dispatch, statistics) have returned.  Blocks, not interruptible.  Not from
 * callbacks of the library or from a server loop's worker.
 */
void puffsmsg_mount_destroy(struct puffs_mount *mount);

/*
 * What ends a mount may meet whatever else does, and the same once more, at any
 * time and on any threads: one of them tears the mount down, and all return.
 * Alone or with others, they return:
 *
 *	unmount             0         torn down, by whomever
 *	                    errno     the server refused, and the mount was
 *	                              RUNNING when this call found out
 *	                    EINTR     interrupted: this call has ended nothing
 *	unmount, forced     0         torn down, by whomever; after two grace
 *	                              times at most, one for an unmount that was
 *	                              in progress, one for its own question
 *	puffs_msgif_close   0         torn down, by whomever
 *	                    PUFFSMSG_ERESTART
 *	                              the server is lost, and an unmount (or
 *	                              another close) that was in progress has
 *	                              ended
 *	UNMOUNT dispatched  0         the server is answered: with 0, and then the
 *	                              mount is unmounted; with ENXIO, if that has
 *	                              been asked for or done already
 *	                    ENXIO     not RUNNING
 *	                    ENOBUFS   as for every request
 *	puffs_userdead                the mount is DYING, callers are freed; it is
 *	                              not torn down, and does not wait for who does
 *	destroy                       the mount is gone.  The last to begin, and
 *	                              once: others may be in progress
 *
 * A message that is in flight then ends as <puffsmsg/msg.h> says: with ENXIO,
 * unless something else claimed it before.
 */

/*
 * Asks for the expiry of a node at the time `at_ticks' (hardclock_ticks): the
 * sop thread then looks the cookie up with fsops, clears PNODE_SOPEXP in its
 * pn_stat and releases it; a node that is gone is no error.  Expiries run in
 * the order of their times.  ENXIO: the mount's sop thread is gone.
 * May wait for memory; from callbacks ENOMEM instead.
 */
int puffsmsg_expire(struct puffs_mount *mount, uint64_t cookie, int at_ticks);

/*
 * Statistics.  Gauges are values of one moment, counters only grow; all are
 * read under one hold of the mount's lock, so that
 *   accepted == replied + refused + delivery + dead + interrupted + timedout
 *               + cancelled + faf_done + faf_dead + in flight
 * where in flight = touser + inhand + replywait + claimed - orphans.
 */
struct puffsmsg_mount_stats {
	size_t size; /* set by the caller */
	/* gauges */
	uint64_t parks;      /* parks of this mount, in one of the states
			      * below */
	uint64_t bytes;      /* of their messages */
	uint64_t references; /* that destroy would wait for */
	uint64_t touser;     /* queued to the server */
	uint64_t inhand;     /* being read by the server */
	uint64_t replywait;  /* read and not yet answered */
	uint64_t claimed;    /* completing at this moment */
	uint64_t done;       /* completed, not yet waited for or released */
	uint64_t abandoned;  /* read or being read, callers gave up */
	uint64_t orphans;    /* of touser, inhand and claimed: sent without
			      * their interrupted callers */
	uint64_t sopreqs;    /* requests of the server in progress */
	uint64_t answers;    /* answers and notices: needed, queued or being
			      * read */
	uint64_t answer_bytes;
	/* counters: how messages were accepted and ended */
	uint64_t accepted;
	uint64_t rejected;    /* not accepted, for whatever reason */
	uint64_t replied;     /* by an acceptable reply */
	uint64_t refused;     /* EPROTO */
	uint64_t delivery;    /* by an error of releaseout */
	uint64_t dead;        /* ENXIO at the loss of the server */
	uint64_t interrupted; /* EINTR in wait */
	uint64_t timedout;    /* a forced unmount's question */
	uint64_t cancelled;
	uint64_t faf_done; /* fire and forget: read by the server, or not
			    * deliverable */
	uint64_t faf_dead; /* fire and forget: freed at the loss */
	/* counters: frames of the server */
	uint64_t frames;
	uint64_t malformed;
	uint64_t unknown;   /* replies that nobody waited for */
	uint64_t late;      /* replies to abandoned messages */
	uint64_t forgotten; /* abandoned messages beyond the bound */
	uint64_t notices;   /* sent for refused replies */
	uint64_t overlimit; /* answered with ENOBUFS */
	uint64_t lost;      /* answers that were dropped */
};

/*
 * Fills *stats up to the size that the caller set; a larger struct of a newer
 * program has its rest zeroed.  EINVAL: size is 0.  Does not block.
 */
int puffsmsg_mount_stats(struct puffs_mount *mount,
    struct puffsmsg_mount_stats *stats);

/*
 * Of all mounts: parks that exist, the bytes of their messages, and mounts.
 * For accounts at the end of a program, or of a test: zeroes while the library
 * does not run.  Not beside init and the last destroy.
 */
struct puffsmsg_stats {
	size_t size;
	uint64_t parks;
	uint64_t bytes;
	uint64_t mounts;
};
int puffsmsg_stats(struct puffsmsg_stats *stats);

/*
 * Describes the mount and every message of it, one line each (age, class,
 * type, id, state, owner), through emit(arg, line) with no lock held; `line'
 * is valid during the call.  Takes memory; ENOMEM.  Does not block.
 */
int puffsmsg_mount_dump(struct puffs_mount *mount,
    void (*emit)(void *arg, const char *line), void *arg);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_MOUNT_H */
