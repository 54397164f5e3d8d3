/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/msgif/wait.c; signals, deadlines and cancellation are
 * test_wait_giveup.c, setbacks test_wait_setback.c
 */

#include "msgfix.h"

#include <sched.h>
#include <string.h>

#include "expect_panic.h"

static void
count_call(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	++*(int *)arg;
}

static void
wait_returns_the_replys_rv(void **state)
{
	const int rvs[] = { 0, EPERM, ENOENT, EINTR, ENXIO, EPROTO };
	struct puffs_msgpark *park;

	(void)state;
	for (unsigned i = 0; i < sizeof(rvs) / sizeof(rvs[0]); i++) {
		park = fix_send(fix_mount);
		fix_serve(fix_mount, rvs[i]);
		assert_int_equal(puffs_msg_wait(fix_mount, park), rvs[i]);
		assert_int_equal(fix_req(park)->preq_rv, rvs[i]);
		puffs_msgmem_release(park);
	}
	assert_int_equal(fix_stats(fix_mount).replied, 6);
}

static void
wait_sleeps_until_the_reply(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_waiter w;

	(void)state;
	fix_wait_start(&w, fix_mount, park);
	fix_serve(fix_mount, ENOENT);
	assert_int_equal(fix_wait_join(&w), ENOENT);
	puffs_msgmem_release(park);
}

static void
a_park_is_slept_for_as_often_as_it_is_sent(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_waiter w;

	(void)state;
	for (int rv = 0; rv < 3; rv++) {
		puffs_msg_enqueue(fix_mount, park);
		fix_wait_start(&w, fix_mount, park);
		fix_serve(fix_mount, rv);
		assert_int_equal(fix_wait_join(&w), rv);
	}
	puffs_msgmem_release(park);
}

static void
wait_gives_the_payload_that_was_received(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	memset(fix_payload(park), 'c', 72);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	memset(f.bytes + sizeof(f.req), 's', 10);
	fix_make_reply(&f, 0, sizeof(f.req) + 10);
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	assert_int_equal(fix_req(park)->preq_pth.pth_framelen,
	    sizeof(f.req) + 10);
	assert_int_equal(fix_payload(park)[0], 's');
	assert_int_equal(fix_payload(park)[9], 's');
	assert_int_equal(fix_payload(park)[10], 'c');
	assert_int_equal(fix_payload(park)[71], 'c');
	puffs_msgmem_release(park);
}

static void
spurious_wakeups_are_no_replies(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_waiter w;

	(void)state;
	fix_wait_start(&w, fix_mount, park);
	for (int i = 0; i < 1000; i++) {
		fix_spurious(fix_mount, park);
		sched_yield();
	}
	fix_until_waiting(fix_mount, park);
	assert_int_equal(fix_stats(fix_mount).touser, 1);
	fix_serve(fix_mount, EIO);
	assert_int_equal(fix_wait_join(&w), EIO);
	puffs_msgmem_release(park);
}

/* A sleep that ends as woken although the message is not done. */
static void
wakeups_of_others_are_no_replies(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_waiter w;
	void *token;

	(void)state;
	fix_wait_start(&w, fix_mount, park);
	for (int i = 0; i < 100; i++) {
		fix_until_waiting(fix_mount, park);
		mutex_enter(&fix_mount->pmp_lock);
		token = puffsmsg__sleep_claim(park->park_waiter);
		mutex_exit(&fix_mount->pmp_lock);
		puffsmsg__sleep_unblock(token);
	}
	fix_serve(fix_mount, EIO);
	assert_int_equal(fix_wait_join(&w), EIO);
	puffs_msgmem_release(park);
}

static void
faf_and_callback_parks_are_not_waited_for(void **state)
{
	struct puffs_msgpark *faf = fix_getattr(), *call = fix_getattr();
	int calls = 0;

	(void)state;
	puffs_msg_setfaf(faf);
	puffs_msg_setcall(call, count_call, &calls);
	puffs_msg_enqueue(fix_mount, faf);
	puffs_msg_enqueue(fix_mount, call);
	assert_int_equal(puffs_msg_wait(fix_mount, faf), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, call), 0);
	assert_int_equal(calls, 0);
	assert_int_equal(fix_stats(fix_mount).touser, 2);
	puffs_userdead(fix_mount);
	assert_int_equal(calls, 1);
	puffs_msgmem_release(faf);
	puffs_msgmem_release(call);
}

static void
wait_twice_says_the_same_twice(void **state)
{
	struct puffs_mount *mount = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(mount);

	(void)state;
	fix_serve(mount, ENOENT);
	assert_int_equal(puffs_msg_wait(mount, park), ENOENT);
	assert_int_equal(puffs_msg_wait(mount, park), ENOENT);
	fix_mount_free(mount);
	assert_int_equal(puffs_msg_wait(mount, park), ENOENT);
	puffs_msgmem_release(park);
}

static void
wait_after_the_death_of_the_mount_is_enxio(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	(void)state;
	puffs_userdead(fix_mount);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	puffs_msgmem_release(park);
}

static void
wait_ends_with_enxio_at_the_death_of_the_mount(void **state)
{
	struct puffs_msgpark *parks[3];
	struct fix_waiter w[3];
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		parks[i] = fix_send(fix_mount);
		fix_wait_start(&w[i], fix_mount, parks[i]);
	}
	fix_take(fix_mount, &f);
	fix_hold(fix_mount, &f);
	puffs_userdead(fix_mount);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(fix_wait_join(&w[i]), ENXIO);
		puffs_msgmem_release(parks[i]);
	}
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_stats(fix_mount).dead, 3);
}

static void
reply_beats_the_death_that_follows(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	(void)state;
	fix_serve(fix_mount, EPERM);
	puffs_userdead(fix_mount);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	puffs_msgmem_release(park);
}

static void
call_wait(void *arg)
{
	(void)puffs_msg_wait(fix_mount, arg);
}

static void
wait_for_a_park_never_enqueued_is_a_panic(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	expect_panic(call_wait, park, "puffs_msg_wait: park");
	puffs_msgmem_release(park);
}

static void
second_waiter_is_a_panic(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_waiter w;

	(void)state;
	fix_wait_start(&w, fix_mount, park);
	expect_panic(call_wait, park, "puffs_msg_wait: park");
	fix_serve(fix_mount, 0);
	assert_int_equal(fix_wait_join(&w), 0);
	puffs_msgmem_release(park);
}

static void
wait_on_another_mount_is_a_panic(void **state)
{
	struct puffs_mount *other = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(other);

	(void)state;
	expect_panic(call_wait, park, "puffs_msg_wait: park");
	puffs_msgmem_release(park);
	fix_mount_free(other);
}

/* Runs what the test wants from within a callback. */
static void
in_callback(void (*fn)(void *), void *arg)
{
	struct lwp *l = curlwp;

	l->l_nosleep++;
	fn(arg);
	l->l_nosleep--;
}

static void
call_wait_in_callback(void *arg)
{
	in_callback(call_wait, arg);
}

static void
wait_for_an_unfinished_park_in_a_callback_is_a_panic(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	(void)state;
	expect_panic(call_wait_in_callback, park, "puffs_msg_wait: park");
	fix_serve(fix_mount, 0);
	call_wait_in_callback(park);
	assert_int_equal(fix_stats(fix_mount).done, 0);
	puffs_msgmem_release(park);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wait_returns_the_replys_rv),
		TEST(wait_sleeps_until_the_reply),
		TEST(a_park_is_slept_for_as_often_as_it_is_sent),
		TEST(wait_gives_the_payload_that_was_received),
		TEST(spurious_wakeups_are_no_replies),
		TEST(wakeups_of_others_are_no_replies),
		TEST(faf_and_callback_parks_are_not_waited_for),
		TEST(wait_twice_says_the_same_twice),
		TEST(wait_after_the_death_of_the_mount_is_enxio),
		TEST(wait_ends_with_enxio_at_the_death_of_the_mount),
		TEST(reply_beats_the_death_that_follows),
		TEST(wait_for_a_park_never_enqueued_is_a_panic),
		TEST(second_waiter_is_a_panic),
		TEST(wait_on_another_mount_is_a_panic),
		TEST(wait_for_an_unfinished_park_in_a_callback_is_a_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
