/* SPDX-License-Identifier: BSD-2-Clause */

/* Emulated signals: pending, mask, ignored, whom they wake. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>

#include "expect_panic.h"
#include "kern/kern_private.h"
#include "testhost.h"

#include <sys/condvar.h>
#include <sys/signalvar.h>

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
test_numbers(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, 0), EINVAL);
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, PUFFSMSG_NSIG), EINVAL);
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, -1), EINVAL);
	assert_int_equal(puffsmsg_lwp_kill(77, SIGINT), ESRCH);
	assert_int_equal(puffsmsg_proc_kill(0), EINVAL);
	assert_int_equal(puffsmsg_lwp_sigblock(0, true), EINVAL);
	assert_int_equal(puffsmsg_lwp_sigblock(SIGKILL, true), EINVAL);
	assert_int_equal(puffsmsg_lwp_sigblock(SIGSTOP, true), EINVAL);
	assert_int_equal(puffsmsg_proc_sigignore(SIGKILL, true), EINVAL);
	assert_int_equal(puffsmsg_proc_sigignore(128, true), EINVAL);
	assert_int_equal(sigispending(self, 1000), 0);
	assert_int_equal(puffsmsg_lwp_sigtake(), 0);
}

static void
test_every_signal(void **state)
{
	(void)state;
	for (int sig = 1; sig < PUFFSMSG_NSIG; sig++) {
		assert_int_equal(puffsmsg_lwp_kill(self->l_lid, sig), 0);
		assert_int_equal(sigispending(self, sig), EINTR);
		assert_int_equal(sigispending(self, 0), EINTR);
		assert_true(self->l_flag & LW_PENDSIG);
		assert_int_equal(puffsmsg_lwp_sigtake(), sig);
		assert_int_equal(sigispending(self, sig), 0);
		assert_int_equal(sigispending(self, 0), 0);
		assert_false(self->l_flag & LW_PENDSIG);
	}
}

static void
test_lowest_first(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_proc_kill(SIGTERM), 0);
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, 100), 0);
	assert_int_equal(puffsmsg_proc_kill(SIGINT), 0);
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, SIGINT), 0);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGTERM);
	assert_int_equal(puffsmsg_lwp_sigtake(), 100);
	assert_int_equal(puffsmsg_lwp_sigtake(), 0);
}

static void
test_blocked(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_lwp_sigblock(SIGINT, true), 0);
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, SIGINT), 0);
	assert_false(puffsmsg__sig_pending(self));
	assert_int_equal(puffsmsg_lwp_sigtake(), 0);
	assert_int_equal(puffsmsg_lwp_sigblock(SIGINT, false), 0);
	assert_true(puffsmsg__sig_pending(self));
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
}

static void
test_ignored(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, SIGHUP), 0);
	assert_int_equal(puffsmsg_proc_kill(SIGHUP), 0);
	assert_int_equal(puffsmsg_proc_sigignore(SIGHUP, true), 0);
	assert_false(puffsmsg__sig_pending(self));
	assert_false(self->l_flag & LW_PENDSIG);
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, SIGHUP), 0);
	assert_int_equal(puffsmsg_proc_kill(SIGHUP), 0);
	assert_false(puffsmsg__sig_pending(self));
	assert_int_equal(puffsmsg_proc_sigignore(SIGHUP, false), 0);
	assert_false(puffsmsg__sig_pending(self));
	assert_int_equal(puffsmsg_proc_kill(SIGHUP), 0);
	assert_true(puffsmsg__sig_pending(self));
}

static void
test_sets(void **state)
{
	static const int important[] = { SIGINT, SIGTERM, SIGKILL, SIGHUP,
		SIGQUIT };
	unsigned bits = 0;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(puffsmsg_lwp_kill(self->l_lid, important[i]),
		    0);
		assert_true(puffsmsg__sig_pending_in(self,
		    &puffsmsg__sig_interrupting));
		assert_false(
		    puffsmsg__sig_pending_in(self, &puffsmsg__sig_unimportant));
		assert_int_equal(puffsmsg_lwp_sigtake(), important[i]);
	}
	assert_false(
	    puffsmsg__sig_pending_in(self, &puffsmsg__sig_interrupting));
	assert_int_equal(puffsmsg_proc_kill(SIGUSR1), 0);
	assert_false(
	    puffsmsg__sig_pending_in(self, &puffsmsg__sig_interrupting));
	assert_true(puffsmsg__sig_pending_in(self, &puffsmsg__sig_unimportant));
	for (unsigned i = 0; i < 4; i++)
		bits += (unsigned)__builtin_popcount(
		    puffsmsg__sig_interrupting.w[i]);
	assert_int_equal(bits, 5);
}

static void
test_mask_and_back(void **state)
{
	struct puffsmsg__sigbits old, all;

	(void)state;
	memset(&all, 0xff, sizeof(all));
	assert_int_equal(puffsmsg_lwp_sigblock(SIGUSR1, true), 0);
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, SIGUSR1), 0);
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, SIGUSR2), 0);
	puffsmsg__sigmask_block(self, &all, &old);
	assert_false(puffsmsg__sig_pending(self));
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, SIGKILL), 0);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGKILL);
	puffsmsg__sigmask_restore(self, &old);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGUSR2);
	assert_int_equal(puffsmsg_lwp_sigtake(), 0);
	memset(&old, 0, sizeof(old));
	puffsmsg__sigmask_restore(self, &old);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGUSR1);
}

static void *
see_pending(void *arg)
{
	bool one = sigispending(curlwp, SIGTERM) == EINTR;
	bool any = sigispending(curlwp, 0) == EINTR;

	return one && any ? arg : NULL;
}

/* Pending for the process: for lwps that come later too. */
static void
test_inherited(void **state)
{
	pthread_t t;
	void *seen;

	assert_int_equal(puffsmsg_proc_kill(SIGTERM), 0);
	assert_int_equal(pthread_create(&t, NULL, see_pending, state), 0);
	assert_int_equal(pthread_join(t, &seen), 0);
	assert_ptr_equal(seen, state);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGTERM);
	assert_int_equal(pthread_create(&t, NULL, see_pending, state), 0);
	assert_int_equal(pthread_join(t, &seen), 0);
	assert_null(seen);
}

/* Of lwps that sleep, one wakes: who can and does not block the signal. */
#define SLEEPERS 3
static struct sleeper {
	pthread_t thread;
	bool blocks;
	bool interruptible;
	int result;
} sleepers[SLEEPERS];
static kmutex_t m;
static kcondvar_t cv;
static sem_t asleep;
static unsigned awake;

/* Who has come here has looked for signals. */
static int
tell_and_block(uint64_t deadline, unsigned flags)
{
	(void)sem_post(&asleep);
	return puffsmsg_host_pthread()->block(deadline, flags);
}

static void *
sleeper(void *arg)
{
	struct sleeper *s = arg;

	if (s->blocks)
		(void)puffsmsg_lwp_sigblock(SIGTERM, true);
	mutex_enter(&m);
	if (s->interruptible)
		s->result = cv_wait_sig(&cv, &m);
	else
		cv_wait(&cv, &m);
	awake++;
	mutex_exit(&m);
	return NULL;
}

static void
start_sleeper(struct sleeper *s, bool blocks, bool interruptible)
{
	s->blocks = blocks;
	s->interruptible = interruptible;
	s->result = 0;
	assert_int_equal(pthread_create(&s->thread, NULL, sleeper, s), 0);
	while (sem_wait(&asleep) != 0)
		continue;
}

static void
test_one_wakes(void **state)
{
	(void)state;
	awake = 0;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cv, "test");
	assert_int_equal(sem_init(&asleep, 0, 0), 0);
	testhost.block = tell_and_block;
	start_sleeper(&sleepers[0], false, false);
	start_sleeper(&sleepers[1], true, true);
	start_sleeper(&sleepers[2], false, true);
	assert_int_equal(puffsmsg_proc_kill(SIGTERM), 0);
	assert_int_equal(pthread_join(sleepers[2].thread, NULL), 0);
	assert_int_equal(sleepers[2].result, EINTR);
	mutex_enter(&m);
	assert_int_equal(awake, 1);
	mutex_exit(&m);
	/* Nobody else to wake; it stays pending. */
	assert_int_equal(puffsmsg_proc_kill(SIGTERM), 0);
	assert_true(puffsmsg__sig_pending(self));
	cv_broadcast(&cv);
	assert_int_equal(pthread_join(sleepers[0].thread, NULL), 0);
	assert_int_equal(pthread_join(sleepers[1].thread, NULL), 0);
	assert_int_equal(sleepers[1].result, 0);
	cv_destroy(&cv);
	mutex_destroy(&m);
	assert_int_equal(sem_destroy(&asleep), 0);
}

/*
 * Signals that come between check and sleep: each one wakes the sleeper, who
 * would sleep for ever otherwise.
 */
#define VOLLEYS 5000
static uint32_t taken;

static void *
take_volleys(void *arg)
{
	*(int32_t *)arg = curlwp->l_lid;
	mutex_enter(&m);
	(void)sem_post(&asleep);
	for (unsigned n = 0; n < VOLLEYS;) {
		if (cv_wait_sig(&cv, &m) != EINTR)
			continue;
		while (puffsmsg_lwp_sigtake() != 0)
			n = puffsmsg__add32(&taken, 1);
		mutex_exit(&m);
		(void)sem_post(&asleep);
		mutex_enter(&m);
	}
	mutex_exit(&m);
	return NULL;
}

static void
test_none_lost(void **state)
{
	pthread_t t;
	int32_t lid;

	(void)state;
	taken = 0;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cv, "test");
	assert_int_equal(sem_init(&asleep, 0, 0), 0);
	assert_int_equal(pthread_create(&t, NULL, take_volleys, &lid), 0);
	for (unsigned n = 0; n < VOLLEYS; n++) {
		while (sem_wait(&asleep) != 0)
			continue;
		assert_int_equal(puffsmsg_lwp_kill(lid, SIGUSR1), 0);
	}
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(taken, VOLLEYS);
	cv_destroy(&cv);
	mutex_destroy(&m);
	assert_int_equal(sem_destroy(&asleep), 0);
}

static void
do_psignal(void *arg)
{
	(void)arg;
	psignal(curproc, 0);
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_panic(do_psignal, NULL, "psignal: signal 0");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse),
		TEST(test_numbers),
		TEST(test_every_signal),
		TEST(test_lowest_first),
		TEST(test_blocked),
		TEST(test_ignored),
		TEST(test_sets),
		TEST(test_mask_and_back),
		TEST(test_inherited),
		TEST(test_one_wakes),
		TEST(test_none_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
