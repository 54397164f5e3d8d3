/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_data.c */

#include "opframe.h"

#include "op/op_private.h"

static const void *data;
static size_t n;

static void
assert_data(const void *frame, size_t offset, size_t size)
{
	assert_ptr_equal(data, (const char *)frame + offset);
	assert_int_equal(n, size);
}

static void
test_request_extent(void **state)
{
	struct puffs_req req;
	size_t offset;
	uint64_t announced;

	(void)state;
	memset(&req, 0, sizeof(req));
	assert_int_equal(puffsmsg__op_request_extent(&req, &offset, &announced),
	    EINVAL);
}

static void
test_request_data(void **state)
{
	size_t len = PUFFSMSG_RW_SIZE(3);
	struct puffs_vnmsg_rw *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_write(m, len, 1, 0, "abc", 3, 0, NULL);
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), 0);
	assert_data(m, 164, 3);
	assert_int_equal(puffsmsg_op_request_data(m, len - 8, &data, &n),
	    EPROTO);
	m->pvnr_resid = 99;
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), EPROTO);
	puffsmsg_op_build_read(m, len, 1, 0, 3, 0, NULL);
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), EINVAL);
	m->pvn_pr.preq_optype = PUFFS_VN_IOCTL;
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), EINVAL);
	free(m);
}

static void
test_request_attribute(void **state)
{
	size_t len = PUFFSMSG_SETEXTATTR_SIZE(3);
	struct puffs_vnmsg_setextattr *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_setextattr(m, len, 1, 0, "a", "abc", 3, NULL);
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), 0);
	assert_data(m, 408, 3);
	m->pvnr_resid = 4;
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), EPROTO);
	free(m);
}

static void
test_request_handle(void **state)
{
	size_t len = PUFFSMSG_FHTONODE_SIZE(6);
	struct puffs_vfsmsg_fhtonode *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_fhtonode(m, len, "handle", 6);
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), 0);
	assert_data(m, 96, 6);
	m->pvfsr_dsize = 7;
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), EPROTO);
	free(m);
}

static void
test_read_result(void **state)
{
	size_t len = PUFFSMSG_RW_SIZE(10);
	struct puffs_vnmsg_rw *m = frame_of(len, PUFFSOP_VN, PUFFS_VN_READ);

	(void)state;
	m->pvnr_resid = 90;
	assert_int_equal(puffsmsg_op_result_data(m, len, 100, &data, &n), 0);
	assert_data(m, 164, 10);
	/* More left over than asked for. */
	m->pvnr_resid = 101;
	assert_int_equal(puffsmsg_op_result_data(m, len, 100, &data, &n),
	    EPROTO);
	/* More than was received: 14 bytes are there, from 164 on. */
	m->pvnr_resid = 86;
	assert_int_equal(puffsmsg_op_result_data(m, len, 100, &data, &n), 0);
	m->pvnr_resid = 85;
	assert_int_equal(puffsmsg_op_result_data(m, len, 100, &data, &n),
	    EPROTO);
	m->pvn_pr.preq_rv = EIO;
	assert_int_equal(puffsmsg_op_result_data(m, len, 100, &data, &n),
	    EINVAL);
	free(m);
}

static void
test_empty_read(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_rw);
	struct puffs_vnmsg_rw *m = frame_of(len, PUFFSOP_VN, PUFFS_VN_READ);

	(void)state;
	m->pvnr_resid = 100;
	assert_int_equal(puffsmsg_op_result_data(m, len, 100, &data, &n), 0);
	assert_data(m, 164, 0);
	assert_int_equal(puffsmsg_op_result_data(m, len - 1, 100, &data, &n),
	    EPROTO);
	free(m);
}

static void
test_readdir_result(void **state)
{
	size_t len = PUFFSMSG_READDIR_SIZE(40);
	struct puffs_vnmsg_readdir *m = frame_of(len, PUFFSOP_VN,
	    PUFFS_VN_READDIR);

	(void)state;
	m->pvnr_dentoff = 16;
	m->pvnr_resid = 76;
	assert_int_equal(puffsmsg_op_result_data(m, len, 100, &data, &n), 0);
	assert_data(m, 200, 24);
	m->pvnr_resid = 75;
	assert_int_equal(puffsmsg_op_result_data(m, len, 100, &data, &n),
	    EPROTO);
	free(m);
}

static void
test_readlink_result(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_readlink);
	struct puffs_vnmsg_readlink *m = frame_of(len, PUFFSOP_VN,
	    PUFFS_VN_READLINK);

	(void)state;
	memset(m->pvnr_link, 'l', sizeof(m->pvnr_link));
	m->pvnr_linklen = 1024;
	assert_int_equal(puffsmsg_op_result_data(m, len, 1024, &data, &n), 0);
	assert_data(m, 152, 1024);
	assert_int_equal(puffsmsg_op_result_data(m, len, 1023, &data, &n),
	    EPROTO);
	m->pvnr_link[1023] = '\0';
	assert_int_equal(puffsmsg_op_result_data(m, len, 1024, &data, &n),
	    EPROTO);
	m->pvnr_linklen = 1023;
	assert_int_equal(puffsmsg_op_result_data(m, len, 1024, &data, &n), 0);
	free(m);
}

static void
test_attribute_results(void **state)
{
	size_t len = PUFFSMSG_GETEXTATTR_SIZE(5);
	struct puffs_vnmsg_getextattr *get = frame_of(len, PUFFSOP_VN,
	    PUFFS_VN_GETEXTATTR);
	size_t listlen = PUFFSMSG_LISTEXTATTR_SIZE(5);
	struct puffs_vnmsg_listextattr *list = frame_of(listlen, PUFFSOP_VN,
	    PUFFS_VN_LISTEXTATTR);

	(void)state;
	get->pvnr_resid = 3;
	assert_int_equal(puffsmsg_op_result_data(get, len, 8, &data, &n), 0);
	assert_data(get, 416, 5);
	assert_int_equal(puffsmsg_op_result_data(get, len, 9, &data, &n),
	    EPROTO);
	list->pvnr_resid = 3;
	assert_int_equal(puffsmsg_op_result_data(list, listlen, 8, &data, &n),
	    0);
	assert_data(list, 168, 5);
	assert_int_equal(puffsmsg_op_result_data(list, listlen, 2, &data, &n),
	    EPROTO);
	free(get);
	free(list);
}

static void
test_handle_result(void **state)
{
	size_t len = PUFFSMSG_NODETOFH_SIZE(6);
	struct puffs_vfsmsg_nodetofh *m = frame_of(len, PUFFSOP_VFS,
	    PUFFS_VFS_VPTOFH);

	(void)state;
	m->pvfsr_dsize = 6;
	assert_int_equal(puffsmsg_op_result_data(m, len, 6, &data, &n), 0);
	assert_data(m, 72, 6);
	assert_int_equal(puffsmsg_op_result_data(m, len, 5, &data, &n), EPROTO);
	free(m);
}

static void
test_results_without_data(void **state)
{
	void *m = frame_of(4096, PUFFSOP_VN, PUFFS_VN_PATHCONF);
	void *none = frame_of(4096, PUFFSOP_VN, PUFFS_VN_LEASE);

	(void)state;
	assert_int_equal(puffsmsg_op_result_data(m, 4096, 1, &data, &n),
	    EINVAL);
	assert_int_equal(puffsmsg_op_result_data(none, 4096, 1, &data, &n),
	    EINVAL);
	assert_int_equal(puffsmsg_op_result_taken(m, 4096, 1, &n), EINVAL);
	assert_int_equal(puffsmsg_op_result_taken(none, 4096, 1, &n), EINVAL);
	free(m);
	free(none);
}

static void
test_taken(void **state)
{
	struct puffs_vnmsg_rw *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_WRITE);
	struct puffs_vnmsg_setextattr *set = frame_of(sizeof(*set), PUFFSOP_VN,
	    PUFFS_VN_SETEXTATTR);

	(void)state;
	m->pvnr_resid = 3;
	assert_int_equal(puffsmsg_op_result_taken(m, sizeof(*m), 10, &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(puffsmsg_op_result_taken(m, sizeof(*m), 2, &n),
	    EPROTO);
	assert_int_equal(puffsmsg_op_result_taken(m, HEADER, 10, &n), EPROTO);
	set->pvnr_resid = 1;
	assert_int_equal(puffsmsg_op_result_taken(set, sizeof(*set), 10, &n),
	    0);
	assert_int_equal(n, 9);
	free(m);
	free(set);
}

static void
test_taken_of_handle(void **state)
{
	struct puffs_vfsmsg_fhtonode *m = frame_of(sizeof(*m), PUFFSOP_VFS,
	    PUFFS_VFS_FHTOVP);

	(void)state;
	m->pvfsr_fhcookie = 1;
	m->pvfsr_vtype = PUFFSMSG_VREG;
	assert_int_equal(puffsmsg_op_result_taken(m, sizeof(*m), 10, &n),
	    EINVAL);
	free(m);
}

static void
test_cookies(void **state)
{
	size_t len = PUFFSMSG_READDIR_SIZE(16);
	struct puffs_vnmsg_readdir *m = frame_of(len, PUFFSOP_VN,
	    PUFFS_VN_READDIR);
	const uint64_t want[] = { 5, 6 };
	const puffsmsg_u64 *cookies;

	(void)state;
	memcpy(m + 1, want, sizeof(want));
	m->pvnr_dentoff = 16;
	m->pvnr_ncookies = 2;
	assert_int_equal(puffsmsg_op_result_cookies(m, len, 2, &cookies, &n),
	    0);
	assert_int_equal(n, 2);
	assert_int_equal(cookies[0], 5);
	assert_int_equal(cookies[1], 6);
	assert_int_equal(puffsmsg_op_result_cookies(m, len, 1, &cookies, &n),
	    EPROTO);
	m->pvnr_dentoff = 15;
	assert_int_equal(puffsmsg_op_result_cookies(m, len, 2, &cookies, &n),
	    EPROTO);
	m->pvnr_dentoff = 17;
	assert_int_equal(puffsmsg_op_result_cookies(m, len, 2, &cookies, &n),
	    EPROTO);
	m->pvn_pr.preq_optype = PUFFS_VN_READ;
	assert_int_equal(puffsmsg_op_result_cookies(m, len, 2, &cookies, &n),
	    EINVAL);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_extent),
		cmocka_unit_test(test_request_data),
		cmocka_unit_test(test_request_attribute),
		cmocka_unit_test(test_request_handle),
		cmocka_unit_test(test_read_result),
		cmocka_unit_test(test_empty_read),
		cmocka_unit_test(test_readdir_result),
		cmocka_unit_test(test_readlink_result),
		cmocka_unit_test(test_attribute_results),
		cmocka_unit_test(test_handle_result),
		cmocka_unit_test(test_results_without_data),
		cmocka_unit_test(test_taken),
		cmocka_unit_test(test_taken_of_handle),
		cmocka_unit_test(test_cookies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
