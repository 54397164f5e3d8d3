/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A sleep in wait that ends although nothing has come.
 *
 * The original sleeps once and takes the end of its sleep for the reply: a
 * spurious wakeup is a success with no answer.  Wait must look at its message
 * after every sleep, and sleep again until that has ended.
 */

#include <string.h>

#include "actor.h"

#define ROUNDS 200

/*
 * The caller of a message, held before it sleeps for it.
 */
static void
caller_sleeps(struct actor *a)
{
	memset(a, 0, sizeof(*a));
	a->mount = fix_mount;
	a->park = fix_send(fix_mount);
	actor_hold(a, actor_wait, STOPPER_BLOCK, 1);
}

/*
 * Lets it go until it wants to sleep once more.  Fails if wait returns.
 */
static void
sleeps_again(struct actor *a)
{
	stopper_step(&a->s, STOPPER_BLOCK, NULL, 1);
	assert_false(actor_returned(a));
}

/* Its message is served, and only now does wait return. */
static void
served(struct actor *a)
{
	assert_int_equal(fix_stats(fix_mount).replied, 0);
	fix_serve(fix_mount, ENOENT);
	assert_int_equal(actor_end(a), ENOENT);
	puffs_msgmem_release(a->park);
	assert_int_equal(fix_stats(fix_mount).replied, 1);
}

/* The host's block returns for no reason. */
static void
defect_02_the_hosts_block_returns_early(void **state)
{
	struct actor a;

	(void)state;
	caller_sleeps(&a);
	for (int i = 0; i < ROUNDS; i++) {
		fix_spurious(fix_mount, a.park);
		sleeps_again(&a);
	}
	served(&a);
}

/* Somebody wakes the thread who has no answer for it. */
static void
wake(struct actor *a)
{
	void *token;

	mutex_enter(&fix_mount->pmp_lock);
	assert_non_null(a->park->park_waiter);
	token = puffsmsg__sleep_claim(a->park->park_waiter);
	mutex_exit(&fix_mount->pmp_lock);
	assert_non_null(token);
	puffsmsg__sleep_unblock(token);
}

static void
defect_02_somebody_wakes_the_caller_without_an_answer(void **state)
{
	struct actor a;

	(void)state;
	caller_sleeps(&a);
	for (int i = 0; i < ROUNDS; i++) {
		wake(&a);
		sleeps_again(&a);
	}
	served(&a);
}

/* Wherever the message is. */
static void
defect_02_a_wakeup_at_each_step_of_the_message(void **state)
{
	struct fix_frame f;
	struct actor a;

	(void)state;
	caller_sleeps(&a);
	wake(&a);
	sleeps_again(&a);
	fix_hold(fix_mount, &f);
	wake(&a);
	sleeps_again(&a);
	fix_releaseout(fix_mount, &f, 0);
	wake(&a);
	sleeps_again(&a);
	assert_int_equal(fix_reply(fix_mount, &f, EPERM), 0);
	assert_int_equal(actor_end(&a), EPERM);
	puffs_msgmem_release(a.park);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_02_the_hosts_block_returns_early),
		TEST(defect_02_somebody_wakes_the_caller_without_an_answer),
		TEST(defect_02_a_wakeup_at_each_step_of_the_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
