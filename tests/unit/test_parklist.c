/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/parklist.c */

#include "msgfix.h"

#include <stdlib.h>

#include "expect_panic.h"

#define NPARKS 5

/* The lists need nothing else of a mount. */
static struct puffs_mount *mount;
static struct puffs_msgpark *parks; /* ids from 1, of 100 bytes */

static int
setup(void **state)
{
	(void)state;
	mount = calloc(1, sizeof(*mount));
	parks = calloc(NPARKS, sizeof(*parks));
	if (mount == NULL || parks == NULL)
		return -1;
	for (int i = 0; i < LIST_KINDS; i++)
		TAILQ_INIT(&mount->pmp_list[i]);
	for (unsigned i = 0; i < NPARKS; i++) {
		parks[i].park_id = i + 1;
		parks[i].park_wiremax = 100;
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(parks);
	free(mount);
	return 0;
}

static enum puffsmsg__list
list_for(enum puffsmsg__parkstate state, uint32_t flags)
{
	struct puffs_msgpark park = { .park_state = state,
		.park_flags = flags };

	return puffsmsg__list_of(&park);
}

static void
list_follows_from_the_state(void **state)
{
	(void)state;
	assert_int_equal(list_for(PARK_TOUSER, 0), LIST_TOUSER);
	assert_int_equal(list_for(PARK_COPYING, 0), LIST_COPYING);
	assert_int_equal(list_for(PARK_INHAND, 0), LIST_INHAND);
	assert_int_equal(list_for(PARK_REPLYWAIT, 0), LIST_REPLYWAIT);
	assert_int_equal(list_for(PARK_CLAIMED, 0), LIST_ENDED);
	assert_int_equal(list_for(PARK_DONE, 0), LIST_ENDED);
}

static void
abandoned_messages_have_a_list_of_their_own(void **state)
{
	(void)state;
	assert_int_equal(list_for(PARK_INHAND, PARKF_ABANDONED),
	    LIST_ABANDONED);
	assert_int_equal(list_for(PARK_REPLYWAIT, PARKF_ABANDONED),
	    LIST_ABANDONED);
}

static void
orphans_stay_where_messages_without_reply_are(void **state)
{
	const uint32_t orphan = PARKF_ABANDONED | PARKF_FAF;

	(void)state;
	assert_int_equal(list_for(PARK_TOUSER, orphan), LIST_TOUSER);
	assert_int_equal(list_for(PARK_COPYING, orphan), LIST_COPYING);
	assert_int_equal(list_for(PARK_INHAND, orphan), LIST_INHAND);
	assert_int_equal(list_for(PARK_REPLYWAIT, orphan), LIST_REPLYWAIT);
	assert_int_equal(list_for(PARK_CLAIMED, orphan), LIST_ENDED);
}

static void
put(unsigned i, enum puffsmsg__parkstate state, uint32_t flags)
{
	parks[i].park_state = state;
	parks[i].park_flags = flags;
	puffsmsg__list_insert(mount, &parks[i], puffsmsg__list_of(&parks[i]));
}

/* That the list has these ids in this order, which ends with 0. */
static void
assert_order(enum puffsmsg__list list, const uint64_t *ids)
{
	struct puffs_msgpark *park;
	uint32_t n = 0;

	TAILQ_FOREACH(park, &mount->pmp_list[list], park_entries)
		assert_int_equal(park->park_id, ids[n++]);
	assert_int_equal(ids[n], 0);
	assert_int_equal(mount->pmp_count[list], n);
}

static void
queue_is_in_the_order_of_insertion(void **state)
{
	(void)state;
	put(2, PARK_TOUSER, 0);
	put(0, PARK_TOUSER, 0);
	put(1, PARK_TOUSER, 0);
	assert_order(LIST_TOUSER, (uint64_t[]){ 3, 1, 2, 0 });
	puffsmsg__list_remove(mount, &parks[0]);
	assert_order(LIST_TOUSER, (uint64_t[]){ 3, 2, 0 });
}

static void
abandoned_are_in_the_order_of_their_ids(void **state)
{
	(void)state;
	put(2, PARK_REPLYWAIT, PARKF_ABANDONED);
	put(0, PARK_INHAND, PARKF_ABANDONED);
	put(4, PARK_REPLYWAIT, PARKF_ABANDONED);
	put(3, PARK_INHAND, PARKF_ABANDONED);
	put(1, PARK_REPLYWAIT, PARKF_ABANDONED);
	assert_order(LIST_ABANDONED, (uint64_t[]){ 1, 2, 3, 4, 5, 0 });
}

static void
abandoned_in_rising_and_falling_order_are_sorted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NPARKS; i++)
		put(i, PARK_REPLYWAIT, PARKF_ABANDONED);
	assert_order(LIST_ABANDONED, (uint64_t[]){ 1, 2, 3, 4, 5, 0 });
	for (unsigned i = 0; i < NPARKS; i++)
		puffsmsg__list_remove(mount, &parks[i]);
	for (unsigned i = NPARKS; i-- > 0;)
		put(i, PARK_REPLYWAIT, PARKF_ABANDONED);
	assert_order(LIST_ABANDONED, (uint64_t[]){ 1, 2, 3, 4, 5, 0 });
}

static void
gauges_go_with_the_lists(void **state)
{
	(void)state;
	put(0, PARK_TOUSER, 0);
	put(1, PARK_REPLYWAIT, 0);
	put(2, PARK_REPLYWAIT, PARKF_ABANDONED);
	assert_int_equal(mount->pmp_bytes, 300);
	assert_int_equal(mount->pmp_abandonedbytes, 100);
	for (unsigned i = 0; i < 3; i++) {
		assert_true(parks[i].park_flags & PARKF_BOUND);
		puffsmsg__list_remove(mount, &parks[i]);
		assert_false(parks[i].park_flags & PARKF_BOUND);
	}
	assert_int_equal(mount->pmp_bytes, 0);
	assert_int_equal(mount->pmp_abandonedbytes, 0);
	for (int i = 0; i < LIST_KINDS; i++)
		assert_int_equal(mount->pmp_count[i], 0);
}

static void
insert_first(void *arg)
{
	puffsmsg__list_insert(mount, arg, LIST_TOUSER);
}

static void
remove_first(void *arg)
{
	puffsmsg__list_remove(mount, arg);
}

static void
a_park_is_never_on_two_lists(void **state)
{
	(void)state;
	put(0, PARK_TOUSER, 0);
	expect_panic(insert_first, &parks[0], "BOUND");
	expect_panic(remove_first, &parks[1], "BOUND");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(list_follows_from_the_state),
		TEST(abandoned_messages_have_a_list_of_their_own),
		TEST(orphans_stay_where_messages_without_reply_are),
		TEST(queue_is_in_the_order_of_insertion),
		TEST(abandoned_are_in_the_order_of_their_ids),
		TEST(gauges_go_with_the_lists),
		TEST(a_park_is_never_on_two_lists),
		TEST(abandoned_in_rising_and_falling_order_are_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
