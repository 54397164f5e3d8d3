/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/abandon.c */

#include "msgfix.h"

#include <signal.h>
#include <string.h>

#include "expect_panic.h"

/* Gives the message up, as a signal makes its waiter do. */
static void
give_up(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	int32_t self = puffsmsg_lwp_self();

	assert_int_equal(puffsmsg_lwp_kill(self, SIGINT), 0);
	assert_int_equal(puffs_msg_wait(mount, park), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
}

/* A message that the server has (on replywait), given up. */
static struct puffs_msgpark *
abandoned(struct puffs_mount *mount, struct fix_frame *f)
{
	struct puffs_msgpark *park = fix_send(mount);

	fix_take(mount, f);
	give_up(mount, park);
	return park;
}

static void
server_never_sees_what_was_given_up_on_touser(void **state)
{
	struct puffs_msgpark *first = fix_send(fix_mount);
	struct puffs_msgpark *second = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	give_up(fix_mount, first);
	assert_int_equal(first->park_state, PARK_DONE);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	assert_int_equal(fix_stats(fix_mount).interrupted, 1);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_id, 2);
	assert_int_equal(fix_getout(fix_mount, &f), EWOULDBLOCK);
	puffs_msgmem_release(first);
	puffs_msgmem_release(second);
}

static void
reply_to_what_was_given_up_on_touser_is_unknown(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f = { .len = 128 };

	(void)state;
	give_up(fix_mount, park);
	f.req = *fix_req(park);
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENOENT);
	assert_int_equal(fix_stats(fix_mount).unknown, 1);
	puffs_msgmem_release(park);
}

/* First in, first out: it keeps its place. */
static void
inactive_and_reclaim_go_on_in_place_without_a_reply(void **state)
{
	const int types[] = { PUFFS_VN_INACTIVE, PUFFS_VN_RECLAIM };
	struct puffs_msgpark *before, *park, *after;
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		before = fix_send(fix_mount);
		park = fix_park(64, PUFFSOP_VN, types[i]);
		puffs_msg_enqueue(fix_mount, park);
		after = fix_send(fix_mount);
		give_up(fix_mount, park);
		assert_int_equal(fix_stats(fix_mount).orphans, 1);
		fix_serve(fix_mount, 0);
		fix_take(fix_mount, &f);
		assert_int_equal(f.req.preq_optype, types[i]);
		assert_int_equal(f.req.preq_opclass,
		    PUFFSOP_VN | PUFFSOPFLAG_FAF);
		assert_int_equal(f.req.preq_id, 0);
		assert_int_equal(f.len, 64);
		assert_int_equal(fix_stats(fix_mount).orphans, 0);
		fix_serve(fix_mount, 0);
		puffs_msgmem_release(before);
		puffs_msgmem_release(park);
		puffs_msgmem_release(after);
	}
	assert_int_equal(fix_stats(fix_mount).interrupted, 2);
	assert_int_equal(fix_stats(fix_mount).faf_done, 0);
}

static void
types_27_and_28_of_class_vfs_do_not(void **state)
{
	struct puffs_msgpark *park;

	(void)state;
	for (int type = PUFFS_VN_INACTIVE; type <= PUFFS_VN_RECLAIM; type++) {
		park = fix_park(64, PUFFSOP_VFS, type);
		puffs_msg_enqueue(fix_mount, park);
		give_up(fix_mount, park);
		assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
		puffs_msgmem_release(park);
	}
}

/* The memory is the server's to read as long as it needs it. */
static void
orphan_may_be_released_before_the_server_has_it(void **state)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN, PUFFS_VN_RECLAIM);
	struct fix_frame f;

	(void)state;
	puffs_msg_enqueue(fix_mount, park);
	give_up(fix_mount, park);
	puffs_msgmem_release(park);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_stats(fix_mount).orphans, 1);
	assert_int_equal(fix_stats(fix_mount).inhand, 1);
	fix_releaseout(fix_mount, &f, EIO);
	fix_assert_empty(fix_mount);
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

static void
orphan_dies_with_the_mount(void **state)
{
	struct puffs_msgpark *queued = fix_park(64, PUFFSOP_VN,
	    PUFFS_VN_RECLAIM);
	struct puffs_msgpark *held = fix_park(64, PUFFSOP_VN,
	    PUFFS_VN_INACTIVE);
	struct fix_frame f;

	(void)state;
	puffs_msg_enqueue(fix_mount, held);
	give_up(fix_mount, held);
	fix_hold(fix_mount, &f);
	puffs_msg_enqueue(fix_mount, queued);
	give_up(fix_mount, queued);
	assert_int_equal(fix_stats(fix_mount).orphans, 2);
	puffs_userdead(fix_mount);
	fix_assert_empty(fix_mount);
	assert_int_equal(fix_stats(fix_mount).dead, 0);
	assert_int_equal(fix_stats(fix_mount).faf_dead, 0);
	fix_releaseout(fix_mount, &f, 0);
	puffs_msgmem_release(queued);
	puffs_msgmem_release(held);
}

static void
inactive_in_hand_is_awaited_like_any_other(void **state)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN,
	    PUFFS_VN_INACTIVE);
	struct fix_frame f;

	(void)state;
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	give_up(fix_mount, park);
	assert_int_equal(fix_stats(fix_mount).orphans, 0);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	puffs_msgmem_release(park);
}

/* The caller's again, from the moment that wait has returned. */
static void
late_answer_is_dropped_and_writes_nothing(void **state)
{
	struct puffs_msgpark *park;
	struct puffs_req before;
	struct fix_frame f;

	(void)state;
	park = abandoned(fix_mount, &f);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	memset(fix_payload(park), 'c', 72);
	before = *fix_req(park);
	memset(f.bytes + sizeof(f.req), 's', 72);
	f.req.preq_setbacks = PUFFS_SETBACK_MASK;
	assert_int_equal(fix_reply(fix_mount, &f, EIO), 0);
	assert_memory_equal(fix_req(park), &before, sizeof(before));
	assert_int_equal(fix_payload(park)[0], 'c');
	assert_int_equal(fix_payload(park)[71], 'c');
	assert_int_equal(fix_stats(fix_mount).late, 1);
	assert_int_equal(fix_stats(fix_mount).replied, 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	fix_assert_empty(fix_mount);
	puffs_msgmem_release(park);
}

static void
late_answer_comes_when_the_park_is_released(void **state)
{
	struct fix_frame f;

	(void)state;
	puffs_msgmem_release(abandoned(fix_mount, &f));
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	fix_assert_empty(fix_mount);
}

/* There is nobody to be told that it is not acceptable. */
static void
late_answer_may_be_wrong_in_every_way(void **state)
{
	struct fix_frame f;
	unsigned n;

	(void)state;
	for (n = 0; n < 5; n++) {
		puffs_msgmem_release(abandoned(fix_mount, &f));
		fix_make_reply(&f, 0, 0);
		if (n == 0)
			f.req.preq_rv = -1;
		if (n == 1)
			f.req.preq_optype++;
		if (n == 2)
			f.req.preq_opclass = PUFFSOP_VFS;
		if (n == 3)
			fix_make_reply(&f, 0, 5000);
		if (n == 4)
			fix_make_reply(&f, 0, 30);
		assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	}
	assert_int_equal(fix_stats(fix_mount).late, n);
	assert_int_equal(fix_stats(fix_mount).notices, 0);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
}

static void
second_late_answer_is_unknown(void **state)
{
	struct fix_frame f;

	(void)state;
	puffs_msgmem_release(abandoned(fix_mount, &f));
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_dispatch(fix_mount, &f), ENOENT);
	assert_int_equal(fix_stats(fix_mount).unknown, 1);
}

/* Given up in hand: what becomes of it is told by releaseout and answer. */
static struct puffs_msgpark *
abandoned_in_hand(struct fix_frame *f)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	fix_hold(fix_mount, f);
	give_up(fix_mount, park);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(fix_stats(fix_mount).inhand, 0);
	return park;
}

static void
abandoned_in_hand_then_delivered_then_answered(void **state)
{
	struct fix_frame f;

	(void)state;
	puffs_msgmem_release(abandoned_in_hand(&f));
	assert_int_equal(f.data[24], PUFFSOP_VN); /* may still be read */
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	fix_assert_empty(fix_mount);
}

static void
abandoned_in_hand_then_answered_then_delivered(void **state)
{
	struct fix_frame f;

	(void)state;
	for (int status = 0; status <= EIO; status += EIO) {
		puffs_msgmem_release(abandoned_in_hand(&f));
		assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
		fix_assert_empty(fix_mount);
		assert_int_equal(f.data[24], PUFFSOP_VN);
		fix_releaseout(fix_mount, &f, status);
	}
	assert_int_equal(fix_stats(fix_mount).late, 2);
}

static void
abandoned_in_hand_then_not_delivered(void **state)
{
	struct fix_frame f;

	(void)state;
	puffs_msgmem_release(abandoned_in_hand(&f));
	fix_releaseout(fix_mount, &f, EIO);
	fix_assert_empty(fix_mount);
	assert_int_equal(fix_stats(fix_mount).delivery, 0);
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENOENT);
}

static void
abandoned_in_hand_then_the_mount_dies(void **state)
{
	struct fix_frame held, taken;
	struct puffs_msgpark *a, *b;

	(void)state;
	a = abandoned(fix_mount, &taken);
	puffs_msgmem_release(a);
	b = fix_send(fix_mount);
	fix_hold(fix_mount, &held);
	give_up(fix_mount, b);
	puffs_userdead(fix_mount);
	fix_assert_empty(fix_mount);
	assert_int_equal(fix_stats(fix_mount).dead, 0);
	fix_releaseout(fix_mount, &held, 0);
	assert_int_equal(puffs_msg_wait(fix_mount, b), EINTR);
	puffs_msgmem_release(b);
}

static void
call_enqueue(void *arg)
{
	puffs_msg_enqueue(fix_mount, arg);
}

static void
abandoned_parks_may_only_be_released(void **state)
{
	struct puffs_msgpark *unsent = fix_send(fix_mount), *sent;
	struct fix_frame f;

	(void)state;
	give_up(fix_mount, unsent);
	expect_panic(call_enqueue, unsent, "abandoned");
	sent = abandoned(fix_mount, &f);
	expect_panic(call_enqueue, sent, "abandoned");
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	expect_panic(call_enqueue, sent, "abandoned");
	puffs_msgmem_release(unsent);
	puffs_msgmem_release(sent);
}

/*
 * Three messages, of which a mount awaits two when they are given up.
 */
struct three {
	struct puffs_mount *mount;
	struct puffs_msgpark *parks[3];
	struct fix_frame frames[3];
};

static void
three_send(struct three *t, const struct puffsmsg_mount_options *opt)
{
	t->mount = fix_mount_new(opt);
	for (int i = 0; i < 3; i++) {
		t->parks[i] = fix_send(t->mount);
		fix_take(t->mount, &t->frames[i]);
	}
}

static void
three_end(struct three *t)
{
	for (int i = 0; i < 3; i++)
		puffs_msgmem_release(t->parks[i]);
	fix_mount_free(t->mount);
}

static void
oldest_is_forgotten_beyond_the_bound(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct three t;

	(void)state;
	opt.maxabandoned = 2;
	three_send(&t, &opt);
	for (int i = 0; i < 3; i++)
		give_up(t.mount, t.parks[i]);
	assert_int_equal(fix_stats(t.mount).abandoned, 2);
	assert_int_equal(fix_stats(t.mount).forgotten, 1);
	assert_int_equal(fix_stats(t.mount).interrupted, 3);
	assert_int_equal(fix_reply(t.mount, &t.frames[0], 0), ENOENT);
	assert_int_equal(fix_reply(t.mount, &t.frames[1], 0), 0);
	assert_int_equal(fix_reply(t.mount, &t.frames[2], 0), 0);
	three_end(&t);
}

/* Not the one that was given up first. */
static void
oldest_is_that_with_the_lowest_id(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct three t;

	(void)state;
	opt.maxabandoned = 2;
	three_send(&t, &opt);
	for (int i = 2; i >= 0; i--)
		give_up(t.mount, t.parks[i]);
	assert_int_equal(fix_reply(t.mount, &t.frames[0], 0), ENOENT);
	assert_int_equal(fix_reply(t.mount, &t.frames[1], 0), 0);
	assert_int_equal(fix_reply(t.mount, &t.frames[2], 0), 0);
	three_end(&t);
}

static void
oldest_is_forgotten_beyond_the_bound_of_bytes(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct three t;

	(void)state;
	opt.maxbytes = 2 * 128;
	three_send(&t, &opt);
	give_up(t.mount, t.parks[0]);
	give_up(t.mount, t.parks[1]);
	assert_int_equal(fix_stats(t.mount).forgotten, 0);
	give_up(t.mount, t.parks[2]);
	assert_int_equal(fix_stats(t.mount).forgotten, 1);
	assert_int_equal(fix_stats(t.mount).abandoned, 2);
	assert_int_equal(fix_reply(t.mount, &t.frames[0], 0), ENOENT);
	assert_int_equal(fix_reply(t.mount, &t.frames[2], 0), 0);
	three_end(&t);
}

static void
message_longer_than_the_bound_of_bytes_is_forgotten_at_once(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_mount *mount;
	struct fix_frame f;

	(void)state;
	opt.maxbytes = 100;
	mount = fix_mount_new(&opt);
	puffs_msgmem_release(abandoned(mount, &f));
	assert_int_equal(fix_stats(mount).forgotten, 1);
	fix_assert_empty(mount);
	fix_mount_free(mount);
}

static void
forgotten_in_hand_stays_readable_until_releaseout(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_msgpark *park;
	struct puffs_mount *mount;
	struct fix_frame held, f;

	(void)state;
	opt.maxabandoned = 1;
	mount = fix_mount_new(&opt);
	park = fix_send(mount);
	fix_hold(mount, &held);
	give_up(mount, park);
	puffs_msgmem_release(park);
	puffs_msgmem_release(abandoned(mount, &f));
	assert_int_equal(fix_stats(mount).forgotten, 1);
	assert_int_equal(held.data[24], PUFFSOP_VN);
	fix_releaseout(mount, &held, 0);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	fix_assert_empty(mount);
	fix_mount_free(mount);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(server_never_sees_what_was_given_up_on_touser),
		TEST(reply_to_what_was_given_up_on_touser_is_unknown),
		TEST(inactive_and_reclaim_go_on_in_place_without_a_reply),
		TEST(types_27_and_28_of_class_vfs_do_not),
		TEST(orphan_may_be_released_before_the_server_has_it),
		TEST(orphan_dies_with_the_mount),
		TEST(inactive_in_hand_is_awaited_like_any_other),
		TEST(late_answer_is_dropped_and_writes_nothing),
		TEST(late_answer_comes_when_the_park_is_released),
		TEST(late_answer_may_be_wrong_in_every_way),
		TEST(second_late_answer_is_unknown),
		TEST(abandoned_in_hand_then_delivered_then_answered),
		TEST(abandoned_in_hand_then_answered_then_delivered),
		TEST(abandoned_in_hand_then_not_delivered),
		TEST(abandoned_in_hand_then_the_mount_dies),
		TEST(abandoned_parks_may_only_be_released),
		TEST(oldest_is_forgotten_beyond_the_bound),
		TEST(oldest_is_that_with_the_lowest_id),
		TEST(oldest_is_forgotten_beyond_the_bound_of_bytes),
		TEST(
		    message_longer_than_the_bound_of_bytes_is_forgotten_at_once),
		TEST(forgotten_in_hand_stays_readable_until_releaseout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
