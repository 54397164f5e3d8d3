/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_reply_taken.c */

#include "opframe.h"

static size_t replylen;

static void
assert_answered(const void *frame, size_t len)
{
	const struct puffs_req *req = frame;

	assert_int_equal(replylen, len);
	assert_int_equal(req->preq_pth.pth_framelen, len);
	assert_int_equal(req->preq_rv, 0);
}

static void
test_write(void **state)
{
	size_t len = PUFFSMSG_RW_SIZE(10), taken;
	struct puffs_vnmsg_rw *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_write(m, len, 1, 0, "0123456789", 10, 0, NULL);
	assert_int_equal(puffsmsg_op_reply_taken(m, len, NULL, 11), EINVAL);
	assert_int_equal(puffsmsg_op_reply_taken(m, sizeof(*m) - 1, NULL, 7),
	    EMSGSIZE);
	assert_int_equal(m->pvnr_resid, 10);
	assert_int_equal(puffsmsg_op_reply_taken(m, len, &replylen, 7), 0);
	/* Shorter than the request. */
	assert_answered(m, 168);
	assert_int_equal(m->pvnr_resid, 3);
	assert_int_equal(puffsmsg_op_result_taken(m, replylen, 10, &taken), 0);
	assert_int_equal(taken, 7);
	free(m);
}

static void
test_setextattr(void **state)
{
	size_t len = PUFFSMSG_SETEXTATTR_SIZE(5), taken;
	struct puffs_vnmsg_setextattr *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_setextattr(m, len, 1, 0, "a", "value", 5, NULL);
	assert_int_equal(puffsmsg_op_reply_taken(m, len, NULL, 6), EINVAL);
	assert_int_equal(puffsmsg_op_reply_taken(m, sizeof(*m) - 1, NULL, 5),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_reply_taken(m, len, &replylen, 5), 0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(puffsmsg_op_result_taken(m, replylen, 5, &taken), 0);
	assert_int_equal(taken, 5);
	free(m);
}

static void
test_refused(void **state)
{
	void *m = frame_of(4096, PUFFSOP_VN, PUFFS_VN_READ);

	(void)state;
	assert_int_equal(puffsmsg_op_reply_taken(m, 4096, NULL, 0), EINVAL);
	assert_int_equal(puffsmsg_op_reply_taken(m, HEADER - 1, NULL, 0),
	    EMSGSIZE);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_setextattr),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
