/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A reply with the right id, and otherwise to something else.
 *
 * The original compares nothing but the id: a request of class VFS is
 * completed by a reply of class VN and of another type, with a cookie of
 * nobody's.  Class and type must be the request's, or it ends with EPROTO and
 * its message stays the caller's own.
 */

#include <string.h>

#include "serverreq.h"

/* What is asked, and what the server's reply says that it answers. */
struct mismatch {
	int opclass, type;
	int replyclass, replytype;
};
static const struct mismatch mismatches[] = {
	/* both differ */
	{ PUFFSOP_VFS, PUFFS_VFS_FHTOVP, PUFFSOP_VN, PUFFS_VN_LOOKUP },
	{ PUFFSOP_VN, PUFFS_VN_READ, PUFFSOP_VFS, PUFFS_VFS_MOUNT },
	/* the class alone */
	{ PUFFSOP_VFS, PUFFS_VFS_FHTOVP, PUFFSOP_VN, PUFFS_VFS_FHTOVP },
	{ PUFFSOP_VN, PUFFS_VN_READ, PUFFSOP_VFS, PUFFS_VN_READ },
	/* the type alone */
	{ PUFFSOP_VN, PUFFS_VN_READ, PUFFSOP_VN, PUFFS_VN_WRITE },
	{ PUFFSOP_VN, PUFFS_VN_READ, PUFFSOP_VN, PUFFS_VN_READ | 0x100 },
	{ PUFFSOP_VFS, PUFFS_VFS_SYNC, PUFFSOP_VFS, PUFFS_VFS_MOUNT },
};
#define NMISMATCHES (sizeof(mismatches) / sizeof(mismatches[0]))

static void
make_reply(const struct mismatch *m, struct fix_frame *f)
{
	fix_make_reply(f, 0, 0);
	f->req.preq_opclass = (uint16_t)m->replyclass;
	f->req.preq_optype = (uint16_t)m->replytype;
	f->req.preq_cookie64 = 0xbadc00c1e;
	f->bytes[sizeof(f->req)] = 0x55;
}

static struct puffs_msgpark *
request(const struct mismatch *m)
{
	struct puffs_msgpark *park = fix_park(128, m->opclass, m->type);

	fix_payload(park)[0] = 0x77;
	return park;
}

/* Nothing of the reply has reached the message. */
static void
assert_untouched(const struct mismatch *m, struct puffs_msgpark *park)
{
	struct puffs_req *req = fix_req(park);

	assert_int_equal(req->preq_opclass, m->opclass);
	assert_int_equal(req->preq_optype, m->type);
	assert_int_equal(req->preq_cookie64, (uintptr_t)FIX_COOKIE);
	assert_int_equal(fix_payload(park)[0], 0x77);
}

static void
defect_09_wait_is_eproto(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (size_t i = 0; i < NMISMATCHES; i++) {
		park = request(&mismatches[i]);
		puffs_msg_enqueue(fix_mount, park);
		fix_take(fix_mount, &f);
		make_reply(&mismatches[i], &f);
		assert_int_equal(fix_dispatch(fix_mount, &f), EPROTO);
		assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
		assert_untouched(&mismatches[i], park);
		puffs_msgmem_release(park);
		srv_expect_notice(fix_mount, EPROTO, (uintptr_t)FIX_COOKIE);
	}
	assert_int_equal(fix_stats(fix_mount).refused, NMISMATCHES);
	assert_int_equal(fix_stats(fix_mount).replied, 0);
}

static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	*(int *)arg = req->preq_rv;
}

static void
defect_09_a_callback_has_eproto(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;
	int rv;

	(void)state;
	for (size_t i = 0; i < NMISMATCHES; i++) {
		rv = -1;
		park = request(&mismatches[i]);
		puffs_msg_setcall(park, callback, &rv);
		puffs_msg_enqueue(fix_mount, park);
		fix_take(fix_mount, &f);
		make_reply(&mismatches[i], &f);
		(void)fix_dispatch(fix_mount, &f);
		assert_int_equal(rv, EPROTO);
		assert_untouched(&mismatches[i], park);
		puffs_msgmem_release(park);
		srv_expect_notice(fix_mount, EPROTO, (uintptr_t)FIX_COOKIE);
	}
}

/* The right reply does complete each of these requests. */
static void
defect_09_the_requests_own_class_and_type_complete_it(void **state)
{
	const struct mismatch *m = mismatches;
	struct puffs_msgpark *park;

	(void)state;
	for (size_t i = 0; i < NMISMATCHES; i++) {
		park = request(&m[i]);
		puffs_msg_enqueue(fix_mount, park);
		fix_serve(fix_mount, 0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
		puffs_msgmem_release(park);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_09_wait_is_eproto),
		TEST(defect_09_a_callback_has_eproto),
		TEST(defect_09_the_requests_own_class_and_type_complete_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
