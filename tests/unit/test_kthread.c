/* SPDX-License-Identifier: BSD-2-Clause */

/* kthread(9): life, names, join, exit in the middle, misuse. */

#if defined(__linux__)
#define _GNU_SOURCE /* pthread_getname_np */
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>

#include "expect_panic.h"
#include "kern/kern_private.h"
#include "testhost.h"

#include <sys/kthread.h>

static sem_t started, go;
static struct lwp *seen;
static char seen_name[PUFFSMSG__MAXNAME];
static int exits;

static int
start(void **state)
{
	if (sem_init(&started, 0, 0) != 0 || sem_init(&go, 0, 0) != 0)
		return -1;
	seen = NULL;
	exits = 0;
	return testhost_start(state);
}

static int
stop(void **state)
{
	int error = testhost_stop(state);

	(void)sem_destroy(&started);
	(void)sem_destroy(&go);
	return error;
}

static void
note_exit(void *arg)
{
	(void)arg;
	exits++;
}

static void
returns(void *arg)
{
	assert_ptr_equal(arg, &exits);
	seen = curlwp;
	puffsmsg__lwp_onexit(seen, note_exit, NULL);
}

static void
test_join(void **state)
{
	struct lwp *l;

	(void)state;
	assert_int_equal(kthread_create(PRI_NONE,
			     KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL, returns,
			     &exits, &l, "kid%d", 7),
	    0);
	assert_string_equal(l->l_name, "kid7");
	assert_int_equal(l->l_lid, 2);
	assert_int_equal(kthread_join(l), 0);
	assert_ptr_equal(seen, l);
	assert_int_equal(exits, 1);
	assert_int_equal(curproc->p_nlwps, 1);
}

static void
test_join_unscheduled(void **state)
{
	struct lwp *l;

	(void)state;
	testhost.schedule = testhost_schedule;
	testhost.unschedule = testhost_unschedule;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
			     returns, &exits, &l, "kid"),
	    0);
	assert_int_equal(kthread_join(l), 0);
	assert_true(th.unscheduled > 0);
	assert_int_equal(th.unscheduled, th.scheduled);
}

static void
leave_in_the_middle(void)
{
	kthread_exit(3);
}

static void
exits_in_the_middle(void *arg)
{
	puffsmsg__lwp_onexit(curlwp, note_exit, NULL);
	leave_in_the_middle();
	*(int *)arg = 100;
}

static void
test_exit(void **state)
{
	struct lwp *l;

	(void)state;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
			     exits_in_the_middle, &exits, &l, "kid"),
	    0);
	assert_int_equal(kthread_join(l), 0);
	assert_int_equal(exits, 1);
}

static void
tell_exit(void *arg)
{
	(void)arg;
	(void)sem_post(&go);
}

static void
shows_itself(void *arg)
{
	*(int32_t *)arg = curlwp->l_lid;
	(void)pthread_getname_np(pthread_self(), seen_name, sizeof(seen_name));
	puffsmsg__lwp_onexit(curlwp, tell_exit, NULL);
	(void)sem_post(&started);
}

/* Not joined: the end of the library is good even if the thread still ends. */
static void
test_detached(void **state)
{
	int32_t lid = 0;

	(void)state;
	assert_int_equal(kthread_create(PRI_NONE, 0, NULL, shows_itself, &lid,
			     NULL, "a name that is %s",
			     "rather long, isn't it"),
	    0);
	assert_int_equal(sem_wait(&started), 0);
	assert_int_equal(lid, 2);
	assert_string_equal(seen_name, "a name that is ");
	assert_int_equal(sem_wait(&go), 0);
}

static void
test_create_fails(void **state)
{
	struct lwp *l = curlwp;

	(void)state;
	th.fail_memalloc = 1;
	assert_int_equal(kthread_create(PRI_NONE, 0, NULL, returns, NULL, &l,
			     "kid"),
	    ENOMEM);
	assert_null(l);
	l = curlwp;
	th.fail_thread_create = 2;
	assert_int_equal(kthread_create(PRI_NONE, 0, NULL, returns, NULL, &l,
			     "kid"),
	    EAGAIN);
	assert_null(l);
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
			     returns, NULL, &l, "kid"),
	    EAGAIN);
	assert_int_equal(curproc->p_nlwps, 1);
}

/* The new thread waits for what it needs to be an lwp. */
static void
test_attach_short(void **state)
{
	struct lwp *l;

	(void)state;
	(void)curlwp;
	th.fail_token = 1;
	th.fail_lwp_set = 1;
	assert_int_equal(kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL,
			     returns, &exits, &l, "kid"),
	    0);
	assert_int_equal(kthread_join(l), 0);
	assert_int_equal(th.fail_token, 0);
	assert_int_equal(exits, 1);
}

static void
do_join_self(void *arg)
{
	(void)arg;
	(void)kthread_join(curlwp);
}

static void
do_join_detached(void *arg)
{
	struct lwp *l = puffsmsg__lwp_new(true);

	(void)arg;
	(void)kthread_join(l);
}

static void
do_forget_join(void *arg)
{
	struct lwp *l;

	(void)arg;
	(void)kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL, returns, &exits,
	    &l, "kid");
	puffsmsg__kern_fini();
}

static int
pretend_thread(void (*fn)(void *), void *arg, const char *name, unsigned flags,
    void **thread)
{
	(void)fn;
	(void)arg;
	(void)name;
	(void)flags;
	(void)thread;
	return 0;
}

static void
come_back(void)
{
}

static void
do_exit_for_nothing(void *arg)
{
	(void)arg;
	testhost.thread_exit = come_back;
	kthread_exit(0);
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_panic(do_exit_for_nothing, NULL, "the host came back");
	expect_panic(do_join_self, NULL, "kthread_join: lwp 1");
	expect_panic(do_join_detached, NULL, "kthread_join: lwp 0");
	testhost.thread_create = pretend_thread;
	expect_panic(do_forget_join, NULL, "1 kthreads were not joined");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse),
		TEST(test_join),
		TEST(test_join_unscheduled),
		TEST(test_exit),
		TEST(test_detached),
		TEST(test_create_fails),
		TEST(test_attach_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
