/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/dispatch.c: what becomes of a frame, row by row; but replies. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "serverreq.h"

#define HDR      sizeof(struct puffs_req)
#define CLASSLEN 26u /* with fewer bytes a frame does not say its class */

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
	park = srv_taken(&f);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		f.req.preq_pth.pth_framelen = wrong[i];
		assert_int_equal(fix_dispatch(fix_mount, &f), EBADMSG);
	}
	assert_int_equal(fix_stats(fix_mount).malformed, i);
	srv_expect_nothing(fix_mount);
	srv_expect_awaited(park, &f);
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
a_frame_too_short_to_name_a_message_concerns_none(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f, cut;

	(void)state;
	park = srv_taken(&f);
	for (size_t len = 8; len < CLASSLEN; len++) {
		cut = f;
		cut.req.preq_pth.pth_framelen = cut.len = len;
		assert_int_equal(fix_dispatch(fix_mount, &cut), EPROTO);
		expect_short_answer(&cut);
	}
	srv_expect_awaited(park, &f);
}

static void
a_short_frame_of_another_class_concerns_no_message(void **state)
{
	static const int classes[] = { 0, PUFFSOP_CACHE, PUFFSOP_ERROR,
		PUFFSOP_FLUSH, PUFFSOP_SUSPEND, PUFFSOP_UNMOUNT };
	struct puffs_msgpark *park;
	struct fix_frame f, cut;

	(void)state;
	park = srv_taken(&f);
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		cut = f;
		cut.req.preq_opclass = (uint16_t)classes[i];
		cut.req.preq_pth.pth_framelen = cut.len = HDR - 1;
		assert_int_equal(fix_dispatch(fix_mount, &cut), EPROTO);
		expect_short_answer(&cut);
	}
	srv_expect_awaited(park, &f);
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
			srv_expect_unknown(fix_mount, &f);
		}
	}
}

static void
a_response_of_another_class_concerns_no_message(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f, g;

	(void)state;
	park = srv_taken(&f);
	g = f;
	for (int c = 0; c <= PUFFSOP_OPCMASK; c++) {
		if (c == PUFFSOP_VFS || c == PUFFSOP_VN)
			continue;
		g.req.preq_opclass = (uint16_t)(c | PUFFSOPFLAG_ISRESPONSE);
		srv_expect_unknown(fix_mount, &g);
	}
	srv_expect_awaited(park, &f);
}

static void
a_response_with_the_id_of_a_message_in_flight_is_its_reply(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	f.req.preq_opclass |= PUFFSOPFLAG_ISRESPONSE;
	srv_expect_awaited(park, &f);
}

static void
a_frame_may_lie_at_any_address(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;
	uint8_t *mem;

	(void)state;
	for (size_t off = 0; off < 8; off++) {
		park = srv_taken(&f);
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
a_frame_of_zeroes_completes_nothing(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f, zero;

	(void)state;
	park = srv_taken(&f);
	srv_frame(&zero, 0, 128, 1);
	zero.req.preq_id = 0;
	assert_int_equal(fix_dispatch(fix_mount, &zero), EPROTO);
	zero.req.preq_opclass = PUFFSOP_VN;
	srv_expect_unknown(fix_mount, &zero);
	srv_expect_awaited(park, &f);
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
	park = srv_taken(&f);
	g = f;
	g.req.preq_opclass = PUFFSOP_SUSPEND;
	assert_int_equal(fix_dispatch(fix_mount, &g), EPROTO);
	srv_expect_awaited(park, &f);
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
	park = srv_taken(&f);
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
		TEST(a_frame_too_short_to_name_a_message_concerns_none),
		TEST(a_short_frame_of_another_class_concerns_no_message),
		TEST(responses_are_dropped_and_counted_not_answered),
		TEST(a_response_of_another_class_concerns_no_message),
		TEST(
		    a_response_with_the_id_of_a_message_in_flight_is_its_reply),
		TEST(a_frame_may_lie_at_any_address),
		TEST(a_frame_of_zeroes_completes_nothing),
		TEST(a_flush_of_another_length_is_answered_einval),
		TEST(a_flush_is_answered_by_the_sop_thread),
		TEST(of_an_unmount_only_id_class_and_length_count),
		TEST(classes_that_are_not_the_servers_are_answered_eopnotsupp),
		TEST(such_a_frame_with_the_id_of_a_message_does_not_touch_it),
		TEST(the_trusted_dispatch_completes_messages),
		TEST(the_trusted_dispatch_returns_0_always),
		TEST(a_dispatch_that_answers_holds_the_mount),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
