/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_check_request.c */

#include "opframe.h"

/* The least length of each request. */
static const struct {
	unsigned opclass;
	unsigned optype;
	size_t size;
} kinds[] = {
	{ PUFFSOP_VFS, PUFFS_VFS_UNMOUNT, 64 },
	{ PUFFSOP_VFS, PUFFS_VFS_STATVFS, 2312 },
	{ PUFFSOP_VFS, PUFFS_VFS_SYNC, 144 },
	{ PUFFSOP_VFS, PUFFS_VFS_FHTOVP, 96 },
	{ PUFFSOP_VFS, PUFFS_VFS_VPTOFH, 72 },
	{ PUFFSOP_VFS, PUFFS_VFS_EXTATTRCTL, 328 },
	{ PUFFSOP_VFS, PUFFS_VFS_SUSPEND, 64 },
	{ PUFFSOP_VN, PUFFS_VN_LOOKUP, 1432 },
	{ PUFFSOP_VN, PUFFS_VN_CREATE, 1408 },
	{ PUFFSOP_VN, PUFFS_VN_MKNOD, 1408 },
	{ PUFFSOP_VN, PUFFS_VN_OPEN, 152 },
	{ PUFFSOP_VN, PUFFS_VN_CLOSE, 144 },
	{ PUFFSOP_VN, PUFFS_VN_ACCESS, 144 },
	{ PUFFSOP_VN, PUFFS_VN_GETATTR, 336 },
	{ PUFFSOP_VN, PUFFS_VN_SETATTR, 336 },
	{ PUFFSOP_VN, PUFFS_VN_READ, 168 },
	{ PUFFSOP_VN, PUFFS_VN_WRITE, 168 },
	{ PUFFSOP_VN, PUFFS_VN_POLL, 64 },
	{ PUFFSOP_VN, PUFFS_VN_MMAP, 144 },
	{ PUFFSOP_VN, PUFFS_VN_FSYNC, 168 },
	{ PUFFSOP_VN, PUFFS_VN_SEEK, 160 },
	{ PUFFSOP_VN, PUFFS_VN_REMOVE, 1200 },
	{ PUFFSOP_VN, PUFFS_VN_LINK, 1200 },
	{ PUFFSOP_VN, PUFFS_VN_RENAME, 2352 },
	{ PUFFSOP_VN, PUFFS_VN_MKDIR, 1408 },
	{ PUFFSOP_VN, PUFFS_VN_RMDIR, 1200 },
	{ PUFFSOP_VN, PUFFS_VN_SYMLINK, 2432 },
	{ PUFFSOP_VN, PUFFS_VN_READDIR, 184 },
	{ PUFFSOP_VN, PUFFS_VN_READLINK, 1176 },
	{ PUFFSOP_VN, PUFFS_VN_ABORTOP, 1192 },
	{ PUFFSOP_VN, PUFFS_VN_INACTIVE, 56 },
	{ PUFFSOP_VN, PUFFS_VN_RECLAIM, 64 },
	{ PUFFSOP_VN, PUFFS_VN_PRINT, 56 },
	{ PUFFSOP_VN, PUFFS_VN_PATHCONF, 72 },
	{ PUFFSOP_VN, PUFFS_VN_ADVLOCK, 96 },
	{ PUFFSOP_VN, PUFFS_VN_GETEXTATTR, 416 },
	{ PUFFSOP_VN, PUFFS_VN_LISTEXTATTR, 168 },
	{ PUFFSOP_VN, PUFFS_VN_DELETEEXTATTR, 400 },
	{ PUFFSOP_VN, PUFFS_VN_SETEXTATTR, 408 },
	{ PUFFSOP_VN, PUFFS_VN_FALLOCATE, 72 },
	{ PUFFSOP_VN, PUFFS_VN_FDISCARD, 72 },
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static int
length_matters(unsigned opclass, unsigned optype, size_t len)
{
	void *frame = frame_of(len, opclass, optype);
	int error = puffsmsg_op_check_request(frame, len);

	assert_true(error != EPROTO ||
	    puffsmsg_op_request(frame, len, opclass, optype) == NULL);
	free(frame);
	return error;
}

static void
test_short(void **state)
{
	size_t i, len;

	(void)state;
	for (i = 0; i < NKINDS; i++) {
		for (len = HEADER; len < kinds[i].size; len++)
			assert_int_equal(length_matters(kinds[i].opclass,
					     kinds[i].optype, len),
			    EPROTO);
	}
}

/* What has no name in it is all right with zeroes only. */
static void
test_long_enough(void **state)
{
	size_t i, accepted = 0;

	(void)state;
	for (i = 0; i < NKINDS; i++) {
		if (length_matters(kinds[i].opclass, kinds[i].optype,
			kinds[i].size) == 0)
			accepted++;
	}
	/* Ten have names. */
	assert_int_equal(accepted, NKINDS - 10);
}

static void
test_no_layout(void **state)
{
	(void)state;
	assert_int_equal(length_matters(PUFFSOP_VN, PUFFS_VN_IOCTL, 4096),
	    EOPNOTSUPP);
	assert_int_equal(length_matters(PUFFSOP_VFS, PUFFS_VFS_ROOT, 4096),
	    EOPNOTSUPP);
	assert_int_equal(length_matters(PUFFSOP_CACHE, 0, 4096), EOPNOTSUPP);
}

static void
test_other_kind(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_inactive);
	void *frame = frame_of(len, PUFFSOP_VN, PUFFS_VN_INACTIVE);

	(void)state;
	assert_non_null(puffsmsg_op_request_inactive(frame, len));
	assert_null(puffsmsg_op_request_print(frame, len));
	assert_null(
	    puffsmsg_op_request(frame, len, PUFFSOP_VFS, PUFFS_VN_INACTIVE));
	free(frame);
}

static struct puffs_vnmsg_lookup *
a_lookup(void)
{
	struct puffs_vnmsg_lookup *m = frame_new(sizeof(*m));

	assert_int_equal(puffsmsg_op_build_lookup(m, sizeof(*m), 1, 0, 0,
			     "name", 4, NULL),
	    0);
	return m;
}

static void
assert_name_length(uint64_t namelen)
{
	struct puffs_vnmsg_lookup *m = a_lookup();

	m->pvnr_cn.pkcn_namelen = namelen;
	assert_int_equal(puffsmsg_op_check_request(m, sizeof(*m)), EPROTO);
	free(m);
}

static void
test_name_lengths(void **state)
{
	(void)state;
	assert_name_length(0);
	assert_name_length(3);
	assert_name_length(5);
	assert_name_length(PUFFSMSG_NAME_MAX);
	assert_name_length(PUFFSMSG_NAMEBUF);
	assert_name_length(UINT64_MAX);
	assert_name_length((UINT64_C(1) << 32) + 4);
}

static void
test_name_content(void **state)
{
	struct puffs_vnmsg_lookup *m = a_lookup();

	(void)state;
	m->pvnr_cn.pkcn_name[1] = '/';
	assert_int_equal(puffsmsg_op_check_request(m, sizeof(*m)), EPROTO);
	memset(m->pvnr_cn.pkcn_name, 'n', sizeof(m->pvnr_cn.pkcn_name));
	assert_int_equal(puffsmsg_op_check_request(m, sizeof(*m)), EPROTO);
	m->pvnr_cn.pkcn_name[PUFFSMSG_NAME_MAX] = '\0';
	m->pvnr_cn.pkcn_namelen = PUFFSMSG_NAME_MAX;
	assert_int_equal(puffsmsg_op_check_request(m, sizeof(*m)), 0);
	free(m);
}

static void
test_both_names(void **state)
{
	const struct puffsmsg_op_rename how = { 1, 2, "a", 1, 3, 4, "b", 1 };
	struct puffs_vnmsg_rename *m = frame_new(sizeof(*m));

	(void)state;
	puffsmsg_op_build_rename(m, sizeof(*m), &how, NULL);
	assert_int_equal(puffsmsg_op_check_request(m, sizeof(*m)), 0);
	m->pvnr_cn_targ.pkcn_namelen = 2;
	assert_int_equal(puffsmsg_op_check_request(m, sizeof(*m)), EPROTO);
	puffsmsg_op_build_rename(m, sizeof(*m), &how, NULL);
	m->pvnr_cn_src.pkcn_namelen = 2;
	assert_int_equal(puffsmsg_op_check_request(m, sizeof(*m)), EPROTO);
	free(m);
}

static void
test_link_ends(void **state)
{
	struct puffs_vnmsg_symlink *m = frame_new(sizeof(*m));
	struct puffsmsg_vattr va;

	(void)state;
	puffsmsg_op_vattr_clear(&va);
	puffsmsg_op_build_symlink(m, sizeof(*m), 1, "a", 1, "b", 1, &va, NULL);
	memset(m->pvnr_link, 'l', sizeof(m->pvnr_link));
	assert_int_equal(puffsmsg_op_check_request(m, sizeof(*m)), EPROTO);
	free(m);
}

static void
test_attribute_names_end(void **state)
{
	struct puffs_vnmsg_deleteextattr *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_DELETEEXTATTR);
	struct puffs_vfsmsg_extattrctl *ctl = frame_of(sizeof(*ctl),
	    PUFFSOP_VFS, PUFFS_VFS_EXTATTRCTL);

	(void)state;
	memset(m->pvnr_attrname, 'a', sizeof(m->pvnr_attrname));
	assert_int_equal(puffsmsg_op_check_request(m, sizeof(*m)), EPROTO);
	memset(ctl->pvfsr_attrname, 'a', sizeof(ctl->pvfsr_attrname));
	assert_int_equal(puffsmsg_op_check_request(ctl, sizeof(*ctl)), EPROTO);
	free(m);
	free(ctl);
}

static int
with_groups(struct puffs_kcred *cred, void *frame, size_t len, int16_t ngroups)
{
	cred->pkcr_type = PUFFCRED_TYPE_UUC;
	cred->pkcr_uuc.cr_ngroups = ngroups;
	return puffsmsg_op_check_request(frame, len);
}

static void
assert_groups_bounded(struct puffs_kcred *cred, void *frame, size_t len)
{
	assert_int_equal(with_groups(cred, frame, len, 0), 0);
	assert_int_equal(with_groups(cred, frame, len, 16), 0);
	assert_int_equal(with_groups(cred, frame, len, 17), EPROTO);
	assert_int_equal(with_groups(cred, frame, len, -1), EPROTO);
	cred->pkcr_type = PUFFCRED_TYPE_INTERNAL;
	assert_int_equal(puffsmsg_op_check_request(frame, len), 0);
	free(frame);
}

static void
test_groups(void **state)
{
	struct puffs_vnmsg_close *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_CLOSE);
	struct puffs_vnmsg_mmap *mm = frame_of(sizeof(*mm), PUFFSOP_VN,
	    PUFFS_VN_MMAP);
	struct puffs_vfsmsg_sync *sync = frame_of(sizeof(*sync), PUFFSOP_VFS,
	    PUFFS_VFS_SYNC);
	struct puffs_vnmsg_setextattr *set = frame_of(sizeof(*set), PUFFSOP_VN,
	    PUFFS_VN_SETEXTATTR);
	struct puffs_vnmsg_rw *rw = frame_of(sizeof(*rw), PUFFSOP_VN,
	    PUFFS_VN_WRITE);
	struct puffs_vnmsg_lookup *lookup = a_lookup();

	(void)state;
	assert_groups_bounded(&m->pvnr_cred, m, sizeof(*m));
	assert_groups_bounded(&mm->pvnr_cred, mm, sizeof(*mm));
	assert_groups_bounded(&sync->pvfsr_cred, sync, sizeof(*sync));
	assert_groups_bounded(&set->pvnr_cred, set, sizeof(*set));
	assert_groups_bounded(&rw->pvnr_cred, rw, sizeof(*rw));
	assert_groups_bounded(&lookup->pvnr_cn_cred, lookup, sizeof(*lookup));
}

static void
test_announced_data(void **state)
{
	size_t len = PUFFSMSG_RW_SIZE(10);
	struct puffs_vnmsg_rw *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_write(m, len, 1, 0, "0123456789", 10, 0, NULL);
	assert_int_equal(puffsmsg_op_check_request(m, len), 0);
	/* The data starts 4 bytes before the end of the struct. */
	m->pvnr_resid = 14;
	assert_int_equal(puffsmsg_op_check_request(m, len), 0);
	m->pvnr_resid = 15;
	assert_int_equal(puffsmsg_op_check_request(m, len), EPROTO);
	m->pvnr_resid = UINT64_MAX;
	assert_int_equal(puffsmsg_op_check_request(m, len), EPROTO);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_long_enough),
		cmocka_unit_test(test_no_layout),
		cmocka_unit_test(test_other_kind),
		cmocka_unit_test(test_name_lengths),
		cmocka_unit_test(test_name_content),
		cmocka_unit_test(test_both_names),
		cmocka_unit_test(test_link_ends),
		cmocka_unit_test(test_attribute_names_end),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_announced_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
