/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef GATE_H
#define GATE_H

/*
 * Handshakes for tests: one thread says that it has come so far, another
 * waits until that has been said n times.  Plain pthreads, so that a test of
 * the library's own sleeping does not lean on it.
 */

#include <pthread.h>

struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned passed;
};
#define GATE_INITIALIZER \
	{ \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0 \
	}

static inline void
gate_init(struct gate *g)
{
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->changed, NULL);
	g->passed = 0;
}

static inline void
gate_pass(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->passed++;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
}

static inline void
gate_await(struct gate *g, unsigned n)
{
	pthread_mutex_lock(&g->lock);
	while (g->passed < n)
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

static inline unsigned
gate_count(struct gate *g)
{
	unsigned n;

	pthread_mutex_lock(&g->lock);
	n = g->passed;
	pthread_mutex_unlock(&g->lock);
	return n;
}

#endif /* GATE_H */
