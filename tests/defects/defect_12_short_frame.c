/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A frame that is shorter than a header.
 *
 * The original answers it with an error, and copies a whole header from it for
 * that: it reads beyond the frame, and what lies there goes to the server.
 * The answer must be made of what was received, and of zeroes.
 */

#include <string.h>

#include "edge.h"
#include "serverreq.h"

#define HDR      sizeof(struct puffs_req)
#define CLASSLEN 26u /* with fewer bytes a frame does not say its class */
#define SECRET   0xa5

/* The server's request, of which it sends `len' bytes. */
static void
make_request(struct puffs_req *req, size_t len)
{
	memset(req, 0x11, sizeof(*req));
	req->preq_pth.pth_framelen = len;
	req->preq_id = SRV_ID(0x1111111111);
	req->preq_opclass = PUFFSOP_SUSPEND;
}

/* The answer is made of the first `len' bytes of the request. */
static void
expect_answer(const struct puffs_req *req, size_t len, int rv)
{
	struct puffs_req known;
	struct fix_frame f;

	memset(&known, 0, sizeof(known));
	memcpy(&known, req, len);
	srv_next(fix_mount, &f);
	assert_int_equal(f.len, HDR);
	assert_int_equal(f.req.preq_pth.pth_framelen, HDR);
	assert_int_equal(f.req.preq_id, known.preq_id);
	assert_int_equal(f.req.preq_cookie64, known.preq_cookie64);
	assert_int_equal(PUFFSOP_OPCLASS(f.req.preq_opclass),
	    PUFFSOP_OPCLASS(known.preq_opclass));
	assert_int_equal(f.req.preq_optype, known.preq_optype);
	assert_int_equal(f.req.preq_rv, rv);
	assert_int_equal(f.req.preq_setbacks, 0);
	assert_int_equal(f.req.preq_buflen, HDR);
	srv_expect_nothing(fix_mount);
}

/* Nothing behind the frame is touched. */
static void
defect_12_dispatch_reads_what_was_received(void **state)
{
	struct puffs_req req;
	struct edge e;
	void *frame;

	(void)state;
	for (size_t len = 0; len < HDR; len++) {
		make_request(&req, len);
		frame = edge_copy(&e, &req, len);
		if (len < sizeof(struct putter_hdr)) {
			assert_int_equal(puffsmsg_dispatch(fix_mount, frame,
					     len),
			    EBADMSG);
			srv_expect_nothing(fix_mount);
		} else {
			assert_int_equal(puffsmsg_dispatch(fix_mount, frame,
					     len),
			    EPROTO);
			expect_answer(&req, len, EINVAL);
		}
		edge_free(&e);
	}
}

/* Nothing behind the frame is told, where there is something. */
static void
defect_12_answers_have_zeroes_for_the_rest(void **state)
{
	uint8_t memory[2 * HDR];
	struct puffs_req req;

	(void)state;
	for (size_t len = sizeof(struct putter_hdr); len < HDR; len++) {
		make_request(&req, len);
		memset(memory, SECRET, sizeof(memory));
		memcpy(memory, &req, len);
		assert_int_equal(puffsmsg_dispatch(fix_mount, memory, len),
		    EPROTO);
		expect_answer(&req, len, EINVAL);
	}
}

/* The program that embeds the library answers a short request itself. */
static void
defect_12_sendresp_reads_what_was_received(void **state)
{
	struct puffs_req req, *short_req;
	struct edge e;

	(void)state;
	for (size_t len = sizeof(struct putter_hdr); len < HDR; len += 8) {
		make_request(&req, len);
		short_req = edge_copy(&e, &req, len);
		puffs_msg_sendresp(fix_mount, short_req, EOPNOTSUPP);
		expect_answer(&req, len, EOPNOTSUPP);
		edge_free(&e);
	}
}

/* A short reply to a request that is in flight ends it, and is no answer. */
static void
defect_12_a_short_reply_is_refused(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;
	struct edge e;
	void *frame;

	(void)state;
	for (size_t len = CLASSLEN; len < HDR; len++) {
		park = srv_taken(&f);
		fix_make_reply(&f, 0, len);
		frame = edge_copy(&e, f.bytes, len);
		assert_int_equal(puffsmsg_dispatch(fix_mount, frame, len),
		    EPROTO);
		assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
		puffs_msgmem_release(park);
		srv_expect_notice(fix_mount, EPROTO, (uintptr_t)FIX_COOKIE);
		edge_free(&e);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_12_dispatch_reads_what_was_received),
		TEST(defect_12_answers_have_zeroes_for_the_rest),
		TEST(defect_12_sendresp_reads_what_was_received),
		TEST(defect_12_a_short_reply_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
