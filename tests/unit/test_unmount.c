/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/unmount.c: unmount, close and the loss of the server. */

#include <sched.h>
#include <signal.h>
#include <string.h>

#include "serverreq.h"

#include "expect_panic.h"

#define FORCE PUFFSMSG_MNT_FORCE
#define HOUR  (UINT64_C(3600) * 1000000000)

static struct puffs_mount *mount;

/* A grace time that does not end by itself. */
static struct puffs_mount *
patient_mount(void)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	opt.grace_ms = 3600 * 1000;
	return fix_mount_new(&opt);
}

static int
setup(void **state)
{
	(void)state;
	fix_init();
	mount = patient_mount();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_mount_free(mount);
	fix_fini();
	return 0;
}

static int
mount_state(void)
{
	return puffsmsg_mount_state(mount);
}

/*
 * A thread that unmounts.
 */
struct unmounter {
	struct fix_thread t;
	int flags;
	int pending; /* signal to be pending at the call, or 0 */
	int error;
};

static void
unmounter_main(void *arg)
{
	struct unmounter *u = arg;

	if (u->pending != 0)
		(void)puffsmsg_lwp_kill(u->t.lid, u->pending);
	u->error = puffsmsg_mount_unmount(mount, u->flags);
}

static void
unmount_start(struct unmounter *u, int flags)
{
	u->flags = flags;
	u->pending = 0;
	u->error = -1;
	fix_start(&u->t, unmounter_main, u);
}

static int
unmount_join(struct unmounter *u)
{
	fix_join(&u->t);
	return u->error;
}

/* As far as the server having its message, in `f'. */
static void
unmount_asked(struct unmounter *u, struct fix_frame *f, int flags)
{
	unmount_start(u, flags);
	srv_expect_unmount(mount, f, flags);
}

/* A thread that closes. */
static void
closer_main(void *arg)
{
	struct unmounter *u = arg;

	u->error = puffs_msgif_close(mount);
}

static void
close_start(struct unmounter *u)
{
	u->error = -1;
	fix_start(&u->t, closer_main, u);
}

/* Wakes all who sleep on the mount's condition, for no reason. */
static void
wake_for_nothing(void)
{
	fix_until_cv(mount);
	mutex_enter(&mount->pmp_lock);
	cv_broadcast(&mount->pmp_cv);
	mutex_exit(&mount->pmp_lock);
	fix_until_cv(mount);
}

static void
a_server_that_agrees_is_unmounted(void **state)
{
	struct puffs_msgpark *park;
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	unmount_asked(&u, &f, 0);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	assert_int_equal(unmount_join(&u), 0);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	park = fix_send(mount);
	assert_int_equal(puffs_msg_wait(mount, park), ENXIO);
	puffs_msgmem_release(park);
	assert_int_equal(puffsmsg_mount_start(mount), ENXIO);
	assert_int_equal(puffsmsg_mount_unmount(mount, 0), 0);
	assert_int_equal(puffsmsg_mount_unmount(mount, FORCE), 0);
	assert_int_equal(puffs_msgif_close(mount), 0);
}

static void
the_server_is_told_the_flags(void **state)
{
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	unmount_asked(&u, &f, 0x1234 & ~FORCE);
	assert_int_equal(fix_reply(mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u), EBUSY);
	unmount_asked(&u, &f, FORCE | 0x4);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
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
		assert_int_equal(fix_reply(mount, &f, EBUSY), 0);
		assert_int_equal(unmount_join(&u), EBUSY);
		assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
		park = fix_send(mount);
		fix_serve(mount, ECHILD);
		assert_int_equal(puffs_msg_wait(mount, park), ECHILD);
		puffs_msgmem_release(park);
	}
	/* Its sop thread serves on. */
	assert_int_equal(srv_request(mount, PUFFSOP_FLUSH, 88, 1), 0);
	srv_expect_answer(mount, 1, EINVAL);
	assert_int_equal(fix_stats(mount).references, 0);
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
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	assert_int_equal(fix_stats(mount).late, 1);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
}

static void
a_pending_signal_interrupts_an_unforced_unmount(void **state)
{
	struct unmounter u = { .pending = SIGTERM };

	(void)state;
	fix_start(&u.t, unmounter_main, &u);
	assert_int_equal(unmount_join(&u), EINTR);
	srv_expect_nothing(mount);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
}

static void
a_forced_unmount_is_not_interrupted(void **state)
{
	struct unmounter u = { .flags = FORCE, .pending = SIGKILL };
	struct fix_frame f;

	(void)state;
	fix_start(&u.t, unmounter_main, &u);
	srv_expect_unmount(mount, &f, FORCE);
	fix_kill(&u.t, SIGINT);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	assert_int_equal(unmount_join(&u), 0);
	assert_int_equal(fix_stats(mount).replied, 1);
}

static void
a_forced_unmount_does_not_care_what_the_server_says(void **state)
{
	struct unmounter u;
	struct fix_frame f;

	(void)state;
	unmount_asked(&u, &f, FORCE);
	assert_int_equal(fix_reply(mount, &f, EBUSY), 0);
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
	assert_int_equal(fix_stats(mount).timedout, 1);
	assert_int_equal(fix_stats(mount).abandoned, 0);
}

static void
a_server_that_does_not_even_read_has_the_grace_time(void **state)
{
	struct unmounter u;

	(void)state;
	unmount_start(&u, FORCE);
	fix_until_touser(mount, 1);
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
	assert_int_equal(fix_reply(mount, &f, EBUSY), 0);
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
		puffs_userdead(mount);
		assert_int_equal(unmount_join(&u), 0);
		assert_int_equal(puffs_msgif_close(mount), 0);
		fix_mount_free(mount);
		mount = patient_mount();
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
	fix_until_cv(mount);
	srv_expect_nothing(mount);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(unmount_join(&u[i]), 0);
	assert_int_equal(fix_stats(mount).accepted, 1);
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
	assert_int_equal(fix_reply(mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u[0]), EBUSY);
	srv_expect_unmount(mount, &f, 0x8);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
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
	fix_until_cv(mount);
	fix_kill(&u[1].t, SIGINT);
	assert_int_equal(unmount_join(&u[1]), EINTR);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	assert_int_equal(unmount_join(&u[0]), 0);
	assert_int_equal(fix_stats(mount).references, 0);
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
	assert_int_equal(fix_reply(mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u[0]), EBUSY);
	srv_expect_unmount(mount, &f, FORCE);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
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
	fix_until_cv(mount);
	fix_clock_advance(HOUR / 2);
	fix_until_cv(mount);
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
	u->error = puffsmsg_mount_unmount(mount, 0);
}

static void
unmount_is_no_cancellation_point(void **state)
{
	struct unmounter u = { .error = -1 };
	struct fix_frame f;

	(void)state;
	fix_start(&u.t, cancelled_main, &u);
	srv_expect_unmount(mount, &f, 0);
	assert_int_equal(fix_reply(mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u), EBUSY);
	assert_int_equal(fix_stats(mount).cancelled, 0);
	assert_int_equal(fix_stats(mount).references, 0);
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
	srv_expect_unmount(mount, &f, 0);
	assert_int_equal(fix_reply(mount, &f, EBUSY), 0);
	assert_int_equal(unmount_join(&u), EBUSY);
}

static void
close_tears_down(void **state)
{
	struct puffs_msgpark *park = fix_send(mount);
	struct fix_waiter w;

	(void)state;
	fix_wait_start(&w, mount, park);
	assert_int_equal(puffs_msgif_close(mount), 0);
	assert_int_equal(fix_wait_join(&w), ENXIO);
	puffs_msgmem_release(park);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	assert_true(mount->pmp_torndown);
	assert_int_equal(puffs_msgif_close(mount), 0);
	assert_int_equal(puffsmsg_mount_unmount(mount, 0), 0);
	assert_int_equal(puffsmsg_expire(mount, 1, 0), ENXIO);
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
	fix_mount_free(mount);
	mount = fix_mount_new(&opt);
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
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	/* Held up in its teardown. */
	gate_await(&t.here, 2);
	close_start(&c);
	wake_for_nothing();
	assert_int_equal(c.error, -1);
	assert_int_equal(fix_stats(mount).references, 3);
	gate_pass(&t.go);
	assert_int_equal(unmount_join(&u), 0);
	fix_join(&c.t);
	assert_int_equal(c.error, PUFFSMSG_ERESTART);
	assert_int_equal(puffs_msgif_close(mount), 0);
}

static void
close_frees_an_unmount_that_waits_for_the_very_server(void **state)
{
	struct puffs_msgpark *park = fix_send(mount);
	struct unmounter u, c;
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	fix_take(mount, &f);
	fix_wait_start(&w, mount, park);
	unmount_asked(&u, &f, 0);
	close_start(&c);
	assert_int_equal(fix_wait_join(&w), ENXIO);
	assert_int_equal(unmount_join(&u), 0);
	fix_join(&c.t);
	assert_true(c.error == PUFFSMSG_ERESTART || c.error == 0);
	assert_int_equal(puffs_msgif_close(mount), 0);
	puffs_msgmem_release(park);
}

static void
the_policy_hears_of_a_lost_server_once(void **state)
{
	struct told t;

	(void)state;
	remount_told(&t, false, note);
	assert_int_equal(puffs_msgif_close(mount), 0);
	assert_int_equal(atomic_load(&t.losses), 1);
	assert_ptr_equal(t.lost, mount);
	/* It did not call userdead itself. */
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	assert_int_equal(puffs_msgif_close(mount), 0);
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
	assert_int_equal(fix_stats(mount).references, 1);
	park = fix_send(mount);
	fix_serve(mount, 0);
	assert_int_equal(puffs_msg_wait(mount, park), 0);
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
	puffs_userdead(mount);
	assert_int_equal(atomic_load(&t.notes), 1);
	puffs_userdead(mount);
	assert_int_equal(puffs_msgif_close(mount), 0);
	assert_int_equal(atomic_load(&t.notes), 1);
}

static void
userdead_may_be_called_again_and_on_any_mount(void **state)
{
	struct puffs_mount *m;

	(void)state;
	assert_int_equal(puffsmsg_mount_create(NULL, &m), 0);
	puffs_userdead(m);
	puffs_userdead(m);
	assert_int_equal(puffsmsg_mount_state(m), PUFFSTAT_DYING);
	assert_int_equal(puffsmsg_mount_unmount(m, 0), 0);
	puffs_userdead(m);
	puffsmsg_mount_destroy(m);
}

/*
 * Messages in each place that a message may be in.
 */
static void
waiters_in_each_place_get_enxio(void **state)
{
	struct puffs_msgpark *parks[4];
	struct fix_waiter w[4];
	struct fix_frame f[2];

	(void)state;
	for (int i = 0; i < 4; i++)
		parks[i] = fix_send(mount);
	fix_take(mount, &f[0]);
	fix_hold(mount, &f[1]);
	/* The last one is between its enqueue and its wait. */
	for (int i = 0; i < 3; i++)
		fix_wait_start(&w[i], mount, parks[i]);
	puffs_userdead(mount);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fix_wait_join(&w[i]), ENXIO);
	assert_int_equal(puffs_msg_wait(mount, parks[3]), ENXIO);
	fix_releaseout(mount, &f[1], 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(fix_req(parks[i])->preq_rv, ENXIO);
		puffs_msgmem_release(parks[i]);
	}
	assert_int_equal(fix_stats(mount).dead, 4);
}

static void
messages_that_nobody_collects_are_freed_by_their_release(void **state)
{
	struct puffs_msgpark *parks[3];
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 3; i++)
		parks[i] = fix_send(mount);
	fix_take(mount, &f);
	puffs_msgmem_release(parks[0]);
	puffs_userdead(mount);
	puffs_msgmem_release(parks[1]);
	puffs_msgmem_release(parks[2]);
	assert_int_equal(fix_stats(mount).dead, 3);
	fix_assert_empty(mount);
}

/*
 * A callback that notes its call, and may do more.
 */
struct called {
	struct puffs_msgpark *park;
	int calls;
	int rv;
	bool releases, again, sends;
};

static void
call(struct puffs_mount *m, struct puffs_req *req, void *arg)
{
	struct called *c = arg;
	struct puffs_msgpark *park;
	void *mem;

	c->calls++;
	c->rv = req->preq_rv;
	if (c->again)
		puffs_msg_enqueue(m, c->park);
	if (c->sends && puffs_msgmem_alloc(sizeof(*req), &park, &mem, 0) == 0) {
		puffs_msg_enqueue(m, park);
		puffs_msgmem_release(park);
	}
	if (c->releases)
		puffs_msgmem_release(c->park);
}

static void
call_send(struct called *c)
{
	c->calls = 0;
	c->park = fix_getattr();
	puffs_msg_setcall(c->park, call, c);
	puffs_msg_enqueue(mount, c->park);
}

static void
callbacks_in_each_place_run_once_with_enxio(void **state)
{
	struct called c[3] = { { .rv = 0 }, { .rv = 0 }, { .rv = 0 } };
	struct fix_frame f[2];

	(void)state;
	for (int i = 0; i < 3; i++)
		call_send(&c[i]);
	fix_take(mount, &f[0]);
	fix_hold(mount, &f[1]);
	puffs_userdead(mount);
	fix_releaseout(mount, &f[1], 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(c[i].calls, 1);
		assert_int_equal(c[i].rv, ENXIO);
		assert_int_equal(puffs_msg_wait(mount, c[i].park), 0);
		puffs_msgmem_release(c[i].park);
	}
}

static void
callbacks_may_send_and_release_at_the_loss(void **state)
{
	struct called again = { .again = true };
	struct called gone = { .releases = true };
	struct called both = { .again = true, .releases = true };
	struct called sender = { .sends = true };

	(void)state;
	call_send(&again);
	call_send(&gone);
	call_send(&both);
	call_send(&sender);
	puffs_userdead(mount);
	assert_int_equal(again.calls, 1);
	assert_int_equal(gone.calls, 1);
	assert_int_equal(both.calls, 1);
	assert_int_equal(puffs_msg_wait(mount, again.park), ENXIO);
	puffs_msgmem_release(again.park);
	puffs_msgmem_release(sender.park);
	assert_int_equal(fix_stats(mount).rejected, 3);
}

static void
fire_and_forget_in_each_place_is_freed(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		park = fix_getattr();
		puffs_msg_setfaf(park);
		puffs_msg_enqueue(mount, park);
		puffs_msgmem_release(park);
	}
	fix_hold(mount, &f);
	puffs_userdead(mount);
	fix_releaseout(mount, &f, 0);
	assert_int_equal(fix_stats(mount).faf_dead, 2);
}

static void
abandoned_messages_in_each_place_are_freed(void **state)
{
	struct puffs_msgpark *parks[3];
	struct fix_waiter w[3];
	struct fix_frame f[2];

	(void)state;
	for (int i = 0; i < 3; i++)
		parks[i] = fix_park(64, PUFFSOP_VN, PUFFS_VN_INACTIVE);
	for (int i = 0; i < 3; i++)
		puffs_msg_enqueue(mount, parks[i]);
	fix_take(mount, &f[0]);
	fix_hold(mount, &f[1]);
	for (int i = 0; i < 3; i++) {
		fix_wait_start(&w[i], mount, parks[i]);
		fix_kill(&w[i].t, SIGHUP);
		assert_int_equal(fix_wait_join(&w[i]), EINTR);
		puffs_msgmem_release(parks[i]);
	}
	assert_int_equal(fix_stats(mount).abandoned, 2);
	assert_int_equal(fix_stats(mount).orphans, 1);
	puffs_userdead(mount);
	assert_int_equal(fix_stats(mount).abandoned, 0);
	assert_int_equal(fix_stats(mount).orphans, 0);
	assert_int_equal(fix_stats(mount).interrupted, 3);
	fix_releaseout(mount, &f[1], 0);
}

static void
many_messages_end_at_the_loss(void **state)
{
	struct puffs_msgpark *parks[64];
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 64; i++) {
		parks[i] = fix_send(mount);
		if (i % 2 == 0)
			fix_take(mount, &f);
	}
	puffs_userdead(mount);
	for (int i = 63; i >= 0; i--) {
		assert_int_equal(puffs_msg_wait(mount, parks[i]), ENXIO);
		puffs_msgmem_release(parks[i]);
	}
}

static void
unmounting_main(void *arg)
{
	(void)puffsmsg_mount_unmount(mount, *(int *)arg);
}

static void
closing_main(void *arg)
{
	(void)arg;
	while (puffs_msgif_close(mount) != 0)
		continue;
}

static void
serving_main(void *arg)
{
	struct fix_frame f;

	(void)arg;
	while (puffsmsg_read(mount, f.bytes, sizeof(f.bytes), 0, &f.len) == 0) {
		f.req.preq_rv = f.req.preq_opclass == PUFFSOP_VFS ? EBUSY : 0;
		(void)puffsmsg_dispatch(mount, f.bytes, f.len);
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
		puffs_msg_enqueue(mount, park);
		error = puffs_msg_wait(mount, park);
		puffs_msgmem_release(park);
	} while (error != ENXIO);
}

static void
whoever_ends_it_all_return_and_nothing_is_left(void **state)
{
	static int unforced = 0, forced = FORCE;
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
			(void)srv_request(mount, PUFFSOP_UNMOUNT, 56, 1);
		for (int i = 0; i < 8; i++)
			fix_join(&t[i]);
		assert_int_equal(mount_state(), PUFFSTAT_DYING);
		puffsmsg_mount_destroy(mount);
		mount = patient_mount();
	}
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

	assert_int_equal(setup(&state), 0);
	park = fix_getattr();
	puffs_msg_setcall(park, misusing, arg);
	puffs_msg_enqueue(mount, park);
	fix_serve(mount, 0);
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

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

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
		TEST(close_tears_down),
		TEST(close_of_a_mount_that_was_not_started_tears_down),
		TEST(close_waits_for_an_unmount_and_is_to_be_called_again),
		TEST(close_frees_an_unmount_that_waits_for_the_very_server),
		TEST(the_policy_hears_of_a_lost_server_once),
		TEST(the_policy_runs_without_locks_and_keeps_the_mount),
		TEST(pollers_are_told_of_the_loss_once),
		TEST(userdead_may_be_called_again_and_on_any_mount),
		TEST(waiters_in_each_place_get_enxio),
		TEST(messages_that_nobody_collects_are_freed_by_their_release),
		TEST(callbacks_in_each_place_run_once_with_enxio),
		TEST(callbacks_may_send_and_release_at_the_loss),
		TEST(fire_and_forget_in_each_place_is_freed),
		TEST(abandoned_messages_in_each_place_are_freed),
		TEST(many_messages_end_at_the_loss),
		TEST(whoever_ends_it_all_return_and_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
