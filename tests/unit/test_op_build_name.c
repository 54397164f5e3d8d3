/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_build_name.c */

#include "opframe.h"

static struct puffs_kcred cred;
static struct puffsmsg_vattr va;

static void
prepare(void)
{
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
	puffsmsg_op_vattr_clear(&va);
	va.va_type = PUFFSMSG_VREG;
	va.va_mode = 0600;
}

/* All messages of one name have it where ABORTOP has. */
static void
assert_named(const void *frame, unsigned optype, uint32_t nameiop)
{
	const struct puffs_vnmsg_abortop *m = frame;

	assert_kind(frame, PUFFSOP_VN, optype, 5);
	assert_int_equal(m->pvnr_cn.pkcn_nameiop, nameiop);
	assert_string_equal(m->pvnr_cn.pkcn_name, "name");
	assert_int_equal(m->pvnr_cn.pkcn_namelen, 4);
	assert_memory_equal(&m->pvnr_cn_cred, &cred, sizeof(cred));
}

static void
test_lookup(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_lookup);
	struct puffs_vnmsg_lookup *m = frame_dirty(len);

	(void)state;
	prepare();
	assert_int_equal(puffsmsg_op_build_lookup(m, len, 5, PUFFSLOOKUP_RENAME,
			     0x40, "name", 4, &cred),
	    0);
	assert_named(m, PUFFS_VN_LOOKUP, PUFFSLOOKUP_RENAME);
	assert_int_equal(m->pvnr_cn.pkcn_flags, 0x40);
	assert_int_equal(m->pvnr_newnode, 0);
	assert_ptr_equal(puffsmsg_op_request_lookup(m, len), m);
	free(m);
}

static void
test_abortop(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_abortop);
	struct puffs_vnmsg_abortop *m = frame_dirty(len);

	(void)state;
	prepare();
	assert_int_equal(puffsmsg_op_build_abortop(m, len, 5,
			     PUFFSLOOKUP_CREATE, 3, "name", 4, &cred),
	    0);
	assert_named(m, PUFFS_VN_ABORTOP, PUFFSLOOKUP_CREATE);
	assert_int_equal(m->pvnr_cn.pkcn_flags, 3);
	assert_ptr_equal(puffsmsg_op_request_abortop(m, len), m);
	free(m);
}

typedef int (*make_fn)(void *, size_t, uint64_t, const char *, size_t,
    const struct puffsmsg_vattr *, const struct puffs_kcred *);

static void
assert_makes(make_fn make, unsigned optype)
{
	size_t len = sizeof(struct puffs_vnmsg_create);
	struct puffs_vnmsg_create *m = frame_dirty(len);

	prepare();
	assert_int_equal(make(m, len - 1, 5, "name", 4, &va, &cred), EMSGSIZE);
	assert_int_equal(make(m, len, 5, "", 0, &va, &cred), EINVAL);
	assert_untouched(m, len);
	assert_int_equal(make(m, len, 5, "name", 4, &va, &cred), 0);
	assert_named(m, optype, PUFFSLOOKUP_CREATE);
	assert_memory_equal(&m->pvnr_va, &va, sizeof(va));
	assert_ptr_equal(puffsmsg_op_request(m, len, PUFFSOP_VN, optype), m);
	free(m);
}

static void
test_make(void **state)
{
	(void)state;
	assert_makes(puffsmsg_op_build_create, PUFFS_VN_CREATE);
	assert_makes(puffsmsg_op_build_mknod, PUFFS_VN_MKNOD);
	assert_makes(puffsmsg_op_build_mkdir, PUFFS_VN_MKDIR);
}

typedef int (*target_fn)(void *, size_t, uint64_t, const char *, size_t,
    uint64_t, const struct puffs_kcred *);

static void
assert_targets(target_fn build, unsigned optype, uint32_t nameiop)
{
	size_t len = sizeof(struct puffs_vnmsg_remove);
	struct puffs_vnmsg_remove *m = frame_dirty(len);

	prepare();
	assert_int_equal(build(m, len - 1, 5, "name", 4, 9, &cred), EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(build(m, len, 5, "name", 4, 9, &cred), 0);
	assert_named(m, optype, nameiop);
	assert_int_equal(m->pvnr_cookie_targ, 9);
	assert_ptr_equal(puffsmsg_op_request(m, len, PUFFSOP_VN, optype), m);
	free(m);
}

static void
test_target(void **state)
{
	(void)state;
	assert_targets(puffsmsg_op_build_remove, PUFFS_VN_REMOVE,
	    PUFFSLOOKUP_DELETE);
	assert_targets(puffsmsg_op_build_rmdir, PUFFS_VN_RMDIR,
	    PUFFSLOOKUP_DELETE);
	assert_targets(puffsmsg_op_build_link, PUFFS_VN_LINK,
	    PUFFSLOOKUP_CREATE);
}

static void
test_symlink(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_symlink);
	struct puffs_vnmsg_symlink *m = frame_dirty(len);

	(void)state;
	prepare();
	assert_int_equal(puffsmsg_op_build_symlink(m, len, 5, "name", 4,
			     "../a/b-", 6, &va, &cred),
	    0);
	assert_named(m, PUFFS_VN_SYMLINK, PUFFSLOOKUP_CREATE);
	assert_string_equal(m->pvnr_link, "../a/b");
	assert_memory_equal(&m->pvnr_va, &va, sizeof(va));
	assert_ptr_equal(puffsmsg_op_request_symlink(m, len), m);
	free(m);
}

static void
test_symlink_refused(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_symlink);
	void *m = frame_dirty(len);
	char link[PUFFSMSG_NAMEBUF];

	(void)state;
	prepare();
	memset(link, 'l', sizeof(link));
	assert_int_equal(puffsmsg_op_build_symlink(m, len, 5, "name", 4, link,
			     sizeof(link), &va, &cred),
	    ENAMETOOLONG);
	assert_int_equal(puffsmsg_op_build_symlink(m, len, 5, "name", 4, link,
			     0, &va, &cred),
	    EINVAL);
	assert_int_equal(puffsmsg_op_build_symlink(m, len, 5, "name", 4, "a\0b",
			     3, &va, &cred),
	    EINVAL);
	assert_int_equal(puffsmsg_op_build_symlink(m, len, 5, "na/me", 5, link,
			     1, &va, &cred),
	    EINVAL);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_symlink(m, len, 5, "name", 4, link,
			     PUFFSMSG_NAME_MAX, &va, &cred),
	    0);
	assert_non_null(puffsmsg_op_request_symlink(m, len));
	free(m);
}

static void
test_names_refused(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_lookup);
	void *m = frame_dirty(len);
	char name[PUFFSMSG_NAMEBUF];

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_int_equal(puffsmsg_op_build_lookup(m, len, 5, 0, 0, name,
			     sizeof(name), NULL),
	    ENAMETOOLONG);
	assert_int_equal(puffsmsg_op_build_lookup(m, len, 5, 0, 0, name, 0,
			     NULL),
	    EINVAL);
	assert_int_equal(puffsmsg_op_build_lookup(m, len, 5, 0, 0, "a/b", 3,
			     NULL),
	    EINVAL);
	assert_int_equal(puffsmsg_op_build_lookup(m, len - 1, 5, 0, 0, name, 1,
			     NULL),
	    EMSGSIZE);
	assert_untouched(m, len);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_abortop),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_symlink),
		cmocka_unit_test(test_symlink_refused),
		cmocka_unit_test(test_names_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
