/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * signal(9): what is posted to the process or to one lwp, whom it wakes, and
 * what the masks do to it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "expect_panic.h"
#include "gate.h"
#include "testhost.h"

#include <sys/condvar.h>
#include <sys/proc.h>
#include <sys/signalvar.h>

static struct lwp *self;

static void
post_to(lwpid_t lid, int sig)
{
	ksiginfo_t ksi;

	KSI_INIT(&ksi);
	ksi.ksi_signo = sig;
	ksi.ksi_lid = lid;
	kpsignal(curproc, &ksi, NULL);
}

/* ----------------------------------------------------------- sleepers */

static struct sleeper {
	pthread_t thread;
	lwpid_t lid;
	int error;      /* of the sleep */
	int seen;       /* sigispending(, SIGTERM) after it */
	sigset_t *mask; /* blocked before it, or NULL */
} sleepers[2];

static kmutex_t lock;
static kcondvar_t cv;
static bool over;
static struct gate asleep, awake;

static int
start(void **state)
{
	if (testhost_start(state) != 0)
		return -1;
	memset(sleepers, 0, sizeof(sleepers));
	self = curlwp;
	return 0;
}

/* Who has come here has looked for signals for the last time. */
static int
block_and_tell(uint64_t deadline, unsigned flags)
{
	gate_pass(&asleep);
	return testhost_real()->block(deadline, flags);
}

static void *
sleeper(void *arg)
{
	struct sleeper *s = arg;

	if (s->mask != NULL)
		assert_int_equal(sigprocmask1(curlwp, SIG_BLOCK, s->mask, NULL),
		    0);
	s->lid = curlwp->l_lid;
	mutex_enter(&lock);
	while (!over && s->error == 0)
		s->error = cv_wait_sig(&cv, &lock);
	mutex_exit(&lock);
	gate_pass(&asleep); /* in case that it never was */
	s->seen = sigispending(curlwp, SIGTERM);
	gate_pass(&awake);
	return NULL;
}

static void
start_sleepers(unsigned n)
{
	mutex_init(&lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cv, "sleeper");
	over = false;
	gate_init(&asleep);
	gate_init(&awake);
	testhost.block = block_and_tell;
	for (unsigned i = 0; i < n; i++) {
		assert_int_equal(pthread_create(&sleepers[i].thread, NULL,
				     sleeper, &sleepers[i]),
		    0);
		gate_await(&asleep, i + 1);
	}
}

static void
end_sleepers(unsigned n)
{
	mutex_enter(&lock);
	over = true;
	cv_broadcast(&cv);
	mutex_exit(&lock);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_join(sleepers[i].thread, NULL), 0);
	cv_destroy(&cv);
	mutex_destroy(&lock);
}

static void
test_psignal_wakes_one(void **state)
{
	(void)state;
	start_sleepers(2);
	psignal(curproc, SIGTERM);
	gate_await(&awake, 1);
	assert_int_equal(sigispending(self, SIGTERM), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGTERM);
	end_sleepers(2);
	assert_int_equal(sleepers[0].error + sleepers[1].error, EINTR);
}

static void
test_psignal_goes_by_a_sleeper_that_blocks_it(void **state)
{
	sigset_t set;

	(void)state;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	sleepers[0].mask = &set;
	start_sleepers(2);
	psignal(curproc, SIGTERM);
	gate_await(&awake, 1);
	end_sleepers(2);
	assert_int_equal(sleepers[0].error, 0);
	assert_int_equal(sleepers[1].error, EINTR);
}

static void
test_kpsignal_to_an_lwp_wakes_that(void **state)
{
	(void)state;
	start_sleepers(2);
	post_to(sleepers[1].lid, SIGTERM);
	gate_await(&awake, 1);
	assert_int_equal(sigispending(self, 0), 0);
	end_sleepers(2);
	assert_int_equal(sleepers[0].error, 0);
	assert_int_equal(sleepers[1].error, EINTR);
	assert_int_equal(sleepers[1].seen, EINTR);
}

static void
test_lwp_kill_wakes_that(void **state)
{
	(void)state;
	start_sleepers(2);
	assert_int_equal(puffsmsg_lwp_kill(sleepers[0].lid, SIGHUP), 0);
	gate_await(&awake, 1);
	end_sleepers(2);
	assert_int_equal(sleepers[0].error, EINTR);
	assert_int_equal(sleepers[1].error, 0);
}

/* -------------------------------------------------------------- posted */

static void
test_psignal_is_pending_for_all(void **state)
{
	(void)state;
	psignal(curproc, SIGUSR2);
	start_sleepers(1);
	gate_await(&awake, 1);
	assert_int_equal(sleepers[0].error, EINTR);
	assert_int_equal(sigispending(self, SIGUSR2), EINTR);
	assert_int_equal(sigispending(self, SIGUSR1), 0);
	end_sleepers(1);
}

static void
test_kpsignal_to_the_process(void **state)
{
	ksiginfo_t ksi;

	(void)state;
	KSI_INIT_EMPTY(&ksi);
	assert_int_equal(ksi.ksi_flags, KSI_EMPTY);
	assert_int_equal(ksi.ksi_lid, 0);
	ksi.ksi_signo = SIGUSR2;
	kpsignal(curproc, &ksi, &ksi);
	start_sleepers(1);
	gate_await(&awake, 1);
	assert_int_equal(sleepers[0].error, EINTR);
	assert_int_equal(sigispending(self, SIGUSR2), EINTR);
	end_sleepers(1);
	KSI_INIT_TRAP(&ksi);
	assert_int_equal(ksi.ksi_flags, KSI_TRAP);
	assert_int_equal(ksi.ksi_signo, 0);
}

static void
test_kpsignal_to_an_lwp_is_pending_for_that(void **state)
{
	(void)state;
	post_to(self->l_lid, SIGUSR1);
	assert_int_equal(sigispending(self, SIGUSR1), EINTR);
	start_sleepers(1);
	end_sleepers(1);
	assert_int_equal(sleepers[0].error, 0);
}

static void
test_kpsignal_to_a_gone_lwp_is_lost(void **state)
{
	(void)state;
	post_to(self->l_lid + 1000, SIGUSR1);
	assert_int_equal(sigispending(self, 0), 0);
}

static void
test_posting_with_proc_lock_held(void **state)
{
	(void)state;
	mutex_enter(&proc_lock);
	assert_true(mutex_owned(&proc_lock));
	psignal(curproc, SIGUSR1);
	post_to(self->l_lid, SIGUSR2);
	mutex_exit(&proc_lock);
	assert_int_equal(sigispending(self, SIGUSR1), EINTR);
	assert_int_equal(sigispending(self, SIGUSR2), EINTR);
}

static void
do_psignal(void *arg)
{
	psignal(curproc, *(int *)arg);
}

static void
do_kpsignal(void *arg)
{
	post_to(self->l_lid, *(int *)arg);
}

static void
test_what_is_no_signal_is_a_panic(void **state)
{
	int zero = 0, large = PUFFSMSG_NSIG;

	(void)state;
	expect_panic(do_psignal, &zero, "psignal: signal 0");
	expect_panic(do_psignal, &large, "psignal: signal 128");
	expect_panic(do_kpsignal, &zero, "kpsignal: signal 0");
	expect_panic(do_kpsignal, &large, "kpsignal: signal 128");
}

/* ------------------------------------------------ sigispending, pending1 */

static void
test_sigispending_minds_the_mask(void **state)
{
	sigset_t set;

	(void)state;
	assert_int_equal(sigispending(self, 0), 0);
	psignal(curproc, SIGINT);
	assert_int_equal(sigispending(self, 0), EINTR);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	assert_int_equal(sigprocmask1(self, SIG_BLOCK, &set, NULL), 0);
	assert_int_equal(sigispending(self, 0), 0);
	assert_int_equal(sigispending(self, SIGINT), 0);
	post_to(self->l_lid, SIGHUP);
	assert_int_equal(sigispending(self, 0), EINTR);
	assert_int_equal(sigispending(self, SIGHUP), EINTR);
}

static void
test_sigpending1_does_not(void **state)
{
	sigset_t set;

	(void)state;
	(void)sigfillset(&set);
	assert_int_equal(sigprocmask1(self, SIG_SETMASK, &set, NULL), 0);
	psignal(curproc, SIGINT);
	post_to(self->l_lid, SIGHUP);
	(void)sigfillset(&set);
	sigpending1(self, &set);
	assert_int_equal(sigismember(&set, SIGINT), 1);
	assert_int_equal(sigismember(&set, SIGHUP), 1);
	assert_int_equal(sigismember(&set, SIGTERM), 0);
	assert_int_equal(sigismember(&set, SIGUSR1), 0);
}

static void
test_ignored_is_never_pending(void **state)
{
	sigset_t set;

	(void)state;
	assert_int_equal(puffsmsg_proc_sigignore(SIGINT, true), 0);
	psignal(curproc, SIGINT);
	post_to(self->l_lid, SIGINT);
	sigpending1(self, &set);
	assert_int_equal(sigismember(&set, SIGINT), 0);
}

/* -------------------------------------------------------- sigprocmask1 */

static void
assert_mask(int blocked, int free)
{
	sigset_t set;

	assert_int_equal(sigprocmask1(self, 0, NULL, &set), 0);
	assert_int_equal(sigismember(&set, blocked), 1);
	assert_int_equal(sigismember(&set, free), 0);
}

static void
test_sigprocmask1_block_unblock_set(void **state)
{
	sigset_t set, old;

	(void)state;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	assert_int_equal(sigprocmask1(self, SIG_BLOCK, &set, &old), 0);
	assert_int_equal(sigismember(&old, SIGINT), 0);
	assert_mask(SIGINT, SIGTERM);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	assert_int_equal(sigprocmask1(self, SIG_BLOCK, &set, &old), 0);
	assert_int_equal(sigismember(&old, SIGINT), 1);
	assert_mask(SIGINT, SIGHUP);
	assert_mask(SIGTERM, SIGHUP);
	assert_int_equal(sigprocmask1(self, SIG_UNBLOCK, &set, NULL), 0);
	assert_mask(SIGINT, SIGTERM);
	assert_int_equal(sigprocmask1(self, SIG_SETMASK, &set, NULL), 0);
	assert_mask(SIGTERM, SIGINT);
}

static void
test_sigprocmask1_cannot_block_kill_and_stop(void **state)
{
	sigset_t set;

	(void)state;
	(void)sigfillset(&set);
	assert_int_equal(sigprocmask1(self, SIG_BLOCK, &set, NULL), 0);
	assert_mask(SIGTERM, SIGKILL);
	assert_mask(SIGTERM, SIGSTOP);
	assert_int_equal(sigprocmask1(self, SIG_SETMASK, &set, NULL), 0);
	assert_mask(SIGTERM, SIGKILL);
	assert_mask(SIGTERM, SIGSTOP);
}

static void
test_sigprocmask1_knows_three_ways(void **state)
{
	sigset_t set;

	(void)state;
	(void)sigfillset(&set);
	assert_int_equal(sigprocmask1(self, 1234, &set, NULL), EINVAL);
	assert_int_equal(sigprocmask1(self, 1234, NULL, &set), 0);
	assert_int_equal(sigismember(&set, SIGINT), 0);
}

static void *
look_at_mask(void *arg)
{
	assert_int_equal(sigprocmask1(curlwp, 0, NULL, arg), 0);
	return NULL;
}

static void
test_sigprocmask1_is_per_lwp(void **state)
{
	sigset_t set;
	pthread_t thread;

	(void)state;
	(void)sigfillset(&set);
	assert_int_equal(sigprocmask1(self, SIG_SETMASK, &set, NULL), 0);
	assert_int_equal(pthread_create(&thread, NULL, look_at_mask, &set), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(sigismember(&set, SIGINT), 0);
}

/* In a kernel the caller holds it. */
static void
test_with_p_lock_held(void **state)
{
	sigset_t set;

	(void)state;
	(void)sigfillset(&set);
	mutex_enter(curproc->p_lock);
	assert_int_equal(sigprocmask1(self, SIG_BLOCK, &set, NULL), 0);
	sigpending1(self, &set);
	assert_int_equal(sigispending(self, 0), 0);
	mutex_exit(curproc->p_lock);
	assert_mask(SIGTERM, SIGKILL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_psignal_wakes_one),
		TEST(test_psignal_goes_by_a_sleeper_that_blocks_it),
		TEST(test_kpsignal_to_an_lwp_wakes_that),
		TEST(test_lwp_kill_wakes_that),
		TEST(test_psignal_is_pending_for_all),
		TEST(test_kpsignal_to_the_process),
		TEST(test_kpsignal_to_an_lwp_is_pending_for_that),
		TEST(test_kpsignal_to_a_gone_lwp_is_lost),
		TEST(test_posting_with_proc_lock_held),
		TEST(test_what_is_no_signal_is_a_panic),
		TEST(test_sigispending_minds_the_mask),
		TEST(test_sigpending1_does_not),
		TEST(test_ignored_is_never_pending),
		TEST(test_sigprocmask1_block_unblock_set),
		TEST(test_sigprocmask1_cannot_block_kill_and_stop),
		TEST(test_sigprocmask1_knows_three_ways),
		TEST(test_sigprocmask1_is_per_lwp),
		TEST(test_with_p_lock_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
