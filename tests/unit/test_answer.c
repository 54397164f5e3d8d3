/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/answer.c: what the library tells a server, and how much of it. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "serverreq.h"

#define HDR     sizeof(struct puffs_req)
#define RESERVE 64u /* answers beyond the bound that say ENOBUFS */

/* A mount with these options beside what a test needs. */
static struct puffs_mount *
limited(uint32_t maxanswers, size_t maxbytes)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	opt.maxanswers = maxanswers;
	opt.maxbytes = maxbytes;
	return fix_mount_new(&opt);
}

/* The server asks what is not to be asked; what dispatch says. */
static int
ask(struct puffs_mount *mount, uint64_t n)
{
	return srv_request(mount, PUFFSOP_SUSPEND, HDR, n);
}

/* Makes the server reply something that is refused. */
static void
refused_exchange(struct puffs_mount *mount, int rv)
{
	struct puffs_msgpark *park = fix_send(mount);
	struct fix_frame f;

	do
		fix_take(mount, &f);
	while (f.req.preq_opclass != PUFFSOP_VN);
	assert_int_equal(fix_reply(mount, &f, rv), EPROTO);
	assert_int_equal(puffs_msg_wait(mount, park), EPROTO);
	puffs_msgmem_release(park);
}

static void
a_notice_says_what_and_about_which_node(void **state)
{
	struct puffs_error pe;
	struct fix_frame f;

	(void)state;
	refused_exchange(fix_mount, -5);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, sizeof(pe));
	assert_int_equal(f.req.preq_pth.pth_framelen, sizeof(pe));
	assert_int_equal(f.req.preq_opclass, PUFFSOP_ERROR | PUFFSOPFLAG_FAF);
	assert_int_equal(f.req.preq_optype, PUFFS_ERR_ERROR);
	assert_int_equal(f.req.preq_id, 0);
	assert_int_equal(f.req.preq_cookie64, (uintptr_t)FIX_COOKIE);
	memcpy(&pe, f.bytes, sizeof(pe));
	assert_int_equal(pe.perr_error, -5);
	assert_true(strlen(pe.perr_str) > 0);
	assert_true(strlen(pe.perr_str) < PUFFS_ERROR_STRLEN);
	assert_int_equal(pe.perr_pad, 0);
	assert_int_equal(fix_stats(fix_mount).notices, 1);
	srv_expect_nothing(fix_mount);
}

static void
without_notices_only_the_caller_hears_of_a_refusal(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_mount *mount;

	(void)state;
	opt.flags = PUFFSMSG_MOUNT_NONOTICE;
	mount = fix_mount_new(&opt);
	refused_exchange(mount, -5);
	srv_expect_nothing(mount);
	assert_int_equal(fix_stats(mount).notices, 0);
	assert_int_equal(fix_stats(mount).lost, 0);
	fix_mount_free(mount);
}

static void
notices_beyond_the_bound_are_lost(void **state)
{
	struct puffs_mount *mount = limited(1, 0);

	(void)state;
	assert_int_equal(ask(mount, 1), EPROTO);
	/* Taken by the exchange, and so its room is free again. */
	refused_exchange(mount, -5);
	assert_int_equal(fix_stats(mount).notices, 1);
	assert_int_equal(ask(mount, 2), ENOBUFS);
	srv_expect_notice(mount, -5, (uintptr_t)FIX_COOKIE);
	srv_expect_answer(mount, 2, ENOBUFS);
	fix_mount_free(mount);
}

static void
a_notice_that_finds_no_room_is_lost(void **state)
{
	struct puffs_msgpark *park;
	struct puffs_mount *mount = limited(1, 0);
	struct fix_frame f;

	(void)state;
	park = fix_send(mount);
	fix_take(mount, &f);
	assert_int_equal(ask(mount, 1), EPROTO);
	assert_int_equal(fix_reply(mount, &f, -5), EPROTO);
	assert_int_equal(puffs_msg_wait(mount, park), EPROTO);
	puffs_msgmem_release(park);
	assert_int_equal(fix_stats(mount).notices, 0);
	assert_int_equal(fix_stats(mount).lost, 1);
	srv_expect_answer(mount, 1, EOPNOTSUPP);
	srv_expect_nothing(mount);
	fix_mount_free(mount);
}

static void
a_notice_for_which_there_is_no_memory_is_lost(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_take(fix_mount, &f);
	fix_memory_fail_after(0, 0);
	assert_int_equal(fix_reply(fix_mount, &f, -5), EPROTO);
	fix_memory_ok();
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
	puffs_msgmem_release(park);
	srv_expect_nothing(fix_mount);
	assert_int_equal(fix_stats(fix_mount).lost, 1);
	assert_int_equal(fix_stats(fix_mount).answers, 0);
}

static void
a_server_that_never_reads_is_told_enobufs_and_then_nothing(void **state)
{
	struct puffs_mount *mount = limited(3, 0);
	struct puffsmsg_mount_stats st;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(ask(mount, i), EPROTO);
	for (unsigned i = 0; i < RESERVE + 100; i++)
		assert_int_equal(ask(mount, i), ENOBUFS);
	st = fix_stats(mount);
	assert_int_equal(st.touser, 3 + RESERVE);
	assert_int_equal(st.answers, 3 + RESERVE);
	assert_int_equal(st.answer_bytes, (3 + RESERVE) * HDR);
	assert_int_equal(st.overlimit, RESERVE);
	assert_int_equal(st.lost, 100);
	for (unsigned i = 0; i < 3; i++)
		srv_expect_answer(mount, i, EOPNOTSUPP);
	for (unsigned i = 0; i < RESERVE; i++)
		srv_expect_answer(mount, i, ENOBUFS);
	srv_expect_nothing(mount);
	fix_mount_free(mount);
}

static void
there_is_room_again_when_the_server_has_read(void **state)
{
	struct puffs_mount *mount = limited(1, 0);
	struct fix_frame f;

	(void)state;
	assert_int_equal(ask(mount, 1), EPROTO);
	assert_int_equal(ask(mount, 2), ENOBUFS);
	fix_hold(mount, &f);
	assert_int_equal(ask(mount, 3), ENOBUFS);
	fix_releaseout(mount, &f, 0);
	srv_expect_answer(mount, 2, ENOBUFS);
	srv_expect_answer(mount, 3, ENOBUFS);
	assert_int_equal(fix_stats(mount).answers, 0);
	assert_int_equal(fix_stats(mount).answer_bytes, 0);
	assert_int_equal(ask(mount, 4), EPROTO);
	srv_expect_answer(mount, 4, EOPNOTSUPP);
	fix_mount_free(mount);
}

static void
answers_that_cannot_be_delivered_give_their_room_back(void **state)
{
	struct puffs_mount *mount = limited(1, 0);
	struct fix_frame f;

	(void)state;
	assert_int_equal(ask(mount, 1), EPROTO);
	fix_hold(mount, &f);
	fix_releaseout(mount, &f, EIO);
	assert_int_equal(fix_stats(mount).answers, 0);
	assert_int_equal(ask(mount, 2), EPROTO);
	puffs_userdead(mount);
	assert_int_equal(fix_stats(mount).answers, 0);
	assert_int_equal(fix_stats(mount).answer_bytes, 0);
	assert_int_equal(fix_stats(mount).faf_dead, 1);
	fix_mount_free(mount);
}

static void
bytes_bound_answers_too(void **state)
{
	struct puffs_mount *mount = limited(0, 3 * HDR);

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(ask(mount, i), EPROTO);
	assert_int_equal(ask(mount, 3), ENOBUFS);
	assert_int_equal(fix_stats(mount).overlimit, 1);
	srv_expect_answer(mount, 0, EOPNOTSUPP);
	srv_expect_answer(mount, 1, EOPNOTSUPP);
	assert_int_equal(ask(mount, 4), EPROTO);
	fix_mount_free(mount);
}

static void
bytes_that_are_used_up_leave_the_same_reserve(void **state)
{
	struct puffs_mount *mount = limited(UINT32_MAX, 1);

	(void)state;
	for (unsigned i = 0; i < RESERVE + 7; i++)
		assert_int_equal(ask(mount, i), ENOBUFS);
	assert_int_equal(fix_stats(mount).touser, RESERVE);
	assert_int_equal(fix_stats(mount).lost, 7);
	fix_mount_free(mount);
}

static void
bounds_may_be_as_large_as_they_can_be(void **state)
{
	struct puffs_mount *mount = limited(UINT32_MAX, SIZE_MAX);

	(void)state;
	assert_int_equal(ask(mount, 1), EPROTO);
	srv_expect_answer(mount, 1, EOPNOTSUPP);
	fix_mount_free(mount);
}

static void
messages_that_were_given_up_take_of_the_same_bytes(void **state)
{
	struct puffs_mount *mount = limited(0, 3 * 128);
	struct puffs_msgpark *parks[3];
	struct fix_frame f[3];
	struct fix_waiter w;

	(void)state;
	for (int i = 0; i < 3; i++) {
		parks[i] = fix_send(mount);
		fix_take(mount, &f[i]);
		fix_wait_start(&w, mount, parks[i]);
		fix_kill(&w.t, SIGINT);
		assert_int_equal(fix_wait_join(&w), EINTR);
		puffs_msgmem_release(parks[i]);
	}
	assert_int_equal(ask(mount, 1), ENOBUFS);
	srv_expect_answer(mount, 1, ENOBUFS);
	assert_int_equal(fix_reply(mount, &f[1], 0), 0);
	assert_int_equal(ask(mount, 2), EPROTO);
	srv_expect_answer(mount, 2, EOPNOTSUPP);
	fix_mount_free(mount);
}

static void
without_memory_an_answer_is_lost_and_the_transport_told(void **state)
{
	(void)state;
	fix_memory_fail_after(0, 0);
	assert_int_equal(ask(fix_mount, 1), ENOBUFS);
	assert_int_equal(srv_flush(fix_mount, 2, 2, 0, 0, 0), ENOBUFS);
	fix_memory_ok();
	assert_int_equal(fix_stats(fix_mount).lost, 2);
	assert_int_equal(fix_stats(fix_mount).sopreqs, 0);
	assert_int_equal(fix_stats(fix_mount).answers, 0);
	srv_expect_nothing(fix_mount);
}

static void
a_request_for_which_there_is_no_memory_is_answered_enobufs(void **state)
{
	(void)state;
	fix_memory_fail_once(sizeof(struct puffsmsg__sopreq),
	    sizeof(struct puffsmsg__sopreq) + _Alignof(max_align_t));
	assert_int_equal(srv_flush(fix_mount, 1, 2, 0, 0, 0), ENOBUFS);
	srv_expect_answer(fix_mount, 1, ENOBUFS);
	assert_int_equal(fix_stats(fix_mount).sopreqs, 0);
	assert_int_equal(fix_stats(fix_mount).overlimit, 1);
	assert_int_equal(fix_stats(fix_mount).lost, 0);
}

static void
requests_in_progress_are_bounded(void **state)
{
	struct puffsmsg_mount_options opt;
	struct puffs_mount *mount;
	struct fs fs;

	(void)state;
	fs_init(&fs);
	atomic_store(&fs.block, FS_PURGEALL);
	opt = fs_options(&fs);
	opt.maxsopreqs = 2;
	mount = fix_mount_new(&opt);
	assert_int_equal(srv_flush(mount, 1, 2, 0, 0, 0), 0);
	gate_await(&fs.blocked, 1);
	assert_int_equal(srv_flush(mount, 2, 2, 0, 0, 0), 0);
	assert_int_equal(fix_stats(mount).sopreqs, 2);
	assert_int_equal(srv_flush(mount, 3, 2, 0, 0, 0), ENOBUFS);
	assert_int_equal(srv_request(mount, PUFFSOP_UNMOUNT, HDR, 4), ENOBUFS);
	assert_int_equal(fix_stats(mount).overlimit, 2);
	assert_int_equal(fix_stats(mount).sopreqs, 2);
	srv_expect_answer(mount, 3, ENOBUFS);
	srv_expect_answer(mount, 4, ENOBUFS);
	fs_release(&fs);
	srv_expect_answer(mount, 1, 0);
	srv_expect_answer(mount, 2, 0);
	assert_int_equal(srv_flush(mount, 5, 2, 0, 0, 0), 0);
	srv_expect_answer(mount, 5, 0);
	assert_int_equal(fix_stats(mount).sopreqs, 0);
	fix_mount_free(mount);
}

static void
room_for_an_answer_is_taken_when_its_request_is(void **state)
{
	struct puffsmsg_mount_options opt;
	struct puffs_mount *mount;
	struct fs fs;

	(void)state;
	fs_init(&fs);
	atomic_store(&fs.block, FS_PURGEALL);
	opt = fs_options(&fs);
	opt.maxanswers = 1;
	mount = fix_mount_new(&opt);
	assert_int_equal(srv_flush(mount, 1, 2, 0, 0, 0), 0);
	gate_await(&fs.blocked, 1);
	assert_int_equal(fix_stats(mount).answers, 1);
	assert_int_equal(srv_flush(mount, 2, 2, 0, 0, 0), ENOBUFS);
	assert_int_equal(ask(mount, 3), ENOBUFS);
	fs_release(&fs);
	srv_expect_answer(mount, 2, ENOBUFS);
	srv_expect_answer(mount, 3, ENOBUFS);
	srv_expect_answer(mount, 1, 0);
	fix_mount_free(mount);
}

static void
requests_in_progress_take_of_the_same_bytes(void **state)
{
	struct puffs_mount *mount = limited(0, HDR);

	(void)state;
	assert_int_equal(srv_flush(mount, 1, 2, 0, 0, 0), ENOBUFS);
	srv_expect_answer(mount, 1, ENOBUFS);
	assert_int_equal(ask(mount, 2), EPROTO);
	srv_expect_answer(mount, 2, EOPNOTSUPP);
	fix_mount_free(mount);
}

/* A request as a transport would have received it. */
static struct puffs_req *
received(size_t len)
{
	struct puffs_req *req = malloc(len);
	const uint64_t framelen = len;

	assert_non_null(req);
	memset(req, 0x5a, len);
	/* There may be less of it than its type has: no member access. */
	memcpy(req, &framelen, sizeof(framelen));
	return req;
}

static void
sendresp_answers_with_what_names_the_request(void **state)
{
	struct puffs_req *req = received(HDR);
	struct puffs_req was;
	struct fix_frame f;

	(void)state;
	req->preq_id = SRV_ID(5);
	req->preq_opclass = PUFFSOP_FLUSH | PUFFSOPFLAG_FAF | 0x100;
	req->preq_optype = 17;
	req->preq_cookie64 = 0x1122334455667788;
	was = *req;
	puffs_msg_sendresp(fix_mount, req, ENOTDIR);
	assert_memory_equal(req, &was, HDR);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, HDR);
	assert_int_equal(f.req.preq_id, SRV_ID(5));
	assert_int_equal(f.req.preq_opclass,
	    PUFFSOP_FLUSH | PUFFSOPFLAG_FAF | PUFFSOPFLAG_ISRESPONSE);
	assert_int_equal(f.req.preq_optype, 17);
	assert_int_equal(f.req.preq_cookie64, 0x1122334455667788);
	assert_int_equal(f.req.preq_rv, ENOTDIR);
	assert_int_equal(f.req.preq_setbacks, 0);
	assert_int_equal(f.req.preq_pad, 0);
	assert_int_equal(f.req.preq_buflen, HDR);
	assert_int_equal(fix_stats(fix_mount).answers, 0);
	free(req);
}

static void
sendresp_does_not_read_beyond_what_was_received(void **state)
{
	struct puffs_req *req, expect;
	struct fix_frame f;

	(void)state;
	for (size_t len = 8; len < HDR; len++) {
		req = received(len);
		memset(&expect, 0, sizeof(expect));
		memcpy(&expect, req, len);
		puffs_msg_sendresp(fix_mount, req, EINVAL);
		free(req);
		fix_take(fix_mount, &f);
		assert_int_equal(f.req.preq_id, expect.preq_id);
		assert_int_equal(f.req.preq_cookie64, expect.preq_cookie64);
		assert_int_equal(f.req.preq_optype, expect.preq_optype);
		assert_int_equal(PUFFSOP_OPCLASS(f.req.preq_opclass),
		    PUFFSOP_OPCLASS(expect.preq_opclass));
		assert_int_equal(f.req.preq_setbacks, 0);
		assert_int_equal(f.req.preq_pad, 0);
	}
}

static void
sendresp_reads_a_header_of_longer_requests(void **state)
{
	struct puffs_req *req = received(88);

	(void)state;
	req->preq_id = SRV_ID(6);
	puffs_msg_sendresp(fix_mount, req, 0);
	srv_expect_answer(fix_mount, 6, 0);
	free(req);
}

static void
sendresp_is_never_refused_but_counts(void **state)
{
	struct puffs_mount *mount = limited(2, 0);
	struct puffs_req req = { .preq_id = SRV_ID(7) };

	(void)state;
	req.preq_pth.pth_framelen = HDR;
	for (unsigned i = 0; i < 2 + RESERVE + 5; i++)
		puffs_msg_sendresp(mount, &req, 0);
	assert_int_equal(fix_stats(mount).answers, 2 + RESERVE + 5);
	assert_int_equal(fix_stats(mount).lost, 0);
	assert_int_equal(ask(mount, 1), ENOBUFS);
	assert_int_equal(fix_stats(mount).lost, 1);
	for (unsigned i = 0; i < 2 + RESERVE + 5; i++)
		srv_expect_answer(mount, 7, 0);
	srv_expect_nothing(mount);
	fix_mount_free(mount);
}

static void
sendresp_to_a_lost_server_is_dropped(void **state)
{
	struct puffs_req req = { .preq_id = SRV_ID(7) };

	(void)state;
	puffs_userdead(fix_mount);
	puffs_msg_sendresp(fix_mount, &req, 0);
	assert_int_equal(fix_stats(fix_mount).lost, 1);
	assert_int_equal(fix_stats(fix_mount).answers, 0);
}

static void
respond(void *arg)
{
	struct puffs_req req = { .preq_id = SRV_ID(7) };

	req.preq_pth.pth_framelen = HDR;
	puffs_msg_sendresp(arg, &req, EXDEV);
}

static void
sendresp_waits_for_memory_and_holds_the_mount_meanwhile(void **state)
{
	struct fix_thread t;
	unsigned failed = fix_memory_failed();

	(void)state;
	fix_memory_fail_after(0, 0);
	fix_memory_fail_sized(HDR, HDR + 64);
	fix_start(&t, respond, fix_mount);
	fix_until_failed(failed + 2);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	fix_memory_ok();
	fix_join(&t);
	srv_expect_answer(fix_mount, 7, EXDEV);
}

static void
responding(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)req;
	if (arg != NULL)
		fix_memory_fail_after(0, 0);
	respond(mount);
	fix_memory_ok();
}

static void
exchange_with_callback(void *arg)
{
	struct puffs_msgpark *park = fix_getattr();

	puffs_msg_setcall(park, responding, arg);
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, 0);
	puffs_msgmem_release(park);
}

static void
sendresp_may_be_called_from_callbacks(void **state)
{
	(void)state;
	exchange_with_callback(NULL);
	srv_expect_answer(fix_mount, 7, EXDEV);
}

static void
in_callbacks_sendresp_does_not_wait_for_memory(void **state)
{
	(void)state;
	exchange_with_callback(&fix_mount);
	srv_expect_nothing(fix_mount);
	assert_int_equal(fix_stats(fix_mount).lost, 1);
	assert_int_equal(fix_stats(fix_mount).answers, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_notice_says_what_and_about_which_node),
		TEST(without_notices_only_the_caller_hears_of_a_refusal),
		TEST(notices_beyond_the_bound_are_lost),
		TEST(a_notice_that_finds_no_room_is_lost),
		TEST(a_notice_for_which_there_is_no_memory_is_lost),
		TEST(
		    a_server_that_never_reads_is_told_enobufs_and_then_nothing),
		TEST(there_is_room_again_when_the_server_has_read),
		TEST(answers_that_cannot_be_delivered_give_their_room_back),
		TEST(bytes_bound_answers_too),
		TEST(bytes_that_are_used_up_leave_the_same_reserve),
		TEST(bounds_may_be_as_large_as_they_can_be),
		TEST(messages_that_were_given_up_take_of_the_same_bytes),
		TEST(without_memory_an_answer_is_lost_and_the_transport_told),
		TEST(
		    a_request_for_which_there_is_no_memory_is_answered_enobufs),
		TEST(requests_in_progress_are_bounded),
		TEST(room_for_an_answer_is_taken_when_its_request_is),
		TEST(requests_in_progress_take_of_the_same_bytes),
		TEST(sendresp_answers_with_what_names_the_request),
		TEST(sendresp_does_not_read_beyond_what_was_received),
		TEST(sendresp_reads_a_header_of_longer_requests),
		TEST(sendresp_is_never_refused_but_counts),
		TEST(sendresp_to_a_lost_server_is_dropped),
		TEST(sendresp_waits_for_memory_and_holds_the_mount_meanwhile),
		TEST(sendresp_may_be_called_from_callbacks),
		TEST(in_callbacks_sendresp_does_not_wait_for_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
