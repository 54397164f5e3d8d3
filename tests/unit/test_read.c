/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/read.c: the server is given copies of messages. */

#include <signal.h>
#include <string.h>

#include "actor.h"
#include "outcome.h"
#include "serverreq.h"

/* Nonblocking, into the actor's frame. */
static int
read_now(struct puffs_mount *mount, struct fix_frame *f, size_t size)
{
	return puffsmsg_read(mount, f->bytes, size, 1, &f->len);
}

static void
take_copy(struct puffs_mount *mount, struct fix_frame *f)
{
	assert_int_equal(read_now(mount, f, sizeof(f->bytes)), 0);
}

static struct puffs_msgpark *
send_len(size_t len, int type)
{
	struct puffs_msgpark *park = fix_park(len, PUFFSOP_VN, type);

	for (size_t i = sizeof(struct puffs_req); i < len; i++)
		((uint8_t *)fix_req(park))[i] = (uint8_t)(i + (size_t)type);
	puffs_msg_enqueue(fix_mount, park);
	return park;
}

static void
answer_and_release(struct fix_frame *f, struct puffs_msgpark *park, int rv)
{
	assert_int_equal(fix_reply(fix_mount, f, rv), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), rv);
	puffs_msgmem_release(park);
}

static void
messages_are_copied_whole_and_in_order(void **state)
{
	static const size_t lens[] = { 56, 57, 128, 4099 };
	struct puffs_msgpark *parks[4];
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 4; i++)
		parks[i] = send_len(lens[i], i);
	for (int i = 0; i < 4; i++) {
		memset(f.bytes, 0xee, sizeof(f.bytes));
		take_copy(fix_mount, &f);
		assert_int_equal(f.len, lens[i]);
		assert_int_equal(f.req.preq_pth.pth_framelen, lens[i]);
		assert_memory_equal(f.bytes, fix_req(parks[i]), lens[i]);
		assert_int_equal(f.bytes[lens[i]], 0xee);
		answer_and_release(&f, parks[i], i);
	}
	outcome_is(fix_mount, (struct outcome){ .replied = 4 });
}

static void
room_for_the_reply_is_not_copied(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	puffs_msg_setdelta(park, 64);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(read_now(fix_mount, &f, 64), 0);
	assert_int_equal(f.len, 64);
	assert_int_equal(f.req.preq_buflen, 128);
	answer_and_release(&f, park, 0);
}

/* Read and getout take from the same queue. */
static void
copies_and_frames_alternate(void **state)
{
	struct puffs_msgpark *parks[4];
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 4; i++)
		parks[i] = send_len(64, i);
	for (int i = 0; i < 4; i++) {
		if (i % 2 == 0)
			take_copy(fix_mount, &f);
		else
			fix_take(fix_mount, &f);
		assert_int_equal(f.req.preq_optype, i);
		answer_and_release(&f, parks[i], 0);
	}
}

static void
a_message_that_does_not_fit_stays_queued(void **state)
{
	struct puffs_msgpark *park = send_len(128, 1);
	struct fix_frame f;

	(void)state;
	memset(&f, 0xee, sizeof(f));
	for (size_t size = 0; size < 128; size += 127) {
		f.len = 0;
		assert_int_equal(read_now(fix_mount, &f, size), EMSGSIZE);
		assert_int_equal(f.len, 128);
		assert_int_equal(f.bytes[0], 0xee);
		assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
		assert_int_equal(park->park_state, PARK_TOUSER);
	}
	assert_int_equal(read_now(fix_mount, &f, 128), 0);
	answer_and_release(&f, park, 0);
}

static void
nothing_queued_would_block(void **state)
{
	struct fix_frame f = { .len = 77 };

	(void)state;
	assert_int_equal(read_now(fix_mount, &f, 128), EWOULDBLOCK);
	assert_int_equal(f.len, 77);
}

static void
only_a_running_mount_is_read(void **state)
{
	struct puffs_mount *mount;
	struct fix_frame f = { .len = 77 };

	(void)state;
	assert_int_equal(puffsmsg_mount_create(NULL, &mount), 0);
	assert_int_equal(read_now(mount, &f, 128), ENXIO);
	assert_int_equal(puffsmsg_mount_start(mount), 0);
	puffs_userdead(mount);
	assert_int_equal(read_now(mount, &f, 128), ENXIO);
	assert_int_equal(f.len, 77);
	puffsmsg_mount_destroy(mount);
}

static void
begin_blocked(struct actor *a)
{
	a->mount = fix_mount;
	actor_start(a, actor_read);
	fix_until_readers(fix_mount, 1);
}

static void
a_blocked_read_gets_the_next_message(void **state)
{
	struct puffs_msgpark *park;
	struct actor a;

	(void)state;
	begin_blocked(&a);
	park = send_len(128, 3);
	assert_int_equal(actor_end(&a), 0);
	assert_memory_equal(a.frame.bytes, fix_req(park), 128);
	answer_and_release(&a.frame, park, 0);
}

static void
a_blocked_read_returns_enxio_at_the_loss_of_the_server(void **state)
{
	struct actor a;

	(void)state;
	begin_blocked(&a);
	puffs_userdead(fix_mount);
	assert_int_equal(actor_end(&a), ENXIO);
}

static void
any_signal_interrupts_a_blocked_read(void **state)
{
	struct actor a;

	(void)state;
	begin_blocked(&a);
	fix_kill(&a.s.t, SIGUSR1);
	assert_int_equal(actor_end(&a), EINTR);
	assert_int_equal(a.sig, SIGUSR1);
	fix_until_readers(fix_mount, 0);
}

static void
a_blocked_read_can_be_cancelled(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;
	struct actor a;

	(void)state;
	begin_blocked(&a);
	assert_int_equal(pthread_cancel(a.s.t.thread), 0);
	actor_end_cancelled(&a);
	fix_until_readers(fix_mount, 0);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	park = send_len(64, 0);
	take_copy(fix_mount, &f);
	answer_and_release(&f, park, 0);
}

/* Before read the server has not seen the message, and cannot know its id. */
static void
a_reply_is_honoured_after_read_only(void **state)
{
	struct puffs_msgpark *park = send_len(128, PUFFS_VN_GETATTR);
	struct fix_frame f;

	(void)state;
	memcpy(f.bytes, fix_req(park), 128);
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENOENT);
	take_copy(fix_mount, &f);
	assert_int_equal(park->park_state, PARK_REPLYWAIT);
	assert_int_equal(fix_stats(fix_mount).replywait, 1);
	f.bytes[100] = 0x99;
	assert_int_equal(fix_reply(fix_mount, &f, ENOTDIR), 0);
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENOENT);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENOTDIR);
	assert_int_equal(((uint8_t *)fix_req(park))[100], 0x99);
	puffs_msgmem_release(park);
	outcome_is(fix_mount, (struct outcome){ .replied = 1, .unknown = 2 });
}

static void
fire_and_forget_ends_with_the_read(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(park);
	puffs_msg_enqueue(fix_mount, park);
	take_copy(fix_mount, &f);
	assert_int_equal(f.req.preq_id, 0);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VN | PUFFSOPFLAG_FAF);
	assert_int_equal(park->park_state, PARK_DONE);
	outcome_is(fix_mount, (struct outcome){ .faf_done = 1 });
	fix_assert_empty(fix_mount);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	puffs_msgmem_release(park);
}

static void
count_call(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	assert_ptr_equal(mount, fix_mount);
	*(int *)arg += 1 + req->preq_rv;
}

static void
a_callback_runs_at_the_reply(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;
	int calls = 0;

	(void)state;
	puffs_msg_setcall(park, count_call, &calls);
	puffs_msg_enqueue(fix_mount, park);
	puffs_msgmem_release(park);
	take_copy(fix_mount, &f);
	assert_int_equal(calls, 0);
	assert_int_equal(fix_reply(fix_mount, &f, 100), 0);
	assert_int_equal(calls, 101);
}

/* Its caller was interrupted before, but the server must learn of it. */
static void
a_message_that_must_arrive_is_read_without_its_caller(void **state)
{
	struct actor caller = { .mount = fix_mount };
	struct fix_frame f;

	(void)state;
	caller.park = fix_park(64, PUFFSOP_VN, PUFFS_VN_RECLAIM);
	puffs_msg_enqueue(fix_mount, caller.park);
	actor_start(&caller, actor_wait);
	actor_sleeps(&caller);
	fix_kill(&caller.s.t, SIGINT);
	assert_int_equal(actor_end(&caller), EINTR);
	assert_int_equal(fix_stats(fix_mount).orphans, 1);
	take_copy(fix_mount, &f);
	assert_int_equal(f.req.preq_optype, PUFFS_VN_RECLAIM);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VN | PUFFSOPFLAG_FAF);
	assert_int_equal(f.req.preq_id, 0);
	puffs_msgmem_release(caller.park);
	outcome_is(fix_mount, (struct outcome){ .interrupted = 1 });
	fix_assert_empty(fix_mount);
}

static void
a_message_that_was_read_is_abandoned(void **state)
{
	struct actor caller = { .mount = fix_mount };
	struct fix_frame f;

	(void)state;
	caller.park = send_len(64, PUFFS_VN_GETATTR);
	take_copy(fix_mount, &f);
	actor_start(&caller, actor_wait);
	actor_sleeps(&caller);
	fix_kill(&caller.s.t, SIGQUIT);
	assert_int_equal(actor_end(&caller), EINTR);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	puffs_msgmem_release(caller.park);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	outcome_is(fix_mount, (struct outcome){ .interrupted = 1, .late = 1 });
}

static void
a_message_that_was_read_dies_with_the_server(void **state)
{
	struct puffs_msgpark *park = send_len(64, PUFFS_VN_GETATTR);
	struct fix_frame f;

	(void)state;
	take_copy(fix_mount, &f);
	puffs_userdead(fix_mount);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	puffs_msgmem_release(park);
	outcome_is(fix_mount, (struct outcome){ .dead = 1 });
}

/* What is read of the library's own gives back the room that it took. */
static void
an_answer_to_the_server_is_read(void **state)
{
	struct fix_frame f;

	(void)state;
	assert_int_equal(srv_request(fix_mount, PUFFSOP_SUSPEND, 56, 7),
	    EPROTO);
	assert_int_equal(fix_stats(fix_mount).answers, 1);
	take_copy(fix_mount, &f);
	assert_int_equal(f.req.preq_id, SRV_ID(7));
	assert_int_equal(f.req.preq_rv, EOPNOTSUPP);
	assert_int_equal(fix_stats(fix_mount).answers, 0);
	fix_assert_empty(fix_mount);
}

/* The mount goes once the answer to the server's UNMOUNT has been read. */
static void
the_last_word_is_read(void **state)
{
	struct puffsmsg_mount_options opt;
	struct puffs_mount *mount;
	struct fix_frame f;
	struct fs fs;

	(void)state;
	fs_init(&fs);
	opt = fs_options(&fs);
	mount = fix_mount_new(&opt);
	assert_int_equal(srv_request(mount, PUFFSOP_UNMOUNT, 56, 1), 0);
	assert_int_equal(puffsmsg_read(mount, f.bytes, sizeof(f.bytes), 0,
			     &f.len),
	    0);
	assert_int_equal(f.req.preq_id, SRV_ID(1));
	gate_await(&fs.called, 1);
	fs_expect(&fs, (const enum fs_call[]){ FS_UNMOUNT, 0 });
	fix_mount_free(mount);
}

struct loop {
	struct actor a;
	uint32_t stop; /* a: */
};

static void
loop_main(void *arg)
{
	struct loop *l = arg;

	l->a.error = puffsmsg__read_until(l->a.mount, &l->stop,
	    l->a.frame.bytes, sizeof(l->a.frame.bytes), &l->a.frame.len);
}

static void
loop_begin(struct loop *l)
{
	memset(l, 0, sizeof(*l));
	l->a.mount = fix_mount;
	actor_start(&l->a, loop_main);
	fix_until_readers(fix_mount, 1);
}

static void
a_server_loop_reads_until_it_is_stopped(void **state)
{
	struct puffs_msgpark *park;
	struct loop l;

	(void)state;
	loop_begin(&l);
	park = send_len(128, 4);
	assert_int_equal(actor_end(&l.a), 0);
	assert_int_equal(l.a.frame.len, 128);
	answer_and_release(&l.a.frame, park, 0);
	loop_begin(&l);
	puffsmsg__store32(&l.stop, 1);
	puffsmsg__take_kick(fix_mount);
	assert_int_equal(actor_end(&l.a), ECANCELED);
}

/* It ends with its next message, not in the sleep for it. */
static void
a_server_loop_is_not_cancelled_in_its_sleep(void **state)
{
	struct puffs_msgpark *park;
	struct loop l;
	void *value;

	(void)state;
	loop_begin(&l);
	assert_int_equal(pthread_cancel(l.a.s.t.thread), 0);
	fix_kill(&l.a.s.t, SIGINT);
	park = send_len(128, 4);
	assert_int_equal(pthread_join(l.a.s.t.thread, &value), 0);
	assert_null(value);
	assert_int_equal(l.a.error, 0);
	assert_int_equal(l.a.sig, SIGINT);
	answer_and_release(&l.a.frame, park, 0);
}

/* It may be the caller's again, but for what is said of its length. */
static void
lengths_are_true_whatever_the_caller_writes(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(park);
	puffs_msg_setdelta(park, 28);
	puffs_msg_enqueue(fix_mount, park);
	memset(fix_req(park), 0xff, sizeof(struct puffs_req));
	take_copy(fix_mount, &f);
	assert_int_equal(f.len, 100);
	assert_int_equal(f.req.preq_pth.pth_framelen, 100);
	assert_int_equal(f.req.preq_buflen, 128);
	puffs_msgmem_release(park);
	fix_assert_empty(fix_mount);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_are_copied_whole_and_in_order),
		TEST(room_for_the_reply_is_not_copied),
		TEST(copies_and_frames_alternate),
		TEST(a_message_that_does_not_fit_stays_queued),
		TEST(nothing_queued_would_block),
		TEST(only_a_running_mount_is_read),
		TEST(a_blocked_read_gets_the_next_message),
		TEST(a_blocked_read_returns_enxio_at_the_loss_of_the_server),
		TEST(any_signal_interrupts_a_blocked_read),
		TEST(a_blocked_read_can_be_cancelled),
		TEST(a_reply_is_honoured_after_read_only),
		TEST(fire_and_forget_ends_with_the_read),
		TEST(a_callback_runs_at_the_reply),
		TEST(a_message_that_must_arrive_is_read_without_its_caller),
		TEST(a_message_that_was_read_is_abandoned),
		TEST(a_message_that_was_read_dies_with_the_server),
		TEST(an_answer_to_the_server_is_read),
		TEST(the_last_word_is_read),
		TEST(a_server_loop_reads_until_it_is_stopped),
		TEST(a_server_loop_is_not_cancelled_in_its_sleep),
		TEST(lengths_are_true_whatever_the_caller_writes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
