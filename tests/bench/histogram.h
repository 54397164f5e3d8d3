/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

/*
 * Latencies in nanoseconds, in buckets whose width is 1/64 of their value at
 * most.  Not shared: each thread has its own, which are added up at the end.
 */

#include <stdint.h>

#define HISTOGRAM_SUB     64u
#define HISTOGRAM_BUCKETS (HISTOGRAM_SUB * 40u)

struct histogram {
	uint64_t total;
	uint64_t count[HISTOGRAM_BUCKETS];
};

void histogram_note(struct histogram *h, uint64_t ns);
void histogram_add(struct histogram *to, const struct histogram *from);
/* The value that `part' (0 to 1) of all are not above; 0 if there are none. */
double histogram_quantile(const struct histogram *h, double part);

#endif /* HISTOGRAM_H */
