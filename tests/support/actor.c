/* SPDX-License-Identifier: BSD-2-Clause */

#include <sched.h>

#include "actor.h"

/* The sleep word's low bits are the state, those above number the sleeps. */
#define SLEEP_STATES 8u

void
actor_enqueue(void *arg)
{
	struct actor *a = arg;

	puffs_msg_enqueue(a->mount, a->park);
}

void
actor_wait(void *arg)
{
	struct actor *a = arg;

	a->error = puffs_msg_wait(a->mount, a->park);
}

void
actor_wait_until(void *arg)
{
	struct actor *a = arg;

	a->error = puffsmsg__wait(a->mount, a->park, 0, a->deadline);
}

void
actor_read(void *arg)
{
	struct actor *a = arg;

	a->error = puffsmsg_read(a->mount, a->frame.bytes,
	    sizeof(a->frame.bytes), 0, &a->frame.len);
}

void
actor_dispatch(void *arg)
{
	struct actor *a = arg;

	a->error = puffsmsg_dispatch(a->mount, a->frame.bytes, a->frame.len);
}

void
actor_reply(void *arg)
{
	struct actor *a = arg;

	a->frame.len = (size_t)a->frame.req.preq_buflen;
	a->frame.req.preq_pth.pth_framelen = a->frame.len;
	a->frame.req.preq_rv = a->rv;
	actor_dispatch(a);
}

void
actor_releaseout(void *arg)
{
	struct actor *a = arg;

	puffs_msgif_releaseout(a->mount, a->frame.cookie, a->rv);
}

void
actor_userdead(void *arg)
{
	struct actor *a = arg;

	puffs_userdead(a->mount);
}

void
actor_close(void *arg)
{
	struct actor *a = arg;

	a->error = puffs_msgif_close(a->mount);
}

void
actor_unmount(void *arg)
{
	struct actor *a = arg;

	a->error = puffsmsg_mount_unmount(a->mount, a->rv);
}

void
actor_destroy(void *arg)
{
	struct actor *a = arg;

	puffsmsg_mount_destroy(a->mount);
}

static void
actor_main(void *arg)
{
	struct actor *a = arg;

	a->call(a);
	__atomic_store_n(&a->returned, true, __ATOMIC_SEQ_CST);
	a->sig = puffsmsg_lwp_sigtake();
}

bool
actor_returned(struct actor *a)
{
	return __atomic_load_n(&a->returned, __ATOMIC_SEQ_CST);
}

static void
actor_ready(struct actor *a, void (*fn)(void *))
{
	a->call = fn;
	a->error = 0;
	a->sig = 0;
	a->returned = false;
	a->held = false;
}

void
actor_begin(struct actor *a, void (*fn)(void *), enum stopper_call call,
    unsigned n)
{
	actor_ready(a, fn);
	a->held = call != STOPPER_NONE;
	stopper_begin(&a->s, actor_main, a, call, &a->mount->pmp_lock, n);
}

void
actor_start(struct actor *a, void (*fn)(void *))
{
	actor_begin(a, fn, STOPPER_NONE, 0);
}

void
actor_hold(struct actor *a, void (*fn)(void *), enum stopper_call call,
    unsigned n)
{
	actor_begin(a, fn, call, n);
	stopper_await(&a->s);
}

int
actor_do(struct actor *a, void (*fn)(void *))
{
	actor_ready(a, fn);
	fn(a);
	return a->error;
}

int
actor_end(struct actor *a)
{
	if (a->held)
		stopper_go(&a->s);
	stopper_join(&a->s);
	assert_true(actor_returned(a));
	return a->error;
}

void
actor_end_cancelled(struct actor *a)
{
	void *value;

	if (a->held)
		stopper_go(&a->s);
	assert_int_equal(pthread_join(a->s.t.thread, &value), 0);
	assert_ptr_equal(value, PTHREAD_CANCELED);
	assert_false(actor_returned(a));
}

/*
 * The number of the sleep that somebody sleeps for the park, or 0.
 */
static uint32_t
sleep_number(struct actor *a)
{
	struct lwp *l;
	uint32_t n = 0;

	mutex_enter(&a->mount->pmp_lock);
	l = a->park->park_waiter;
	if (l != NULL)
		n = puffsmsg__load32(&l->l_sleepword) / SLEEP_STATES;
	mutex_exit(&a->mount->pmp_lock);
	return n;
}

void
actor_sleeps(struct actor *a)
{
	while ((a->sleep = sleep_number(a)) == 0)
		sched_yield();
}

void
actor_sleeps_again(struct actor *a)
{
	uint32_t before = a->sleep;

	do {
		assert_false(actor_returned(a));
		sched_yield();
		a->sleep = sleep_number(a);
	} while (a->sleep == 0 || a->sleep == before);
}
