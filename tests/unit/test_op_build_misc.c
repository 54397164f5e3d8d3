/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_build_misc.c */

#include "opframe.h"

static void
test_poll(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_poll);
	struct puffs_vnmsg_poll *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_poll(m, len - 1, 5, 7), EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_poll(m, len, 5, 7), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_POLL, 5);
	assert_int_equal(m->pvnr_events, 7);
	assert_ptr_equal(puffsmsg_op_request_poll(m, len), m);
	free(m);
}

static void
test_mmap(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_mmap);
	struct puffs_vnmsg_mmap *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_mmap(m, len - 1, 5, 5, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_mmap(m, len, 5, 5, &cred), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_MMAP, 5);
	assert_int_equal(m->pvnr_prot, 5);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_mmap(m, len), m);
	free(m);
}

static void
test_reclaim(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_reclaim);
	struct puffs_vnmsg_reclaim *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_reclaim(m, len - 1, 5, 3), EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_reclaim(m, len, 5, 3), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_RECLAIM, 5);
	assert_int_equal(m->pvnr_nlookup, 3);
	assert_ptr_equal(puffsmsg_op_request_reclaim(m, len), m);
	free(m);
}

static void
test_pathconf(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_pathconf);
	struct puffs_vnmsg_pathconf *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_pathconf(m, len - 1, 5, 4),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_pathconf(m, len, 5, 4), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_PATHCONF, 5);
	assert_int_equal(m->pvnr_name, 4);
	assert_int_equal(m->pvnr_retval, 0);
	assert_ptr_equal(puffsmsg_op_request_pathconf(m, len), m);
	free(m);
}

static void
test_fallocate(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_fallocate);
	struct puffs_vnmsg_fallocate *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_fallocate(m, len - 1, 5, 1, 2),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_fallocate(m, len, 5, 1, 2), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_FALLOCATE, 5);
	assert_int_equal(m->pvnr_off, 1);
	assert_int_equal(m->pvnr_len, 2);
	assert_ptr_equal(puffsmsg_op_request_fallocate(m, len), m);
	free(m);
}

static void
test_fdiscard(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_fdiscard);
	struct puffs_vnmsg_fdiscard *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_fdiscard(m, len - 1, 5, 1, 2),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_fdiscard(m, len, 5, 1, 2), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_FDISCARD, 5);
	assert_int_equal(m->pvnr_off, 1);
	assert_int_equal(m->pvnr_len, 2);
	assert_ptr_equal(puffsmsg_op_request_fdiscard(m, len), m);
	free(m);
}

static void
test_inactive(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_inactive);
	struct puffs_vnmsg_inactive *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_inactive(m, len - 1, 5), EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_inactive(m, len, 5), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_INACTIVE, 5);
	assert_ptr_equal(puffsmsg_op_request_inactive(m, len), m);
	free(m);
}

static void
test_print(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_print);
	struct puffs_vnmsg_print *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_print(m, len - 1, 5), EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_print(m, len, 5), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_PRINT, 5);
	assert_ptr_equal(puffsmsg_op_request_print(m, len), m);
	free(m);
}

static void
test_advlock(void **state)
{
	const struct puffsmsg_flock lock = { 1, 2, 3, 4, 5 };
	size_t len = sizeof(struct puffs_vnmsg_advlock);
	struct puffs_vnmsg_advlock *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_advlock(m, len - 1, 5, &lock, 6, 7,
			     8),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_advlock(m, len, 5, &lock, 6, 7, 8),
	    0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_ADVLOCK, 5);
	assert_memory_equal(&m->pvnr_fl, &lock, sizeof(lock));
	assert_int_equal(m->pvnr_id, 6);
	assert_int_equal(m->pvnr_op, 7);
	assert_int_equal(m->pvnr_flags, 8);
	assert_ptr_equal(puffsmsg_op_request_advlock(m, len), m);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_mmap),
		cmocka_unit_test(test_reclaim),
		cmocka_unit_test(test_pathconf),
		cmocka_unit_test(test_fallocate),
		cmocka_unit_test(test_fdiscard),
		cmocka_unit_test(test_inactive),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_advlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
