/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/unmount.c: unmount. */

#include <sched.h>
#include <signal.h>
#include <string.h>

#include "unmounter.h"

#include "expect_panic.h"

#define FORCE PUFFSMSG_MNT_FORCE
#define HOUR  (UINT64_C(3600) * 1000000000)

static void
a_server_that_agrees_is_unmounted(void **state)
{
	struct puffs_msgpark *park;
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	unmount_asked(&u, &f, 0);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(unmount_join(&u), 0);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	park = fix_send(fix_mount);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	puffs_msgmem_release(park);
	assert_int_equal(puffsmsg_mount_start(fix_mount), ENXIO);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, 0), 0);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, FORCE), 0);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
}

static void
the_server_is_told_the_flags(void **state)
{
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	unmount_asked(&u, &f, 0x1234 & ~FORCE);
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u), EBUSY);
	unmount_asked(&u, &f, FORCE | 0x4);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(unmount_join(&u), 0);
}

static void
a_server_that_refuses_stays_mounted(void **state)
{
	struct puffs_msgpark *park;
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		unmount_asked(&u, &f, 0);
		assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
		assert_int_equal(unmount_join(&u), EBUSY);
		assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
		park = fix_send(fix_mount);
		fix_serve(fix_mount, ECHILD);
		assert_int_equal(puffs_msg_wait(fix_mount, park), ECHILD);
		puffs_msgmem_release(park);
	}
	/* Its sop thread serves on. */
	assert_int_equal(srv_request(fix_mount, PUFFSOP_FLUSH, 88, 1), 0);
	srv_expect_answer(fix_mount, 1, EINVAL);
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

static void
a_signal_interrupts_an_unforced_unmount(void **state)
{
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	unmount_asked(&u, &f, 0);
	fix_kill(&u.t, SIGUSR1);
	fix_kill(&u.t, SIGINT);
	assert_int_equal(unmount_join(&u), EINTR);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
}

static void
a_pending_signal_interrupts_an_unforced_unmount(void **state)
{
	struct unmounter u = { .pending = SIGTERM };

	(void)state;
	fix_start(&u.t, unmounter_main, &u);
	assert_int_equal(unmount_join(&u), EINTR);
	srv_expect_nothing(fix_mount);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
}

static void
a_forced_unmount_is_not_interrupted(void **state)
{
	struct unmounter u = { .flags = FORCE, .pending = SIGKILL };
	struct fix_frame f;

	(void)state;
	fix_start(&u.t, unmounter_main, &u);
	srv_expect_unmount(fix_mount, &f, FORCE);
	fix_kill(&u.t, SIGINT);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(unmount_join(&u), 0);
	assert_int_equal(fix_stats(fix_mount).replied, 1);
}

static void
a_forced_unmount_does_not_care_what_the_server_says(void **state)
{
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	unmount_asked(&u, &f, FORCE);
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u), 0);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
}

static void
a_silent_server_has_the_grace_time(void **state)
{
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	unmount_asked(&u, &f, FORCE);
	fix_clock_advance(HOUR / 2);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	fix_clock_advance(HOUR);
	assert_int_equal(unmount_join(&u), 0);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	assert_int_equal(fix_stats(fix_mount).timedout, 1);
	assert_int_equal(fix_stats(fix_mount).abandoned, 0);
}

static void
a_server_that_does_not_even_read_has_the_grace_time(void **state)
{
	struct unmounter u;

	(void)state;
	unmount_start(&u, FORCE);
	fix_until_touser(fix_mount, 1);
	fix_clock_advance(HOUR / 2);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	fix_clock_advance(HOUR);
	assert_int_equal(unmount_join(&u), 0);
}

static void
an_unforced_unmount_has_all_the_time(void **state)
{
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	unmount_asked(&u, &f, 0);
	fix_clock_advance(1000 * HOUR);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u), EBUSY);
}

static void
the_loss_of_the_server_ends_an_unmount_with_success(void **state)
{
	static const int flags[] = { 0, FORCE };
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		unmount_asked(&u, &f, flags[i]);
		puffs_userdead(fix_mount);
		assert_int_equal(unmount_join(&u), 0);
		assert_int_equal(puffs_msgif_close(fix_mount), 0);
		fix_mount_free(fix_mount);
		fix_mount = patient_mount();
	}
}

static void
a_mount_that_was_not_started_is_torn_down_without_asking(void **state)
{
	static const int flags[] = { 0, FORCE };
	struct puffs_mount *m;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(puffsmsg_mount_create(NULL, &m), 0);
		assert_int_equal(puffsmsg_mount_unmount(m, flags[i]), 0);
		assert_int_equal(puffsmsg_mount_state(m), PUFFSTAT_DYING);
		assert_int_equal(puffsmsg_mount_start(m), ENXIO);
		assert_int_equal(fix_stats(m).accepted, 0);
		puffsmsg_mount_destroy(m);
	}
}

static void
a_second_unmount_returns_with_the_success_of_the_first(void **state)
{
	struct unmounter u[3];
	struct fix_frame f;

	(void)state;
	unmount_asked(&u[0], &f, 0);
	unmount_start(&u[1], 0);
	unmount_start(&u[2], FORCE);
	fix_until_cv(fix_mount);
	srv_expect_nothing(fix_mount);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(unmount_join(&u[i]), 0);
	assert_int_equal(fix_stats(fix_mount).accepted, 1);
}

static void
a_second_unmount_starts_over_if_the_first_fails(void **state)
{
	struct unmounter u[2];
	struct fix_frame f;

	(void)state;
	unmount_asked(&u[0], &f, 0);
	unmount_start(&u[1], 0x8);
	wake_for_nothing();
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u[0]), EBUSY);
	srv_expect_unmount(fix_mount, &f, 0x8);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(unmount_join(&u[1]), 0);
}

static void
a_second_unforced_unmount_can_be_interrupted_while_it_waits(void **state)
{
	struct unmounter u[2];
	struct fix_frame f;

	(void)state;
	unmount_asked(&u[0], &f, FORCE);
	unmount_start(&u[1], 0);
	fix_until_cv(fix_mount);
	fix_kill(&u[1].t, SIGINT);
	assert_int_equal(unmount_join(&u[1]), EINTR);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(unmount_join(&u[0]), 0);
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

static void
a_second_forced_unmount_is_not_interrupted_while_it_waits(void **state)
{
	struct unmounter u[2];
	struct fix_frame f;

	(void)state;
	unmount_asked(&u[0], &f, 0);
	unmount_start(&u[1], FORCE);
	wake_for_nothing();
	fix_kill(&u[1].t, SIGKILL);
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u[0]), EBUSY);
	srv_expect_unmount(fix_mount, &f, FORCE);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(unmount_join(&u[1]), 0);
}

static void
a_forced_unmount_does_not_wait_for_ever_for_an_unforced_one(void **state)
{
	struct unmounter u[2];
	struct fix_frame f;

	(void)state;
	unmount_asked(&u[0], &f, 0);
	unmount_start(&u[1], FORCE);
	fix_until_cv(fix_mount);
	fix_clock_advance(HOUR / 2);
	fix_until_cv(fix_mount);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	fix_clock_advance(HOUR);
	assert_int_equal(unmount_join(&u[0]), 0);
	assert_int_equal(unmount_join(&u[1]), 0);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
}

static void
cancelled_main(void *arg)
{
	struct unmounter *u = arg;

	(void)pthread_cancel(pthread_self());
	u->error = puffsmsg_mount_unmount(fix_mount, 0);
}

static void
unmount_is_no_cancellation_point(void **state)
{
	struct unmounter u = { .error = -1 };
	struct fix_frame f;

	(void)state;
	fix_start(&u.t, cancelled_main, &u);
	srv_expect_unmount(fix_mount, &f, 0);
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u), EBUSY);
	assert_int_equal(fix_stats(fix_mount).cancelled, 0);
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

static void
unmount_is_no_cancellation_point_without_memory_either(void **state)
{
	struct unmounter u = { .error = -1 };
	unsigned failed = fix_memory_failed();
	struct fix_frame f;

	(void)state;
	fix_memory_fail_sized(64, 96);
	fix_start(&u.t, cancelled_main, &u);
	fix_until_failed(failed + 2);
	fix_memory_ok();
	srv_expect_unmount(fix_mount, &f, 0);
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u), EBUSY);
}

enum misuse {
	UNMOUNT,
	CLOSE
};

static void
misusing(struct puffs_mount *m, struct puffs_req *req, void *arg)
{
	(void)req;
	if (*(enum misuse *)arg == UNMOUNT)
		(void)puffsmsg_mount_unmount(m, FORCE);
	else
		(void)puffs_msgif_close(m);
}

static void
in_a_callback(void *arg)
{
	struct puffs_msgpark *park;
	void *state = NULL;

	assert_int_equal(unmounter_setup(&state), 0);
	park = fix_getattr();
	puffs_msg_setcall(park, misusing, arg);
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, 0);
}

static void
callbacks_cannot_unmount_or_close(void **state)
{
	enum misuse how = UNMOUNT;

	(void)state;
	expect_panic(in_a_callback, &how, "puffsmsg_mount_unmount: ");
	how = CLOSE;
	expect_panic(in_a_callback, &how, "puffs_msgif_close: ");
}

/* Whether somebody still waits for the other. */
static bool
sleeps_for_unmount(void)
{
	bool is;

	mutex_enter(&fix_mount->pmp_lock);
	is = cv_has_waiters(&fix_mount->pmp_cv);
	mutex_exit(&fix_mount->pmp_lock);
	return is;
}

static void
waiting_for_an_unmount_ends_by_the_interrupting_signals_only(void **state)
{
	struct unmounter first, second;
	struct fix_frame f;

	(void)state;
	unmount_asked(&first, &f, 0);
	unmount_start(&second, 0);
	fix_until_cv(fix_mount);
	/* A signal that ends a sleep has done so when kill returns. */
	fix_kill(&second.t, SIGUSR1);
	assert_true(sleeps_for_unmount());
	fix_kill(&second.t, SIGINT);
	assert_int_equal(unmount_join(&second), EINTR);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(unmount_join(&first), 0);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, unmounter_setup, unmounter_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(callbacks_cannot_unmount_or_close),
		TEST(a_server_that_agrees_is_unmounted),
		TEST(the_server_is_told_the_flags),
		TEST(a_server_that_refuses_stays_mounted),
		TEST(a_signal_interrupts_an_unforced_unmount),
		TEST(a_pending_signal_interrupts_an_unforced_unmount),
		TEST(a_forced_unmount_is_not_interrupted),
		TEST(a_forced_unmount_does_not_care_what_the_server_says),
		TEST(a_silent_server_has_the_grace_time),
		TEST(a_server_that_does_not_even_read_has_the_grace_time),
		TEST(an_unforced_unmount_has_all_the_time),
		TEST(the_loss_of_the_server_ends_an_unmount_with_success),
		TEST(a_mount_that_was_not_started_is_torn_down_without_asking),
		TEST(a_second_unmount_returns_with_the_success_of_the_first),
		TEST(a_second_unmount_starts_over_if_the_first_fails),
		TEST(
		    a_second_unforced_unmount_can_be_interrupted_while_it_waits),
		TEST(a_second_forced_unmount_is_not_interrupted_while_it_waits),
		TEST(
		    a_forced_unmount_does_not_wait_for_ever_for_an_unforced_one),
		TEST(unmount_is_no_cancellation_point),
		TEST(unmount_is_no_cancellation_point_without_memory_either),
		TEST(
		    waiting_for_an_unmount_ends_by_the_interrupting_signals_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
