/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a reply does to its request's header, and what it tells the caller.
 *
 * The original copies the whole header of the reply over the caller's, looks
 * at no rv, and takes a bare header for a success, after which the caller
 * reads its own request as the answer.  Of the header rv and setbacks alone
 * may reach the caller, rv must be 0 or an errno, and the caller must be told
 * how much was received.
 */

#include <string.h>

#include <puffsmsg/op.h>

#include "msgif/errnomax.h"
#include "serverreq.h"

/*
 * All fields of the reply's header that say nothing, filled with garbage.
 */
static void
spoil(struct puffs_req *req)
{
	req->preq_cookie64 = 0x4343434343434343;
	req->preq_opclass |= PUFFSOPFLAG_FAF | 0xff00;
	req->preq_pid = 0x44444444;
	req->preq_lid = 0x45454545;
	req->preq_buflen = 0x4141414141414141;
}

static void
assert_own_header(const struct puffs_req *now, const struct puffs_req *before)
{
	assert_int_equal(now->preq_id, before->preq_id);
	assert_int_equal(now->preq_cookie64, before->preq_cookie64);
	assert_int_equal(now->preq_opclass, before->preq_opclass);
	assert_int_equal(now->preq_optype, before->preq_optype);
	assert_int_equal(now->preq_pid, before->preq_pid);
	assert_int_equal(now->preq_lid, before->preq_lid);
	assert_int_equal(now->preq_buflen, before->preq_buflen);
}

static void
defect_11_the_callers_header_stays_its_own(void **state)
{
	struct puffs_msgpark *park;
	struct puffs_req before;
	struct fix_frame f;

	(void)state;
	park = srv_taken(&f);
	before = *fix_req(park);
	fix_make_reply(&f, ENOENT, 0);
	spoil(&f.req);
	f.req.preq_setbacks = PUFFS_SETBACK_NOREF_N1;
	f.bytes[sizeof(f.req)] = 0x55;
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENOENT);
	assert_own_header(fix_req(park), &before);
	assert_int_equal(fix_req(park)->preq_rv, ENOENT);
	assert_int_equal(fix_req(park)->preq_setbacks, PUFFS_SETBACK_NOREF_N1);
	assert_int_equal(fix_payload(park)[0], 0x55);
	puffs_msgmem_release(park);
}

/* The header that a callback sees. */
static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	*(struct puffs_req *)arg = *req;
}

static void
defect_11_a_callbacks_header_stays_its_own(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct puffs_req before, seen;
	struct fix_frame f;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	puffs_msg_setcall(park, callback, &seen);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	before = *fix_req(park);
	fix_make_reply(&f, EPERM, 0);
	spoil(&f.req);
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_own_header(&seen, &before);
	assert_int_equal(seen.preq_rv, EPERM);
	puffs_msgmem_release(park);
}

static const int32_t bad_rvs[] = { -1, -12345, INT32_MIN,
	PUFFSMSG__ERRNO_MAX + 1, INT32_MAX };
#define NBAD (sizeof(bad_rvs) / sizeof(bad_rvs[0]))

static void
defect_11_an_rv_that_is_no_errno_is_eproto(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (size_t i = 0; i < NBAD; i++) {
		park = srv_taken(&f);
		fix_make_reply(&f, bad_rvs[i], 0);
		assert_int_equal(fix_dispatch(fix_mount, &f), EPROTO);
		assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
		assert_int_equal(fix_req(park)->preq_rv, EPROTO);
		puffs_msgmem_release(park);
		srv_expect_notice(fix_mount, bad_rvs[i], (uintptr_t)FIX_COOKIE);
	}
	assert_int_equal(fix_stats(fix_mount).refused, NBAD);
}

/*
 * The request carries attributes where the answer would: taken at its full
 * length, it is a result.  The length that was received says that there is
 * none.
 */
static void
defect_11_a_bare_header_is_no_answer(void **state)
{
	const size_t hdr = sizeof(struct puffs_req);
	const size_t len = sizeof(struct puffs_vnmsg_setgetattr);
	struct puffs_msgpark *park;
	struct puffs_req *req;
	struct fix_frame f;

	(void)state;
	park = fix_park(len, PUFFSOP_VN, PUFFS_VN_SETATTR);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	fix_make_reply(&f, 0, hdr);
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	req = fix_req(park);
	assert_non_null(puffsmsg_op_result_setattr(req, len));
	assert_int_equal(req->preq_pth.pth_framelen, hdr);
	assert_null(puffsmsg_op_result_setattr(req,
	    (size_t)req->preq_pth.pth_framelen));
	puffs_msgmem_release(park);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_11_the_callers_header_stays_its_own),
		TEST(defect_11_a_callbacks_header_stays_its_own),
		TEST(defect_11_an_rv_that_is_no_errno_is_eproto),
		TEST(defect_11_a_bare_header_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
