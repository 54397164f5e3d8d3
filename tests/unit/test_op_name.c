/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_name.c */

#include "opframe.h"

#include "op/op_private.h"

static void
test_component(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg__op_component("a", 1, 4), 0);
	assert_int_equal(puffsmsg__op_component("..", 2, 4), 0);
	assert_int_equal(puffsmsg__op_component("abcd", 4, 4), 0);
	assert_int_equal(puffsmsg__op_component("abcde", 5, 4), ENAMETOOLONG);
	assert_int_equal(puffsmsg__op_component("", 0, 4), EINVAL);
	assert_int_equal(puffsmsg__op_component("a/b", 3, 4), EINVAL);
	assert_int_equal(puffsmsg__op_component("/", 1, 4), EINVAL);
	assert_int_equal(puffsmsg__op_component("a\0b", 3, 4), EINVAL);
}

static void
test_string(void **state)
{
	const char field[] = { 'a', 'b', 'c' };

	(void)state;
	assert_false(puffsmsg__op_isstring(field, sizeof(field)));
	assert_true(puffsmsg__op_isstring("abc", 4));
	assert_true(puffsmsg__op_isstring("", 1));
}

static void
test_kcn_set(void **state)
{
	struct puffs_kcn kcn;

	(void)state;
	memset(&kcn, 0xa5, sizeof(kcn));
	assert_int_equal(puffsmsg_op_kcn_set(&kcn, PUFFSLOOKUP_DELETE, 9,
			     "namely", 4),
	    0);
	assert_int_equal(kcn.pkcn_nameiop, PUFFSLOOKUP_DELETE);
	assert_int_equal(kcn.pkcn_flags, 9);
	assert_string_equal(kcn.pkcn_name, "name");
	assert_int_equal(kcn.pkcn_namelen, 4);
	assert_int_equal(kcn.pkcn_consume, 0);
	assert_int_equal(kcn.pkcn_name[PUFFSMSG_NAME_MAX], 0);
}

static void
test_kcn_longest(void **state)
{
	char name[PUFFSMSG_NAMEBUF];
	struct puffs_kcn kcn;

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_int_equal(puffsmsg_op_kcn_set(&kcn, 0, 0, name,
			     PUFFSMSG_NAME_MAX),
	    0);
	assert_int_equal(strlen(kcn.pkcn_name), PUFFSMSG_NAME_MAX);
}

static void
test_kcn_refused(void **state)
{
	char name[PUFFSMSG_NAMEBUF];
	struct puffs_kcn kcn, before;

	(void)state;
	memset(name, 'n', sizeof(name));
	memset(&kcn, 0xa5, sizeof(kcn));
	before = kcn;
	assert_int_equal(puffsmsg_op_kcn_set(&kcn, 0, 0, name, sizeof(name)),
	    ENAMETOOLONG);
	assert_int_equal(puffsmsg_op_kcn_set(&kcn, 0, 0, name, 0), EINVAL);
	assert_memory_equal(&kcn, &before, sizeof(kcn));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_component),
		cmocka_unit_test(test_string),
		cmocka_unit_test(test_kcn_set),
		cmocka_unit_test(test_kcn_longest),
		cmocka_unit_test(test_kcn_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
