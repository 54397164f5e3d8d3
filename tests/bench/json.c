/* SPDX-License-Identifier: BSD-2-Clause */

/* The same for programs. */

#include <stddef.h>

#include "bench.h"

/* `name': [median, min, max] */
static void
put_spread(FILE *f, const char *name, struct spread s)
{
	fprintf(f, "\"%s\": [%.6g, %.6g, %.6g], ", name, s.median, s.min,
	    s.max);
}

static void
put_roundtrip(FILE *f, const struct results *r, unsigned shape, unsigned peer)
{
	static const struct {
		const char *name;
		size_t member;
	} members[] = {
		{ "rate", offsetof(struct measure, rate) },
		{ "p50_us", offsetof(struct measure, p50) },
		{ "p99_us", offsetof(struct measure, p99) },
		{ "switches", offsetof(struct measure, switches) },
		{ "cpu_us", offsetof(struct measure, cpu) },
		{ "slowest", offsetof(struct measure, slowest) },
	};
	unsigned long long started = 0;
	unsigned long long completed = 0;
	unsigned i;

	for (i = 0; i < r->options->rounds; i++) {
		started += result_at(r, i, shape, peer)->started;
		completed += result_at(r, i, shape, peer)->completed;
	}
	fprintf(f,
	    "    {\"peer\": \"%s\", \"callers\": %u, \"servers\": %u, "
	    "\"pinned\": %s, ",
	    peers[peer]->key, r->shapes[shape].callers,
	    r->shapes[shape].servers,
	    r->shapes[shape].pinned ? "true" : "false");
	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		put_spread(f, members[i].name,
		    roundtrip_spread(r, shape, peer, members[i].member));
	fprintf(f, "\"started\": %llu, \"completed\": %llu}", started,
	    completed);
}

static void
put_roundtrips(FILE *f, const struct results *r)
{
	unsigned shape, peer;
	bool last;

	fprintf(f, "  \"roundtrips\": [\n");
	for (shape = 0; shape < r->nshapes; shape++) {
		for (peer = 0; peer < NPEERS; peer++) {
			put_roundtrip(f, r, shape, peer);
			last = shape + 1 == r->nshapes && peer + 1 == NPEERS;
			fputs(last ? "\n" : ",\n", f);
		}
	}
	fprintf(f, "  ],\n");
}

static void
put_replies(FILE *f, const struct results *r)
{
	unsigned size, order;
	bool last;

	fprintf(f, "  \"replies\": [\n");
	for (size = 0; size < r->nsizes; size++) {
		for (order = 0; order < REPLY_ORDERS; order++) {
			fprintf(f, "    {");
			put_spread(f, "ns",
			    reply_spread(r, size, order,
				offsetof(struct reply_result, ns)));
			put_spread(f, "bare_ns",
			    reply_spread(r, size, order,
				offsetof(struct reply_result, bare_ns)));
			fprintf(f, "\"inflight\": %u, \"order\": \"%s\"}",
			    reply_sizes[size], reply_orders[order]);
			last = size + 1 == r->nsizes &&
			    order + 1 == REPLY_ORDERS;
			fputs(last ? "\n" : ",\n", f);
		}
	}
	fprintf(f, "  ],\n");
}

static void
put_alloc(FILE *f, const struct results *r, unsigned n, unsigned allocator)
{
	const struct alloc_result *a = alloc_at(r, 0, n, allocator);
	struct alloc_case c = alloc_case(n);

	fprintf(f, "    {");
	put_spread(f, "ns", alloc_spread(r, n, allocator));
	fprintf(f,
	    "\"allocator\": \"%s\", \"bytes\": %u, \"pattern\": \"%s\", "
	    "\"threads\": %u, \"pairs\": %llu, \"right\": %llu}",
	    allocators[allocator], c.size, alloc_patterns[c.pattern], c.threads,
	    (unsigned long long)a->pairs, (unsigned long long)a->right);
}

static void
put_allocs(FILE *f, const struct results *r)
{
	unsigned i;

	fprintf(f, "  \"memory_pairs\": [\n");
	for (i = 0; i < ALLOC_CASES * ALLOCATORS; i++) {
		put_alloc(f, r, i / ALLOCATORS, i % ALLOCATORS);
		fputs(i + 1 == ALLOC_CASES * ALLOCATORS ? "\n" : ",\n", f);
	}
	fprintf(f, "  ],\n");
}

static void
put_instructions(FILE *f, const struct instructions *in)
{
	unsigned i;

	fprintf(f, "  \"instructions\": {\"how\": \"%s\"", in->how);
	for (i = 0; in->known && i < NPEERS; i++)
		fprintf(f, ", \"%s\": %.0f", peers[i]->key, in->roundtrip[i]);
	if (in->known)
		fprintf(f, ", \"single\": %.0f", in->single);
	for (i = 0; in->known && i < REPLY_SIZES; i++)
		fprintf(f, ", \"reply-%u\": %.1f", reply_sizes[i],
		    in->reply[i]);
	fprintf(f, "},\n");
}

static void
put_all(FILE *f, const struct results *r)
{
	fprintf(f, "{\n  \"bytes\": %u, \"rounds\": %u, \"seconds\": %g,\n",
	    FRAME_BYTES, r->options->rounds, r->options->seconds);
	put_roundtrips(f, r);
	put_replies(f, r);
	put_allocs(f, r);
	put_instructions(f, &r->instructions);
	fprintf(f, "  ");
	put_spread(f, "single_ns", spread_of(r->single, r->options->rounds));
	fprintf(f,
	    "\"memory\": {\"inflight\": %u, \"resident\": %.1f, "
	    "\"message\": %.1f}\n}\n",
	    r->memory.inflight, r->memory.resident, r->memory.counted);
}

bool
json_write(const struct results *r, const char *path)
{
	FILE *f = fopen(path, "w");
	bool written;

	if (f == NULL)
		return false;
	put_all(f, r);
	written = ferror(f) == 0;
	return fclose(f) == 0 && written;
}
