/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_build_node.c */

#include "opframe.h"

static void
test_open(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_open);
	struct puffs_vnmsg_open *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_open(m, len - 1, 5, 3, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_open(m, len, 5, 3, &cred), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_OPEN, 5);
	assert_int_equal(m->pvnr_mode, 3);
	assert_int_equal(m->pvnr_oflags, 0);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_open(m, len), m);
	free(m);
}

static void
test_close(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_close);
	struct puffs_vnmsg_close *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_close(m, len - 1, 5, 4, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_close(m, len, 5, 4, &cred), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_CLOSE, 5);
	assert_int_equal(m->pvnr_fflag, 4);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_close(m, len), m);
	free(m);
}

static void
test_access(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_access);
	struct puffs_vnmsg_access *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_access(m, len - 1, 5, 0400, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_access(m, len, 5, 0400, &cred), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_ACCESS, 5);
	assert_int_equal(m->pvnr_mode, 0400);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_access(m, len), m);
	free(m);
}

static void
test_getattr(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_setgetattr);
	struct puffs_vnmsg_setgetattr *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_getattr(m, len - 1, 5, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_getattr(m, len, 5, &cred), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_GETATTR, 5);
	assert_false(puffsmsg_op_isset64(m->pvnr_va.va_size));
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_getattr(m, len), m);
	free(m);
}

static void
test_fsync(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_fsync);
	struct puffs_vnmsg_fsync *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_fsync(m, len - 1, 5, 1, 2, 3, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_fsync(m, len, 5, 1, 2, 3, &cred), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_FSYNC, 5);
	assert_int_equal(m->pvnr_offlo, 1);
	assert_int_equal(m->pvnr_offhi, 2);
	assert_int_equal(m->pvnr_flags, 3);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_fsync(m, len), m);
	free(m);
}

static void
test_seek(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_seek);
	struct puffs_vnmsg_seek *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_seek(m, len - 1, 5, -1, 2, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_seek(m, len, 5, -1, 2, &cred), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_SEEK, 5);
	assert_int_equal(m->pvnr_oldoff, -1);
	assert_int_equal(m->pvnr_newoff, 2);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_seek(m, len), m);
	free(m);
}

static void
test_readlink(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_readlink);
	struct puffs_vnmsg_readlink *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_readlink(m, len - 1, 5, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_readlink(m, len, 5, &cred), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_READLINK, 5);
	assert_int_equal(m->pvnr_linklen, 1024);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_readlink(m, len), m);
	free(m);
}

static void
test_setattr(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_setgetattr);
	struct puffs_vnmsg_setgetattr *m = frame_dirty(len);
	struct puffsmsg_vattr va;

	(void)state;
	puffsmsg_op_vattr_clear(&va);
	va.va_size = 1;
	assert_int_equal(puffsmsg_op_build_setattr(m, len - 1, 5, &va, NULL),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_setattr(m, len, 5, &va, NULL), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_SETATTR, 5);
	assert_memory_equal(&m->pvnr_va, &va, sizeof(va));
	assert_int_equal(m->pvnr_cred.pkcr_internal, PUFFCRED_CRED_NOCRED);
	assert_ptr_equal(puffsmsg_op_request_setattr(m, len), m);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_getattr),
		cmocka_unit_test(test_fsync),
		cmocka_unit_test(test_seek),
		cmocka_unit_test(test_readlink),
		cmocka_unit_test(test_setattr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
