/* SPDX-License-Identifier: BSD-2-Clause */

/* kthread(9): create with each flag, exit, join, floating point. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>

#include "expect_panic.h"
#include "gate.h"
#include "testhost.h"

#include <sys/kthread.h>
#include <sys/proc.h>

static struct gate began, may_end;
static struct lwp *created; /* what kthread_create said, or NULL */
static struct seen {
	struct lwp *lwp;
	struct lwp **created;
	struct lwp *named; /* *created as the thread found it */
	char name[PUFFSMSG__MAXNAME];
	void *arg;
} seen;

static int
start(void **state)
{
	memset(&seen, 0, sizeof(seen));
	created = NULL;
	gate_init(&began);
	gate_init(&may_end);
	return testhost_start(state);
}

static void
look(void *arg)
{
	seen.arg = arg;
	seen.lwp = curlwp;
	seen.named = created;
	memcpy(seen.name, curlwp->l_name, sizeof(seen.name));
}

static void
look_and_exit(void *arg)
{
	look(arg);
	kthread_exit(0);
}

static void
test_runs_as_an_lwp_of_the_process(void **state)
{
	int arg;

	(void)state;
	assert_int_equal(kthread_create(PRI_NONE,
			     KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
			     look_and_exit, &arg, &created, "job %d/%s", 3,
			     "x"),
	    0);
	assert_non_null(created);
	assert_ptr_equal(created->l_proc, curproc);
	assert_int_not_equal(created->l_lid, curlwp->l_lid);
	assert_string_equal(created->l_name, "job 3/x");
	assert_int_equal(kthread_join(created), 0);
	assert_ptr_equal(seen.arg, &arg);
	assert_ptr_equal(seen.lwp, created);
	assert_string_equal(seen.name, "job 3/x");
}

static void
test_creator_knows_the_lwp_before_it_runs(void **state)
{
	(void)state;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
			     look_and_exit, NULL, &created, "known"),
	    0);
	assert_int_equal(kthread_join(created), 0);
	assert_ptr_equal(seen.named, created);
}

static void
test_return_is_an_exit(void **state)
{
	(void)state;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL, look,
			     NULL, &created, "returns"),
	    0);
	assert_int_equal(kthread_join(created), 0);
	assert_ptr_equal(seen.lwp, created);
	assert_int_equal(curproc->p_nlwps, 1);
}

static void
hold_on(void *arg)
{
	(void)arg;
	gate_pass(&began);
	gate_await(&may_end, 1);
	seen.lwp = curlwp;
	kthread_exit(0);
}

static void *
let_go(void *arg)
{
	gate_pass(&may_end);
	return arg;
}

static void
test_join_waits_for_the_end(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
			     hold_on, NULL, &created, "slow"),
	    0);
	gate_await(&began, 1);
	assert_null(seen.lwp);
	assert_int_equal(curproc->p_nlwps, 2);
	assert_int_equal(pthread_create(&thread, NULL, let_go, NULL), 0);
	assert_int_equal(kthread_join(created), 0);
	assert_ptr_equal(seen.lwp, created);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* A thread that ends leaves the list of its process. */
static void
await_end(void)
{
	bool gone = false;

	while (!gone) {
		mutex_enter(curproc->p_lock);
		gone = curproc->p_nlwps == 1;
		mutex_exit(curproc->p_lock);
	}
}

static void
test_join_of_one_that_has_ended(void **state)
{
	(void)state;
	gate_pass(&may_end);
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
			     hold_on, NULL, &created, "quick"),
	    0);
	await_end();
	assert_string_equal(created->l_name, "quick");
	assert_int_equal(kthread_join(created), 0);
}

static void
test_nobody_need_join_without_mustjoin(void **state)
{
	(void)state;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MPSAFE, NULL, hold_on,
			     NULL, NULL, "free"),
	    0);
	gate_await(&began, 1);
	gate_pass(&may_end);
	await_end();
}

static void
test_flags_without_a_meaning(void **state)
{
	static const int flags[] = { 0, KTHREAD_MPSAFE, KTHREAD_INTR,
		KTHREAD_TS, KTHREAD_INTR | KTHREAD_MPSAFE };

	(void)state;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		seen.lwp = NULL;
		assert_int_equal(kthread_create(63, flags[i] | KTHREAD_MUSTJOIN,
				     NULL, look_and_exit, NULL, &created,
				     "flags"),
		    0);
		assert_int_equal(kthread_join(created), 0);
		assert_ptr_equal(seen.lwp, created);
	}
}

static void
test_idle_is_einval(void **state)
{
	struct lwp *l = curlwp;

	(void)state;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_IDLE, NULL, look,
			     NULL, &l, "idle"),
	    EINVAL);
	assert_null(l);
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_IDLE, NULL, look,
			     NULL, NULL, "idle"),
	    EINVAL);
	assert_int_equal(curproc->p_nlwps, 1);
	assert_null(seen.lwp);
}

static void
test_errors_leave_nothing(void **state)
{
	struct lwp *l = curlwp;

	(void)state;
	th.fail_memalloc = 1;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL, look,
			     NULL, &l, "poor"),
	    ENOMEM);
	assert_null(l);
	l = curlwp;
	th.fail_thread_create = 1;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL, look,
			     NULL, &l, "many"),
	    EAGAIN);
	assert_null(l);
	assert_int_equal(curproc->p_nlwps, 1);
}

static void
exit_5(void *arg)
{
	(void)arg;
	kthread_exit(5);
}

static void
test_exit_code_is_logged(void **state)
{
	(void)state;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
			     look_and_exit, NULL, &created, "good"),
	    0);
	assert_int_equal(kthread_join(created), 0);
	assert_int_equal(th.logs, 0);
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
			     exit_5, NULL, &created, "bad"),
	    0);
	assert_int_equal(kthread_join(created), 0);
	assert_int_equal(th.logs, 1);
	assert_string_equal(th.log,
	    "puffsmsg: kthread bad (lwp 3) exits with status 5");
}

static void
test_fpu(void **state)
{
	double half = 1;
	int s;

	(void)state;
	s = kthread_fpu_enter();
	half /= 2;
	kthread_fpu_exit(s);
	assert_true(half > 0.4 && half < 0.6);
}

static void
do_mustjoin_unasked(void *arg)
{
	(void)arg;
	(void)kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL, look, NULL, NULL,
	    "lost");
}

static void
do_join_self(void *arg)
{
	(void)arg;
	curlwp->l_flag |= LW_JOIN; /* as if it were a kthread */
	(void)kthread_join(curlwp);
}

static void
do_join_stranger(void *arg)
{
	struct lwp *l;

	(void)arg;
	(void)kthread_create(PRI_NONE, KTHREAD_MPSAFE, NULL, hold_on, NULL, &l,
	    "free");
	gate_await(&began, 1);
	(void)kthread_join(l);
}

static void
test_misuse_is_a_panic(void **state)
{
	(void)state;
	expect_panic(do_mustjoin_unasked, NULL,
	    "kthread_create: lost: nobody could join it");
	expect_panic(do_join_self, NULL, "kthread_join: lwp 1");
	expect_panic(do_join_stranger, NULL, "kthread_join: lwp 2");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse_is_a_panic),
		TEST(test_runs_as_an_lwp_of_the_process),
		TEST(test_creator_knows_the_lwp_before_it_runs),
		TEST(test_return_is_an_exit),
		TEST(test_join_waits_for_the_end),
		TEST(test_join_of_one_that_has_ended),
		TEST(test_nobody_need_join_without_mustjoin),
		TEST(test_flags_without_a_meaning),
		TEST(test_idle_is_einval),
		TEST(test_errors_leave_nothing),
		TEST(test_exit_code_is_logged),
		TEST(test_fpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
