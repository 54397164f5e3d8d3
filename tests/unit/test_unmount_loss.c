/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/unmount.c: the loss of a server, against callers in each place. */

#include <sched.h>
#include <signal.h>
#include <string.h>

#include "serverreq.h"

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
		parks[i] = fix_send(fix_mount);
	fix_take(fix_mount, &f[0]);
	fix_hold(fix_mount, &f[1]);
	/* The last one is between its enqueue and its wait. */
	for (int i = 0; i < 3; i++)
		fix_wait_start(&w[i], fix_mount, parks[i]);
	puffs_userdead(fix_mount);
	for (int i = 0; i < 3; i++)
		assert_int_equal(fix_wait_join(&w[i]), ENXIO);
	assert_int_equal(puffs_msg_wait(fix_mount, parks[3]), ENXIO);
	fix_releaseout(fix_mount, &f[1], 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(fix_req(parks[i])->preq_rv, ENXIO);
		puffs_msgmem_release(parks[i]);
	}
	assert_int_equal(fix_stats(fix_mount).dead, 4);
}

static void
messages_that_nobody_collects_are_freed_by_their_release(void **state)
{
	struct puffs_msgpark *parks[3];
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 3; i++)
		parks[i] = fix_send(fix_mount);
	fix_take(fix_mount, &f);
	puffs_msgmem_release(parks[0]);
	puffs_userdead(fix_mount);
	puffs_msgmem_release(parks[1]);
	puffs_msgmem_release(parks[2]);
	assert_int_equal(fix_stats(fix_mount).dead, 3);
	fix_assert_empty(fix_mount);
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
	puffs_msg_enqueue(fix_mount, c->park);
}

static void
callbacks_in_each_place_run_once_with_enxio(void **state)
{
	struct called c[3] = { { .rv = 0 }, { .rv = 0 }, { .rv = 0 } };
	struct fix_frame f[2];

	(void)state;
	for (int i = 0; i < 3; i++)
		call_send(&c[i]);
	fix_take(fix_mount, &f[0]);
	fix_hold(fix_mount, &f[1]);
	puffs_userdead(fix_mount);
	fix_releaseout(fix_mount, &f[1], 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(c[i].calls, 1);
		assert_int_equal(c[i].rv, ENXIO);
		assert_int_equal(puffs_msg_wait(fix_mount, c[i].park), 0);
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
	puffs_userdead(fix_mount);
	assert_int_equal(again.calls, 1);
	assert_int_equal(gone.calls, 1);
	assert_int_equal(both.calls, 1);
	assert_int_equal(puffs_msg_wait(fix_mount, again.park), ENXIO);
	puffs_msgmem_release(again.park);
	puffs_msgmem_release(sender.park);
	assert_int_equal(fix_stats(fix_mount).rejected, 3);
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
		puffs_msg_enqueue(fix_mount, park);
		puffs_msgmem_release(park);
	}
	fix_hold(fix_mount, &f);
	puffs_userdead(fix_mount);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_stats(fix_mount).faf_dead, 2);
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
		puffs_msg_enqueue(fix_mount, parks[i]);
	fix_take(fix_mount, &f[0]);
	fix_hold(fix_mount, &f[1]);
	for (int i = 0; i < 3; i++) {
		fix_wait_start(&w[i], fix_mount, parks[i]);
		fix_kill(&w[i].t, SIGHUP);
		assert_int_equal(fix_wait_join(&w[i]), EINTR);
		puffs_msgmem_release(parks[i]);
	}
	assert_int_equal(fix_stats(fix_mount).abandoned, 2);
	assert_int_equal(fix_stats(fix_mount).orphans, 1);
	puffs_userdead(fix_mount);
	assert_int_equal(fix_stats(fix_mount).abandoned, 0);
	assert_int_equal(fix_stats(fix_mount).orphans, 0);
	assert_int_equal(fix_stats(fix_mount).interrupted, 3);
	fix_releaseout(fix_mount, &f[1], 0);
}

static void
many_messages_end_at_the_loss(void **state)
{
	struct puffs_msgpark *parks[64];
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 64; i++) {
		parks[i] = fix_send(fix_mount);
		if (i % 2 == 0)
			fix_take(fix_mount, &f);
	}
	puffs_userdead(fix_mount);
	for (int i = 63; i >= 0; i--) {
		assert_int_equal(puffs_msg_wait(fix_mount, parks[i]), ENXIO);
		puffs_msgmem_release(parks[i]);
	}
}

/*
 * A callback that needs the waiter of a later message to have returned.
 */
struct needy {
	struct puffs_msgpark *later;
	struct gate returned;
	bool ended; /* the later message, when the callback ran */
};

static void
needy_call(struct puffs_mount *m, struct puffs_req *req, void *arg)
{
	struct needy *n = arg;

	(void)m;
	(void)req;
	n->ended = puffsmsg__load32(&n->later->park_state) == PARK_DONE;
	if (n->ended)
		gate_await(&n->returned, 1);
}

static void
needy_wait(void *arg)
{
	struct needy *n = arg;

	if (puffs_msg_wait(fix_mount, n->later) == ENXIO)
		gate_pass(&n->returned);
}

static void
callbacks_run_when_no_waiter_is_left(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_thread t;
	struct needy n;

	(void)state;
	gate_init(&n.returned);
	puffs_msg_setcall(park, needy_call, &n);
	puffs_msg_enqueue(fix_mount, park);
	n.later = fix_send(fix_mount);
	fix_start(&t, needy_wait, &n);
	fix_until_waiting(fix_mount, n.later);
	puffs_userdead(fix_mount);
	fix_join(&t);
	assert_true(n.ended);
	puffs_msgmem_release(n.later);
	puffs_msgmem_release(park);
}

/*
 * A thread that is cancelled in a callback, while it waits for memory.
 */
static bool unscathed;

static void
cancelled_call(struct puffs_mount *m, struct puffs_req *req, void *arg)
{
	struct puffs_msgpark *park;
	void *mem;

	(void)m;
	(void)arg;
	fix_memory_fail_after(0, 0);
	(void)pthread_cancel(pthread_self());
	if (puffs_msgmem_alloc(sizeof(*req), &park, &mem, 1) == 0)
		puffs_msgmem_release(park);
}

static void
userdead_main(void *arg)
{
	(void)arg;
	puffs_userdead(fix_mount);
	unscathed = true;
}

static void
callbacks_are_no_cancellation_points(void **state)
{
	struct called last = { .rv = 0 };
	struct puffs_msgpark *park = fix_getattr(), *waited;
	unsigned failed = fix_memory_failed();
	struct fix_thread t;

	(void)state;
	unscathed = false;
	waited = fix_send(fix_mount);
	puffs_msg_setcall(park, cancelled_call, NULL);
	puffs_msg_enqueue(fix_mount, park);
	call_send(&last);
	fix_start(&t, userdead_main, NULL);
	fix_until_failed(failed + 1);
	fix_memory_ok();
	fix_join(&t);
	assert_true(unscathed);
	assert_int_equal(last.rv, ENXIO);
	assert_int_equal(puffs_msg_wait(fix_mount, waited), ENXIO);
	puffs_msgmem_release(waited);
	puffs_msgmem_release(park);
	puffs_msgmem_release(last.park);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(userdead_may_be_called_again_and_on_any_mount),
		TEST(waiters_in_each_place_get_enxio),
		TEST(messages_that_nobody_collects_are_freed_by_their_release),
		TEST(callbacks_in_each_place_run_once_with_enxio),
		TEST(callbacks_may_send_and_release_at_the_loss),
		TEST(fire_and_forget_in_each_place_is_freed),
		TEST(abandoned_messages_in_each_place_are_freed),
		TEST(many_messages_end_at_the_loss),
		TEST(callbacks_run_when_no_waiter_is_left),
		TEST(callbacks_are_no_cancellation_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
