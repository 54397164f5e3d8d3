/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_fill_dirent.c */

#include "opframe.h"

static struct puffsmsg_op_fill fill;
static size_t replylen;

static struct puffs_vnmsg_readdir *
a_readdir(size_t room, size_t ncookies)
{
	size_t len = PUFFSMSG_READDIR_SIZE(room + ncookies * 8);
	struct puffs_vnmsg_readdir *m = frame_dirty(len);

	assert_int_equal(puffsmsg_op_build_readdir(m, len, 1, 0, room, ncookies,
			     NULL),
	    0);
	assert_int_equal(puffsmsg_op_fill_begin(&fill, m, len), 0);
	return m;
}

static int
put(const char *name)
{
	return puffsmsg_op_fill_dirent(&fill, 7, PUFFSMSG_DT_REG, name,
	    strlen(name), 42);
}

static void
test_packed(void **state)
{
	struct puffs_vnmsg_readdir *m = a_readdir(40, 0);
	const unsigned char *entry = puffsmsg_readdir_data(m);
	/* Number, length 24, name length 3, type; name; zeroes. */
	struct puffsmsg_dirent head = { .de_fileno = 7,
		.de_reclen = 24,
		.de_namlen = 3,
		.de_type = PUFFSMSG_DT_REG };
	const unsigned char tail[11] = { 'a', 'b', 'c' };

	(void)state;
	assert_int_equal(put("abc"), 0);
	assert_memory_equal(entry, &head, 13);
	assert_memory_equal(entry + 13, tail, sizeof(tail));
	assert_int_equal(fill.used, 24);
	assert_int_equal(fill.left, 16);
	free(m);
}

static void
test_full(void **state)
{
	struct puffs_vnmsg_readdir *m = a_readdir(40, 0);

	(void)state;
	assert_int_equal(put("abc"), 0);
	assert_int_equal(put("def"), EMSGSIZE);
	assert_int_equal(put("de"), 0);
	assert_int_equal(fill.left, 0);
	assert_int_equal(put("d"), EMSGSIZE);
	assert_int_equal(puffsmsg_op_fill_end_dir(&fill, &replylen, 1, 0), 0);
	assert_int_equal(replylen, PUFFSMSG_READDIR_SIZE(40));
	assert_int_equal(m->pvnr_resid, 0);
	free(m);
}

static void
test_names(void **state)
{
	struct puffs_vnmsg_readdir *m = a_readdir(600, 0);
	char name[PUFFSMSG_DIRENT_NAMEBUF + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_int_equal(puffsmsg_op_fill_dirent(&fill, 1, 0, name, 512, 0),
	    ENAMETOOLONG);
	assert_int_equal(puffsmsg_op_fill_dirent(&fill, 1, 0, name, SIZE_MAX,
			     0),
	    ENAMETOOLONG);
	assert_int_equal(puffsmsg_op_fill_dirent(&fill, 1, 0, name, 0, 0),
	    EINVAL);
	assert_int_equal(put("a/b"), EINVAL);
	assert_int_equal(fill.used, 0);
	assert_int_equal(puffsmsg_op_fill_dirent(&fill, 1, 0, name, 511, 0), 0);
	assert_int_equal(fill.used, 528);
	free(m);
}

static void
test_cookies(void **state)
{
	struct puffs_vnmsg_readdir *m = a_readdir(200, 2);
	const puffsmsg_u64 *cookies;
	size_t n;

	(void)state;
	assert_int_equal(put("a"), 0);
	assert_int_equal(put("b"), 0);
	assert_int_equal(put("c"), EMSGSIZE);
	assert_int_equal(puffsmsg_op_fill_end_dir(&fill, &replylen, 42, 0), 0);
	assert_int_equal(puffsmsg_op_result_cookies(m, replylen, 2, &cookies,
			     &n),
	    0);
	assert_int_equal(n, 2);
	assert_int_equal(cookies[0], 42);
	assert_int_equal(cookies[1], 42);
	free(m);
}

/* What a caller says of its cookies is not trusted. */
static void
test_lying_cookies(void **state)
{
	struct puffs_vnmsg_readdir *m = a_readdir(200, 1);

	(void)state;
	m->pvnr_ncookies = UINT64_MAX;
	assert_int_equal(put("a"), 0);
	assert_int_equal(put("b"), EMSGSIZE);
	free(m);
}

static void
test_other_requests(void **state)
{
	size_t len = PUFFSMSG_RW_SIZE(100);
	struct puffs_vnmsg_rw *m = frame_new(len);

	(void)state;
	puffsmsg_op_build_read(m, len, 1, 0, 100, 0, NULL);
	assert_int_equal(puffsmsg_op_fill_begin(&fill, m, len), 0);
	assert_int_equal(put("a"), EINVAL);
	assert_int_equal(puffsmsg_op_fill_begin(&fill, m, 0), EMSGSIZE);
	assert_int_equal(put("a"), EINVAL);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cookies),
		cmocka_unit_test(test_lying_cookies),
		cmocka_unit_test(test_other_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
