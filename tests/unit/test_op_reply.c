/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_reply.c */

#include "opframe.h"

#include "op/op_private.h"

static size_t replylen;

static void
assert_answered(const void *frame, size_t len)
{
	const struct puffs_req *req = frame;

	assert_int_equal(replylen, len);
	assert_int_equal(req->preq_pth.pth_framelen, len);
	assert_int_equal(req->preq_rv, 0);
}

static void
test_fits(void **state)
{
	struct puffs_req req;

	(void)state;
	memset(&req, 0, sizeof(req));
	req.preq_buflen = 100;
	assert_int_equal(puffsmsg__op_reply_fits(&req, 100, 100), 0);
	assert_int_equal(puffsmsg__op_reply_fits(&req, 99, 100), EMSGSIZE);
	assert_int_equal(puffsmsg__op_reply_fits(&req, 200, 101), EMSGSIZE);
	assert_int_equal(puffsmsg__op_reply_fits(&req, HEADER - 1, 1),
	    EMSGSIZE);
}

static void
test_begin(void **state)
{
	struct puffs_req *req = frame_of(HEADER, PUFFSOP_VN | PUFFSOPFLAG_FAF,
	    PUFFS_VN_PRINT);

	(void)state;
	assert_int_equal(puffsmsg__op_reply_begin(req, HEADER, HEADER,
			     PUFFSOP_VN, PUFFS_VN_PRINT),
	    0);
	assert_int_equal(puffsmsg__op_reply_begin(req, HEADER, HEADER,
			     PUFFSOP_VFS, PUFFS_VN_PRINT),
	    EINVAL);
	assert_int_equal(puffsmsg__op_reply_begin(req, HEADER - 1, HEADER,
			     PUFFSOP_VN, PUFFS_VN_PRINT),
	    EMSGSIZE);
	free(req);
}

static void
test_rv(void **state)
{
	struct puffs_req *req = frame_of(HEADER, PUFFSOP_VN, PUFFS_VN_PRINT);

	(void)state;
	assert_int_equal(puffsmsg_op_reply_rv(req, HEADER, &replylen, 0), 0);
	assert_answered(req, HEADER);
	assert_int_equal(puffsmsg_op_reply_rv(req, HEADER, &replylen, ENOENT),
	    0);
	assert_int_equal(req->preq_rv, ENOENT);
	assert_int_equal(replylen, HEADER);
	assert_int_equal(puffsmsg_op_reply_rv(req, HEADER - 1, NULL, 0),
	    EMSGSIZE);
	assert_int_equal(req->preq_rv, ENOENT);
	free(req);
}

static void
test_setbacks(void **state)
{
	struct puffs_req *req = frame_of(HEADER, PUFFSOP_VN, PUFFS_VN_PRINT);

	(void)state;
	puffsmsg_op_reply_setbacks(req, PUFFS_SETBACK_INACT_N1);
	puffsmsg_op_reply_setbacks(req, PUFFS_SETBACK_NOREF_N2 | 0xfff0u);
	assert_int_equal(req->preq_setbacks, 9);
	free(req);
}

static void
test_open(void **state)
{
	struct puffs_vnmsg_open *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_OPEN);

	(void)state;
	m->pvn_pr.preq_rv = 5;
	assert_int_equal(puffsmsg_op_reply_open(m, sizeof(*m) - 1, NULL,
			     PUFFS_OPEN_IO_DIRECT),
	    EMSGSIZE);
	m->pvn_pr.preq_buflen--;
	assert_int_equal(puffsmsg_op_reply_open(m, sizeof(*m), NULL,
			     PUFFS_OPEN_IO_DIRECT),
	    EMSGSIZE);
	m->pvn_pr.preq_buflen++;
	assert_int_equal(m->pvn_pr.preq_rv, 5);
	assert_int_equal(puffsmsg_op_reply_open(m, sizeof(*m), &replylen,
			     PUFFS_OPEN_IO_DIRECT),
	    0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(m->pvnr_oflags, 1);
	assert_ptr_equal(puffsmsg_op_result_open(m, replylen), m);
	m->pvn_pr.preq_optype = PUFFS_VN_PRINT;
	assert_int_equal(puffsmsg_op_reply_open(m, sizeof(*m), NULL,
			     PUFFS_OPEN_IO_DIRECT),
	    EINVAL);
	free(m);
}

static void
test_poll(void **state)
{
	struct puffs_vnmsg_poll *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_POLL);

	(void)state;
	m->pvn_pr.preq_rv = 5;
	assert_int_equal(puffsmsg_op_reply_poll(m, sizeof(*m) - 1, NULL, 7),
	    EMSGSIZE);
	m->pvn_pr.preq_buflen--;
	assert_int_equal(puffsmsg_op_reply_poll(m, sizeof(*m), NULL, 7),
	    EMSGSIZE);
	m->pvn_pr.preq_buflen++;
	assert_int_equal(m->pvn_pr.preq_rv, 5);
	assert_int_equal(puffsmsg_op_reply_poll(m, sizeof(*m), &replylen, 7),
	    0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(m->pvnr_events, 7);
	assert_ptr_equal(puffsmsg_op_result_poll(m, replylen), m);
	m->pvn_pr.preq_optype = PUFFS_VN_PRINT;
	assert_int_equal(puffsmsg_op_reply_poll(m, sizeof(*m), NULL, 7),
	    EINVAL);
	free(m);
}

static void
test_pathconf(void **state)
{
	struct puffs_vnmsg_pathconf *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_PATHCONF);

	(void)state;
	m->pvn_pr.preq_rv = 5;
	assert_int_equal(puffsmsg_op_reply_pathconf(m, sizeof(*m) - 1, NULL,
			     -7),
	    EMSGSIZE);
	m->pvn_pr.preq_buflen--;
	assert_int_equal(puffsmsg_op_reply_pathconf(m, sizeof(*m), NULL, -7),
	    EMSGSIZE);
	m->pvn_pr.preq_buflen++;
	assert_int_equal(m->pvn_pr.preq_rv, 5);
	assert_int_equal(puffsmsg_op_reply_pathconf(m, sizeof(*m), &replylen,
			     -7),
	    0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(m->pvnr_retval, -7);
	assert_ptr_equal(puffsmsg_op_result_pathconf(m, replylen), m);
	m->pvn_pr.preq_optype = PUFFS_VN_PRINT;
	assert_int_equal(puffsmsg_op_reply_pathconf(m, sizeof(*m), NULL, -7),
	    EINVAL);
	free(m);
}

static const struct puffsmsg_flock a_lock = { 1, 2, 3, 4, 5 };

static void
test_advlock(void **state)
{
	struct puffs_vnmsg_advlock *m = frame_of(sizeof(*m), PUFFSOP_VN,
	    PUFFS_VN_ADVLOCK);

	(void)state;
	m->pvn_pr.preq_rv = 5;
	assert_int_equal(puffsmsg_op_reply_advlock(m, sizeof(*m) - 1, NULL,
			     &a_lock),
	    EMSGSIZE);
	m->pvn_pr.preq_buflen--;
	assert_int_equal(puffsmsg_op_reply_advlock(m, sizeof(*m), NULL,
			     &a_lock),
	    EMSGSIZE);
	m->pvn_pr.preq_buflen++;
	assert_int_equal(m->pvn_pr.preq_rv, 5);
	assert_int_equal(puffsmsg_op_reply_advlock(m, sizeof(*m), &replylen,
			     &a_lock),
	    0);
	assert_answered(m, sizeof(*m));
	assert_memory_equal(&m->pvnr_fl, &a_lock, sizeof(a_lock));
	assert_ptr_equal(puffsmsg_op_result_advlock(m, replylen), m);
	m->pvn_pr.preq_optype = PUFFS_VN_PRINT;
	assert_int_equal(puffsmsg_op_reply_advlock(m, sizeof(*m), NULL,
			     &a_lock),
	    EINVAL);
	free(m);
}

static void
test_link(void **state)
{
	struct puffs_vnmsg_readlink *m = frame_new(sizeof(*m));
	const void *data;
	size_t n;

	(void)state;
	puffsmsg_op_build_readlink(m, sizeof(*m), 1, NULL);
	assert_int_equal(puffsmsg_op_reply_link(m, sizeof(*m), &replylen,
			     "target", 6),
	    0);
	assert_answered(m, sizeof(*m));
	assert_int_equal(puffsmsg_op_result_data(m, replylen, 1024, &data, &n),
	    0);
	assert_int_equal(n, 6);
	assert_memory_equal(data, "target", 6);
	assert_non_null(puffsmsg_op_result_readlink(m, replylen));
	free(m);
}

static void
test_link_too_long(void **state)
{
	struct puffs_vnmsg_readlink *m = frame_new(sizeof(*m));
	char link[PUFFSMSG_NAMEBUF + 1];

	(void)state;
	memset(link, 'l', sizeof(link));
	puffsmsg_op_build_readlink(m, sizeof(*m), 1, NULL);
	assert_int_equal(puffsmsg_op_reply_link(m, sizeof(*m), NULL, link,
			     sizeof(link)),
	    EMSGSIZE);
	m->pvnr_linklen = UINT64_MAX;
	assert_int_equal(puffsmsg_op_reply_link(m, sizeof(*m), NULL, link,
			     sizeof(link)),
	    EMSGSIZE);
	m->pvnr_linklen = 5;
	assert_int_equal(puffsmsg_op_reply_link(m, sizeof(*m), NULL, link, 6),
	    EMSGSIZE);
	assert_int_equal(puffsmsg_op_reply_link(m, sizeof(*m) - 1, NULL, link,
			     5),
	    EMSGSIZE);
	assert_int_equal(m->pvnr_link[0], 0);
	assert_int_equal(puffsmsg_op_reply_link(m, sizeof(*m), NULL, link, 5),
	    0);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_begin),
		cmocka_unit_test(test_rv),
		cmocka_unit_test(test_setbacks),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_poll),
		cmocka_unit_test(test_pathconf),
		cmocka_unit_test(test_advlock),
		cmocka_unit_test(test_link),
		cmocka_unit_test(test_link_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
