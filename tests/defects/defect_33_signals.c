/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * In the kernel that the original is run on in a process an interruptible wait
 * cannot be interrupted: signals wake nobody, and the signal mask is one for
 * the whole process.
 *
 * A signal ends an interruptible wait, one that was pending before as well,
 * and a mask is of the one lwp that set it.
 */

#include <sched.h>
#include <signal.h>
#include <string.h>

#include <sys/condvar.h>
#include <sys/kernel.h>
#include <sys/mutex.h>

#include "msgfix.h"

/*
 * A thread in one wait on a condition that never comes about by itself.
 */
struct sleeper {
	struct fix_thread t;
	kmutex_t lock;
	kcondvar_t cv;
	int timeout;   /* ticks, or 0 */
	int pending;   /* signal that it sends itself before, or 0 */
	int blocked;   /* signal that it blocks, or 0 */
	int error;     /* what the wait returned */
	int sig;       /* what was pending when it unblocked all */
	bool returned; /* under lock */
};

static void
sleeper_main(void *arg)
{
	struct sleeper *s = arg;

	if (s->blocked != 0)
		(void)puffsmsg_lwp_sigblock(s->blocked, true);
	if (s->pending != 0)
		(void)puffsmsg_lwp_kill(s->t.lid, s->pending);
	mutex_enter(&s->lock);
	if (s->timeout != 0)
		s->error = cv_timedwait_sig(&s->cv, &s->lock, s->timeout);
	else
		s->error = cv_wait_sig(&s->cv, &s->lock);
	s->returned = true;
	mutex_exit(&s->lock);
	if (s->blocked != 0)
		(void)puffsmsg_lwp_sigblock(s->blocked, false);
	s->sig = puffsmsg_lwp_sigtake();
}

static bool
asleep_or_returned(struct sleeper *s)
{
	bool is;

	mutex_enter(&s->lock);
	is = s->returned || cv_has_waiters(&s->cv);
	mutex_exit(&s->lock);
	return is;
}

/* As far as its sleep, or its return. */
static void
sleeper_start(struct sleeper *s)
{
	s->error = -1;
	s->sig = 0;
	s->returned = false;
	mutex_init(&s->lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&s->cv, "defect33");
	fix_start(&s->t, sleeper_main, s);
	while (!asleep_or_returned(s))
		sched_yield();
}

/*
 * A wakeup for whoever is still asleep: a signal has decided the sleep before
 * that, so that it makes no difference.  Returns what the wait did.
 */
static int
sleeper_end(struct sleeper *s)
{
	mutex_enter(&s->lock);
	cv_broadcast(&s->cv);
	mutex_exit(&s->lock);
	fix_join(&s->t);
	cv_destroy(&s->cv);
	mutex_destroy(&s->lock);
	return s->error;
}

static void
expect_interrupted(int timeout, int sig)
{
	struct sleeper s = { .timeout = timeout };

	sleeper_start(&s);
	fix_kill(&s.t, sig);
	assert_int_equal(sleeper_end(&s), EINTR);
	assert_int_equal(s.sig, sig);
}

static void
defect_33_a_signal_ends_a_wait(void **state)
{
	(void)state;
	expect_interrupted(0, SIGINT);
	expect_interrupted(0, SIGUSR1);
	expect_interrupted(3600 * hz, SIGINT);
}

static void
defect_33_a_signal_to_the_process_ends_a_wait(void **state)
{
	struct sleeper s = { .timeout = 0 };

	(void)state;
	sleeper_start(&s);
	assert_int_equal(puffsmsg_proc_kill(SIGTERM), 0);
	assert_int_equal(sleeper_end(&s), EINTR);
	assert_int_equal(s.sig, SIGTERM);
}

static void
defect_33_a_pending_signal_ends_a_wait(void **state)
{
	struct sleeper s = { .pending = SIGINT };

	(void)state;
	sleeper_start(&s);
	assert_int_equal(sleeper_end(&s), EINTR);
	assert_int_equal(s.sig, SIGINT);
}

/* The other lwp's mask is its own. */
static void
defect_33_a_mask_is_of_one_lwp(void **state)
{
	struct sleeper blocking = { .blocked = SIGINT },
		       open = { .blocked = 0 };

	(void)state;
	sleeper_start(&open);
	sleeper_start(&blocking);
	fix_kill(&open.t, SIGINT);
	fix_kill(&blocking.t, SIGINT);
	(void)sleeper_end(&blocking);
	(void)sleeper_end(&open);
	assert_int_equal(blocking.error, 0);
	assert_int_equal(blocking.sig, SIGINT);
	assert_int_equal(open.error, EINTR);
	assert_int_equal(open.sig, SIGINT);
}

static void
defect_33_a_signal_to_the_process_finds_who_does_not_block_it(void **state)
{
	struct sleeper blocking = { .blocked = SIGINT },
		       open = { .blocked = 0 };

	(void)state;
	sleeper_start(&blocking);
	sleeper_start(&open);
	assert_int_equal(puffsmsg_proc_kill(SIGINT), 0);
	(void)sleeper_end(&open);
	(void)sleeper_end(&blocking);
	assert_int_equal(open.error, EINTR);
	assert_int_equal(open.sig, SIGINT);
	assert_int_equal(blocking.error, 0);
}

/* While one waits for a message, it alone blocks what does not interrupt it. */
static void
defect_33_a_wait_for_a_message_masks_its_own_lwp(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct sleeper s = { .timeout = 0 };
	struct fix_waiter w;

	(void)state;
	sleeper_start(&s);
	fix_wait_start(&w, fix_mount, park);
	fix_kill(&w.t, SIGUSR1);
	fix_kill(&s.t, SIGUSR1);
	(void)sleeper_end(&s);
	fix_serve(fix_mount, EPERM);
	assert_int_equal(fix_wait_join(&w), EPERM);
	puffs_msgmem_release(park);
	assert_int_equal(s.error, EINTR);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_33_a_signal_ends_a_wait),
		TEST(defect_33_a_signal_to_the_process_ends_a_wait),
		TEST(defect_33_a_pending_signal_ends_a_wait),
		TEST(defect_33_a_mask_is_of_one_lwp),
		TEST(
		    defect_33_a_signal_to_the_process_finds_who_does_not_block_it),
		TEST(defect_33_a_wait_for_a_message_masks_its_own_lwp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
