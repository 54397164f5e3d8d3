/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/getout.c: frames in a server's hand. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "serverreq.h"

#include "expect_panic.h"

/* What the server reads of the frame in its hand. */
static const struct puffs_req *
held(const struct fix_frame *f)
{
	return (const struct puffs_req *)(const void *)f->data;
}

static void
getout_lends_the_frame_as_it_was_sent(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	memset(fix_payload(park), 0x3c, 128 - sizeof(struct puffs_req));
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, &f);
	assert_int_equal(f.len, 128);
	assert_int_equal(f.req.preq_pth.pth_framelen, 128);
	assert_memory_equal(f.data, fix_req(park), 128);
	assert_int_equal(park->park_state, PARK_INHAND);
	assert_int_equal(fix_stats(fix_mount).inhand, 1);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(park->park_state, PARK_REPLYWAIT);
	assert_int_equal(fix_stats(fix_mount).replywait, 1);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

static void
waitcount_is_the_length_of_the_queue(void **state)
{
	struct puffs_msgpark *parks[5];
	struct fix_frame f;

	(void)state;
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
	for (size_t i = 0; i < 5; i++) {
		parks[i] = fix_send(fix_mount);
		assert_int_equal(puffs_msgif_waitcount(fix_mount), i + 1);
	}
	for (size_t i = 0; i < 5; i++) {
		fix_hold(fix_mount, &f);
		assert_int_equal(puffs_msgif_waitcount(fix_mount), 4 - i);
		fix_releaseout(fix_mount, &f, 0);
		assert_int_equal(puffs_msgif_waitcount(fix_mount), 4 - i);
		assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
		puffs_msgmem_release(parks[i]);
	}
	puffs_userdead(fix_mount);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
}

static void
the_kernels_getout_ignores_maxsize(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	uint8_t *data;
	void *cookie;
	size_t len;

	(void)state;
	assert_int_equal(puffs_msgif_getout(fix_mount, 1, 0, &data, &len,
			     &cookie),
	    0);
	assert_int_equal(len, 128);
	puffs_msgif_releaseout(fix_mount, cookie, EIO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EIO);
	puffs_msgmem_release(park);
}

static void
only_the_length_and_nothing_else_is_set_on_error(void **state)
{
	struct puffs_msgpark *park;
	uint8_t *data = NULL;
	void *cookie = NULL;
	size_t len = 4711;

	(void)state;
	assert_int_equal(puffsmsg_getout(fix_mount, 8192, 1, &data, &len,
			     &cookie),
	    EWOULDBLOCK);
	assert_int_equal(len, 4711);
	park = fix_send(fix_mount);
	assert_int_equal(puffsmsg_getout(fix_mount, 127, 1, &data, &len,
			     &cookie),
	    EMSGSIZE);
	assert_int_equal(len, 128);
	assert_null(data);
	assert_null(cookie);
	puffs_userdead(fix_mount);
	puffs_msgmem_release(park);
}

static void
a_delivery_error_is_the_outcome(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, EFAULT);
	assert_int_equal(fix_stats(fix_mount).delivery, 1);
	fix_make_reply(&f, 0, 0);
	assert_int_equal(fix_dispatch(fix_mount, &f), ENOENT);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EFAULT);
	assert_int_equal(fix_req(park)->preq_rv, EFAULT);
	puffs_msgmem_release(park);
}

static void
a_delivery_error_wakes_the_waiter(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	fix_wait_start(&w, fix_mount, park);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, ECONNRESET);
	assert_int_equal(fix_wait_join(&w), ECONNRESET);
	puffs_msgmem_release(park);
}

/* What a callback saw. */
struct outcome {
	int calls;
	int rv;
};

static void
completed(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct outcome *o = arg;

	(void)mount;
	o->calls++;
	o->rv = req->preq_rv;
}

static void
a_delivery_error_runs_the_callback(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct outcome o = { 0, 0 };
	struct fix_frame f;

	(void)state;
	puffs_msg_setcall(park, completed, &o);
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, EPIPE);
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.rv, EPIPE);
	puffs_msgmem_release(park);
}

static void
fire_and_forget_ends_at_releaseout_whatever_the_status(void **state)
{
	static const int statuses[] = { 0, EIO };
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		park = fix_getattr();
		puffs_msg_setfaf(park);
		puffs_msg_enqueue(fix_mount, park);
		fix_hold(fix_mount, &f);
		assert_int_equal(f.req.preq_id, 0);
		fix_releaseout(fix_mount, &f, statuses[i]);
		assert_int_equal(fix_stats(fix_mount).faf_done, i + 1);
		assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
		puffs_msgmem_release(park);
	}
	fix_assert_empty(fix_mount);
}

static struct puffs_msgpark *
abandoned_in_hand(struct fix_frame *f)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_waiter w;

	fix_hold(fix_mount, f);
	fix_wait_start(&w, fix_mount, park);
	fix_kill(&w.t, SIGINT);
	assert_int_equal(fix_wait_join(&w), EINTR);
	return park;
}

static void
a_message_given_up_in_hand_waits_for_its_answer(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = abandoned_in_hand(&f);
	puffs_msgmem_release(park);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	fix_assert_empty(fix_mount);
}

static void
a_message_given_up_in_hand_that_is_not_delivered_is_gone(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = abandoned_in_hand(&f);
	fix_releaseout(fix_mount, &f, EIO);
	fix_assert_empty(fix_mount);
	fix_make_reply(&f, 0, 0);
	assert_int_equal(fix_dispatch(fix_mount, &f), ENOENT);
	assert_int_equal(fix_stats(fix_mount).delivery, 0);
	puffs_msgmem_release(park);
}

static void
a_message_given_up_and_answered_in_hand_is_released_later(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = abandoned_in_hand(&f);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	puffs_msgmem_release(park);
	/* The frame is still the server's to read. */
	assert_int_equal(held(&f)->preq_optype, PUFFS_VN_GETATTR);
	fix_releaseout(fix_mount, &f, 0);
	fix_assert_empty(fix_mount);
}

static void
a_frame_stays_readable_when_its_message_has_ended(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
	assert_int_equal(held(&f)->preq_optype, PUFFS_VN_GETATTR);
	fix_releaseout(fix_mount, &f, 0);
}

static void
a_message_answered_in_hand_may_be_released_without_a_wait(void **state)
{
	static const int statuses[] = { 0, EIO };
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		park = fix_send(fix_mount);
		fix_hold(fix_mount, &f);
		assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
		puffs_msgmem_release(park);
		assert_int_equal(fix_stats(fix_mount).done, 1);
		fix_releaseout(fix_mount, &f, statuses[i]);
		fix_assert_empty(fix_mount);
	}
}

static void
a_frame_in_hand_outlives_the_loss_of_the_server(void **state)
{
	static const int statuses[] = { 0, EIO };
	struct puffs_msgpark *parks[2];
	struct fix_frame f[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		parks[i] = fix_send(fix_mount);
		fix_hold(fix_mount, &f[i]);
	}
	puffs_userdead(fix_mount);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(puffs_msg_wait(fix_mount, parks[i]), ENXIO);
		puffs_msgmem_release(parks[i]);
		assert_int_equal(held(&f[i])->preq_pth.pth_framelen, 128);
		fix_releaseout(fix_mount, &f[i], statuses[i]);
	}
	assert_int_equal(fix_stats(fix_mount).delivery, 0);
	fix_assert_empty(fix_mount);
}

static void
a_callback_park_in_hand_at_the_loss_is_called_once(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct outcome o = { 0, 0 };
	struct fix_frame f;

	(void)state;
	puffs_msg_setcall(park, completed, &o);
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, &f);
	puffs_userdead(fix_mount);
	assert_int_equal(o.calls, 1);
	assert_int_equal(o.rv, ENXIO);
	fix_releaseout(fix_mount, &f, EIO);
	assert_int_equal(o.calls, 1);
	puffs_msgmem_release(park);
}

static void
fire_and_forget_in_hand_at_the_loss_is_freed_once(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(park);
	puffs_msg_enqueue(fix_mount, park);
	puffs_msgmem_release(park);
	fix_hold(fix_mount, &f);
	puffs_userdead(fix_mount);
	assert_int_equal(fix_stats(fix_mount).faf_dead, 1);
	assert_int_equal(held(&f)->preq_pth.pth_framelen, 128);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_stats(fix_mount).faf_done, 0);
}

static void
a_park_may_be_sent_again_while_its_old_frame_is_in_hand(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f[4];

	(void)state;
	for (int i = 0; i < 3; i++) {
		fix_hold(fix_mount, &f[i]);
		assert_int_equal(fix_reply(fix_mount, &f[i], i), 0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), i);
		puffs_msg_enqueue(fix_mount, park);
	}
	fix_hold(fix_mount, &f[3]);
	assert_ptr_not_equal(f[0].cookie, f[1].cookie);
	assert_ptr_not_equal(f[1].cookie, f[2].cookie);
	assert_ptr_not_equal(f[2].cookie, f[3].cookie);
	/* Old frames have no say about the message. */
	fix_releaseout(fix_mount, &f[1], EIO);
	fix_releaseout(fix_mount, &f[0], EIO);
	assert_int_equal(park->park_state, PARK_INHAND);
	fix_releaseout(fix_mount, &f[3], 0);
	fix_releaseout(fix_mount, &f[2], EIO);
	assert_int_equal(park->park_state, PARK_REPLYWAIT);
	assert_int_equal(fix_reply(fix_mount, &f[3], ENOLCK), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENOLCK);
	puffs_msgmem_release(park);
}

/*
 * A server that is stopped while it completes `park' by a reply.
 */
struct replier {
	struct fix_thread t;
	struct fix_stop stop;
	struct fix_frame f;
	int error;
};

static void
replier_main(void *arg)
{
	struct replier *r = arg;

	fix_stop_arm(&r->stop);
	r->error = puffsmsg_dispatch(fix_mount, r->f.bytes, r->f.len);
}

static void
releaseout_during_the_completion_has_no_effect(void **state)
{
	static const int statuses[] = { 0, EIO };
	struct puffs_msgpark *park;
	struct replier r;

	(void)state;
	for (int i = 0; i < 2; i++) {
		park = fix_send(fix_mount);
		fix_hold(fix_mount, &r.f);
		fix_make_reply(&r.f, EDOM, 0);
		fix_stop_init(&r.stop, fix_mount, park, PARK_CLAIMED);
		fix_start(&r.t, replier_main, &r);
		gate_await(&r.stop.there, 1);
		assert_int_equal(fix_stats(fix_mount).claimed, 1);
		fix_releaseout(fix_mount, &r.f, statuses[i]);
		gate_pass(&r.stop.go);
		fix_join(&r.t);
		assert_int_equal(r.error, 0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), EDOM);
		puffs_msgmem_release(park);
	}
	fix_assert_empty(fix_mount);
}

static void
a_waiter_that_is_interrupted_during_the_completion_gets_its_outcome(
    void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct replier r;
	struct fix_waiter w;

	(void)state;
	fix_wait_start(&w, fix_mount, park);
	fix_hold(fix_mount, &r.f);
	fix_make_reply(&r.f, EDOM, 0);
	fix_stop_init(&r.stop, fix_mount, park, PARK_CLAIMED);
	fix_start(&r.t, replier_main, &r);
	gate_await(&r.stop.there, 1);
	fix_kill(&w.t, SIGINT);
	puffs_userdead(fix_mount);
	fix_releaseout(fix_mount, &r.f, EIO);
	gate_pass(&r.stop.go);
	fix_join(&r.t);
	assert_int_equal(fix_wait_join(&w), EDOM);
	assert_int_equal(fix_stats(fix_mount).replied, 1);
	assert_int_equal(fix_stats(fix_mount).dead, 0);
	puffs_msgmem_release(park);
}

static void
destroying(void *arg)
{
	puffsmsg_mount_destroy(arg);
}

static void
destroy_waits_for_a_frame_in_hand(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_thread t;
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	fix_start(&t, destroying, fix_mount);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	puffs_msgmem_release(park);
	fix_until_cv(fix_mount);
	assert_int_equal(held(&f)->preq_pth.pth_framelen, 128);
	fix_releaseout(fix_mount, &f, 0);
	fix_join(&t);
	fix_mount = fix_mount_new(NULL);
}

static void
release_twice(void *arg)
{
	struct fix_frame f;
	void *state = NULL;

	(void)arg;
	assert_int_equal(fix_setup(&state), 0);
	(void)fix_send(fix_mount);
	fix_take(fix_mount, &f);
	puffs_msgif_releaseout(fix_mount, f.cookie, 0);
}

static void
to_release_a_frame_twice_is_a_panic(void **state)
{
	(void)state;
	expect_panic(release_twice, NULL, "puffs_msgif_releaseout: mount");
}

/* Takes, keeps some frames in hand, answers, releases, fails some. */
static void
restless_server(void *arg)
{
	struct fix_frame f;
	uint8_t *data;
	unsigned n = 0;

	while (puffs_msgif_getout(arg, 0, 0, &data, &f.len, &f.cookie) == 0) {
		memcpy(f.bytes, data, f.len);
		f.req.preq_rv = 1;
		n++;
		if (n % 3 == 0)
			(void)puffsmsg_dispatch(arg, f.bytes, f.len);
		puffs_msgif_releaseout(arg, f.cookie, n % 5 == 0 ? EIO : 0);
		(void)puffsmsg_dispatch(arg, f.bytes, f.len);
	}
}

static void
every_message_ends_once_whoever_comes_first(void **state)
{
	struct fix_thread servers[3];
	struct puffs_msgpark *parks[8];
	int error;

	(void)state;
	for (int i = 0; i < 3; i++)
		fix_start(&servers[i], restless_server, fix_mount);
	for (int i = 0; i < 8; i++)
		parks[i] = fix_park(100, PUFFSOP_VN, i);
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 8; i++)
			puffs_msg_enqueue(fix_mount, parks[i]);
		for (int i = 0; i < 8; i++) {
			error = puffs_msg_wait(fix_mount, parks[i]);
			assert_true(error == 1 || error == EIO);
		}
	}
	puffs_userdead(fix_mount);
	for (int i = 0; i < 3; i++)
		fix_join(&servers[i]);
	for (int i = 0; i < 8; i++)
		puffs_msgmem_release(parks[i]);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_release_a_frame_twice_is_a_panic),
		TEST(getout_lends_the_frame_as_it_was_sent),
		TEST(waitcount_is_the_length_of_the_queue),
		TEST(the_kernels_getout_ignores_maxsize),
		TEST(only_the_length_and_nothing_else_is_set_on_error),
		TEST(a_delivery_error_is_the_outcome),
		TEST(a_delivery_error_wakes_the_waiter),
		TEST(a_delivery_error_runs_the_callback),
		TEST(fire_and_forget_ends_at_releaseout_whatever_the_status),
		TEST(a_message_given_up_in_hand_waits_for_its_answer),
		TEST(a_message_given_up_in_hand_that_is_not_delivered_is_gone),
		TEST(a_message_given_up_and_answered_in_hand_is_released_later),
		TEST(a_frame_stays_readable_when_its_message_has_ended),
		TEST(a_message_answered_in_hand_may_be_released_without_a_wait),
		TEST(a_frame_in_hand_outlives_the_loss_of_the_server),
		TEST(a_callback_park_in_hand_at_the_loss_is_called_once),
		TEST(fire_and_forget_in_hand_at_the_loss_is_freed_once),
		TEST(a_park_may_be_sent_again_while_its_old_frame_is_in_hand),
		TEST(releaseout_during_the_completion_has_no_effect),
		TEST(
		    a_waiter_that_is_interrupted_during_the_completion_gets_its_outcome),
		TEST(destroy_waits_for_a_frame_in_hand),
		TEST(every_message_ends_once_whoever_comes_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
