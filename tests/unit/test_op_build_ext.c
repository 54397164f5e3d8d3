/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_build_ext.c */

#include "opframe.h"

static struct puffs_kcred cred;

static void
prepare(void)
{
	puffsmsg_op_cred_user(&cred, 1, 2, NULL, 0);
}

/* All but LISTEXTATTR begin as DELETEEXTATTR does. */
static void
assert_attr(const void *frame, unsigned optype)
{
	const struct puffs_vnmsg_deleteextattr *m = frame;

	assert_kind(frame, PUFFSOP_VN, optype, 5);
	assert_int_equal(m->pvnr_attrnamespace, 6);
	assert_string_equal(m->pvnr_attrname, "attr");
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
}

static void
test_getextattr(void **state)
{
	size_t len = PUFFSMSG_GETEXTATTR_SIZE(10);
	struct puffs_vnmsg_getextattr *m = frame_dirty(len);

	(void)state;
	prepare();
	assert_int_equal(puffsmsg_op_build_getextattr(m, len - 1, 5, 6, "attr",
			     10, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_getextattr(m, len, 5, 6, "attr", 10,
			     &cred),
	    0);
	assert_attr(m, PUFFS_VN_GETEXTATTR);
	assert_int_equal(m->pvnr_resid, 10);
	assert_int_not_equal(m->pvnr_datasize, 0);
	assert_ptr_equal(puffsmsg_op_request_getextattr(m, sizeof(*m)), m);
	free(m);
}

static void
test_setextattr(void **state)
{
	size_t len = PUFFSMSG_SETEXTATTR_SIZE(5);
	struct puffs_vnmsg_setextattr *m = frame_dirty(len);

	(void)state;
	prepare();
	assert_int_equal(puffsmsg_op_build_setextattr(m, len - 1, 5, 6, "attr",
			     "value", 5, &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_setextattr(m, len, 5, 6, "attr",
			     "value", 5, &cred),
	    0);
	assert_attr(m, PUFFS_VN_SETEXTATTR);
	assert_int_equal(m->pvnr_resid, 5);
	assert_memory_equal((char *)m + 408, "value", 5);
	assert_ptr_equal(puffsmsg_op_request_setextattr(m, len), m);
	assert_int_equal(puffsmsg_op_build_setextattr(m, len, 5, 6, "attr",
			     NULL, 5, &cred),
	    0);
	free(m);
}

static void
test_listextattr(void **state)
{
	size_t len = PUFFSMSG_LISTEXTATTR_SIZE(10);
	struct puffs_vnmsg_listextattr *m = frame_dirty(len);

	(void)state;
	prepare();
	assert_int_equal(puffsmsg_op_build_listextattr(m, len - 1, 5, 6, 7, 10,
			     &cred),
	    EMSGSIZE);
	assert_untouched(m, len);
	assert_int_equal(puffsmsg_op_build_listextattr(m, len, 5, 6, 7, 10,
			     &cred),
	    0);
	assert_kind(m, PUFFSOP_VN, PUFFS_VN_LISTEXTATTR, 5);
	assert_int_equal(m->pvnr_attrnamespace, 6);
	assert_int_equal(m->pvnr_flag, 7);
	assert_int_equal(m->pvnr_resid, 10);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_ptr_equal(puffsmsg_op_request_listextattr(m, sizeof(*m)), m);
	free(m);
}

static void
test_deleteextattr(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_deleteextattr);
	struct puffs_vnmsg_deleteextattr *m = frame_dirty(len);

	(void)state;
	prepare();
	assert_int_equal(puffsmsg_op_build_deleteextattr(m, len, 5, 6, "attr",
			     &cred),
	    0);
	assert_attr(m, PUFFS_VN_DELETEEXTATTR);
	assert_ptr_equal(puffsmsg_op_request_deleteextattr(m, len), m);
	free(m);
}

static void
test_names_refused(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_deleteextattr);
	void *m = frame_dirty(len);
	char name[PUFFSMSG_ATTRNAMEBUF + 1];

	(void)state;
	memset(name, 'a', sizeof(name));
	name[PUFFSMSG_ATTRNAMEBUF] = '\0';
	assert_int_equal(puffsmsg_op_build_deleteextattr(m, len, 5, 6, name,
			     NULL),
	    ENAMETOOLONG);
	assert_int_equal(puffsmsg_op_build_deleteextattr(m, len, 5, 6, "",
			     NULL),
	    EINVAL);
	assert_untouched(m, len);
	name[PUFFSMSG_ATTRNAME_MAX] = '\0';
	assert_int_equal(puffsmsg_op_build_deleteextattr(m, len, 5, 6, name,
			     NULL),
	    0);
	assert_non_null(puffsmsg_op_request_deleteextattr(m, len));
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_getextattr),
		cmocka_unit_test(test_setextattr),
		cmocka_unit_test(test_listextattr),
		cmocka_unit_test(test_deleteextattr),
		cmocka_unit_test(test_names_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
