/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A frame of zeroes, while the mount's first request is in flight.
 *
 * The original counts its requests from 0, so that such a frame completes the
 * first one.  Ids must begin above 0, and a frame with id 0 complete nothing,
 * whatever else it says.
 */

#include <string.h>

#include "serverreq.h"

/* Class VN, type 0: all that a frame of zeroes lacks is its class. */
static struct puffs_msgpark *
first_request(struct fix_frame *f)
{
	struct puffs_msgpark *park;

	park = fix_park(128, PUFFSOP_VN, PUFFS_VN_LOOKUP);
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, f);
	return park;
}

/* A frame of zeroes but for its length, and for its class if that is given. */
static void
send_zeroes(int opclass, size_t len)
{
	struct fix_frame f;

	memset(&f, 0, sizeof(f));
	f.len = len;
	f.req.preq_pth.pth_framelen = len;
	f.req.preq_opclass = (uint16_t)opclass;
	(void)fix_dispatch(fix_mount, &f);
}

static void
send_all_zeroes(void)
{
	for (size_t len = 8; len <= 128; len += 8) {
		send_zeroes(0, len);
		send_zeroes(PUFFSOP_VN, len);
		send_zeroes(PUFFSOP_VFS, len);
		send_zeroes(PUFFSOP_VN | PUFFSOPFLAG_ISRESPONSE, len);
		send_zeroes(PUFFSOP_VN | PUFFSOPFLAG_FAF, len);
	}
}

static void
assert_in_flight(struct puffs_msgpark *park)
{
	assert_int_equal(fix_stats(fix_mount).replied, 0);
	assert_int_equal(fix_stats(fix_mount).refused, 0);
	assert_true(park->park_state == PARK_INHAND ||
	    park->park_state == PARK_REPLYWAIT);
}

static void
defect_10_zeroes_do_not_complete_the_first_request(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	park = first_request(&f);
	send_all_zeroes();
	assert_in_flight(park);
	fix_releaseout(fix_mount, &f, 0);
	send_all_zeroes();
	assert_in_flight(park);
	assert_int_equal(fix_reply(fix_mount, &f, ENOENT), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENOENT);
	puffs_msgmem_release(park);
}

static void
defect_10_ids_begin_above_0_on_every_mount(void **state)
{
	struct puffs_mount *mount;
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		mount = fix_mount_new(NULL);
		park = fix_send(mount);
		fix_take(mount, &f);
		assert_int_not_equal(f.req.preq_id, 0);
		assert_int_equal(f.req.preq_id & PUFFSMSG_SERVER_ID, 0);
		puffs_userdead(mount);
		puffs_msgmem_release(park);
		fix_mount_free(mount);
	}
}

/* A message that wants no reply carries id 0, and is not to be replied to. */
static void
defect_10_zeroes_do_not_complete_what_wants_no_reply(void **state)
{
	struct puffs_msgpark *faf;
	struct fix_frame f;

	(void)state;
	faf = fix_park(128, PUFFSOP_VN, PUFFS_VN_LOOKUP);
	puffs_msg_setfaf(faf);
	puffs_msg_enqueue(fix_mount, faf);
	fix_hold(fix_mount, &f);
	assert_int_equal(f.req.preq_id, 0);
	send_all_zeroes();
	assert_in_flight(faf);
	fix_releaseout(fix_mount, &f, 0);
	puffs_msgmem_release(faf);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_10_zeroes_do_not_complete_the_first_request),
		TEST(defect_10_ids_begin_above_0_on_every_mount),
		TEST(defect_10_zeroes_do_not_complete_what_wants_no_reply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
