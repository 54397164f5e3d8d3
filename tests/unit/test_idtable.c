/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/idtable.c */

#include "msgfix.h"

#include <stdlib.h>

#define MANY        100000u
#define DIR_BUCKETS (1024u * 256u) /* that one directory has room for */
#define MAX_BUCKETS (IDTABLE_DIRS * DIR_BUCKETS)
#define MIN_BUCKETS 16u

static struct puffsmsg__idtable table;
static struct puffs_msgpark *parks;

static int
setup(void **state)
{
	(void)state;
	fix_init();
	parks = calloc(DIR_BUCKETS + MIN_BUCKETS, sizeof(*parks));
	if (parks == NULL)
		return -1;
	return puffsmsg__idtable_init(&table);
}

static int
teardown(void **state)
{
	(void)state;
	puffsmsg__idtable_fini(&table);
	free(parks);
	fix_fini();
	return 0;
}

/* parks[i] gets the id base + i. */
static void
insert(uint64_t base, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++) {
		parks[i].park_id = base + i;
		puffsmsg__idtable_insert(&table, &parks[i]);
	}
}

static void
assert_found(uint64_t base, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		assert_ptr_equal(puffsmsg__idtable_lookup(&table, base + i),
		    &parks[i]);
}

static void
remove_range(unsigned from, unsigned to, unsigned step)
{
	for (unsigned i = from; i < to; i += step)
		puffsmsg__idtable_remove(&table, &parks[i]);
}

static void
assert_gone(uint64_t base, unsigned from, unsigned to, unsigned step)
{
	for (unsigned i = from; i < to; i += step)
		assert_null(puffsmsg__idtable_lookup(&table, base + i));
}

/* Links to walk from parks[i] to the end of its chain. */
static unsigned
chain_behind(unsigned i)
{
	struct puffs_msgpark *park = &parks[i];
	unsigned n = 0;

	while ((park = park->park_idnext) != NULL)
		n++;
	return n;
}

static void
empty_table_finds_nothing(void **state)
{
	(void)state;
	assert_null(puffsmsg__idtable_lookup(&table, 0));
	assert_null(puffsmsg__idtable_lookup(&table, 1));
	assert_null(puffsmsg__idtable_lookup(&table, UINT64_MAX));
}

static void
parks_are_found_by_their_ids_and_by_no_other(void **state)
{
	(void)state;
	insert(1, 0, 1000);
	assert_int_equal(table.it_count, 1000);
	assert_found(1, 0, 1000);
	assert_gone(1001, 0, 1000, 1);
	assert_null(puffsmsg__idtable_lookup(&table, 0));
	assert_null(puffsmsg__idtable_lookup(&table, PUFFSMSG_SERVER_ID | 1));
	remove_range(0, 1000, 1);
}

static void
removed_parks_are_not_found_and_the_others_are(void **state)
{
	(void)state;
	insert(1, 0, 1000);
	remove_range(0, 1000, 2);
	assert_gone(1, 0, 1000, 2);
	for (unsigned i = 1; i < 1000; i += 2)
		assert_found(1, i, i + 1);
	assert_int_equal(table.it_count, 500);
	assert_null(parks[0].park_idnext);
	remove_range(1, 1000, 2);
	assert_int_equal(table.it_count, 0);
}

/* Ids of one bucket: any of a chain can go. */
static void
remove_works_at_every_place_of_a_chain(void **state)
{
	const unsigned order[][3] = { { 0, 1, 2 }, { 1, 0, 2 }, { 2, 1, 0 } };

	(void)state;
	for (unsigned o = 0; o < 3; o++) {
		for (unsigned i = 0; i < 3; i++) {
			parks[i].park_id = 5 + (uint64_t)i * MAX_BUCKETS;
			puffsmsg__idtable_insert(&table, &parks[i]);
		}
		for (unsigned i = 0; i < 3; i++) {
			struct puffs_msgpark *park = &parks[order[o][i]];

			assert_ptr_equal(puffsmsg__idtable_lookup(&table,
					     park->park_id),
			    park);
			puffsmsg__idtable_remove(&table, park);
			assert_null(
			    puffsmsg__idtable_lookup(&table, park->park_id));
		}
	}
}

static void
chain_has_the_newest_first(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		parks[i].park_id = 5 + (uint64_t)i * MAX_BUCKETS;
		puffsmsg__idtable_insert(&table, &parks[i]);
	}
	assert_ptr_equal(parks[2].park_idnext, &parks[1]);
	assert_ptr_equal(parks[1].park_idnext, &parks[0]);
	assert_null(parks[0].park_idnext);
	remove_range(0, 3, 1);
}

/* No message pays for the growth of the whole table. */
static void
table_grows_by_one_bucket_at_a_time_to_100000(void **state)
{
	uint32_t before;

	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		before = table.it_buckets;
		insert(1, i, i + 1);
		assert_true(table.it_buckets - before <= 1);
		assert_true(table.it_round <= table.it_buckets);
		assert_true(table.it_buckets < 2 * table.it_round);
	}
	assert_int_equal(table.it_buckets, MANY);
	assert_found(1, 0, MANY);
	remove_range(0, MANY, 1);
	assert_int_equal(table.it_buckets, MANY);
	assert_int_equal(table.it_count, 0);
}

/* A lookup costs no more with 100,000 in flight than with one. */
static void
chains_of_consecutive_ids_have_two_parks_at_most(void **state)
{
	(void)state;
	insert(123456789, 0, MANY);
	for (unsigned i = 0; i < MANY; i++)
		assert_true(chain_behind(i) <= 1);
	remove_range(0, MANY, 1);
}

static void
ids_go_on_past_32_bits(void **state)
{
	const uint64_t base = UINT64_C(0xfffffff0);

	(void)state;
	insert(base, 0, 1000);
	assert_found(base, 0, 1000);
	assert_gone(0, 0, 984, 1);
	remove_range(0, 1000, 1);
}

/* Most are answered soon, some never: the window of ids moves on. */
static void
long_running_mount_keeps_its_table_small(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MANY; i++) {
		insert(1, i, i + 1);
		if (i % 1000 != 0)
			puffsmsg__idtable_remove(&table, &parks[i]);
	}
	for (unsigned i = 0; i < MANY; i += 1000)
		assert_found(1, i, i + 1);
	assert_true(table.it_buckets <= MANY / 1000 + 1);
	remove_range(0, MANY, 1000);
}

static void
second_directory_is_taken_when_the_first_is_full(void **state)
{
	const unsigned n = DIR_BUCKETS + MIN_BUCKETS;

	(void)state;
	assert_null(table.it_dirs[1]);
	insert(1, 0, n);
	assert_non_null(table.it_dirs[1]);
	assert_int_equal(table.it_buckets, n);
	assert_found(1, 0, n);
	remove_range(0, n, 1);
}

/* Chains get longer instead; the next segment is taken when there is one. */
static void
insert_without_memory_works_and_grows_later(void **state)
{
	uint32_t buckets;

	(void)state;
	insert(1, 0, 256);
	fix_memory_fail_after(0, 0);
	insert(1, 256, 2000);
	buckets = table.it_buckets;
	assert_int_equal(buckets, 256);
	assert_found(1, 0, 2000);
	fix_memory_ok();
	insert(1, 2000, 2001);
	assert_int_equal(table.it_buckets, buckets + 1);
	insert(1, 2001, 4000);
	assert_true(table.it_buckets > buckets + 1000);
	assert_found(1, 0, 4000);
	remove_range(0, 4000, 1);
}

static void
insert_without_memory_for_a_directory_works(void **state)
{
	(void)state;
	insert(1, 0, DIR_BUCKETS);
	fix_memory_fail_after(0, 0);
	insert(1, DIR_BUCKETS, DIR_BUCKETS + 8);
	assert_null(table.it_dirs[1]);
	assert_found(1, 0, DIR_BUCKETS + 8);
	fix_memory_fail_after(1, 0); /* the directory, but no segment */
	insert(1, DIR_BUCKETS + 8, DIR_BUCKETS + 9);
	assert_non_null(table.it_dirs[1]);
	assert_int_equal(table.it_buckets, DIR_BUCKETS);
	assert_found(1, 0, DIR_BUCKETS + 9);
	fix_memory_ok();
	remove_range(0, DIR_BUCKETS + 9, 1);
}

/* As if there had been 16 million at a time. */
static void
table_at_its_largest_does_not_grow(void **state)
{
	(void)state;
	table.it_buckets = table.it_count = MAX_BUCKETS;
	table.it_round = MAX_BUCKETS;
	insert(1, 0, 1);
	assert_int_equal(table.it_buckets, MAX_BUCKETS);
	assert_found(1, 0, 1);
	remove_range(0, 1, 1);
	table.it_count = 0;
}

static void
init_without_memory_is_enomem_and_leaks_nothing(void **state)
{
	struct puffsmsg__idtable it;
	unsigned out = fix_memory_out();

	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		fix_memory_fail_after(n, 0);
		assert_int_equal(puffsmsg__idtable_init(&it), ENOMEM);
		assert_int_equal(fix_memory_out(), out);
	}
	fix_memory_ok();
	assert_int_equal(puffsmsg__idtable_init(&it), 0);
	puffsmsg__idtable_fini(&it);
	assert_int_equal(fix_memory_out(), out);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(empty_table_finds_nothing),
		TEST(parks_are_found_by_their_ids_and_by_no_other),
		TEST(removed_parks_are_not_found_and_the_others_are),
		TEST(remove_works_at_every_place_of_a_chain),
		TEST(chain_has_the_newest_first),
		TEST(table_grows_by_one_bucket_at_a_time_to_100000),
		TEST(chains_of_consecutive_ids_have_two_parks_at_most),
		TEST(ids_go_on_past_32_bits),
		TEST(long_running_mount_keeps_its_table_small),
		TEST(second_directory_is_taken_when_the_first_is_full),
		TEST(insert_without_memory_works_and_grows_later),
		TEST(insert_without_memory_for_a_directory_works),
		TEST(table_at_its_largest_does_not_grow),
		TEST(init_without_memory_is_enomem_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
