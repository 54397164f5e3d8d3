/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_reply_node.c */

#include "opframe.h"

static size_t replylen;

static void
assert_answered(const void *frame, size_t len)
{
	const struct puffs_req *req = frame;

	assert_int_equal(replylen, len);
	assert_int_equal(req->preq_pth.pth_framelen, len);
	assert_int_equal(req->preq_rv, 0);
}

static struct puffsmsg_vattr va;
static const struct puffsmsg_timespec va_ttl = { 1, 2 };
static const struct puffsmsg_timespec cn_ttl = { 3, 4 };

static struct puffsmsg_op_node
a_node(void)
{
	const struct puffsmsg_op_node node = { 9, PUFFSMSG_VREG, 100, 5, &va,
		&va_ttl, &cn_ttl };

	puffsmsg_op_vattr_clear(&va);
	va.va_type = PUFFSMSG_VREG;
	va.va_size = 100;
	return node;
}

static void
test_lookup(void **state)
{
	struct puffs_vnmsg_lookup *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_LOOKUP);
	const struct puffsmsg_op_node node = a_node();

	(void)state;
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), &replylen,
			     &node),
	    0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(m->pvnr_newnode, 9);
	assert_int_equal(m->pvnr_vtype, PUFFSMSG_VREG);
	assert_int_equal(m->pvnr_size, 100);
	assert_int_equal(m->pvnr_rdev, 5);
	assert_memory_equal(&m->pvnr_va, &va, sizeof(va));
	assert_memory_equal(&m->pvnr_va_ttl, &va_ttl, sizeof(va_ttl));
	assert_memory_equal(&m->pvnr_cn_ttl, &cn_ttl, sizeof(cn_ttl));
	assert_ptr_equal(puffsmsg_op_result_lookup(m, replylen), m);
	free(m);
}

static void
test_less_to_tell(void **state)
{
	const struct puffsmsg_op_node node = { 9, PUFFSMSG_VDIR, 0, 0, NULL,
		NULL, NULL };
	const struct puffsmsg_timespec zero = { 0, 0 };
	struct puffs_vnmsg_lookup *m = frame_dirty(sizeof(*m));

	(void)state;
	m->pvn_pr.preq_opclass = PUFFSOP_VN;
	m->pvn_pr.preq_optype = PUFFS_VN_LOOKUP;
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), &replylen,
			     &node),
	    0);
	assert_false(puffsmsg_op_isset_type(m->pvnr_va.va_type));
	assert_false(puffsmsg_op_isset64(m->pvnr_va.va_size));
	assert_memory_equal(&m->pvnr_va_ttl, &zero, sizeof(zero));
	assert_memory_equal(&m->pvnr_cn_ttl, &zero, sizeof(zero));
	assert_non_null(puffsmsg_op_result_lookup(m, replylen));
	free(m);
}

static void
assert_makes(unsigned optype)
{
	struct puffs_vnmsg_create *m = frame_of(sizeof(*m), PUFFSOP_VN, optype);
	const struct puffsmsg_op_node node = a_node();

	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), &replylen,
			     &node),
	    0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(m->pvnr_newnode, 9);
	assert_memory_equal(&m->pvnr_va, &va, sizeof(va));
	assert_memory_equal(&m->pvnr_va_ttl, &va_ttl, sizeof(va_ttl));
	assert_memory_equal(&m->pvnr_cn_ttl, &cn_ttl, sizeof(cn_ttl));
	assert_ptr_equal(puffsmsg_op_result(m, replylen, PUFFSOP_VN, optype),
	    m);
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m) - 1, NULL, &node),
	    EMSGSIZE);
	free(m);
}

static void
test_make(void **state)
{
	(void)state;
	assert_makes(PUFFS_VN_CREATE);
	assert_makes(PUFFS_VN_MKNOD);
	assert_makes(PUFFS_VN_MKDIR);
}

static void
test_symlink(void **state)
{
	struct puffs_vnmsg_symlink *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_SYMLINK);
	const struct puffsmsg_op_node node = a_node();

	(void)state;
	memcpy(m->pvnr_link, "link", 5);
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m) - 1, NULL, &node),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), &replylen,
			     &node),
	    0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(m->pvnr_newnode, 9);
	assert_string_equal(m->pvnr_link, "link");
	assert_memory_equal(&m->pvnr_va_ttl, &va_ttl, sizeof(va_ttl));
	assert_memory_equal(&m->pvnr_cn_ttl, &cn_ttl, sizeof(cn_ttl));
	assert_ptr_equal(puffsmsg_op_result_symlink(m, replylen), m);
	free(m);
}

static void
test_fhtonode(void **state)
{
	struct puffs_vfsmsg_fhtonode *m = frame_of(sizeof(*m), PUFFSOP_VFS,
	    PUFFS_VFS_FHTOVP);
	struct puffsmsg_op_node node = a_node();

	(void)state;
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m) - 1, NULL, &node),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), &replylen,
			     &node),
	    0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(m->pvfsr_fhcookie, 9);
	assert_int_equal(m->pvfsr_vtype, PUFFSMSG_VREG);
	assert_int_equal(m->pvfsr_size, 100);
	assert_int_equal(m->pvfsr_rdev, 5);
	assert_ptr_equal(puffsmsg_op_result_fhtonode(m, replylen), m);
	node.vtype = PUFFSMSG_VNON;
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), NULL, &node),
	    EINVAL);
	free(m);
}

static void
test_refused(void **state)
{
	struct puffs_vnmsg_lookup *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_LOOKUP);
	struct puffsmsg_op_node node = a_node();

	(void)state;
	assert_int_equal(puffsmsg_op_reply_node(m, HEADER - 1, NULL, &node),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m) - 1, NULL, &node),
	    EMSGSIZE);
	node.vtype = PUFFSMSG_VBAD;
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), NULL, &node),
	    EINVAL);
	node = a_node();
	node.cookie = 0;
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), NULL, &node),
	    EINVAL);
	assert_int_equal(m->pvnr_vtype, PUFFSMSG_VNON);
	node = a_node();
	m->pvn_pr.preq_optype = PUFFS_VN_REMOVE;
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), NULL, &node),
	    EINVAL);
	m->pvn_pr.preq_opclass = PUFFSOP_VFS;
	assert_int_equal(puffsmsg_op_reply_node(m, sizeof(*m), NULL, &node),
	    EINVAL);
	free(m);
}

static void
assert_attributes(unsigned optype)
{
	struct puffs_vnmsg_setgetattr *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    optype);

	assert_int_equal(puffsmsg_op_reply_attr(m, sizeof(*m) - 1, NULL, &va,
			     NULL),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_reply_attr(m, sizeof(*m), &replylen, &va,
			     &va_ttl),
	    0);
	assert_answered(m, sizeof(*m));
	assert_memory_equal(&m->pvnr_va, &va, sizeof(va));
	assert_memory_equal(&m->pvnr_va_ttl, &va_ttl, sizeof(va_ttl));
	assert_int_equal(puffsmsg_op_reply_attr(m, sizeof(*m), &replylen, &va,
			     NULL),
	    0);
	assert_int_equal(m->pvnr_va_ttl.tv_sec, 0);
	assert_ptr_equal(puffsmsg_op_result(m, replylen, PUFFSOP_VN, optype),
	    m);
	m->pvn_pr.preq_optype = PUFFS_VN_ACCESS;
	assert_int_equal(puffsmsg_op_reply_attr(m, sizeof(*m), NULL, &va, NULL),
	    EINVAL);
	free(m);
}

static void
test_attributes(void **state)
{
	(void)state;
	(void)a_node();
	assert_attributes(PUFFS_VN_GETATTR);
	assert_attributes(PUFFS_VN_SETATTR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_less_to_tell),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_symlink),
		cmocka_unit_test(test_fhtonode),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_attributes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
