/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "handqueue.h"

void
handqueue_init(struct handqueue *q)
{
	pthread_mutex_init(&q->lock, NULL);
	q->last = &q->first;
}

void
handqueue_fini(struct handqueue *q)
{
	pthread_mutex_destroy(&q->lock);
}

void
handreq_init(struct handreq *r, uint64_t n)
{
	memset(&r->frame, 0, sizeof(r->frame));
	r->frame.length = sizeof(r->frame);
	r->frame.value = n;
}

bool
handreq_answered(const struct handreq *r, uint64_t n)
{
	return r->frame.value == n + 1;
}

void
handqueue_put(struct handqueue *q, struct handreq *r)
{
	struct handreq **bucket;

	r->frame.id = ++q->id;
	r->next = NULL;
	*q->last = r;
	q->last = &r->next;
	bucket = &q->bucket[r->frame.id % HAND_BUCKETS];
	r->chain = *bucket;
	*bucket = r;
}

struct handreq *
handqueue_take(struct handqueue *q)
{
	struct handreq *r = q->first;

	if (r == NULL)
		return NULL;
	q->first = r->next;
	if (q->first == NULL)
		q->last = &q->first;
	return r;
}

struct handreq *
handqueue_match(struct handqueue *q, uint64_t id)
{
	struct handreq **rp = &q->bucket[id % HAND_BUCKETS];
	struct handreq *r;

	while ((r = *rp) != NULL && r->frame.id != id)
		rp = &r->chain;
	if (r != NULL)
		*rp = r->chain;
	return r;
}

pthread_t *
hand_start(unsigned n, void *(*fn)(void *), void *arg)
{
	pthread_t *threads = calloc(n, sizeof(*threads));
	unsigned i;

	if (threads == NULL)
		die("no memory");
	for (i = 0; i < n; i++) {
		if (pthread_create(&threads[i], NULL, fn, arg) != 0)
			die("no thread");
	}
	return threads;
}

void
hand_join(pthread_t *threads, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}
