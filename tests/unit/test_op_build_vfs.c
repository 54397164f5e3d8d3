/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_build_vfs.c */

#include "opframe.h"

static void
test_unmount(void **state)
{
	size_t len = sizeof(struct puffs_vfsmsg_unmount);
	struct puffs_vfsmsg_unmount *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_unmount(m, len - 1, 3), EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_unmount(m, len, 3), 0);
	assert_kind(m, PUFFSOP_VFS, PUFFS_VFS_UNMOUNT, 0);
	assert_int_equal(m->pvfsr_flags, 3);
	assert_ptr_equal(puffsmsg_op_request_unmount(m, len), m);
	free(m);
}

static void
test_statvfs(void **state)
{
	size_t len = sizeof(struct puffs_vfsmsg_statvfs);
	struct puffs_vfsmsg_statvfs *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_statvfs(m, len - 1), EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_statvfs(m, len), 0);
	assert_kind(m, PUFFSOP_VFS, PUFFS_VFS_STATVFS, 0);
	assert_ptr_equal(puffsmsg_op_request_statvfs(m, len), m);
	free(m);
}

static void
test_sync(void **state)
{
	size_t len = sizeof(struct puffs_vfsmsg_sync);
	struct puffs_vfsmsg_sync *m = frame_dirty(len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	assert_int_equal(puffsmsg_op_build_sync(m, len - 1, 2, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_sync(m, len, 2, &cred), 0);
	assert_kind(m, PUFFSOP_VFS, PUFFS_VFS_SYNC, 0);
	assert_int_equal(m->pvfsr_waitfor, 2);
	assert_memory_equal(&m->pvfsr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_sync(m, len), m);
	free(m);
}

static void
test_suspend(void **state)
{
	size_t len = sizeof(struct puffs_vfsmsg_suspend);
	struct puffs_vfsmsg_suspend *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_suspend(m, len - 1,
			     PUFFS_SUSPEND_RESUME),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_suspend(m, len,
			     PUFFS_SUSPEND_RESUME),
	    0);
	assert_kind(m, PUFFSOP_VFS, PUFFS_VFS_SUSPEND, 0);
	assert_int_equal(m->pvfsr_status, 2);
	assert_ptr_equal(puffsmsg_op_request_suspend(m, len), m);
	free(m);
}

static void
test_fhtonode(void **state)
{
	size_t len = PUFFSMSG_FHTONODE_SIZE(6), n;
	struct puffs_vfsmsg_fhtonode *m = frame_dirty(len);
	const void *data;

	(void)state;
	assert_int_equal(puffsmsg_op_build_fhtonode(m, len - 1, "handle", 6),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_fhtonode(m, len, "handle", 6), 0);
	assert_kind(m, PUFFSOP_VFS, PUFFS_VFS_FHTOVP, 0);
	assert_int_equal(m->pvfsr_dsize, 6);
	assert_ptr_equal(puffsmsg_op_request_fhtonode(m, len), m);
	assert_int_equal(puffsmsg_op_request_data(m, len, &data, &n), 0);
	assert_int_equal(n, 6);
	assert_memory_equal(data, "handle", 6);
	free(m);
}

static void
test_nodetofh(void **state)
{
	size_t len = PUFFSMSG_NODETOFH_SIZE(20);
	struct puffs_vfsmsg_nodetofh *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_nodetofh(m, len - 1, 5, 20),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_nodetofh(m, len, 5, 20), 0);
	assert_kind(m, PUFFSOP_VFS, PUFFS_VFS_VPTOFH, 0);
	assert_int_equal(m->pvfsr_fhcookie, 5);
	assert_int_equal(m->pvfsr_dsize, 20);
	assert_ptr_equal(puffsmsg_op_request_nodetofh(m, sizeof(*m)), m);
	free(m);
}

static void
test_extattrctl(void **state)
{
	size_t len = sizeof(struct puffs_vfsmsg_extattrctl);
	struct puffs_vfsmsg_extattrctl *m = frame_dirty(len);

	(void)state;
	assert_int_equal(puffsmsg_op_build_extattrctl(m, len, 5, 1, 2, "attr",
			     3),
	    0);
	assert_kind(m, PUFFSOP_VFS, PUFFS_VFS_EXTATTRCTL, 5);
	assert_int_equal(m->pvfsr_cmd, 1);
	assert_int_equal(m->pvfsr_attrnamespace, 2);
	assert_int_equal(m->pvfsr_flags, 3);
	assert_string_equal(m->pvfsr_attrname, "attr");
	assert_ptr_equal(puffsmsg_op_request_extattrctl(m, len), m);
	assert_int_equal(puffsmsg_op_build_extattrctl(m, len, 0, 1, 2, NULL, 3),
	    0);
	assert_string_equal(m->pvfsr_attrname, "");
	free(m);
}

static void
test_extattrctl_refused(void **state)
{
	size_t len = sizeof(struct puffs_vfsmsg_extattrctl);
	void *m = frame_dirty(len);
	char name[PUFFSMSG_ATTRNAMEBUF + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[PUFFSMSG_ATTRNAMEBUF] = '\0';
	assert_int_equal(puffsmsg_op_build_extattrctl(m, len, 5, 1, 2, name, 3),
	    ENAMETOOLONG);
	assert_int_equal(puffsmsg_op_build_extattrctl(m, len - 1, 5, 1, 2, "a",
			     3),
	    EMSGSIZE);
	assert_untouched(m, len);
	name[PUFFSMSG_ATTRNAME_MAX] = '\0';
	assert_int_equal(puffsmsg_op_build_extattrctl(m, len, 5, 1, 2, name, 3),
	    0);
	assert_non_null(puffsmsg_op_request_extattrctl(m, len));
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unmount),
		cmocka_unit_test(test_statvfs),
		cmocka_unit_test(test_sync),
		cmocka_unit_test(test_suspend),
		cmocka_unit_test(test_fhtonode),
		cmocka_unit_test(test_nodetofh),
		cmocka_unit_test(test_extattrctl),
		cmocka_unit_test(test_extattrctl_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
