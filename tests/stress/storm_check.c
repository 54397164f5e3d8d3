/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What callers and callbacks counted against what the mount counted.
 */

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>

#include "storm.h"

static void
sum(struct outcomes *total, const struct outcomes *o)
{
	total->o_ok += o->o_ok;
	total->o_error += o->o_error;
	total->o_eproto += o->o_eproto;
	total->o_delivery += o->o_delivery;
	total->o_enxio += o->o_enxio;
	total->o_eintr += o->o_eintr;
	total->o_odd += o->o_odd;
	total->o_wrong += o->o_wrong;
	total->o_faf += o->o_faf;
	total->o_called += o->o_called;
	total->o_refused += o->o_refused;
}

static bool
equal(const char *what, uint64_t a, uint64_t b)
{
	if (a == b)
		return true;
	fprintf(stderr, "storm: %s: %" PRIu64 ", not %" PRIu64 "\n", what, a,
	    b);
	return false;
}

/*
 * Every accepted message ended once, and nothing is left on the mount.
 */
static bool
check_mount(const struct puffsmsg_mount_stats *s)
{
	uint64_t ended = s->replied + s->refused + s->delivery + s->dead +
	    s->interrupted + s->timedout + s->cancelled + s->faf_done +
	    s->faf_dead;
	bool good = true;

	good &= equal("messages ended", ended, s->accepted);
	good &= equal("parks left", s->parks, 0);
	good &= equal("bytes left", s->bytes, 0);
	good &= equal("references left", s->references, 0);
	good &= equal("claimed left", s->claimed, 0);
	good &= equal("orphans left", s->orphans, 0);
	good &= equal("answer bytes left", s->answer_bytes, 0);
	return good;
}

/*
 * What the callers saw.  Interrupted and dead callers cannot tell whether
 * their message was accepted, callbacks count among the mount's outcomes, and
 * so does the question of a forced unmount, which the server may answer: so
 * some sums are bounds.
 */
static bool
check_callers(const struct storm *st, const struct outcomes *o,
    const struct puffsmsg_mount_stats *s)
{
	uint64_t callbacks = st->st_callbacks;
	bool good = true;

	good &= equal("odd outcomes", o->o_odd, 0);
	good &= equal("wrong answers", o->o_wrong, 0);
	good &= equal("callbacks", callbacks, o->o_called - o->o_refused);
	if (o->o_ok + o->o_error > s->replied ||
	    s->replied > o->o_ok + o->o_error + callbacks + 1 ||
	    o->o_eproto > s->refused || o->o_delivery > s->delivery ||
	    s->interrupted > o->o_eintr) {
		fprintf(stderr, "storm: outcomes do not add up\n");
		good = false;
	}
	return good;
}

/*
 * The mount is down, but its sop thread may still be answering what it was
 * asked before: that ends by itself.
 */
static int
settled(struct storm *st, struct puffsmsg_mount_stats *stats)
{
	int error;

	stats->size = sizeof(*stats);
	while ((error = puffsmsg_mount_stats(st->st_mount, stats)) == 0 &&
	    (stats->sopreqs != 0 || stats->answers != 0))
		(void)sched_yield();
	return error;
}

bool
storm_check(struct storm *st)
{
	struct puffsmsg_mount_stats stats;
	struct outcomes total = { 0 };
	bool good;

	for (int i = 0; i < STORM_CALLERS; i++)
		sum(&total, &st->st_callers[i].c_outcomes);
	/* whatever way it ended: afterwards it is down, and its thread knows */
	(void)puffsmsg_mount_unmount(st->st_mount, PUFFSMSG_MNT_FORCE);
	if (settled(st, &stats) != 0)
		return false;
	good = check_mount(&stats);
	good &= check_callers(st, &total, &stats);
	return good;
}
