/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every enqueue of the original wakes all readers that are blocked in getout,
 * of which one finds a message.
 *
 * One message wakes one reader.
 */

#include "msgfix.h"

#define READERS 8u

static void
readers_start(struct fix_reader *readers)
{
	for (unsigned i = 0; i < READERS; i++) {
		fix_read_start(&readers[i], fix_mount);
		fix_until_readers(fix_mount, i + 1);
	}
}

/* A message that nobody waits for. */
static void
send_faf(int type)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN, type);

	puffs_msg_setfaf(park);
	puffs_msg_enqueue(fix_mount, park);
	puffs_msgmem_release(park);
}

static void
defect_29_a_message_wakes_one_reader(void **state)
{
	struct fix_reader readers[READERS];
	unsigned before, woken[READERS], got = 0;

	(void)state;
	readers_start(readers);
	for (unsigned i = 0; i < READERS; i++) {
		before = fix_unblocks();
		send_faf((int)i);
		woken[i] = fix_unblocks() - before;
	}
	for (unsigned i = 0; i < READERS; i++) {
		assert_int_equal(fix_read_join(&readers[i]), 0);
		got |= 1u << readers[i].frame.req.preq_optype;
	}
	assert_int_equal(got, (1u << READERS) - 1);
	for (unsigned i = 0; i < READERS; i++)
		assert_int_equal(woken[i], 1);
}

/* Nor is anybody woken where nobody sleeps. */
static void
defect_29_a_message_wakes_nobody_who_does_not_sleep(void **state)
{
	struct fix_frame f;
	unsigned before = fix_unblocks();

	(void)state;
	for (int i = 0; i < 10; i++)
		send_faf(i);
	assert_int_equal(fix_unblocks(), before);
	for (int i = 0; i < 10; i++)
		fix_take(fix_mount, &f);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_29_a_message_wakes_one_reader),
		TEST(defect_29_a_message_wakes_nobody_who_does_not_sleep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
