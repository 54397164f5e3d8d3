/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The server's reader could not deliver a message: releaseout with an error.
 *
 * The original leaks the reference that the message in hand has, forgets the
 * callback, and leaks the park of a caller that was interrupted meanwhile.
 * The message must end with that error, once, and leave nothing.
 */

#include <signal.h>

#include "outcome.h"

static void
assert_no_parks(void)
{
	struct puffsmsg_stats st = { .size = sizeof(st) };

	assert_int_equal(puffsmsg_stats(&st), 0);
	assert_int_equal(st.parks, 0);
	assert_int_equal(st.bytes, 0);
	fix_assert_empty(fix_mount);
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

static void
defect_06_a_waiter_gets_the_error_and_leaves_nothing(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	fix_wait_start(&w, fix_mount, park);
	fix_releaseout(fix_mount, &f, E2BIG);
	assert_int_equal(park->park_state, PARK_DONE);
	assert_int_equal(fix_wait_join(&w), E2BIG);
	puffs_msgmem_release(park);
	assert_no_parks();
	outcome_is(fix_mount, (struct outcome){ .delivery = 1 });
}

static void
defect_06_a_caller_that_waits_later_gets_it_too(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, EIO);
	assert_int_equal(park->park_state, PARK_DONE);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EIO);
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENOENT);
	puffs_msgmem_release(park);
	assert_no_parks();
	outcome_is(fix_mount, (struct outcome){ .delivery = 1, .unknown = 1 });
}

/* What the callback was called with. */
struct call {
	unsigned times;
	int rv;
};

static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct call *c = arg;

	(void)mount;
	c->times++;
	c->rv = req->preq_rv;
}

static void
defect_06_a_callback_runs_with_the_error(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct call c = { 0, 0 };
	struct fix_frame f;

	(void)state;
	puffs_msg_setcall(park, callback, &c);
	puffs_msg_enqueue(fix_mount, park);
	puffs_msgmem_release(park);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, EIO);
	assert_int_equal(c.times, 1);
	assert_int_equal(c.rv, EIO);
	assert_no_parks();
	outcome_is(fix_mount, (struct outcome){ .delivery = 1 });
}

static void
defect_06_an_interrupted_callers_park_is_freed(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (int releasedfirst = 0; releasedfirst < 2; releasedfirst++) {
		park = fix_send(fix_mount);
		fix_hold(fix_mount, &f);
		assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT),
		    0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
		assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
		if (releasedfirst)
			puffs_msgmem_release(park);
		fix_releaseout(fix_mount, &f, EIO);
		assert_int_equal(fix_stats(fix_mount).abandoned, 0);
		if (!releasedfirst)
			puffs_msgmem_release(park);
		assert_no_parks();
	}
	outcome_is(fix_mount, (struct outcome){ .interrupted = 2 });
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_06_a_waiter_gets_the_error_and_leaves_nothing),
		TEST(defect_06_a_caller_that_waits_later_gets_it_too),
		TEST(defect_06_a_callback_runs_with_the_error),
		TEST(defect_06_an_interrupted_callers_park_is_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
