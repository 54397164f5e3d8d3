/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/unmount.c: close, and who hears of the loss of a server. */

#include <sched.h>
#include <signal.h>
#include <string.h>

#include "unmounter.h"

/* A thread that closes. */
static void
closer_main(void *arg)
{
	struct unmounter *u = arg;

	u->error = puffs_msgif_close(fix_mount);
}

static void
close_start(struct unmounter *u)
{
	u->error = -1;
	fix_start(&u->t, closer_main, u);
}

static void
close_tears_down(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_waiter w;

	(void)state;
	fix_wait_start(&w, fix_mount, park);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	assert_int_equal(fix_wait_join(&w), ENXIO);
	puffs_msgmem_release(park);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	assert_true(fix_mount->pmp_torndown);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, 0), 0);
	assert_int_equal(puffsmsg_expire(fix_mount, 1, 0), ENXIO);
}

static void
close_of_a_mount_that_was_not_started_tears_down(void **state)
{
	struct puffs_mount *m;

	(void)state;
	assert_int_equal(puffsmsg_mount_create(NULL, &m), 0);
	assert_int_equal(puffs_msgif_close(m), 0);
	assert_int_equal(puffsmsg_mount_state(m), PUFFSTAT_DYING);
	puffsmsg_mount_destroy(m);
}

/*
 * What is called at the loss of a server, by the mount's options.
 */
struct told {
	struct puffs_mount *lost;
	atomic_uint losses, notes;
	struct gate here, go; /* for a policy that takes its time */
	bool waits;
};

static void
policy(struct puffs_mount *m, void *arg)
{
	struct told *t = arg;

	t->lost = m;
	atomic_fetch_add(&t->losses, 1);
	if (t->waits) {
		gate_pass(&t->here);
		gate_await(&t->go, 1);
	}
}

static void
note(void *arg)
{
	struct told *t = arg;

	atomic_fetch_add(&t->notes, 1);
}

/* The n-th note waits until `go' has been passed n times. */
static void
held_note(void *arg)
{
	struct told *t = arg;
	unsigned n = atomic_fetch_add(&t->notes, 1) + 1;

	gate_pass(&t->here);
	gate_await(&t->go, n);
}

static void
remount_told(struct told *t, bool waits, void (*notify)(void *))
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	memset(t, 0, sizeof(*t));
	gate_init(&t->here);
	gate_init(&t->go);
	t->waits = waits;
	opt.grace_ms = 3600 * 1000;
	opt.serverlost = policy;
	opt.serverlost_arg = t;
	opt.notify = notify;
	opt.notify_arg = t;
	fix_mount_free(fix_mount);
	fix_mount = fix_mount_new(&opt);
}

static void
close_waits_for_an_unmount_and_is_to_be_called_again(void **state)
{
	struct unmounter u, c;
	struct fix_frame f;
	struct told t;

	(void)state;
	remount_told(&t, false, held_note);
	gate_pass(&t.go);
	unmount_asked(&u, &f, 0);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	/* Held up in its teardown. */
	gate_await(&t.here, 2);
	close_start(&c);
	wake_for_nothing();
	assert_int_equal(c.error, -1);
	assert_int_equal(fix_stats(fix_mount).references, 3);
	gate_pass(&t.go);
	assert_int_equal(unmount_join(&u), 0);
	fix_join(&c.t);
	assert_int_equal(c.error, PUFFSMSG_ERESTART);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
}

static void
close_frees_an_unmount_that_waits_for_the_very_server(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct unmounter u, c;
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	fix_take(fix_mount, &f);
	fix_wait_start(&w, fix_mount, park);
	unmount_asked(&u, &f, 0);
	close_start(&c);
	assert_int_equal(fix_wait_join(&w), ENXIO);
	assert_int_equal(unmount_join(&u), 0);
	fix_join(&c.t);
	assert_true(c.error == PUFFSMSG_ERESTART || c.error == 0);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	puffs_msgmem_release(park);
}

static void
the_policy_hears_of_a_lost_server_once(void **state)
{
	struct told t;

	(void)state;
	remount_told(&t, false, note);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	assert_int_equal(atomic_load(&t.losses), 1);
	assert_ptr_equal(t.lost, fix_mount);
	/* It did not call userdead itself. */
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	assert_int_equal(atomic_load(&t.losses), 1);
}

static void
the_policy_runs_without_locks_and_keeps_the_mount(void **state)
{
	struct puffs_msgpark *park;
	struct unmounter c;
	struct told t;

	(void)state;
	remount_told(&t, true, note);
	close_start(&c);
	gate_await(&t.here, 1);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	park = fix_send(fix_mount);
	fix_serve(fix_mount, 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
	gate_pass(&t.go);
	fix_join(&c.t);
	assert_int_equal(c.error, 0);
}

static void
pollers_are_told_of_the_loss_once(void **state)
{
	struct told t;

	(void)state;
	remount_told(&t, false, note);
	puffs_userdead(fix_mount);
	assert_int_equal(atomic_load(&t.notes), 1);
	puffs_userdead(fix_mount);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	assert_int_equal(atomic_load(&t.notes), 1);
}

static void
unmounting_main(void *arg)
{
	(void)puffsmsg_mount_unmount(fix_mount, *(int *)arg);
}

static void
closing_main(void *arg)
{
	(void)arg;
	while (puffs_msgif_close(fix_mount) != 0)
		continue;
}

static void
serving_main(void *arg)
{
	struct fix_frame f;

	(void)arg;
	while (puffsmsg_read(fix_mount, f.bytes, sizeof(f.bytes), 0, &f.len) ==
	    0) {
		f.req.preq_rv = f.req.preq_opclass == PUFFSOP_VFS ? EBUSY : 0;
		(void)puffsmsg_dispatch(fix_mount, f.bytes, f.len);
	}
}

static void
calling_main(void *arg)
{
	struct puffs_msgpark *park;
	void *mem;
	int error;

	(void)arg;
	do {
		(void)puffs_msgmem_alloc(100, &park, &mem, 1);
		puffs_msg_setinfo(park, PUFFSOP_VN, 1, NULL);
		puffs_msg_enqueue(fix_mount, park);
		error = puffs_msg_wait(fix_mount, park);
		puffs_msgmem_release(park);
	} while (error != ENXIO);
}

static void
whoever_ends_it_all_return_and_nothing_is_left(void **state)
{
	static int unforced = 0, forced = PUFFSMSG_MNT_FORCE;
	struct fix_thread t[8];

	(void)state;
	for (int round = 0; round < 60; round++) {
		fix_start(&t[0], serving_main, NULL);
		fix_start(&t[1], serving_main, NULL);
		fix_start(&t[2], calling_main, NULL);
		fix_start(&t[3], calling_main, NULL);
		fix_start(&t[4], unmounting_main, &unforced);
		fix_start(&t[5], closing_main, NULL);
		fix_start(&t[6], closing_main, NULL);
		fix_start(&t[7], unmounting_main, &forced);
		if (round % 3 == 0)
			(void)srv_request(fix_mount, PUFFSOP_UNMOUNT, 56, 1);
		for (int i = 0; i < 8; i++)
			fix_join(&t[i]);
		assert_int_equal(mount_state(), PUFFSTAT_DYING);
		puffsmsg_mount_destroy(fix_mount);
		fix_mount = patient_mount();
	}
}

/*
 * A policy that keeps the first who tells it, until the test lets it go.
 */
static struct gate policy_in, policy_go;

static void
slow_policy(struct puffs_mount *mount, void *arg)
{
	(void)mount;
	(void)arg;
	gate_pass(&policy_in);
	if (gate_count(&policy_in) == 1)
		gate_await(&policy_go, 1);
}

static void
the_policy_hears_once_of_two_closes_at_a_time(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct unmounter a, b;

	(void)state;
	fix_mount_free(fix_mount);
	opt.serverlost = slow_policy;
	gate_init(&policy_in);
	gate_init(&policy_go);
	fix_mount = fix_mount_new(&opt);
	close_start(&a);
	gate_await(&policy_in, 1);
	close_start(&b);
	assert_int_equal(unmount_join(&b), 0);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	gate_pass(&policy_go);
	assert_int_equal(unmount_join(&a), 0);
	assert_int_equal(gate_count(&policy_in), 1);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, unmounter_setup, unmounter_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(close_tears_down),
		TEST(close_of_a_mount_that_was_not_started_tears_down),
		TEST(close_waits_for_an_unmount_and_is_to_be_called_again),
		TEST(close_frees_an_unmount_that_waits_for_the_very_server),
		TEST(the_policy_hears_of_a_lost_server_once),
		TEST(the_policy_runs_without_locks_and_keeps_the_mount),
		TEST(pollers_are_told_of_the_loss_once),
		TEST(whoever_ends_it_all_return_and_nothing_is_left),
		TEST(the_policy_hears_once_of_two_closes_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
