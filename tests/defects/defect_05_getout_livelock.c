/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Getout meets a message whose caller has been interrupted and is about to
 * leave.
 *
 * The original looks at the queue again and again, with the lock held that the
 * caller needs in order to leave: neither of them ever gets on.  Getout must
 * be through with such a message in one look, whatever it does with it.
 *
 * Counted are the atomic steps that the server's thread makes in a call: with
 * the lock held there is nothing else to be seen of a thread that turns round.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "actor.h"
#include "kern/atomic.h"

/* More than a getout can need, and soon reached by one that does not end. */
#define MANY_STEPS 10000u

static _Thread_local bool counting;
static _Thread_local unsigned steps;

static void
count_step(int kind, const volatile void *object)
{
	(void)kind;
	(void)object;
	if (!counting || ++steps < MANY_STEPS)
		return;
	(void)fprintf(stderr, "the server's thread turns round\n");
	abort(); /* it holds the lock, so that the test cannot go on */
}

static int
setup(void **state)
{
	(void)stopper_setup(state);
	puffsmsg__setpoint(count_step);
	return 0;
}

/* Takes the oldest message; the steps that this took. */
static unsigned
counted_getout(struct fix_frame *f, int want)
{
	int error;

	steps = 0;
	counting = true;
	error = fix_getout(fix_mount, f);
	counting = false;
	assert_int_equal(error, want);
	return steps;
}

static unsigned
counted_read(struct fix_frame *f, int want)
{
	int error;

	steps = 0;
	counting = true;
	error = puffsmsg_read(fix_mount, f->bytes, sizeof(f->bytes), 1,
	    &f->len);
	counting = false;
	assert_int_equal(error, want);
	return steps;
}

/* A caller that waits for its message; it may be told to stop on its way. */
static void
caller_begin(struct actor *a, int type, enum stopper_call call, unsigned n)
{
	memset(a, 0, sizeof(*a));
	a->mount = fix_mount;
	a->park = fix_park(128, PUFFSOP_VN, type);
	puffs_msg_enqueue(fix_mount, a->park);
	actor_begin(a, actor_wait, call, n);
	actor_sleeps(a);
}

/* It is interrupted, and is held before it takes the lock. */
static void
caller_leaves(struct actor *a, int type)
{
	caller_begin(a, type, STOPPER_ENTER, 2);
	fix_kill(&a->s.t, SIGINT);
	stopper_await(&a->s);
	assert_int_equal(a->park->park_state, PARK_TOUSER);
}

static void
caller_end(struct actor *a, int error)
{
	assert_int_equal(actor_end(a), error);
	puffs_msgmem_release(a->park);
}

/* What getout costs where nobody is interrupted. */
static unsigned
undisturbed(unsigned (*take)(struct fix_frame *, int))
{
	struct fix_frame f;
	struct actor a;
	unsigned n;

	caller_begin(&a, PUFFS_VN_LOOKUP, STOPPER_NONE, 0);
	f.cookie = NULL;
	n = take(&f, 0);
	if (f.cookie != NULL)
		fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	caller_end(&a, 0);
	assert_true(n > 0);
	return n;
}

static void
defect_05_getout_does_not_wait_for_the_caller(void **state)
{
	static const int types[] = { PUFFS_VN_LOOKUP, PUFFS_VN_RECLAIM };
	unsigned usual = undisturbed(counted_getout);
	struct fix_frame f;
	struct actor a;

	(void)state;
	for (int i = 0; i < 2; i++) {
		caller_leaves(&a, types[i]);
		assert_in_range(counted_getout(&f, 0), 1, usual);
		caller_end(&a, EINTR);
		fix_releaseout(fix_mount, &f, 0);
		assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	}
	assert_int_equal(fix_stats(fix_mount).late, 2);
	fix_assert_empty(fix_mount);
}

static void
defect_05_read_does_not_wait_for_the_caller(void **state)
{
	unsigned usual = undisturbed(counted_read);
	struct fix_frame f;
	struct actor a;

	(void)state;
	caller_leaves(&a, PUFFS_VN_LOOKUP);
	assert_in_range(counted_read(&f, 0), 1, usual);
	caller_end(&a, EINTR);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	fix_assert_empty(fix_mount);
}

/* The message that such a caller leaves behind stands in nobody's way. */
static void
defect_05_what_comes_behind_it_is_reached(void **state)
{
	unsigned usual = undisturbed(counted_getout);
	struct actor leaving, behind;
	struct fix_frame f[2];

	(void)state;
	caller_leaves(&leaving, PUFFS_VN_LOOKUP);
	caller_begin(&behind, PUFFS_VN_LOOKUP, STOPPER_NONE, 0);
	for (int i = 0; i < 2; i++)
		assert_in_range(counted_getout(&f[i], 0), 1, usual);
	caller_end(&leaving, EINTR);
	for (int i = 0; i < 2; i++) {
		fix_releaseout(fix_mount, &f[i], 0);
		assert_int_equal(fix_reply(fix_mount, &f[i], 0), 0);
	}
	caller_end(&behind, 0);
}

/* The caller is first: getout finds nothing, and says so at once. */
static void
defect_05_a_caller_that_has_left_leaves_nothing(void **state)
{
	unsigned usual = undisturbed(counted_getout);
	struct fix_frame f;
	struct actor a;

	(void)state;
	caller_begin(&a, PUFFS_VN_LOOKUP, STOPPER_EXITED, 2);
	fix_kill(&a.s.t, SIGINT);
	stopper_await(&a.s);
	assert_in_range(counted_getout(&f, EWOULDBLOCK), 1, usual);
	caller_end(&a, EINTR);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_05_getout_does_not_wait_for_the_caller),
		TEST(defect_05_read_does_not_wait_for_the_caller),
		TEST(defect_05_what_comes_behind_it_is_reached),
		TEST(defect_05_a_caller_that_has_left_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
