/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_check_result.c */

#include "opframe.h"

/* The least length of each result. */
static const struct {
	unsigned opclass;
	unsigned optype;
	size_t size;
} kinds[] = {
	{ PUFFSOP_VFS, PUFFS_VFS_UNMOUNT, 56 },
	{ PUFFSOP_VFS, PUFFS_VFS_STATVFS, 2312 },
	{ PUFFSOP_VFS, PUFFS_VFS_SYNC, 56 },
	{ PUFFSOP_VFS, PUFFS_VFS_FHTOVP, 96 },
	{ PUFFSOP_VFS, PUFFS_VFS_VPTOFH, 72 },
	{ PUFFSOP_VFS, PUFFS_VFS_EXTATTRCTL, 56 },
	{ PUFFSOP_VFS, PUFFS_VFS_SUSPEND, 56 },
	{ PUFFSOP_VN, PUFFS_VN_LOOKUP, 1432 },
	{ PUFFSOP_VN, PUFFS_VN_CREATE, 1408 },
	{ PUFFSOP_VN, PUFFS_VN_MKNOD, 1408 },
	{ PUFFSOP_VN, PUFFS_VN_OPEN, 152 },
	{ PUFFSOP_VN, PUFFS_VN_CLOSE, 56 },
	{ PUFFSOP_VN, PUFFS_VN_ACCESS, 56 },
	{ PUFFSOP_VN, PUFFS_VN_GETATTR, 336 },
	{ PUFFSOP_VN, PUFFS_VN_SETATTR, 336 },
	{ PUFFSOP_VN, PUFFS_VN_READ, 168 },
	{ PUFFSOP_VN, PUFFS_VN_WRITE, 168 },
	{ PUFFSOP_VN, PUFFS_VN_POLL, 64 },
	{ PUFFSOP_VN, PUFFS_VN_MMAP, 56 },
	{ PUFFSOP_VN, PUFFS_VN_FSYNC, 56 },
	{ PUFFSOP_VN, PUFFS_VN_SEEK, 56 },
	{ PUFFSOP_VN, PUFFS_VN_REMOVE, 56 },
	{ PUFFSOP_VN, PUFFS_VN_LINK, 56 },
	{ PUFFSOP_VN, PUFFS_VN_RENAME, 56 },
	{ PUFFSOP_VN, PUFFS_VN_MKDIR, 1408 },
	{ PUFFSOP_VN, PUFFS_VN_RMDIR, 56 },
	{ PUFFSOP_VN, PUFFS_VN_SYMLINK, 2432 },
	{ PUFFSOP_VN, PUFFS_VN_READDIR, 184 },
	{ PUFFSOP_VN, PUFFS_VN_READLINK, 1176 },
	{ PUFFSOP_VN, PUFFS_VN_ABORTOP, 56 },
	{ PUFFSOP_VN, PUFFS_VN_INACTIVE, 56 },
	{ PUFFSOP_VN, PUFFS_VN_RECLAIM, 56 },
	{ PUFFSOP_VN, PUFFS_VN_PRINT, 56 },
	{ PUFFSOP_VN, PUFFS_VN_PATHCONF, 72 },
	{ PUFFSOP_VN, PUFFS_VN_ADVLOCK, 96 },
	{ PUFFSOP_VN, PUFFS_VN_GETEXTATTR, 416 },
	{ PUFFSOP_VN, PUFFS_VN_LISTEXTATTR, 168 },
	{ PUFFSOP_VN, PUFFS_VN_DELETEEXTATTR, 56 },
	{ PUFFSOP_VN, PUFFS_VN_SETEXTATTR, 408 },
	{ PUFFSOP_VN, PUFFS_VN_FALLOCATE, 56 },
	{ PUFFSOP_VN, PUFFS_VN_FDISCARD, 56 },
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static int
check(unsigned opclass, unsigned optype, size_t len)
{
	void *frame = frame_of(len, opclass, optype);
	int error = puffsmsg_op_check_result(frame, len);

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
			assert_int_equal(check(kinds[i].opclass,
					     kinds[i].optype, len),
			    EPROTO);
	}
}

/* What names no node is all right with zeroes only. */
static void
test_long_enough(void **state)
{
	size_t i, accepted = 0;

	(void)state;
	for (i = 0; i < NKINDS; i++) {
		if (check(kinds[i].opclass, kinds[i].optype, kinds[i].size) ==
		    0)
			accepted++;
	}
	/* LOOKUP, CREATE, MKNOD, MKDIR, SYMLINK, FHTOVP. */
	assert_int_equal(accepted, NKINDS - 6);
}

static void
test_no_layout(void **state)
{
	void *frame = frame_new(1);

	(void)state;
	assert_int_equal(check(PUFFSOP_VN, PUFFS_VN_LOCK, 4096), EOPNOTSUPP);
	assert_int_equal(check(PUFFSOP_UNMOUNT, 0, 4096), EOPNOTSUPP);
	assert_int_equal(puffsmsg_op_check_result(frame, 1), EPROTO);
	free(frame);
}

static void
test_errors_hold_nothing(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_setgetattr);
	struct puffs_req *req = frame_of(len, PUFFSOP_VN, PUFFS_VN_GETATTR);

	(void)state;
	assert_non_null(puffsmsg_op_result_getattr(req, len));
	assert_null(puffsmsg_op_result_setattr(req, len));
	req->preq_rv = ENOENT;
	assert_int_equal(puffsmsg_op_check_result(req, len), EINVAL);
	assert_null(puffsmsg_op_result_getattr(req, len));
	free(req);
}

static struct puffs_vnmsg_lookup *
a_lookup(void)
{
	struct puffs_vnmsg_lookup *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_LOOKUP);

	m->pvnr_newnode = 1;
	m->pvnr_vtype = PUFFSMSG_VREG;
	puffsmsg_op_vattr_clear(&m->pvnr_va);
	return m;
}

static void
test_lookup(void **state)
{
	struct puffs_vnmsg_lookup *m = a_lookup();

	(void)state;
	assert_ptr_equal(puffsmsg_op_result_lookup(m, sizeof(*m)), m);
	m->pvnr_va.va_type = 9;
	assert_null(puffsmsg_op_result_lookup(m, sizeof(*m)));
	m->pvnr_va.va_type = PUFFSMSG_VREG;
	m->pvnr_vtype = PUFFSMSG_VNON;
	assert_null(puffsmsg_op_result_lookup(m, sizeof(*m)));
	m->pvnr_vtype = PUFFSMSG_VBAD;
	assert_null(puffsmsg_op_result_lookup(m, sizeof(*m)));
	m->pvnr_vtype = PUFFSMSG_VFIFO;
	assert_non_null(puffsmsg_op_result_lookup(m, sizeof(*m)));
	m->pvnr_newnode = 0;
	assert_null(puffsmsg_op_result_lookup(m, sizeof(*m)));
	free(m);
}

static void
test_wide_cookies(void **state)
{
	struct puffs_vnmsg_lookup *m = a_lookup();

	(void)state;
	m->pvnr_newnode = UINT64_MAX;
	assert_int_equal(puffsmsg_op_result_lookup(m, sizeof(*m)) != NULL,
	    sizeof(void *) == sizeof(uint64_t));
	free(m);
}

static void
test_make(void **state)
{
	struct puffs_vnmsg_mkdir *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_MKDIR);

	(void)state;
	assert_null(puffsmsg_op_result_mkdir(m, sizeof(*m)));
	m->pvnr_newnode = 1;
	assert_ptr_equal(puffsmsg_op_result_mkdir(m, sizeof(*m)), m);
	m->pvnr_va.va_type = -2;
	assert_null(puffsmsg_op_result_mkdir(m, sizeof(*m)));
	free(m);
}

static void
test_getattr(void **state)
{
	struct puffs_vnmsg_setgetattr *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_GETATTR);

	(void)state;
	m->pvnr_va.va_type = INT32_MAX;
	assert_null(puffsmsg_op_result_getattr(m, sizeof(*m)));
	free(m);
}

static void
test_readdir(void **state)
{
	struct puffs_vnmsg_readdir *m = frame_of(sizeof(*m) + 8, PUFFSOP_VN,
	    PUFFS_VN_READDIR);

	(void)state;
	m->pvnr_dentoff = 8;
	assert_non_null(puffsmsg_op_result_readdir(m, sizeof(*m) + 8));
	m->pvnr_dentoff = 9;
	assert_null(puffsmsg_op_result_readdir(m, sizeof(*m) + 8));
	m->pvnr_dentoff = UINT64_MAX;
	assert_null(puffsmsg_op_result_readdir(m, sizeof(*m) + 8));
	free(m);
}

static void
test_readlink(void **state)
{
	struct puffs_vnmsg_readlink *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_READLINK);

	(void)state;
	m->pvnr_linklen = 1024;
	assert_non_null(puffsmsg_op_result_readlink(m, sizeof(*m)));
	m->pvnr_linklen = 1025;
	assert_null(puffsmsg_op_result_readlink(m, sizeof(*m)));
	free(m);
}

static void
test_statvfs(void **state)
{
	struct puffs_vfsmsg_statvfs *m = frame_of(sizeof(*m), PUFFSOP_VFS,
	    PUFFS_VFS_STATVFS);
	char *names[3];
	size_t sizes[] = { 32, 1024, 1024 }, i;

	(void)state;
	names[0] = m->pvfsr_sb.f_fstypename;
	names[1] = m->pvfsr_sb.f_mntonname;
	names[2] = m->pvfsr_sb.f_mntfromname;
	for (i = 0; i < 3; i++) {
		memset(names[i], 'n', sizes[i]);
		assert_null(puffsmsg_op_result_statvfs(m, sizeof(*m)));
		names[i][sizes[i] - 1] = '\0';
		assert_non_null(puffsmsg_op_result_statvfs(m, sizeof(*m)));
	}
	free(m);
}

static void
test_handles(void **state)
{
	struct puffs_vfsmsg_fhtonode *to = frame_of(sizeof(*to), PUFFSOP_VFS,
	    PUFFS_VFS_FHTOVP);
	size_t len = PUFFSMSG_NODETOFH_SIZE(10);
	struct puffs_vfsmsg_nodetofh *from = frame_of(len, PUFFSOP_VFS,
	    PUFFS_VFS_VPTOFH);

	(void)state;
	assert_null(puffsmsg_op_result_fhtonode(to, sizeof(*to)));
	to->pvfsr_fhcookie = 1;
	assert_null(puffsmsg_op_result_fhtonode(to, sizeof(*to)));
	to->pvfsr_vtype = PUFFSMSG_VDIR;
	assert_non_null(puffsmsg_op_result_fhtonode(to, sizeof(*to)));
	from->pvfsr_dsize = 10;
	assert_non_null(puffsmsg_op_result_nodetofh(from, len));
	from->pvfsr_dsize = 11;
	assert_null(puffsmsg_op_result_nodetofh(from, len));
	free(to);
	free(from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_short),
		cmocka_unit_test(test_long_enough),
		cmocka_unit_test(test_no_layout),
		cmocka_unit_test(test_errors_hold_nothing),
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_wide_cookies),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_getattr),
		cmocka_unit_test(test_readdir),
		cmocka_unit_test(test_readlink),
		cmocka_unit_test(test_statvfs),
		cmocka_unit_test(test_handles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
