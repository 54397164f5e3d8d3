/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_build.c */

#include "opframe.h"

#include "op/op_private.h"

static struct puffsmsg__op_request
request_for(void *mem, size_t len)
{
	const struct puffsmsg__op_request request = { mem, len,
		sizeof(struct puffs_vnmsg_close), 16, 0x8000000000000007,
		PUFFSOP_VN, PUFFS_VN_CLOSE };

	return request;
}

static void
test_header(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_close) + 16;
	struct puffs_req *req = frame_dirty(len);
	const struct puffsmsg__op_request request = request_for(req, len);

	(void)state;
	req->preq_id = 77;
	req->preq_pid = 78;
	req->preq_rv = 79;
	req->preq_setbacks = 80;
	assert_int_equal(puffsmsg__op_start(&request), 0);
	assert_kind(req, PUFFSOP_VN, PUFFS_VN_CLOSE, 0x8000000000000007);
	assert_int_equal(req->preq_id, 77);
	assert_int_equal(req->preq_pid, 78);
	assert_int_equal(req->preq_buflen, len);
	free(req);
}

static void
test_struct_is_cleared(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_close) + 16, i;
	unsigned char *frame = frame_dirty(len);
	const struct puffsmsg__op_request request = request_for(frame, len);

	(void)state;
	assert_int_equal(puffsmsg__op_start(&request), 0);
	for (i = HEADER; i < sizeof(struct puffs_vnmsg_close); i++)
		assert_int_equal(frame[i], 0);
	for (; i < len; i++)
		assert_int_equal(frame[i], 0xa5);
	free(frame);
}

static void
assert_too_small(size_t len)
{
	void *frame = frame_dirty(len);
	const struct puffsmsg__op_request request = request_for(frame, len);

	assert_int_equal(puffsmsg__op_start(&request), EMSGSIZE);
	assert_int_equal(puffsmsg__op_start_cred(&request, NULL), EMSGSIZE);
	assert_untouched(frame, len);
	free(frame);
}

static void
test_too_small(void **state)
{
	(void)state;
	assert_too_small(sizeof(struct puffs_vnmsg_close) + 15);
	assert_too_small(sizeof(struct puffs_vnmsg_close) - 1);
	assert_too_small(HEADER);
	assert_too_small(1);
}

static void
test_data_too_long(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_close);
	void *frame = frame_dirty(len);
	struct puffsmsg__op_request request = request_for(frame, len);

	(void)state;
	request.data = SIZE_MAX;
	assert_int_equal(puffsmsg__op_start(&request), EMSGSIZE);
	assert_untouched(frame, len);
	free(frame);
}

static void
test_credential(void **state)
{
	size_t len = sizeof(struct puffs_vnmsg_close) + 16;
	struct puffs_vnmsg_close *m = frame_dirty(len);
	const struct puffsmsg__op_request request = request_for(m, len);
	struct puffs_kcred cred;

	(void)state;
	puffsmsg_op_cred_user(&cred, 3, 4, NULL, 0);
	assert_int_equal(puffsmsg__op_start_cred(&request, &cred), 0);
	assert_memory_equal(&m->pvnr_cred, &cred, sizeof(cred));
	assert_int_equal(puffsmsg__op_start_cred(&request, NULL), 0);
	assert_int_equal(m->pvnr_cred.pkcr_internal, PUFFCRED_CRED_NOCRED);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_struct_is_cleared),
		cmocka_unit_test(test_too_small),
		cmocka_unit_test(test_data_too_long),
		cmocka_unit_test(test_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
