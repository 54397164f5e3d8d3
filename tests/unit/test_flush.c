/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/flush.c: what a server may have forgotten, and what is refused. */

#include "serverreq.h"

#define COOKIE UINT64_C(0xf00dfeedf00dfeed)

static struct fs fs;
static struct puffs_mount *mount;

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt;

	(void)state;
	fix_init();
	fs_init(&fs);
	opt = fs_options(&fs);
	mount = fix_mount_new(&opt);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_mount_free(mount);
	fix_fini();
	return 0;
}

static int
flush(int op, int64_t start, int64_t end)
{
	struct puffs_flush pf = { .pf_op = op,
		.pf_start = start,
		.pf_end = end };

	pf.pf_cookie64 = COOKIE;
	return puffsmsg__flush_run(mount, &pf);
}

static void
expect_calls(enum fs_call a, enum fs_call b, enum fs_call c)
{
	const enum fs_call calls[] = { a, b, c, 0 };

	fs_expect(&fs, calls);
	gate_init(&fs.called);
}

#define expect_no_calls() expect_calls(0, 0, 0)

static void
the_whole_name_cache_is_purged(void **state)
{
	(void)state;
	assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_ALL, -1, -1), 0);
	expect_calls(FS_PURGEALL, 0, 0);
	fs.all_rv = EIO;
	assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_ALL, 0, 0), EIO);
}

static void
the_names_in_a_directory_are_purged(void **state)
{
	(void)state;
	fs.type = PUFFSMSG_NODE_DIR;
	assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_DIR, -1, -1), 0);
	expect_calls(FS_LOOKUP, FS_PURGEDIR, FS_RELEASE);
	assert_int_equal(fs.cookie, COOKIE);
	assert_ptr_equal(fs.released, &fs.node);
	fs.dir_rv = EBUSY;
	assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_DIR, 0, 0), EBUSY);
	expect_calls(FS_LOOKUP, FS_PURGEDIR, FS_RELEASE);
}

static void
what_is_no_directory_has_no_names(void **state)
{
	static const enum puffsmsg_nodetype types[] = { PUFFSMSG_NODE_OTHER,
		PUFFSMSG_NODE_REG, (enum puffsmsg_nodetype)77 };

	(void)state;
	for (int i = 0; i < 3; i++) {
		fs.type = types[i];
		assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_DIR, 0, 0),
		    EINVAL);
		expect_calls(FS_LOOKUP, FS_RELEASE, 0);
	}
}

static void
a_cookie_that_is_not_known_is_enoent(void **state)
{
	static const int ops[] = { PUFFS_INVAL_NAMECACHE_DIR,
		PUFFS_INVAL_PAGECACHE_NODE_RANGE,
		PUFFS_FLUSH_PAGECACHE_NODE_RANGE };

	(void)state;
	fs.lookup_rv = ENOENT;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(flush(ops[i], 0, 0), ENOENT);
		expect_calls(FS_LOOKUP, 0, 0);
	}
}

static void
other_operations_are_refused(void **state)
{
	static const int ops[] = { PUFFS_INVAL_NAMECACHE_NODE, 5, -1, 0x102,
		INT32_MAX, INT32_MIN };

	(void)state;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		assert_int_equal(flush(ops[i], 0, 0), EINVAL);
	expect_no_calls();
}

static void
ranges_are_freed_or_cleaned(void **state)
{
	(void)state;
	assert_int_equal(flush(PUFFS_INVAL_PAGECACHE_NODE_RANGE, 0, 4096), 0);
	expect_calls(FS_LOOKUP, FS_PUTPAGES, FS_RELEASE);
	assert_int_equal(fs.flags, PUFFSMSG_PGO_FREE);
	assert_int_equal(flush(PUFFS_FLUSH_PAGECACHE_NODE_RANGE, 0, 4096), 0);
	assert_int_equal(fs.flags, PUFFSMSG_PGO_CLEANIT);
	fs.pages_rv = EIO;
	assert_int_equal(flush(PUFFS_FLUSH_PAGECACHE_NODE_RANGE, 0, 1), EIO);
	assert_ptr_equal(fs.released, &fs.node);
}

struct range {
	int64_t start, end;
	int64_t from, to;
};

static void
expect_range(const struct range *r)
{
	assert_int_equal(flush(PUFFS_INVAL_PAGECACHE_NODE_RANGE, r->start,
			     r->end),
	    0);
	assert_int_equal(fs.start, r->from);
	assert_int_equal(fs.end, r->to);
	gate_init(&fs.called);
}

static void
ranges_are_widened_to_whole_pages(void **state)
{
	static const struct range ranges[] = {
		{ 0, 1, 0, 4096 },
		{ 0, 4096, 0, 4096 },
		{ 1, 4096, 0, 4096 },
		{ 4095, 4097, 0, 8192 },
		{ 4096, 4097, 4096, 8192 },
		{ 5000, 1 << 20, 4096, 1 << 20 },
		{ (1 << 20) - 1, 1 << 20, (1 << 20) - 4096, 1 << 20 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		expect_range(&ranges[i]);
}

static void
an_end_of_0_means_the_end_of_the_file(void **state)
{
	static const struct range ranges[] = {
		{ 0, 0, 0, 0 },
		{ 1, 0, 0, 0 },
		{ 8191, 0, 4096, 0 },
		{ 1 << 20, 0, 1 << 20, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		expect_range(&ranges[i]);
}

static void
the_largest_file_ends_where_offsets_do(void **state)
{
	static const struct range ranges[] = {
		{ INT64_MAX - 1, INT64_MAX, INT64_MAX - 4095, 0 },
		{ 0, INT64_MAX - 4094, 0, 0 },
		{ 0, INT64_MAX - 4095, 0, INT64_MAX - 4095 },
		{ 0, INT64_MAX - 4096, 0, INT64_MAX - 4095 },
		{ INT64_MAX, 0, INT64_MAX - 4095, 0 },
	};

	(void)state;
	fs.size = INT64_MAX;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		expect_range(&ranges[i]);
	fs.size = UINT64_MAX;
	expect_range(&ranges[0]);
}

static void
ranges_that_are_none_are_refused(void **state)
{
	static const struct range ranges[] = {
		{ .start = -1, .end = 0 },
		{ .start = -8192, .end = -4096 },
		{ .start = -4096, .end = 4096 },
		{ .start = 0, .end = -1 },
		{ .start = INT64_MIN, .end = 0 },
		{ .start = 0, .end = INT64_MIN },
		{ .start = INT64_MIN, .end = INT64_MAX },
		{ .start = 1, .end = 1 },
		{ .start = 2, .end = 1 },
		{ .start = 8192, .end = 4096 },
		{ .start = 0, .end = (1 << 20) + 1 },
		{ .start = 0, .end = INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		assert_int_equal(flush(PUFFS_FLUSH_PAGECACHE_NODE_RANGE,
				     ranges[i].start, ranges[i].end),
		    EINVAL);
		expect_calls(FS_LOOKUP, FS_RELEASE, 0);
	}
}

static void
what_is_no_regular_file_has_no_pages(void **state)
{
	static const enum puffsmsg_nodetype types[] = { PUFFSMSG_NODE_OTHER,
		PUFFSMSG_NODE_DIR };

	(void)state;
	for (int i = 0; i < 2; i++) {
		fs.type = types[i];
		assert_int_equal(flush(PUFFS_INVAL_PAGECACHE_NODE_RANGE, 0, 0),
		    EINVAL);
		expect_calls(FS_LOOKUP, FS_RELEASE, 0);
	}
}

static void
an_empty_file_has_no_range_but_the_whole(void **state)
{
	static const struct range whole = { 0, 0, 0, 0 };

	(void)state;
	fs.size = 0;
	assert_int_equal(flush(PUFFS_INVAL_PAGECACHE_NODE_RANGE, 0, 1), EINVAL);
	gate_init(&fs.called);
	expect_range(&whole);
}

static void
pages_are_as_large_as_the_mount_says(void **state)
{
	static const struct range wide = { 65535, 65537, 0, 131072 };
	static const struct range exact = { 3, 5, 3, 5 };
	struct puffsmsg_mount_options opt = fs_options(&fs);

	(void)state;
	fix_mount_free(mount);
	opt.pagesize = 1;
	mount = fix_mount_new(&opt);
	expect_range(&exact);
	fix_mount_free(mount);
	opt.pagesize = 65536;
	mount = fix_mount_new(&opt);
	expect_range(&wide);
}

static void
remount_without(void (*remove)(struct puffsmsg_fsops *))
{
	struct puffsmsg_mount_options opt = fs_options(&fs);

	fix_mount_free(mount);
	remove(&fs.ops);
	mount = fix_mount_new(&opt);
}

static void
no_lookup(struct puffsmsg_fsops *ops)
{
	ops->cookie2node = NULL;
}

static void
no_work(struct puffsmsg_fsops *ops)
{
	ops->purgeall = NULL;
	ops->purgedir = NULL;
	ops->putpages = NULL;
}

static void
no_release(struct puffsmsg_fsops *ops)
{
	ops->noderelease = NULL;
}

static void
without_its_callback_an_operation_is_not_supported(void **state)
{
	(void)state;
	remount_without(no_work);
	assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_ALL, 0, 0), EOPNOTSUPP);
	assert_int_equal(flush(PUFFS_FLUSH_PAGECACHE_NODE_RANGE, 0, 0),
	    EOPNOTSUPP);
	expect_calls(FS_LOOKUP, FS_RELEASE, 0);
	fs.type = PUFFSMSG_NODE_DIR;
	assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_DIR, 0, 0), EOPNOTSUPP);
	expect_calls(FS_LOOKUP, FS_RELEASE, 0);
}

static void
without_a_lookup_no_node_can_be_flushed(void **state)
{
	(void)state;
	remount_without(no_lookup);
	assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_DIR, 0, 0), EOPNOTSUPP);
	assert_int_equal(flush(PUFFS_INVAL_PAGECACHE_NODE_RANGE, 0, 0),
	    EOPNOTSUPP);
	expect_no_calls();
	assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_ALL, 0, 0), 0);
}

static void
without_a_release_nodes_are_not_released(void **state)
{
	(void)state;
	remount_without(no_release);
	assert_int_equal(flush(PUFFS_INVAL_PAGECACHE_NODE_RANGE, 0, 0), 0);
	expect_calls(FS_LOOKUP, FS_PUTPAGES, 0);
}

static void
without_callbacks_nothing_is_supported(void **state)
{
	(void)state;
	fix_mount_free(mount);
	mount = fix_mount_new(NULL);
	for (int op = PUFFS_INVAL_NAMECACHE_DIR;
	     op <= PUFFS_FLUSH_PAGECACHE_NODE_RANGE; op++)
		assert_int_equal(flush(op, 0, 0), EOPNOTSUPP);
	assert_int_equal(flush(PUFFS_INVAL_NAMECACHE_NODE, 0, 0), EINVAL);
}

static void
a_server_hears_what_became_of_its_flush(void **state)
{
	(void)state;
	assert_int_equal(srv_flush(mount, 1, PUFFS_INVAL_PAGECACHE_NODE_RANGE,
			     COOKIE, 100, 5000),
	    0);
	srv_expect_answer(mount, 1, 0);
	assert_int_equal(fs.start, 0);
	assert_int_equal(fs.end, 8192);
	assert_int_equal(srv_flush(mount, 2, PUFFS_INVAL_PAGECACHE_NODE_RANGE,
			     COOKIE, -8192, -4096),
	    0);
	srv_expect_answer(mount, 2, EINVAL);
	assert_int_equal(gate_count(&fs.called), 3 + 2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_whole_name_cache_is_purged),
		TEST(the_names_in_a_directory_are_purged),
		TEST(what_is_no_directory_has_no_names),
		TEST(a_cookie_that_is_not_known_is_enoent),
		TEST(other_operations_are_refused),
		TEST(ranges_are_freed_or_cleaned),
		TEST(ranges_are_widened_to_whole_pages),
		TEST(an_end_of_0_means_the_end_of_the_file),
		TEST(the_largest_file_ends_where_offsets_do),
		TEST(ranges_that_are_none_are_refused),
		TEST(what_is_no_regular_file_has_no_pages),
		TEST(an_empty_file_has_no_range_but_the_whole),
		TEST(pages_are_as_large_as_the_mount_says),
		TEST(without_its_callback_an_operation_is_not_supported),
		TEST(without_a_lookup_no_node_can_be_flushed),
		TEST(without_a_release_nodes_are_not_released),
		TEST(without_callbacks_nothing_is_supported),
		TEST(a_server_hears_what_became_of_its_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
