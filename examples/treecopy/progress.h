/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_PROGRESS_H
#define TREECOPY_PROGRESS_H

/*
 * How far the run is, and the line on the terminal that says so.  Whoever
 * works adds to the counters; one thread draws.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum phase {
	PHASE_START,
	PHASE_COUNT, /* the total is not known yet */
	PHASE_COPY,
	PHASE_COMPARE,
	PHASE_DRILL,
	PHASE_CLEAN,
};

struct progress {
	_Atomic(enum phase) p_phase;
	atomic_uint_fast64_t p_items; /* done in this phase */
	atomic_uint_fast64_t p_bytes;
	atomic_uint_fast64_t p_allitems; /* as counted */
	atomic_uint_fast64_t p_allbytes;
	atomic_uint_fast64_t p_since; /* ns, when the phase began */
	bool p_drawn; /* the drawing thread's: there is a line to erase */
};

void progress_init(struct progress *progress);
/* The next phase begins; its counters start at 0. */
void progress_phase(struct progress *progress, enum phase phase);
void progress_add(struct progress *progress, uint64_t items, uint64_t bytes);

/* Draws over the line before, on standard error. */
void progress_draw(struct progress *progress);
void progress_erase(struct progress *progress);

#endif /* TREECOPY_PROGRESS_H */
