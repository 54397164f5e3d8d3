/* SPDX-License-Identifier: BSD-2-Clause */

/* The table for people. */

#include <stddef.h>

#include "bench.h"

#define MEMBER(m)       offsetof(struct measure, m)
#define REPLY_MEMBER(m) offsetof(struct reply_result, m)

static double
median(const struct results *r, unsigned shape, unsigned peer, size_t member)
{
	return roundtrip_spread(r, shape, peer, member).median;
}

static unsigned
best_of(const struct results *r, unsigned shape)
{
	unsigned best = 0;
	unsigned i;

	for (i = 1; i < NPEERS; i++) {
		if (median(r, shape, i, MEMBER(rate)) >
		    median(r, shape, best, MEMBER(rate)))
			best = i;
	}
	return best;
}

static void
report_peer(const struct results *r, unsigned shape, unsigned peer, FILE *out)
{
	struct spread rate = roundtrip_spread(r, shape, peer, MEMBER(rate));

	fprintf(out,
	    "  %-28s %6.1f (%5.1f..%5.1f) %7.1f %7.1f %7.2f %8.2f %7.2f %5.2f%s\n",
	    peers[peer]->title, rate.median / 1e3, rate.min / 1e3,
	    rate.max / 1e3, median(r, shape, peer, MEMBER(p50)),
	    median(r, shape, peer, MEMBER(p99)),
	    median(r, shape, peer, MEMBER(cpu)),
	    median(r, shape, peer, MEMBER(switches)),
	    median(r, shape, peer, MEMBER(slowest)),
	    rate.median / median(r, shape, 0, MEMBER(rate)),
	    peer == best_of(r, shape) ? "  best" : "");
}

static void
report_shape(const struct results *r, unsigned shape, FILE *out)
{
	const struct shape *s = &r->shapes[shape];
	unsigned i;

	fprintf(out, "\n(%u,%u)%s\n", s->callers, s->servers,
	    s->pinned ? " on one core" : "");
	for (i = 0; i < NPEERS; i++)
		report_peer(r, shape, i, out);
}

static void
report_roundtrips(const struct results *r, FILE *out)
{
	unsigned i;

	fprintf(out,
	    "Round trips of %u bytes each way, (callers, servers); medians of "
	    "%u rounds of %g s,\nall in one interleaved run (and the least and "
	    "the most of the rounds).\n\n"
	    "  %-28s %6s %14s %7s %7s %7s %8s %7s %5s\n",
	    FRAME_BYTES, r->options->rounds, r->options->seconds, "", "1000/s",
	    "(min..max)", "p50 us", "p99 us", "cpu us", "switches", "slowest",
	    "ratio");
	for (i = 0; i < r->nshapes; i++)
		report_shape(r, i, out);
	fprintf(out,
	    "\n  cpu us:   processor time per round trip, of all threads, user "
	    "and kernel\n"
	    "  switches: context switches per round trip, of all threads\n"
	    "  slowest:  round trips of the slowest caller, as a part of the "
	    "mean\n"
	    "  ratio:    rate as a part of %s\n",
	    peers[0]->title);
}

static void
report_single(const struct results *r, FILE *out)
{
	struct spread s = spread_of(r->single, r->options->rounds);

	fprintf(out,
	    "\nOne message on one thread that never sleeps (alloc, setinfo, "
	    "enqueue, getout,\nreleaseout, dispatch, callback, release): "
	    "%.0f ns (%.0f..%.0f)\n",
	    s.median, s.min, s.max);
}

static void
report_instructions(const struct results *r, FILE *out)
{
	const struct instructions *in = &r->instructions;
	unsigned i;

	fprintf(out, "\nInstructions per round trip at (1,1): ");
	if (!in->known) {
		fprintf(out, "n/a (%s)\n", in->how);
		return;
	}
	fprintf(out, "%s\n", in->how);
	for (i = 0; i < NPEERS; i++)
		fprintf(out, "  %-28s %7.0f\n", peers[i]->title,
		    in->roundtrip[i]);
	fprintf(out, "  %-28s %7.0f\n", "one thread, never sleeping",
	    in->single);
}

static void
report_reply_size(const struct results *r, unsigned size, FILE *out)
{
	struct spread s;
	unsigned order;

	fprintf(out, "  %8u", reply_sizes[size]);
	for (order = 0; order < REPLY_ORDERS; order++) {
		s = reply_spread(r, size, order, REPLY_MEMBER(ns));
		fprintf(out, " %6.0f (%3.0f)", s.median,
		    reply_spread(r, size, order, REPLY_MEMBER(bare_ns)).median);
	}
	if (r->instructions.reply[size] > 0)
		fprintf(out, " %12.0f", r->instructions.reply[size]);
	fprintf(out, "\n");
}

static void
report_reply(const struct results *r, FILE *out)
{
	unsigned i;

	fprintf(out,
	    "\nOne reply, in ns, callback included, with so many requests in "
	    "flight; in\nparentheses the same through a bare table of "
	    "pointers\n\n  %8s",
	    "");
	for (i = 0; i < REPLY_ORDERS; i++)
		fprintf(out, " %12s", reply_orders[i]);
	if (r->instructions.reply[0] > 0)
		fprintf(out, " %12s", "instructions");
	fprintf(out, "\n");
	for (i = 0; i < r->nsizes; i++)
		report_reply_size(r, i, out);
}

static void
report_alloc_case(const struct results *r, unsigned n, FILE *out)
{
	double base = alloc_spread(r, n, 0).median;
	struct alloc_case c = alloc_case(n);
	struct spread s;
	unsigned i;

	fprintf(out, "  %5u %-11s %7u", c.size, alloc_patterns[c.pattern],
	    c.threads);
	for (i = 0; i < ALLOCATORS; i++) {
		s = alloc_spread(r, n, i);
		fprintf(out, " %6.1f (%5.1f..%5.1f)", s.median, s.min, s.max);
		if (i > 0)
			fprintf(out, " %4.2f", s.median / base);
	}
	fprintf(out, "\n");
}

void
report_alloc(const struct results *r, FILE *out)
{
	unsigned i;

	fprintf(out,
	    "\nMemory taken and given back, in ns a pair (time times processors "
	    "in use), and as\na part of malloc's\n\n  %5s %-11s %7s",
	    "bytes", "", "threads");
	for (i = 0; i < ALLOCATORS; i++)
		fprintf(out, " %21s%s", allocators[i], i > 0 ? "     " : "");
	fprintf(out, "\n");
	for (i = 0; i < ALLOC_CASES; i++)
		report_alloc_case(r, i, out);
}

void
report(const struct results *r, FILE *out)
{
	report_roundtrips(r, out);
	report_instructions(r, out);
	report_single(r, out);
	report_reply(r, out);
	report_alloc(r, out);
	fprintf(out,
	    "\nMemory per request in flight, message of %u bytes, %u in "
	    "flight: %.0f bytes\nresident; of them %.0f are the message, by "
	    "the library's own statistics\n",
	    FRAME_BYTES, r->memory.inflight, r->memory.resident,
	    r->memory.counted);
}
