/* SPDX-License-Identifier: BSD-2-Clause */

/* Sleeping and waking: one outcome for each sleep, and no wakeup is lost. */

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
#include "kern/kern_private.h"
#include "testhost.h"

#define MS UINT64_C(1000000)

static struct lwp *self;

static int
start(void **state)
{
	if (testhost_start(state) != 0)
		return -1;
	self = curlwp;
	return 0;
}

static void
post(int sig)
{
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, sig), 0);
}

static void
test_woken(void **state)
{
	void *token;

	(void)state;
	testhost_take_block(true);
	puffsmsg__sleep_prepare(self, 0);
	token = puffsmsg__sleep_claim(self);
	assert_ptr_equal(token, self->l_token);
	assert_null(puffsmsg__sleep_claim(self));
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), 0);
	assert_int_equal(th.blocks, 0);
	assert_null(puffsmsg__sleep_claim(self));
	puffsmsg__sleep_unblock(NULL);
}

static void
test_timed_out(void **state)
{
	(void)state;
	testhost_take_block(true);
	puffsmsg__sleep_prepare(self, 0);
	assert_int_equal(puffsmsg__sleep_wait(self, th.now + 5), ETIMEDOUT);
	assert_int_equal(th.blocks, 1);
	assert_null(puffsmsg__sleep_claim(self));
}

static void
claim_self(void)
{
	assert_non_null(puffsmsg__sleep_claim(self));
}

/* The deadline passes, but the waker was first. */
static void
test_woken_before_deadline(void **state)
{
	(void)state;
	testhost_take_block(true);
	th.on_block = claim_self;
	puffsmsg__sleep_prepare(self, 0);
	assert_int_equal(puffsmsg__sleep_wait(self, th.now + 5), 0);
}

/* An unblock that is left over is no wakeup. */
static void
test_spurious(void **state)
{
	(void)state;
	testhost_take_block(false);
	puffsmsg__sleep_unblock(self->l_token);
	puffsmsg__sleep_prepare(self, 0);
	assert_int_equal(puffsmsg__sleep_wait(self, puffsmsg__clock() + MS),
	    ETIMEDOUT);
	assert_int_equal(th.blocks, 2);
}

static void
test_abort(void **state)
{
	(void)state;
	puffsmsg__sleep_prepare(self, PUFFSMSG__SLEEP_SIG);
	puffsmsg__sleep_abort(self);
	assert_null(puffsmsg__sleep_claim(self));
	post(SIGINT);
	assert_null(puffsmsg__sleep_interrupt(self));
	puffsmsg__sleep_prepare(self, 0);
	puffsmsg__sleep_abort(self);
}

static void
test_signal_before(void **state)
{
	(void)state;
	testhost_take_block(true);
	post(SIGINT);
	puffsmsg__sleep_prepare(self, PUFFSMSG__SLEEP_SIG);
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), EINTR);
	assert_int_equal(th.blocks, 0);
	assert_null(puffsmsg__sleep_claim(self));
}

static void
post_int(void)
{
	post(SIGINT);
}

static void
test_signal_meanwhile(void **state)
{
	(void)state;
	testhost_take_block(false);
	th.on_block = post_int;
	puffsmsg__sleep_prepare(self, PUFFSMSG__SLEEP_SIG);
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), EINTR);
	assert_int_equal(th.blocks, 1);
}

static void
test_signal_after_waker(void **state)
{
	(void)state;
	puffsmsg__sleep_prepare(self, PUFFSMSG__SLEEP_SIG);
	assert_non_null(puffsmsg__sleep_claim(self));
	post(SIGINT);
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), 0);
	assert_true(puffsmsg__sig_pending(self));
}

static void
test_waker_after_signal(void **state)
{
	(void)state;
	puffsmsg__sleep_prepare(self, PUFFSMSG__SLEEP_SIG);
	post(SIGINT);
	assert_null(puffsmsg__sleep_claim(self));
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), EINTR);
}

/* A signal does nothing to a sleep without SLEEP_SIG, nor a blocked one. */
static void
test_signal_not_wanted(void **state)
{
	(void)state;
	puffsmsg__sleep_prepare(self, 0);
	post(SIGINT);
	assert_null(puffsmsg__sleep_interrupt(self));
	puffsmsg__sleep_abort(self);
	assert_int_equal(puffsmsg_lwp_sigblock(SIGINT, true), 0);
	puffsmsg__sleep_prepare(self, PUFFSMSG__SLEEP_SIG);
	assert_null(puffsmsg__sleep_interrupt(self));
	assert_int_equal(puffsmsg__sleep_wait(self, puffsmsg__clock() + MS),
	    ETIMEDOUT);
}

/*
 * Between the look at a sleeper's mask and the claim, that sleep ends, and
 * another begins which the signal must not interrupt.
 */
static void
sleep_anew(int kind, const volatile void *obj)
{
	if (kind != PUFFSMSG_POINT_UPDATE || obj != &self->l_sleepword)
		return;
	puffsmsg__pointfn = NULL;
	puffsmsg__sleep_abort(self);
	assert_int_equal(puffsmsg_lwp_sigblock(SIGINT, true), 0);
	puffsmsg__sleep_prepare(self, PUFFSMSG__SLEEP_SIG);
}

static void
test_signal_for_an_earlier_sleep(void **state)
{
	(void)state;
	puffsmsg__sleep_prepare(self, PUFFSMSG__SLEEP_SIG);
	puffsmsg__pointfn = sleep_anew;
	post(SIGINT);
	assert_null(puffsmsg__pointfn);
	assert_non_null(puffsmsg__sleep_claim(self));
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), 0);
}

/* A claimed sleeper may be gone, with its token. */
static void *token_before;

static void
take_token(int kind, const volatile void *obj)
{
	if (kind != PUFFSMSG_POINT_UPDATE || obj != &self->l_sleepword)
		return;
	puffsmsg__pointfn = NULL;
	token_before = self->l_token;
	self->l_token = NULL;
}

static void
test_token_from_before_the_claim(void **state)
{
	void *token;

	(void)state;
	token_before = NULL;
	puffsmsg__sleep_prepare(self, 0);
	puffsmsg__pointfn = take_token;
	token = puffsmsg__sleep_claim(self);
	assert_non_null(token_before);
	self->l_token = token_before;
	assert_ptr_equal(token, token_before);
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), 0);
}

static void
do_prepare_twice(void *arg)
{
	puffsmsg__sleep_prepare(arg, 0);
	puffsmsg__sleep_prepare(arg, 0);
}

static void
test_prepare_twice(void **state)
{
	(void)state;
	expect_panic(do_prepare_twice, self, "sleeps already");
}

static void
test_block_unscheduled(void **state)
{
	(void)state;
	testhost_take_block(true);
	testhost.schedule = testhost_schedule;
	testhost.unschedule = testhost_unschedule;
	assert_int_equal(puffsmsg__block(self, 1, 0), ETIMEDOUT);
	assert_int_equal(puffsmsg__block(NULL, 1, 0), ETIMEDOUT);
	assert_int_equal(th.unscheduled, 2);
	assert_int_equal(th.scheduled, 2);
}

/* Lwps without a thread are good enough to be queued. */
static struct lwp *
extra_lwp(void *token)
{
	struct lwp *l = puffsmsg__lwp_new(true);

	l->l_token = token;
	return l;
}

static void
test_oldest_first(void **state)
{
	struct puffsmsg__sleepq sq;
	struct lwp *l[3];
	int tokens[3];

	(void)state;
	puffsmsg__sleepq_init(&sq);
	assert_true(puffsmsg__sleepq_empty(&sq));
	assert_null(puffsmsg__sleepq_claim_one(&sq));
	for (int i = 0; i < 3; i++) {
		l[i] = extra_lwp(&tokens[i]);
		puffsmsg__sleepq_enter(&sq, l[i], 0);
	}
	for (int i = 0; i < 3; i++) {
		assert_false(puffsmsg__sleepq_empty(&sq));
		assert_ptr_equal(puffsmsg__sleepq_claim_one(&sq), &tokens[i]);
		puffsmsg__sleepq_leave(&sq, l[i]);
		puffsmsg__lwp_free(l[i]);
	}
	assert_true(puffsmsg__sleepq_empty(&sq));
}

/* One that was interrupted does not take a wakeup from the next (a). */
static void
test_wakeup_goes_on(void **state)
{
	struct puffsmsg__sleepq sq;
	struct lwp *l;
	int token;

	(void)state;
	puffsmsg__sleepq_init(&sq);
	l = extra_lwp(&token);
	puffsmsg__sleepq_enter(&sq, self, PUFFSMSG__SLEEP_SIG);
	puffsmsg__sleepq_enter(&sq, l, 0);
	post(SIGTERM);
	assert_ptr_equal(puffsmsg__sleepq_claim_one(&sq), &token);
	assert_true(puffsmsg__sleepq_empty(&sq));
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), EINTR);
	puffsmsg__sleepq_leave(&sq, self);
	puffsmsg__lwp_free(l);
}

static void
test_leave_from_the_middle(void **state)
{
	struct puffsmsg__sleepq sq;
	struct lwp *a, *b;
	int tokens[2];

	(void)state;
	puffsmsg__sleepq_init(&sq);
	a = extra_lwp(&tokens[0]);
	b = extra_lwp(&tokens[1]);
	puffsmsg__sleepq_enter(&sq, a, 0);
	puffsmsg__sleepq_enter(&sq, self, PUFFSMSG__SLEEP_SIG);
	puffsmsg__sleepq_enter(&sq, b, 0);
	post(SIGTERM);
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), EINTR);
	puffsmsg__sleepq_leave(&sq, self);
	puffsmsg__sleepq_leave(&sq, self);
	assert_ptr_equal(puffsmsg__sleepq_claim_one(&sq), &tokens[0]);
	assert_ptr_equal(puffsmsg__sleepq_claim_one(&sq), &tokens[1]);
	puffsmsg__lwp_free(a);
	puffsmsg__lwp_free(b);
}

/* Those who lost to a signal are skipped, and find themselves off the queue. */
static void
test_wake_all(void **state)
{
	struct puffsmsg__sleepq sq;
	struct lwp *l;

	(void)state;
	testhost_take_block(true);
	puffsmsg__sleepq_init(&sq);
	puffsmsg__sleepq_wake_all(&sq);
	l = extra_lwp(self->l_token);
	puffsmsg__sleepq_enter(&sq, self, PUFFSMSG__SLEEP_SIG);
	puffsmsg__sleepq_enter(&sq, l, 0);
	post(SIGTERM);
	puffsmsg__sleepq_wake_all(&sq);
	assert_true(puffsmsg__sleepq_empty(&sq));
	assert_null(puffsmsg__sleep_claim(l));
	assert_int_equal(puffsmsg__sleep_wait(l, PUFFSMSG_FOREVER), 0);
	assert_int_equal(puffsmsg__sleep_wait(self, PUFFSMSG_FOREVER), EINTR);
	puffsmsg__sleepq_leave(&sq, self);
	puffsmsg__lwp_free(l);
}

/*
 * A thread that is cancelled in its sleep.
 */
struct victim {
	kmutex_t lock;
	struct puffsmsg__sleepq sq;
	sem_t ready, go;
	struct lwp *lwp;
	int cleaned;
	bool was_queued;
};

static void
victim_clean(void *arg)
{
	struct victim *v = arg;

	mutex_enter(&v->lock);
	v->was_queued = v->lwp->l_sleepq != NULL;
	puffsmsg__sleepq_leave(&v->sq, v->lwp);
	v->cleaned++;
	mutex_exit(&v->lock);
}

static void *
victim_sleeps(void *arg)
{
	struct victim *v = arg;

	v->lwp = curlwp;
	mutex_enter(&v->lock);
	puffsmsg__sleepq_enter(&v->sq, v->lwp, PUFFSMSG__SLEEP_CANCEL);
	mutex_exit(&v->lock);
	puffsmsg__sleep_oncancel(v->lwp, victim_clean, v);
	(void)sem_post(&v->ready);
	(void)puffsmsg__sleep_wait(v->lwp, PUFFSMSG_FOREVER);
	return NULL;
}

static void
victim_init(struct victim *v)
{
	memset(v, 0, sizeof(*v));
	mutex_init(&v->lock, MUTEX_DEFAULT, IPL_NONE);
	puffsmsg__sleepq_init(&v->sq);
	assert_int_equal(sem_init(&v->ready, 0, 0), 0);
}

static void
test_cancelled(void **state)
{
	struct victim v;
	pthread_t t;
	void *result;

	(void)state;
	victim_init(&v);
	testhost.schedule = testhost_schedule;
	testhost.unschedule = testhost_unschedule;
	assert_int_equal(pthread_create(&t, NULL, victim_sleeps, &v), 0);
	assert_int_equal(sem_wait(&v.ready), 0);
	assert_int_equal(pthread_cancel(t), 0);
	assert_int_equal(pthread_join(t, &result), 0);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	assert_int_equal(v.cleaned, 1);
	assert_true(v.was_queued);
	assert_true(puffsmsg__sleepq_empty(&v.sq));
	assert_int_equal(th.unscheduled, th.scheduled);
	mutex_destroy(&v.lock);
	assert_int_equal(sem_destroy(&v.ready), 0);
}

/* The upcall by hand: nothing to clean; claimed already; no lwp. */
static void
test_cancelled_states(void **state)
{
	(void)state;
	puffsmsg__sleep_cancelled(NULL);
	puffsmsg__sleep_prepare(self, PUFFSMSG__SLEEP_CANCEL);
	assert_non_null(puffsmsg__sleep_claim(self));
	puffsmsg__sleep_cancelled(self);
	puffsmsg__sleep_prepare(self, 0);
	puffsmsg__sleep_abort(self);
	puffsmsg__sleep_oncancel(self, free, NULL);
	puffsmsg__sleep_oncancel(self, NULL, NULL);
	assert_null(self->l_oncancel);
}

/*
 * A counting semaphore on a sleep queue: each post lets one taker go on, while
 * signals and deadlines make takers leave and come again.  A wakeup that got
 * lost, or two for one post, would leave takers asleep or the count wrong.
 */
#define TAKERS 4
#define POSTS  4000

static struct {
	kmutex_t lock;
	struct puffsmsg__sleepq sq;
	unsigned free, taken;
	int32_t lids[TAKERS];
	sem_t ready;
} s;

/* s.lock is held. */
static void
take_one(struct lwp *l, unsigned round)
{
	uint64_t deadline;
	int error;

	while (s.free == 0 && s.taken < POSTS) {
		deadline = PUFFSMSG_FOREVER;
		if (round % 3 == 0)
			deadline = puffsmsg__clock() + 20000;
		puffsmsg__sleepq_enter(&s.sq, l, PUFFSMSG__SLEEP_SIG);
		mutex_exit(&s.lock);
		error = puffsmsg__sleep_wait(l, deadline);
		mutex_enter(&s.lock);
		if (error != 0)
			puffsmsg__sleepq_leave(&s.sq, l);
		if (error == EINTR)
			(void)puffsmsg_lwp_sigtake();
	}
	if (s.free > 0) {
		s.free--;
		if (++s.taken == POSTS)
			puffsmsg__sleepq_wake_all(&s.sq);
	}
}

static void *
taker(void *arg)
{
	struct lwp *l = curlwp;

	*(int32_t *)arg = l->l_lid;
	(void)sem_post(&s.ready);
	mutex_enter(&s.lock);
	for (unsigned round = 0; s.taken < POSTS; round++)
		take_one(l, round);
	mutex_exit(&s.lock);
	return NULL;
}

static void
post_one(unsigned i)
{
	void *token;

	mutex_enter(&s.lock);
	s.free++;
	token = puffsmsg__sleepq_claim_one(&s.sq);
	mutex_exit(&s.lock);
	puffsmsg__sleep_unblock(token);
	if (i % 2 == 0)
		(void)puffsmsg_lwp_kill(s.lids[i / 2 % TAKERS], SIGHUP);
}

static void
test_nothing_lost(void **state)
{
	pthread_t t[TAKERS];

	(void)state;
	memset(&s, 0, sizeof(s));
	mutex_init(&s.lock, MUTEX_DEFAULT, IPL_NONE);
	puffsmsg__sleepq_init(&s.sq);
	assert_int_equal(sem_init(&s.ready, 0, 0), 0);
	for (int i = 0; i < TAKERS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, taker, &s.lids[i]),
		    0);
	for (int i = 0; i < TAKERS; i++)
		assert_int_equal(sem_wait(&s.ready), 0);
	for (unsigned i = 0; i < POSTS; i++)
		post_one(i);
	for (int i = 0; i < TAKERS; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	assert_int_equal(s.taken, POSTS);
	assert_int_equal(s.free, 0);
	assert_true(puffsmsg__sleepq_empty(&s.sq));
	mutex_destroy(&s.lock);
	assert_int_equal(sem_destroy(&s.ready), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_prepare_twice),
		TEST(test_woken),
		TEST(test_timed_out),
		TEST(test_woken_before_deadline),
		TEST(test_spurious),
		TEST(test_abort),
		TEST(test_signal_before),
		TEST(test_signal_meanwhile),
		TEST(test_signal_after_waker),
		TEST(test_waker_after_signal),
		TEST(test_signal_not_wanted),
		TEST(test_signal_for_an_earlier_sleep),
		TEST(test_token_from_before_the_claim),
		TEST(test_block_unscheduled),
		TEST(test_oldest_first),
		TEST(test_wakeup_goes_on),
		TEST(test_leave_from_the_middle),
		TEST(test_wake_all),
		TEST(test_cancelled),
		TEST(test_cancelled_states),
		TEST(test_nothing_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
