/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/dispatch.c: replies. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "msgif/errnomax.h"
#include "serverreq.h"

#define HDR      sizeof(struct puffs_req)
#define CLASSLEN 26u /* with fewer bytes a frame does not say its class */

/* That the frame is refused: EPROTO for its caller, a notice for its server. */
static void
expect_refused(struct puffs_msgpark *park, struct fix_frame *f, int notice)
{
	uint64_t before = fix_stats(fix_mount).refused;

	assert_int_equal(fix_dispatch(fix_mount, f), EPROTO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
	assert_int_equal(fix_req(park)->preq_rv, EPROTO);
	assert_int_equal(fix_stats(fix_mount).refused, before + 1);
	srv_expect_notice(fix_mount, notice, (uintptr_t)FIX_COOKIE);
	srv_expect_nothing(fix_mount);
	puffs_msgmem_release(park);
}

static void
a_reply_returns_its_rv_from_wait(void **state)
{
	static const int rvs[] = { 0, 1, ENOENT, PUFFSMSG__ERRNO_MAX };
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(rvs) / sizeof(rvs[0]); i++) {
		park = srv_taken(&f);
		assert_int_equal(fix_reply(fix_mount, &f, rvs[i]), 0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), rvs[i]);
		assert_int_equal(fix_req(park)->preq_rv, rvs[i]);
		assert_int_equal(fix_stats(fix_mount).replied, i + 1);
		puffs_msgmem_release(park);
	}
	assert_int_equal(fix_stats(fix_mount).frames, 4);
	srv_expect_nothing(fix_mount);
}

static void
an_rv_that_is_no_errno_is_refused_and_named_in_the_notice(void **state)
{
	static const int32_t rvs[] = { -1, -12345, INT32_MIN,
		PUFFSMSG__ERRNO_MAX + 1, INT32_MAX };
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(rvs) / sizeof(rvs[0]); i++) {
		park = srv_taken(&f);
		fix_make_reply(&f, rvs[i], 0);
		expect_refused(park, &f, rvs[i]);
	}
	assert_int_equal(fix_stats(fix_mount).notices, 5);
}

static void
a_reply_of_another_class_is_refused(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	fix_make_reply(&f, 0, 0);
	f.req.preq_opclass = PUFFSOP_VFS;
	expect_refused(park, &f, EPROTO);
}

static void
a_reply_of_another_type_is_refused(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	fix_make_reply(&f, 0, 0);
	f.req.preq_optype = PUFFS_VN_LOOKUP;
	expect_refused(park, &f, EPROTO);
	park = srv_taken(&f);
	fix_make_reply(&f, 0, 0);
	f.req.preq_optype |= 0x100;
	expect_refused(park, &f, EPROTO);
}

static void
a_wrong_kind_goes_before_a_wrong_rv_in_the_notice(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	fix_make_reply(&f, -7, 0);
	f.req.preq_optype = PUFFS_VN_LOOKUP;
	expect_refused(park, &f, EPROTO);
}

static void
flags_of_a_replys_class_mean_nothing(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	f.req.preq_opclass |= (uint16_t)~PUFFSOP_OPCMASK;
	srv_expect_awaited(park, &f);
}

static void
a_short_reply_is_its_callers_eproto(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (size_t len = CLASSLEN; len < HDR; len++) {
		park = srv_taken(&f);
		f.req.preq_pth.pth_framelen = f.len = len;
		expect_refused(park, &f, EPROTO);
	}
}

static void
a_reply_of_a_header_alone_is_acceptable(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	fix_make_reply(&f, 0, HDR);
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	assert_int_equal(fix_req(park)->preq_pth.pth_framelen, HDR);
	puffs_msgmem_release(park);
}

static void
a_reply_beyond_the_room_is_refused(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	fix_make_reply(&f, 0, 129);
	expect_refused(park, &f, EPROTO);
	park = srv_taken(&f);
	fix_make_reply(&f, 0, FIX_MAXFRAME);
	expect_refused(park, &f, EPROTO);
}

static struct puffs_msgpark *
taken_with_room(struct fix_frame *f)
{
	struct puffs_msgpark *park = fix_park(128, PUFFSOP_VN, PUFFS_VN_READ);

	puffs_msg_setdelta(park, 64);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, f);
	assert_int_equal(f->len, 64);
	assert_int_equal(f->req.preq_buflen, 128);
	return park;
}

static void
a_reply_may_use_the_room_that_was_not_sent_and_no_more(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = taken_with_room(&f);
	fix_make_reply(&f, 0, 128);
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	assert_int_equal(fix_req(park)->preq_pth.pth_framelen, 128);
	puffs_msgmem_release(park);

	park = taken_with_room(&f);
	fix_make_reply(&f, 0, 129);
	expect_refused(park, &f, EPROTO);
}

static void
of_a_replys_header_only_rv_and_setbacks_reach_the_caller(void **state)
{
	struct puffs_msgpark *park;
	struct puffs_req was;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	was = *fix_req(park);
	fix_make_reply(&f, EAGAIN, 0);
	f.req.preq_cookie64 = 0xdddddddddddddddd;
	f.req.preq_setbacks = 0xf;
	f.req.preq_pid = -1;
	f.req.preq_lid = -1;
	f.req.preq_pad = UINT32_MAX;
	f.req.preq_buflen = 0x4141414141414141;
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EAGAIN);
	was.preq_rv = EAGAIN;
	was.preq_setbacks = 0xf;
	assert_memory_equal(fix_req(park), &was, HDR);
	assert_int_equal(was.preq_cookie64, (uintptr_t)FIX_COOKIE);
	puffs_msgmem_release(park);
}

static void
payload_beyond_what_was_received_keeps_what_it_held(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	memset(fix_payload(park), 0x77, 128 - HDR);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	fix_make_reply(&f, 0, HDR + 10);
	memset(f.bytes + HDR, 0x11, 10);
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	assert_int_equal(fix_req(park)->preq_pth.pth_framelen, HDR + 10);
	for (size_t i = 0; i < 128 - HDR; i++)
		assert_int_equal(fix_payload(park)[i], i < 10 ? 0x11 : 0x77);
	puffs_msgmem_release(park);
}

static void
a_refused_reply_leaves_the_callers_message_alone(void **state)
{
	struct puffs_msgpark *park;
	struct puffs_req was;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	was = *fix_req(park);
	fix_make_reply(&f, -5, 0);
	memset(f.bytes + HDR, 0x11, f.len - HDR);
	f.req.preq_setbacks = 0xf;
	assert_int_equal(fix_dispatch(fix_mount, &f), EPROTO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
	was.preq_rv = EPROTO;
	assert_memory_equal(fix_req(park), &was, HDR);
	for (size_t i = 0; i < 128 - HDR; i++)
		assert_int_equal(fix_payload(park)[i], 0);
	puffs_msgmem_release(park);
}

static void
ids_that_nobody_waits_for_have_no_effect(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f, g;
	uint64_t id;

	(void)state;
	park = srv_taken(&f);
	id = f.req.preq_id;
	assert_int_not_equal(id, 0);
	for (uint64_t i = 0; i < 64; i++) {
		g = f;
		g.req.preq_id = i % 2 == 0 ? id + 1 + i : id ^ UINT64_C(1) << i;
		srv_expect_unknown(fix_mount, &g);
	}
	g = f;
	g.req.preq_id = 0;
	srv_expect_unknown(fix_mount, &g);
	srv_expect_awaited(park, &f);
}

static void
the_id_of_a_message_that_the_server_has_not_read_is_unknown(void **state)
{
	struct puffs_msgpark *first, *second;
	struct fix_frame f, guess;

	(void)state;
	first = srv_taken(&f);
	second = fix_send(fix_mount);
	guess = f;
	guess.req.preq_id = f.req.preq_id + 1;
	fix_make_reply(&guess, 0, 0);
	srv_expect_unknown(fix_mount, &guess);
	srv_expect_awaited(first, &f);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_id, guess.req.preq_id);
	srv_expect_awaited(second, &f);
}

static void
a_second_reply_has_no_effect(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	assert_int_equal(fix_reply(fix_mount, &f, EPERM), 0);
	fix_make_reply(&f, 0, 0);
	srv_expect_unknown(fix_mount, &f);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	srv_expect_unknown(fix_mount, &f);
	assert_int_equal(fix_req(park)->preq_rv, EPERM);
	puffs_msgmem_release(park);
}

static void
a_reply_before_releaseout_is_honoured(void **state)
{
	static const int statuses[] = { 0, EIO };
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		park = fix_send(fix_mount);
		fix_hold(fix_mount, &f);
		assert_int_equal(fix_reply(fix_mount, &f, ESRCH), 0);
		fix_releaseout(fix_mount, &f, statuses[i]);
		assert_int_equal(puffs_msg_wait(fix_mount, park), ESRCH);
		puffs_msgmem_release(park);
	}
	assert_int_equal(fix_stats(fix_mount).delivery, 0);
	assert_int_equal(fix_stats(fix_mount).replied, 2);
}

static struct puffs_msgpark *
abandoned(struct fix_frame *f)
{
	struct puffs_msgpark *park = srv_taken(f);
	struct fix_waiter w;

	fix_wait_start(&w, fix_mount, park);
	fix_kill(&w.t, SIGINT);
	assert_int_equal(fix_wait_join(&w), EINTR);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	return park;
}

static void
the_reply_to_an_abandoned_message_is_taken_silently(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = abandoned(&f);
	fix_make_reply(&f, -1, 0);
	memset(f.bytes + HDR, 0x11, f.len - HDR);
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	assert_int_equal(fix_stats(fix_mount).abandoned, 0);
	for (size_t i = 0; i < 128 - HDR; i++)
		assert_int_equal(fix_payload(park)[i], 0);
	srv_expect_unknown(fix_mount, &f);
	srv_expect_nothing(fix_mount);
	puffs_msgmem_release(park);
}

static void
a_short_reply_to_an_abandoned_message_is_taken_silently(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = abandoned(&f);
	f.req.preq_pth.pth_framelen = f.len = CLASSLEN;
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	srv_expect_nothing(fix_mount);
	puffs_msgmem_release(park);
}

/* A hook that sends every message as it is, in a frame of its own. */
static int
hook_out(void *arg, const struct puffs_req *msg, size_t len,
    struct puffs_req **newmsg, size_t *newlen, int cansleep)
{
	(void)arg;
	*newmsg = puffsmsg_translate_alloc(len, cansleep);
	*newlen = len;
	if (*newmsg == NULL)
		return ENOMEM;
	memcpy(*newmsg, msg, len);
	return 0;
}

static int
hook_in(void *arg, const struct puffs_req *reply, size_t replylen,
    struct puffs_req *orig, size_t origlen)
{
	(void)reply;
	(void)orig;
	(void)origlen;
	return replylen != 0 ? *(int *)arg : 0;
}

static void
a_reply_that_the_hook_does_not_understand_is_refused(void **state)
{
	static const struct puffsmsg_translation hook = { sizeof(hook),
		hook_out, hook_in };
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_mount *mount;
	struct puffs_msgpark *park;
	struct fix_frame f;
	int verdict = EINVAL;

	(void)state;
	opt.translation = &hook;
	opt.translation_arg = &verdict;
	mount = fix_mount_new(&opt);
	park = fix_send(mount);
	fix_take(mount, &f);
	assert_int_equal(fix_reply(mount, &f, 0), EPROTO);
	assert_int_equal(puffs_msg_wait(mount, park), EPROTO);
	srv_expect_notice(mount, EPROTO, (uintptr_t)FIX_COOKIE);
	verdict = 0;
	puffs_msg_enqueue(mount, park);
	fix_serve(mount, ENOTTY);
	assert_int_equal(puffs_msg_wait(mount, park), ENOTTY);
	puffs_msgmem_release(park);
	assert_int_equal(fix_stats(mount).refused, 1);
	assert_int_equal(fix_stats(mount).replied, 1);
	fix_mount_free(mount);
}

/*
 * A server that is stopped in a dispatch, when the message of `stop' is done.
 */
struct dispatcher {
	struct fix_thread t;
	struct fix_stop stop;
	struct fix_frame f;
	int error;
};

static void
dispatcher_main(void *arg)
{
	struct dispatcher *d = arg;

	fix_stop_arm(&d->stop);
	d->error = puffsmsg_dispatch(fix_mount, d->f.bytes, d->f.len);
}

static void
a_dispatch_that_refuses_holds_the_mount_to_its_end(void **state)
{
	struct puffs_msgpark *park;
	struct dispatcher d;

	(void)state;
	park = srv_taken(&d.f);
	fix_make_reply(&d.f, -1, 0);
	fix_stop_init(&d.stop, fix_mount, park, PARK_DONE);
	fix_start(&d.t, dispatcher_main, &d);
	gate_await(&d.stop.there, 1);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	gate_pass(&d.stop.go);
	fix_join(&d.t);
	assert_int_equal(d.error, EPROTO);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	srv_expect_notice(fix_mount, -1, (uintptr_t)FIX_COOKIE);
	puffs_msgmem_release(park);
}

/* Replies to whatever message comes, with its own type as rv. */
static void
replier(void *arg)
{
	struct fix_frame f;
	uint8_t *data;

	while (puffs_msgif_getout(arg, 0, 0, &data, &f.len, &f.cookie) == 0) {
		memcpy(f.bytes, data, f.len);
		fix_releaseout(arg, &f, 0);
		f.req.preq_rv = f.req.preq_optype;
		(void)puffsmsg_dispatch(arg, f.bytes, f.len);
	}
}

static void
many_servers_answer_many_messages_each_with_its_own(void **state)
{
	struct puffs_msgpark *parks[32];
	struct fix_thread servers[4];

	(void)state;
	for (int i = 0; i < 4; i++)
		fix_start(&servers[i], replier, fix_mount);
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 32; i++) {
			parks[i] = fix_park(HDR, PUFFSOP_VN, i);
			puffs_msg_enqueue(fix_mount, parks[i]);
		}
		for (int i = 31; i >= 0; i--) {
			assert_int_equal(puffs_msg_wait(fix_mount, parks[i]),
			    i);
			puffs_msgmem_release(parks[i]);
		}
	}
	puffs_userdead(fix_mount);
	for (int i = 0; i < 4; i++)
		fix_join(&servers[i]);
	assert_int_equal(fix_stats(fix_mount).replied, 50 * 32);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reply_returns_its_rv_from_wait),
		TEST(an_rv_that_is_no_errno_is_refused_and_named_in_the_notice),
		TEST(a_reply_of_another_class_is_refused),
		TEST(a_reply_of_another_type_is_refused),
		TEST(a_wrong_kind_goes_before_a_wrong_rv_in_the_notice),
		TEST(flags_of_a_replys_class_mean_nothing),
		TEST(a_short_reply_is_its_callers_eproto),
		TEST(a_reply_of_a_header_alone_is_acceptable),
		TEST(a_reply_beyond_the_room_is_refused),
		TEST(a_reply_may_use_the_room_that_was_not_sent_and_no_more),
		TEST(of_a_replys_header_only_rv_and_setbacks_reach_the_caller),
		TEST(payload_beyond_what_was_received_keeps_what_it_held),
		TEST(a_refused_reply_leaves_the_callers_message_alone),
		TEST(ids_that_nobody_waits_for_have_no_effect),
		TEST(
		    the_id_of_a_message_that_the_server_has_not_read_is_unknown),
		TEST(a_second_reply_has_no_effect),
		TEST(a_reply_before_releaseout_is_honoured),
		TEST(the_reply_to_an_abandoned_message_is_taken_silently),
		TEST(a_short_reply_to_an_abandoned_message_is_taken_silently),
		TEST(a_reply_that_the_hook_does_not_understand_is_refused),
		TEST(a_dispatch_that_refuses_holds_the_mount_to_its_end),
		TEST(many_servers_answer_many_messages_each_with_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
