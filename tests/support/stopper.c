/* SPDX-License-Identifier: BSD-2-Clause */

#include "stopper.h"

static struct puffsmsg_host stopper_host;
static const struct puffsmsg_host *below; /* what stopper_host is made of */

/* The calling thread's stopper, if it has one. */
static _Thread_local struct stopper *self;

static void
hold(struct stopper *s)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	s->call = STOPPER_NONE;
	s->stops++;
	gate_pass(&s->held);
	gate_await(&s->let_go, s->stops);
	pthread_setcancelstate(state, &state);
}

static void
pass(enum stopper_call call, const void *mutex)
{
	struct stopper *s = self;

	if (s == NULL || s->call != call ||
	    (s->mutex != NULL && s->mutex != mutex))
		return;
	if (--s->left == 0)
		hold(s);
}

/*
 * The library tries first, each time that it takes a mutex.
 */
static int
stopper_tryenter(void *m)
{
	pass(STOPPER_ENTER, m);
	return (below->mutex_tryenter)(m);
}

static void
stopper_exit(void *m)
{
	(below->mutex_exit)(m);
	pass(STOPPER_EXITED, m);
}

static int
stopper_block(uint64_t deadline, unsigned flags)
{
	pass(STOPPER_BLOCK, NULL);
	return below->block(deadline, flags);
}

static void
stopper_unblock(void *token)
{
	pass(STOPPER_UNBLOCK, NULL);
	below->unblock(token);
}

/*
 * The library has started on msgfix's host, and no other thread is in it yet:
 * from here on it uses ours.
 */
void
stopper_init(void)
{
	fix_init();
	below = fix_host_in_use();
	stopper_host = *below;
	stopper_host.mutex_tryenter = stopper_tryenter;
	stopper_host.mutex_exit = stopper_exit;
	stopper_host.block = stopper_block;
	stopper_host.unblock = stopper_unblock;
	puffsmsg__host = &stopper_host;
}

int
stopper_setup(void **state)
{
	(void)state;
	stopper_init();
	fix_mount = fix_mount_new(NULL);
	return 0;
}

static void
set_stop(struct stopper *s, enum stopper_call call, const kmutex_t *lock,
    unsigned n)
{
	bool locks = call == STOPPER_ENTER || call == STOPPER_EXITED;

	s->call = call;
	s->mutex = locks && lock != NULL ? lock->mtx_host : NULL;
	s->left = n;
}

static void
stopper_main(void *arg)
{
	struct stopper *s = arg;

	self = s;
	s->fn(s->arg);
	self = NULL;
	s->ended = true;
	gate_pass(&s->held);
}

void
stopper_begin(struct stopper *s, void (*fn)(void *), void *arg,
    enum stopper_call call, const kmutex_t *lock, unsigned n)
{
	s->fn = fn;
	s->arg = arg;
	s->stops = s->awaited = 0;
	s->ended = false;
	gate_init(&s->held);
	gate_init(&s->let_go);
	set_stop(s, call, lock, n);
	fix_start(&s->t, stopper_main, s);
}

bool
stopper_await_or_end(struct stopper *s)
{
	gate_await(&s->held, ++s->awaited);
	return !s->ended;
}

void
stopper_await(struct stopper *s)
{
	assert_true(stopper_await_or_end(s));
}

void
stopper_start(struct stopper *s, void (*fn)(void *), void *arg,
    enum stopper_call call, const kmutex_t *lock, unsigned n)
{
	stopper_begin(s, fn, arg, call, lock, n);
	stopper_await(s);
}

void
stopper_step(struct stopper *s, enum stopper_call call, const kmutex_t *lock,
    unsigned n)
{
	set_stop(s, call, lock, n);
	gate_pass(&s->let_go);
	stopper_await(s);
}

void
stopper_go(struct stopper *s)
{
	gate_pass(&s->let_go);
}

void
stopper_join(struct stopper *s)
{
	fix_join(&s->t);
}

void
stopper_finish(struct stopper *s)
{
	stopper_go(s);
	stopper_join(s);
}
