/* SPDX-License-Identifier: BSD-2-Clause */

#include <sched.h>

#include "kernworld.h"

#include "expect_panic.h"

/* The sleep word's low bits are the state. */
#define SLEEP_STATES 7u
#define ASLEEP       1u
#define ASLEEP_SIG   2u

static struct puffsmsg_host host;
static const struct puffsmsg_host *below;

static atomic_uint_fast64_t now;
static atomic_int memory_out;

/* Threads whose sleep the clock is watched in. */
#define MAXTOKENS 64u
static struct {
	pthread_mutex_t lock;
	void *token[MAXTOKENS];
	unsigned n;
} tokens = { .lock = PTHREAD_MUTEX_INITIALIZER };

static _Thread_local struct kw_thread *self;
static pthread_t first_thread;

static void
hold(struct kw_thread *t)
{
	t->place = KW_NOWHERE;
	t->stops++;
	gate_pass(&t->held);
	gate_await(&t->let_go, t->stops);
}

static void
pass(enum kw_place place, const void *mutex)
{
	struct kw_thread *t = self;

	if (t == NULL || t->place != place ||
	    (t->mutex != NULL && mutex != NULL && t->mutex != mutex))
		return;
	if (--t->left == 0)
		hold(t);
}

static int
kw_tryenter(void *m)
{
	pass(KW_ENTER, m);
	return (below->mutex_tryenter)(m);
}

static void
kw_enter(void *m)
{
	pass(KW_WAIT, m);
	(below->mutex_enter)(m);
}

static void
kw_exit(void *m)
{
	(below->mutex_exit)(m);
	pass(KW_EXITED, m);
}

static void *
kw_memalloc(size_t size, size_t align)
{
	void *p = below->memalloc(size, align);

	if (p != NULL)
		atomic_fetch_add(&memory_out, 1);
	return p;
}

static void
kw_memfree(void *p, size_t size)
{
	atomic_fetch_sub(&memory_out, 1);
	below->memfree(p, size);
}

static uint64_t
kw_clock(void)
{
	return atomic_load(&now);
}

static void *
kw_token(void)
{
	void *token = below->token();
	unsigned i = 0;

	pthread_mutex_lock(&tokens.lock);
	while (i < tokens.n && tokens.token[i] != token)
		i++;
	if (i == tokens.n && token != NULL && i < MAXTOKENS)
		tokens.token[tokens.n++] = token;
	pthread_mutex_unlock(&tokens.lock);
	return token;
}

/*
 * A deadline that is over is one for the host below too, and no sleep; one to
 * come is waited for until kw_advance unblocks all who sleep.
 */
static int
kw_block(uint64_t deadline, unsigned flags)
{
	pass(KW_BLOCK, NULL);
	if (deadline <= kw_clock())
		return below->block(1, flags);
	if (self != NULL) {
		atomic_store(&self->deadline, deadline);
		atomic_fetch_add(&self->blocks, 1);
	}
	return below->block(PUFFSMSG_FOREVER, flags);
}

static void
kw_unblock(void *token)
{
	pass(KW_UNBLOCK, NULL);
	below->unblock(token);
}

/*
 * A child that is to panic expects that of its first thread; on others it is
 * ended here.
 */
static void
kw_panic(const char *line)
{
	if (pthread_equal(pthread_self(), first_thread))
		(below->panic)(line);
	(void)fprintf(stderr, "%s\n", line);
	expect_panic_leave(EXPECT_PANIC_ABORTED);
}

static void
kw_log(const char *line)
{
	(void)line;
}

int
kw_setup(void **state)
{
	(void)state;
	first_thread = pthread_self();
	below = puffsmsg_host_pthread();
	host = *below;
	host.name = "kernworld";
	host.mutex_tryenter = kw_tryenter;
	host.mutex_enter = kw_enter;
	host.mutex_exit = kw_exit;
	host.memalloc = kw_memalloc;
	host.memfree = kw_memfree;
	host.clock = kw_clock;
	host.token = kw_token;
	host.block = kw_block;
	host.unblock = kw_unblock;
	host.panic = kw_panic;
	host.log = kw_log;
	atomic_store(&now, UINT64_C(1000000000));
	tokens.n = 0;
	return puffsmsg__kern_init(&host);
}

int
kw_teardown(void **state)
{
	(void)state;
	puffsmsg__kern_fini();
	assert_int_equal(atomic_load(&memory_out), 0);
	return 0;
}

static void *
thread_main(void *arg)
{
	struct kw_thread *t = arg;
	enum kw_place place = t->place;

	t->place = KW_NOWHERE;
	self = t;
	t->lwp = curlwp;
	t->lid = t->lwp->l_lid;
	gate_pass(&t->started);
	t->place = place;
	t->fn(t->arg);
	t->place = KW_NOWHERE;
	atomic_store(&t->returned, true);
	gate_await(&t->leave, 1);
	return NULL;
}

void
kw_begin(struct kw_thread *t, void (*fn)(void *), void *arg,
    enum kw_place place, const kmutex_t *lock, unsigned n)
{
	t->fn = fn;
	t->arg = arg;
	t->place = place;
	t->mutex = lock != NULL ? lock->mtx_host : NULL;
	t->left = n;
	t->stops = 0;
	atomic_store(&t->blocks, 0);
	atomic_store(&t->returned, false);
	gate_init(&t->started);
	gate_init(&t->held);
	gate_init(&t->let_go);
	gate_init(&t->leave);
	assert_int_equal(pthread_create(&t->thread, NULL, thread_main, t), 0);
	gate_await(&t->started, 1);
}

void
kw_start(struct kw_thread *t, void (*fn)(void *), void *arg)
{
	kw_begin(t, fn, arg, KW_NOWHERE, NULL, 0);
}

void
kw_await_held(struct kw_thread *t)
{
	gate_await(&t->held, 1);
}

void
kw_hold(struct kw_thread *t, void (*fn)(void *), void *arg, enum kw_place place,
    const kmutex_t *lock, unsigned n)
{
	kw_begin(t, fn, arg, place, lock, n);
	kw_await_held(t);
}

void
kw_go(struct kw_thread *t)
{
	gate_pass(&t->let_go);
}

bool
kw_returned(struct kw_thread *t)
{
	return atomic_load(&t->returned);
}

void
kw_until_returned(struct kw_thread *t)
{
	while (!kw_returned(t))
		sched_yield();
}

void
kw_join(struct kw_thread *t)
{
	kw_until_returned(t);
	gate_pass(&t->leave);
	assert_int_equal(pthread_join(t->thread, NULL), 0);
}

bool
kw_asleep(const struct kw_thread *t)
{
	uint32_t word = puffsmsg__load32(&t->lwp->l_sleepword) & SLEEP_STATES;

	return word == ASLEEP || word == ASLEEP_SIG;
}

static bool
blocked_after(struct kw_thread *t, unsigned blocks)
{
	while (atomic_load(&t->blocks) == blocks) {
		if (kw_returned(t))
			return false;
		sched_yield();
	}
	return true;
}

void
kw_until_asleep(struct kw_thread *t)
{
	assert_true(blocked_after(t, 0));
	assert_true(kw_asleep(t));
}

bool
kw_kick(struct kw_thread *t)
{
	return kw_advance_for(t, 0);
}

uint64_t
kw_now(void)
{
	return kw_clock();
}

void
kw_advance(uint64_t ns)
{
	atomic_fetch_add(&now, ns);
	pthread_mutex_lock(&tokens.lock);
	for (unsigned i = 0; i < tokens.n; i++)
		below->unblock(tokens.token[i]);
	pthread_mutex_unlock(&tokens.lock);
}

bool
kw_advance_for(struct kw_thread *t, uint64_t ns)
{
	unsigned blocks = atomic_load(&t->blocks);

	kw_advance(ns);
	return blocked_after(t, blocks);
}

/*
 * The hook; at most one.
 */
static struct {
	const volatile uint32_t *word;
	void (*fn)(void *);
	void *arg;
} hook;

static void
at_point(int kind, const volatile void *obj)
{
	if (kind != PUFFSMSG_POINT_UPDATE || obj != hook.word)
		return;
	puffsmsg__setpoint(NULL);
	hook.fn(hook.arg);
}

void
kw_before_update(const volatile uint32_t *word, void (*fn)(void *), void *arg)
{
	hook.word = word;
	hook.fn = fn;
	hook.arg = arg;
	puffsmsg__setpoint(at_point);
}
