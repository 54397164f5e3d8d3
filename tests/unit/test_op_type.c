/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_type.c */

#include "opframe.h"

#include "op/op_private.h"

static void
test_modes(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_op_vtype(0100644), PUFFSMSG_VREG);
	assert_int_equal(puffsmsg_op_vtype(0040755), PUFFSMSG_VDIR);
	assert_int_equal(puffsmsg_op_vtype(0060600), PUFFSMSG_VBLK);
	assert_int_equal(puffsmsg_op_vtype(0020600), PUFFSMSG_VCHR);
	assert_int_equal(puffsmsg_op_vtype(0120777), PUFFSMSG_VLNK);
	assert_int_equal(puffsmsg_op_vtype(0140700), PUFFSMSG_VSOCK);
	assert_int_equal(puffsmsg_op_vtype(0010600), PUFFSMSG_VFIFO);
	assert_int_equal(puffsmsg_op_vtype(0644), PUFFSMSG_VNON);
	assert_int_equal(puffsmsg_op_vtype(0170000), PUFFSMSG_VNON);
}

static void
test_both_ways(void **state)
{
	int32_t vtype;

	(void)state;
	for (vtype = PUFFSMSG_VREG; vtype < PUFFSMSG_VBAD; vtype++) {
		assert_int_equal(puffsmsg_op_vtype(puffsmsg_op_mode(vtype, 0)),
		    vtype);
		assert_int_equal(puffsmsg_op_mode(vtype, 0177777) & 07777,
		    07777);
	}
	assert_int_equal(puffsmsg_op_mode(PUFFSMSG_VREG, 04711), 0104711);
}

static void
test_without_type(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_op_mode(PUFFSMSG_VNON, 0177644), 07644);
	assert_int_equal(puffsmsg_op_mode(PUFFSMSG_VBAD, 0644), 0644);
	assert_int_equal(puffsmsg_op_mode(PUFFSMSG_VNOVAL, 0644), 0644);
	assert_int_equal(puffsmsg_op_dtype(PUFFSMSG_VNON), PUFFSMSG_DT_UNKNOWN);
	assert_int_equal(puffsmsg_op_dtype(PUFFSMSG_VBAD), PUFFSMSG_DT_UNKNOWN);
	assert_int_equal(puffsmsg_op_dtype(INT32_MIN), PUFFSMSG_DT_UNKNOWN);
}

static void
test_dtypes(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_op_dtype(PUFFSMSG_VREG), 8);
	assert_int_equal(puffsmsg_op_dtype(PUFFSMSG_VDIR), 4);
	assert_int_equal(puffsmsg_op_dtype(PUFFSMSG_VBLK), 6);
	assert_int_equal(puffsmsg_op_dtype(PUFFSMSG_VCHR), 2);
	assert_int_equal(puffsmsg_op_dtype(PUFFSMSG_VLNK), 10);
	assert_int_equal(puffsmsg_op_dtype(PUFFSMSG_VSOCK), 12);
	assert_int_equal(puffsmsg_op_dtype(PUFFSMSG_VFIFO), 1);
}

static void
test_what_exists(void **state)
{
	(void)state;
	assert_false(puffsmsg__op_nodetype(PUFFSMSG_VNON));
	assert_true(puffsmsg__op_nodetype(PUFFSMSG_VREG));
	assert_true(puffsmsg__op_nodetype(PUFFSMSG_VFIFO));
	assert_false(puffsmsg__op_nodetype(PUFFSMSG_VBAD));
	assert_false(puffsmsg__op_vattrtype(-2));
	assert_true(puffsmsg__op_vattrtype(PUFFSMSG_VNOVAL));
	assert_true(puffsmsg__op_vattrtype(PUFFSMSG_VBAD));
	assert_false(puffsmsg__op_vattrtype(9));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_both_ways),
		cmocka_unit_test(test_without_type),
		cmocka_unit_test(test_dtypes),
		cmocka_unit_test(test_what_exists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
