/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The queue that one writes with a mutex and condition variables: each
 * request has a pair of its own, answers are matched by id, copies are made
 * outside of locks, and who is woken is woken after unlocking.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "bench.h"
#include "handqueue.h"

struct request {
	struct handreq hand; /* first: what the queue knows */
	pthread_mutex_t lock;
	pthread_cond_t cv;
	bool done;
	atomic_uint refs; /* the caller's, the server's */
};

struct queue {
	struct handqueue hq;
	pthread_cond_t nonempty;
	unsigned idle; /* servers asleep; hq.lock */
	pthread_t *servers;
	unsigned nservers;
};

static struct request *
request_new(uint64_t n)
{
	struct request *r = malloc(sizeof(*r));

	if (r == NULL)
		die("no memory");
	handreq_init(&r->hand, n);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->cv, NULL);
	r->done = false;
	atomic_init(&r->refs, 2);
	return r;
}

static void
request_release(struct request *r)
{
	if (atomic_fetch_sub(&r->refs, 1) != 1)
		return;
	pthread_cond_destroy(&r->cv);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static bool
condvar_call(void *ctx, uint64_t n)
{
	struct queue *q = ctx;
	struct request *r = request_new(n);
	bool wake, right;

	pthread_mutex_lock(&q->hq.lock);
	handqueue_put(&q->hq, &r->hand);
	wake = q->idle > 0;
	pthread_mutex_unlock(&q->hq.lock);
	if (wake)
		pthread_cond_signal(&q->nonempty);

	pthread_mutex_lock(&r->lock);
	while (!r->done)
		pthread_cond_wait(&r->cv, &r->lock);
	pthread_mutex_unlock(&r->lock);
	right = handreq_answered(&r->hand, n);
	request_release(r);
	return right;
}

/* False when the queue is closed. */
static bool
take(struct queue *q, struct handframe *frame)
{
	struct handreq *hand;

	pthread_mutex_lock(&q->hq.lock);
	while ((hand = handqueue_take(&q->hq)) == NULL && !q->hq.closed) {
		q->idle++;
		pthread_cond_wait(&q->nonempty, &q->hq.lock);
		q->idle--;
	}
	pthread_mutex_unlock(&q->hq.lock);
	if (hand != NULL)
		*frame = hand->frame;
	return hand != NULL;
}

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
	pthread_mutex_lock(&r->lock);
	r->done = true;
	pthread_mutex_unlock(&r->lock);
	pthread_cond_signal(&r->cv);
	request_release(r);
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
condvar_open(unsigned servers)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (q == NULL)
		die("no memory");
	handqueue_init(&q->hq);
	pthread_cond_init(&q->nonempty, NULL);
	q->nservers = servers;
	q->servers = hand_start(servers, serve, q);
	return q;
}

static void
condvar_close(void *ctx)
{
	struct queue *q = ctx;

	pthread_mutex_lock(&q->hq.lock);
	q->hq.closed = true;
	pthread_cond_broadcast(&q->nonempty);
	pthread_mutex_unlock(&q->hq.lock);
	hand_join(q->servers, q->nservers);
	pthread_cond_destroy(&q->nonempty);
	handqueue_fini(&q->hq);
	free(q);
}

const struct peer peer_condvar = { "condvar", "mutex + condvar, by hand",
	condvar_open, condvar_call, condvar_close };
