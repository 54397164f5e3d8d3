/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/enqueue.c; signals are test_enqueue_signals.c */

#include "msgfix.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "expect_panic.h"

#define MAXMSG 8192u

static void
count_call(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	++*(int *)arg;
}

static void
ids_start_at_1_and_grow_in_the_order_of_the_queue(void **state)
{
	struct puffs_msgpark *parks[20];
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 20; i++)
		parks[i] = fix_send(fix_mount);
	for (uint64_t id = 1; id <= 20; id++) {
		fix_take(fix_mount, &f);
		assert_int_equal(f.req.preq_id, id);
		assert_ptr_equal(puffsmsg__idtable_lookup(&fix_mount->pmp_ids,
				     id),
		    parks[id - 1]);
		assert_int_equal(fix_reply(fix_mount, &f, (int)id), 0);
	}
	for (int i = 0; i < 20; i++) {
		assert_int_equal(puffs_msg_wait(fix_mount, parks[i]), i + 1);
		puffs_msgmem_release(parks[i]);
	}
}

static void
messages_without_reply_have_id_0_and_take_none(void **state)
{
	struct puffs_msgpark *faf = fix_getattr(), *a, *b;
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(faf);
	a = fix_send(fix_mount);
	puffs_msg_enqueue(fix_mount, faf);
	b = fix_send(fix_mount);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_id, 1);
	assert_true(PUFFSOP_WANTREPLY(f.req.preq_opclass));
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_id, 0);
	assert_false(PUFFSOP_WANTREPLY(f.req.preq_opclass));
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_id, 2);
	puffs_msgmem_release(faf);
	puffs_msgmem_release(a);
	puffs_msgmem_release(b);
}

static void
callback_messages_have_ids_of_their_own(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;
	int calls = 0;

	(void)state;
	puffs_msg_setcall(park, count_call, &calls);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_id, 1);
	assert_true(PUFFSOP_WANTREPLY(f.req.preq_opclass));
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(calls, 1);
	puffs_msgmem_release(park);
}

/* What the caller has written there does not count. */
static void
header_is_stamped(void **state)
{
	struct puffs_msgpark *park = fix_park(300, PUFFSOP_VFS, 5);
	struct puffs_req *req = fix_req(park);
	struct fix_frame f;

	(void)state;
	req->preq_id = 77;
	req->preq_buflen = 1;
	req->preq_pth.pth_framelen = 2;
	req->preq_pid = -1;
	req->preq_lid = -1;
	puffs_msg_setdelta(park, 50);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, 250);
	assert_int_equal(f.req.preq_pth.pth_framelen, 250);
	assert_int_equal(f.req.preq_buflen, 300);
	assert_int_equal(f.req.preq_id, 1);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VFS);
	assert_int_equal(f.req.preq_optype, 5);
	assert_int_equal(f.req.preq_cookie64, (uintptr_t)FIX_COOKIE);
	assert_int_equal(f.req.preq_rv, 0);
	assert_int_equal(f.req.preq_setbacks, 0);
	assert_int_equal(f.req.preq_pid, getpid());
	assert_int_equal(f.req.preq_lid, puffsmsg_lwp_self());
	assert_int_equal(f.req.preq_pad, 0);
	puffs_msgmem_release(park);
}

static void
send_main(void *arg)
{
	puffs_msg_enqueue(fix_mount, arg);
}

static void
lid_is_that_of_the_thread_that_enqueues(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_thread t;
	struct fix_frame f;

	(void)state;
	fix_start(&t, send_main, park);
	fix_join(&t);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_lid, t.lid);
	assert_int_not_equal(f.req.preq_lid, puffsmsg_lwp_self());
	puffs_msgmem_release(park);
}

/* wait says it at once, and says it again. */
static void
assert_rejected(struct puffs_mount *mount, struct puffs_msgpark *park,
    int error)
{
	assert_true(
	    park->park_state == PARK_IDLE || park->park_state == PARK_DONE);
	for (int i = 0; i < 2; i++)
		assert_int_equal(puffs_msg_wait(mount, park), error);
	assert_int_equal(puffs_msgif_waitcount(mount), 0);
}

static void
longer_than_the_maximum_is_emsgsize_and_not_sent(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_msgpark *park = fix_park(MAXMSG + 1, PUFFSOP_VN, 9);
	struct puffs_mount *mount;
	struct fix_frame f;

	(void)state;
	opt.maxmsg = MAXMSG;
	mount = fix_mount_new(&opt);
	puffs_msg_enqueue(mount, park);
	assert_rejected(mount, park, EMSGSIZE);
	assert_int_equal(fix_stats(mount).rejected, 1);
	assert_int_equal(fix_stats(mount).accepted, 0);
	puffs_msg_setdelta(park, 1);
	puffs_msg_enqueue(mount, park);
	fix_take(mount, &f);
	assert_int_equal(f.len, MAXMSG);
	puffs_msgmem_release(park);
	fix_mount_free(mount);
}

static void
mount_that_is_not_started_is_enxio(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct puffs_mount *mount;

	(void)state;
	assert_int_equal(puffsmsg_mount_create(NULL, &mount), 0);
	puffs_msg_enqueue(mount, park);
	assert_rejected(mount, park, ENXIO);
	assert_int_equal(puffsmsg_mount_start(mount), 0);
	puffs_msg_enqueue(mount, park);
	fix_serve(mount, 0);
	assert_int_equal(puffs_msg_wait(mount, park), 0);
	puffs_msgmem_release(park);
	fix_mount_free(mount);
}

static void
dead_mount_is_enxio_for_all_kinds(void **state)
{
	struct puffs_msgpark *park = fix_getattr(), *faf = fix_getattr();
	struct puffs_msgpark *call = fix_getattr();
	int calls = 0;

	(void)state;
	puffs_msg_setfaf(faf);
	puffs_msg_setcall(call, count_call, &calls);
	puffs_userdead(fix_mount);
	puffs_msg_enqueue(fix_mount, park);
	puffs_msg_enqueue(fix_mount, faf);
	puffs_msg_enqueue(fix_mount, call);
	assert_rejected(fix_mount, park, ENXIO);
	assert_rejected(fix_mount, faf, ENXIO);
	assert_rejected(fix_mount, call, ENXIO);
	assert_int_equal(calls, 0);
	assert_int_equal(fix_stats(fix_mount).rejected, 3);
	puffs_msgmem_release(park);
	puffs_msgmem_release(faf);
	puffs_msgmem_release(call);
}

static void
rejected_messages_hold_no_mount_and_can_be_waited_for_when_it_is_gone(
    void **state)
{
	struct puffs_mount *mount = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	puffs_userdead(mount);
	puffs_msg_enqueue(mount, park);
	fix_mount_free(mount);
	assert_int_equal(puffs_msg_wait(mount, park), ENXIO);
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, EPERM);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	puffs_msgmem_release(park);
}

static void
accepted_messages_hold_the_mount_until_they_are_waited_for(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	(void)state;
	assert_int_equal(fix_stats(fix_mount).references, 1);
	fix_serve(fix_mount, 0);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	puffs_msgmem_release(park);
}

static void
faf_and_callback_messages_hold_the_mount_until_they_end(void **state)
{
	struct puffs_msgpark *faf = fix_getattr(), *call = fix_getattr();
	struct fix_frame f;
	int calls = 0;

	(void)state;
	puffs_msg_setfaf(faf);
	puffs_msg_setcall(call, count_call, &calls);
	puffs_msg_enqueue(fix_mount, faf);
	puffs_msg_enqueue(fix_mount, call);
	assert_int_equal(fix_stats(fix_mount).references, 2);
	fix_take(fix_mount, &f);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	fix_serve(fix_mount, 0);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	puffs_msgmem_release(faf);
	puffs_msgmem_release(call);
}

static void
one_reader_is_woken_per_message(void **state)
{
	struct puffs_msgpark *park;
	struct fix_reader r[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		fix_read_start(&r[i], fix_mount);
		fix_until_readers(fix_mount, i + 1);
	}
	for (unsigned i = 0; i < 3; i++) {
		park = fix_send(fix_mount);
		fix_until_readers(fix_mount, 2 - i);
		assert_int_equal(fix_read_join(&r[i]), 0); /* the oldest */
		assert_int_equal(r[i].frame.req.preq_id, i + 1);
		puffs_msgmem_release(park);
	}
}

/* For servers that poll. */
struct notified {
	atomic_int times;
	struct puffs_mount *mount;
	bool locked;
};

static void
notify(void *arg)
{
	struct notified *n = arg;

	atomic_fetch_add(&n->times, 1);
	if (n->mount == NULL)
		return;
	n->locked |= fix_locked(n->mount);
}

static void
pollers_are_told_when_the_queue_is_empty_no_more(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct notified n = { 0 };
	struct puffs_msgpark *a, *b;
	struct puffs_mount *mount;
	struct fix_frame f;

	(void)state;
	opt.notify = notify;
	opt.notify_arg = &n;
	mount = n.mount = fix_mount_new(&opt);
	a = fix_send(mount);
	assert_int_equal(atomic_load(&n.times), 1);
	b = fix_send(mount);
	assert_int_equal(atomic_load(&n.times), 1);
	fix_take(mount, &f);
	fix_take(mount, &f);
	puffs_msgmem_release(a);
	a = fix_send(mount);
	assert_int_equal(atomic_load(&n.times), 2);
	assert_false(n.locked);
	puffs_msgmem_release(a);
	puffs_msgmem_release(b);
	assert_int_equal(fix_stats(mount).references, 3);
	fix_mount_free(mount);
	assert_int_equal(atomic_load(&n.times), 3);
}

static void
reuse_undoes_what_the_last_reply_left(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_take(fix_mount, &f);
	f.req.preq_setbacks = PUFFS_SETBACK_MASK;
	assert_int_equal(fix_reply(fix_mount, &f, EIO), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EIO);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, 128);
	assert_int_equal(f.req.preq_rv, 0);
	assert_int_equal(f.req.preq_setbacks, 0);
	assert_int_equal(f.req.preq_id, 2);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VN);
	assert_int_equal(f.req.preq_buflen, 128);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

static void
reuse_undoes_a_rejection(void **state)
{
	struct puffs_msgpark *park = fix_park(200000, PUFFSOP_VN, 9);
	struct fix_frame f;

	(void)state;
	puffs_msg_enqueue(fix_mount, park);
	assert_rejected(fix_mount, park, EMSGSIZE);
	assert_int_equal(fix_req(park)->preq_rv, EMSGSIZE);
	puffs_msg_setdelta(park, 200000 - 100);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_rv, 0);
	fix_make_reply(&f, ENOENT, 100);
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENOENT);
	puffs_msgmem_release(park);
}

static void
reuse_without_wait_forgets_the_first_outcome(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	(void)state;
	fix_serve(fix_mount, EPERM);
	assert_int_equal(fix_stats(fix_mount).done, 1);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(fix_stats(fix_mount).done, 0);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	fix_serve(fix_mount, EIO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EIO);
	puffs_msgmem_release(park);
}

static void
reuse_on_another_mount_lets_the_first_one_go(void **state)
{
	struct puffs_mount *other = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(other);

	(void)state;
	fix_serve(other, 0);
	puffs_msg_enqueue(fix_mount, park);
	fix_mount_free(other);
	fix_serve(fix_mount, EIO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EIO);
	puffs_msgmem_release(park);
}

static void
call_enqueue(void *arg)
{
	puffs_msg_enqueue(fix_mount, arg);
}

static void
enqueue_of_a_message_in_flight_is_a_panic(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	expect_panic(call_enqueue, park, "puffs_msg_enqueue: park");
	fix_hold(fix_mount, &f);
	expect_panic(call_enqueue, park, "puffs_msg_enqueue: park");
	fix_releaseout(fix_mount, &f, 0);
	expect_panic(call_enqueue, park, "puffs_msg_enqueue: park");
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

static void
enqueue_of_a_faf_message_in_flight_is_a_panic(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	puffs_msg_setfaf(park);
	puffs_msg_enqueue(fix_mount, park);
	expect_panic(call_enqueue, park, "puffs_msg_enqueue: park");
	puffs_msgmem_release(park);
}

/*
 * A park that is used again while a slow server holds its old frame: 3 frames
 * at a time.
 */
static void
old_frames_in_hand_do_not_hinder_reuse(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		puffs_msg_enqueue(fix_mount, park);
		fix_hold(fix_mount, &f[i]);
		assert_int_equal(fix_reply(fix_mount, &f[i], i), 0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), i);
	}
	assert_ptr_not_equal(f[0].cookie, f[1].cookie);
	assert_ptr_not_equal(f[1].cookie, f[2].cookie);
	assert_int_equal(fix_stats(fix_mount).references, 3);
	fix_releaseout(fix_mount, &f[1], EIO);
	fix_releaseout(fix_mount, &f[0], 0);
	fix_releaseout(fix_mount, &f[2], EIO);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	assert_int_equal(fix_stats(fix_mount).replied, 3);
	puffs_msgmem_release(park);
}

/* Answered before releaseout: the frame stays in hand. */
static void
hold_an_old_frame(struct puffs_msgpark *park, struct fix_frame *f)
{
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, f);
	assert_int_equal(fix_reply(fix_mount, f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
}

static void
releaseout_of_an_old_frame_does_not_touch_the_new_message(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame old, new;

	(void)state;
	hold_an_old_frame(park, &old);
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, &new);
	fix_releaseout(fix_mount, &old, EIO);
	assert_int_equal(park->park_state, PARK_INHAND);
	fix_releaseout(fix_mount, &new, 0);
	assert_int_equal(park->park_state, PARK_REPLYWAIT);
	assert_int_equal(fix_reply(fix_mount, &new, ENOENT), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENOENT);
	puffs_msgmem_release(park);
}

static void
spare_hand_that_was_not_needed_is_kept_for_the_next_time(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct puffsmsg__hand *spare;
	struct fix_frame old, f;

	(void)state;
	hold_an_old_frame(park, &old);
	puffs_msg_enqueue(fix_mount, park);
	spare = park->park_sparehand;
	assert_non_null(spare);
	fix_releaseout(fix_mount, &old, 0);
	fix_serve(fix_mount, 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	hold_an_old_frame(park, &old);
	assert_ptr_equal(park->park_sparehand, spare);
	puffs_msg_enqueue(fix_mount, park);
	assert_ptr_equal(park->park_sparehand, spare);
	fix_hold(fix_mount, &f);
	assert_ptr_equal(f.cookie, spare);
	fix_releaseout(fix_mount, &f, 0);
	fix_releaseout(fix_mount, &old, 0);
	puffs_msgmem_release(park);
}

static void
spare_hand_goes_with_the_park(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame old;

	(void)state;
	hold_an_old_frame(park, &old);
	puffs_msg_enqueue(fix_mount, park);
	fix_releaseout(fix_mount, &old, 0);
	assert_non_null(park->park_sparehand);
	puffs_msgmem_release(park);
}

static void
spare_hand_is_waited_for_on_ordinary_threads(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame old;
	struct fix_thread t;
	unsigned failed;

	(void)state;
	hold_an_old_frame(park, &old);
	failed = fix_memory_failed();
	fix_memory_fail_after(1, 0); /* the thread's lwp */
	fix_start(&t, send_main, park);
	fix_until_failed(failed + 3);
	fix_memory_ok();
	fix_join(&t);
	fix_serve(fix_mount, 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	fix_releaseout(fix_mount, &old, 0);
	puffs_msgmem_release(park);
}

static void
enqueue_without_memory(struct puffs_mount *mount, struct puffs_req *req,
    void *arg)
{
	(void)req;
	fix_memory_fail_after(0, 0);
	puffs_msg_enqueue(mount, arg);
	fix_memory_ok();
}

static void
spare_hand_is_not_waited_for_in_callbacks(void **state)
{
	struct puffs_msgpark *park = fix_getattr(), *call = fix_getattr();
	struct fix_frame old;

	(void)state;
	hold_an_old_frame(park, &old);
	puffs_msg_setcall(call, enqueue_without_memory, park);
	puffs_msg_enqueue(fix_mount, call);
	fix_serve(fix_mount, 0);
	assert_rejected(fix_mount, park, ENOMEM);
	fix_releaseout(fix_mount, &old, 0);
	puffs_msgmem_release(park);
	puffs_msgmem_release(call);
}

/* A response is a message without reply that carries the peer's id. */
static void
response_keeps_the_peers_id_and_is_not_waited_for(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct puffs_req *req = fix_req(park);
	struct fix_frame f;

	(void)state;
	req->preq_id = PUFFSMSG_SERVER_ID | 42;
	req->preq_opclass = PUFFSOP_FLUSH | PUFFSOPFLAG_ISRESPONSE;
	req->preq_rv = EINVAL;
	for (int i = 0; i < 2; i++) {
		puffs_msg_enqueue(fix_mount, park);
		assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
		fix_take(fix_mount, &f);
		assert_true(f.req.preq_id == (PUFFSMSG_SERVER_ID | 42));
		assert_int_equal(f.req.preq_opclass,
		    PUFFSOP_FLUSH | PUFFSOPFLAG_ISRESPONSE | PUFFSOPFLAG_FAF);
		assert_int_equal(f.req.preq_rv, EINVAL);
	}
	puffs_msgmem_release(park);
}

static void
kinds_that_must_arrive_are_inactive_and_reclaim_of_class_vn(void **state)
{
	struct puffs_msgpark park = { .park_class = PUFFSOP_VN,
		.park_type = PUFFS_VN_INACTIVE };

	(void)state;
	assert_true(puffsmsg__must_arrive(&park));
	park.park_type = PUFFS_VN_RECLAIM;
	assert_true(puffsmsg__must_arrive(&park));
	park.park_class = PUFFSOP_VFS;
	assert_false(puffsmsg__must_arrive(&park));
	park.park_class = PUFFSOP_VN;
	park.park_type = PUFFS_VN_ABORTOP;
	assert_false(puffsmsg__must_arrive(&park));
	park.park_type = PUFFS_VN_LOCK;
	assert_false(puffsmsg__must_arrive(&park));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_start_at_1_and_grow_in_the_order_of_the_queue),
		TEST(messages_without_reply_have_id_0_and_take_none),
		TEST(callback_messages_have_ids_of_their_own),
		TEST(header_is_stamped),
		TEST(lid_is_that_of_the_thread_that_enqueues),
		TEST(longer_than_the_maximum_is_emsgsize_and_not_sent),
		TEST(mount_that_is_not_started_is_enxio),
		TEST(dead_mount_is_enxio_for_all_kinds),
		TEST(
		    rejected_messages_hold_no_mount_and_can_be_waited_for_when_it_is_gone),
		TEST(
		    accepted_messages_hold_the_mount_until_they_are_waited_for),
		TEST(faf_and_callback_messages_hold_the_mount_until_they_end),
		TEST(one_reader_is_woken_per_message),
		TEST(pollers_are_told_when_the_queue_is_empty_no_more),
		TEST(reuse_undoes_what_the_last_reply_left),
		TEST(reuse_undoes_a_rejection),
		TEST(reuse_without_wait_forgets_the_first_outcome),
		TEST(reuse_on_another_mount_lets_the_first_one_go),
		TEST(enqueue_of_a_message_in_flight_is_a_panic),
		TEST(enqueue_of_a_faf_message_in_flight_is_a_panic),
		TEST(old_frames_in_hand_do_not_hinder_reuse),
		TEST(releaseout_of_an_old_frame_does_not_touch_the_new_message),
		TEST(spare_hand_that_was_not_needed_is_kept_for_the_next_time),
		TEST(spare_hand_goes_with_the_park),
		TEST(spare_hand_is_waited_for_on_ordinary_threads),
		TEST(spare_hand_is_not_waited_for_in_callbacks),
		TEST(response_keeps_the_peers_id_and_is_not_waited_for),
		TEST(
		    kinds_that_must_arrive_are_inactive_and_reclaim_of_class_vn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
