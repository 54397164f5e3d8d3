/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include "lockstep.h"

#define MAX_THREADS 32

/*
 * One lock for everything; nothing of the library is called under it.
 */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER; /* of a state */
static struct ls_thread *threads[MAX_THREADS];
static unsigned nthreads;
static struct ls_thread *adopted; /* will be the next thread made */
static uint64_t now;

static struct puffsmsg_host ls_host;
static const struct puffsmsg_host *below; /* what ls_host is made of */
static const void *watched[2];            /* the host's mutexes */

/* The calling thread, if it is one of ours. */
static _Thread_local struct ls_thread *self;

static void
enter(void)
{
	pthread_mutex_lock(&lock);
}

static void
leave(void)
{
	pthread_mutex_unlock(&lock);
}

static void
set_state(struct ls_thread *t, enum ls_state state)
{
	t->state = state;
	pthread_cond_broadcast(&changed);
}

static void
await_go(struct ls_thread *t)
{
	set_state(t, LS_HELD);
	while (t->state == LS_HELD)
		pthread_cond_wait(&t->wake, &lock);
}

void
ls_place(void)
{
	struct ls_thread *t = self;

	if (t == NULL)
		return;
	t->busy = true;
	enter();
	if (t->left > 0 && --t->left == 0)
		await_go(t);
	leave();
}

void
ls_hold(void)
{
	enter();
	self->left = 0;
	await_go(self);
	leave();
}

static bool
is_watched(const void *m)
{
	return m == watched[0] || m == watched[1];
}

/*
 * The library tries first, each time that it takes a mutex.  Between the last
 * place and this one the thread has to have done something that others see.
 */
static int
ls_tryenter(void *m)
{
	if (is_watched(m) && self != NULL && self->busy)
		ls_place();
	return (below->mutex_tryenter)(m);
}

static void
ls_exit(void *m)
{
	bool is = is_watched(m);

	(below->mutex_exit)(m);
	if (!is || self == NULL)
		return;
	ls_place();
	self->busy = false;
}

static void *
ls_token(void)
{
	return self != NULL ? (void *)self : below->token();
}

static uint64_t
ls_clock(void)
{
	uint64_t t;

	enter();
	t = now;
	leave();
	return t;
}

/*
 * No thread of these tests is cancelled.
 */
static int
ls_block(uint64_t deadline, unsigned flags)
{
	struct ls_thread *t = self;
	int error;

	if (t == NULL)
		return below->block(deadline, flags);
	ls_place();
	enter();
	t->deadline = deadline;
	while (!t->unblocked && now < t->deadline) {
		set_state(t, LS_ASLEEP);
		pthread_cond_wait(&t->wake, &lock);
	}
	error = t->unblocked ? 0 : ETIMEDOUT;
	t->unblocked = false;
	set_state(t, LS_RUNNING);
	leave();
	return error;
}

/*
 * One that is woken runs from this moment on: whoever looks does not see it
 * asleep any more.
 */
static void
wake(struct ls_thread *t)
{
	if (t->state == LS_ASLEEP)
		set_state(t, LS_RUNNING);
	pthread_cond_signal(&t->wake);
}

static bool
unblock_ours(const void *token)
{
	bool is = false;

	enter();
	for (unsigned i = 0; i < nthreads; i++) {
		if (threads[i] != token)
			continue;
		is = true;
		threads[i]->unblocked = true;
		wake(threads[i]);
	}
	leave();
	return is;
}

static void
ls_unblock(void *token)
{
	if (self != NULL)
		self->busy = true;
	if (!unblock_ours(token))
		below->unblock(token);
}

static void
ended(void *arg)
{
	self = NULL;
	enter();
	set_state(arg, LS_ENDED);
	leave();
}

static void
enlist(struct ls_thread *t, unsigned n)
{
	memset(t, 0, sizeof(*t));
	pthread_cond_init(&t->wake, NULL);
	t->left = n;
	t->busy = true;
	t->state = LS_RUNNING;
	enter();
	assert_true(nthreads < MAX_THREADS);
	threads[nthreads++] = t;
	leave();
}

/* A thread of the library's own ends in the middle of its function. */
static void
adopted_main(void *arg)
{
	struct ls_thread *t = arg;

	self = t;
	pthread_cleanup_push(ended, t);
	t->fn(t->arg);
	pthread_cleanup_pop(1);
}

static int
ls_thread_create(void (*fn)(void *), void *arg, const char *name,
    unsigned flags, void **thread)
{
	struct ls_thread *t = adopted;

	if (t == NULL)
		return below->thread_create(fn, arg, name, flags, thread);
	adopted = NULL;
	enlist(t, 1);
	t->fn = fn;
	t->arg = arg;
	t->adopted = true;
	return below->thread_create(adopted_main, t, name, flags, thread);
}

static void
ls_thread_join(void *thread)
{
	struct ls_thread *t = self;

	if (t == NULL) {
		below->thread_join(thread);
		return;
	}
	ls_place();
	enter();
	set_state(t, LS_JOINING);
	leave();
	below->thread_join(thread);
	enter();
	set_state(t, LS_RUNNING);
	leave();
}

/*
 * Whoever uses it after it was freed does not find what was there.
 */
static void
ls_memfree(void *p, size_t size)
{
	memset(p, 0x5a, size);
	below->memfree(p, size);
}

/*
 * The library has started on msgfix's host, and no other thread is in it yet:
 * from here on it uses ours.
 */
void
ls_init(void)
{
	fix_init();
	below = fix_host_in_use();
	nthreads = 0;
	adopted = NULL;
	now = UINT64_C(1000000000000);
	watched[0] = watched[1] = NULL;
	ls_host = *below;
	ls_host.mutex_tryenter = ls_tryenter;
	ls_host.mutex_exit = ls_exit;
	ls_host.token = ls_token;
	ls_host.block = ls_block;
	ls_host.unblock = ls_unblock;
	ls_host.clock = ls_clock;
	ls_host.thread_create = ls_thread_create;
	ls_host.thread_join = ls_thread_join;
	ls_host.memfree = ls_memfree;
	puffsmsg__host = &ls_host;
}

void
ls_fini(void)
{
	ls_watch(NULL);
	for (unsigned i = 0; i < nthreads; i++)
		assert_int_equal(ls_state(threads[i]), LS_ENDED);
	fix_fini();
}

void
ls_watch(struct puffs_mount *mount)
{
	watched[0] = mount != NULL ? mount->pmp_lock.mtx_host : NULL;
	watched[1] = mount != NULL ? mount->pmp_sop.sop_lock.mtx_host : NULL;
}

static void *
ls_main(void *arg)
{
	struct ls_thread *t = arg;

	self = t;
	pthread_cleanup_push(ended, t);
	t->lid = puffsmsg_lwp_self();
	t->fn(t->arg);
	pthread_cleanup_pop(1);
	return NULL;
}

void
ls_start(struct ls_thread *t, void (*fn)(void *), void *arg, unsigned n)
{
	enlist(t, n);
	t->fn = fn;
	t->arg = arg;
	assert_int_equal(pthread_create(&t->thread, NULL, ls_main, t), 0);
}

void
ls_adopt(struct ls_thread *t)
{
	adopted = t;
}

void
ls_go(struct ls_thread *t, unsigned n)
{
	enter();
	t->left = n;
	if (t->state == LS_HELD) {
		set_state(t, LS_RUNNING);
		pthread_cond_signal(&t->wake);
	}
	leave();
}

void
ls_join(struct ls_thread *t)
{
	assert_int_equal(pthread_join(t->thread, NULL), 0);
}

/*
 * Threads are joined that the library made, all of which are ours.
 */
static bool
join_waits(void)
{
	for (unsigned i = 0; i < nthreads; i++) {
		if (threads[i]->adopted && threads[i]->state != LS_ENDED)
			return true;
	}
	return false;
}

static bool
moves(const struct ls_thread *t)
{
	return t->state == LS_RUNNING ||
	    (t->state == LS_JOINING && !join_waits());
}

static bool
anybody_moves(void)
{
	for (unsigned i = 0; i < nthreads; i++) {
		if (moves(threads[i]))
			return true;
	}
	return false;
}

void
ls_settle(void)
{
	enter();
	while (anybody_moves())
		pthread_cond_wait(&changed, &lock);
	leave();
}

enum ls_state
ls_state(struct ls_thread *t)
{
	enum ls_state state;

	enter();
	state = t->state;
	leave();
	return state;
}

bool
ls_stays(struct ls_thread *t)
{
	return ls_state(t) != LS_ENDED;
}

void
ls_advance(uint64_t ns)
{
	enter();
	now += ns;
	for (unsigned i = 0; i < nthreads; i++) {
		if (threads[i]->state == LS_ASLEEP &&
		    threads[i]->deadline <= now)
			wake(threads[i]);
	}
	leave();
}

uint64_t
ls_next(void)
{
	uint64_t first = PUFFSMSG_FOREVER;

	enter();
	for (unsigned i = 0; i < nthreads; i++) {
		if (threads[i]->state == LS_ASLEEP &&
		    threads[i]->deadline < first)
			first = threads[i]->deadline;
	}
	first = first == PUFFSMSG_FOREVER ? 0 : first - now;
	leave();
	return first;
}
