/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original makes messages that are shorter than their header, and sends
 * fewer bytes than that: it writes past the buffer, and a server gets a frame
 * of 4 bytes.
 *
 * A message has a header at least.  To ask for less is EINVAL, to send less is
 * a misuse.
 */

#include "msgfix.h"

#include "expect_panic.h"

#define HEADER sizeof(struct puffs_req)

static void
alloc_is_refused(int cansleep)
{
	struct puffs_msgpark *park = (struct puffs_msgpark *)&park;
	unsigned out = fix_memory_out();
	void *mem = &mem;

	for (size_t len = HEADER; len-- > 0;) {
		assert_int_equal(puffs_msgmem_alloc(len, &park, &mem, cansleep),
		    EINVAL);
		assert_null(park);
		assert_null(mem);
	}
	assert_int_equal(fix_memory_out(), out);
}

static void
defect_25_alloc_below_the_header(void **state)
{
	struct puffs_msgpark *park;
	void *mem;

	(void)state;
	alloc_is_refused(0);
	alloc_is_refused(1);
	assert_int_equal(puffs_msgmem_alloc(HEADER, &park, &mem, 1), 0);
	puffs_msgmem_release(park);
}

static void
set_124(void *park)
{
	puffs_msg_setdelta(park, 124);
}

static void
set_one_too_much(void *park)
{
	puffs_msg_setdelta(park, 128 - HEADER + 1);
}

static void
defect_25_setdelta_below_the_header(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	expect_panic(set_124, park, "puffs_msg_setdelta: park");
	expect_panic(set_one_too_much, park, "puffs_msg_setdelta: park");
	puffs_msg_setdelta(park, 128 - HEADER);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, HEADER);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_25_alloc_below_the_header),
		TEST(defect_25_setdelta_below_the_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
