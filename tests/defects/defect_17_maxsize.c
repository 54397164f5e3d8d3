/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original's getout is told how much its caller has room for and does not
 * look: a frame of 120 bytes comes out for a maximum of 1.
 *
 * puffsmsg_getout and puffsmsg_read refuse with EMSGSIZE, say how long the
 * message is, write nothing, and leave it first in the queue.  (The old call
 * ignores its maximum on purpose: its users read frames in parts.)
 */

#include <string.h>

#include "msgfix.h"

#define LEN    120u
#define CANARY 0x5a

/* Tries to take it with room for `max' bytes, fewer than it has. */
static void
expect_refusal(size_t max)
{
	uint8_t *data = NULL;
	void *cookie = NULL;
	size_t len = 0;

	assert_int_equal(puffsmsg_getout(fix_mount, max, 1, &data, &len,
			     &cookie),
	    EMSGSIZE);
	assert_int_equal(len, LEN);
	assert_null(data);
	assert_null(cookie);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
}

static struct puffs_msgpark *
send_message(void)
{
	struct puffs_msgpark *park = fix_park(LEN, PUFFSOP_VN, 9);

	puffs_msg_enqueue(fix_mount, park);
	return park;
}

static void
answer(struct puffs_msgpark *park, struct fix_frame *f)
{
	assert_int_equal(f->req.preq_optype, 9);
	assert_int_equal(fix_reply(fix_mount, f, EPERM), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	puffs_msgmem_release(park);
}

static void
defect_17_getout_keeps_to_its_maximum(void **state)
{
	struct puffs_msgpark *park = send_message();
	struct fix_frame f;
	uint8_t *data;

	(void)state;
	expect_refusal(1);
	expect_refusal(LEN - 1);
	assert_int_equal(puffsmsg_getout(fix_mount, LEN, 1, &data, &f.len,
			     &f.cookie),
	    0);
	assert_int_equal(f.len, LEN);
	memcpy(f.bytes, data, LEN);
	fix_releaseout(fix_mount, &f, 0);
	answer(park, &f);
}

static void
defect_17_read_keeps_to_its_buffer(void **state)
{
	struct puffs_msgpark *park = send_message();
	struct fix_frame f;

	(void)state;
	memset(f.bytes, CANARY, sizeof(f.bytes));
	f.len = 0;
	assert_int_equal(puffsmsg_read(fix_mount, f.bytes, LEN - 1, 1, &f.len),
	    EMSGSIZE);
	assert_int_equal(f.len, LEN);
	for (size_t i = 0; i < 2 * LEN; i++)
		assert_int_equal(f.bytes[i], CANARY);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
	assert_int_equal(puffsmsg_read(fix_mount, f.bytes, LEN, 1, &f.len), 0);
	assert_int_equal(f.bytes[LEN], CANARY);
	answer(park, &f);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_17_getout_keeps_to_its_maximum),
		TEST(defect_17_read_keeps_to_its_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
