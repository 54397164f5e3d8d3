/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_MSGIF_PRIVATE_H
#define PUFFSMSG_MSGIF_PRIVATE_H

/*
 * The message layer's inside: parks, mounts, and who may touch what when.
 *
 * Locks, in their order:
 *
 *	mount (pmp_lock)  ->  nothing of the message layer
 *	sop   (sop_lock)  ->  nothing (a leaf; never held with pmp_lock)
 *
 * Parks have no lock: their shared fields belong to the lock of the mount
 * they are bound to.  Callbacks, hooks, copies of payload and waiting for
 * memory happen with no lock held, and so do the wakeups of every message: of
 * its reader and of its waiter.
 *
 * Field keys:
 *	(:  stable while anybody can look at it
 *	o:  the park's owner, the one thread that may use it in the caller's
 *	    calls; nobody else looks
 *	m:  pmp_lock of the mount the park is bound to
 *	a:  atomic; see the field's comment for who writes
 *	c:  who claimed the park, from the claim until it is ended
 *	s:  sop_lock
 *
 * The states of a park are drawn in park_private.h.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/condvar.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/queue.h>

#include <puffsmsg/mount.h>
#include <puffsmsg/msg.h>
#include <puffsmsg/proto.h>
#include <puffsmsg/putter.h>

#include "kern/sleepq.h"
#include "msgif/park_private.h"

/* Ids to parks at constant cost; see idtable.c. */
#define IDTABLE_DIRS 64u
struct puffsmsg__idtable {
	struct puffsmsg__iddir *it_dirs[IDTABLE_DIRS]; /* m: */
	uint32_t it_buckets;                           /* m: in use */
	uint32_t it_round; /* m: power of two, at most it_buckets */
	uint32_t it_count; /* m: parks in it */
};

/* A request of the server, or an expiry, for the sop thread. */
enum puffsmsg__sopkind {
	SOP_FLUSH,
	SOP_UNMOUNT,
	SOP_EXPIRE
};
struct puffsmsg__sopreq {
	enum puffsmsg__sopkind sr_kind; /* (: */
	int sr_at;                      /* (: EXPIRE: when, in ticks */
	struct puffs_flush sr_flush;    /* (: FLUSH all, UNMOUNT only pf_req,
					 * EXPIRE only pf_cookie64 */
	TAILQ_ENTRY(puffsmsg__sopreq) sr_entries; /* s: */
};
TAILQ_HEAD(puffsmsg__soplist, puffsmsg__sopreq);

/* States of the sop thread. */
enum puffsmsg__sopstate {
	SOPST_NONE = 0, /* not started, or ended: requests get ENXIO */
	SOPST_RUNNING,  /* takes requests */
	SOPST_LEAVING,  /* told to go: what is queued gets ENXIO */
};
struct puffsmsg__sop {
	kmutex_t sop_lock;
	kcondvar_t sop_cv;                 /* s: work, or told to go */
	enum puffsmsg__sopstate sop_state; /* s: */
	bool sop_exit;                     /* s: told for good */
	bool sop_unclaimed;                /* s: made, and not yet running */
	bool sop_expirylast;               /* s: whose turn it is */
	struct puffsmsg__soplist sop_fast; /* s: flush, unmount, in order */
	struct puffsmsg__soplist sop_expiries; /* s: by time */
	struct lwp *sop_self; /* s: the thread, while it runs */
	struct lwp *sop_join; /* (: the same, for destroy */
};

struct puffs_mount {
	kmutex_t pmp_lock;
	kcondvar_t pmp_cv;   /* m: an unmount ended, a reference went, the last
			     * word was read */
	int pmp_status;      /* m: PUFFSTAT_* */
	uint32_t pmp_refs;   /* m: what destroy waits for */
	bool pmp_destroying; /* m: */
	bool pmp_unmounting; /* m: one thread is at it */
	bool pmp_torndown;   /* m: done, for good */
	bool pmp_serverlost; /* m: the policy has been told */
	uint32_t pmp_lastwords; /* m: answers to UNMOUNT, not yet read */
	uint64_t pmp_nextid;    /* m: next id, from 1 */

	struct puffsmsg__parklist pmp_list[LIST_KINDS]; /* m: */
	uint32_t pmp_count[LIST_KINDS];                 /* m: */
	uint32_t pmp_claimed; /* m: of LIST_ENDED, those not yet DONE */
	uint32_t pmp_orphans; /* m: FAF since their callers left, in flight */
	uint64_t pmp_bytes;   /* m: of them all */
	struct puffsmsg__idtable pmp_ids;    /* m: INHAND and
							 * REPLYWAIT */
	struct puffsmsg__sleepq pmp_readers; /* m: blocked getouts */

	/* What a server makes us hold, against its bounds. */
	uint32_t pmp_answers;        /* m: answers queued or being made */
	uint32_t pmp_sopreqs;        /* m: requests in progress */
	uint64_t pmp_answerbytes;    /* m: of answers */
	uint64_t pmp_abandonedbytes; /* m: of abandoned messages */

	uint64_t pmp_accepted; /* m: counters from here on */
	uint64_t pmp_rejected;
	uint64_t pmp_ended[END_KINDS];
	uint64_t pmp_frames;
	uint64_t pmp_malformed;
	uint64_t pmp_unknown;
	uint64_t pmp_late;
	uint64_t pmp_forgotten;
	uint64_t pmp_notices;
	uint64_t pmp_overlimit;
	uint64_t pmp_lost;

	struct puffsmsg__sop pmp_sop;
	struct puffsmsg_mount_options pmp_opt; /* (: defaults filled in */
	struct puffsmsg_fsops pmp_fsops;       /* (: NULL where missing */
	char pmp_name[32];                     /* (: */
};

/* park.c: parks and their references. */
void puffsmsg__parks_init(void);
void puffsmsg__parks_fini(void);
uint32_t puffsmsg__parks_live(void);
uint64_t puffsmsg__parks_bytes(void);
/* As puffs_msgmem_alloc, but never a cancellation point. */
int puffsmsg__park_alloc(size_t, struct puffs_msgpark **, void **mem,
    bool cansleep);
/* Panics if the park's creator has released it. */
void puffsmsg__park_owned(struct puffs_msgpark *, const char *call);
void puffsmsg__park_ref(struct puffs_msgpark *);
void puffsmsg__park_unref(struct puffs_msgpark *);
struct puffsmsg__hand *puffsmsg__hand_alloc(bool cansleep);
void puffsmsg__hand_free(struct puffsmsg__hand *);

/* parklist.c: the lists of a mount.  All under pmp_lock. */
void puffsmsg__list_insert(struct puffs_mount *, struct puffs_msgpark *,
    enum puffsmsg__list);
void puffsmsg__list_remove(struct puffs_mount *, struct puffs_msgpark *);
enum puffsmsg__list puffsmsg__list_for(uint32_t state, uint32_t flags);
enum puffsmsg__list puffsmsg__list_of(const struct puffs_msgpark *);

/* idtable.c: under pmp_lock, but for init and fini. */
int puffsmsg__idtable_init(struct puffsmsg__idtable *);
void puffsmsg__idtable_fini(struct puffsmsg__idtable *);
void puffsmsg__idtable_insert(struct puffsmsg__idtable *,
    struct puffs_msgpark *);
void puffsmsg__idtable_remove(struct puffsmsg__idtable *,
    struct puffs_msgpark *);
struct puffs_msgpark *puffsmsg__idtable_lookup(const struct puffsmsg__idtable *,
    uint64_t id);

/* enqueue.c */
/*
 * Hands a message to the mount's queue.  `flags' (PARKF_ANSWER,
 * PARKF_LASTWORD) and `cansleep' are for messages of the library's own.
 * Returns 0 if accepted, or why not (park_error has it too).
 */
int puffsmsg__enqueue(struct puffs_mount *, struct puffs_msgpark *,
    uint32_t flags, bool cansleep);
/* Whether the server must learn of it even if the caller is interrupted. */
bool puffsmsg__must_arrive(const struct puffs_msgpark *);

/* complete.c: how a message ends. */
/*
 * Takes a message that is in flight and not abandoned for completion: from
 * now on the caller alone decides its outcome, and must call puffsmsg__end
 * without the lock.  Under pmp_lock.
 */
void puffsmsg__claim(struct puffs_mount *, struct puffs_msgpark *);
/*
 * Ends a claimed message with `rv'.  `reply' of `len' bytes is what the
 * server sent, or NULL.  Consumes the message's reference and its mount
 * reference (FAF, callbacks) or leaves that to the waiter.  No lock held.
 * Returns how it ended: a translation may have refused the reply.
 */
enum puffsmsg__end puffsmsg__end(struct puffs_mount *, struct puffs_msgpark *,
    enum puffsmsg__end, int rv, const void *reply, size_t len);
/*
 * Drops an abandoned message from its list, as answered or forgotten, and its
 * reference; under pmp_lock.
 */
void puffsmsg__abandoned_drop(struct puffs_mount *, struct puffs_msgpark *);
/* The waiter's or the last owner's end of a message: under pmp_lock. */
void puffsmsg__collect(struct puffs_mount *, struct puffs_msgpark *);
/* Another state and more flags, and the list that goes with them; likewise. */
void puffsmsg__park_setstate(struct puffs_mount *, struct puffs_msgpark *,
    enum puffsmsg__parkstate, uint32_t addflags);

/* abandon.c */
/*
 * The caller gives up a message that is in flight and not claimed.  Under
 * pmp_lock.  `how' counts it.
 */
void puffsmsg__abandon(struct puffs_mount *, struct puffs_msgpark *,
    enum puffsmsg__end how);

/* wait.c */
#define WAIT_SIG    0x1u /* signals interrupt it */
#define WAIT_CANCEL 0x2u /* cancellation ends it */
#define WAIT_INTR   (WAIT_SIG | WAIT_CANCEL)
int puffsmsg__wait(struct puffs_mount *, struct puffs_msgpark *, unsigned how,
    uint64_t deadline);

/* take.c, read.c */
/*
 * A blocking puffsmsg_read for server loops: not interruptible, no cancellation
 * point; ECANCELED once *stop is not zero.  puffsmsg__take_kick makes all
 * blocked ones look at their stop words again.
 */
int puffsmsg__read_until(struct puffs_mount *, const uint32_t *stop, void *buf,
    size_t size, size_t *len);
void puffsmsg__take_kick(struct puffs_mount *);

/* answer.c: what the library itself tells the server.  No lock held. */
/*
 * Answers a request of the server with `rv', within the bound: ENOBUFS if the
 * server was told that instead, or nothing could be told, ENXIO if the mount
 * has died.  Does not sleep.
 */
int puffsmsg__answer(struct puffs_mount *, const struct puffs_req *hdr, int rv);
/*
 * Room for a request that the sop thread will answer: 0 or ENOBUFS.  Given
 * back by puffsmsg__answer_reserved, which may wait for memory; `flags' are 0
 * or PARKF_LASTWORD; or, if the request was not queued, by _unreserve.
 */
int puffsmsg__answer_reserve(struct puffs_mount *);
void puffsmsg__answer_unreserve(struct puffs_mount *);
int puffsmsg__answer_reserved(struct puffs_mount *, const struct puffs_req *hdr,
    int rv, uint32_t flags);
/* Tells the server that its reply was refused; lost beyond the bound. */
void puffsmsg__notice(struct puffs_mount *, int rv, uint64_t cookie);

/* translate.c: all without locks. */
/*
 * Readies park_wire, park_wirecopy and park_wiremax for sending, by the
 * mount's hook if it has one.  0, or the errno that wait is to return.
 */
int puffsmsg__translate_out(struct puffs_mount *, struct puffs_msgpark *,
    bool cansleep);
/*
 * Brings the answer back into the caller's message.  `reply' NULL: there is
 * none.  0, or EPROTO.  Does not free the wire frame.
 */
int puffsmsg__translate_in(struct puffs_mount *, struct puffs_msgpark *,
    const void *reply, size_t len);
/* Frees a wire frame that a translation made; NULL is allowed. */
void puffsmsg__wire_free(struct puffs_req *);
/* Under the lock of who may look: takes the park's translated frame off it,
 * NULL if it sends its own message. */
struct puffs_req *puffsmsg__wire_take(struct puffs_msgpark *);

/* sop.c, expire.c, flush.c */
void puffsmsg__sop_init(struct puffs_mount *);
int puffsmsg__sop_start(struct puffs_mount *);
void puffsmsg__sop_tellexit(struct puffs_mount *);
void puffsmsg__sop_join(struct puffs_mount *);
void puffsmsg__sop_fini(struct puffs_mount *);
bool puffsmsg__sop_isself(struct puffs_mount *);
/*
 * Queues a request of the server's, for whose answer there is room: 0, ENXIO
 * if the thread is leaving or gone, ENOMEM.  Does not sleep.
 */
int puffsmsg__sop_request(struct puffs_mount *, enum puffsmsg__sopkind,
    const struct puffs_flush *);
/* expire.c; all but run under sop_lock. */
struct puffsmsg__sopreq *puffsmsg__expire_due(struct puffsmsg__sop *);
int puffsmsg__expire_timeout(const struct puffsmsg__sop *);
void puffsmsg__expire_run(struct puffs_mount *, uint64_t cookie);
/* Does what a flush asks for; returns what it is answered with. */
int puffsmsg__flush_run(struct puffs_mount *, const struct puffs_flush *);

/* mount.c: references that destroy waits for. */
void puffsmsg__mount_ref(struct puffs_mount *);
void puffsmsg__mount_ref_locked(struct puffs_mount *);
void puffsmsg__mount_unref(struct puffs_mount *);
void puffsmsg__mount_unref_locked(struct puffs_mount *);
/* Calls the notify hook and drops the reference that the caller took. */
void puffsmsg__mount_tell(struct puffs_mount *);
void puffsmsg__mount_serverlost(struct puffs_mount *);
uint32_t puffsmsg__mounts_live(void);
/* The longest message of the mount, in bytes. */
size_t puffsmsg__mount_maxmsg(const struct puffs_mount *);
/* Copies an options struct of another size; EINVAL if it asks for unknowns. */
int puffsmsg__options_copy(void *to, size_t known, const void *from,
    size_t size);
/* Panics if the calling thread is in a callback of the library. */
void puffsmsg__not_in_callback(const char *call, const void *object);

#endif /* PUFFSMSG_MSGIF_PRIVATE_H */
