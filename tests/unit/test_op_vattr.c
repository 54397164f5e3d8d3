/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_vattr.c */

#include "opframe.h"

static void
test_clear(void **state)
{
	struct puffsmsg_vattr va;

	(void)state;
	memset(&va, 0x5a, sizeof(va));
	puffsmsg_op_vattr_clear(&va);
	assert_int_equal(va.va_type, PUFFSMSG_VNOVAL);
	assert_false(puffsmsg_op_isset_type(va.va_type));
	assert_false(puffsmsg_op_isset32(va.va_mode));
	assert_false(puffsmsg_op_isset32(va.va_uid));
	assert_false(puffsmsg_op_isset64(va.va_size));
	assert_false(puffsmsg_op_isset64(va.va_filerev));
	assert_false(puffsmsg_op_isset_time(&va.va_birthtime));
	assert_int_equal(va.va_vaflags, 0);
	assert_int_equal(va.pad20, 0);
	assert_int_equal(va.pad164, 0);
}

static void
test_isset(void **state)
{
	const struct puffsmsg_timespec time = { 0, 0 };

	(void)state;
	assert_false(puffsmsg_op_isset_type(PUFFSMSG_VNON));
	assert_true(puffsmsg_op_isset_type(PUFFSMSG_VREG));
	assert_true(puffsmsg_op_isset32(0));
	assert_true(puffsmsg_op_isset64(UINT32_MAX));
	assert_true(puffsmsg_op_isset_time(&time));
}

static void
test_time_valid(void **state)
{
	struct puffsmsg_timespec time = { -5, 0 };

	(void)state;
	assert_true(puffsmsg_op_time_valid(&time));
	time.tv_nsec = 999999999;
	assert_true(puffsmsg_op_time_valid(&time));
	time.tv_nsec = 1000000000;
	assert_false(puffsmsg_op_time_valid(&time));
	time.tv_nsec = -1;
	assert_false(puffsmsg_op_time_valid(&time));
}

static const struct puffsmsg_op_stat sample = {
	.dev = 1,
	.ino = 2,
	.rdev = 3,
	.size = 4000,
	.blocks = 8,
	.blksize = 4096,
	.atime = { 5, 6 },
	.mtime = { 7, 8 },
	.ctime = { 9, 10 },
	.mode = 0100640,
	.nlink = 11,
	.uid = 12,
	.gid = 13,
};

static void
test_from_stat(void **state)
{
	struct puffsmsg_vattr va;

	(void)state;
	puffsmsg_op_vattr_from_stat(&va, &sample);
	assert_int_equal(va.va_type, PUFFSMSG_VREG);
	assert_int_equal(va.va_mode, 0640);
	assert_int_equal(va.va_nlink, 11);
	assert_int_equal(va.va_uid, 12);
	assert_int_equal(va.va_gid, 13);
	assert_int_equal(va.va_fsid, 1);
	assert_int_equal(va.va_fileid, 2);
	assert_int_equal(va.va_rdev, 3);
	assert_int_equal(va.va_size, 4000);
	assert_int_equal(va.va_blocksize, 4096);
	assert_int_equal(va.va_bytes, 8 * 512);
	assert_int_equal(va.va_atime.tv_sec, 5);
	assert_int_equal(va.va_mtime.tv_nsec, 8);
	assert_int_equal(va.va_ctime.tv_sec, 9);
	assert_false(puffsmsg_op_isset_time(&va.va_birthtime));
	assert_false(puffsmsg_op_isset64(va.va_gen));
	assert_false(puffsmsg_op_isset64(va.va_flags));
}

static void
test_there_and_back(void **state)
{
	struct puffsmsg_vattr va;
	struct puffsmsg_op_stat st;

	(void)state;
	memset(&st, 0, sizeof(st));
	puffsmsg_op_vattr_from_stat(&va, &sample);
	puffsmsg_op_vattr_to_stat(&st, &va);
	assert_memory_equal(&st, &sample, sizeof(st));
}

static void
test_nothing_set(void **state)
{
	const struct puffsmsg_op_stat zero = { 0 };
	struct puffsmsg_op_stat st;
	struct puffsmsg_vattr va;

	(void)state;
	memset(&st, 0, sizeof(st));
	puffsmsg_op_vattr_clear(&va);
	st.size = 1;
	puffsmsg_op_vattr_to_stat(&st, &va);
	assert_memory_equal(&st, &zero, sizeof(st));
}

static void
test_part_of_a_block(void **state)
{
	struct puffsmsg_vattr va;
	struct puffsmsg_op_stat st;

	(void)state;
	puffsmsg_op_vattr_clear(&va);
	va.va_bytes = 513;
	puffsmsg_op_vattr_to_stat(&st, &va);
	assert_int_equal(st.blocks, 2);
	va.va_bytes = UINT64_MAX - 1;
	puffsmsg_op_vattr_to_stat(&st, &va);
	assert_true(st.blocks == UINT64_C(1) << 55);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clear),
		cmocka_unit_test(test_isset),
		cmocka_unit_test(test_time_valid),
		cmocka_unit_test(test_from_stat),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_nothing_set),
		cmocka_unit_test(test_part_of_a_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
