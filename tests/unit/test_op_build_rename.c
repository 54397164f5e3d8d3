/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_build_rename.c */

#include "opframe.h"

static const struct puffsmsg_op_rename sample = { 5, 6, "from", 4, 7, 8,
	"target", 6 };

static void
test_rename(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_rename);
	struct puffs_vnmsg_rename *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_rename(m, len, &sample, &cred), 0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_RENAME, 5);
	assert_string_equal(m->pvnr_cn_src.pkcn_name, "from");
	assert_int_equal(m->pvnr_cn_src.pkcn_nameiop, PUFFSLOOKUP_DELETE);
	assert_string_equal(m->pvnr_cn_targ.pkcn_name, "target");
	assert_int_equal(m->pvnr_cn_targ.pkcn_nameiop, PUFFSLOOKUP_RENAME);
	assert_memory_equal(&m->pvnr_cn_src_cred, &cred, sizeof(cred));
	assert_memory_equal(&m->pvnr_cn_targ_cred, &cred, sizeof(cred));
	assert_int_equal(m->pvnr_cookie_src, 6);
	assert_int_equal(m->pvnr_cookie_targdir, 7);
	assert_int_equal(m->pvnr_cookie_targ, 8);
	assert_ptr_equal(puffsmsg_op_request_rename(m, len), m);
	free(m);
}

static void
test_refused(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_rename);
	void *m = frame_dirty(len);
	struct puffsmsg_op_rename how;

	(void)state;
	assert_int_equal(puffsmsg_op_build_rename(m, len - 1, &sample, NULL),
	    EMSGSIZE);
	how = sample;
	how.namelen = 0;
	assert_int_equal(puffsmsg_op_build_rename(m, len, &how, NULL), EINVAL);
	how = sample;
	how.newname = "a/b";
	how.newnamelen = 3;
	assert_int_equal(puffsmsg_op_build_rename(m, len, &how, NULL), EINVAL);
	assert_untouched(m, len);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rename),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
