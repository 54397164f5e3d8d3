/* SPDX-License-Identifier: BSD-2-Clause */

/* What is run, and in which order. */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

const struct peer *const peers[] = { &peer_condvar, &peer_futex, &peer_puffsmsg,
	&peer_loop, NULL };

static const struct shape shapes[] = {
	{ 1, 1, true },
	{ 4, 1, false },
	{ 16, 2, false },
	{ 64, 2, false },
};
#define NSHAPES (sizeof(shapes) / sizeof(shapes[0]))

void
die(const char *fmt, ...)
{
	va_list ap;

	fputs("puffsmsg-bench: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(2);
}

const struct peer *
peer_find(const char *key)
{
	unsigned i;

	for (i = 0; peers[i] != NULL; i++) {
		if (strcmp(peers[i]->key, key) == 0)
			return peers[i];
	}
	return NULL;
}

static void *
table(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		die("no memory");
	return p;
}

/* One line that is written over, for whoever looks at a terminal. */
static void
progress(unsigned round, unsigned rounds, const char *what)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[Kround %u of %u: %s", round + 1, rounds,
		    what);
}

static void
progress_done(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* Contenders take turns, and every round begins with another one. */
static void
run_shapes(struct results *r, unsigned round)
{
	unsigned shape, i, peer;
	struct measure *m;

	for (shape = 0; shape < r->nshapes; shape++) {
		for (i = 0; i < NPEERS; i++) {
			peer = (i + round) % NPEERS;
			progress(round, r->options->rounds, peers[peer]->title);
			m = result_at(r, round, shape, peer);
			*m = roundtrip_measure(peers[peer], &r->shapes[shape],
			    r->options->seconds);
		}
	}
}

static void
run_replies(struct results *r, unsigned round)
{
	unsigned replies = r->options->quick ? 100 : 50000;
	unsigned size, order;
	struct reply_result *cost;

	progress(round, r->options->rounds, "replies");
	for (size = 0; size < r->nsizes; size++) {
		for (order = 0; order < REPLY_ORDERS; order++) {
			cost = reply_at(r, round, size, order);
			*cost = reply_measure(reply_sizes[size], order,
			    replies);
		}
	}
}

static void
run_allocs(struct results *r, unsigned round)
{
	uint64_t pairs = r->options->quick ? 2000 : 1000000;
	unsigned n, i, allocator;

	progress(round, r->options->rounds, "memory");
	for (n = 0; n < ALLOC_CASES; n++) {
		struct alloc_case c = alloc_case(n);

		for (i = 0; i < ALLOCATORS; i++) {
			allocator = (i + round) % ALLOCATORS;
			*alloc_at(r, round, n, allocator) = alloc_measure(&c,
			    allocator, pairs);
		}
	}
}

static void
run_all(struct results *r, const char *self)
{
	const struct options *o = r->options;
	unsigned round;

	r->memory = memory_measure(reply_sizes[r->nsizes - 1]);
	for (round = 0; round < o->rounds; round++) {
		run_shapes(r, round);
		r->single[round] = single_measure(o->quick ? 1000 : 500000);
		run_replies(r, round);
		run_allocs(r, round);
	}
	progress(o->rounds - 1, o->rounds, "instructions");
	r->instructions = instructions_measure(self, !o->instructions);
	progress_done();
}

/* Every request must have had its answer; how fast is nobody's fault. */
static bool
all_answered(const struct results *r)
{
	const struct measure *m = r->roundtrip;
	unsigned i;

	for (i = 0; i < r->options->rounds * r->nshapes * NPEERS; i++) {
		if (m[i].started != m[i].completed)
			return false;
	}
	return true;
}

/* And nobody's memory was given to another meanwhile. */
static bool
all_right(const struct results *r)
{
	const struct alloc_result *a = r->alloc;
	unsigned i;

	for (i = 0; i < r->options->rounds * ALLOC_CASES * ALLOCATORS; i++) {
		if (a[i].pairs == 0 || a[i].right != a[i].pairs)
			return false;
	}
	return true;
}

static int
run_everything(const struct options *o, const char *self)
{
	struct results r = { .options = o,
		.shapes = shapes,
		.nshapes = NSHAPES,
		.nsizes = o->quick ? 3 : REPLY_SIZES };
	bool fine;

	r.roundtrip = table((size_t)o->rounds * NSHAPES * NPEERS,
	    sizeof(*r.roundtrip));
	r.single = table(o->rounds, sizeof(*r.single));
	r.reply = table((size_t)o->rounds * REPLY_SIZES * REPLY_ORDERS,
	    sizeof(*r.reply));
	r.alloc = table((size_t)o->rounds * ALLOC_CASES * ALLOCATORS,
	    sizeof(*r.alloc));
	run_all(&r, self);
	report(&r, stdout);
	if (o->json != NULL && !json_write(&r, o->json))
		die("%s cannot be written", o->json);
	fine = all_answered(&r) && all_right(&r);
	if (!fine)
		fputs("puffsmsg-bench: not all requests were answered, or "
		      "memory was given out twice\n",
		    stderr);
	free(r.alloc);
	free(r.reply);
	free(r.single);
	free(r.roundtrip);
	return fine ? 0 : 1;
}

static int
run_peer(const struct options *o, const struct peer *peer)
{
	struct measure m;

	if (o->count > 0)
		return roundtrip_count(peer, &o->shape, o->count) ? 0 : 1;
	m = roundtrip_measure(peer, &o->shape, o->seconds);
	printf(
	    "%s: %.1f k/s, p50 %.1f us, p99 %.1f us, %.2f us of cpu, %.2f switches\n",
	    peer->key, m.rate / 1e3, m.p50, m.p99, m.cpu, m.switches);
	return m.started == m.completed ? 0 : 1;
}

/* The cases and the contenders, over and over. */
static int
run_alloc(const struct options *o)
{
	struct results r = { .options = o };
	unsigned round;
	bool fine;

	r.alloc = table((size_t)o->rounds * ALLOC_CASES * ALLOCATORS,
	    sizeof(*r.alloc));
	for (round = 0; round < o->rounds; round++)
		run_allocs(&r, round);
	progress_done();
	report_alloc(&r, stdout);
	fine = all_right(&r);
	free(r.alloc);
	return fine ? 0 : 1;
}

static int
run_one(const struct options *o)
{
	const struct peer *peer = peer_find(o->only);
	unsigned count = o->count > 0 ? (unsigned)o->count : 100000;

	if (peer != NULL)
		return run_peer(o, peer);
	if (strcmp(o->only, "single") == 0)
		printf("%.0f ns\n", single_measure(count));
	else if (strcmp(o->only, "alloc") == 0)
		return run_alloc(o);
	else if (strncmp(o->only, "reply-", 6) == 0 && atoi(o->only + 6) > 0)
		printf("%.0f ns\n",
		    reply_measure((unsigned)atoi(o->only + 6), RANDOM, count)
			.ns);
	else
		die("--only %s: there is no such thing", o->only);
	return 0;
}

int
main(int argc, char **argv)
{
	struct options o;

	options_read(argc, argv, &o);
	if (o.only != NULL)
		return run_one(&o);
	return run_everything(&o, argv[0]);
}
