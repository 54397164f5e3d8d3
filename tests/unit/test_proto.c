/* SPDX-License-Identifier: BSD-2-Clause */

/* include/puffsmsg/proto.h: offsets and numbers of the wire. */

#include "opframe.h"

struct field {
	const char *what;
	size_t offset;
	size_t size;
	size_t want_offset;
	size_t want_size;
};

#define FIELD(tag, member, offset, size) \
	{ \
#member, offsetof(struct tag, member), \
		    sizeof(((struct tag *)0)->member), offset, size \
	}

static const struct field fields[] = {
	FIELD(puffs_req, preq_pth.pth_framelen, 0, 8),
	FIELD(puffs_req, preq_id, 8, 8),
	FIELD(puffs_req, preq_cookie64, 16, 8),
	FIELD(puffs_req, preq_opclass, 24, 2),
	FIELD(puffs_req, preq_optype, 26, 2),
	FIELD(puffs_req, preq_rv, 28, 4),
	FIELD(puffs_req, preq_setbacks, 32, 4),
	FIELD(puffs_req, preq_pid, 36, 4),
	FIELD(puffs_req, preq_lid, 40, 4),
	FIELD(puffs_req, preq_pad, 44, 4),
	FIELD(puffs_req, preq_buflen, 48, 8),
	FIELD(puffs_flush, pf_req, 0, 56),
	FIELD(puffs_flush, pf_cookie64, 56, 8),
	FIELD(puffs_flush, pf_op, 64, 4),
	FIELD(puffs_flush, pf_start, 72, 8),
	FIELD(puffs_flush, pf_end, 80, 8),
	FIELD(puffs_error, perr_pr, 0, 56),
	FIELD(puffs_error, perr_error, 56, 4),
	FIELD(puffs_error, perr_str, 60, 256),
};

static void
test_fields(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (fields[i].offset != fields[i].want_offset ||
		    fields[i].size != fields[i].want_size) {
			fail_msg("%s: %zu bytes at %zu, not %zu at %zu",
			    fields[i].what, fields[i].size, fields[i].offset,
			    fields[i].want_size, fields[i].want_offset);
		}
	}
}

static void
test_sizes(void **state)
{
	(void)state;
	assert_int_equal(sizeof(struct putter_hdr), 8);
	assert_int_equal(sizeof(struct puffs_req), 56);
	assert_int_equal(sizeof(struct puffs_flush), 88);
	assert_int_equal(sizeof(struct puffs_error), 320);
	assert_int_equal(_Alignof(struct puffs_req), 8);
}

static void
test_cookie_halves(void **state)
{
	struct puffs_req req;
	struct puffs_flush flush;
	int object;

	(void)state;
	memset(&req, 0, sizeof(req));
	memset(&flush, 0, sizeof(flush));
	req.preq_cookie = &object;
	flush.pf_cookie = &object;
	assert_int_equal(req.preq_cookie64, (uintptr_t)&object);
	assert_int_equal(flush.pf_cookie64, (uintptr_t)&object);
	req.preq_cookie64 = 0x1234;
	assert_int_equal((uintptr_t)req.preq_cookie, 0x1234);
}

static void
test_cookie_fits(void **state)
{
	(void)state;
	assert_true(puffsmsg_cookie_fits(0));
	assert_true(puffsmsg_cookie_fits(UINTPTR_MAX));
	assert_int_equal(puffsmsg_cookie_fits(UINT64_MAX),
	    sizeof(void *) == sizeof(uint64_t));
}

static void
test_classes(void **state)
{
	(void)state;
	assert_int_equal(PUFFSOP_VFS, 1);
	assert_int_equal(PUFFSOP_VN, 2);
	assert_int_equal(PUFFSOP_CACHE, 3);
	assert_int_equal(PUFFSOP_ERROR, 4);
	assert_int_equal(PUFFSOP_FLUSH, 5);
	assert_int_equal(PUFFSOP_SUSPEND, 6);
	assert_int_equal(PUFFSOP_UNMOUNT, 7);
	assert_int_equal(PUFFSOPFLAG_FAF, 0x10);
	assert_int_equal(PUFFSOPFLAG_ISRESPONSE, 0x20);
	assert_int_equal(PUFFSOP_OPCLASS(PUFFSOP_VN | PUFFSOPFLAG_FAF), 2);
	assert_int_equal(PUFFSOP_OPCLASS(0xffff), 7);
	assert_true(PUFFSOP_WANTREPLY(PUFFSOP_VN));
	assert_false(PUFFSOP_WANTREPLY(PUFFSOP_VN | PUFFSOPFLAG_FAF));
}

/* Types in the order of their numbers, from 0. */
static const int vfs_types[] = { PUFFS_VFS_MOUNT, PUFFS_VFS_START,
	PUFFS_VFS_UNMOUNT, PUFFS_VFS_ROOT, PUFFS_VFS_QUOTACTL,
	PUFFS_VFS_STATVFS, PUFFS_VFS_SYNC, PUFFS_VFS_VGET, PUFFS_VFS_FHTOVP,
	PUFFS_VFS_VPTOFH, PUFFS_VFS_INIT, PUFFS_VFS_DONE, PUFFS_VFS_SNAPSHOT,
	PUFFS_VFS_EXTATTRCTL, PUFFS_VFS_SUSPEND };
static const int vn_types[] = { PUFFS_VN_LOOKUP, PUFFS_VN_CREATE,
	PUFFS_VN_MKNOD, PUFFS_VN_OPEN, PUFFS_VN_CLOSE, PUFFS_VN_ACCESS,
	PUFFS_VN_GETATTR, PUFFS_VN_SETATTR, PUFFS_VN_READ, PUFFS_VN_WRITE,
	PUFFS_VN_IOCTL, PUFFS_VN_FCNTL, PUFFS_VN_POLL, PUFFS_VN_KQFILTER,
	PUFFS_VN_REVOKE, PUFFS_VN_MMAP, PUFFS_VN_FSYNC, PUFFS_VN_SEEK,
	PUFFS_VN_REMOVE, PUFFS_VN_LINK, PUFFS_VN_RENAME, PUFFS_VN_MKDIR,
	PUFFS_VN_RMDIR, PUFFS_VN_SYMLINK, PUFFS_VN_READDIR, PUFFS_VN_READLINK,
	PUFFS_VN_ABORTOP, PUFFS_VN_INACTIVE, PUFFS_VN_RECLAIM, PUFFS_VN_LOCK,
	PUFFS_VN_UNLOCK, PUFFS_VN_BMAP, PUFFS_VN_STRATEGY, PUFFS_VN_PRINT,
	PUFFS_VN_ISLOCKED, PUFFS_VN_PATHCONF, PUFFS_VN_ADVLOCK, PUFFS_VN_LEASE,
	PUFFS_VN_WHITEOUT, PUFFS_VN_GETPAGES, PUFFS_VN_PUTPAGES,
	PUFFS_VN_GETEXTATTR, PUFFS_VN_LISTEXTATTR, PUFFS_VN_OPENEXTATTR,
	PUFFS_VN_DELETEEXTATTR, PUFFS_VN_SETEXTATTR, PUFFS_VN_CLOSEEXTATTR,
	PUFFS_VN_FALLOCATE, PUFFS_VN_FDISCARD };
static const int err_types[] = { PUFFS_ERR_ERROR, PUFFS_ERR_MAKENODE,
	PUFFS_ERR_LOOKUP, PUFFS_ERR_READDIR, PUFFS_ERR_READLINK, PUFFS_ERR_READ,
	PUFFS_ERR_WRITE, PUFFS_ERR_VPTOFH, PUFFS_ERR_GETEXTATTR,
	PUFFS_ERR_LISTEXTATTR };
static const int flush_ops[] = { PUFFS_INVAL_NAMECACHE_NODE,
	PUFFS_INVAL_NAMECACHE_DIR, PUFFS_INVAL_NAMECACHE_ALL,
	PUFFS_INVAL_PAGECACHE_NODE_RANGE, PUFFS_FLUSH_PAGECACHE_NODE_RANGE };

static void
assert_counts_up(const int *numbers, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		assert_int_equal(numbers[i], i);
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
test_types(void **state)
{
	(void)state;
	assert_counts_up(vfs_types, COUNT(vfs_types));
	assert_int_equal(COUNT(vfs_types), PUFFS_VFS_MAX + 1);
	assert_counts_up(vn_types, COUNT(vn_types));
	assert_int_equal(COUNT(vn_types), PUFFS_VN_MAX + 1);
	assert_counts_up(err_types, COUNT(err_types));
	assert_int_equal(COUNT(err_types), PUFFS_ERR_MAX + 1);
	assert_counts_up(flush_ops, COUNT(flush_ops));
}

static void
test_other_numbers(void **state)
{
	(void)state;
	assert_int_equal(PUFFS_SETBACK_INACT_N1, 1);
	assert_int_equal(PUFFS_SETBACK_INACT_N2, 2);
	assert_int_equal(PUFFS_SETBACK_NOREF_N1, 4);
	assert_int_equal(PUFFS_SETBACK_NOREF_N2, 8);
	assert_int_equal(PUFFS_SETBACK_MASK, 15);
	assert_int_equal(PUFFSVERSION, 30);
	assert_int_equal(PUFFSMSG_MAXMSG_DEFAULT, 131072);
	assert_int_equal(PUFFSMSG_MAXMSG_MIN, 8192);
	assert_true(PUFFSMSG_SERVER_ID == UINT64_C(0x8000000000000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_cookie_halves),
		cmocka_unit_test(test_cookie_fits),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_other_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
