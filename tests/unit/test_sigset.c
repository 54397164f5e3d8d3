/* SPDX-License-Identifier: BSD-2-Clause */

/* Sets of signals as the system has them, in and out of emulated masks. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>

#include "kern/kern_private.h"
#include "testhost.h"

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
test_sigprocmask1(void **state)
{
	sigset_t set, old;

	(void)state;
	assert_int_equal(sigemptyset(&set), 0);
	assert_int_equal(sigaddset(&set, SIGINT), 0);
	assert_int_equal(sigaddset(&set, SIGKILL), 0);
	assert_int_equal(sigprocmask1(self, SIG_BLOCK, &set, NULL), 0);
	assert_int_equal(sigprocmask1(self, -1, NULL, &old), 0);
	assert_int_equal(sigismember(&old, SIGINT), 1);
	assert_int_equal(sigismember(&old, SIGKILL), 0);
	assert_int_equal(sigismember(&old, SIGTERM), 0);
	assert_int_equal(sigprocmask1(self, SIG_UNBLOCK, &set, &old), 0);
	assert_int_equal(sigismember(&old, SIGINT), 1);
	assert_int_equal(sigemptyset(&set), 0);
	assert_int_equal(sigaddset(&set, SIGTERM), 0);
	assert_int_equal(sigprocmask1(self, SIG_SETMASK, &set, &old), 0);
	assert_int_equal(sigismember(&old, SIGINT), 0);
	assert_int_equal(puffsmsg_proc_kill(SIGTERM), 0);
	assert_int_equal(sigispending(self, SIGTERM), 0);
	assert_int_equal(sigprocmask1(self, 77, &set, NULL), EINVAL);
	assert_int_equal(sigaddset(&set, SIGKILL), 0);
	assert_int_equal(sigprocmask1(self, SIG_SETMASK, &set, NULL), 0);
	assert_int_equal(sigprocmask1(self, SIG_BLOCK, NULL, &old), 0);
	assert_int_equal(sigismember(&old, SIGTERM), 1);
	assert_int_equal(sigismember(&old, SIGKILL), 0);
}

static void
test_sigpending1(void **state)
{
	sigset_t set;

	(void)state;
	assert_int_equal(puffsmsg_lwp_sigblock(SIGINT, true), 0);
	assert_int_equal(puffsmsg_lwp_kill(self->l_lid, SIGINT), 0);
	psignal(curproc, SIGTERM);
	sigpending1(self, &set);
	assert_int_equal(sigismember(&set, SIGINT), 1);
	assert_int_equal(sigismember(&set, SIGTERM), 1);
	assert_int_equal(sigismember(&set, SIGHUP), 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sigprocmask1),
		TEST(test_sigpending1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
