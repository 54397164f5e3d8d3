/* SPDX-License-Identifier: BSD-2-Clause */

/* condvar(9): waits, wakeups, signals, timeouts, misuse. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>

#include "expect_panic.h"
#include "testhost.h"

#include <sys/condvar.h>

#define TICK UINT64_C(10000000)

static kmutex_t m;
static kcondvar_t cv;

static int
start(void **state)
{
	if (testhost_start(state) != 0)
		return -1;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cv, "test");
	return 0;
}

static int
start_virtual(void **state)
{
	int error = start(state);

	testhost_take_block(true);
	mutex_enter(&m);
	return error;
}

static int
stop(void **state)
{
	if (mutex_owned(&m))
		mutex_exit(&m);
	cv_destroy(&cv);
	mutex_destroy(&m);
	return testhost_stop(state);
}

static void
test_plain(void **state)
{
	(void)state;
	assert_true(cv_is_valid(&cv));
	assert_false(cv_has_waiters(&cv));
	assert_string_equal(cv_wmesg(&cv), "test");
	cv_signal(&cv);
	cv_broadcast(&cv);
	assert_false(cv_has_waiters(&cv));
}

/*
 * Threads that wait by `wait', and say what came of it.
 */
#define MAXWAITERS 4
static struct waiter {
	pthread_t thread;
	int (*wait)(void);
	int32_t lid;
	int result;
} waiters[MAXWAITERS];
static unsigned waiting;
static sem_t ready;

static int
wait_plain(void)
{
	cv_wait(&cv, &m);
	return 0;
}

static int
wait_sig(void)
{
	return cv_wait_sig(&cv, &m);
}

static int
wait_long(void)
{
	return cv_timedwait_sig(&cv, &m, 360000);
}

static void *
waiter(void *arg)
{
	struct waiter *w = arg;

	mutex_enter(&m);
	w->lid = curlwp->l_lid;
	waiting++;
	(void)sem_post(&ready);
	w->result = w->wait();
	if (!mutex_owned(&m))
		w->result = -2;
	waiting--;
	mutex_exit(&m);
	return NULL;
}

/* Returns when all are queued, in order: they hold the interlock until then. */
static void
start_waiters(unsigned n, int (*wait)(void))
{
	assert_int_equal(sem_init(&ready, 0, 0), 0);
	waiting = 0;
	for (unsigned i = 0; i < n; i++) {
		waiters[i].wait = wait;
		waiters[i].result = -1;
		assert_int_equal(pthread_create(&waiters[i].thread, NULL,
				     waiter, &waiters[i]),
		    0);
		assert_int_equal(sem_wait(&ready), 0);
	}
	mutex_enter(&m);
	assert_int_equal(waiting, n);
	mutex_exit(&m);
	assert_int_equal(sem_destroy(&ready), 0);
}

static void
join_waiter(unsigned i, int result)
{
	assert_int_equal(pthread_join(waiters[i].thread, NULL), 0);
	assert_int_equal(waiters[i].result, result);
}

static void
test_signal_one_after_the_other(void **state)
{
	(void)state;
	start_waiters(2, wait_plain);
	assert_true(cv_has_waiters(&cv));
	cv_signal(&cv);
	assert_true(cv_has_waiters(&cv));
	mutex_enter(&m);
	cv_signal(&cv);
	assert_false(cv_has_waiters(&cv));
	cv_signal(&cv);
	mutex_exit(&m);
	join_waiter(0, 0);
	join_waiter(1, 0);
}

static void
test_broadcast(void **state)
{
	(void)state;
	start_waiters(4, wait_plain);
	cv_broadcast(&cv);
	assert_false(cv_has_waiters(&cv));
	for (unsigned i = 0; i < 4; i++)
		join_waiter(i, 0);
}

static void
test_interrupted(void **state)
{
	(void)state;
	start_waiters(1, wait_sig);
	assert_int_equal(puffsmsg_lwp_kill(waiters[0].lid, SIGUSR1), 0);
	join_waiter(0, EINTR);
	assert_false(cv_has_waiters(&cv));
}

/* Those that have all the time: woken, so 0, and interrupted, so EINTR. */
static void
test_timed_and_signals(void **state)
{
	(void)state;
	start_waiters(2, wait_long);
	assert_int_equal(puffsmsg_lwp_kill(waiters[0].lid, SIGINT), 0);
	join_waiter(0, EINTR);
	cv_signal(&cv);
	join_waiter(1, 0);
}

/* A waiter that a signal took away does not use up a wakeup. */
static void
test_wakeup_goes_on(void **state)
{
	(void)state;
	start_waiters(2, wait_sig);
	mutex_enter(&m);
	assert_int_equal(puffsmsg_lwp_kill(waiters[0].lid, SIGINT), 0);
	cv_signal(&cv);
	mutex_exit(&m);
	join_waiter(0, EINTR);
	join_waiter(1, 0);
}

/*
 * The same, at the worst moment: the signal has decided the sleep of the
 * first, who does not know it yet and stands in the queue.
 */
static bool left_waiting;

static void
wake_and_unblock(void *token)
{
	testhost.unblock = testhost_real()->unblock;
	cv_signal(&cv);
	left_waiting = cv_has_waiters(&cv);
	testhost_real()->unblock(token);
}

static void
test_wakeup_goes_on_at_once(void **state)
{
	(void)state;
	start_waiters(2, wait_sig);
	left_waiting = true;
	testhost.unblock = wake_and_unblock;
	assert_int_equal(puffsmsg_lwp_kill(waiters[0].lid, SIGINT), 0);
	assert_false(left_waiting);
	join_waiter(0, EINTR);
	join_waiter(1, 0);
}

/* The other way round: who was woken is not interrupted any more. */
static void
test_wakeup_before_signal(void **state)
{
	(void)state;
	start_waiters(1, wait_sig);
	mutex_enter(&m);
	cv_signal(&cv);
	assert_int_equal(puffsmsg_lwp_kill(waiters[0].lid, SIGINT), 0);
	mutex_exit(&m);
	join_waiter(0, 0);
}

static void
test_not_interruptible(void **state)
{
	(void)state;
	start_waiters(1, wait_plain);
	assert_int_equal(puffsmsg_lwp_kill(waiters[0].lid, SIGKILL), 0);
	assert_true(cv_has_waiters(&cv));
	cv_signal(&cv);
	join_waiter(0, 0);
}

static void
must_not_run(void)
{
	fail();
}

static void
exit_but_m(void *host_mutex)
{
	assert_ptr_not_equal(host_mutex, m.mtx_host);
	(testhost_real()->mutex_exit)(host_mutex);
}

/* At once, and without letting the interlock go. */
static void
test_pending_at_entry(void **state)
{
	(void)state;
	testhost.mutex_exit = exit_but_m;
	assert_int_equal(puffsmsg_lwp_kill(curlwp->l_lid, SIGUSR2), 0);
	th.on_block = must_not_run;
	assert_int_equal(cv_wait_sig(&cv, &m), EINTR);
	assert_int_equal(cv_timedwait_sig(&cv, &m, 5), EINTR);
	testhost.mutex_exit = testhost_real()->mutex_exit;
	assert_true(mutex_owned(&m));
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGUSR2);
}

static void
test_timeouts(void **state)
{
	uint64_t before = th.now;

	(void)state;
	assert_int_equal(cv_timedwait(&cv, &m, 3), EWOULDBLOCK);
	assert_true(th.now == before + 3 * TICK);
	assert_int_equal(cv_timedwait_sig(&cv, &m, 4), EWOULDBLOCK);
	assert_true(th.now == before + 7 * TICK);
	assert_false(cv_has_waiters(&cv));
	assert_true(mutex_owned(&m));
}

/* Who gets the interlock finds the waiter in the queue. */
static unsigned exits_of_m;

static void
see_waiter(void *host_mutex)
{
	if (host_mutex == m.mtx_host) {
		assert_true(cv_has_waiters(&cv));
		exits_of_m++;
	}
	(testhost_real()->mutex_exit)(host_mutex);
}

static void
test_queued_before_the_interlock_goes(void **state)
{
	(void)state;
	exits_of_m = 0;
	testhost.mutex_exit = see_waiter;
	assert_int_equal(cv_timedwait(&cv, &m, 1), EWOULDBLOCK);
	testhost.mutex_exit = testhost_real()->mutex_exit;
	assert_int_equal(exits_of_m, 1);
}

static void
signal_cv(void)
{
	assert_false(mutex_owned(&m));
	assert_string_equal(curlwp->l_wmesg, "test");
	cv_signal(&cv);
}

/* 0 ticks are for ever. */
static void
test_no_timeout(void **state)
{
	(void)state;
	th.on_block = signal_cv;
	assert_int_equal(cv_timedwait(&cv, &m, 0), 0);
	assert_true(th.deadlines[0] == PUFFSMSG_FOREVER);
	assert_int_equal(cv_timedwait_sig(&cv, &m, 0), 0);
	assert_true(th.deadlines[1] == PUFFSMSG_FOREVER);
	assert_null(curlwp->l_wmesg);
}

/* The deadline is there, but the waker came before. */
static void
test_woken_at_the_deadline(void **state)
{
	(void)state;
	th.on_block = signal_cv;
	assert_int_equal(cv_timedwait(&cv, &m, 1), 0);
}

static void
broadcast_and_interrupt(void)
{
	assert_int_equal(puffsmsg_lwp_kill(curlwp->l_lid, SIGINT), 0);
	cv_broadcast(&cv);
	assert_false(cv_has_waiters(&cv));
}

/* Taken off the queue by a waker that could not have it. */
static void
test_broadcast_too_late(void **state)
{
	(void)state;
	th.on_block = broadcast_and_interrupt;
	assert_int_equal(cv_wait_sig(&cv, &m), EINTR);
	assert_false(cv_has_waiters(&cv));
}

static struct bintime
half_of(int64_t sec)
{
	return (struct bintime){ .sec = sec, .frac = UINT64_C(1) << 63 };
}

static void
test_bintime_over(void **state)
{
	uint64_t before = th.now;
	struct bintime bt = half_of(2);

	(void)state;
	assert_int_equal(cv_timedwaitbt(&cv, &m, &bt, &bt), EWOULDBLOCK);
	assert_true(th.now == before + UINT64_C(2500000000));
	assert_int_equal(bt.sec, 0);
	assert_true(bt.frac == 0);
	assert_int_equal(cv_timedwaitbt(&cv, &m, &bt, NULL), EWOULDBLOCK);
	assert_int_equal(th.blocks, 1);
	bt.sec = -1;
	assert_int_equal(cv_timedwaitbt_sig(&cv, &m, &bt, NULL), EWOULDBLOCK);
	assert_int_equal(th.blocks, 1);
}

/* Some time goes by before the wakeup. */
static int
block_a_while(uint64_t deadline, unsigned flags)
{
	(void)deadline;
	(void)flags;
	cv_signal(&cv);
	th.now += UINT64_C(1500000000);
	return 0;
}

static void
test_bintime_left(void **state)
{
	struct bintime bt = half_of(2);

	(void)state;
	testhost.block = block_a_while;
	assert_int_equal(cv_timedwaitbt_sig(&cv, &m, &bt, NULL), 0);
	assert_int_equal(bt.sec, 1);
	assert_true(bt.frac == 0);
	bt = half_of(INT64_C(1) << 30);
	assert_int_equal(cv_timedwaitbt(&cv, &m, &bt, NULL), 0);
	assert_int_equal(bt.sec, (1 << 30) - 1);
	assert_true(bt.frac == 0);
	bt = half_of(INT64_C(1) << 33);
	assert_int_equal(cv_timedwaitbt(&cv, &m, &bt, NULL), 0);
	assert_true(bt.sec == INT64_C(0xfffffffe));
	assert_true(bt.frac == 0);
	if (sizeof(time_t) > 4) {
		bt = half_of((time_t)INT64_MAX);
		assert_int_equal(cv_timedwaitbt(&cv, &m, &bt, NULL), 0);
		assert_true(bt.sec > INT32_MAX);
	}
}

/*
 * Who is woken may destroy the condvar, and free it, while the waker still is
 * in cv_signal or cv_broadcast: here it is kept in unblock() for so long.
 */
#define LIVES 100
struct mortal {
	kcondvar_t cv;
	bool done;
};
static struct mortal *offered;
static sem_t buried;
static uint32_t mourning;

static void
unblock_and_mourn(void *token)
{
	testhost_real()->unblock(token);
	if (!puffsmsg__load32(&mourning))
		return;
	while (sem_wait(&buried) != 0)
		continue;
}

static void
live_and_die(void)
{
	struct mortal *o = malloc(sizeof(*o));

	cv_init(&o->cv, "mortal");
	o->done = false;
	mutex_enter(&m);
	offered = o;
	cv_signal(&cv);
	while (!o->done)
		cv_wait(&o->cv, &m);
	mutex_exit(&m);
	cv_destroy(&o->cv);
	memset(o, 0xff, sizeof(*o));
	free(o);
	(void)sem_post(&buried);
}

static void *
mortals(void *arg)
{
	for (int i = 0; i < LIVES; i++)
		live_and_die();
	return arg;
}

static struct mortal *
await_mortal(void)
{
	struct mortal *o;

	mutex_enter(&m);
	while (offered == NULL)
		cv_wait(&cv, &m);
	o = offered;
	offered = NULL;
	o->done = true;
	mutex_exit(&m);
	return o;
}

static void
test_destroyed_by_the_woken(void **state)
{
	struct mortal *o;
	pthread_t t;

	(void)state;
	assert_int_equal(sem_init(&buried, 0, 0), 0);
	testhost.unblock = unblock_and_mourn;
	assert_int_equal(pthread_create(&t, NULL, mortals, NULL), 0);
	for (int i = 0; i < LIVES; i++) {
		o = await_mortal();
		puffsmsg__store32(&mourning, 1);
		if (i % 2 == 0)
			cv_signal(&o->cv);
		else
			cv_broadcast(&o->cv);
		puffsmsg__store32(&mourning, 0);
	}
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(sem_destroy(&buried), 0);
}

static void
do_wait_unlocked(void *arg)
{
	(void)arg;
	cv_wait(&cv, &m);
}

static void
do_wait_uninitialised(void *arg)
{
	kcondvar_t other;

	(void)arg;
	cv_init(&other, "other");
	cv_destroy(&other);
	if (cv_is_valid(&other))
		return;
	mutex_enter(&m);
	cv_wait(&other, &m);
}

static void
destroy_cv(void)
{
	cv_destroy(&cv);
}

static void
do_destroy_awaited(void *arg)
{
	(void)arg;
	testhost_take_block(true);
	th.on_block = destroy_cv;
	mutex_enter(&m);
	cv_wait(&cv, &m);
}

static void
wait_with_another(void)
{
	static kmutex_t other;

	th.on_block = NULL;
	mutex_init(&other, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&other);
	cv_wait(&cv, &other);
}

static void
do_two_interlocks(void *arg)
{
	(void)arg;
	testhost_take_block(true);
	th.on_block = wait_with_another;
	mutex_enter(&m);
	cv_wait(&cv, &m);
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_panic(do_two_interlocks, NULL, "cv_wait: test: interlock 0x");
	expect_panic(do_wait_unlocked, NULL, "cv_wait: test: interlock");
	expect_panic(do_wait_uninitialised, NULL, "is not initialised");
	expect_panic(do_destroy_awaited, NULL, "(test) has waiters");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)
#define TEST_VIRTUAL(fn) \
	cmocka_unit_test_setup_teardown(fn, start_virtual, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse),
		TEST(test_plain),
		TEST_VIRTUAL(test_queued_before_the_interlock_goes),
		TEST(test_wakeup_goes_on_at_once),
		TEST(test_signal_one_after_the_other),
		TEST(test_broadcast),
		TEST(test_interrupted),
		TEST(test_timed_and_signals),
		TEST(test_wakeup_goes_on),
		TEST(test_wakeup_before_signal),
		TEST(test_not_interruptible),
		TEST_VIRTUAL(test_pending_at_entry),
		TEST_VIRTUAL(test_timeouts),
		TEST_VIRTUAL(test_no_timeout),
		TEST_VIRTUAL(test_woken_at_the_deadline),
		TEST_VIRTUAL(test_broadcast_too_late),
		TEST_VIRTUAL(test_bintime_over),
		TEST_VIRTUAL(test_bintime_left),
		TEST(test_destroyed_by_the_woken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
