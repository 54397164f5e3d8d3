/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/stats.c: accounts of a mount and of the library. */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "serverreq.h"

static void
a_new_mount_has_zeroes(void **state)
{
	struct puffsmsg_mount_stats st, zero;

	(void)state;
	memset(&st, 0xff, sizeof(st));
	memset(&zero, 0, sizeof(zero));
	st.size = zero.size = sizeof(st);
	assert_int_equal(puffsmsg_mount_stats(fix_mount, &st), 0);
	assert_memory_equal(&st, &zero, sizeof(st));
}

static void
each_place_has_its_gauge(void **state)
{
	struct puffs_msgpark *parks[6];
	struct puffsmsg_mount_stats st;
	struct fix_waiter w;
	struct fix_frame f[5];

	(void)state;
	for (int i = 0; i < 6; i++)
		parks[i] = fix_send(fix_mount);
	for (int i = 0; i < 4; i++)
		fix_take(fix_mount, &f[i]);
	fix_hold(fix_mount, &f[4]);
	assert_int_equal(fix_reply(fix_mount, &f[0], 0), 0);
	fix_wait_start(&w, fix_mount, parks[1]);
	fix_kill(&w.t, SIGINT);
	assert_int_equal(fix_wait_join(&w), EINTR);
	st = fix_stats(fix_mount);
	assert_int_equal(st.parks, 6);
	assert_int_equal(st.bytes, 6 * 128);
	assert_int_equal(st.touser, 1);
	assert_int_equal(st.inhand, 1);
	assert_int_equal(st.replywait, 2);
	assert_int_equal(st.claimed, 0);
	assert_int_equal(st.done, 1);
	assert_int_equal(st.abandoned, 1);
	assert_int_equal(st.orphans, 0);
	assert_int_equal(st.answers, 0);
	assert_int_equal(st.accepted, 6);
	assert_int_equal(st.replied, 1);
	assert_int_equal(st.interrupted, 1);
	assert_int_equal(fix_inflight(&st), 4);
	/* Five messages and the hand; the abandoned one holds nothing. */
	assert_int_equal(st.references, 6);
	puffs_userdead(fix_mount);
	st = fix_stats(fix_mount);
	assert_int_equal(st.dead, 4);
	assert_int_equal(st.done, 5);
	fix_releaseout(fix_mount, &f[4], 0);
	for (int i = 0; i < 6; i++)
		puffs_msgmem_release(parks[i]);
}

static void
each_outcome_has_its_counter(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct puffsmsg_mount_stats st;
	struct fix_frame f;

	(void)state;
	fix_serve(fix_mount, 0);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, -1), EPROTO);
	srv_expect_notice(fix_mount, -1, (uintptr_t)FIX_COOKIE);
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, EIO);
	puffs_msg_enqueue(fix_mount, park);
	puffs_userdead(fix_mount);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	puffs_msgmem_release(park);
	st = fix_stats(fix_mount);
	assert_int_equal(st.accepted, 5);
	assert_int_equal(st.rejected, 1);
	assert_int_equal(st.replied, 1);
	assert_int_equal(st.refused, 1);
	assert_int_equal(st.delivery, 1);
	assert_int_equal(st.dead, 1);
	assert_int_equal(st.faf_done, 1);
	assert_int_equal(st.notices, 1);
	assert_int_equal(st.frames, 2);
}

static void
orphans_are_counted_while_they_are_on_their_way(void **state)
{
	struct puffs_msgpark *park;
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	park = fix_park(64, PUFFSOP_VN, PUFFS_VN_RECLAIM);
	puffs_msg_enqueue(fix_mount, park);
	fix_wait_start(&w, fix_mount, park);
	fix_kill(&w.t, SIGINT);
	assert_int_equal(fix_wait_join(&w), EINTR);
	assert_int_equal(fix_stats(fix_mount).orphans, 1);
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_stats(fix_mount).orphans, 1);
	assert_int_equal(fix_stats(fix_mount).inhand, 1);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_stats(fix_mount).orphans, 0);
	assert_int_equal(fix_stats(fix_mount).faf_done, 0);
	assert_int_equal(fix_stats(fix_mount).interrupted, 1);
	puffs_msgmem_release(park);
}

/* Statistics of a program for which the struct has `size' bytes. */
static void
expect_sized(size_t size)
{
	struct puffsmsg_mount_stats full = fix_stats(fix_mount);
	uint8_t *st = malloc(size);
	size_t known = size < sizeof(full) ? size : sizeof(full);

	assert_non_null(st);
	memset(st, 0xa5, size);
	memcpy(st, &size, sizeof(size));
	assert_int_equal(puffsmsg_mount_stats(fix_mount,
			     (struct puffsmsg_mount_stats *)(void *)st),
	    0);
	full.size = size;
	assert_memory_equal(st, &full, known);
	for (size_t i = known; i < size; i++)
		assert_int_equal(st[i], 0);
	free(st);
}

static void
a_struct_of_another_size_is_filled_as_far_as_it_goes(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	const size_t size = sizeof(struct puffsmsg_mount_stats);

	(void)state;
	expect_sized(sizeof(size_t));
	expect_sized(sizeof(size_t) + 8);
	expect_sized(size - 8);
	expect_sized(size);
	expect_sized(size + 1);
	expect_sized(2 * size);
	puffs_userdead(fix_mount);
	puffs_msgmem_release(park);
}

static void
a_struct_without_size_is_einval(void **state)
{
	struct puffsmsg_mount_stats st = { .size = 0, .parks = 4711 };
	struct puffsmsg_stats all = { .size = 0, .parks = 4711 };

	(void)state;
	assert_int_equal(puffsmsg_mount_stats(fix_mount, &st), EINVAL);
	assert_int_equal(puffsmsg_stats(&all), EINVAL);
	st.size = all.size = sizeof(size_t) - 1;
	assert_int_equal(puffsmsg_mount_stats(fix_mount, &st), EINVAL);
	assert_int_equal(puffsmsg_stats(&all), EINVAL);
	assert_int_equal(st.parks, 4711);
	assert_int_equal(all.parks, 4711);
}

static void
the_library_counts_parks_bytes_and_mounts(void **state)
{
	struct {
		struct puffsmsg_stats st;
		uint64_t more;
	} all = { { .size = sizeof(all) }, 5 };
	struct puffs_msgpark *a = fix_park(100, 1, 1), *b = fix_park(200, 1, 1);

	(void)state;
	assert_int_equal(puffsmsg_stats(&all.st), 0);
	assert_int_equal(all.st.parks, 2);
	assert_int_equal(all.st.bytes, 300);
	assert_int_equal(all.st.mounts, 1);
	assert_int_equal(all.more, 0);
	puffs_msgmem_release(a);
	all.st.mounts = 77;
	all.st.size = offsetof(struct puffsmsg_stats, mounts);
	assert_int_equal(puffsmsg_stats(&all.st), 0);
	assert_int_equal(all.st.parks, 1);
	assert_int_equal(all.st.bytes, 200);
	assert_int_equal(all.st.mounts, 77);
	puffs_msgmem_release(b);
}

/* Statistics from a callback. */
static void
counting(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct puffsmsg_mount_stats *st = arg;

	(void)req;
	st->size = sizeof(*st);
	(void)puffsmsg_mount_stats(mount, st);
}

static void
callbacks_may_ask_for_statistics(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct puffsmsg_mount_stats st = { .size = 0 };

	(void)state;
	puffs_msg_setcall(park, counting, &st);
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, 0);
	assert_int_equal(st.replied, 1);
	assert_int_equal(st.parks, 0);
	/* What the callback's own message still holds. */
	assert_int_equal(st.references, 1);
	puffs_msgmem_release(park);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_mount_has_zeroes),
		TEST(each_place_has_its_gauge),
		TEST(each_outcome_has_its_counter),
		TEST(orphans_are_counted_while_they_are_on_their_way),
		TEST(a_struct_of_another_size_is_filled_as_far_as_it_goes),
		TEST(a_struct_without_size_is_einval),
		TEST(the_library_counts_parks_bytes_and_mounts),
		TEST(callbacks_may_ask_for_statistics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
