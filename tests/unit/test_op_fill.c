/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_fill.c */

#include "opframe.h"

static struct puffsmsg_op_fill fill;
static size_t replylen;

static struct puffs_vnmsg_rw *
a_read(size_t room)
{
	size_t len = PUFFSMSG_RW_SIZE(room);
	struct puffs_vnmsg_rw *m = frame_new(len);

	assert_int_equal(puffsmsg_op_build_read(m, len, 1, 0, room, 0, NULL),
	    0);
	return m;
}

static void
test_read(void **state)
{
	struct puffs_vnmsg_rw *m = a_read(10);
	const void *data;
	size_t n;

	(void)state;
	m->pvn_pr.preq_rv = 5;
	assert_int_equal(puffsmsg_op_fill_begin(&fill, m, PUFFSMSG_RW_SIZE(10)),
	    0);
	assert_ptr_equal(fill.next, puffsmsg_rw_data(m));
	assert_int_equal(fill.left, 10);
	assert_int_equal(puffsmsg_op_fill_bytes(&fill, "abc", 3), 0);
	assert_int_equal(puffsmsg_op_fill_bytes(&fill, "defgh", 5), 0);
	assert_int_equal(puffsmsg_op_fill_bytes(&fill, "ijk", 3), EMSGSIZE);
	assert_int_equal(puffsmsg_op_fill_bytes(&fill, NULL, 0), 0);
	assert_int_equal(m->pvnr_resid, 10);
	assert_int_equal(puffsmsg_op_fill_end(&fill, &replylen), 0);
	assert_int_equal(replylen, PUFFSMSG_RW_SIZE(8));
	assert_int_equal(m->pvn_pr.preq_pth.pth_framelen, replylen);
	assert_int_equal(m->pvn_pr.preq_rv, 0);
	assert_int_equal(m->pvnr_resid, 2);
	assert_int_equal(puffsmsg_op_result_data(m, replylen, 10, &data, &n),
	    0);
	assert_int_equal(n, 8);
	assert_memory_equal(data, "abcdefgh", 8);
	free(m);
}

static void
test_in_place(void **state)
{
	struct puffs_vnmsg_rw *m = a_read(10);

	(void)state;
	puffsmsg_op_fill_begin(&fill, m, PUFFSMSG_RW_SIZE(10));
	memset(fill.next, 'x', fill.left);
	puffsmsg_op_fill_used(&fill, 4);
	assert_int_equal(fill.left, 6);
	assert_ptr_equal(fill.next, (char *)puffsmsg_rw_data(m) + 4);
	/* More than was left cannot be used. */
	puffsmsg_op_fill_used(&fill, 7);
	assert_int_equal(fill.left, 0);
	assert_int_equal(puffsmsg_op_fill_end(&fill, NULL), 0);
	assert_int_equal(m->pvnr_resid, 0);
	assert_int_equal(m->pvn_pr.preq_pth.pth_framelen, PUFFSMSG_RW_SIZE(10));
	free(m);
}

static void
test_nothing(void **state)
{
	struct puffs_vnmsg_rw *m = a_read(10);

	(void)state;
	puffsmsg_op_fill_begin(&fill, m, PUFFSMSG_RW_SIZE(10));
	assert_int_equal(puffsmsg_op_fill_end(&fill, &replylen), 0);
	assert_int_equal(replylen, sizeof(*m));
	assert_int_equal(m->pvnr_resid, 10);
	free(m);
}

static size_t
left(struct puffs_vnmsg_rw *m, size_t room)
{
	assert_int_equal(puffsmsg_op_fill_begin(&fill, m, room), 0);
	return fill.left;
}

static void
test_bounds(void **state)
{
	struct puffs_vnmsg_rw *m = a_read(10);

	(void)state;
	/* Memory that is there, what the reply may have, what is asked for. */
	assert_int_equal(left(m, PUFFSMSG_RW_SIZE(7)), 7);
	m->pvn_pr.preq_buflen = PUFFSMSG_RW_SIZE(6);
	assert_int_equal(left(m, PUFFSMSG_RW_SIZE(10)), 6);
	m->pvnr_resid = 5;
	assert_int_equal(left(m, PUFFSMSG_RW_SIZE(10)), 5);
	m->pvnr_resid = UINT64_MAX;
	m->pvn_pr.preq_buflen = UINT64_MAX;
	assert_int_equal(left(m, PUFFSMSG_RW_SIZE(10)), 10);
	assert_int_equal(left(m, sizeof(*m)), 0);
	free(m);
}

static void
assert_no_begin(void *frame, size_t room, int error)
{
	assert_int_equal(puffsmsg_op_fill_begin(&fill, frame, room), error);
	assert_int_equal(fill.left, 0);
	assert_int_equal(puffsmsg_op_fill_bytes(&fill, "a", 1), EMSGSIZE);
	assert_int_equal(puffsmsg_op_fill_end(&fill, NULL), EINVAL);
	assert_int_equal(puffsmsg_op_fill_end_dir(&fill, NULL, 0, 0), EINVAL);
	assert_int_equal(puffsmsg_op_fill_end_attr(&fill, NULL, 0), EINVAL);
}

static void
test_no_begin(void **state)
{
	struct puffs_vnmsg_rw *m = a_read(10);

	(void)state;
	assert_no_begin(m, HEADER - 1, EMSGSIZE);
	assert_no_begin(m, sizeof(*m) - 1, EMSGSIZE);
	m->pvn_pr.preq_buflen = sizeof(*m) - 1;
	assert_no_begin(m, PUFFSMSG_RW_SIZE(10), EMSGSIZE);
	m->pvn_pr.preq_buflen = PUFFSMSG_RW_SIZE(10);
	m->pvn_pr.preq_optype = PUFFS_VN_WRITE;
	assert_no_begin(m, PUFFSMSG_RW_SIZE(10), EINVAL);
	m->pvn_pr.preq_optype = PUFFS_VN_READ;
	m->pvn_pr.preq_opclass = PUFFSOP_VFS;
	assert_no_begin(m, PUFFSMSG_RW_SIZE(10), EINVAL);
	free(m);
}

static void
test_wrong_end(void **state)
{
	struct puffs_vnmsg_rw *m = a_read(10);

	(void)state;
	puffsmsg_op_fill_begin(&fill, m, PUFFSMSG_RW_SIZE(10));
	assert_int_equal(puffsmsg_op_fill_end_dir(&fill, NULL, 0, 0), EINVAL);
	assert_int_equal(puffsmsg_op_fill_end_attr(&fill, NULL, 0), EINVAL);
	m->pvn_pr.preq_optype = PUFFS_VN_READDIR;
	assert_int_equal(puffsmsg_op_fill_end(&fill, NULL), EINVAL);
	free(m);
}

static void
test_readdir(void **state)
{
	size_t len = PUFFSMSG_READDIR_SIZE(100 + 16);
	struct puffs_vnmsg_readdir *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_readdir(m, len, 1, 5, 100, 2, NULL);
	assert_int_equal(puffsmsg_op_fill_begin(&fill, m, len), 0);
	assert_int_equal(fill.left, 100);
	assert_ptr_equal(fill.next, (char *)m + 184 + 16);
	puffsmsg_op_fill_used(&fill, 40);
	fill.ncookies = 1;
	assert_int_equal(puffsmsg_op_fill_end_dir(&fill, &replylen, 9, 2), 0);
	assert_int_equal(replylen, PUFFSMSG_READDIR_SIZE(16 + 40));
	assert_int_equal(m->pvnr_offset, 9);
	assert_int_equal(m->pvnr_eofflag, 1);
	assert_int_equal(m->pvnr_ncookies, 1);
	assert_int_equal(m->pvnr_resid, 60);
	free(m);
}

static void
test_readdir_distrusted(void **state)
{
	size_t len = PUFFSMSG_READDIR_SIZE(100);
	struct puffs_vnmsg_readdir *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_readdir(m, len, 1, 5, 100, 0, NULL);
	m->pvnr_dentoff = 100;
	assert_int_equal(puffsmsg_op_fill_begin(&fill, m, len), 0);
	assert_int_equal(fill.left, 0);
	m->pvnr_dentoff = 101;
	assert_no_begin(m, len, EMSGSIZE);
	m->pvnr_dentoff = UINT64_MAX;
	assert_no_begin(m, len, EMSGSIZE);
	free(m);
}

static void
test_getextattr(void **state)
{
	size_t len = PUFFSMSG_GETEXTATTR_SIZE(10);
	struct puffs_vnmsg_getextattr *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_getextattr(m, len, 1, 0, "a", 10, NULL);
	assert_int_equal(puffsmsg_op_fill_begin(&fill, m, len), 0);
	assert_int_equal(puffsmsg_op_fill_bytes(&fill, "value", 5), 0);
	assert_int_equal(puffsmsg_op_fill_end_attr(&fill, &replylen, 5), 0);
	assert_int_equal(replylen, PUFFSMSG_GETEXTATTR_SIZE(5));
	assert_int_equal(m->pvnr_resid, 5);
	assert_int_equal(m->pvnr_datasize, 5);
	assert_memory_equal((char *)m + 416, "value", 5);
	free(m);
}

static void
test_listextattr(void **state)
{
	size_t len = PUFFSMSG_LISTEXTATTR_SIZE(10);
	struct puffs_vnmsg_listextattr *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_listextattr(m, len, 1, 0, 0, 10, NULL);
	assert_int_equal(puffsmsg_op_fill_begin(&fill, m, len), 0);
	assert_int_equal(puffsmsg_op_fill_bytes(&fill, "list", 4), 0);
	assert_int_equal(puffsmsg_op_fill_end_attr(&fill, &replylen, 99), 0);
	assert_int_equal(replylen, PUFFSMSG_LISTEXTATTR_SIZE(4));
	assert_int_equal(m->pvnr_resid, 6);
	assert_int_equal(m->pvnr_datasize, 99);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_no_begin),
		cmocka_unit_test(test_wrong_end),
		cmocka_unit_test(test_readdir),
		cmocka_unit_test(test_readdir_distrusted),
		cmocka_unit_test(test_getextattr),
		cmocka_unit_test(test_listextattr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
