/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_check.c */

#include "opframe.h"

#include "op/op_private.h"

/* Accepts messages whose first byte behind the header is 1. */
static int
accept_one(const void *frame, size_t received)
{
	assert_true(received > HEADER);
	return ((const unsigned char *)frame)[HEADER] == 1;
}

static const struct puffsmsg__op_rule vfs[PUFFS_VFS_MAX + 1] = {
	[PUFFS_VFS_SUSPEND] = { HEADER, NULL },
};
static const struct puffsmsg__op_rule vn[PUFFS_VN_MAX + 1] = {
	[PUFFS_VN_LOOKUP] = { HEADER + 2, accept_one },
	[PUFFS_VN_FDISCARD] = { HEADER, NULL },
};
static const struct puffsmsg__op_rules rules = { vfs, vn };

static int
check(size_t len, unsigned opclass, unsigned optype, int byte)
{
	unsigned char *frame = frame_of(len, opclass, optype);
	int error;

	if (len > HEADER)
		frame[HEADER] = (unsigned char)byte;
	error = puffsmsg__op_check(&rules, frame, len);
	free(frame);
	return error;
}

static void
test_lengths(void **state)
{
	void *frame = frame_new(HEADER - 1);

	(void)state;
	assert_int_equal(puffsmsg__op_check(&rules, frame, HEADER - 1), EPROTO);
	assert_int_equal(puffsmsg__op_check(&rules, frame, 0), EPROTO);
	free(frame);
	assert_int_equal(check(HEADER + 1, PUFFSOP_VN, 0, 1), EPROTO);
	assert_int_equal(check(HEADER + 2, PUFFSOP_VN, 0, 1), 0);
	assert_int_equal(check(HEADER + 99, PUFFSOP_VN, 0, 1), 0);
}

static void
test_content(void **state)
{
	(void)state;
	assert_int_equal(check(HEADER + 2, PUFFSOP_VN, 0, 2), EPROTO);
	assert_int_equal(check(HEADER, PUFFSOP_VFS, PUFFS_VFS_SUSPEND, 0), 0);
}

static void
test_kinds(void **state)
{
	(void)state;
	assert_int_equal(check(HEADER, PUFFSOP_VN, PUFFS_VN_MAX, 0), 0);
	assert_int_equal(check(HEADER, PUFFSOP_VN, PUFFS_VN_MAX + 1, 0),
	    EOPNOTSUPP);
	assert_int_equal(check(HEADER, PUFFSOP_VN, 0xffff, 0), EOPNOTSUPP);
	assert_int_equal(check(HEADER, PUFFSOP_VN, PUFFS_VN_IOCTL, 0),
	    EOPNOTSUPP);
	assert_int_equal(check(HEADER, PUFFSOP_VFS, PUFFS_VFS_MAX + 1, 0),
	    EOPNOTSUPP);
	assert_int_equal(check(HEADER, PUFFSOP_VFS, PUFFS_VFS_MOUNT, 0),
	    EOPNOTSUPP);
	assert_int_equal(check(HEADER, 0, 0, 0), EOPNOTSUPP);
	assert_int_equal(check(HEADER, PUFFSOP_FLUSH, 0, 0), EOPNOTSUPP);
}

static void
test_flags_are_ignored(void **state)
{
	(void)state;
	assert_int_equal(check(HEADER, PUFFSOP_VN | PUFFSOPFLAG_FAF,
			     PUFFS_VN_FDISCARD, 0),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_flags_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
