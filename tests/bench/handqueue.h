/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HANDQUEUE_H
#define HANDQUEUE_H

/*
 * What the peers written by hand have in common: a queue under one mutex, and
 * a table to find the request that an answer belongs to.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench.h"

struct handframe {
	uint64_t length;
	uint64_t id;
	uint64_t value;
	uint8_t rest[FRAME_BYTES - 24];
};

struct handreq {
	struct handframe frame;
	struct handreq *next;  /* on the queue */
	struct handreq *chain; /* of the table */
};

#define HAND_BUCKETS 4096u
struct handqueue {
	pthread_mutex_t lock; /* of all that follows */
	bool closed;
	uint64_t id;
	struct handreq *first;
	struct handreq **last;
	struct handreq *bucket[HAND_BUCKETS];
};

void handqueue_init(struct handqueue *q);
void handqueue_fini(struct handqueue *q);

void handreq_init(struct handreq *r, uint64_t n);
bool handreq_answered(const struct handreq *r, uint64_t n);

/* With the lock held: append with a new id, take the oldest, find and forget
 * by id; NULL if there is none. */
void handqueue_put(struct handqueue *q, struct handreq *r);
struct handreq *handqueue_take(struct handqueue *q);
struct handreq *handqueue_match(struct handqueue *q, uint64_t id);

/* The servers' threads. */
pthread_t *hand_start(unsigned n, void *(*fn)(void *), void *arg);
void hand_join(pthread_t *threads, unsigned n);

#endif /* HANDQUEUE_H */
