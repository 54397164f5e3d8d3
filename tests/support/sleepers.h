/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SLEEPERS_H
#define SLEEPERS_H

/*
 * Threads of the library and of the test, of which the test knows at any
 * moment who sleeps, on a clock that only the test moves: the pthread host with
 * tokens and a clock that are the test's.
 *
 *	peer_start(&p, fn, arg);
 *	peer_sleeps(&p);		asleep in the library, and nobody
 *					has woken it
 *	...
 *	peer_join(&p);
 *
 * sleepers_start() and sleepers_stop() are for cmocka_unit_test_setup_teardown.
 */

#include <pthread.h>

#include "testhost.h"

#define SLEEPERS_MAX 64

/* A peer's token, or that of a thread of the library or of the test. */
struct sleeper {
	bool set, asleep;
	bool own; /* the test's thread or a peer */
	uint64_t deadline;
};

struct peer {
	pthread_t thread;
	void (*fn)(void *);
	void *arg;
	struct sleeper *s;
	bool ended;
};

static struct sleepers {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned life; /* number of the test */
	unsigned n;
	uint64_t now;
	struct sleeper all[SLEEPERS_MAX];
} sleepers = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0, 0,
	{ { false, false, false, 0 } } };

/* The calling thread's, of this test. */
static _Thread_local struct {
	struct sleeper *s;
	unsigned life;
	bool own;
} sleeper_self;

static inline void
sleepers_lock(void)
{
	pthread_mutex_lock(&sleepers.lock);
}

/* Whatever was changed, whoever waits for it. */
static inline void
sleepers_unlock(void)
{
	pthread_cond_broadcast(&sleepers.changed);
	pthread_mutex_unlock(&sleepers.lock);
}

/* The lock is held. */
static inline void
sleepers_wait(void)
{
	pthread_cond_wait(&sleepers.changed, &sleepers.lock);
}

static inline void *
sleepers_token(void)
{
	sleepers_lock();
	if (sleeper_self.life != sleepers.life) {
		assert_true(sleepers.n < SLEEPERS_MAX);
		sleeper_self.s = &sleepers.all[sleepers.n++];
		sleeper_self.s->own = sleeper_self.own;
		sleeper_self.life = sleepers.life;
	}
	sleepers_unlock();
	return sleeper_self.s;
}

static inline void
sleepers_unblock(void *token)
{
	sleepers_lock();
	((struct sleeper *)token)->set = true;
	sleepers_unlock();
}

static inline int
sleepers_block(uint64_t deadline, unsigned flags)
{
	struct sleeper *s = sleepers_token();
	bool set;

	(void)flags;
	sleepers_lock();
	s->asleep = true;
	s->deadline = deadline;
	pthread_cond_broadcast(&sleepers.changed);
	while (!s->set && deadline > sleepers.now)
		sleepers_wait();
	set = s->set;
	s->asleep = s->set = false;
	sleepers_unlock();
	return set ? 0 : ETIMEDOUT;
}

static inline uint64_t
sleepers_clock(void)
{
	uint64_t now;

	sleepers_lock();
	now = sleepers.now;
	sleepers_unlock();
	return now;
}

/* Whether it will sleep on if nobody does anything.  The lock is held. */
static inline bool
sleeper_settled(const struct sleeper *s)
{
	return s->asleep && !s->set && s->deadline > sleepers.now;
}

/* Returns when `n' threads of the library sleep and have nothing to do. */
static inline void
sleepers_settle(unsigned n)
{
	unsigned settled;

	sleepers_lock();
	for (;;) {
		settled = 0;
		for (unsigned i = 0; i < sleepers.n; i++) {
			if (!sleepers.all[i].own &&
			    sleeper_settled(&sleepers.all[i]))
				settled++;
		}
		if (settled >= n)
			break;
		sleepers_wait();
	}
	sleepers_unlock();
}

/* The deadline of the library's only thread, which is settled. */
static inline uint64_t
sleepers_deadline(void)
{
	uint64_t deadline = 0;

	sleepers_settle(1);
	sleepers_lock();
	for (unsigned i = 0; i < sleepers.n; i++) {
		if (!sleepers.all[i].own && sleepers.all[i].asleep)
			deadline = sleepers.all[i].deadline;
	}
	sleepers_unlock();
	return deadline;
}

static inline void
sleepers_advance(uint64_t ns)
{
	sleepers_lock();
	sleepers.now += ns;
	sleepers_unlock();
}

static inline void *
peer_main(void *arg)
{
	struct peer *p = arg;
	struct sleeper *s;

	sleeper_self.own = true;
	s = sleepers_token();
	sleepers_lock();
	p->s = s;
	sleepers_unlock();
	p->fn(p->arg);
	sleepers_lock();
	p->ended = true;
	sleepers_unlock();
	return NULL;
}

static inline void
peer_start(struct peer *p, void (*fn)(void *), void *arg)
{
	p->fn = fn;
	p->arg = arg;
	p->s = NULL;
	p->ended = false;
	assert_int_equal(pthread_create(&p->thread, NULL, peer_main, p), 0);
}

/* Returns when it sleeps; fails if it ends without. */
static inline void
peer_sleeps(struct peer *p)
{
	bool ended;

	sleepers_lock();
	while (!p->ended && (p->s == NULL || !sleeper_settled(p->s)))
		sleepers_wait();
	ended = p->ended;
	sleepers_unlock();
	assert_false(ended);
}

/* Whether it sleeps at this moment, and has not been woken. */
static inline bool
peer_asleep(struct peer *p)
{
	bool asleep;

	sleepers_lock();
	asleep = p->s != NULL && sleeper_settled(p->s);
	sleepers_unlock();
	return asleep;
}

static inline void
peer_join(struct peer *p)
{
	assert_int_equal(pthread_join(p->thread, NULL), 0);
}

static inline int
sleepers_start(void **state)
{
	(void)state;
	testhost_reset();
	testhost.token = sleepers_token;
	testhost.block = sleepers_block;
	testhost.unblock = sleepers_unblock;
	testhost.clock = sleepers_clock;
	sleeper_self.own = true;
	memset(sleepers.all, 0, sizeof(sleepers.all));
	sleepers.n = 0;
	sleepers.life++;
	sleepers.now = UINT64_C(1000000000);
	return puffsmsg__kern_init(&testhost);
}

static inline int
sleepers_stop(void **state)
{
	return testhost_stop(state);
}

#endif /* SLEEPERS_H */
