/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original compares the offsets of a flush as signed numbers and only with
 * the end of the file: a range from -8192 to -4096 goes on to the page cache.
 *
 * A negative offset is EINVAL, and the page cache does not hear of it.
 */

#include "serverreq.h"

static struct fs fs;

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt;

	(void)state;
	fix_init();
	fs_init(&fs);
	opt = fs_options(&fs);
	fix_mount = fix_mount_new(&opt);
	return 0;
}

/* The n-th request is refused, and nothing done but to look at the file. */
static void
expect_refusal(uint64_t n, int op, int64_t start, int64_t end)
{
	unsigned before = gate_count(&fs.called);

	assert_int_equal(srv_flush(fix_mount, n, op, 1, start, end), 0);
	srv_expect_answer(fix_mount, n, EINVAL);
	for (unsigned i = before; i < gate_count(&fs.called); i++)
		assert_int_not_equal(fs.calls[i], FS_PUTPAGES);
}

static void
negative_ranges(int op)
{
	expect_refusal(1, op, -8192, -4096);
	expect_refusal(2, op, -8192, 4096);
	expect_refusal(3, op, -8192, 0);
	expect_refusal(4, op, 0, -4096);
	expect_refusal(5, op, 4096, -1);
	expect_refusal(6, op, INT64_MIN, INT64_MIN + 4096);
	expect_refusal(7, op, INT64_MIN, INT64_MAX);
}

static void
defect_20_invalidation(void **state)
{
	(void)state;
	negative_ranges(PUFFS_INVAL_PAGECACHE_NODE_RANGE);
}

static void
defect_20_flush(void **state)
{
	(void)state;
	negative_ranges(PUFFS_FLUSH_PAGECACHE_NODE_RANGE);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_20_invalidation),
		TEST(defect_20_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
