/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A reply and a signal at once.
 *
 * In the original wait returns the reply's success and leaves the mark of an
 * interrupted caller on the park: an assertion fails when it is used again,
 * or, without assertions, getout turns round for ever over it.  The first of
 * the two must decide alone: if that is the reply, the park is as good as
 * after any other, and the signal stays pending.
 */

#include <signal.h>
#include <string.h>

#include "actor.h"

static void
caller_init(struct actor *a)
{
	memset(a, 0, sizeof(*a));
	a->mount = fix_mount;
	a->park = fix_send(fix_mount);
}

/*
 * The reply had won: the caller has its rv, the signal is still there, and the
 * park can be sent, read and answered again, by its caller and by others.
 */
static void
expect_reply_and_reuse(struct actor *a, int rv)
{
	assert_int_equal(actor_end(a), rv);
	assert_int_equal(a->sig, SIGINT);
	assert_int_equal(a->park->park_settings & PARKSET_GONE, 0);
	assert_int_equal(fix_stats(fix_mount).interrupted, 0);
	assert_int_equal(fix_stats(fix_mount).abandoned, 0);
	for (int i = 0; i < 3; i++) {
		puffs_msg_enqueue(fix_mount, a->park);
		fix_serve(fix_mount, EPERM);
		assert_int_equal(puffs_msg_wait(fix_mount, a->park), EPERM);
	}
	puffs_msgmem_release(a->park);
	fix_assert_empty(fix_mount);
}

/* The signal has ended the sleep, and the reply the message. */
static void
defect_15_the_caller_wakes_by_the_signal_and_finds_the_reply(void **state)
{
	struct actor a;

	(void)state;
	caller_init(&a);
	actor_begin(&a, actor_wait, STOPPER_ENTER, 2);
	actor_sleeps(&a);
	fix_kill(&a.s.t, SIGINT);
	stopper_await(&a.s);
	fix_serve(fix_mount, ENOENT);
	expect_reply_and_reuse(&a, ENOENT);
}

/* The reply has ended the sleep, and the signal comes before wait returns. */
static void
defect_15_the_signal_comes_while_the_caller_is_woken(void **state)
{
	struct actor a;

	(void)state;
	caller_init(&a);
	actor_begin(&a, actor_wait, STOPPER_ENTER, 2);
	actor_sleeps(&a);
	fix_serve(fix_mount, ENOENT);
	stopper_await(&a.s);
	fix_kill(&a.s.t, SIGINT);
	expect_reply_and_reuse(&a, ENOENT);
}

/* The message is claimed for the reply, which is still being copied. */
static void
defect_15_the_signal_comes_while_the_reply_is_copied(void **state)
{
	struct actor a, server;

	(void)state;
	caller_init(&a);
	memset(&server, 0, sizeof(server));
	server.mount = fix_mount;
	server.rv = ENOENT;
	actor_start(&a, actor_wait);
	actor_sleeps(&a);
	fix_take(fix_mount, &server.frame);
	actor_hold(&server, actor_reply, STOPPER_EXITED, 1);
	fix_kill(&a.s.t, SIGINT);
	actor_sleeps_again(&a);
	assert_int_equal(actor_end(&server), 0);
	expect_reply_and_reuse(&a, ENOENT);
}

/* Both are there before the caller has begun to wait. */
static void
defect_15_both_are_there_before_the_wait(void **state)
{
	struct actor a;

	(void)state;
	caller_init(&a);
	actor_hold(&a, actor_wait, STOPPER_ENTER, 1);
	fix_kill(&a.s.t, SIGINT);
	fix_serve(fix_mount, ENOENT);
	expect_reply_and_reuse(&a, ENOENT);
}

/* The caller has given up first: the reply comes late, and marks nothing. */
static void
defect_15_the_signal_goes_first(void **state)
{
	struct fix_frame f;
	struct actor a;

	(void)state;
	caller_init(&a);
	fix_take(fix_mount, &f);
	actor_begin(&a, actor_wait, STOPPER_EXITED, 2);
	actor_sleeps(&a);
	fix_kill(&a.s.t, SIGINT);
	stopper_await(&a.s);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(actor_end(&a), EINTR);
	assert_int_equal(a.sig, SIGINT);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	puffs_msgmem_release(a.park);
	fix_assert_empty(fix_mount);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    defect_15_the_caller_wakes_by_the_signal_and_finds_the_reply),
		TEST(defect_15_the_signal_comes_while_the_caller_is_woken),
		TEST(defect_15_the_signal_comes_while_the_reply_is_copied),
		TEST(defect_15_both_are_there_before_the_wait),
		TEST(defect_15_the_signal_goes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
