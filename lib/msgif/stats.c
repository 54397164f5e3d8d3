/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Statistics: of a mount, and of the library.
 */

#include <errno.h>
#include <string.h>

#include <puffsmsg/puffsmsg.h>

#include "kern/kern.h"
#include "msgif/msgif_private.h"

static void
stats_gauges(const struct puffs_mount *mount, struct puffsmsg_mount_stats *st)
{
	for (int i = 0; i < LIST_KINDS; i++)
		st->parks += mount->pmp_count[i];
	st->bytes = mount->pmp_bytes;
	st->references = mount->pmp_refs;
	st->touser = mount->pmp_count[LIST_TOUSER];
	st->inhand = mount->pmp_count[LIST_INHAND] +
	    mount->pmp_count[LIST_COPYING];
	st->replywait = mount->pmp_count[LIST_REPLYWAIT];
	st->claimed = mount->pmp_claimed;
	st->done = mount->pmp_count[LIST_ENDED] - mount->pmp_claimed;
	st->abandoned = mount->pmp_count[LIST_ABANDONED];
	st->orphans = mount->pmp_orphans;
	st->sopreqs = mount->pmp_sopreqs;
	st->answers = mount->pmp_answers;
	st->answer_bytes = mount->pmp_answerbytes;
}

static void
stats_counters(const struct puffs_mount *mount, struct puffsmsg_mount_stats *st)
{
	st->accepted = mount->pmp_accepted;
	st->rejected = mount->pmp_rejected;
	st->replied = mount->pmp_ended[END_REPLIED];
	st->refused = mount->pmp_ended[END_REFUSED];
	st->delivery = mount->pmp_ended[END_DELIVERY];
	st->dead = mount->pmp_ended[END_DEAD];
	st->interrupted = mount->pmp_ended[END_INTERRUPTED];
	st->timedout = mount->pmp_ended[END_TIMEDOUT];
	st->cancelled = mount->pmp_ended[END_CANCELLED];
	st->faf_done = mount->pmp_ended[END_FAF];
	st->faf_dead = mount->pmp_ended[END_FAFDEAD];
	st->frames = mount->pmp_frames;
	st->malformed = mount->pmp_malformed;
	st->unknown = mount->pmp_unknown;
	st->late = mount->pmp_late;
	st->forgotten = mount->pmp_forgotten;
	st->notices = mount->pmp_notices;
	st->overlimit = mount->pmp_overlimit;
	st->lost = mount->pmp_lost;
}

/*
 * Gives `from' of `known' bytes to a struct of whatever size the program has.
 */
static int
stats_give(void *to, size_t size, const void *from, size_t known)
{
	if (size < sizeof(size_t))
		return EINVAL;
	memset(to, 0, size);
	memcpy(to, from, size < known ? size : known);
	memcpy(to, &size, sizeof(size));
	return 0;
}

int
puffsmsg_mount_stats(struct puffs_mount *mount,
    struct puffsmsg_mount_stats *stats)
{
	struct puffsmsg_mount_stats st;

	memset(&st, 0, sizeof(st));
	mutex_enter(&mount->pmp_lock);
	stats_gauges(mount, &st);
	stats_counters(mount, &st);
	mutex_exit(&mount->pmp_lock);
	return stats_give(stats, stats->size, &st, sizeof(st));
}

int
puffsmsg_stats(struct puffsmsg_stats *stats)
{
	struct puffsmsg_stats st = {
		.parks = puffsmsg__parks_live(),
		.bytes = puffsmsg__parks_bytes(),
		.mounts = puffsmsg__mounts_live(),
	};

	return stats_give(stats, stats->size, &st, sizeof(st));
}
