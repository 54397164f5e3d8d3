/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_CALLOUT_HEAP_H
#define PUFFSMSG_KERN_CALLOUT_HEAP_H

/*
 * Callouts by time: a pairing heap.  The links are in the callouts, so adding
 * one needs no memory; it takes constant time, taking one out O(log n) on
 * average over the calls.  All under the lock of the owner.
 */

#include <stdbool.h>

#include <sys/callout.h>

struct puffsmsg__callheap {
	struct callout *ch_first; /* NULL: empty */
};

/* The earliest by c_deadline; of those the one with the least c_number. */
static inline struct callout *
puffsmsg__callheap_first(const struct puffsmsg__callheap *ch)
{
	return ch->ch_first;
}

void puffsmsg__callheap_add(struct puffsmsg__callheap *ch, struct callout *c);
/* `c' is on it. */
void puffsmsg__callheap_remove(struct puffsmsg__callheap *ch,
    struct callout *c);

#endif /* PUFFSMSG_KERN_CALLOUT_HEAP_H */
