/* SPDX-License-Identifier: BSD-2-Clause */

/* What an lwp holds, and what the checks make of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "expect_panic.h"
#include "kern/kern_private.h"
#include "kern/lockdebug.h"
#include "testhost.h"

/* More than an lwp has room for, twice. */
#define MANY (5 * PUFFSMSG__MAXHELD)

static struct puffsmsg__lockid ids[MANY];
static struct lwp *self;

static int
start(void **state)
{
	int error = testhost_start(state);

	if (error != 0)
		return error;
	for (unsigned i = 0; i < MANY; i++)
		puffsmsg__lockdebug_init(&ids[i], &ids[i], "thing");
	self = curlwp;
	return 0;
}

static int
stop(void **state)
{
	for (unsigned i = 0; i < MANY; i++)
		puffsmsg__lockdebug_destroy(&ids[i]);
	return testhost_stop(state);
}

static void
take(unsigned i)
{
	puffsmsg__lockdebug_want(self, &ids[i]);
	puffsmsg__lockdebug_took(self, &ids[i]);
}

static void
leave(unsigned i)
{
	puffsmsg__lockdebug_left(self, &ids[i]);
}

static bool
known(unsigned before, unsigned after)
{
	return puffsmsg__lockorder_known(ids[before].li_id, ids[after].li_id);
}

static void
do_want(void *arg)
{
	puffsmsg__lockdebug_want(self, &ids[*(unsigned *)arg]);
}

static void
expect_out_of_order(unsigned i)
{
	expect_panic(do_want, &i, "lock order: thing 0x");
}

/* Each one that is held is before what is taken. */
static void
test_pairs(void **state)
{
	(void)state;
	take(0);
	take(1);
	take(2);
	leave(1);
	take(3);
	leave(3);
	leave(2);
	leave(0);
	assert_int_equal(self->l_nheld, 0);
	assert_true(known(0, 1) && known(0, 2) && known(1, 2));
	assert_true(known(0, 3) && known(2, 3));
	assert_false(known(1, 3));
}

static void
test_out_of_order(void **state)
{
	(void)state;
	take(0);
	take(1);
	leave(0);
	expect_out_of_order(0);
	leave(1);
	/* Not under the other, it may be taken. */
	take(0);
	leave(0);
}

/* What was tried for is not asked about, but counts from then on. */
static void
test_tried(void **state)
{
	(void)state;
	take(0);
	take(1);
	leave(0);
	puffsmsg__lockdebug_took(self, &ids[0]);
	assert_false(known(1, 0));
	take(2);
	assert_true(known(0, 2) && known(1, 2));
	leave(0);
	leave(1);
	expect_out_of_order(0);
	leave(2);
}

/* The lock itself says that it is held; or lets readers in again. */
static void
test_held_already(void **state)
{
	(void)state;
	take(0);
	assert_true(puffsmsg__lockdebug_holds(self, &ids[0]));
	assert_false(puffsmsg__lockdebug_holds(self, &ids[1]));
	take(1);
	take(0);
	assert_int_equal(self->l_nheld, 3);
	leave(0);
	leave(1);
	assert_int_equal(self->l_nheld, 1);
	leave(0);
	assert_int_equal(self->l_nheld, 0);
}

static void
test_many(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		take(i);
	assert_int_equal(self->l_nheld, MANY);
	for (unsigned i = 0; i < MANY; i += 2)
		leave(i);
	for (unsigned i = 1; i < MANY; i += 2)
		leave(i);
	assert_int_equal(self->l_nheld, 0);
	for (unsigned i = 0; i + 1 < MANY; i++)
		assert_true(known(i, MANY - 1));
	take(MANY - 1);
	expect_out_of_order(0);
	leave(MANY - 1);
}

/* Without memory for a longer list some are not checked, and that is all. */
static void
test_many_without_memory(void **state)
{
	(void)state;
	th.fail_memalloc = UINT32_MAX;
	for (unsigned i = 0; i < MANY; i++)
		take(i);
	assert_int_equal(self->l_nheld, PUFFSMSG__MAXHELD);
	assert_int_equal(self->l_heldlost, MANY - PUFFSMSG__MAXHELD);
	for (unsigned i = 0; i < MANY; i++)
		leave(i);
	assert_int_equal(self->l_nheld, 0);
	assert_int_equal(self->l_heldlost, 0);
	th.fail_memalloc = 0;
}

static void
test_not_checked(void **state)
{
	struct puffsmsg__lockid other = { 1 };

	(void)state;
	puffsmsg__lockdebug_init(&other, &other, NULL);
	assert_int_equal(other.li_id, 0);
	take(0);
	puffsmsg__lockdebug_want(self, &other);
	puffsmsg__lockdebug_took(self, &other);
	assert_int_equal(self->l_nheld, 1);
	puffsmsg__lockdebug_wait(&other);
	assert_false(puffsmsg__lockdebug_awaited(&other));
	puffsmsg__lockdebug_waited(&other);
	puffsmsg__lockdebug_left(self, &other);
	leave(0);
	puffsmsg__lockdebug_destroy(&other);
}

static void
test_destroyed(void **state)
{
	(void)state;
	assert_int_not_equal(ids[0].li_id, 0);
	puffsmsg__lockdebug_destroy(&ids[0]);
	assert_int_equal(ids[0].li_id, 0);
	puffsmsg__lockdebug_init(&ids[0], &ids[0], "thing");
}

static void
test_awaited(void **state)
{
	(void)state;
	assert_false(puffsmsg__lockdebug_awaited(&ids[0]));
	puffsmsg__lockdebug_wait(&ids[0]);
	puffsmsg__lockdebug_wait(&ids[0]);
	puffsmsg__lockdebug_waited(&ids[0]);
	assert_true(puffsmsg__lockdebug_awaited(&ids[0]));
	puffsmsg__lockdebug_waited(&ids[0]);
	assert_false(puffsmsg__lockdebug_awaited(&ids[0]));
}

static void
do_init_again(void *arg)
{
	puffsmsg__lockdebug_init(arg, arg, "gadget");
}

static void
do_none(void *arg)
{
	puffsmsg__lockdebug_none(self, arg);
}

static void
do_leave(void *arg)
{
	puffsmsg__lockdebug_left(self, arg);
}

static void
test_misuse(void **state)
{
	(void)state;
	take(1);
	expect_panic(do_leave, &ids[0], "is not held by lwp 1");
	leave(1);
	expect_panic(do_init_again, &ids[0], "gadget_init: the thing at 0x");
	puffsmsg__lockdebug_none(self, "here");
	take(0);
	take(1);
	expect_panic(do_none, "here", "here: lwp 1 holds thing 0x");
	leave(1);
	leave(0);
}

/*
 * Known orders cost no lock: the lock word is kept from the threads that
 * take locks in them.
 */
static void
test_known_takes_no_lock(void **state)
{
	(void)state;
	take(0);
	take(1);
	leave(1);
	leave(0);
	testhost_take_block(true);
	assert_true(puffsmsg__quiet_trylock(&puffsmsg__lockorder_word));
	take(0);
	take(1);
	leave(1);
	leave(0);
	assert_int_equal(th.blocks, 0);
	puffsmsg__quiet_unlock(&puffsmsg__lockorder_word);
}

/* Nor does a simulation see any of it. */
static void
no_point(int kind, const volatile void *obj)
{
	(void)kind;
	(void)obj;
	fail();
}

static void
test_no_points(void **state)
{
	(void)state;
	puffsmsg__setpoint(no_point);
	take(0);
	take(1);
	leave(1);
	leave(0);
	puffsmsg__lockdebug_wait(&ids[0]);
	puffsmsg__lockdebug_waited(&ids[0]);
	assert_false(puffsmsg__lockdebug_awaited(&ids[0]));
	puffsmsg__setpoint(NULL);
}

/* A list of an lwp that goes takes its memory along: for leak checkers. */
static void *
hold_many(void *arg)
{
	struct lwp *l = curlwp;

	for (unsigned i = 0; i < MANY; i++)
		puffsmsg__lockdebug_took(l, &ids[i]);
	assert_non_null(l->l_heldmore);
	for (unsigned i = 0; i < MANY; i++)
		puffsmsg__lockdebug_left(l, &ids[i]);
	return arg;
}

static uint32_t allocated, freed;

static void *
count_alloc(size_t size, size_t align)
{
	testhost_count(&allocated);
	return testhost_real()->memalloc(size, align);
}

static void
count_free(void *p, size_t size)
{
	testhost_count(&freed);
	testhost_real()->memfree(p, size);
}

static void
test_ends_with_the_lwp(void **state)
{
	pthread_t t;

	(void)state;
	testhost.memalloc = count_alloc;
	testhost.memfree = count_free;
	assert_int_equal(pthread_create(&t, NULL, hold_many, NULL), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	/* The lwp, and three lists. */
	assert_int_equal(testhost_counted(&allocated), 4);
	assert_int_equal(testhost_counted(&freed), 4);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse),
		TEST(test_out_of_order),
		TEST(test_tried),
		TEST(test_many),
		TEST(test_pairs),
		TEST(test_held_already),
		TEST(test_many_without_memory),
		TEST(test_not_checked),
		TEST(test_awaited),
		TEST(test_destroyed),
		TEST(test_known_takes_no_lock),
		TEST(test_no_points),
		TEST(test_ends_with_the_lwp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
