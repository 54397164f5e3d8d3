/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * One thread of the server answers a message that another thread has not given
 * back yet.
 *
 * The original finds the message on no queue, takes the reply for one to an
 * unknown request and drops it: the caller hangs.  A reply counts from getout
 * on, and what releaseout says afterwards has no effect on it.
 */

#include <string.h>

#include "outcome.h"

static const int statuses[] = { 0, EIO };
#define NSTATUSES 2

/* The reply goes before releaseout, and has ended the message by then. */
static void
replied_and_released(struct fix_frame *f, int rv, int status)
{
	struct puffsmsg_mount_stats st;
	int error;

	f->bytes[sizeof(f->req)] = 0x55;
	error = fix_reply(fix_mount, f, rv);
	st = fix_stats(fix_mount);
	assert_int_equal(st.unknown, 0);
	assert_int_equal(st.replied, 1);
	assert_int_equal(fix_inflight(&st), 0);
	assert_int_equal(error, 0);
	fix_releaseout(fix_mount, f, status);
	st = fix_stats(fix_mount);
	assert_int_equal(st.replywait, 0);
	assert_int_equal(st.delivery, 0);
}

static void
defect_08_a_caller_that_sleeps_has_its_answer(void **state)
{
	static struct fix_waiter w; /* may outlive a test that fails */
	struct puffs_msgpark *park;
	struct fix_frame f;

	for (int i = 0; i < NSTATUSES; i++) {
		fix_setup(state);
		park = fix_send(fix_mount);
		fix_hold(fix_mount, &f);
		fix_wait_start(&w, fix_mount, park);
		replied_and_released(&f, ENOENT, statuses[i]);
		assert_int_equal(fix_wait_join(&w), ENOENT);
		assert_int_equal(fix_payload(park)[0], 0x55);
		puffs_msgmem_release(park);
		outcome_is(fix_mount, (struct outcome){ .replied = 1 });
		fix_teardown(state);
	}
}

static void
defect_08_a_caller_that_waits_later_has_it_too(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	for (int i = 0; i < NSTATUSES; i++) {
		fix_setup(state);
		park = fix_send(fix_mount);
		fix_hold(fix_mount, &f);
		replied_and_released(&f, 0, statuses[i]);
		assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
		assert_int_equal(fix_payload(park)[0], 0x55);
		puffs_msgmem_release(park);
		outcome_is(fix_mount, (struct outcome){ .replied = 1 });
		fix_teardown(state);
	}
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
defect_08_a_callback_has_it_too(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;
	struct call c;

	for (int i = 0; i < NSTATUSES; i++) {
		fix_setup(state);
		c = (struct call){ 0, 0 };
		park = fix_getattr();
		puffs_msg_setcall(park, callback, &c);
		puffs_msg_enqueue(fix_mount, park);
		puffs_msgmem_release(park);
		fix_hold(fix_mount, &f);
		replied_and_released(&f, EPERM, statuses[i]);
		assert_int_equal(c.times, 1);
		assert_int_equal(c.rv, EPERM);
		outcome_is(fix_mount, (struct outcome){ .replied = 1 });
		fix_teardown(state);
	}
}

/* The caller goes on at once, and the server gives back an old frame. */
static void
defect_08_the_parks_next_use_is_not_disturbed(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame old, f;

	(void)state;
	fix_hold(fix_mount, &old);
	assert_int_equal(fix_reply(fix_mount, &old, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msg_enqueue(fix_mount, park);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &old, EIO);
	assert_int_equal(fix_reply(fix_mount, &f, EPERM), 0);
	fix_releaseout(fix_mount, &f, EIO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	puffs_msgmem_release(park);
	outcome_is(fix_mount, (struct outcome){ .replied = 2 });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defect_08_a_caller_that_sleeps_has_its_answer),
		cmocka_unit_test(
		    defect_08_a_caller_that_waits_later_has_it_too),
		cmocka_unit_test(defect_08_a_callback_has_it_too),
		cmocka_unit_test_setup_teardown(
		    defect_08_the_parks_next_use_is_not_disturbed, fix_setup,
		    fix_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
