/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/dispatch.c: what becomes of a frame, row by row. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "msgif/errnomax.h"
#include "serverreq.h"

#define HDR      sizeof(struct puffs_req)
#define CLASSLEN 26u /* with fewer bytes a frame does not say its class */

static void
expect_unknown(struct puffs_mount *mount, struct fix_frame *f)
{
	uint64_t before = fix_stats(mount).unknown;
	size_t queued = puffs_msgif_waitcount(mount);

	assert_int_equal(fix_dispatch(mount, f), ENOENT);
	assert_int_equal(fix_stats(mount).unknown, before + 1);
	assert_int_equal(puffs_msgif_waitcount(mount), queued);
}

/* That the message still waits for its reply, and gets it. */
static void
expect_waiting(struct puffs_msgpark *park, struct fix_frame *f)
{
	assert_int_equal(park->park_state, PARK_REPLYWAIT);
	assert_int_equal(fix_reply(fix_mount, f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

/* A message on replywait, and what its server has of it. */
static struct puffs_msgpark *
taken(struct fix_frame *f)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	fix_take(fix_mount, f);
	return park;
}

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
a_frame_without_a_whole_length_field_is_malformed(void **state)
{
	struct fix_frame f;

	(void)state;
	for (size_t len = 0; len < 8; len++) {
		srv_frame(&f, PUFFSOP_VN, len, 1);
		assert_int_equal(fix_dispatch(fix_mount, &f), EBADMSG);
		assert_int_equal(fix_stats(fix_mount).malformed, len + 1);
		assert_int_equal(fix_stats(fix_mount).frames, len + 1);
	}
	srv_expect_nothing(fix_mount);
}

static void
a_frame_of_no_bytes_needs_no_memory(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_dispatch(fix_mount, NULL, 0), EBADMSG);
}

static void
a_length_that_is_not_the_received_one_is_malformed(void **state)
{
	static const uint64_t wrong[] = { 0, 7, 8, 55, 56, 57, 127, 129,
		UINT64_C(1) << 31, UINT64_C(1) << 32, (UINT64_C(1) << 32) + 128,
		UINT64_C(1) << 63, UINT64_MAX };
	struct puffs_msgpark *park;
	struct fix_frame f;
	size_t i;

	(void)state;
	park = taken(&f);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		f.req.preq_pth.pth_framelen = wrong[i];
		assert_int_equal(fix_dispatch(fix_mount, &f), EBADMSG);
	}
	assert_int_equal(fix_stats(fix_mount).malformed, i);
	srv_expect_nothing(fix_mount);
	expect_waiting(park, &f);
}

static void
a_malformed_frame_is_malformed_whatever_it_is(void **state)
{
	struct fix_frame f;

	(void)state;
	for (int c = 0; c <= PUFFSOP_OPCMASK; c++) {
		srv_frame(&f, c | PUFFSOPFLAG_ISRESPONSE, 88, 1);
		f.req.preq_pth.pth_framelen = 87;
		assert_int_equal(fix_dispatch(fix_mount, &f), EBADMSG);
	}
	assert_int_equal(fix_stats(fix_mount).unknown, 0);
}

static void
nothing_is_done_unless_the_mount_is_running(void **state)
{
	struct puffs_mount *mount;
	struct fix_frame f;

	(void)state;
	assert_int_equal(puffsmsg_mount_create(NULL, &mount), 0);
	srv_frame(&f, PUFFSOP_FLUSH, 88, 1);
	assert_int_equal(fix_dispatch(mount, &f), ENXIO);
	puffs_userdead(mount);
	assert_int_equal(fix_dispatch(mount, &f), ENXIO);
	f.len = 3;
	assert_int_equal(fix_dispatch(mount, &f), ENXIO);
	assert_int_equal(fix_stats(mount).frames, 0);
	srv_expect_nothing(mount);
	puffsmsg_mount_destroy(mount);
}

/*
 * What the answer to a short frame looks like: zeroes and what was received.
 */
static void
expect_short_answer(const struct fix_frame *sent)
{
	struct puffs_req hdr = { .preq_id = 0 };
	struct fix_frame f;

	memcpy(&hdr, sent->bytes, sent->len);
	srv_next(fix_mount, &f);
	assert_int_equal(f.len, HDR);
	assert_int_equal(f.req.preq_pth.pth_framelen, HDR);
	assert_int_equal(f.req.preq_id, hdr.preq_id);
	assert_int_equal(f.req.preq_cookie64, hdr.preq_cookie64);
	assert_int_equal(f.req.preq_opclass,
	    PUFFSOP_OPCLASS(hdr.preq_opclass) | PUFFSOPFLAG_ISRESPONSE |
		PUFFSOPFLAG_FAF);
	assert_int_equal(f.req.preq_optype, hdr.preq_optype);
	assert_int_equal(f.req.preq_rv, EINVAL);
	assert_int_equal(f.req.preq_setbacks, 0);
	assert_int_equal(f.req.preq_pad, 0);
}

static void
a_short_frame_is_answered_from_zeroes_and_what_was_received(void **state)
{
	struct fix_frame f;

	(void)state;
	for (size_t len = 8; len < HDR; len++) {
		srv_frame(&f, PUFFSOP_FLUSH, HDR, 1);
		memset(f.bytes + 8, 0xd5, HDR - 8);
		f.req.preq_opclass = 0xffc5; /* not ISRESPONSE */
		f.req.preq_pth.pth_framelen = len;
		f.len = len;
		assert_int_equal(fix_dispatch(fix_mount, &f), EPROTO);
		expect_short_answer(&f);
		srv_expect_nothing(fix_mount);
	}
}

static void
a_short_reply_to_nobody_is_answered(void **state)
{
	struct fix_frame f;

	(void)state;
	for (size_t len = CLASSLEN; len < HDR; len++) {
		srv_frame(&f, PUFFSOP_VN, HDR, 1);
		f.req.preq_id = 4711;
		f.req.preq_pth.pth_framelen = f.len = len;
		assert_int_equal(fix_dispatch(fix_mount, &f), EPROTO);
		expect_short_answer(&f);
	}
	assert_int_equal(fix_stats(fix_mount).unknown, 0);
}

static void
a_short_reply_is_its_callers_eproto(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (size_t len = CLASSLEN; len < HDR; len++) {
		park = taken(&f);
		f.req.preq_pth.pth_framelen = f.len = len;
		expect_refused(park, &f, EPROTO);
	}
}

static void
a_frame_too_short_to_name_a_message_concerns_none(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f, cut;

	(void)state;
	park = taken(&f);
	for (size_t len = 8; len < CLASSLEN; len++) {
		cut = f;
		cut.req.preq_pth.pth_framelen = cut.len = len;
		assert_int_equal(fix_dispatch(fix_mount, &cut), EPROTO);
		expect_short_answer(&cut);
	}
	expect_waiting(park, &f);
}

static void
a_short_frame_of_another_class_concerns_no_message(void **state)
{
	static const int classes[] = { 0, PUFFSOP_CACHE, PUFFSOP_ERROR,
		PUFFSOP_FLUSH, PUFFSOP_SUSPEND, PUFFSOP_UNMOUNT };
	struct puffs_msgpark *park;
	struct fix_frame f, cut;

	(void)state;
	park = taken(&f);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		cut = f;
		cut.req.preq_opclass = (uint16_t)classes[i];
		cut.req.preq_pth.pth_framelen = cut.len = HDR - 1;
		assert_int_equal(fix_dispatch(fix_mount, &cut), EPROTO);
		expect_short_answer(&cut);
	}
	expect_waiting(park, &f);
}

static void
responses_are_dropped_and_counted_not_answered(void **state)
{
	static const size_t lens[] = { CLASSLEN, HDR - 1, HDR, 88, 320 };
	struct fix_frame f;

	(void)state;
	for (int c = 0; c <= PUFFSOP_OPCMASK; c++) {
		for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
			srv_frame(&f, c | PUFFSOPFLAG_ISRESPONSE, lens[i], 1);
			expect_unknown(fix_mount, &f);
		}
	}
}

static void
a_response_of_another_class_concerns_no_message(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f, g;

	(void)state;
	park = taken(&f);
	g = f;
	for (int c = 0; c <= PUFFSOP_OPCMASK; c++) {
		if (c == PUFFSOP_VFS || c == PUFFSOP_VN)
			continue;
		g.req.preq_opclass = (uint16_t)(c | PUFFSOPFLAG_ISRESPONSE);
		expect_unknown(fix_mount, &g);
	}
	expect_waiting(park, &f);
}

static void
a_response_with_the_id_of_a_message_in_flight_is_its_reply(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = taken(&f);
	f.req.preq_opclass |= PUFFSOPFLAG_ISRESPONSE;
	expect_waiting(park, &f);
}

static void
a_reply_returns_its_rv_from_wait(void **state)
{
	static const int rvs[] = { 0, 1, ENOENT, PUFFSMSG__ERRNO_MAX };
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(rvs) / sizeof(rvs[0]); i++) {
		park = taken(&f);
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
		park = taken(&f);
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
	park = taken(&f);
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
	park = taken(&f);
	fix_make_reply(&f, 0, 0);
	f.req.preq_optype = PUFFS_VN_LOOKUP;
	expect_refused(park, &f, EPROTO);
	park = taken(&f);
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
	park = taken(&f);
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
	park = taken(&f);
	f.req.preq_opclass |= (uint16_t)~PUFFSOP_OPCMASK;
	expect_waiting(park, &f);
}

static void
a_reply_of_a_header_alone_is_acceptable(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = taken(&f);
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
	park = taken(&f);
	fix_make_reply(&f, 0, 129);
	expect_refused(park, &f, EPROTO);
	park = taken(&f);
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
	park = taken(&f);
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
	park = taken(&f);
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
a_frame_may_lie_at_any_address(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;
	uint8_t *mem;

	(void)state;
	for (size_t off = 0; off < 8; off++) {
		park = taken(&f);
		fix_make_reply(&f, 0, 0);
		f.bytes[127] = 0x42;
		mem = malloc(off + f.len);
		assert_non_null(mem);
		memcpy(mem + off, f.bytes, f.len);
		assert_int_equal(puffsmsg_dispatch(fix_mount, mem + off, f.len),
		    0);
		free(mem);
		assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
		assert_int_equal(fix_payload(park)[127 - HDR], 0x42);
		puffs_msgmem_release(park);
	}
}

static void
ids_that_nobody_waits_for_have_no_effect(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f, g;
	uint64_t id;

	(void)state;
	park = taken(&f);
	id = f.req.preq_id;
	assert_int_not_equal(id, 0);
	for (uint64_t i = 0; i < 64; i++) {
		g = f;
		g.req.preq_id = i % 2 == 0 ? id + 1 + i : id ^ UINT64_C(1) << i;
		expect_unknown(fix_mount, &g);
	}
	g = f;
	g.req.preq_id = 0;
	expect_unknown(fix_mount, &g);
	expect_waiting(park, &f);
}

static void
a_frame_of_zeroes_completes_nothing(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f, zero;

	(void)state;
	park = taken(&f);
	srv_frame(&zero, 0, 128, 1);
	zero.req.preq_id = 0;
	assert_int_equal(fix_dispatch(fix_mount, &zero), EPROTO);
	zero.req.preq_opclass = PUFFSOP_VN;
	expect_unknown(fix_mount, &zero);
	expect_waiting(park, &f);
}

static void
the_id_of_a_message_that_the_server_has_not_read_is_unknown(void **state)
{
	struct puffs_msgpark *first, *second;
	struct fix_frame f, guess;

	(void)state;
	first = taken(&f);
	second = fix_send(fix_mount);
	guess = f;
	guess.req.preq_id = f.req.preq_id + 1;
	fix_make_reply(&guess, 0, 0);
	expect_unknown(fix_mount, &guess);
	expect_waiting(first, &f);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_id, guess.req.preq_id);
	expect_waiting(second, &f);
}

static void
a_second_reply_has_no_effect(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = taken(&f);
	assert_int_equal(fix_reply(fix_mount, &f, EPERM), 0);
	fix_make_reply(&f, 0, 0);
	expect_unknown(fix_mount, &f);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	expect_unknown(fix_mount, &f);
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
	struct puffs_msgpark *park = taken(f);
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
	expect_unknown(fix_mount, &f);
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

static void
a_flush_of_another_length_is_answered_einval(void **state)
{
	static const size_t lens[] = { 56, 64, 87, 89, 96, 4096 };

	(void)state;
	for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		assert_int_equal(srv_request(fix_mount, PUFFSOP_FLUSH, lens[i],
				     i),
		    EPROTO);
		assert_int_equal(fix_stats(fix_mount).sopreqs, 0);
		srv_expect_answer(fix_mount, i, EINVAL);
	}
	srv_expect_nothing(fix_mount);
}

static void
a_flush_is_answered_by_the_sop_thread(void **state)
{
	(void)state;
	assert_int_equal(srv_request(fix_mount, PUFFSOP_FLUSH, 88, 9), 0);
	srv_expect_answer(fix_mount, 9, EINVAL);
	srv_expect_nothing(fix_mount);
}

static void
of_an_unmount_only_id_class_and_length_count(void **state)
{
	static const size_t lens[] = { 56, 57, 64, 320, 8192 };
	struct puffsmsg_mount_options opt;
	struct puffs_mount *mount;
	struct fix_frame f;
	struct fs fs;

	(void)state;
	fs_init(&fs);
	fs.unmount_rv = EBUSY;
	opt = fs_options(&fs);
	mount = fix_mount_new(&opt);
	for (unsigned i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		srv_frame(&f, PUFFSOP_UNMOUNT, lens[i], i);
		memset(f.bytes + 26, 0xa5, lens[i] - 26);
		f.req.preq_cookie64 = UINT64_MAX;
		f.req.preq_opclass |= 0xffd0;
		assert_int_equal(fix_dispatch(mount, &f), 0);
		srv_expect_answer(mount, i, 0);
		gate_await(&fs.called, i + 1);
		/* It serves again once it has been told EBUSY. */
		mutex_enter(&mount->pmp_sop.sop_lock);
		while (mount->pmp_sop.sop_state != SOPST_RUNNING) {
			mutex_exit(&mount->pmp_sop.sop_lock);
			mutex_enter(&mount->pmp_sop.sop_lock);
		}
		mutex_exit(&mount->pmp_sop.sop_lock);
	}
	srv_expect_nothing(mount);
	fix_mount_free(mount);
}

static void
classes_that_are_not_the_servers_are_answered_eopnotsupp(void **state)
{
	static const int classes[] = { 0, PUFFSOP_CACHE, PUFFSOP_ERROR,
		PUFFSOP_SUSPEND };
	static const size_t lens[] = { 56, 88, 320 };

	(void)state;
	for (unsigned i = 0; i < 12; i++) {
		assert_int_equal(srv_request(fix_mount, classes[i % 4],
				     lens[i / 4], i),
		    EPROTO);
		srv_expect_answer(fix_mount, i, EOPNOTSUPP);
	}
	srv_expect_nothing(fix_mount);
}

static void
such_a_frame_with_the_id_of_a_message_does_not_touch_it(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f, g;

	(void)state;
	park = taken(&f);
	g = f;
	g.req.preq_opclass = PUFFSOP_SUSPEND;
	assert_int_equal(fix_dispatch(fix_mount, &g), EPROTO);
	expect_waiting(park, &f);
}

static int
dispatch_trusted(struct puffs_mount *mount, struct fix_frame *f)
{
	return puffs_msgif_dispatch(mount, &f->req.preq_pth);
}

static void
the_trusted_dispatch_completes_messages(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = taken(&f);
	fix_make_reply(&f, EXDEV, 0);
	assert_int_equal(dispatch_trusted(fix_mount, &f), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EXDEV);
	puffs_msgmem_release(park);
}

static void
the_trusted_dispatch_returns_0_always(void **state)
{
	struct fix_frame f;

	(void)state;
	srv_frame(&f, PUFFSOP_VN, HDR, 1);
	assert_int_equal(dispatch_trusted(fix_mount, &f), 0);
	assert_int_equal(fix_stats(fix_mount).unknown, 1);
	srv_frame(&f, PUFFSOP_SUSPEND, HDR, 1);
	assert_int_equal(dispatch_trusted(fix_mount, &f), 0);
	srv_expect_answer(fix_mount, 1, EOPNOTSUPP);
	srv_frame(&f, PUFFSOP_VN, 7, 1);
	assert_int_equal(dispatch_trusted(fix_mount, &f), 0);
	assert_int_equal(fix_stats(fix_mount).malformed, 1);
	puffs_userdead(fix_mount);
	assert_int_equal(dispatch_trusted(fix_mount, &f), 0);
	assert_int_equal(fix_stats(fix_mount).frames, 3);
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
	park = taken(&d.f);
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

static uint64_t references_seen;

static void
see_references(void)
{
	references_seen = fix_stats(fix_mount).references;
}

static void
a_dispatch_that_answers_holds_the_mount(void **state)
{
	static const int classes[] = { PUFFSOP_SUSPEND, PUFFSOP_FLUSH };
	static const size_t lens[] = { 30, 88 };

	(void)state;
	for (int i = 0; i < 4; i++) {
		references_seen = 0;
		fix_memory_hook(see_references);
		(void)srv_request(fix_mount, classes[i % 2], lens[i / 2], 0);
		assert_true(references_seen >= 1);
		srv_next(fix_mount, &(struct fix_frame){ .len = 0 });
	}
	assert_int_equal(fix_stats(fix_mount).references, 0);
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
		TEST(a_frame_without_a_whole_length_field_is_malformed),
		TEST(a_frame_of_no_bytes_needs_no_memory),
		TEST(a_length_that_is_not_the_received_one_is_malformed),
		TEST(a_malformed_frame_is_malformed_whatever_it_is),
		TEST(nothing_is_done_unless_the_mount_is_running),
		TEST(
		    a_short_frame_is_answered_from_zeroes_and_what_was_received),
		TEST(a_short_reply_to_nobody_is_answered),
		TEST(a_short_reply_is_its_callers_eproto),
		TEST(a_frame_too_short_to_name_a_message_concerns_none),
		TEST(a_short_frame_of_another_class_concerns_no_message),
		TEST(responses_are_dropped_and_counted_not_answered),
		TEST(a_response_of_another_class_concerns_no_message),
		TEST(
		    a_response_with_the_id_of_a_message_in_flight_is_its_reply),
		TEST(a_reply_returns_its_rv_from_wait),
		TEST(an_rv_that_is_no_errno_is_refused_and_named_in_the_notice),
		TEST(a_reply_of_another_class_is_refused),
		TEST(a_reply_of_another_type_is_refused),
		TEST(a_wrong_kind_goes_before_a_wrong_rv_in_the_notice),
		TEST(flags_of_a_replys_class_mean_nothing),
		TEST(a_reply_of_a_header_alone_is_acceptable),
		TEST(a_reply_beyond_the_room_is_refused),
		TEST(a_reply_may_use_the_room_that_was_not_sent_and_no_more),
		TEST(of_a_replys_header_only_rv_and_setbacks_reach_the_caller),
		TEST(payload_beyond_what_was_received_keeps_what_it_held),
		TEST(a_refused_reply_leaves_the_callers_message_alone),
		TEST(a_frame_may_lie_at_any_address),
		TEST(ids_that_nobody_waits_for_have_no_effect),
		TEST(a_frame_of_zeroes_completes_nothing),
		TEST(
		    the_id_of_a_message_that_the_server_has_not_read_is_unknown),
		TEST(a_second_reply_has_no_effect),
		TEST(a_reply_before_releaseout_is_honoured),
		TEST(the_reply_to_an_abandoned_message_is_taken_silently),
		TEST(a_short_reply_to_an_abandoned_message_is_taken_silently),
		TEST(a_flush_of_another_length_is_answered_einval),
		TEST(a_flush_is_answered_by_the_sop_thread),
		TEST(of_an_unmount_only_id_class_and_length_count),
		TEST(classes_that_are_not_the_servers_are_answered_eopnotsupp),
		TEST(such_a_frame_with_the_id_of_a_message_does_not_touch_it),
		TEST(the_trusted_dispatch_completes_messages),
		TEST(the_trusted_dispatch_returns_0_always),
		TEST(a_reply_that_the_hook_does_not_understand_is_refused),
		TEST(a_dispatch_that_refuses_holds_the_mount_to_its_end),
		TEST(a_dispatch_that_answers_holds_the_mount),
		TEST(many_servers_answer_many_messages_each_with_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
