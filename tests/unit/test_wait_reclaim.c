/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/msgif/wait.c: messages that the server must learn of although their
 * waiter has left, and the frames that they go on from
 */

#include <signal.h>
#include <string.h>

#include "actor.h"

#define LEN   200u
#define DELTA 32u
#define FILL  0x5a

static struct puffs_msgpark *
send_type(int type)
{
	struct puffs_msgpark *park = fix_park(LEN, PUFFSOP_VN, type);

	memset(fix_payload(park), FILL, LEN - sizeof(struct puffs_req));
	puffs_msg_setdelta(park, DELTA);
	puffs_msg_enqueue(fix_mount, park);
	return park;
}

/* The caller has done with it, and its memory is used for something else. */
static void
forget(struct puffs_msgpark *park)
{
	memset(fix_req(park), 0xff, LEN);
	puffs_msgmem_release(park);
}

static void
send_and_leave(int type)
{
	struct puffs_msgpark *park = send_type(type);
	struct fix_waiter w;

	fix_wait_start(&w, fix_mount, park);
	fix_kill(&w.t, SIGINT);
	assert_int_equal(fix_wait_join(&w), EINTR);
	forget(park);
}

/* That the frame is what was sent, without a reply being wanted. */
static void
expect_frame(const void *data, size_t len, int type)
{
	const struct puffs_req *req = data;
	const uint8_t *bytes = data;

	assert_int_equal(len, LEN - DELTA);
	assert_int_equal(req->preq_pth.pth_framelen, LEN - DELTA);
	assert_int_equal(req->preq_buflen, LEN);
	assert_int_equal(req->preq_opclass, PUFFSOP_VN | PUFFSOPFLAG_FAF);
	assert_int_equal(req->preq_optype, type);
	assert_int_equal(req->preq_id, 0);
	assert_int_equal(req->preq_cookie64, (uintptr_t)FIX_COOKIE);
	for (size_t i = sizeof(*req); i < len; i++)
		assert_int_equal(bytes[i], FILL);
}

static void
a_message_goes_on_to_a_read_without_its_caller(void **state)
{
	static const int types[] = { PUFFS_VN_RECLAIM, PUFFS_VN_INACTIVE };
	struct fix_frame f;
	size_t len;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		send_and_leave(types[i]);
		assert_int_equal(puffsmsg_read(fix_mount, f.bytes,
				     sizeof(f.bytes), 1, &len),
		    0);
		expect_frame(f.bytes, len, types[i]);
		fix_assert_empty(fix_mount);
	}
}

static void
a_message_goes_on_to_a_getout_without_its_caller(void **state)
{
	static const int types[] = { PUFFS_VN_RECLAIM, PUFFS_VN_INACTIVE };
	struct fix_frame f;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		send_and_leave(types[i]);
		fix_hold(fix_mount, &f);
		expect_frame(f.data, f.len, types[i]);
		fix_releaseout(fix_mount, &f, 0);
		fix_assert_empty(fix_mount);
	}
}

static void
a_message_that_goes_on_dies_with_its_server(void **state)
{
	(void)state;
	send_and_leave(PUFFS_VN_RECLAIM);
	puffs_userdead(fix_mount);
	fix_assert_empty(fix_mount);
}

/* The waiter leaves, and waits for memory for the frame. */
static void
leave_without_memory(struct fix_waiter *w)
{
	unsigned failed = fix_memory_failed();

	fix_wait_start(w, fix_mount, send_type(PUFFS_VN_RECLAIM));
	fix_memory_fail_after(0, 0);
	fix_kill(&w->t, SIGINT);
	fix_until_failed(failed + 1);
}

static void
a_message_taken_while_memory_is_awaited_is_abandoned(void **state)
{
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	leave_without_memory(&w);
	fix_take(fix_mount, &f);
	fix_memory_ok();
	assert_int_equal(fix_wait_join(&w), EINTR);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VN);
	forget(w.park);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	fix_assert_empty(fix_mount);
}

static void
a_reply_while_memory_is_awaited_is_the_outcome(void **state)
{
	struct fix_waiter w;

	(void)state;
	leave_without_memory(&w);
	fix_serve(fix_mount, EBUSY);
	fix_memory_ok();
	assert_int_equal(fix_wait_join(&w), EBUSY);
	assert_int_equal(fix_stats(fix_mount).replied, 1);
	assert_int_equal(fix_stats(fix_mount).interrupted, 0);
	forget(w.park);
	fix_assert_empty(fix_mount);
}

/* A server is reading the message when there is memory again. */
static void
a_read_while_memory_is_awaited_is_awaited_too(void **state)
{
	struct actor reader = { .mount = fix_mount };
	unsigned failed = fix_memory_failed();
	struct fix_waiter w;

	(void)state;
	fix_wait_start(&w, fix_mount, send_type(PUFFS_VN_RECLAIM));
	fix_memory_fail_sized(LEN - DELTA, LEN + 64);
	fix_kill(&w.t, SIGINT);
	fix_until_failed(failed + 1);
	actor_hold(&reader, actor_read, STOPPER_EXITED, 1);
	fix_until_state(fix_mount, w.park, PARK_COPYING);
	fix_memory_ok();
	fix_until_waiting(fix_mount, w.park);
	assert_int_equal(fix_stats(fix_mount).interrupted, 0);
	assert_int_equal(actor_end(&reader), 0);
	assert_int_equal(fix_wait_join(&w), EINTR);
	forget(w.park);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(fix_reply(fix_mount, &reader.frame, 0), 0);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	fix_assert_empty(fix_mount);
}

/* As without the wait for memory, but by cancellation. */
static void
cancel_without_memory(struct fix_waiter *w)
{
	unsigned failed = fix_memory_failed();

	fix_wait_start(w, fix_mount, send_type(PUFFS_VN_RECLAIM));
	fix_memory_fail_after(0, 0);
	assert_int_equal(pthread_cancel(w->t.thread), 0);
	fix_until_failed(failed + 1);
}

static void
a_cancelled_waiter_leaves_a_message_that_goes_on(void **state)
{
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	cancel_without_memory(&w);
	fix_memory_ok();
	fix_join(&w.t);
	assert_false(w.returned);
	forget(w.park);
	fix_hold(fix_mount, &f);
	expect_frame(f.data, f.len, PUFFS_VN_RECLAIM);
	fix_releaseout(fix_mount, &f, 0);
	fix_assert_empty(fix_mount);
}

static void
a_message_of_a_cancelled_waiter_is_abandoned_when_taken(void **state)
{
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	cancel_without_memory(&w);
	fix_take(fix_mount, &f);
	fix_memory_ok();
	fix_join(&w.t);
	assert_false(w.returned);
	forget(w.park);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	fix_assert_empty(fix_mount);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_goes_on_to_a_read_without_its_caller),
		TEST(a_message_goes_on_to_a_getout_without_its_caller),
		TEST(a_message_that_goes_on_dies_with_its_server),
		TEST(a_message_taken_while_memory_is_awaited_is_abandoned),
		TEST(a_reply_while_memory_is_awaited_is_the_outcome),
		TEST(a_cancelled_waiter_leaves_a_message_that_goes_on),
		TEST(a_message_of_a_cancelled_waiter_is_abandoned_when_taken),
		TEST(a_read_while_memory_is_awaited_is_awaited_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
