/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * condvar(9): what each call promises, where wakers, signals and deadlines
 * meet.  The rows are those of docs/kern.md.
 */

#include "kernworld.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>

#include "expect_panic.h"

#include <sys/condvar.h>
#include <sys/kernel.h>
#include <sys/signalvar.h>
#include <sys/time.h>

#define YEAR (UINT64_C(365) * 24 * 3600 * 1000000000)

static kmutex_t m;
static kcondvar_t cv;

static int
start(void **state)
{
	int error = kw_setup(state);

	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cv, "cond");
	return error;
}

static int
stop(void **state)
{
	cv_destroy(&cv);
	mutex_destroy(&m);
	return kw_teardown(state);
}

/*
 * Who waits once, by one of the calls, and keeps what it returned.
 */
enum call {
	WAIT,
	WAIT_SIG,
	TIMED,
	TIMED_SIG,
	TIMEDBT,
	TIMEDBT_SIG,
	NCALLS
};

struct sleeper {
	struct kw_thread t;
	enum call call;
	int ticks;
	int error;
	bool owned;
	struct bintime bt;
};
static struct sleeper sl[4];

static struct bintime
bintime_of(int ticks)
{
	return (struct bintime){
		.sec = ticks / hz,
		.frac = (uint64_t)(ticks % hz) * (UINT64_MAX / (unsigned)hz),
	};
}

static int
wait_by(struct sleeper *s)
{
	s->bt = bintime_of(s->ticks);
	switch (s->call) {
	case WAIT:
		cv_wait(&cv, &m);
		return 0;
	case WAIT_SIG:
		return cv_wait_sig(&cv, &m);
	case TIMED:
		return cv_timedwait(&cv, &m, s->ticks);
	case TIMED_SIG:
		return cv_timedwait_sig(&cv, &m, s->ticks);
	case TIMEDBT:
		return cv_timedwaitbt(&cv, &m, &s->bt, DEFAULT_TIMEOUT_EPSILON);
	default:
		return cv_timedwaitbt_sig(&cv, &m, &s->bt,
		    DEFAULT_TIMEOUT_EPSILON);
	}
}

static void
sleeper_main(void *arg)
{
	struct sleeper *s = arg;

	mutex_enter(&m);
	s->error = wait_by(s);
	s->owned = mutex_owned(&m);
	mutex_exit(&m);
}

static void
set(struct sleeper *s, enum call call, int ticks)
{
	s->call = call;
	s->ticks = ticks;
	s->error = -1;
	s->owned = false;
}

/* Returns when it sleeps: starts are in the order of the queue. */
static void
sleeps(struct sleeper *s, enum call call, int ticks)
{
	set(s, call, ticks);
	kw_start(&s->t, sleeper_main, s);
	kw_until_asleep(&s->t);
}

/* Queued, and held before it sleeps in the host. */
static void
sleeps_held(struct sleeper *s, enum call call, int ticks)
{
	set(s, call, ticks);
	kw_hold(&s->t, sleeper_main, s, KW_BLOCK, NULL, 1);
	assert_true(kw_asleep(&s->t));
}

/*
 * It will be held when its wait has ended without a waker, before it takes
 * itself off the queue: its third mutex, after the interlock and the queue's.
 */
static void
sleeps_stubborn(struct sleeper *s, enum call call, int ticks)
{
	set(s, call, ticks);
	kw_begin(&s->t, sleeper_main, s, KW_ENTER, NULL, 3);
	kw_until_asleep(&s->t);
}

static void
ends(struct sleeper *s, int error)
{
	kw_join(&s->t);
	assert_int_equal(s->error, error);
	assert_true(s->owned);
}

static void
locked_signal(void)
{
	mutex_enter(&m);
	cv_signal(&cv);
	mutex_exit(&m);
}

static void
do_signal(void *arg)
{
	(void)arg;
	cv_signal(&cv);
}

static void
do_broadcast(void *arg)
{
	(void)arg;
	cv_broadcast(&cv);
}

static void
post(const struct sleeper *s)
{
	assert_int_equal(puffsmsg_lwp_kill(s->t.lid, SIGINT), 0);
}

/*
 * cv_init, cv_destroy, cv_is_valid, cv_wmesg, cv_has_waiters
 */
static void
test_life(void **state)
{
	kcondvar_t other;

	(void)state;
	cv_init(&other, "name");
	assert_true(cv_is_valid(&other));
	assert_string_equal(cv_wmesg(&other), "name");
	assert_false(cv_has_waiters(&other));
	cv_destroy(&other);
	assert_false(cv_is_valid(&other));
}

/* A condvar with nobody at it remembers nothing. */
static void
test_nobody(void **state)
{
	(void)state;
	cv_signal(&cv);
	cv_broadcast(&cv);
	assert_false(cv_has_waiters(&cv));
	sleeps(&sl[0], WAIT, 0);
	assert_true(kw_kick(&sl[0].t));
	locked_signal();
	ends(&sl[0], 0);
}

static void
test_has_waiters(void **state)
{
	(void)state;
	sleeps(&sl[0], WAIT, 0);
	sleeps(&sl[1], TIMED, 5);
	mutex_enter(&m);
	assert_true(cv_has_waiters(&cv));
	cv_signal(&cv);
	assert_true(cv_has_waiters(&cv));
	mutex_exit(&m);
	ends(&sl[0], 0);
	kw_advance(5 * KW_TICK);
	ends(&sl[1], EWOULDBLOCK);
	mutex_enter(&m);
	assert_false(cv_has_waiters(&cv));
	mutex_exit(&m);
}

/*
 * All waits: the interlock is free meanwhile and held afterwards, whatever
 * they return; a wakeup is 0.
 */
static void
test_woken(void **state)
{
	(void)state;
	for (int call = 0; call < NCALLS; call++) {
		sleeps(&sl[0], (enum call)call, 100);
		assert_true(mutex_tryenter(&m));
		assert_string_equal(sl[0].t.lwp->l_wmesg, "cond");
		cv_signal(&cv);
		assert_false(kw_asleep(&sl[0].t));
		/* Not before it can have the interlock. */
		assert_false(kw_returned(&sl[0].t));
		mutex_exit(&m);
		ends(&sl[0], 0);
	}
}

/* Neither the wakers nor what they say need the interlock. */
static void
test_woken_without_interlock(void **state)
{
	(void)state;
	for (int call = 0; call < NCALLS; call++) {
		sleeps(&sl[0], (enum call)call, 100);
		cv_signal(&cv);
		ends(&sl[0], 0);
		sleeps(&sl[0], (enum call)call, 100);
		cv_broadcast(&cv);
		ends(&sl[0], 0);
	}
}

static bool
takes_signals(int call)
{
	return call == WAIT_SIG || call == TIMED_SIG || call == TIMEDBT_SIG;
}

/* A _sig wait ends with EINTR, and the signal stays pending; others do not. */
static void
test_interrupted(void **state)
{
	(void)state;
	for (int call = 0; call < NCALLS; call++) {
		sleeps(&sl[0], (enum call)call, 100);
		post(&sl[0]);
		if (!takes_signals(call)) {
			assert_true(kw_kick(&sl[0].t));
			cv_signal(&cv);
		}
		ends(&sl[0], takes_signals(call) ? EINTR : 0);
		assert_false(cv_has_waiters(&cv));
	}
}

static void
pend_and_wait(void *arg)
{
	struct sleeper *s = arg;

	(void)puffsmsg_lwp_kill(s->t.lid, SIGTERM);
	sleeper_main(s);
}

/* One that is pending before ends it at once; the interlock stays held. */
static void
test_pending_before(void **state)
{
	(void)state;
	for (int call = 0; call < NCALLS; call++) {
		if (!takes_signals(call))
			continue;
		set(&sl[0], (enum call)call, 100);
		kw_hold(&sl[0].t, pend_and_wait, &sl[0], KW_EXITED, &m, 1);
		assert_int_equal(sl[0].error, EINTR);
		kw_go(&sl[0].t);
		ends(&sl[0], EINTR);
		assert_int_equal(atomic_load(&sl[0].t.blocks), 0);
	}
}

static void
block_and_wait(void *arg)
{
	struct sleeper *s = arg;

	(void)puffsmsg_lwp_sigblock(SIGINT, true);
	sleeper_main(s);
}

/* Signals that are blocked or ignored interrupt nothing. */
static void
test_not_deliverable(void **state)
{
	(void)state;
	set(&sl[0], WAIT_SIG, 0);
	kw_start(&sl[0].t, block_and_wait, &sl[0]);
	kw_until_asleep(&sl[0].t);
	post(&sl[0]);
	assert_true(kw_kick(&sl[0].t));
	assert_int_equal(puffsmsg_proc_sigignore(SIGTERM, true), 0);
	assert_int_equal(puffsmsg_lwp_kill(sl[0].t.lid, SIGTERM), 0);
	psignal(curproc, SIGTERM);
	assert_true(kw_kick(&sl[0].t));
	cv_signal(&cv);
	ends(&sl[0], 0);
}

/* A signal of the process interrupts one of its lwps. */
static void
test_psignal(void **state)
{
	unsigned first;

	(void)state;
	sleeps(&sl[0], WAIT_SIG, 0);
	sleeps(&sl[1], WAIT_SIG, 0);
	psignal(curproc, SIGHUP);
	first = kw_asleep(&sl[0].t) ? 1 : 0;
	assert_false(kw_asleep(&sl[first].t));
	assert_true(kw_kick(&sl[1 - first].t));
	ends(&sl[first], EINTR);
	/* A wakeup is for the one that is left. */
	cv_signal(&cv);
	ends(&sl[1 - first], 0);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGHUP);
}

/* Not a nanosecond before its time. */
static void
test_timed_out(void **state)
{
	uint64_t begun;

	(void)state;
	for (int call = TIMED; call < NCALLS; call++) {
		begun = kw_now();
		sleeps(&sl[0], (enum call)call, 25);
		assert_in_range(atomic_load(&sl[0].t.deadline) - begun,
		    25 * KW_TICK - 1, 25 * KW_TICK);
		assert_true(kw_advance_for(&sl[0].t, 25 * KW_TICK - 2));
		assert_true(kw_asleep(&sl[0].t));
		assert_false(kw_advance_for(&sl[0].t, 2));
		ends(&sl[0], EWOULDBLOCK);
		assert_false(cv_has_waiters(&cv));
	}
}

/* timedwaitbt takes what went by off, whatever the end. */
static void
test_time_left(void **state)
{
	struct bintime left = bintime_of(60);

	(void)state;
	sleeps(&sl[0], TIMEDBT, 100);
	assert_true(kw_advance_for(&sl[0].t, 40 * KW_TICK));
	cv_signal(&cv);
	ends(&sl[0], 0);
	assert_int_equal(sl[0].bt.sec, 0);
	assert_in_range(sl[0].bt.frac >> 40, (left.frac >> 40) - 1,
	    (left.frac >> 40) + 1);
	sleeps(&sl[0], TIMEDBT_SIG, 100);
	kw_advance(101 * KW_TICK);
	ends(&sl[0], EWOULDBLOCK);
	assert_int_equal(sl[0].bt.sec, 0);
	assert_true(sl[0].bt.frac == 0);
}

/* cv_timedwait of 0 ticks is cv_wait. */
static void
test_for_ever(void **state)
{
	(void)state;
	for (int call = TIMED; call <= TIMED_SIG; call++) {
		sleeps(&sl[0], (enum call)call, 0);
		assert_true(atomic_load(&sl[0].t.deadline) == PUFFSMSG_FOREVER);
		assert_true(kw_advance_for(&sl[0].t, 100 * YEAR));
		assert_true(kw_asleep(&sl[0].t));
		cv_signal(&cv);
		ends(&sl[0], 0);
	}
}

/* What the host returns for no reason ends no wait, and shortens none. */
static void
test_spurious(void **state)
{
	uint64_t deadline;

	(void)state;
	for (int call = 0; call < NCALLS; call++) {
		sleeps(&sl[0], (enum call)call, 10);
		deadline = atomic_load(&sl[0].t.deadline);
		for (int i = 0; i < 5; i++) {
			assert_true(kw_advance_for(&sl[0].t, KW_TICK));
			assert_true(kw_asleep(&sl[0].t));
			assert_true(atomic_load(&sl[0].t.deadline) == deadline);
		}
		mutex_enter(&m);
		assert_true(cv_has_waiters(&cv));
		mutex_exit(&m);
		cv_signal(&cv);
		ends(&sl[0], 0);
	}
}

/*
 * Wakeups and deadlines, at the last moment.
 */

/* The waker was first; its unblock comes after the deadline. */
static void
test_waker_before_deadline(void **state)
{
	struct kw_thread waker;

	(void)state;
	for (int call = TIMED; call < NCALLS; call++) {
		sleeps(&sl[0], (enum call)call, 10);
		kw_hold(&waker, do_signal, NULL, KW_UNBLOCK, NULL, 1);
		kw_advance(20 * KW_TICK);
		ends(&sl[0], 0);
		kw_go(&waker);
		kw_join(&waker);
	}
}

/* The waker was first and is done; block says that the time is over. */
static void
test_waker_before_block(void **state)
{
	(void)state;
	for (int call = TIMED; call < NCALLS; call++) {
		sleeps_held(&sl[0], (enum call)call, 10);
		kw_advance(20 * KW_TICK);
		cv_signal(&cv);
		assert_false(cv_has_waiters(&cv));
		kw_go(&sl[0].t);
		ends(&sl[0], 0);
	}
}

/* The deadline was first: the wakeup is the next one's. */
static void
test_deadline_before_waker(void **state)
{
	(void)state;
	for (int call = TIMED; call < NCALLS; call++) {
		sleeps_stubborn(&sl[0], (enum call)call, 10);
		sleeps(&sl[1], WAIT, 0);
		kw_advance(10 * KW_TICK);
		kw_await_held(&sl[0].t);
		cv_signal(&cv);
		ends(&sl[1], 0);
		kw_go(&sl[0].t);
		ends(&sl[0], EWOULDBLOCK);
		assert_false(cv_has_waiters(&cv));
	}
}

/* Nobody is there but one whose time is over: the wakeup is nobody's. */
static void
test_deadline_alone(void **state)
{
	(void)state;
	sleeps_stubborn(&sl[0], TIMED, 10);
	kw_advance(10 * KW_TICK);
	kw_await_held(&sl[0].t);
	locked_signal();
	assert_false(cv_has_waiters(&cv));
	kw_go(&sl[0].t);
	ends(&sl[0], EWOULDBLOCK);
	/* Nothing is left of it. */
	sleeps(&sl[0], WAIT, 0);
	assert_true(kw_kick(&sl[0].t));
	cv_signal(&cv);
	ends(&sl[0], 0);
}

/* Time is over while the waker has its hand on the sleeper. */
static void
run_out_of_time(void *arg)
{
	struct sleeper *s = arg;

	kw_advance(10 * KW_TICK);
	while (kw_asleep(&s->t))
		sched_yield();
}

static void
test_deadline_in_the_middle(void **state)
{
	(void)state;
	for (int call = TIMED; call < NCALLS; call++) {
		sleeps(&sl[0], (enum call)call, 10);
		sleeps(&sl[1], WAIT, 0);
		kw_before_update(&sl[0].t.lwp->l_sleepword, run_out_of_time,
		    &sl[0]);
		cv_signal(&cv);
		ends(&sl[0], EWOULDBLOCK);
		ends(&sl[1], 0);
	}
}

/*
 * Wakeups and signals.
 */
static void
test_waker_before_signal(void **state)
{
	struct kw_thread waker;

	(void)state;
	for (int call = 0; call < NCALLS; call++) {
		if (!takes_signals(call))
			continue;
		sleeps(&sl[0], (enum call)call, 100);
		kw_hold(&waker, do_signal, NULL, KW_UNBLOCK, NULL, 1);
		post(&sl[0]);
		kw_go(&waker);
		ends(&sl[0], 0);
		kw_join(&waker);
	}
}

/* Woken before it slept in the host; the signal comes in between, too. */
static void
test_waker_and_signal_before_block(void **state)
{
	(void)state;
	sleeps_held(&sl[0], WAIT_SIG, 0);
	cv_signal(&cv);
	post(&sl[0]);
	kw_go(&sl[0].t);
	ends(&sl[0], 0);
	sleeps_held(&sl[0], WAIT_SIG, 0);
	post(&sl[0]);
	cv_signal(&cv);
	kw_go(&sl[0].t);
	ends(&sl[0], EINTR);
}

/* The signal was first: the wakeup is the next one's. */
static void
test_signal_before_waker(void **state)
{
	(void)state;
	for (int call = 0; call < NCALLS; call++) {
		if (!takes_signals(call))
			continue;
		sleeps_stubborn(&sl[0], (enum call)call, 100);
		sleeps(&sl[1], WAIT_SIG, 0);
		post(&sl[0]);
		kw_await_held(&sl[0].t);
		cv_signal(&cv);
		ends(&sl[1], 0);
		kw_go(&sl[0].t);
		ends(&sl[0], EINTR);
		assert_false(cv_has_waiters(&cv));
	}
}

static void
post_by(void *arg)
{
	post(arg);
}

static void
psignal_by(void *arg)
{
	(void)arg;
	psignal(curproc, SIGTERM);
}

/* The signal comes while the waker has its hand on the sleeper. */
static void
test_signal_in_the_middle(void **state)
{
	void (*const posts[])(void *) = { post_by, psignal_by };

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		sleeps(&sl[0], WAIT_SIG, 0);
		sleeps(&sl[1], WAIT, 0);
		kw_before_update(&sl[0].t.lwp->l_sleepword, posts[i], &sl[0]);
		cv_signal(&cv);
		ends(&sl[0], EINTR);
		ends(&sl[1], 0);
	}
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGTERM);
}

/* The other way round: a waker while the signal has its hand on it. */
static void
test_waker_in_the_middle(void **state)
{
	(void)state;
	sleeps(&sl[0], WAIT_SIG, 0);
	kw_before_update(&sl[0].t.lwp->l_sleepword, do_signal, NULL);
	post(&sl[0]);
	ends(&sl[0], 0);
}

/* A signal and the deadline: one of them, and no wakeup is lost. */
static void
test_signal_and_deadline(void **state)
{
	(void)state;
	sleeps_stubborn(&sl[0], TIMED_SIG, 10);
	kw_advance(10 * KW_TICK);
	kw_await_held(&sl[0].t);
	post(&sl[0]);
	kw_go(&sl[0].t);
	ends(&sl[0], EWOULDBLOCK);
	sleeps_held(&sl[0], TIMED_SIG, 10);
	post(&sl[0]);
	kw_advance(10 * KW_TICK);
	kw_go(&sl[0].t);
	ends(&sl[0], EINTR);
}

/*
 * Who is woken.
 */
static void
test_oldest_first(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		sleeps(&sl[i], (enum call)(i % NCALLS), 100);
	for (unsigned i = 0; i < 4; i++) {
		if (i % 2 == 0)
			cv_signal(&cv);
		else
			locked_signal();
		assert_false(kw_asleep(&sl[i].t));
		for (unsigned k = i + 1; k < 4; k++)
			assert_true(kw_asleep(&sl[k].t));
		ends(&sl[i], 0);
	}
}

/* As many as there are wakeups, though all come before any waiter goes. */
static void
test_one_each(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++)
		sleeps(&sl[i], WAIT, 0);
	mutex_enter(&m);
	cv_signal(&cv);
	cv_signal(&cv);
	mutex_exit(&m);
	ends(&sl[0], 0);
	ends(&sl[1], 0);
	assert_true(kw_kick(&sl[2].t));
	assert_true(kw_kick(&sl[3].t));
	cv_broadcast(&cv);
	ends(&sl[2], 0);
	ends(&sl[3], 0);
}

/* One that left its place in the middle leaves the order of the others. */
static void
test_order_without_the_middle(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		sleeps(&sl[i], TIMED_SIG, i == 1 ? 10 : 0);
	kw_advance(10 * KW_TICK);
	ends(&sl[1], EWOULDBLOCK);
	sleeps(&sl[1], WAIT, 0);
	cv_signal(&cv);
	ends(&sl[0], 0);
	cv_signal(&cv);
	ends(&sl[2], 0);
	assert_true(kw_asleep(&sl[1].t));
	cv_signal(&cv);
	ends(&sl[1], 0);
}

static void
test_broadcast(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++)
		sleeps(&sl[i], (enum call)(2 * i), 100);
	mutex_enter(&m);
	cv_broadcast(&cv);
	assert_false(cv_has_waiters(&cv));
	for (unsigned i = 0; i < 3; i++)
		assert_false(kw_asleep(&sl[i].t));
	mutex_exit(&m);
	/* Whoever comes now is too late. */
	sleeps(&sl[3], WAIT, 0);
	for (unsigned i = 0; i < 3; i++)
		ends(&sl[i], 0);
	assert_true(kw_kick(&sl[3].t));
	cv_signal(&cv);
	ends(&sl[3], 0);
}

static unsigned rounds;

static void
wait_twice(void *arg)
{
	(void)arg;
	mutex_enter(&m);
	cv_wait(&cv, &m);
	rounds++;
	cv_wait(&cv, &m);
	rounds++;
	mutex_exit(&m);
}

/* Who was woken and waits again, while others are still being woken. */
static void
test_broadcast_meets_newcomer(void **state)
{
	struct kw_thread waker, again;

	(void)state;
	rounds = 0;
	kw_start(&again, wait_twice, NULL);
	kw_until_asleep(&again);
	sleeps(&sl[0], WAIT, 0);
	kw_hold(&waker, do_broadcast, NULL, KW_UNBLOCK, NULL, 2);
	kw_go(&waker);
	kw_join(&waker);
	ends(&sl[0], 0);
	while (atomic_load(&again.blocks) < 2)
		sched_yield();
	assert_true(kw_kick(&again));
	mutex_enter(&m);
	assert_int_equal(rounds, 1);
	cv_broadcast(&cv);
	mutex_exit(&m);
	kw_join(&again);
	assert_int_equal(rounds, 2);
}

/* One that a signal took is woken by neither, and takes from nobody. */
static void
test_broadcast_and_signal(void **state)
{
	(void)state;
	sleeps_stubborn(&sl[0], WAIT_SIG, 0);
	sleeps(&sl[1], WAIT_SIG, 0);
	post(&sl[0]);
	kw_await_held(&sl[0].t);
	cv_broadcast(&cv);
	ends(&sl[1], 0);
	kw_go(&sl[0].t);
	ends(&sl[0], EINTR);
}

/* Wakers that come together wake two. */
static void
test_two_wakers(void **state)
{
	struct kw_thread waker[2];

	(void)state;
	sleeps(&sl[0], WAIT, 0);
	sleeps(&sl[1], WAIT, 0);
	for (unsigned i = 0; i < 2; i++)
		kw_hold(&waker[i], do_signal, NULL, KW_UNBLOCK, NULL, 1);
	for (unsigned i = 2; i-- > 0;) {
		kw_go(&waker[i]);
		kw_join(&waker[i]);
	}
	ends(&sl[0], 0);
	ends(&sl[1], 0);
}

/* A late unblock, of a sleep that has ended, ends no other. */
static void
test_late_unblock(void **state)
{
	struct kw_thread waker;

	(void)state;
	sleeps_held(&sl[0], WAIT, 0);
	kw_hold(&waker, do_signal, NULL, KW_UNBLOCK, NULL, 1);
	kw_advance(0);
	kw_go(&sl[0].t);
	kw_until_returned(&sl[0].t);
	ends(&sl[0], 0);
	sleeps(&sl[1], WAIT, 0);
	kw_go(&waker);
	kw_join(&waker);
	assert_true(kw_kick(&sl[1].t));
	cv_signal(&cv);
	ends(&sl[1], 0);
}

/*
 * Ticks start so that they wrap ten seconds after the start.
 */
static void
until_wrap(int ticks)
{
	kw_advance((uint64_t)(INT_MAX - hardclock_ticks - ticks) * KW_TICK);
	assert_int_equal(hardclock_ticks, INT_MAX - ticks);
}

static void
test_across_the_wrap(void **state)
{
	(void)state;
	until_wrap(3);
	for (int call = TIMED; call < NCALLS; call++)
		sleeps(&sl[call - TIMED], (enum call)call, 10);
	for (unsigned i = 0; i < 4; i++)
		assert_true(kw_advance_for(&sl[i].t, 2 * KW_TICK));
	assert_int_equal(hardclock_ticks, INT_MIN + 4);
	kw_advance(2 * KW_TICK);
	for (unsigned i = 0; i < 4; i++)
		ends(&sl[i], EWOULDBLOCK);
}

static void
pause_main(void *arg)
{
	struct sleeper *s = arg;

	mutex_enter(&m);
	s->error = kpause("pause", false, s->ticks, &m);
	s->owned = mutex_owned(&m);
	mutex_exit(&m);
}

static void
test_kpause_across_the_wrap(void **state)
{
	(void)state;
	until_wrap(1);
	set(&sl[0], WAIT, 5);
	kw_start(&sl[0].t, pause_main, &sl[0]);
	kw_until_asleep(&sl[0].t);
	assert_true(kw_advance_for(&sl[0].t, 4 * KW_TICK));
	assert_true(hardclock_ticks < 0);
	kw_advance(KW_TICK);
	ends(&sl[0], EWOULDBLOCK);
}

/* After the wrap as before. */
static void
test_after_the_wrap(void **state)
{
	(void)state;
	until_wrap(0);
	kw_advance(7 * KW_TICK);
	sleeps(&sl[0], TIMED, 3);
	assert_true(kw_advance_for(&sl[0].t, 2 * KW_TICK));
	kw_advance(KW_TICK);
	ends(&sl[0], EWOULDBLOCK);
}

/*
 * No wait is a cancellation point.
 */
static void
wait_and_tell(void *arg)
{
	sleeper_main(arg);
}

static void
test_not_cancelled(void **state)
{
	void *value;

	(void)state;
	set(&sl[0], WAIT_SIG, 0);
	kw_start(&sl[0].t, wait_and_tell, &sl[0]);
	kw_until_asleep(&sl[0].t);
	assert_int_equal(pthread_cancel(sl[0].t.thread), 0);
	assert_true(kw_kick(&sl[0].t));
	assert_true(kw_asleep(&sl[0].t));
	cv_signal(&cv);
	kw_until_returned(&sl[0].t);
	assert_int_equal(sl[0].error, 0);
	assert_true(sl[0].owned);
	/* It is the gate of the test that lets it go then. */
	assert_int_equal(pthread_join(sl[0].t.thread, &value), 0);
	assert_ptr_equal(value, PTHREAD_CANCELED);
}

/*
 * Misuse.
 */
static void
do_wait_unlocked(void *arg)
{
	struct sleeper *s = arg;

	(void)wait_by(s);
}

static void
do_wait_locked_by_another(void *arg)
{
	static struct kw_thread t;

	sleeps(&sl[1], WAIT, 0);
	mutex_enter(&m);
	kw_start(&t, do_wait_unlocked, arg);
	kw_join(&t);
}

static void
do_destroy_awaited(void *arg)
{
	(void)arg;
	sleeps(&sl[0], WAIT, 0);
	cv_destroy(&cv);
}

static void
wait_on_another(void *arg)
{
	kmutex_t other;

	(void)arg;
	mutex_init(&other, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&other);
	cv_wait(&cv, &other);
}

static void
do_two_interlocks(void *arg)
{
	static struct kw_thread t;

	(void)arg;
	sleeps(&sl[0], WAIT, 0);
	kw_start(&t, wait_on_another, NULL);
	kw_join(&t);
}

static void
do_use_destroyed(void *arg)
{
	void (*const use)(kcondvar_t *) = *(void (**)(kcondvar_t *))arg;

	cv_destroy(&cv);
	use(&cv);
}

static void
use_signal(kcondvar_t *c)
{
	cv_signal(c);
}

static void
use_broadcast(kcondvar_t *c)
{
	cv_broadcast(c);
}

static void
use_destroy(kcondvar_t *c)
{
	cv_destroy(c);
}

static void
use_wait(kcondvar_t *c)
{
	mutex_enter(&m);
	cv_wait(c, &m);
}

static void
test_misuse(void **state)
{
	void (*const uses[])(kcondvar_t *) = { use_signal, use_broadcast,
		use_destroy, use_wait };
	const char *const words[] = { "cv_signal: condvar 0x",
		"cv_broadcast: condvar 0x", "cv_destroy: condvar 0x",
		"cv_wait: condvar 0x" };

	(void)state;
	for (int call = 0; call < NCALLS; call++) {
		set(&sl[0], (enum call)call, 10);
		expect_panic(do_wait_unlocked, &sl[0],
		    "cv_wait: cond: interlock 0x");
	}
	for (unsigned i = 0; i < 4; i++) {
		void (*use)(kcondvar_t *) = uses[i];

		expect_panic(do_use_destroyed, &use, words[i]);
	}
	expect_panic(do_wait_locked_by_another, &sl[0],
	    "cv_wait: cond: interlock 0x");
	expect_panic(do_destroy_awaited, NULL, "(cond) has waiters");
	expect_panic(do_two_interlocks, NULL, "others wait with 0x");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse),
		TEST(test_life),
		TEST(test_nobody),
		TEST(test_has_waiters),
		TEST(test_woken),
		TEST(test_woken_without_interlock),
		TEST(test_interrupted),
		TEST(test_pending_before),
		TEST(test_not_deliverable),
		TEST(test_psignal),
		TEST(test_timed_out),
		TEST(test_time_left),
		TEST(test_for_ever),
		TEST(test_spurious),
		TEST(test_waker_before_deadline),
		TEST(test_waker_before_block),
		TEST(test_deadline_before_waker),
		TEST(test_deadline_alone),
		TEST(test_deadline_in_the_middle),
		TEST(test_waker_before_signal),
		TEST(test_waker_and_signal_before_block),
		TEST(test_signal_before_waker),
		TEST(test_signal_in_the_middle),
		TEST(test_waker_in_the_middle),
		TEST(test_signal_and_deadline),
		TEST(test_oldest_first),
		TEST(test_one_each),
		TEST(test_order_without_the_middle),
		TEST(test_broadcast),
		TEST(test_broadcast_meets_newcomer),
		TEST(test_broadcast_and_signal),
		TEST(test_two_wakers),
		TEST(test_late_unblock),
		TEST(test_across_the_wrap),
		TEST(test_kpause_across_the_wrap),
		TEST(test_after_the_wrap),
		TEST(test_not_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
