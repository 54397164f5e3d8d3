/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a reply costs with N requests in flight.  A quarter of them is
 * answered, oldest first, newest first or at random, and as many new ones
 * are sent; only the answers are timed, their callbacks with them.
 *
 * The same order through a table of pointers to memory of the same size shows
 * what of it is the memory's doing: there each answer finds its request, copies
 * the payload into it and marks it.
 */

#include <stdlib.h>
#include <string.h>

#include "messages.h"

const unsigned reply_sizes[REPLY_SIZES] = { 1, 64, 1024, 16384, 65536 };
const char *const reply_orders[REPLY_ORDERS] = { "in order", "reverse",
	"random" };

/* What a request takes, about: a park and its message. */
#define BARE_BYTES 384u
struct bare {
	uint64_t id;
	bool done;
	struct message message;
	uint8_t rest[BARE_BYTES - sizeof(struct message) - 16];
};

struct load {
	struct puffs_mount *mount;
	unsigned n;
	unsigned batch;
	struct message *frame; /* [n] of the requests in flight */
	struct bare **bare;    /* [n] */
	unsigned *order;       /* [n] places in the order of their answers */
	uint64_t completed;
	uint64_t random;
	double reply_ns, bare_ns;
};

static uint32_t
next_random(struct load *l)
{
	l->random = l->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(l->random >> 33);
}

static void
done(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	uint64_t *completed = arg;

	(void)mount;
	(void)req;
	++*completed;
}

/* One more in flight, remembered at `at'. */
static void
send_one(struct load *l, unsigned at)
{
	struct message *message;
	struct puffs_msgpark *park = message_new(0, &message);

	puffs_msg_setcall(park, done, &l->completed);
	puffs_msg_enqueue(l->mount, park);
	puffs_msgmem_release(park);
	if (!message_take(l->mount, 1, &l->frame[at]))
		die("a message was lost");
}

static void *
table(unsigned n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		die("no memory");
	return p;
}

static void
shuffle(struct load *l, unsigned *v, unsigned n)
{
	unsigned i, j, tmp;

	for (i = n; i > 1; i--) {
		j = next_random(l) % i;
		tmp = v[i - 1];
		v[i - 1] = v[j];
		v[j] = tmp;
	}
}

static unsigned
batch_of(unsigned inflight)
{
	return inflight < 4 ? 1 : inflight / 4;
}

unsigned
reply_rounded(unsigned inflight, unsigned replies)
{
	unsigned batch = batch_of(inflight);

	return (replies / batch + 1) * batch;
}

static void
load_begin(struct load *l, unsigned n)
{
	unsigned i;

	memset(l, 0, sizeof(*l));
	l->random = 20240229;
	l->mount = messages_open();
	l->n = n;
	l->batch = batch_of(n);
	l->frame = table(n, sizeof(*l->frame));
	l->bare = table(n, sizeof(*l->bare));
	l->order = table(n, sizeof(*l->order));
	for (i = 0; i < n; i++) {
		send_one(l, i);
		l->bare[i] = table(1, sizeof(struct bare));
	}
}

static void
load_end(struct load *l)
{
	unsigned i;

	messages_close(l->mount);
	for (i = 0; i < l->n; i++)
		free(l->bare[i]);
	free(l->order);
	free(l->bare);
	free(l->frame);
}

/*
 * Which to answer, of slots that are as old as the ids in them say: `first'
 * is the oldest one's.
 */
static void
choose(struct load *l, unsigned order, unsigned first)
{
	unsigned i;

	for (i = 0; i < l->n; i++)
		l->order[i] = (first + (order == REVERSE ? l->n - 1 - i : i)) %
		    l->n;
	if (order == RANDOM)
		shuffle(l, l->order, l->n);
}

static void
answer_batch(struct load *l)
{
	double ns = now_ns();
	unsigned i;

	for (i = 0; i < l->batch; i++)
		message_answer(l->mount, &l->frame[l->order[i]]);
	l->reply_ns += now_ns() - ns;
}

static void
answer_bare(struct load *l)
{
	double ns = now_ns();
	struct bare *b;
	unsigned i;

	for (i = 0; i < l->batch; i++) {
		b = l->bare[l->order[i]];
		b->id++;
		b->message = l->frame[l->order[i]];
		b->done = true;
	}
	l->bare_ns += now_ns() - ns;
}

/*
 * New requests in the places of those answered, oldest first as they were, so
 * that the places stay in the order of their ids.
 */
static void
refill(struct load *l, unsigned order)
{
	unsigned i;

	for (i = 0; i < l->batch; i++)
		send_one(l, l->order[order == REVERSE ? l->batch - 1 - i : i]);
}

static double
clock_ns(void)
{
	double ns = now_ns();
	unsigned i;

	for (i = 0; i < 1000; i++)
		(void)now_ns();
	return (now_ns() - ns) / 1001;
}

struct reply_result
reply_measure(unsigned inflight, unsigned order, unsigned replies)
{
	struct reply_result r;
	struct load l;
	unsigned first = 0;
	unsigned batches, i;
	double overhead;

	load_begin(&l, inflight);
	batches = reply_rounded(inflight, replies) / l.batch;
	overhead = clock_ns() / l.batch;
	for (i = 0; i < batches; i++) {
		choose(&l, order, first);
		answer_batch(&l);
		refill(&l, order);
		if (order == IN_ORDER)
			first = (first + l.batch) % l.n;
		choose(&l, order, first);
		answer_bare(&l);
	}
	if (l.completed != (uint64_t)batches * l.batch)
		die("%llu replies completed nothing",
		    (unsigned long long)(batches * l.batch - l.completed));
	r.ns = l.reply_ns / batches / l.batch - overhead;
	r.bare_ns = l.bare_ns / batches / l.batch - overhead;
	load_end(&l);
	return r;
}
