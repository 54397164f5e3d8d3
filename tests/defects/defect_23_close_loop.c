/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original's close, if an unmount is in progress, sleeps once for its end:
 * a wakeup for another reason sends its caller to try again although nothing
 * has ended.
 *
 * Close returns ERESTART when the unmount has ended, and not before.
 */

#include <sched.h>

#include "actor.h"

/* Somebody sleeps for the unmount, or the close has returned. */
static void
until_asleep_or_returned(struct actor *closing)
{
	bool asleep;

	do {
		sched_yield();
		mutex_enter(&fix_mount->pmp_lock);
		asleep = cv_has_waiters(&fix_mount->pmp_cv);
		mutex_exit(&fix_mount->pmp_lock);
	} while (!asleep && !actor_returned(closing));
}

static void
defect_23_close_sleeps_until_the_unmount_has_ended(void **state)
{
	struct actor unmounting = { .mount = fix_mount };
	struct actor closing = { .mount = fix_mount };
	bool early = false;

	(void)state;
	/* It has begun, and is not further. */
	actor_hold(&unmounting, actor_unmount, STOPPER_EXITED, 1);
	actor_start(&closing, actor_close);
	for (int i = 0; i < 5; i++) {
		until_asleep_or_returned(&closing);
		early |= actor_returned(&closing);
		mutex_enter(&fix_mount->pmp_lock);
		cv_broadcast(&fix_mount->pmp_cv);
		mutex_exit(&fix_mount->pmp_lock);
	}
	until_asleep_or_returned(&closing);
	early |= actor_returned(&closing);
	assert_int_equal(actor_end(&unmounting), 0);
	assert_int_equal(actor_end(&closing), PUFFSMSG_ERESTART);
	assert_false(early);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_23_close_sleeps_until_the_unmount_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
