/* SPDX-License-Identifier: BSD-2-Clause */

#include <stddef.h>
#include <time.h>

#include <puffsmsg/proto.h>

#include "stats.h"

uint64_t
stats_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) +
	    (uint64_t)now.tv_nsec;
}

/* Position of the highest bit of `n', which is not 0. */
static unsigned
highest_bit(uint64_t n)
{
	unsigned bit = 0;

	while ((n >>= 1) != 0)
		bit++;
	return bit;
}

/* The bits below the highest five say nothing. */
static unsigned
bucket_of(uint64_t ns)
{
	unsigned shift;

	if (ns < STATS_STEPS)
		return (unsigned)ns;
	shift = highest_bit(ns) - 5;
	return (shift + 1) * STATS_STEPS + (unsigned)(ns >> shift) -
	    STATS_STEPS;
}

/* The middle of a bucket. */
static uint64_t
value_of(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * STATS_STEPS)
		return bucket;
	shift = bucket / STATS_STEPS - 1;
	return ((uint64_t)(bucket % STATS_STEPS + STATS_STEPS) << shift) +
	    (UINT64_C(1) << shift) / 2;
}

void
stats_roundtrip(struct stats *stats, uint64_t ns)
{
	stats->s_roundtrips++;
	stats->s_bucket[bucket_of(ns)]++;
	if (ns > stats->s_longest)
		stats->s_longest = ns;
}

void
stats_add(struct stats *sum, const struct stats *stats)
{
	unsigned i;

	for (i = 0; i < STATS_TYPES; i++) {
		sum->s_vfs[i] += stats->s_vfs[i];
		sum->s_vn[i] += stats->s_vn[i];
	}
	for (i = 0; i < STATS_BUCKETS; i++)
		sum->s_bucket[i] += stats->s_bucket[i];
	sum->s_roundtrips += stats->s_roundtrips;
	sum->s_readbytes += stats->s_readbytes;
	if (stats->s_longest > sum->s_longest)
		sum->s_longest = stats->s_longest;
}

uint64_t
stats_messages(const struct stats *stats)
{
	uint64_t n = 0;
	unsigned i;

	for (i = 0; i < STATS_TYPES; i++)
		n += stats->s_vfs[i] + stats->s_vn[i];
	return n;
}

uint64_t
stats_quantile(const struct stats *stats, double fraction)
{
	uint64_t seen = 0;
	unsigned i;

	for (i = 0; i < STATS_BUCKETS; i++) {
		seen += stats->s_bucket[i];
		if (seen > 0 &&
		    (double)seen >= fraction * (double)stats->s_roundtrips)
			return value_of(i);
	}
	return stats->s_longest;
}

const char *
stats_vn_name(unsigned type)
{
	switch (type) {
	case PUFFS_VN_LOOKUP:
		return "LOOKUP";
	case PUFFS_VN_GETATTR:
		return "GETATTR";
	case PUFFS_VN_OPEN:
		return "OPEN";
	case PUFFS_VN_READDIR:
		return "READDIR";
	case PUFFS_VN_READ:
		return "READ";
	case PUFFS_VN_READLINK:
		return "READLINK";
	case PUFFS_VN_CLOSE:
		return "CLOSE";
	case PUFFS_VN_INACTIVE:
		return "INACTIVE";
	case PUFFS_VN_RECLAIM:
		return "RECLAIM";
	default:
		return NULL;
	}
}
