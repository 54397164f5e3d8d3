/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_PARK_PRIVATE_H
#define PUFFSMSG_PARK_PRIVATE_H

/*
 * A park's inside.  Field keys are those of msgif_private.h.
 *
 * The states of a park, the list it is on, and the references it holds.  "own"
 * is the creator's reference, "fly" that of the message in flight, which moves
 * along the queues; a frame in a server's hand has one of its own ("hand")
 * once the message has ended before releaseout.
 *
 *	       alloc
 *	         |
 *	  +------v------+   enqueue   +-------------+
 *	  |    IDLE     |------------>|   TOUSER    |--- signal, cancel: removed,
 *	  |     own     |             |   own fly   |    or on as FAF
 *	  +------^------+             +------+------+
 *	         :                           | getout
 *	         : collected by wait,        |
 *	         : callback, end of FAF:     v
 *	         : as good as IDLE    +-------------+
 *	         :                    |   INHAND    |--- signal, cancel: abandoned
 *	  +------+------+             |   own fly   |
 *	  |    DONE     |             +------+------+
 *	  |     own     |                    | releaseout(0)
 *	  +------^------+             +------v------+
 *	         | end                |  REPLYWAIT  |--- signal, cancel: abandoned
 *	         | (gives fly back)   |   own fly   |
 *	  +------+------+             +------+------+
 *	  |   CLAIMED   |                    |
 *	  |   own fly   |<-------------------+ claim, by one only: from TOUSER by
 *	  +-------------+  loss of the server; from INHAND and REPLYWAIT also by a
 *	                   reply; from INHAND also by releaseout (error, FAF)
 *
 * A server that reads copies of messages (puffsmsg_read) has them pass COPYING
 * in the place of INHAND: from TOUSER to REPLYWAIT, or to CLAIMED if nobody
 * wants a reply or the server was lost meanwhile.  Nobody but the copier takes
 * a message out of that state.
 *
 * A message whose caller gave up in hand or on replywait keeps its state and
 * moves to the list of the abandoned; there it waits, unseen by its caller,
 * for the answer, the bound or the end of the mount.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/lwp.h>
#include <sys/queue.h>

#include <puffsmsg/msg.h>
#include <puffsmsg/proto.h>

enum puffsmsg__parkstate {
	PARK_IDLE = 0,
	PARK_TOUSER,
	PARK_COPYING,
	PARK_INHAND,
	PARK_REPLYWAIT,
	PARK_CLAIMED,
	PARK_DONE,
};

/* How a message ended. */
enum puffsmsg__end {
	END_REPLIED = 0,
	END_REFUSED,
	END_DELIVERY,
	END_DEAD,
	END_INTERRUPTED,
	END_TIMEDOUT,
	END_CANCELLED,
	END_FAF,
	END_FAFDEAD,
	END_KINDS,
};

/* park_settings: what the owner asked for; kept from use to use. */
#define PARKSET_FAF      0x1u
#define PARKSET_CALL     0x2u
#define PARKSET_GONE     0x4u /* wait gave it up: only to be released */
#define PARKSET_RESPONSE 0x8u /* found at enqueue: an answer to the server */
#define PARKSET_NOWAIT   (PARKSET_FAF | PARKSET_CALL | PARKSET_RESPONSE)

/* park_flags: about the message in flight; set anew by every enqueue. */
#define PARKF_FAF       0x01u /* no reply is wanted */
#define PARKF_CALL      0x02u /* ends with a callback */
#define PARKF_ABANDONED 0x04u /* the caller gave up; counted already */
#define PARKF_ANSWER    0x08u /* answer or notice, counts against the bound */
#define PARKF_LASTWORD  0x10u /* answer to the server's own UNMOUNT */
#define PARKF_BOUND     0x20u /* on one of the mount's lists */
#define PARKF_NOINTR    0x40u /* sent even if a signal is pending */
#define PARKF_LEAVING   0x80u /* its waiter waits for a copy to be done */

/*
 * A frame in a server's hand: what getout gives out as its cookie.  A message
 * may end, and its park be used again, while a slow server still holds the
 * frame; then the hand is no longer the park's current one, and all that is
 * left to do at releaseout is to drop what the hand kept alive.
 */
struct puffsmsg__hand {
	void *h_park; /* a: set under m by getout; NULL if not in use, the last
		       * thing that releaseout writes */
	bool h_ended; /* m: of the mount that gave it out: the message ended,
		       * the park is none of the hand's business any more */
	struct puffs_req *h_wire;    /* m: likewise; frame to free */
	struct puffs_mount *h_mount; /* (: while in use: which gave it out */
};

struct puffs_msgpark {
	struct puffs_req *park_preq; /* (: the caller's message */
	uint32_t park_maxlen;        /* (: its size in bytes */
	uint32_t park_copylen;       /* o: bytes of it to send */
	uint32_t park_settings;      /* o: PARKSET_* */
	parkdone_fn park_done;       /* o: callback */
	void *park_donearg;          /* o: its argument */
	bool park_waited;            /* o: wait has collected it */

	uint32_t park_refs;    /* a: references, the last frees */
	uint32_t park_creator; /* a: 1 until its creator has released it */
	uint32_t park_state;   /* a: written under m, read by the owner to tell
			      * a misuse */
	uint32_t park_error;   /* a: why the message was not accepted; written
			      * by who enqueues, read by who waits */

	uint32_t park_flags;            /* m: PARKF_* */
	struct puffs_mount *park_mount; /* m: bound to, or was */
	struct puffs_req *park_wire;    /* m: what is sent: park_preq, or its
				       * translation */
	uint32_t park_wirecopy;         /* m: bytes sent */
	uint32_t park_wiremax;          /* m: bytes a reply may have */
	uint64_t park_id;               /* m: its id, 0 for FAF */
	uint64_t park_since;            /* m: enqueued at, host clock */
	uint16_t park_class;            /* m: class as sent, with ISRESPONSE */
	uint16_t park_type;             /* m: type as sent */
	int32_t park_lid;               /* m: lwp that enqueued it */
	struct lwp *park_waiter;        /* m: sleeps for it */
	int park_rv;                    /* c: the outcome, for DONE */
	bool park_replied;              /* c: it was a reply */
	struct puffs_msgpark *park_idnext;       /* m: chain of the id table */
	TAILQ_ENTRY(puffs_msgpark) park_entries; /* m: list of the mount */
	struct puffsmsg__hand *park_curhand;     /* m: hand of this message */
	struct puffsmsg__hand *park_sparehand; /* m: for when the next is busy*/
	struct puffsmsg__hand park_hand;       /* m: the hand it usually has */
};
TAILQ_HEAD(puffsmsg__parklist, puffs_msgpark);

/* The lists of a mount.  A park is on one of them, or on none. */
enum puffsmsg__list {
	LIST_TOUSER = 0, /* TOUSER, oldest first */
	LIST_COPYING,    /* COPYING */
	LIST_INHAND,     /* INHAND */
	LIST_REPLYWAIT,  /* REPLYWAIT */
	LIST_ABANDONED,  /* INHAND or REPLYWAIT, oldest id first */
	LIST_ENDED,      /* CLAIMED, or DONE and not collected */
	LIST_KINDS,
};

#endif /* PUFFSMSG_PARK_PRIVATE_H */
