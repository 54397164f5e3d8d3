/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_STATS_H
#define TREECOPY_STATS_H

/*
 * What callers count: messages, bytes, and how long round trips took.  Each
 * caller thread has its own; they are added up when the threads have ended.
 */

#include <stdint.h>

#define STATS_TYPES 64 /* message types of a class */

/*
 * Durations from 0 to 2^64 - 1 ns, in buckets that are exact below 64 ns and
 * at most 1/32 wide from there on.
 */
#define STATS_STEPS   32
#define STATS_BUCKETS ((64 - 5 + 1) * STATS_STEPS)

struct stats {
	uint64_t s_vfs[STATS_TYPES]; /* messages sent, per type */
	uint64_t s_vn[STATS_TYPES];
	uint64_t s_roundtrips; /* of them, answered and waited for */
	uint64_t s_readbytes;  /* that answers to READ brought */
	uint64_t s_longest;    /* ns */
	uint64_t s_bucket[STATS_BUCKETS];
};

/* Nanoseconds of the monotonic clock. */
uint64_t stats_now(void);

void stats_roundtrip(struct stats *stats, uint64_t ns);
void stats_add(struct stats *sum, const struct stats *stats);

uint64_t stats_messages(const struct stats *stats);
/* The duration that `fraction' of the round trips did not exceed. */
uint64_t stats_quantile(const struct stats *stats, double fraction);

/* "LOOKUP" for PUFFS_VN_LOOKUP; NULL for types that are never sent here. */
const char *stats_vn_name(unsigned type);

#endif /* TREECOPY_STATS_H */
