/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/expire.c: expiries of nodes, and when they run. */

#include <limits.h>

#include <sys/kernel.h>

#include "serverreq.h"

#define NS_PER_TICK (UINT64_C(1000000000) / (uint64_t)hz)

static struct fs fs;
static struct puffs_mount *mount;

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt;

	(void)state;
	fix_init();
	fs_init(&fs);
	fs.node.pn_stat = UINT32_MAX;
	opt = fs_options(&fs);
	mount = fix_mount_new(&opt);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_mount_free(mount);
	fix_fini();
	return 0;
}

/* `ticks' from now; they wrap. */
static int
at(int ticks)
{
	return (int)((unsigned)hardclock_ticks + (unsigned)ticks);
}

static void
pass(int ticks)
{
	fix_clock_advance((uint64_t)ticks * NS_PER_TICK);
}

/* Until as many expiries have run: each looks a node up and releases it. */
static void
await_run(unsigned n)
{
	gate_await(&fs.called, 2 * n);
}

/* The cookies of a mount's expiries, in the order of the queue. */
static unsigned
queued(uint64_t *cookies, unsigned max)
{
	struct puffsmsg__sop *sop = &mount->pmp_sop;
	struct puffsmsg__sopreq *sr;
	unsigned n = 0;

	mutex_enter(&sop->sop_lock);
	TAILQ_FOREACH(sr, &sop->sop_expiries, sr_entries) {
		if (n < max)
			cookies[n] = sr->sr_flush.pf_cookie64;
		n++;
	}
	mutex_exit(&sop->sop_lock);
	return n;
}

static void
an_expiry_clears_the_mark_and_releases_the_node(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_expire(mount, 42, at(0)), 0);
	await_run(1);
	assert_int_equal(fs.calls[0], FS_LOOKUP);
	assert_int_equal(fs.calls[1], FS_RELEASE);
	assert_int_equal(fs.cookie, 42);
	assert_ptr_equal(fs.released, &fs.node);
	assert_int_equal(fs.node.pn_stat, ~PNODE_SOPEXP);
}

static void
an_expiry_is_asked_for_at_some_time_that_is_past(void **state)
{
	static const int past[] = { -1, -1000, INT_MIN + 100000 };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(puffsmsg_expire(mount, i, at(past[i])), 0);
		await_run(i + 1);
	}
}

static void
a_node_that_is_gone_is_no_error(void **state)
{
	(void)state;
	fs.lookup_rv = ENOENT;
	assert_int_equal(puffsmsg_expire(mount, 1, at(0)), 0);
	assert_int_equal(puffsmsg_expire(mount, 2, at(0)), 0);
	gate_await(&fs.called, 2);
	assert_int_equal(fs.calls[1], FS_LOOKUP);
	assert_int_equal(fs.node.pn_stat, UINT32_MAX);
}

static void
an_expiry_runs_when_its_time_has_come(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_expire(mount, 1, at(100000)), 0);
	pass(50000);
	/* What is asked of the thread meanwhile, it does. */
	assert_int_equal(srv_flush(mount, 1, 2, 0, 0, 0), 0);
	srv_expect_answer(mount, 1, 0);
	assert_int_equal(fs.calls[0], FS_PURGEALL);
	assert_int_equal(gate_count(&fs.called), 1);
	pass(50001);
	gate_await(&fs.called, 3);
	assert_int_equal(fs.calls[1], FS_LOOKUP);
}

static void
expiries_run_in_the_order_of_their_times(void **state)
{
	static const int times[] = { 50000, 30000, 40000, 10000, 20000 };
	static const uint64_t order[] = { 10000, 20000, 30000, 40000, 50000 };
	uint64_t cookies[5];

	(void)state;
	for (int i = 0; i < 5; i++)
		assert_int_equal(puffsmsg_expire(mount, (uint64_t)times[i],
				     at(times[i])),
		    0);
	assert_int_equal(queued(cookies, 5), 5);
	assert_memory_equal(cookies, order, sizeof(order));
	for (unsigned i = 0; i < 5; i++) {
		pass(10001);
		await_run(i + 1);
		assert_int_equal(fs.cookie, order[i]);
		assert_int_equal(queued(cookies, 5), 4 - i);
	}
}

static void
equal_times_run_in_the_order_of_asking(void **state)
{
	static const uint64_t order[] = { 9, 1, 2, 3, 4 };
	int when = at(70000);
	uint64_t cookies[5];

	(void)state;
	for (uint64_t i = 1; i <= 4; i++)
		assert_int_equal(puffsmsg_expire(mount, i, when), 0);
	assert_int_equal(puffsmsg_expire(mount, 9, when - 1), 0);
	assert_int_equal(queued(cookies, 5), 5);
	assert_memory_equal(cookies, order, sizeof(order));
}

static void
an_earlier_expiry_wakes_the_thread_that_sleeps_for_a_later_one(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_expire(mount, 1, at(90000)), 0);
	assert_int_equal(puffsmsg_expire(mount, 2, at(0)), 0);
	await_run(1);
	assert_int_equal(fs.cookie, 2);
}

/*
 * What expire_due and expire_timeout say of a queue with one expiry.
 */
static void
expect_due(int until, bool due, int timeout)
{
	struct puffsmsg__sopreq sr = { .sr_kind = SOP_EXPIRE };
	struct puffsmsg__sop sop;
	int left;

	TAILQ_INIT(&sop.sop_expiries);
	assert_null(puffsmsg__expire_due(&sop));
	assert_int_equal(puffsmsg__expire_timeout(&sop), 0);
	TAILQ_INSERT_TAIL(&sop.sop_expiries, &sr, sr_entries);
	sr.sr_at = at(until);
	assert_ptr_equal(puffsmsg__expire_due(&sop), due ? &sr : NULL);
	left = puffsmsg__expire_timeout(&sop);
	/* A tick may have passed since. */
	assert_true(left <= timeout && left >= 1);
	assert_true(due ? left == 1 : left >= timeout - 1000);
}

static void
ticks_wrap(void **state)
{
	(void)state;
	/* They begin shortly before the wrap, so that 10000 is beyond it. */
	assert_true(hardclock_ticks > 0);
	assert_true(at(10000) < 0);
	expect_due(10000, false, 10000);
	expect_due(0, true, 1);
	expect_due(-1, true, 1);
	expect_due(INT_MAX - 100, false, INT_MAX - 100);
	expect_due(INT_MIN + 100000, true, 1);
	pass(20000);
	assert_true(hardclock_ticks < 0);
	expect_due(-20000, true, 1);
	expect_due(20000, false, 20000);
}

static void
expiries_run_in_order_across_the_wrap(void **state)
{
	static const uint64_t order[] = { 100, 10000 };
	uint64_t cookies[2];

	(void)state;
	assert_int_equal(puffsmsg_expire(mount, 10000, at(10000)), 0);
	assert_int_equal(puffsmsg_expire(mount, 100, at(900)), 0);
	assert_int_equal(queued(cookies, 2), 2);
	assert_memory_equal(cookies, order, sizeof(order));
	pass(901);
	await_run(1);
	assert_int_equal(fs.cookie, 100);
	pass(10000);
	await_run(2);
	assert_int_equal(fs.cookie, 10000);
}

static void
the_furthest_time_is_waited_for(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_expire(mount, 1, at(INT_MAX)), 0);
	assert_int_equal(srv_flush(mount, 1, 2, 0, 0, 0), 0);
	srv_expect_answer(mount, 1, 0);
	assert_int_equal(gate_count(&fs.called), 1);
}

static void
when_the_thread_is_gone_there_are_no_expiries(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_expire(mount, 1, at(100000)), 0);
	puffs_userdead(mount);
	assert_int_equal(puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE), 0);
	assert_int_equal(puffsmsg_expire(mount, 2, at(0)), ENXIO);
	/* And what was asked for is dropped. */
	puffsmsg_mount_destroy(mount);
	assert_int_equal(gate_count(&fs.called), 0);
	mount = fix_mount_new(NULL);
}

static void
a_lost_server_does_not_end_expiries(void **state)
{
	(void)state;
	puffs_userdead(mount);
	assert_int_equal(puffsmsg_expire(mount, 3, at(0)), 0);
	await_run(1);
}

static void
remount(void)
{
	struct puffsmsg_mount_options opt = fs_options(&fs);

	fix_mount_free(mount);
	mount = fix_mount_new(&opt);
}

static void
without_callbacks_an_expiry_does_nothing(void **state)
{
	(void)state;
	fs.ops.cookie2node = NULL;
	remount();
	puffsmsg__expire_run(mount, 1);
	assert_int_equal(gate_count(&fs.called), 0);
	assert_int_equal(fs.node.pn_stat, UINT32_MAX);
}

static void
without_a_release_the_mark_is_cleared_all_the_same(void **state)
{
	(void)state;
	fs.ops.noderelease = NULL;
	remount();
	puffsmsg__expire_run(mount, 1);
	assert_int_equal(gate_count(&fs.called), 1);
	assert_int_equal(fs.node.pn_stat, ~PNODE_SOPEXP);
}

static int
lookup_without_node(void *arg, uint64_t cookie, struct puffsmsg_nodeinfo *info)
{
	(void)arg;
	(void)cookie;
	(void)info;
	return 0;
}

static void
a_lookup_may_find_a_node_that_has_no_marks(void **state)
{
	(void)state;
	fs.ops.cookie2node = lookup_without_node;
	remount();
	fs.released = &fs.node;
	puffsmsg__expire_run(mount, 1);
	assert_null(fs.released);
}

/* Asks for an expiry in a callback, without memory. */
static void
expiring(struct puffs_mount *m, struct puffs_req *req, void *arg)
{
	(void)req;
	fix_memory_fail_after(0, 0);
	*(int *)arg = puffsmsg_expire(m, 5, at(0));
	fix_memory_ok();
}

static void
in_callbacks_an_expiry_does_not_wait_for_memory(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	int error = -1;

	(void)state;
	puffs_msg_setcall(park, expiring, &error);
	puffs_msg_enqueue(mount, park);
	fix_serve(mount, 0);
	assert_int_equal(error, ENOMEM);
	puffs_msgmem_release(park);
}

static void
ask(void *arg)
{
	*(int *)arg = puffsmsg_expire(mount, 5, at(0));
}

static void
elsewhere_an_expiry_waits_for_memory(void **state)
{
	unsigned failed = fix_memory_failed();
	struct fix_thread t;
	int error = -1;

	(void)state;
	fix_memory_fail_sized(sizeof(struct puffsmsg__sopreq),
	    sizeof(struct puffsmsg__sopreq) + 32);
	fix_start(&t, ask, &error);
	fix_until_failed(failed + 2);
	fix_memory_ok();
	fix_join(&t);
	assert_int_equal(error, 0);
	await_run(1);
	assert_int_equal(fs.cookie, 5);
}

static void
falling_times_run_in_the_order_of_time(void **state)
{
	static const uint64_t order[] = { 1, 2, 3, 4, 5 };
	uint64_t cookies[5];

	(void)state;
	for (int i = 5; i >= 1; i--)
		assert_int_equal(puffsmsg_expire(mount, (uint64_t)i,
				     at(50000 + i * 100)),
		    0);
	assert_int_equal(queued(cookies, 5), 5);
	assert_memory_equal(cookies, order, sizeof(order));
}

static void
destroy(void *arg)
{
	puffsmsg_mount_destroy(arg);
}

/* An expiry that waits for memory is on its way to the mount. */
static void
destroy_waits_for_an_expiry_that_is_asked_for(void **state)
{
	unsigned failed = fix_memory_failed();
	struct fix_thread asking, destroying;
	int error = -1;

	(void)state;
	puffs_userdead(mount);
	assert_int_equal(puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE), 0);
	fix_memory_fail_sized(sizeof(struct puffsmsg__sopreq),
	    sizeof(struct puffsmsg__sopreq) + 32);
	fix_start(&asking, ask, &error);
	fix_until_failed(failed + 1);
	assert_int_equal(fix_stats(mount).references, 1);
	fix_start(&destroying, destroy, mount);
	fix_until_cv(mount);
	fix_memory_ok();
	fix_join(&asking);
	fix_join(&destroying);
	assert_int_equal(error, ENXIO);
	mount = fix_mount_new(NULL);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_expiry_clears_the_mark_and_releases_the_node),
		TEST(an_expiry_is_asked_for_at_some_time_that_is_past),
		TEST(a_node_that_is_gone_is_no_error),
		TEST(an_expiry_runs_when_its_time_has_come),
		TEST(expiries_run_in_the_order_of_their_times),
		TEST(equal_times_run_in_the_order_of_asking),
		TEST(
		    an_earlier_expiry_wakes_the_thread_that_sleeps_for_a_later_one),
		TEST(ticks_wrap),
		TEST(expiries_run_in_order_across_the_wrap),
		TEST(the_furthest_time_is_waited_for),
		TEST(when_the_thread_is_gone_there_are_no_expiries),
		TEST(a_lost_server_does_not_end_expiries),
		TEST(without_callbacks_an_expiry_does_nothing),
		TEST(without_a_release_the_mark_is_cleared_all_the_same),
		TEST(a_lookup_may_find_a_node_that_has_no_marks),
		TEST(in_callbacks_an_expiry_does_not_wait_for_memory),
		TEST(elsewhere_an_expiry_waits_for_memory),
		TEST(falling_times_run_in_the_order_of_time),
		TEST(destroy_waits_for_an_expiry_that_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
