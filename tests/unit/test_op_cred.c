/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_cred.c */

#include "opframe.h"

#include "op/op_private.h"

static void
test_user(void **state)
{
	const uint32_t groups[] = { 30, 40 };
	struct puffs_kcred cred;
	uint32_t uid, gid;

	(void)state;
	memset(&cred, 0xa5, sizeof(cred));
	assert_int_equal(puffsmsg_op_cred_user(&cred, 10, 20, groups, 2), 0);
	assert_int_equal(puffsmsg_op_cred_ids(&cred, &uid, &gid), 0);
	assert_int_equal(uid, 10);
	assert_int_equal(gid, 20);
	assert_int_equal(cred.pkcr_uuc.cr_ngroups, 2);
	assert_int_equal(cred.pkcr_internal, 0);
	assert_true(puffsmsg_op_cred_ingroup(&cred, 20));
	assert_true(puffsmsg_op_cred_ingroup(&cred, 30));
	assert_true(puffsmsg_op_cred_ingroup(&cred, 40));
	assert_false(puffsmsg_op_cred_ingroup(&cred, 0));
}

static void
test_groups_bound(void **state)
{
	const uint32_t groups[PUFFSMSG_NGROUPS + 1] = { [15] = 7, [16] = 8 };
	struct puffs_kcred cred, before;

	(void)state;
	memset(&cred, 0xa5, sizeof(cred));
	before = cred;
	assert_int_equal(puffsmsg_op_cred_user(&cred, 1, 1, groups, 17),
	    EINVAL);
	assert_memory_equal(&cred, &before, sizeof(cred));
	assert_int_equal(puffsmsg_op_cred_user(&cred, 1, 1, groups, 16), 0);
	assert_true(puffsmsg_op_cred_ingroup(&cred, 7));
	assert_int_equal(puffsmsg_op_cred_user(&cred, 1, 1, NULL, 0), 0);
	assert_false(puffsmsg_op_cred_ingroup(&cred, 7));
}

static void
test_bad_lists(void **state)
{
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	cred.pkcr_uuc.cr_ngroups = INT16_MAX;
	assert_false(puffsmsg_op_cred_ingroup(&cred, 2));
	cred.pkcr_uuc.cr_ngroups = INT16_MIN;
	assert_false(puffsmsg_op_cred_ingroup(&cred, 0));
}

static void
test_internal(void **state)
{
	struct puffs_kcred cred;
	uint32_t uid = 5, gid = 6;

	(void)state;
	memset(&cred, 0xa5, sizeof(cred));
	puffsmsg_op_cred_internal(&cred, PUFFCRED_CRED_FSCRED);
	assert_int_equal(cred.pkcr_type, PUFFCRED_TYPE_INTERNAL);
	assert_int_equal(cred.pkcr_internal, PUFFCRED_CRED_FSCRED);
	assert_int_equal(puffsmsg_op_cred_ids(&cred, &uid, &gid), EOPNOTSUPP);
	assert_int_equal(uid, 5);
	assert_int_equal(gid, 6);
	assert_false(puffsmsg_op_cred_ingroup(&cred, 0));
}

static void
test_copy(void **state)
{
	struct puffs_kcred from, to;

	(void)state;
	puffsmsg_op_cred_user(&from, 1, 2, NULL, 0);
	puffsmsg__op_cred_copy(&to, &from);
	assert_memory_equal(&to, &from, sizeof(to));
	puffsmsg__op_cred_copy(&to, NULL);
	assert_int_equal(to.pkcr_type, PUFFCRED_TYPE_INTERNAL);
	assert_int_equal(to.pkcr_internal, PUFFCRED_CRED_NOCRED);
	assert_int_equal(to.pkcr_uuc.cr_uid, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_groups_bound),
		cmocka_unit_test(test_bad_lists),
		cmocka_unit_test(test_internal),
		cmocka_unit_test(test_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
