/* SPDX-License-Identifier: BSD-2-Clause */

/* The graph of orders: what is learnt, what contradicts it, what is forgotten. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

#include "expect_panic.h"
#include "kern/kern_private.h"
#include "kern/lockdebug.h"
#include "testhost.h"

#define MAXLOCKS PUFFSMSG__LOCKORDER_LOCKS

/* Locks without anything to them; some are there before the test begins. */
static struct puffsmsg__lockid ids[MAXLOCKS + 1];
static uint32_t locks_before, orders_before;

static int
start(void **state)
{
	int error = testhost_start(state);

	puffsmsg__lockorder_count(&locks_before, &orders_before);
	return error;
}

static uint32_t
enlist(unsigned i)
{
	bool again;

	ids[i].li_id = puffsmsg__lockorder_enlist(&ids[i], &ids[i], "thing",
	    &again);
	assert_false(again);
	return ids[i].li_id;
}

static void
enlist_some(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_int_not_equal(enlist(i), 0);
}

static void
delist(unsigned i)
{
	puffsmsg__lockorder_delist(ids[i].li_id);
}

static void
delist_some(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		delist(i);
}

static void
expect_count(uint32_t more_locks, uint32_t more_orders)
{
	uint32_t locks, orders;

	puffsmsg__lockorder_count(&locks, &orders);
	assert_int_equal(locks, locks_before + more_locks);
	assert_int_equal(orders, orders_before + more_orders);
}

static void
learn(unsigned before, unsigned after)
{
	puffsmsg__lockorder_learn(ids[before].li_id, ids[after].li_id);
}

static bool
known(unsigned before, unsigned after)
{
	return puffsmsg__lockorder_known(ids[before].li_id, ids[after].li_id);
}

static void
test_enlist(void **state)
{
	bool again = false;
	uint32_t n;

	(void)state;
	n = enlist(0);
	assert_int_not_equal(enlist(1), n);
	assert_ptr_equal(puffsmsg__lockorder_lock(n), &ids[0]);
	assert_string_equal(puffsmsg__lockorder_kind(n), "thing");
	assert_int_equal(*puffsmsg__lockorder_waiters(n), 0);
	assert_int_equal(puffsmsg__lockorder_enlist(&ids[0], &ids[0], "other",
			     &again),
	    n);
	assert_true(again);
	expect_count(2, 0);
	*puffsmsg__lockorder_waiters(n) = 7;
	delist(0);
	assert_int_equal(enlist(2), n);
	assert_int_equal(*puffsmsg__lockorder_waiters(n), 0);
	assert_ptr_equal(puffsmsg__lockorder_lock(n), &ids[2]);
	delist(1);
	delist(2);
	expect_count(0, 0);
}

static void
test_learn(void **state)
{
	(void)state;
	enlist_some(4);
	assert_false(known(0, 1));
	learn(0, 1);
	assert_true(known(0, 1));
	assert_false(known(1, 0));
	learn(0, 1);
	expect_count(4, 1);
	/* Two ways to one end. */
	learn(0, 2);
	learn(1, 3);
	learn(2, 3);
	learn(0, 3);
	expect_count(4, 5);
	delist_some(4);
	expect_count(0, 0);
}

/* Whatever was before or after it is forgotten, and nothing else. */
static void
test_forget(void **state)
{
	(void)state;
	enlist_some(4);
	learn(0, 1);
	learn(1, 2);
	learn(2, 3);
	learn(0, 3);
	delist(1);
	expect_count(3, 2);
	enlist(1);
	assert_false(known(0, 1));
	assert_false(known(1, 2));
	assert_true(known(2, 3));
	assert_true(known(0, 3));
	/* So the other way round is all right now. */
	learn(2, 1);
	learn(1, 0);
	expect_count(4, 4);
	delist_some(4);
}

/* Locks that come and go do not use up anything. */
static void
test_come_and_go(void **state)
{
	(void)state;
	enlist(0);
	for (unsigned i = 0; i < 3 * PUFFSMSG__LOCKORDER_ORDERS; i++) {
		enlist(1);
		learn(0, 1);
		delist(1);
	}
	expect_count(1, 0);
	assert_int_equal(th.logs, 0);
	delist(0);
}

static char words[512];

static const char *
addresses(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	return words;
}

/* 0 before 1 before ... before the last, and now the first under the last. */
static void
do_close(void *arg)
{
	learn(*(unsigned *)arg, 0);
}

static void
expect_circle(unsigned last, const char *text)
{
	enlist_some(last + 1);
	for (unsigned i = 0; i < last; i++)
		learn(i, i + 1);
	expect_panic(do_close, &last, text);
	/* A child's business. */
	expect_count(last + 1, last);
	delist_some(last + 1);
}

static void
test_circles(void **state)
{
	const void *a = &ids[0], *b = &ids[1], *c = &ids[2];

	(void)state;
	expect_circle(1,
	    addresses("lock order: thing %p is wanted and thing %p held, "
		      "but so far: %p under %p\n",
		a, b, b, a));
	expect_circle(2, addresses("so far: %p under %p under %p\n", c, b, a));
	expect_circle(4, addresses("%p under %p\n", b, a));
	expect_circle(9, addresses(" under ... under %p\n", a));
}

/* The shortest way is named. */
static void
test_shortest(void **state)
{
	const void *a = &ids[0], *c = &ids[2], *d = &ids[3];
	unsigned last = 3;

	(void)state;
	enlist_some(4);
	learn(0, 1);
	learn(1, 2);
	learn(2, 3);
	learn(0, 2);
	expect_panic(do_close, &last,
	    addresses("so far: %p under %p under %p\n", d, c, a));
	delist_some(4);
}

static jmp_buf panicked;

static void
come_back(const char *line)
{
	(void)line;
	longjmp(panicked, 1);
}

/* Where panics return, nothing was learnt and nothing is locked. */
static void
test_panic_returns(void **state)
{
	(void)state;
	enlist_some(2);
	learn(0, 1);
	testhost.panic = come_back;
	if (setjmp(panicked) == 0) {
		learn(1, 0);
		fail();
	}
	assert_int_equal(puffsmsg__lockorder_word, 0);
	assert_false(known(1, 0));
	expect_count(2, 1);
	delist_some(2);
}

/* More locks than there are numbers: the others have none. */
static void
test_no_numbers(void **state)
{
	unsigned n = 0;

	(void)state;
	while (enlist(n) != 0)
		n++;
	assert_int_equal(n, MAXLOCKS - locks_before);
	learn(0, n - 1);
	assert_true(known(0, n - 1));
	delist(3);
	assert_int_not_equal(enlist(n), 0);
	delist(n);
	enlist(3);
	delist_some(n);
	expect_count(0, 0);
}

/*
 * More orders than there is room for are not learnt, and one line says so.
 */
#define CROWD 400u

static void
crowd(void)
{
	for (unsigned i = 0; i < CROWD; i++) {
		for (unsigned k = i + 1; k < CROWD; k++)
			learn(i, k);
	}
}

static void
test_no_orders(void **state)
{
	uint32_t locks, orders;

	(void)state;
	enlist_some(CROWD);
	crowd();
	puffsmsg__lockorder_count(&locks, &orders);
	assert_int_equal(orders, PUFFSMSG__LOCKORDER_ORDERS);
	assert_false(known(CROWD - 2, CROWD - 1));
	assert_int_equal(th.logs, 1);
	assert_non_null(strstr(th.log, "no room to check all orders"));
	delist(0);
	learn(CROWD - 2, CROWD - 1);
	assert_true(known(CROWD - 2, CROWD - 1));
	for (unsigned i = 1; i < CROWD; i++)
		delist(i);
	expect_count(0, 0);
}

/* The next life of the library is told again. */
static void
test_no_orders_again(void **state)
{
	for (int life = 0; life < 2; life++) {
		enlist_some(CROWD);
		crowd();
		assert_int_equal(th.logs, 1);
		assert_int_equal(testhost_stop(state), 0);
		assert_int_equal(start(state), 0);
	}
	expect_count(0, 0);
}

/* Layers of locks, with more ways through them than one can go. */
static void
test_many_ways(void **state)
{
	const unsigned layers = 16, wide = 3, last = layers * wide;

	(void)state;
	enlist_some(last + 1);
	for (unsigned i = 0; i + wide < last; i++) {
		for (unsigned k = 0; k < wide; k++)
			learn(i, (i / wide + 1) * wide + k);
	}
	learn(last, 0);
	delist_some(last + 1);
}

/* Locks that were left are gone with the library. */
static void
test_fini(void **state)
{
	(void)state;
	enlist_some(3);
	learn(0, 1);
	learn(1, 2);
	assert_int_equal(testhost_stop(state), 0);
	assert_int_equal(start(state), 0);
	enlist_some(3);
	expect_count(3, 0);
	learn(2, 1);
	learn(1, 0);
}

static void
let_go_at_last(void)
{
	assert_int_equal(puffsmsg__lockorder_word, 1);
	if (th.blocks == 3)
		puffsmsg__quiet_unlock(&puffsmsg__lockorder_word);
}

/* Who meets another in here leaves him the processor for a while. */
static void
test_contended(void **state)
{
	(void)state;
	testhost_take_block(true);
	th.on_block = let_go_at_last;
	assert_true(puffsmsg__quiet_trylock(&puffsmsg__lockorder_word));
	assert_false(puffsmsg__quiet_trylock(&puffsmsg__lockorder_word));
	enlist(0);
	assert_int_equal(th.blocks, 3);
	assert_true(th.deadlines[0] < UINT64_MAX);
	assert_int_equal(puffsmsg__lockorder_word, 0);
	delist(0);
}

#define ROUNDS 3000u

/* Two threads that learn of locks of their own under one that both know. */
static void *
churn(void *arg)
{
	unsigned mine = *(const unsigned *)arg;

	for (unsigned i = 0; i < ROUNDS; i++) {
		(void)enlist(mine);
		assert_false(known(0, mine));
		learn(0, mine);
		learn(mine, 1);
		assert_true(known(0, mine));
		assert_true(known(mine, 1));
		delist(mine);
	}
	return NULL;
}

static void
test_threads(void **state)
{
	static unsigned mine[2] = { 2, 3 };
	pthread_t t[2];

	(void)state;
	enlist_some(2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, churn, &mine[i]),
		    0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	expect_count(2, 0);
	delist_some(2);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, testhost_stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_circles),
		TEST(test_shortest),
		TEST(test_enlist),
		TEST(test_learn),
		TEST(test_forget),
		TEST(test_come_and_go),
		TEST(test_panic_returns),
		TEST(test_no_numbers),
		TEST(test_no_orders),
		TEST(test_no_orders_again),
		TEST(test_many_ways),
		TEST(test_fini),
		TEST(test_contended),
		TEST(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
