/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_build_data.c */

#include "opframe.h"

static void
test_read(void **state)
{
	size_t len = PUFFSMSG_RW_SIZE(100);
	struct puffs_vnmsg_rw *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_read(m, len - 1, 5, 7, 100, 3,
			     &cred),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_build_read(m, len, 5, 7, SIZE_MAX, 3,
			     &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_read(m, len, 5, 7, 100, 3, &cred),
	    0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_READ, 5);
	assert_int_equal(m->pvnr_offset, 7);
	assert_int_equal(m->pvnr_resid, 100);
	assert_int_equal(m->pvnr_ioflag, 3);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_read(m, sizeof(*m)), m);
	free(m);
}

static void
test_write(void **state)
{
	size_t len = PUFFSMSG_RW_SIZE(5), n;
	struct puffs_vnmsg_rw *m = frame_dirty(len);
	const void *data;

	(void)state;
	assert_int_equal(puffsmsg_op_build_write(m, len - 1, 5, 7, "hello", 5,
			     3, NULL),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_write(m, len, 5, 7, "hello", 5, 3,
			     NULL),
	    0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_WRITE, 5);
	assert_int_equal(m->pvnr_offset, 7);
	assert_int_equal(m->pvnr_resid, 5);
	assert_memory_equal((char *)m + 164, "hello", 5);
	assert_ptr_equal(puffsmsg_op_request_write(m, len), m);
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), 0);
	assert_ptr_equal(data, puffsmsg_rw_data(m));
	assert_int_equal(n, 5);
	free(m);
}

static void
test_write_later(void **state)
{
	size_t len = PUFFSMSG_RW_SIZE(8);
	struct puffs_vnmsg_rw *m = frame_new(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_write(m, len, 5, 0, NULL, 8, 0,
			     NULL),
	    0);
	assert_int_equal(m->pvnr_resid, 8);
	memset(puffsmsg_rw_data(m), 1, 8);
	assert_non_null(puffsmsg_op_request_write(m, len));
	free(m);
}

static void
test_readdir(void **state)
{
	size_t len = PUFFSMSG_READDIR_SIZE(100);
	struct puffs_vnmsg_readdir *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_readdir(m, len - 1, 5, 7, 100, 0,
			     NULL),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_readdir(m, len, 5, 7, 100, 0, NULL),
	    0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_READDIR, 5);
	assert_int_equal(m->pvnr_offset, 7);
	assert_int_equal(m->pvnr_resid, 100);
	assert_int_equal(m->pvnr_ncookies, 0);
	assert_int_equal(m->pvnr_dentoff, 0);
	assert_ptr_equal(puffsmsg_op_request_readdir(m, sizeof(*m)), m);
	free(m);
}

static void
test_readdir_cookies(void **state)
{
	size_t len = PUFFSMSG_READDIR_SIZE(100);
	struct puffs_vnmsg_readdir *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_readdir(m, len, 5, 0, 80, 3, NULL),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_build_readdir(m, len, 5, 0, 80,
			     SIZE_MAX / 8 + 1, NULL),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_build_readdir(m, len, 5, 0, SIZE_MAX, 1,
			     NULL),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_readdir(m, len, 5, 0, 80, 2, NULL),
	    0);
	assert_int_equal(m->pvnr_ncookies, 2);
	assert_int_equal(m->pvnr_dentoff, 16);
	assert_int_equal(m->pvnr_resid, 80);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_later),
		cmocka_unit_test(test_readdir),
		cmocka_unit_test(test_readdir_cookies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
