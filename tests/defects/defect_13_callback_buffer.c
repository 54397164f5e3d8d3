/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a completion callback is given to read.
 *
 * The original gives it the server's frame if there was a reply, however short
 * that is, and the request's own message if the server was lost: a callback
 * that reads its message reads beyond a short reply.  It must be the request's
 * own message always, as long as it was allocated.
 */

#include <string.h>

#include "edge.h"
#include "serverreq.h"

#define LEN 128u /* of fix_getattr */

/* What the callback was given, and what it read if that is its own message. */
struct call {
	struct puffs_msgpark *park;
	unsigned times;
	const struct puffs_req *req;
	uint8_t message[LEN];
};

static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct call *c = arg;

	(void)mount;
	c->times++;
	c->req = req;
	if (req == fix_req(c->park))
		memcpy(c->message, req, LEN);
}

/* A message with a callback, in hand, its payload full of 'c'. */
static void
call_send(struct call *c, struct fix_frame *f)
{
	struct puffs_msgpark *park = fix_getattr();

	memset(c, 0, sizeof(*c));
	c->park = park;
	memset(fix_payload(park), 'c', LEN - sizeof(struct puffs_req));
	puffs_msg_setcall(park, callback, c);
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, f);
}

/*
 * It was called once, with the park's message: its first `replied' bytes of
 * payload are the reply's 's', the rest is as it was sent.
 */
static void
expect_call(struct call *c, int rv, size_t replied)
{
	const size_t hdr = sizeof(struct puffs_req);
	struct puffs_req seen;

	assert_int_equal(c->times, 1);
	assert_ptr_equal(c->req, fix_req(c->park));
	memcpy(&seen, c->message, hdr);
	assert_int_equal(seen.preq_rv, rv);
	for (size_t i = 0; i < LEN - hdr; i++)
		assert_int_equal(c->message[hdr + i], i < replied ? 's' : 'c');
	puffs_msgmem_release(c->park);
}

static void
defect_13_a_reply_of_any_length(void **state)
{
	const size_t hdr = sizeof(struct puffs_req);
	struct fix_frame f;
	struct call c;
	struct edge e;
	void *frame;

	(void)state;
	for (size_t len = hdr; len <= LEN; len++) {
		call_send(&c, &f);
		fix_releaseout(fix_mount, &f, 0);
		memset(f.bytes + hdr, 's', LEN - hdr);
		fix_make_reply(&f, ENOENT, len);
		frame = edge_copy(&e, f.bytes, len);
		assert_int_equal(puffsmsg_dispatch(fix_mount, frame, len), 0);
		expect_call(&c, ENOENT, len - hdr);
		edge_free(&e);
	}
}

static void
defect_13_a_refused_reply(void **state)
{
	const size_t lens[] = { 26, sizeof(struct puffs_req) - 1, LEN + 1 };
	struct fix_frame f;
	struct call c;
	struct edge e;
	void *frame;

	(void)state;
	for (int i = 0; i < 3; i++) {
		call_send(&c, &f);
		fix_releaseout(fix_mount, &f, 0);
		memset(f.bytes + sizeof(f.req), 's', LEN);
		fix_make_reply(&f, 0, lens[i]);
		frame = edge_copy(&e, f.bytes, lens[i]);
		assert_int_equal(puffsmsg_dispatch(fix_mount, frame, lens[i]),
		    EPROTO);
		expect_call(&c, EPROTO, 0);
		edge_free(&e);
		srv_expect_notice(fix_mount, EPROTO, (uintptr_t)FIX_COOKIE);
	}
}

static void
defect_13_no_reply(void **state)
{
	struct fix_frame f;
	struct call c;

	(void)state;
	call_send(&c, &f);
	fix_releaseout(fix_mount, &f, EIO);
	expect_call(&c, EIO, 0);
	call_send(&c, &f);
	fix_releaseout(fix_mount, &f, 0);
	puffs_userdead(fix_mount);
	expect_call(&c, ENXIO, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_13_a_reply_of_any_length),
		TEST(defect_13_a_refused_reply),
		TEST(defect_13_no_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
