/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The layouts of the operation messages against the table that the compiler of
 * a NetBSD amd64 system gave (protocol 30).
 */

#include "opframe.h"

struct row {
	const char *what;
	size_t offset;
	size_t size;
	size_t want_offset;
	size_t want_size;
};

#define FIELD(tag, member, offset, size) \
	{ \
#tag "." #member, offsetof(struct tag, member), \
		    sizeof(((struct tag *)0)->member), offset, size \
	}
#define SIZE(tag, size) \
	{ \
#tag, 0, sizeof(struct tag), 0, size \
	}

/* clang-format off */
static const struct row rows[] = {
	SIZE(puffsmsg_timespec, 16),
	FIELD(puffsmsg_timespec, tv_sec, 0, 8),
	FIELD(puffsmsg_timespec, tv_nsec, 8, 8),
	SIZE(puffsmsg_uucred, 80),
	FIELD(puffsmsg_uucred, cr_unused, 0, 2),
	FIELD(puffsmsg_uucred, cr_uid, 4, 4),
	FIELD(puffsmsg_uucred, cr_gid, 8, 4),
	FIELD(puffsmsg_uucred, cr_ngroups, 12, 2),
	FIELD(puffsmsg_uucred, cr_groups, 16, 64),
	SIZE(puffs_kcred, 84),
	FIELD(puffs_kcred, pkcr_uuc, 0, 80),
	FIELD(puffs_kcred, pkcr_type, 80, 1),
	FIELD(puffs_kcred, pkcr_internal, 81, 1),
	SIZE(puffs_kcn, 1048),
	FIELD(puffs_kcn, pkcn_nameiop, 0, 4),
	FIELD(puffs_kcn, pkcn_flags, 4, 4),
	FIELD(puffs_kcn, pkcn_name, 8, 1024),
	FIELD(puffs_kcn, pkcn_namelen, 1032, 8),
	FIELD(puffs_kcn, pkcn_consume, 1040, 8),
	SIZE(puffsmsg_vattr, 176),
	FIELD(puffsmsg_vattr, va_type, 0, 4),
	FIELD(puffsmsg_vattr, va_mode, 4, 4),
	FIELD(puffsmsg_vattr, va_nlink, 8, 4),
	FIELD(puffsmsg_vattr, va_uid, 12, 4),
	FIELD(puffsmsg_vattr, va_gid, 16, 4),
	FIELD(puffsmsg_vattr, va_fsid, 24, 8),
	FIELD(puffsmsg_vattr, va_fileid, 32, 8),
	FIELD(puffsmsg_vattr, va_size, 40, 8),
	FIELD(puffsmsg_vattr, va_blocksize, 48, 8),
	FIELD(puffsmsg_vattr, va_atime, 56, 16),
	FIELD(puffsmsg_vattr, va_mtime, 72, 16),
	FIELD(puffsmsg_vattr, va_ctime, 88, 16),
	FIELD(puffsmsg_vattr, va_birthtime, 104, 16),
	FIELD(puffsmsg_vattr, va_gen, 120, 8),
	FIELD(puffsmsg_vattr, va_flags, 128, 8),
	FIELD(puffsmsg_vattr, va_rdev, 136, 8),
	FIELD(puffsmsg_vattr, va_bytes, 144, 8),
	FIELD(puffsmsg_vattr, va_filerev, 152, 8),
	FIELD(puffsmsg_vattr, va_vaflags, 160, 4),
	FIELD(puffsmsg_vattr, va_spare, 168, 8),
	SIZE(puffsmsg_statvfs, 2256),
	FIELD(puffsmsg_statvfs, f_flag, 0, 8),
	FIELD(puffsmsg_statvfs, f_bsize, 8, 8),
	FIELD(puffsmsg_statvfs, f_frsize, 16, 8),
	FIELD(puffsmsg_statvfs, f_iosize, 24, 8),
	FIELD(puffsmsg_statvfs, f_blocks, 32, 8),
	FIELD(puffsmsg_statvfs, f_bfree, 40, 8),
	FIELD(puffsmsg_statvfs, f_bavail, 48, 8),
	FIELD(puffsmsg_statvfs, f_bresvd, 56, 8),
	FIELD(puffsmsg_statvfs, f_files, 64, 8),
	FIELD(puffsmsg_statvfs, f_ffree, 72, 8),
	FIELD(puffsmsg_statvfs, f_favail, 80, 8),
	FIELD(puffsmsg_statvfs, f_fresvd, 88, 8),
	FIELD(puffsmsg_statvfs, f_syncreads, 96, 8),
	FIELD(puffsmsg_statvfs, f_syncwrites, 104, 8),
	FIELD(puffsmsg_statvfs, f_asyncreads, 112, 8),
	FIELD(puffsmsg_statvfs, f_asyncwrites, 120, 8),
	FIELD(puffsmsg_statvfs, f_fsidx, 128, 8),
	FIELD(puffsmsg_statvfs, f_fsid, 136, 8),
	FIELD(puffsmsg_statvfs, f_namemax, 144, 8),
	FIELD(puffsmsg_statvfs, f_owner, 152, 4),
	FIELD(puffsmsg_statvfs, f_spare, 156, 16),
	FIELD(puffsmsg_statvfs, f_fstypename, 172, 32),
	FIELD(puffsmsg_statvfs, f_mntonname, 204, 1024),
	FIELD(puffsmsg_statvfs, f_mntfromname, 1228, 1024),
	SIZE(puffsmsg_dirent, 528),
	FIELD(puffsmsg_dirent, de_fileno, 0, 8),
	FIELD(puffsmsg_dirent, de_reclen, 8, 2),
	FIELD(puffsmsg_dirent, de_namlen, 10, 2),
	FIELD(puffsmsg_dirent, de_type, 12, 1),
	FIELD(puffsmsg_dirent, de_name, 13, 512),
	SIZE(puffsmsg_flock, 24),
	FIELD(puffsmsg_flock, l_start, 0, 8),
	FIELD(puffsmsg_flock, l_len, 8, 8),
	FIELD(puffsmsg_flock, l_pid, 16, 4),
	FIELD(puffsmsg_flock, l_type, 20, 2),
	FIELD(puffsmsg_flock, l_whence, 22, 2),
	SIZE(puffs_vfsmsg_unmount, 64),
	FIELD(puffs_vfsmsg_unmount, pvfsr_flags, 56, 4),
	SIZE(puffs_vfsmsg_statvfs, 2312),
	FIELD(puffs_vfsmsg_statvfs, pvfsr_sb, 56, 2256),
	SIZE(puffs_vfsmsg_sync, 144),
	FIELD(puffs_vfsmsg_sync, pvfsr_cred, 56, 84),
	FIELD(puffs_vfsmsg_sync, pvfsr_waitfor, 140, 4),
	SIZE(puffs_vfsmsg_fhtonode, 96),
	FIELD(puffs_vfsmsg_fhtonode, pvfsr_fhcookie, 56, 8),
	FIELD(puffs_vfsmsg_fhtonode, pvfsr_vtype, 64, 4),
	FIELD(puffs_vfsmsg_fhtonode, pvfsr_size, 72, 8),
	FIELD(puffs_vfsmsg_fhtonode, pvfsr_rdev, 80, 8),
	FIELD(puffs_vfsmsg_fhtonode, pvfsr_dsize, 88, 8),
	SIZE(puffs_vfsmsg_nodetofh, 72),
	FIELD(puffs_vfsmsg_nodetofh, pvfsr_fhcookie, 56, 8),
	FIELD(puffs_vfsmsg_nodetofh, pvfsr_dsize, 64, 8),
	SIZE(puffs_vfsmsg_suspend, 64),
	FIELD(puffs_vfsmsg_suspend, pvfsr_status, 56, 4),
	SIZE(puffs_vfsmsg_extattrctl, 328),
	FIELD(puffs_vfsmsg_extattrctl, pvfsr_cmd, 56, 4),
	FIELD(puffs_vfsmsg_extattrctl, pvfsr_attrnamespace, 60, 4),
	FIELD(puffs_vfsmsg_extattrctl, pvfsr_flags, 64, 4),
	FIELD(puffs_vfsmsg_extattrctl, pvfsr_attrname, 68, 255),
	SIZE(puffs_vnmsg_lookup, 1432),
	FIELD(puffs_vnmsg_lookup, pvnr_cn, 56, 1048),
	FIELD(puffs_vnmsg_lookup, pvnr_cn_cred, 1104, 84),
	FIELD(puffs_vnmsg_lookup, pvnr_newnode, 1192, 8),
	FIELD(puffs_vnmsg_lookup, pvnr_vtype, 1200, 4),
	FIELD(puffs_vnmsg_lookup, pvnr_size, 1208, 8),
	FIELD(puffs_vnmsg_lookup, pvnr_rdev, 1216, 8),
	FIELD(puffs_vnmsg_lookup, pvnr_va, 1224, 176),
	FIELD(puffs_vnmsg_lookup, pvnr_va_ttl, 1400, 16),
	FIELD(puffs_vnmsg_lookup, pvnr_cn_ttl, 1416, 16),
	SIZE(puffs_vnmsg_create, 1408),
	FIELD(puffs_vnmsg_create, pvnr_cn, 56, 1048),
	FIELD(puffs_vnmsg_create, pvnr_cn_cred, 1104, 84),
	FIELD(puffs_vnmsg_create, pvnr_va, 1192, 176),
	FIELD(puffs_vnmsg_create, pvnr_newnode, 1368, 8),
	FIELD(puffs_vnmsg_create, pvnr_va_ttl, 1376, 16),
	FIELD(puffs_vnmsg_create, pvnr_cn_ttl, 1392, 16),
	SIZE(puffs_vnmsg_mknod, 1408),
	FIELD(puffs_vnmsg_mknod, pvnr_cn, 56, 1048),
	FIELD(puffs_vnmsg_mknod, pvnr_cn_cred, 1104, 84),
	FIELD(puffs_vnmsg_mknod, pvnr_va, 1192, 176),
	FIELD(puffs_vnmsg_mknod, pvnr_newnode, 1368, 8),
	FIELD(puffs_vnmsg_mknod, pvnr_va_ttl, 1376, 16),
	FIELD(puffs_vnmsg_mknod, pvnr_cn_ttl, 1392, 16),
	SIZE(puffs_vnmsg_open, 152),
	FIELD(puffs_vnmsg_open, pvnr_cred, 56, 84),
	FIELD(puffs_vnmsg_open, pvnr_mode, 140, 4),
	FIELD(puffs_vnmsg_open, pvnr_oflags, 144, 4),
	SIZE(puffs_vnmsg_close, 144),
	FIELD(puffs_vnmsg_close, pvnr_cred, 56, 84),
	FIELD(puffs_vnmsg_close, pvnr_fflag, 140, 4),
	SIZE(puffs_vnmsg_access, 144),
	FIELD(puffs_vnmsg_access, pvnr_cred, 56, 84),
	FIELD(puffs_vnmsg_access, pvnr_mode, 140, 4),
	SIZE(puffs_vnmsg_setgetattr, 336),
	FIELD(puffs_vnmsg_setgetattr, pvnr_cred, 56, 84),
	FIELD(puffs_vnmsg_setgetattr, pvnr_va, 144, 176),
	FIELD(puffs_vnmsg_setgetattr, pvnr_va_ttl, 320, 16),
	SIZE(puffs_vnmsg_rw, 168),
	FIELD(puffs_vnmsg_rw, pvnr_cred, 56, 84),
	FIELD(puffs_vnmsg_rw, pvnr_offset, 144, 8),
	FIELD(puffs_vnmsg_rw, pvnr_resid, 152, 8),
	FIELD(puffs_vnmsg_rw, pvnr_ioflag, 160, 4),
	SIZE(puffs_vnmsg_fsync, 168),
	FIELD(puffs_vnmsg_fsync, pvnr_cred, 56, 84),
	FIELD(puffs_vnmsg_fsync, pvnr_offlo, 144, 8),
	FIELD(puffs_vnmsg_fsync, pvnr_offhi, 152, 8),
	FIELD(puffs_vnmsg_fsync, pvnr_flags, 160, 4),
	SIZE(puffs_vnmsg_seek, 160),
	FIELD(puffs_vnmsg_seek, pvnr_cred, 56, 84),
	FIELD(puffs_vnmsg_seek, pvnr_oldoff, 144, 8),
	FIELD(puffs_vnmsg_seek, pvnr_newoff, 152, 8),
	SIZE(puffs_vnmsg_remove, 1200),
	FIELD(puffs_vnmsg_remove, pvnr_cn, 56, 1048),
	FIELD(puffs_vnmsg_remove, pvnr_cn_cred, 1104, 84),
	FIELD(puffs_vnmsg_remove, pvnr_cookie_targ, 1192, 8),
	SIZE(puffs_vnmsg_mkdir, 1408),
	FIELD(puffs_vnmsg_mkdir, pvnr_cn, 56, 1048),
	FIELD(puffs_vnmsg_mkdir, pvnr_cn_cred, 1104, 84),
	FIELD(puffs_vnmsg_mkdir, pvnr_va, 1192, 176),
	FIELD(puffs_vnmsg_mkdir, pvnr_newnode, 1368, 8),
	FIELD(puffs_vnmsg_mkdir, pvnr_va_ttl, 1376, 16),
	FIELD(puffs_vnmsg_mkdir, pvnr_cn_ttl, 1392, 16),
	SIZE(puffs_vnmsg_rmdir, 1200),
	FIELD(puffs_vnmsg_rmdir, pvnr_cn, 56, 1048),
	FIELD(puffs_vnmsg_rmdir, pvnr_cn_cred, 1104, 84),
	FIELD(puffs_vnmsg_rmdir, pvnr_cookie_targ, 1192, 8),
	SIZE(puffs_vnmsg_link, 1200),
	FIELD(puffs_vnmsg_link, pvnr_cn, 56, 1048),
	FIELD(puffs_vnmsg_link, pvnr_cn_cred, 1104, 84),
	FIELD(puffs_vnmsg_link, pvnr_cookie_targ, 1192, 8),
	SIZE(puffs_vnmsg_rename, 2352),
	FIELD(puffs_vnmsg_rename, pvnr_cn_src, 56, 1048),
	FIELD(puffs_vnmsg_rename, pvnr_cn_src_cred, 1104, 84),
	FIELD(puffs_vnmsg_rename, pvnr_cn_targ, 1192, 1048),
	FIELD(puffs_vnmsg_rename, pvnr_cn_targ_cred, 2240, 84),
	FIELD(puffs_vnmsg_rename, pvnr_cookie_src, 2328, 8),
	FIELD(puffs_vnmsg_rename, pvnr_cookie_targ, 2336, 8),
	FIELD(puffs_vnmsg_rename, pvnr_cookie_targdir, 2344, 8),
	SIZE(puffs_vnmsg_symlink, 2432),
	FIELD(puffs_vnmsg_symlink, pvnr_cn, 56, 1048),
	FIELD(puffs_vnmsg_symlink, pvnr_cn_cred, 1104, 84),
	FIELD(puffs_vnmsg_symlink, pvnr_va, 1192, 176),
	FIELD(puffs_vnmsg_symlink, pvnr_newnode, 1368, 8),
	FIELD(puffs_vnmsg_symlink, pvnr_link, 1376, 1024),
	FIELD(puffs_vnmsg_symlink, pvnr_va_ttl, 2400, 16),
	FIELD(puffs_vnmsg_symlink, pvnr_cn_ttl, 2416, 16),
	SIZE(puffs_vnmsg_readdir, 184),
	FIELD(puffs_vnmsg_readdir, pvnr_cred, 56, 84),
	FIELD(puffs_vnmsg_readdir, pvnr_offset, 144, 8),
	FIELD(puffs_vnmsg_readdir, pvnr_resid, 152, 8),
	FIELD(puffs_vnmsg_readdir, pvnr_ncookies, 160, 8),
	FIELD(puffs_vnmsg_readdir, pvnr_eofflag, 168, 4),
	FIELD(puffs_vnmsg_readdir, pvnr_dentoff, 176, 8),
	SIZE(puffs_vnmsg_poll, 64),
	FIELD(puffs_vnmsg_poll, pvnr_events, 56, 4),
	SIZE(puffs_vnmsg_readlink, 1176),
	FIELD(puffs_vnmsg_readlink, pvnr_cred, 56, 84),
	FIELD(puffs_vnmsg_readlink, pvnr_linklen, 144, 8),
	FIELD(puffs_vnmsg_readlink, pvnr_link, 152, 1024),
	SIZE(puffs_vnmsg_reclaim, 64),
	FIELD(puffs_vnmsg_reclaim, pvnr_nlookup, 56, 4),
	SIZE(puffs_vnmsg_inactive, 56),
	SIZE(puffs_vnmsg_print, 56),
	SIZE(puffs_vnmsg_pathconf, 72),
	FIELD(puffs_vnmsg_pathconf, pvnr_name, 56, 4),
	FIELD(puffs_vnmsg_pathconf, pvnr_retval, 64, 8),
	SIZE(puffs_vnmsg_advlock, 96),
	FIELD(puffs_vnmsg_advlock, pvnr_fl, 56, 24),
	FIELD(puffs_vnmsg_advlock, pvnr_id, 80, 8),
	FIELD(puffs_vnmsg_advlock, pvnr_op, 88, 4),
	FIELD(puffs_vnmsg_advlock, pvnr_flags, 92, 4),
	SIZE(puffs_vnmsg_mmap, 144),
	FIELD(puffs_vnmsg_mmap, pvnr_prot, 56, 4),
	FIELD(puffs_vnmsg_mmap, pvnr_cred, 60, 84),
	SIZE(puffs_vnmsg_abortop, 1192),
	FIELD(puffs_vnmsg_abortop, pvnr_cn, 56, 1048),
	FIELD(puffs_vnmsg_abortop, pvnr_cn_cred, 1104, 84),
	SIZE(puffs_vnmsg_getextattr, 416),
	FIELD(puffs_vnmsg_getextattr, pvnr_attrnamespace, 56, 4),
	FIELD(puffs_vnmsg_getextattr, pvnr_attrname, 60, 255),
	FIELD(puffs_vnmsg_getextattr, pvnr_cred, 316, 84),
	FIELD(puffs_vnmsg_getextattr, pvnr_datasize, 400, 8),
	FIELD(puffs_vnmsg_getextattr, pvnr_resid, 408, 8),
	SIZE(puffs_vnmsg_setextattr, 408),
	FIELD(puffs_vnmsg_setextattr, pvnr_attrnamespace, 56, 4),
	FIELD(puffs_vnmsg_setextattr, pvnr_attrname, 60, 255),
	FIELD(puffs_vnmsg_setextattr, pvnr_cred, 316, 84),
	FIELD(puffs_vnmsg_setextattr, pvnr_resid, 400, 8),
	SIZE(puffs_vnmsg_listextattr, 168),
	FIELD(puffs_vnmsg_listextattr, pvnr_attrnamespace, 56, 4),
	FIELD(puffs_vnmsg_listextattr, pvnr_cred, 60, 84),
	FIELD(puffs_vnmsg_listextattr, pvnr_datasize, 144, 8),
	FIELD(puffs_vnmsg_listextattr, pvnr_resid, 152, 8),
	FIELD(puffs_vnmsg_listextattr, pvnr_flag, 160, 4),
	SIZE(puffs_vnmsg_deleteextattr, 400),
	FIELD(puffs_vnmsg_deleteextattr, pvnr_attrnamespace, 56, 4),
	FIELD(puffs_vnmsg_deleteextattr, pvnr_attrname, 60, 255),
	FIELD(puffs_vnmsg_deleteextattr, pvnr_cred, 316, 84),
	SIZE(puffs_vnmsg_fallocate, 72),
	FIELD(puffs_vnmsg_fallocate, pvnr_off, 56, 8),
	FIELD(puffs_vnmsg_fallocate, pvnr_len, 64, 8),
	SIZE(puffs_vnmsg_fdiscard, 72),
	FIELD(puffs_vnmsg_fdiscard, pvnr_off, 56, 8),
	FIELD(puffs_vnmsg_fdiscard, pvnr_len, 64, 8),
};
/* clang-format on */

static void
test_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].offset != rows[i].want_offset ||
		    rows[i].size != rows[i].want_size) {
			fail_msg("%s: %zu bytes at %zu, not %zu at %zu",
			    rows[i].what, rows[i].size, rows[i].offset,
			    rows[i].want_size, rows[i].want_offset);
		}
	}
}

static void
test_header_first(void **state)
{
	(void)state;
	assert_int_equal(offsetof(struct puffs_vnmsg_lookup, pvn_pr), 0);
	assert_int_equal(offsetof(struct puffs_vnmsg_rw, pvn_pr), 0);
	assert_int_equal(offsetof(struct puffs_vfsmsg_statvfs, pvfsr_pr), 0);
}

static void
test_data(void **state)
{
	unsigned char *frame = frame_new(4096);

	(void)state;
	assert_int_equal(PUFFSMSG_RW_DATA, 164);
	assert_int_equal(PUFFSMSG_READDIR_DATA, 184);
	assert_int_equal(PUFFSMSG_GETEXTATTR_DATA, 416);
	assert_int_equal(PUFFSMSG_SETEXTATTR_DATA, 408);
	assert_int_equal(PUFFSMSG_LISTEXTATTR_DATA, 168);
	assert_int_equal(PUFFSMSG_FHTONODE_DATA, 96);
	assert_int_equal(PUFFSMSG_NODETOFH_DATA, 72);
	assert_ptr_equal(puffsmsg_rw_data(frame), frame + 164);
	assert_ptr_equal(puffsmsg_readdir_data(frame), frame + 184);
	free(frame);
}

static void
test_sizes_with_data(void **state)
{
	(void)state;
	assert_int_equal(PUFFSMSG_RW_SIZE(10), 178);
	assert_int_equal(PUFFSMSG_READDIR_SIZE(10), 194);
	assert_int_equal(PUFFSMSG_GETEXTATTR_SIZE(10), 426);
	assert_int_equal(PUFFSMSG_SETEXTATTR_SIZE(10), 418);
	assert_int_equal(PUFFSMSG_LISTEXTATTR_SIZE(10), 178);
	assert_int_equal(PUFFSMSG_FHTONODE_SIZE(10), 106);
	assert_int_equal(PUFFSMSG_NODETOFH_SIZE(10), 82);
	assert_int_equal(PUFFSMSG_DIRENT_SIZE(1), 16);
	assert_int_equal(PUFFSMSG_DIRENT_SIZE(2), 16);
	assert_int_equal(PUFFSMSG_DIRENT_SIZE(3), 24);
	assert_int_equal(PUFFSMSG_DIRENT_SIZE(511), 528);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_header_first),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_sizes_with_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
