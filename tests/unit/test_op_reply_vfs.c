/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_reply_vfs.c */

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
test_statvfs(void **state)
{
	struct puffs_vfsmsg_statvfs *m = frame_new(sizeof(*m));
	struct puffsmsg_statvfs sb;

	(void)state;
	memset(&sb, 'n', sizeof(sb));
	sb.f_bsize = 4096;
	puffsmsg_op_build_statvfs(m, sizeof(*m));
	assert_int_equal(puffsmsg_op_reply_statvfs(m, sizeof(*m) - 1, NULL,
			     &sb),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_reply_statvfs(m, sizeof(*m), &replylen,
			     &sb),
	    0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(m->pvfsr_sb.f_bsize, 4096);
	assert_int_equal(strlen(m->pvfsr_sb.f_fstypename), 31);
	assert_int_equal(strlen(m->pvfsr_sb.f_mntonname), 1023);
	assert_int_equal(strlen(m->pvfsr_sb.f_mntfromname), 1023);
	assert_ptr_equal(puffsmsg_op_result_statvfs(m, replylen), m);
	free(m);
}

static void
test_handle(void **state)
{
	size_t len = PUFFSMSG_NODETOFH_SIZE(10), n;
	struct puffs_vfsmsg_nodetofh *m = frame_new(len);
	const void *data;

	(void)state;
	puffsmsg_op_build_nodetofh(m, len, 1, 10);
	assert_int_equal(puffsmsg_op_reply_handle(m, len, &replylen, "handle",
			     6),
	    0);
	assert_answered(m, PUFFSMSG_NODETOFH_SIZE(6));
	assert_int_equal(puffsmsg_op_result_data(m, replylen, 10, &data, &n),
	    0);
	assert_int_equal(n, 6);
	assert_memory_equal(data, "handle", 6);
	assert_ptr_equal(puffsmsg_op_result_nodetofh(m, replylen), m);
	free(m);
}

static void
test_handle_too_long(void **state)
{
	size_t len = PUFFSMSG_NODETOFH_SIZE(10);
	struct puffs_vfsmsg_nodetofh *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_nodetofh(m, len, 1, 5);
	assert_int_equal(puffsmsg_op_reply_handle(m, len, NULL, "handle", 6),
	    EMSGSIZE);
	m->pvfsr_dsize = UINT64_MAX;
	assert_int_equal(puffsmsg_op_reply_handle(m, len, NULL,
			     "handle-toolong", 11),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_reply_handle(m, len - 5, NULL, "handle",
			     6),
	    EMSGSIZE);
	m->pvfsr_pr.preq_buflen = len - 5;
	assert_int_equal(puffsmsg_op_reply_handle(m, len, NULL, "handle", 6),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_reply_handle(m, sizeof(*m) - 1, NULL, "",
			     0),
	    EMSGSIZE);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statvfs),
		cmocka_unit_test(test_handle),
		cmocka_unit_test(test_handle_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
