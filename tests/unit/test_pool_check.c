/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/kern/pool_check.c: guards and quarantine. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "expect_panic.h"
#include "memmode.h"

#define SIZE 40u
#define Q    PUFFSMSG__QUARANTINE

static pool_cache_t pc, other;
static void *objs[2 * Q];

static int
start(void **state)
{
	if (start_checked(state) != 0)
		return -1;
	pc = pool_cache_init(SIZE, 0, 0, 0, "test", NULL, 0, NULL, NULL, NULL);
	other = pool_cache_init(SIZE, 0, 0, 0, "other", NULL, 0, NULL, NULL,
	    NULL);
	for (unsigned i = 0; i < 2 * Q; i++)
		objs[i] = pool_cache_get(pc, PR_WAITOK);
	return 0;
}

static int
stop(void **state)
{
	for (unsigned i = 0; i < 2 * Q; i++)
		pool_cache_put(pc, objs[i]);
	pool_cache_destroy(other);
	pool_cache_destroy(pc);
	return memmode_stop(state);
}

/* Back from quarantine, as if it were new. */
static void
out_again(void *obj)
{
	puffsmsg__guard_set(pc, obj, SIZE);
}

static void
test_room_keeps_the_alignment(void **state)
{
	size_t least = puffsmsg__guard_room(1);

	(void)state;
	for (size_t align = 1; align <= 4096; align *= 2) {
		size_t room = puffsmsg__guard_room(align);

		assert_int_equal(room % align, 0);
		assert_true(room >= least && room < least + align);
	}
}

static void
test_guards(void **state)
{
	static unsigned char mem[200];
	/* Not aligned, as with an odd align_offset. */
	unsigned char *obj = mem + 101;

	(void)state;
	memset(mem, 0x33, sizeof(mem));
	puffsmsg__guard_set(pc, obj, 7);
	assert_int_equal(puffsmsg__guard_size(obj), 7);
	assert_int_equal(puffsmsg__guard_check(pc, obj, "call"), 7);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(obj[i], 0x33);
	assert_int_equal(mem[100 - puffsmsg__guard_room(1)], 0x33);
	assert_int_equal(obj[7 + PUFFSMSG__REDZONE], 0x33);
	puffsmsg__guard_end(obj);
	assert_int_equal(puffsmsg__guard_size(obj), 7);
}

static void
do_check(void *obj)
{
	(void)puffsmsg__guard_check(pc, obj, "call");
}

static void
test_check(void **state)
{
	static unsigned char mem[200];
	unsigned char *obj = mem + 100;

	(void)state;
	expect_panic(do_check, obj, "call: test: ");
	expect_panic(do_check, obj, "was not allocated");
	puffsmsg__guard_set(other, obj, SIZE);
	expect_panic(do_check, obj, "is of other");
	puffsmsg__guard_set(pc, obj, SIZE);
	obj[SIZE + PUFFSMSG__REDZONE - 1] = 0;
	expect_panic(do_check, obj, "of 40 bytes was written to at 55");
	puffsmsg__guard_set(pc, obj, SIZE);
	puffsmsg__guard_end(obj);
	expect_panic(do_check, obj, "is free already");
}

/* First in, first out, and round the ring. */
static void
test_quarantine(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2 * Q; i++) {
		void *left;

		puffsmsg__guard_end(objs[i]);
		left = puffsmsg__quarantine_put(pc, objs[i]);
		if (i < Q)
			assert_null(left);
		else
			assert_ptr_equal(left, objs[i - Q]);
	}
	assert_null(puffsmsg__quarantine_take(pc, Q));
	assert_ptr_equal(puffsmsg__quarantine_take(pc, Q - 1), objs[Q]);
	assert_null(puffsmsg__quarantine_take(pc, Q - 1));
	for (unsigned i = 1; i < Q; i++)
		assert_ptr_equal(puffsmsg__quarantine_take(pc, 0), objs[Q + i]);
	assert_null(puffsmsg__quarantine_take(pc, 0));
	for (unsigned i = 0; i < 2 * Q; i++)
		out_again(objs[i]);
}

static void
test_large_ones_are_not_kept(void **state)
{
	static unsigned char mem[5000];
	unsigned char *obj = mem + 100;

	(void)state;
	puffsmsg__guard_set(pc, obj, 4097);
	puffsmsg__guard_end(obj);
	assert_ptr_equal(puffsmsg__quarantine_put(pc, obj), obj);
	assert_int_equal(obj[0], 0);
	puffsmsg__guard_set(pc, obj, 4096);
	puffsmsg__guard_end(obj);
	assert_null(puffsmsg__quarantine_put(pc, obj));
	assert_ptr_equal(puffsmsg__quarantine_take(pc, 0), obj);
}

static ptrdiff_t damaged;

static void
do_damage(void *obj)
{
	puffsmsg__guard_end(obj);
	(void)puffsmsg__quarantine_put(pc, obj);
	((unsigned char *)obj)[damaged] ^= 0x80;
	(void)puffsmsg__quarantine_take(pc, 0);
}

static void
test_damage(void **state)
{
	(void)state;
	damaged = 0;
	expect_panic(do_damage, objs[0],
	    "was written to at 0 when it was free");
	damaged = SIZE - 1;
	expect_panic(do_damage, objs[0], "written to at 39 when it was free");
	damaged = -(ptrdiff_t)puffsmsg__guard_room(1);
	expect_panic(do_damage, objs[0], "was written before when it was free");
	/* The word that says whether it is out. */
	damaged = -(ptrdiff_t)sizeof(void *);
	expect_panic(do_damage, objs[0], "was written before when it was free");
}

/* A panic comes with no lock held: the host's may come back to us. */
static jmp_buf panicked;

static void
come_back(const char *line)
{
	(void)line;
	longjmp(panicked, 1);
}

static void
test_after_a_panic_that_came_back(void **state)
{
	unsigned char *obj = objs[0];

	(void)state;
	puffsmsg__guard_end(obj);
	(void)puffsmsg__quarantine_put(pc, obj);
	obj[3] = 0;
	(testhost.panic) = come_back;
	if (setjmp(panicked) == 0) {
		(void)puffsmsg__quarantine_take(pc, 0);
		fail();
	}
	assert_null(puffsmsg__quarantine_take(pc, 0));
	out_again(obj);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_check),
		TEST(test_damage),
		TEST(test_room_keeps_the_alignment),
		TEST(test_guards),
		TEST(test_quarantine),
		TEST(test_large_ones_are_not_kept),
		TEST(test_after_a_panic_that_came_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
