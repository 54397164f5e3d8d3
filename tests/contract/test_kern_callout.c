/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * callout(9), row by row of docs/kern.md: each call, and each promise of
 * sys/callout.h.  Time passes only when the test says so.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expect_panic.h"
#include "gate.h"
#include "sleepers.h"

#include <sys/callout.h>
#include <sys/kernel.h>
#include <sys/kmem.h>

#define TICK UINT64_C(10000000)

#define MAXEVENTS 4
static struct event {
	callout_t c;
	bool held;      /* in its function, until it may go on */
	unsigned again; /* how many times it schedules itself, for a tick */
	struct gate begun, go;
} events[MAXEVENTS];
#define C(i) (&events[i].c)

/* What was called, in order; read when softclock is idle. */
#define MAXCALLS 32
static struct {
	unsigned n;
	const struct event *event[MAXCALLS];
	uint64_t when[MAXCALLS];
	const struct lwp *l;
	uint32_t nosleep;
} called;

static void
call(void *arg)
{
	struct event *e = arg;

	called.event[called.n] = e;
	called.when[called.n++] = sleepers_clock();
	called.l = curlwp;
	called.nosleep = curlwp->l_nosleep;
	gate_pass(&e->begun);
	if (e->held)
		gate_await(&e->go, 1);
	if (e->again > 0) {
		e->again--;
		callout_schedule(&e->c, 1);
	}
}

static kmutex_t m;
static void *_Atomic kept; /* a mutex that must not be left */

static void
exit_but_kept(void *host_mutex)
{
	assert_ptr_not_equal(host_mutex, kept);
	(testhost_real()->mutex_exit)(host_mutex);
}

static int
start(void **state)
{
	if (sleepers_start(state) != 0)
		return -1;
	testhost.mutex_exit = exit_but_kept; /* no thread is there yet */
	memset(&called, 0, sizeof(called));
	for (unsigned i = 0; i < MAXEVENTS; i++) {
		memset(&events[i].c, 0xa5, sizeof(events[i].c));
		events[i].held = false;
		events[i].again = 0;
		gate_init(&events[i].begun);
		gate_init(&events[i].go);
		callout_init(C(i), CALLOUT_MPSAFE);
		callout_setfunc(C(i), call, &events[i]);
	}
	return 0;
}

static int
stop(void **state)
{
	/* What a test that failed holds goes on. */
	for (unsigned i = 0; i < MAXEVENTS; i++)
		gate_pass(&events[i].go);
	for (unsigned i = 0; i < MAXEVENTS; i++) {
		(void)callout_halt(C(i), NULL);
		callout_destroy(C(i));
	}
	return sleepers_stop(state);
}

/* `ns' go by, and all that is due then has been done. */
static void
pass(uint64_t ns)
{
	sleepers_settle(1);
	sleepers_advance(ns);
	sleepers_settle(1);
}

/* Its function has begun, and is held. */
static void
begin_held(unsigned i)
{
	events[i].held = true;
	callout_schedule(C(i), 0);
	gate_await(&events[i].begun, 1);
}

static void
is(unsigned i, bool pending, bool expired, bool invoking)
{
	assert_int_equal(callout_pending(C(i)), pending);
	assert_int_equal(callout_expired(C(i)), expired);
	assert_int_equal(callout_active(C(i)), pending || expired);
	assert_int_equal(callout_invoking(C(i)), invoking);
}

static void
test_init(void **state)
{
	callout_t c;

	(void)state;
	callout_init(&c, 0);
	assert_false(callout_pending(&c));
	assert_false(callout_expired(&c));
	assert_false(callout_active(&c));
	assert_false(callout_invoking(&c));
	callout_destroy(&c);
	/* One thread for all, which only sleeps. */
	assert_true(sleepers_deadline() == PUFFSMSG_FOREVER);
	assert_int_equal(curproc->p_nlwps, 2);
}

static void
init_one(void *arg)
{
	callout_init(arg, 0);
}

/* There is no thread to be had at first: init waits, and schedule need not. */
static void
test_init_waits_for_a_thread(void **state)
{
	struct peer p;
	callout_t c;

	(void)state;
	th.fail_thread_create = 3;
	peer_start(&p, init_one, &c);
	for (unsigned i = 0; i < 2; i++) {
		peer_sleeps(&p);
		sleepers_advance(i == 0 ? TICK / 10 : TICK / 5);
	}
	peer_join(&p);
	assert_int_equal(th.fail_thread_create, 0);
	assert_int_equal(th.logs, 1);
	callout_reset(&c, 0, call, &events[0]);
	gate_await(&events[0].begun, 1);
	sleepers_settle(1);
	(void)callout_stop(&c);
	callout_destroy(&c);
}

static void
test_schedule(void **state)
{
	uint64_t now = sleepers_clock();

	(void)state;
	callout_schedule(C(0), 3);
	assert_true(sleepers_deadline() == now + 3 * TICK);
	pass(3 * TICK - 1);
	assert_int_equal(called.n, 0);
	pass(1);
	assert_int_equal(called.n, 1);
	assert_ptr_equal(called.event[0], &events[0]);
	assert_true(called.when[0] == now + 3 * TICK);
	/* Once. */
	pass(100 * TICK);
	assert_int_equal(called.n, 1);
	assert_true(sleepers_deadline() == PUFFSMSG_FOREVER);
}

/* At once, but not in the caller's thread. */
static void
test_schedule_no_ticks(void **state)
{
	(void)state;
	callout_schedule(C(0), 0);
	pass(0);
	assert_int_equal(called.n, 1);
	assert_ptr_not_equal(called.l, curlwp);
	callout_schedule(C(0), 1);
	pass(TICK - 1);
	assert_int_equal(called.n, 1);
	pass(1);
	assert_int_equal(called.n, 2);
}

/* The ticks wrap meanwhile. */
static void
test_schedule_over_the_wrap(void **state)
{
	int before = hardclock_ticks;

	(void)state;
	callout_schedule(C(0), 3000);
	callout_schedule(C(1), INT32_MAX);
	pass(2999 * TICK);
	assert_int_equal(called.n, 0);
	pass(TICK);
	assert_int_equal(called.n, 1);
	assert_true(before > 0 && hardclock_ticks < 0);
	assert_true(callout_pending(C(1)));
	pass((INT32_MAX - UINT64_C(3001)) * TICK);
	assert_int_equal(called.n, 1);
	pass(TICK);
	assert_int_equal(called.n, 2);
}

/* The earliest first, however they were scheduled. */
static void
test_in_order(void **state)
{
	(void)state;
	callout_schedule(C(0), 3);
	callout_schedule(C(1), 1);
	callout_schedule(C(2), 4);
	callout_schedule(C(3), 2);
	pass(10 * TICK);
	assert_int_equal(called.n, 4);
	assert_ptr_equal(called.event[0], &events[1]);
	assert_ptr_equal(called.event[1], &events[3]);
	assert_ptr_equal(called.event[2], &events[0]);
	assert_ptr_equal(called.event[3], &events[2]);
}

/* Of the same time: in the order of schedule, also if it is not the first. */
static void
test_same_time(void **state)
{
	(void)state;
	callout_schedule(C(2), 2);
	callout_schedule(C(0), 2);
	callout_schedule(C(3), 2);
	callout_schedule(C(1), 2);
	callout_schedule(C(2), 2);
	pass(2 * TICK);
	assert_int_equal(called.n, 4);
	assert_ptr_equal(called.event[0], &events[0]);
	assert_ptr_equal(called.event[1], &events[3]);
	assert_ptr_equal(called.event[2], &events[1]);
	assert_ptr_equal(called.event[3], &events[2]);
}

/* The new time counts alone, whether it is earlier or later. */
static void
test_schedule_again(void **state)
{
	(void)state;
	callout_schedule(C(0), 5);
	sleepers_settle(1);
	callout_schedule(C(0), 2);
	callout_schedule(C(1), 2);
	callout_schedule(C(1), 5);
	pass(2 * TICK);
	assert_int_equal(called.n, 1);
	assert_ptr_equal(called.event[0], &events[0]);
	pass(3 * TICK);
	assert_int_equal(called.n, 2);
	assert_ptr_equal(called.event[1], &events[1]);
	pass(10 * TICK);
	assert_int_equal(called.n, 2);
}

static void
test_setfunc(void **state)
{
	(void)state;
	callout_setfunc(C(0), call, &events[1]);
	callout_schedule(C(0), 1);
	pass(TICK);
	assert_ptr_equal(called.event[0], &events[1]);
	/* Also of one that is pending. */
	callout_schedule(C(0), 1);
	callout_setfunc(C(0), call, &events[2]);
	pass(TICK);
	assert_int_equal(called.n, 2);
	assert_ptr_equal(called.event[1], &events[2]);
}

static void
test_reset(void **state)
{
	(void)state;
	callout_schedule(C(0), 1);
	callout_reset(C(0), 2, call, &events[3]);
	pass(TICK);
	assert_int_equal(called.n, 0);
	pass(TICK);
	assert_int_equal(called.n, 1);
	assert_ptr_equal(called.event[0], &events[3]);
	/* The function stays. */
	callout_schedule(C(0), 0);
	pass(0);
	assert_int_equal(called.n, 2);
	assert_ptr_equal(called.event[1], &events[3]);
}

static void
test_states(void **state)
{
	(void)state;
	is(0, false, false, false);
	callout_schedule(C(0), 1);
	is(0, true, false, false);
	events[0].held = true;
	pass(0);
	sleepers_advance(TICK);
	gate_await(&events[0].begun, 1);
	is(0, false, true, true);
	gate_pass(&events[0].go);
	sleepers_settle(1);
	/* Still invoking: nobody has said otherwise. */
	is(0, false, true, true);
	callout_schedule(C(0), 1);
	is(0, true, false, false);
	assert_false(callout_stop(C(0)));
	is(0, false, false, false);
}

static void
test_ack(void **state)
{
	(void)state;
	callout_schedule(C(0), 0);
	pass(0);
	is(0, false, true, true);
	callout_ack(C(0));
	is(0, false, true, false);
	assert_true(callout_stop(C(0)));
	/* stop alone is no ack. */
	callout_schedule(C(0), 0);
	pass(0);
	assert_true(callout_stop(C(0)));
	is(0, false, false, true);
	callout_ack(C(0));
	is(0, false, false, false);
}

static void
test_stop(void **state)
{
	(void)state;
	/* Never scheduled. */
	assert_false(callout_stop(C(0)));
	/* In time. */
	callout_schedule(C(0), 2);
	callout_schedule(C(1), 3);
	pass(TICK);
	assert_false(callout_stop(C(0)));
	pass(10 * TICK);
	assert_int_equal(called.n, 1);
	/* Too late, which it says once. */
	assert_true(callout_stop(C(1)));
	assert_false(callout_stop(C(1)));
}

/* Scheduled again, it is no longer expired. */
static void
test_stop_rescheduled(void **state)
{
	(void)state;
	callout_schedule(C(0), 1);
	pass(TICK);
	callout_schedule(C(0), 1);
	assert_false(callout_stop(C(0)));
	pass(10 * TICK);
	assert_int_equal(called.n, 1);
}

/* Does not wait for the function. */
static void
test_stop_running(void **state)
{
	(void)state;
	begin_held(0);
	assert_true(callout_stop(C(0)));
	is(0, false, false, true);
	gate_pass(&events[0].go);
	sleepers_settle(1);
	is(0, false, false, true);
}

/* Pending again while its function runs: called again, not at once. */
static void
test_schedule_running(void **state)
{
	(void)state;
	begin_held(0);
	callout_schedule(C(0), 1);
	is(0, true, false, false);
	gate_pass(&events[0].go);
	pass(0);
	assert_int_equal(called.n, 1);
	pass(TICK);
	assert_int_equal(called.n, 2);
}

static void
test_function_schedules_itself(void **state)
{
	(void)state;
	events[0].again = 3;
	callout_schedule(C(0), 1);
	for (unsigned i = 1; i <= 4; i++) {
		assert_int_equal(called.n, i - 1);
		pass(TICK);
		assert_int_equal(called.n, i);
	}
	pass(10 * TICK);
	assert_int_equal(called.n, 4);
}

static void
free_self(void *arg)
{
	callout_t *c = arg;

	called.n++;
	assert_true(callout_halt(c, NULL));
	callout_destroy(c);
	memset(c, 0xff, sizeof(*c));
	kmem_free(c, sizeof(*c));
}

static void
test_function_frees(void **state)
{
	callout_t *c = kmem_alloc(sizeof(*c), KM_SLEEP);

	(void)state;
	callout_init(c, 0);
	callout_reset(c, 1, free_self, c);
	callout_schedule(C(0), 1);
	pass(TICK);
	assert_int_equal(called.n, 2);
}

static void
destroy_self(void *arg)
{
	struct event *e = arg;

	callout_destroy(&e->c);
	gate_pass(&e->begun);
	gate_await(&e->go, 1);
	called.n++;
}

/* Whose memory is another callout before the function has returned. */
static void
test_function_destroys(void **state)
{
	struct event *e = &events[0];

	(void)state;
	callout_reset(&e->c, 0, destroy_self, e);
	gate_await(&e->begun, 1);
	callout_init(&e->c, 0);
	callout_destroy(&e->c);
	callout_init(&e->c, 0);
	assert_false(callout_halt(&e->c, NULL));
	callout_reset(&e->c, 1, call, e);
	gate_pass(&e->go);
	pass(0);
	is(0, true, false, false);
	pass(TICK);
	assert_int_equal(called.n, 2);
}

/* By the library's own thread, which must not sleep in them. */
static void
test_thread(void **state)
{
	const struct lwp *l;

	(void)state;
	callout_schedule(C(0), 0);
	pass(0);
	l = called.l;
	assert_ptr_not_equal(l, curlwp);
	assert_int_equal(called.nosleep, 1);
	callout_schedule(C(1), 0);
	pass(0);
	assert_ptr_equal(called.l, l);
	assert_int_equal(called.nosleep, 1);
	mutex_enter(curproc->p_lock);
	assert_string_equal(l->l_name, "softclock");
	assert_string_equal(l->l_wmesg, "callout");
	assert_int_equal(l->l_nosleep, 0);
	mutex_exit(curproc->p_lock);
}

/* One after the other, and what comes due meanwhile is not lost. */
static void
test_one_at_a_time(void **state)
{
	(void)state;
	begin_held(0);
	callout_schedule(C(1), 1);
	callout_schedule(C(2), 2);
	sleepers_advance(5 * TICK);
	assert_int_equal(gate_count(&events[1].begun), 0);
	is(1, true, false, false);
	gate_pass(&events[0].go);
	pass(0);
	assert_int_equal(called.n, 3);
	assert_ptr_equal(called.event[1], &events[1]);
	assert_ptr_equal(called.event[2], &events[2]);
}

/* Nothing to wait for: like stop, and the interlock is not released. */
static void
test_halt(void **state)
{
	(void)state;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&m);
	kept = m.mtx_host;
	assert_false(callout_halt(C(0), &m));
	callout_schedule(C(0), 1);
	assert_false(callout_halt(C(0), &m));
	callout_schedule(C(1), 1);
	pass(TICK);
	assert_int_equal(called.n, 1);
	assert_true(callout_halt(C(1), &m));
	assert_false(callout_halt(C(1), NULL));
	is(1, false, false, true);
	kept = NULL;
	assert_true(mutex_owned(&m));
	mutex_exit(&m);
	mutex_destroy(&m);
}

static struct halter {
	struct peer p;
	bool lock, result, owned;
	struct gate locked;
} halters[2];

static void
halt_first(void *arg)
{
	struct halter *h = arg;

	if (!h->lock) {
		h->result = callout_halt(C(0), NULL);
		return;
	}
	mutex_enter(&m);
	gate_pass(&h->locked);
	h->result = callout_halt(C(0), &m);
	h->owned = mutex_owned(&m);
	mutex_exit(&m);
}

static void
halter_sleeps(unsigned i, bool with_lock)
{
	struct halter *h = &halters[i];

	h->lock = with_lock;
	h->result = h->owned = false;
	gate_init(&h->locked);
	peer_start(&h->p, halt_first, h);
	peer_sleeps(&h->p);
}

static void
test_halt_waits(void **state)
{
	(void)state;
	begin_held(0);
	halter_sleeps(0, false);
	halter_sleeps(1, false);
	gate_pass(&events[0].go);
	peer_join(&halters[0].p);
	peer_join(&halters[1].p);
	/* The first to come was told, and took the state with it. */
	assert_true(halters[0].result);
	assert_false(halters[1].result);
}

/* Another one's function is not waited for. */
static void
test_halt_does_not_wait(void **state)
{
	(void)state;
	begin_held(1);
	callout_schedule(C(0), 0);
	assert_false(callout_halt(C(0), NULL));
	gate_pass(&events[1].go);
	pass(10 * TICK);
	assert_int_equal(called.n, 1);
}

/* The interlock is the function's meanwhile, and the halter's afterwards. */
static void
test_halt_interlock(void **state)
{
	(void)state;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	begin_held(0);
	halter_sleeps(0, true);
	assert_true(mutex_tryenter(&m));
	mutex_exit(&m);
	gate_pass(&events[0].go);
	peer_join(&halters[0].p);
	assert_true(halters[0].result);
	assert_true(halters[0].owned);
	mutex_destroy(&m);
}

/* What the function schedules while it is awaited does not come. */
static void
test_halt_stops_what_it_schedules(void **state)
{
	(void)state;
	events[0].again = 1;
	begin_held(0);
	halter_sleeps(0, false);
	gate_pass(&events[0].go);
	peer_join(&halters[0].p);
	assert_int_equal(events[0].again, 0);
	is(0, false, false, false);
	pass(10 * TICK);
	assert_int_equal(called.n, 1);
}

static void
call_at_once(void *arg)
{
	struct event *e = arg;

	called.n++;
	gate_pass(&e->begun);
	gate_await(&e->go, 1);
	if (called.n < 3)
		callout_schedule(&e->c, 0);
}

/* Not even at once, before the halter runs. */
static void
test_halt_stops_what_is_due(void **state)
{
	(void)state;
	callout_reset(C(0), 0, call_at_once, &events[0]);
	gate_await(&events[0].begun, 1);
	halter_sleeps(0, false);
	gate_pass(&events[0].go);
	peer_join(&halters[0].p);
	sleepers_settle(1);
	assert_int_equal(called.n, 1);
	is(0, false, false, false);
}

static void
halt_others(void *arg)
{
	(void)arg;
	called.n++;
	assert_false(callout_halt(C(1), NULL));
	assert_true(callout_halt(C(0), NULL));
	assert_false(callout_halt(C(0), NULL));
}

/* In a function: not for itself, nor for one whose function it is not. */
static void
test_halt_in_function(void **state)
{
	(void)state;
	callout_reset(C(0), 1, halt_others, NULL);
	callout_schedule(C(1), 2);
	pass(10 * TICK);
	assert_int_equal(called.n, 1);
	is(0, false, false, true);
	is(1, false, false, false);
}

static callout_t strange;

static void
do_uninitialised(void *arg)
{
	(void)sleepers_start(NULL);
	switch (*(int *)arg) {
	case 0:
		callout_destroy(&strange);
		break;
	case 1:
		callout_setfunc(&strange, call, NULL);
		break;
	case 2:
		callout_schedule(&strange, 1);
		break;
	case 3:
		callout_reset(&strange, 1, call, NULL);
		break;
	case 4:
		(void)callout_stop(&strange);
		break;
	case 5:
		(void)callout_halt(&strange, NULL);
		break;
	case 6:
		(void)callout_pending(&strange);
		break;
	case 7:
		callout_ack(&strange);
		break;
	}
}

static void
do_destroyed(void *arg)
{
	(void)start(arg);
	callout_destroy(C(0));
	(void)callout_expired(C(0));
}

static void
do_destroy_pending(void *arg)
{
	(void)start(arg);
	callout_schedule(C(0), 5);
	callout_destroy(C(0));
}

static void
do_destroy_running(void *arg)
{
	(void)start(arg);
	begin_held(0);
	callout_destroy(C(0));
}

static void
do_no_function(void *arg)
{
	callout_t c;

	(void)start(arg);
	callout_init(&c, 0);
	callout_schedule(&c, 1);
}

static void
do_set_no_function(void *arg)
{
	(void)start(arg);
	callout_setfunc(C(0), NULL, NULL);
}

static void
do_negative(void *arg)
{
	(void)start(arg);
	callout_schedule(C(0), -1);
}

static void
do_strange_flags(void *arg)
{
	(void)start(arg);
	callout_init(&strange, 0x1);
}

static void
do_leave_pending(void *arg)
{
	(void)start(arg);
	callout_schedule(C(0), 5);
	callout_schedule(C(1), 5);
	(void)sleepers_stop(NULL);
}

static void
test_misuse(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++)
		expect_panic(do_uninitialised, &i, "is not initialised");
	expect_panic(do_destroyed, NULL, "callout_expired: callout 0x");
	expect_panic(do_destroy_pending, NULL, "is pending");
	expect_panic(do_destroy_running, NULL, "its function runs");
	expect_panic(do_no_function, NULL, "no function");
	expect_panic(do_set_no_function, NULL, "no function");
	expect_panic(do_negative, NULL, "-1 ticks");
	expect_panic(do_strange_flags, NULL, "callout_init: flags 0x1");
	expect_panic(do_leave_pending, NULL, "2 callouts are pending");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_misuse),
		TEST(test_init),
		cmocka_unit_test_setup_teardown(test_init_waits_for_a_thread,
		    sleepers_start, sleepers_stop),
		TEST(test_schedule),
		TEST(test_schedule_no_ticks),
		TEST(test_schedule_over_the_wrap),
		TEST(test_in_order),
		TEST(test_same_time),
		TEST(test_schedule_again),
		TEST(test_setfunc),
		TEST(test_reset),
		TEST(test_states),
		TEST(test_ack),
		TEST(test_stop),
		TEST(test_stop_rescheduled),
		TEST(test_stop_running),
		TEST(test_schedule_running),
		TEST(test_function_schedules_itself),
		TEST(test_function_frees),
		TEST(test_function_destroys),
		TEST(test_thread),
		TEST(test_one_at_a_time),
		TEST(test_halt),
		TEST(test_halt_waits),
		TEST(test_halt_does_not_wait),
		TEST(test_halt_interlock),
		TEST(test_halt_stops_what_it_schedules),
		TEST(test_halt_stops_what_is_due),
		TEST(test_halt_in_function),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
