/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/translate.c */

#include "msgfix.h"

#include <signal.h>
#include <string.h>

#include "expect_panic.h"

#define HEADER sizeof(struct puffs_req)

/*
 * A hook that makes messages longer (or shorter) by `shift' bytes, adds 1 to
 * every byte of the payload on the way out and takes it off on the way in.
 */
static struct hook {
	int shift;
	int asis;      /* out: sends the message as it is */
	int refuse;    /* out: this errno */
	int refuse_in; /* in: likewise */
	int scribble;  /* in: writes all over the caller's header */
	unsigned outs, ins;
	int cansleep;        /* of the last out */
	bool locked;         /* a lock of the mount was held */
	size_t outlen;       /* of the last out: of the message */
	size_t inlen;        /* of the last in: of the reply */
	size_t origlen;      /* likewise: of the caller's message */
	struct puffs_req in; /* likewise: header of the reply */
	struct puffs_mount *mount;
} hook;

static void
look_at_locks(void)
{
	if (hook.mount != NULL)
		hook.locked |= fix_locked(hook.mount);
}

static size_t
min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The payload of `from' into `to', each byte changed by `add'. */
static void
payload_copy(struct puffs_req *to, size_t tolen, const struct puffs_req *from,
    size_t fromlen, int add)
{
	const uint8_t *p = (const uint8_t *)(from + 1);
	uint8_t *q = (uint8_t *)(to + 1);

	for (size_t i = 0; i < min(tolen, fromlen) - HEADER; i++)
		q[i] = (uint8_t)(p[i] + add);
}

static int
hook_out(void *arg, const struct puffs_req *msg, size_t len,
    struct puffs_req **newmsg, size_t *newlen, int cansleep)
{
	struct puffs_req *frame;

	assert_ptr_equal(arg, &hook);
	look_at_locks();
	hook.outs++;
	hook.outlen = len;
	hook.cansleep = cansleep;
	if (hook.refuse != 0 || hook.asis)
		return hook.refuse;
	*newlen = (size_t)((int)len + hook.shift);
	frame = puffsmsg_translate_alloc(*newlen, cansleep);
	if (frame == NULL)
		return ENOMEM;
	*frame = *msg;
	payload_copy(frame, *newlen, msg, len, 1);
	*newmsg = frame;
	return 0;
}

static int
hook_in(void *arg, const struct puffs_req *reply, size_t replylen,
    struct puffs_req *orig, size_t origlen)
{
	assert_ptr_equal(arg, &hook);
	look_at_locks();
	hook.ins++;
	hook.inlen = replylen;
	hook.origlen = origlen;
	hook.in = *reply;
	if (hook.scribble)
		memset(orig, 0xee, HEADER);
	if (hook.refuse_in != 0)
		return hook.refuse_in;
	if (replylen > 0)
		payload_copy(orig, origlen, reply, replylen, -1);
	return 0;
}

static const struct puffsmsg_translation translation = {
	.size = sizeof(translation),
	.out = hook_out,
	.in = hook_in,
};

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	(void)state;
	memset(&hook, 0, sizeof(hook));
	hook.shift = 8;
	opt.translation = &translation;
	opt.translation_arg = &hook;
	opt.maxmsg = FIX_MAXFRAME;
	fix_init();
	hook.mount = fix_mount = fix_mount_new(&opt);
	return 0;
}

static int
teardown(void **state)
{
	assert_false(hook.locked);
	return fix_teardown(state);
}

/* 128 bytes, all payload 'c'. */
static struct puffs_msgpark *
park_of_c(void)
{
	struct puffs_msgpark *park = fix_getattr();

	memset(fix_payload(park), 'c', 128 - HEADER);
	return park;
}

static struct puffs_msgpark *
send_c(void)
{
	struct puffs_msgpark *park = park_of_c();

	puffs_msg_enqueue(fix_mount, park);
	return park;
}

static void
assert_payload(struct puffs_msgpark *park, size_t from, size_t to, char c)
{
	for (size_t i = from; i < to; i++)
		assert_int_equal(fix_payload(park)[i], c);
}

static void
memory_for_frames_is_zeroed_and_counted(void **state)
{
	static const uint8_t zero[100];
	unsigned out = fix_memory_out();
	struct puffs_req *frame = puffsmsg_translate_alloc(100, 1);

	(void)state;
	assert_memory_equal(frame, zero, sizeof(zero));
	assert_int_equal((uintptr_t)frame % 8, 0);
	puffsmsg_translate_free(frame, 100);
	frame = puffsmsg_translate_alloc(HEADER, 0);
	puffsmsg_translate_free(frame, HEADER);
	assert_int_equal(fix_memory_out(), out);
}

static void
memory_for_frames_is_null_only_if_it_must_not_sleep(void **state)
{
	(void)state;
	fix_memory_fail_after(0, 0);
	assert_null(puffsmsg_translate_alloc(100, 0));
}

static void
call_alloc(void *arg)
{
	(void)puffsmsg_translate_alloc(*(size_t *)arg, 1);
}

static void
call_free(void *arg)
{
	puffsmsg_translate_free(arg, 101);
}

static void
misuse_of_memory_for_frames_is_a_panic(void **state)
{
	struct puffs_req *frame = puffsmsg_translate_alloc(100, 1);
	size_t tooshort = HEADER - 1, toolong = (size_t)INT32_MAX + 1;

	(void)state;
	expect_panic(call_alloc, &tooshort, "puffsmsg_translate_alloc: ");
	expect_panic(call_alloc, &toolong, "puffsmsg_translate_alloc: ");
	expect_panic(call_free, frame, "puffsmsg_translate_free: ");
	puffsmsg_translate_free(frame, 100);
	puffsmsg__wire_free(NULL);
}

static void
exchange(int shift)
{
	struct puffs_msgpark *park;
	struct fix_frame f;
	size_t len = (size_t)(128 + shift), reply = min(len, 128) - HEADER;

	hook.shift = shift;
	park = send_c();
	assert_int_equal(hook.outlen, 128);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, len);
	assert_int_equal(f.req.preq_pth.pth_framelen, len);
	assert_int_equal(f.req.preq_buflen, len);
	assert_int_equal(f.req.preq_optype, PUFFS_VN_GETATTR);
	assert_int_equal(f.req.preq_cookie64, (uintptr_t)FIX_COOKIE);
	assert_int_not_equal(f.req.preq_id, 0);
	if (reply > 0)
		assert_int_equal(f.bytes[HEADER], 'c' + 1);
	memset(f.bytes + HEADER, 's' + 1, len - HEADER);
	f.req.preq_setbacks = 5;
	assert_int_equal(fix_reply(fix_mount, &f, EPERM), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	assert_int_equal(hook.inlen, len);
	assert_int_equal(hook.origlen, 128);
	assert_int_equal(fix_req(park)->preq_rv, EPERM);
	assert_int_equal(fix_req(park)->preq_setbacks, 5);
	assert_int_equal(fix_req(park)->preq_pth.pth_framelen, 128);
	assert_payload(park, 0, reply, 's');
	assert_payload(park, reply, 128 - HEADER, 'c');
	puffs_msgmem_release(park);
}

static void
messages_may_grow_shrink_or_keep_their_length(void **state)
{
	(void)state;
	exchange(8);
	exchange(4000);
	exchange(0);
	exchange(-8);
	exchange(-(int)(128 - HEADER));
}

static void
length_of_a_reply_is_in_terms_of_the_callers_message(void **state)
{
	const struct {
		int shift;
		size_t reply, len;
	} cases[] = { { 8, 100, 92 }, { 8, 60, 56 }, { 8, 56, 56 },
		{ -8, 100, 108 }, { -8, 120, 128 }, { 0, 77, 77 } };
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hook.shift = cases[i].shift;
		park = send_c();
		fix_take(fix_mount, &f);
		fix_make_reply(&f, 0, cases[i].reply);
		assert_int_equal(fix_dispatch(fix_mount, &f), 0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
		assert_int_equal(hook.inlen, cases[i].reply);
		assert_int_equal(fix_req(park)->preq_pth.pth_framelen,
		    cases[i].len);
		puffs_msgmem_release(park);
	}
}

static void
bytes_to_send_shift_by_as_much(void **state)
{
	struct puffs_msgpark *park = park_of_c();
	struct fix_frame f;

	(void)state;
	puffs_msg_setdelta(park, 28);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, 108);
	assert_int_equal(f.req.preq_pth.pth_framelen, 108);
	assert_int_equal(f.req.preq_buflen, 136);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

static void
replies_are_bounded_by_the_translated_length(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (int shift = -8; shift <= 8; shift += 16) {
		hook.shift = shift;
		park = send_c();
		fix_take(fix_mount, &f);
		fix_make_reply(&f, 0, (size_t)(128 + shift + 1));
		assert_int_equal(fix_dispatch(fix_mount, &f), EPROTO);
		assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
		assert_int_equal(hook.inlen, 0);
		fix_take(fix_mount, &f); /* the notice */
		puffs_msgmem_release(park);
	}
}

static void
message_may_be_sent_as_it_is(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	hook.asis = 1;
	park = send_c();
	fix_hold(fix_mount, &f);
	assert_ptr_equal(f.data, fix_req(park));
	assert_int_equal(f.len, 128);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	assert_int_equal(hook.outs, 1);
	assert_int_equal(hook.ins, 0);
	puffs_msgmem_release(park);
}

static void
errno_of_out_is_what_wait_returns(void **state)
{
	struct puffs_msgpark *park;

	(void)state;
	hook.refuse = ERANGE;
	park = send_c();
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ERANGE);
	assert_int_equal(hook.ins, 0);
	assert_int_equal(fix_stats(fix_mount).rejected, 1);
	hook.refuse = 0;
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, EPERM);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	puffs_msgmem_release(park);
}

static void
errno_of_in_is_eproto_to_the_caller_and_a_notice_to_the_server(void **state)
{
	struct puffs_msgpark *park = send_c();
	struct fix_frame f;

	(void)state;
	hook.refuse_in = ERANGE;
	fix_take(fix_mount, &f);
	f.req.preq_setbacks = 5;
	assert_int_equal(fix_reply(fix_mount, &f, 0), EPROTO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
	assert_int_equal(fix_req(park)->preq_rv, EPROTO);
	assert_int_equal(fix_req(park)->preq_setbacks, 0);
	assert_payload(park, 0, 128 - HEADER, 'c');
	assert_int_equal(fix_stats(fix_mount).refused, 1);
	assert_int_equal(fix_stats(fix_mount).replied, 0);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_opclass & PUFFSOP_OPCMASK, PUFFSOP_ERROR);
	puffs_msgmem_release(park);
}

static void
errno_of_in_is_a_notice_also_if_the_reply_said_eproto_itself(void **state)
{
	struct puffs_msgpark *park = send_c();
	struct fix_frame f;

	(void)state;
	hook.refuse_in = ERANGE;
	fix_take(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, EPROTO), EPROTO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
	assert_int_equal(fix_stats(fix_mount).notices, 1);
	puffs_msgmem_release(park);
}

static void
callers_header_is_safe_from_the_hook(void **state)
{
	struct puffs_msgpark *park = send_c();
	struct puffs_req before = *fix_req(park);
	struct fix_frame f;

	(void)state;
	hook.scribble = 1;
	fix_take(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	before.preq_pth.pth_framelen = 128;
	assert_memory_equal(fix_req(park), &before, sizeof(before));
	puffs_msgmem_release(park);
}

/* What in gets then is the request that was not answered. */
static void
assert_brought_back_unanswered(unsigned times)
{
	assert_int_equal(hook.ins, times);
	assert_int_equal(hook.inlen, 0);
	assert_int_equal(hook.origlen, 128);
	assert_int_equal(hook.in.preq_optype, PUFFS_VN_GETATTR);
	assert_int_equal(hook.in.preq_buflen, 136);
}

static void
message_that_is_not_accepted_is_brought_back(void **state)
{
	struct puffs_msgpark *park = park_of_c();
	int32_t self = puffsmsg_lwp_self();

	(void)state;
	hook.refuse_in = EIO; /* of no importance */
	assert_int_equal(puffsmsg_lwp_kill(self, SIGINT), 0);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
	assert_brought_back_unanswered(1);
	puffs_userdead(fix_mount);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	assert_brought_back_unanswered(2);
	assert_payload(park, 0, 128 - HEADER, 'c');
	puffs_msgmem_release(park);
}

static void
message_that_grew_too_long_is_emsgsize_and_brought_back(void **state)
{
	struct puffs_msgpark *park = fix_park(FIX_MAXFRAME - 8, PUFFSOP_VN, 9);

	(void)state;
	hook.shift = 9;
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EMSGSIZE);
	assert_int_equal(hook.ins, 1);
	hook.shift = 8;
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

static void
message_that_shrank_below_its_header_is_emsgsize_and_brought_back(void **state)
{
	struct puffs_msgpark *park = park_of_c();

	(void)state;
	puffs_msg_setdelta(park, 128 - HEADER);
	hook.shift = -1;
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EMSGSIZE);
	assert_int_equal(hook.ins, 1);
	assert_int_equal(hook.inlen, 0);
	puffs_msgmem_release(park);
}

static void
message_that_the_server_did_not_answer_is_brought_back(void **state)
{
	struct puffs_msgpark *undelivered = send_c(), *dead;
	struct fix_frame f;

	(void)state;
	hook.refuse_in = ERANGE;
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, E2BIG);
	assert_int_equal(puffs_msg_wait(fix_mount, undelivered), E2BIG);
	assert_brought_back_unanswered(1);
	dead = send_c();
	puffs_userdead(fix_mount);
	assert_int_equal(puffs_msg_wait(fix_mount, dead), ENXIO);
	assert_brought_back_unanswered(2);
	puffs_msgmem_release(undelivered);
	puffs_msgmem_release(dead);
}

static void
give_up(struct puffs_msgpark *park)
{
	assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
}

static void
message_that_was_given_up_is_not_brought_back(void **state)
{
	struct puffs_msgpark *touser, *inhand, *replywait;
	struct fix_frame f, held;

	(void)state;
	replywait = send_c();
	fix_take(fix_mount, &f);
	inhand = send_c();
	fix_hold(fix_mount, &held);
	touser = send_c();
	give_up(touser);
	give_up(inhand);
	give_up(replywait);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_reply(fix_mount, &held, 0), 0);
	assert_int_equal(held.data[HEADER], 'c' + 1);
	fix_releaseout(fix_mount, &held, 0);
	assert_int_equal(hook.ins, 0);
	puffs_msgmem_release(touser);
	puffs_msgmem_release(inhand);
	puffs_msgmem_release(replywait);
}

static void
orphan_is_sent_translated(void **state)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN, PUFFS_VN_RECLAIM);
	struct fix_frame f;

	(void)state;
	puffs_msg_enqueue(fix_mount, park);
	give_up(park);
	puffs_msgmem_release(park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, 72);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VN | PUFFSOPFLAG_FAF);
	assert_int_equal(f.req.preq_id, 0);
	assert_int_equal(hook.ins, 0);
}

static void
reuse_does_not_lengthen_the_frame(void **state)
{
	struct puffs_msgpark *park = park_of_c();
	unsigned out = fix_memory_out();
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 5; i++) {
		puffs_msg_enqueue(fix_mount, park);
		fix_take(fix_mount, &f);
		assert_int_equal(f.len, 136);
		assert_int_equal(f.req.preq_buflen, 136);
		assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
		assert_int_equal(fix_memory_out(), out);
	}
	puffs_msgmem_release(park);
}

static void
frame_stays_until_releaseout_when_the_reply_came_first(void **state)
{
	struct puffs_msgpark *park = send_c();
	struct fix_frame f, again;

	(void)state;
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, &again);
	assert_ptr_not_equal(f.data, again.data);
	assert_int_equal(fix_reply(fix_mount, &again, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
	assert_int_equal(f.data[HEADER], 'c' + 1);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(again.data[135], 0);
	fix_releaseout(fix_mount, &again, EIO);
}

static void
frame_stays_until_releaseout_when_the_mount_died_first(void **state)
{
	struct puffs_msgpark *park = send_c();
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	puffs_userdead(fix_mount);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	puffs_msgmem_release(park);
	assert_int_equal(f.data[HEADER], 'c' + 1);
	assert_int_equal(f.data[135], 0);
	fix_releaseout(fix_mount, &f, 0);
}

static void
faf_is_translated_and_brought_back(void **state)
{
	struct puffs_msgpark *park = park_of_c();
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(park);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, 136);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VN | PUFFSOPFLAG_FAF);
	assert_int_equal(f.req.preq_id, 0);
	assert_int_equal(fix_req(park)->preq_opclass, PUFFSOP_VN);
	assert_brought_back_unanswered(1);
	puffs_msgmem_release(park);
}

static void
send_other(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	assert_int_equal(req->preq_pth.pth_framelen, 128);
	assert_int_equal(((uint8_t *)(req + 1))[0], 'c');
	puffs_msg_enqueue(mount, arg);
}

static void
callbacks_get_their_own_message_and_make_out_not_sleep(void **state)
{
	struct puffs_msgpark *park = park_of_c(), *other = fix_getattr();

	(void)state;
	puffs_msg_setcall(park, send_other, other);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(hook.cansleep, 1);
	fix_serve(fix_mount, 0);
	assert_int_equal(hook.outs, 2);
	assert_int_equal(hook.cansleep, 0);
	puffs_msgmem_release(park);
	puffs_msgmem_release(other);
}

static void
out_without_memory_in_a_callback_is_enomem(void **state)
{
	struct puffs_msgpark *other = fix_getattr();
	struct lwp *l = curlwp;

	(void)state;
	l->l_nosleep++;
	fix_memory_fail_after(0, 0);
	puffs_msg_enqueue(fix_mount, other);
	fix_memory_ok();
	l->l_nosleep--;
	assert_int_equal(puffs_msg_wait(fix_mount, other), ENOMEM);
	puffs_msgmem_release(other);
}

static void
answers_to_the_server_are_translated_too(void **state)
{
	struct puffs_req request = { .preq_id = PUFFSMSG_SERVER_ID | 1,
		.preq_opclass = PUFFSOP_FLUSH,
		.preq_pth.pth_framelen = sizeof(request) };
	struct fix_frame f;

	(void)state;
	puffs_msg_sendresp(fix_mount, &request, EIO);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, HEADER + 8);
	assert_true(f.req.preq_id == request.preq_id);
	assert_int_equal(f.req.preq_rv, EIO);
	assert_int_equal(fix_stats(fix_mount).answer_bytes, 0);
}

/*
 * A server's reply may carry flags, and the hook may copy them for a moment
 * into the caller's header: it is a reply all the same, and wait waits for it.
 */
static struct gate scribbled, letgo;

static int
slow_in(void *arg, const struct puffs_req *reply, size_t replylen,
    struct puffs_req *orig, size_t origlen)
{
	(void)arg;
	(void)origlen;
	if (replylen > 0)
		memcpy(orig, reply, HEADER);
	gate_pass(&scribbled);
	gate_await(&letgo, 1);
	return 0;
}

static const struct puffsmsg_translation slow = {
	.size = sizeof(slow),
	.out = hook_out,
	.in = slow_in,
};

struct server {
	struct fix_thread t;
	struct puffs_mount *mount;
	struct fix_frame f;
};

static void
server_main(void *arg)
{
	struct server *s = arg;

	(void)puffsmsg_dispatch(s->mount, s->f.bytes, s->f.len);
}

static void
wait_main(void *arg)
{
	struct fix_waiter *w = arg;

	w->error = puffs_msg_wait(w->mount, w->park);
	w->returned = true;
}

static void
wait_does_not_look_at_the_header_while_it_is_written(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct fix_waiter w = { 0 };
	struct server s = { 0 };

	(void)state;
	gate_init(&scribbled);
	gate_init(&letgo);
	opt.translation = &slow;
	opt.translation_arg = &hook;
	hook.mount = NULL;
	w.mount = s.mount = fix_mount_new(&opt);
	w.park = fix_send(w.mount);
	fix_take(s.mount, &s.f);
	s.f.req.preq_opclass |= PUFFSOPFLAG_ISRESPONSE;
	fix_make_reply(&s.f, EPERM, 0);
	fix_start(&s.t, server_main, &s);
	gate_await(&scribbled, 1);
	fix_start(&w.t, wait_main, &w);
	fix_until_waiting(w.mount, w.park);
	gate_pass(&letgo);
	assert_int_equal(fix_wait_join(&w), EPERM);
	fix_join(&s.t);
	puffs_msgmem_release(w.park);
	fix_mount_free(w.mount);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_for_frames_is_zeroed_and_counted),
		TEST(memory_for_frames_is_null_only_if_it_must_not_sleep),
		TEST(misuse_of_memory_for_frames_is_a_panic),
		TEST(messages_may_grow_shrink_or_keep_their_length),
		TEST(length_of_a_reply_is_in_terms_of_the_callers_message),
		TEST(bytes_to_send_shift_by_as_much),
		TEST(replies_are_bounded_by_the_translated_length),
		TEST(message_may_be_sent_as_it_is),
		TEST(errno_of_out_is_what_wait_returns),
		TEST(
		    errno_of_in_is_eproto_to_the_caller_and_a_notice_to_the_server),
		TEST(
		    errno_of_in_is_a_notice_also_if_the_reply_said_eproto_itself),
		TEST(callers_header_is_safe_from_the_hook),
		TEST(message_that_is_not_accepted_is_brought_back),
		TEST(message_that_grew_too_long_is_emsgsize_and_brought_back),
		TEST(
		    message_that_shrank_below_its_header_is_emsgsize_and_brought_back),
		TEST(message_that_the_server_did_not_answer_is_brought_back),
		TEST(message_that_was_given_up_is_not_brought_back),
		TEST(orphan_is_sent_translated),
		TEST(reuse_does_not_lengthen_the_frame),
		TEST(frame_stays_until_releaseout_when_the_reply_came_first),
		TEST(frame_stays_until_releaseout_when_the_mount_died_first),
		TEST(faf_is_translated_and_brought_back),
		TEST(callbacks_get_their_own_message_and_make_out_not_sleep),
		TEST(out_without_memory_in_a_callback_is_enomem),
		TEST(answers_to_the_server_are_translated_too),
		TEST(wait_does_not_look_at_the_header_while_it_is_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
