/* SPDX-License-Identifier: BSD-2-Clause */

#include "histogram.h"

/*
 * Values below 64 have a bucket each; above, each doubling has 64.
 */
static unsigned
bucket_of(uint64_t ns)
{
	unsigned shift;

	if (ns < HISTOGRAM_SUB)
		return (unsigned)ns;
	shift = 63u - (unsigned)__builtin_clzll(ns) - 6u;
	if (shift + 1 >= HISTOGRAM_BUCKETS / HISTOGRAM_SUB)
		return HISTOGRAM_BUCKETS - 1;
	return (shift + 1) * HISTOGRAM_SUB + (unsigned)(ns >> shift) -
	    HISTOGRAM_SUB;
}

/* The middle of a bucket. */
static double
value_of(unsigned bucket)
{
	unsigned shift = bucket / HISTOGRAM_SUB;
	double low = bucket % HISTOGRAM_SUB;

	if (shift == 0)
		return low;
	return (low + HISTOGRAM_SUB + 0.5) * (double)(1ull << (shift - 1));
}

void
histogram_note(struct histogram *h, uint64_t ns)
{
	h->count[bucket_of(ns)]++;
	h->total++;
}

void
histogram_add(struct histogram *to, const struct histogram *from)
{
	unsigned i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++)
		to->count[i] += from->count[i];
	to->total += from->total;
}

double
histogram_quantile(const struct histogram *h, double part)
{
	double seen = 0;
	unsigned i;

	for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
		seen += (double)h->count[i];
		if (h->count[i] > 0 && seen >= part * (double)h->total)
			return value_of(i);
	}
	return 0;
}
