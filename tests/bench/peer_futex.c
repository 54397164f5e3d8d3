/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The same queue with futexes: each request is slept for on a word of its
 * own, and nobody is woken who does not sleep.
 */

#define _GNU_SOURCE

#include <sys/syscall.h>

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench.h"
#include "handqueue.h"

enum {
	PENDING,
	ASLEEP,
	DONE
};

struct request {
	struct handreq hand; /* first: what the queue knows */
	atomic_uint word;    /* PENDING, ASLEEP, DONE */
};

struct queue {
	struct handqueue hq;
	atomic_uint turn; /* servers sleep on it; changes with each wakeup */
	unsigned idle;    /* servers that wait; hq.lock */
	unsigned woken;   /* of them, who do not know yet; hq.lock */
	pthread_t *servers;
	unsigned nservers;
};

static void
futex_wait(atomic_uint *word, unsigned value)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void
futex_wake(atomic_uint *word, int n)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, n, NULL, NULL, 0);
}

static void
await(struct request *r)
{
	unsigned pending = PENDING;

	if (!atomic_compare_exchange_strong(&r->word, &pending, ASLEEP))
		return;
	while (atomic_load(&r->word) == ASLEEP)
		futex_wait(&r->word, ASLEEP);
}

/* One idle server is to be woken, after unlocking. */
static bool
claim_idle(struct queue *q)
{
	if (q->idle <= q->woken)
		return false;
	q->woken++;
	atomic_fetch_add(&q->turn, 1);
	return true;
}

static bool
futex_call(void *ctx, uint64_t n)
{
	struct queue *q = ctx;
	struct request *r = malloc(sizeof(*r));
	bool wake, right;

	if (r == NULL)
		die("no memory");
	handreq_init(&r->hand, n);
	atomic_init(&r->word, PENDING);
	pthread_mutex_lock(&q->hq.lock);
	handqueue_put(&q->hq, &r->hand);
	wake = claim_idle(q);
	pthread_mutex_unlock(&q->hq.lock);
	if (wake)
		futex_wake(&q->turn, 1);
	await(r);
	right = handreq_answered(&r->hand, n);
	free(r);
	return right;
}

/* False when the queue is closed. */
static bool
take(struct queue *q, struct handframe *frame)
{
	struct handreq *hand;
	unsigned turn;

	pthread_mutex_lock(&q->hq.lock);
	while ((hand = handqueue_take(&q->hq)) == NULL && !q->hq.closed) {
		q->idle++;
		turn = atomic_load(&q->turn);
		pthread_mutex_unlock(&q->hq.lock);
		futex_wait(&q->turn, turn);
		pthread_mutex_lock(&q->hq.lock);
		q->idle--;
		if (q->woken > 0)
			q->woken--;
	}
	pthread_mutex_unlock(&q->hq.lock);
	if (hand != NULL)
		*frame = hand->frame;
	return hand != NULL;
}

/* The caller may free the request as soon as it is DONE: a wakeup of memory
 * that is gone, or somebody else's, does no harm. */
static void
answer(struct queue *q, const struct handframe *frame)
{
	struct request *r;

	pthread_mutex_lock(&q->hq.lock);
	r = (struct request *)handqueue_match(&q->hq, frame->id);
	pthread_mutex_unlock(&q->hq.lock);
	if (r == NULL)
		die("an answer to nobody");
	r->hand.frame = *frame;
	if (atomic_exchange(&r->word, DONE) == ASLEEP)
		futex_wake(&r->word, 1);
}

static void *
serve(void *arg)
{
	struct queue *q = arg;
	struct handframe frame;

	while (take(q, &frame)) {
		frame.value++;
		answer(q, &frame);
	}
	return NULL;
}

static void *
futex_open(unsigned servers)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (q == NULL)
		die("no memory");
	handqueue_init(&q->hq);
	q->nservers = servers;
	q->servers = hand_start(servers, serve, q);
	return q;
}

static void
futex_close(void *ctx)
{
	struct queue *q = ctx;

	pthread_mutex_lock(&q->hq.lock);
	q->hq.closed = true;
	atomic_fetch_add(&q->turn, 1);
	pthread_mutex_unlock(&q->hq.lock);
	futex_wake(&q->turn, (int)q->nservers);
	hand_join(q->servers, q->nservers);
	handqueue_fini(&q->hq);
	free(q);
}

const struct peer peer_futex = { "futex", "futex, by hand", futex_open,
	futex_call, futex_close };
