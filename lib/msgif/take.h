/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_MSGIF_TAKE_H
#define PUFFSMSG_MSGIF_TAKE_H

/*
 * Taking a message off the queue: what getout (which lends the frame) and read
 * (which copies it) have in common.
 */

#include "msgif/msgif_private.h"

struct puffsmsg__taking {
	struct puffs_mount *t_mount;
	size_t t_maxsize;       /* longest frame to take, in bytes */
	const uint32_t *t_stop; /* a: leave once it is not zero; or NULL */
	unsigned t_how;         /* PUFFSMSG__SLEEP_* */
	bool t_nonblock;
	/* Takes t_park off the queue, under the lock. */
	void (*t_take)(struct puffsmsg__taking *);

	struct lwp *t_lwp;             /* result: curlwp */
	struct puffs_msgpark *t_park;  /* result: what was taken */
	size_t t_len;                  /* result: its length, or of EMSGSIZE */
	struct puffsmsg__hand *t_hand; /* getout's result */
	uint8_t *t_frame;              /* likewise */
};

/*
 * 0, or the errors of puffsmsg_getout, or ECANCELED for t_stop.
 */
int puffsmsg__take(struct puffsmsg__taking *);

#endif /* PUFFSMSG_MSGIF_TAKE_H */
