/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/sop.c: the thread that does what a server asks for. */

#include <sched.h>
#include <signal.h>
#include <string.h>

#include <sys/kernel.h>

#include "serverreq.h"

#include "expect_panic.h"

#define HDR  sizeof(struct puffs_req)
#define HOUR (UINT64_C(3600) * 1000000000)

static struct fs fs;
static struct puffs_mount *mount;

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt;

	(void)state;
	fix_init();
	fs_init(&fs);
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

static int
flush(uint64_t n)
{
	return srv_flush(mount, n, PUFFS_INVAL_NAMECACHE_ALL, 0, 0, 0);
}

static int
ask_unmount(uint64_t n)
{
	return srv_request(mount, PUFFSOP_UNMOUNT, HDR, n);
}

/* The thread is in a flush, the n-th request, until fs_release. */
static void
keep_busy(uint64_t n)
{
	atomic_store(&fs.block, FS_PURGEALL);
	assert_int_equal(flush(n), 0);
	gate_await(&fs.blocked, 1);
}

/* The library's own unmount, as a mount without that callback has it. */
static void
remount_without_unmount(void)
{
	struct puffsmsg_mount_options opt = fs_options(&fs);

	fix_mount_free(mount);
	fs.ops.unmount = NULL;
	mount = fix_mount_new(&opt);
}

static enum puffsmsg__sopstate
sop_state(void)
{
	enum puffsmsg__sopstate st;

	mutex_enter(&mount->pmp_sop.sop_lock);
	st = mount->pmp_sop.sop_state;
	mutex_exit(&mount->pmp_sop.sop_lock);
	return st;
}

static void
until_sop(enum puffsmsg__sopstate st)
{
	while (sop_state() != st)
		sched_yield();
}

static void
until_dying(void)
{
	while (puffsmsg_mount_state(mount) != PUFFSTAT_DYING)
		sched_yield();
}

static void
requests_are_done_and_answered_in_order(void **state)
{
	(void)state;
	fs.all_rv = EACCES;
	keep_busy(0);
	for (uint64_t i = 1; i < 10; i++)
		assert_int_equal(flush(i), 0);
	assert_int_equal(fix_stats(mount).sopreqs, 10);
	srv_expect_nothing(mount);
	fs_release(&fs);
	for (uint64_t i = 0; i < 10; i++)
		srv_expect_answer(mount, i, EACCES);
	assert_int_equal(fix_stats(mount).sopreqs, 0);
}

static void
an_answer_names_the_request(void **state)
{
	struct fix_frame f, g;

	(void)state;
	srv_frame(&f, PUFFSOP_FLUSH, sizeof(struct puffs_flush), 5);
	f.req.preq_optype = 99;
	f.req.preq_cookie64 = UINT64_C(0x8877665544332211);
	f.req.preq_opclass |= PUFFSOPFLAG_FAF;
	assert_int_equal(fix_dispatch(mount, &f), 0);
	srv_next(mount, &g);
	assert_int_equal(g.req.preq_id, SRV_ID(5));
	assert_int_equal(g.req.preq_opclass,
	    PUFFSOP_FLUSH | PUFFSOPFLAG_FAF | PUFFSOPFLAG_ISRESPONSE);
	assert_int_equal(g.req.preq_optype, 99);
	assert_int_equal(g.req.preq_cookie64, UINT64_C(0x8877665544332211));
	assert_int_equal(g.req.preq_rv, EINVAL);
}

static void
callbacks_may_send_messages_to_the_same_mount(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	keep_busy(1);
	park = fix_send(mount);
	fix_take(mount, &f);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(mount, park), 0);
	puffs_msgmem_release(park);
	fs_release(&fs);
	srv_expect_answer(mount, 1, 0);
}

static void
flush_unmount_unmount_flush_is_answered_0_0_enxio_enxio(void **state)
{
	struct fix_frame f;

	(void)state;
	remount_without_unmount();
	keep_busy(1);
	assert_int_equal(ask_unmount(2), 0);
	assert_int_equal(ask_unmount(3), 0);
	assert_int_equal(flush(4), 0);
	fs_release(&fs);
	srv_expect_answer(mount, 1, 0);
	srv_expect_answer(mount, 2, 0);
	srv_expect_answer(mount, 3, ENXIO);
	srv_expect_answer(mount, 4, ENXIO);
	srv_expect_unmount(mount, &f, PUFFSMSG_MNT_FORCE);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	until_dying();
	assert_int_equal(gate_count(&fs.called), 1);
}

static void
an_unmount_calls_the_hosts_callback(void **state)
{
	struct fix_frame f;

	(void)state;
	fs.unmounts = true;
	assert_int_equal(ask_unmount(1), 0);
	srv_expect_answer(mount, 1, 0);
	srv_expect_unmount(mount, &f, PUFFSMSG_MNT_FORCE);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	until_dying();
	assert_int_equal(fs.calls[0], FS_UNMOUNT);
	assert_int_equal(gate_count(&fs.called), 1);
}

static void
the_server_can_read_the_answer_to_its_unmount_before_it_is_cut_off(void **state)
{
	struct fix_frame f;

	(void)state;
	remount_without_unmount();
	assert_int_equal(ask_unmount(1), 0);
	fix_until_touser(mount, 1);
	fix_until_cv(mount);
	assert_int_equal(puffsmsg_mount_state(mount), PUFFSTAT_RUNNING);
	/* Not even to have it in hand is enough. */
	fix_hold(mount, &f);
	assert_int_equal(f.req.preq_id, SRV_ID(1));
	fix_until_cv(mount);
	assert_int_equal(puffs_msgif_waitcount(mount), 0);
	fix_releaseout(mount, &f, 0);
	srv_expect_unmount(mount, &f, PUFFSMSG_MNT_FORCE);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	until_dying();
}

static void
a_server_that_does_not_read_has_the_grace_time(void **state)
{
	(void)state;
	fs.unmounts = true;
	assert_int_equal(ask_unmount(1), 0);
	fix_until_cv(mount);
	assert_int_equal(gate_count(&fs.called), 0);
	fix_clock_advance(HOUR / 2);
	fix_until_cv(mount);
	assert_int_equal(gate_count(&fs.called), 0);
	fix_clock_advance(HOUR);
	gate_await(&fs.called, 1);
	/* Then it is asked, in vain. */
	fix_until_touser(mount, 2);
	assert_int_equal(puffsmsg_mount_state(mount), PUFFSTAT_RUNNING);
	while (puffsmsg_mount_state(mount) == PUFFSTAT_RUNNING)
		fix_clock_advance(HOUR);
	assert_int_equal(fix_stats(mount).timedout, 1);
}

static void
a_lost_server_is_not_waited_for(void **state)
{
	(void)state;
	assert_int_equal(ask_unmount(1), 0);
	fix_until_cv(mount);
	puffs_userdead(mount);
	gate_await(&fs.called, 1);
	assert_int_equal(fs.calls[0], FS_UNMOUNT);
}

static void
the_hosts_unmount_may_fail_and_the_thread_serves_on(void **state)
{
	(void)state;
	fs.unmount_rv = EBUSY;
	for (uint64_t i = 0; i < 5; i++) {
		assert_int_equal(ask_unmount(3 * i), 0);
		srv_expect_answer(mount, 3 * i, 0);
		gate_await(&fs.called, (unsigned)(2 * i + 1));
		until_sop(SOPST_RUNNING);
		assert_int_equal(flush(3 * i + 1), 0);
		srv_expect_answer(mount, 3 * i + 1, 0);
	}
	assert_int_equal(puffsmsg_mount_state(mount), PUFFSTAT_RUNNING);
	assert_int_equal(puffsmsg_expire(mount, 1, at(0)), 0);
	gate_await(&fs.called, 12);
}

static void
during_an_unmount_requests_are_answered_enxio(void **state)
{
	(void)state;
	fs.unmount_rv = EBUSY;
	atomic_store(&fs.block, FS_UNMOUNT);
	assert_int_equal(ask_unmount(1), 0);
	srv_expect_answer(mount, 1, 0);
	gate_await(&fs.blocked, 1);
	assert_int_equal(flush(2), 0);
	srv_expect_answer(mount, 2, ENXIO);
	assert_int_equal(ask_unmount(3), 0);
	srv_expect_answer(mount, 3, ENXIO);
	assert_int_equal(puffsmsg_expire(mount, 1, at(0)), ENXIO);
	assert_int_equal(fix_stats(mount).sopreqs, 0);
	assert_int_equal(fix_stats(mount).overlimit, 0);
	fs_release(&fs);
	until_sop(SOPST_RUNNING);
	assert_int_equal(flush(4), 0);
	srv_expect_answer(mount, 4, 0);
}

static void
nothing_gets_in_behind_an_unmount(void **state)
{
	(void)state;
	fs.unmount_rv = EBUSY;
	assert_int_equal(ask_unmount(1), 0);
	/* It waits for its answer to be read. */
	fix_until_cv(mount);
	assert_int_equal(sop_state(), SOPST_LEAVING);
	assert_int_equal(flush(2), 0);
	assert_int_equal(ask_unmount(3), 0);
	assert_int_equal(puffsmsg_expire(mount, 1, at(0)), ENXIO);
	assert_int_equal(fix_stats(mount).sopreqs, 0);
	srv_expect_answer(mount, 1, 0);
	srv_expect_answer(mount, 2, ENXIO);
	srv_expect_answer(mount, 3, ENXIO);
	gate_await(&fs.called, 1);
}

static void
each_unmount_waits_for_its_own_answer_to_be_read(void **state)
{
	struct fix_frame f[2];

	(void)state;
	fs.unmount_rv = EBUSY;
	/* The first is not read within the grace time. */
	assert_int_equal(ask_unmount(1), 0);
	fix_until_cv(mount);
	fix_clock_advance(2 * HOUR);
	gate_await(&fs.called, 1);
	until_sop(SOPST_RUNNING);
	assert_int_equal(ask_unmount(2), 0);
	fix_until_touser(mount, 2);
	fix_until_cv(mount);
	/* To read it now says nothing of the second. */
	srv_expect_answer(mount, 1, 0);
	fix_hold(mount, &f[0]);
	fix_until_cv(mount);
	assert_int_equal(gate_count(&fs.called), 1);
	fix_releaseout(mount, &f[0], 0);
	gate_await(&fs.called, 2);
}

static void
a_thread_that_was_told_to_exit_does_not_serve_on(void **state)
{
	(void)state;
	fs.unmount_rv = EBUSY;
	atomic_store(&fs.block, FS_UNMOUNT);
	assert_int_equal(ask_unmount(1), 0);
	srv_expect_answer(mount, 1, 0);
	gate_await(&fs.blocked, 1);
	puffs_userdead(mount);
	assert_int_equal(puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE), 0);
	fs_release(&fs);
	/* The thread is joined. */
	puffsmsg_mount_destroy(mount);
	mount = fix_mount_new(NULL);
}

static void
what_is_queued_at_the_exit_is_dropped_with_the_server(void **state)
{
	(void)state;
	keep_busy(1);
	assert_int_equal(flush(2), 0);
	assert_int_equal(ask_unmount(3), 0);
	assert_int_equal(puffsmsg_expire(mount, 1, at(10000)), 0);
	puffs_userdead(mount);
	assert_int_equal(puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE), 0);
	assert_int_equal(sop_state(), SOPST_LEAVING);
	fs_release(&fs);
	until_sop(SOPST_NONE);
	assert_int_equal(fix_stats(mount).sopreqs, 0);
	assert_int_equal(fix_stats(mount).lost, 3);
	assert_int_equal(gate_count(&fs.called), 1);
}

static void
neither_kind_starves_the_other(void **state)
{
	enum fs_call calls[24] = { FS_PURGEALL };
	unsigned n = 1;

	(void)state;
	keep_busy(0);
	for (uint64_t i = 1; i <= 5; i++) {
		assert_int_equal(flush(i), 0);
		assert_int_equal(puffsmsg_expire(mount, i, at(0)), 0);
	}
	fs_release(&fs);
	for (uint64_t i = 0; i <= 5; i++)
		srv_expect_answer(mount, i, 0);
	gate_await(&fs.called, 16);
	for (int i = 0; i < 5; i++) {
		calls[n++] = FS_LOOKUP;
		calls[n++] = FS_RELEASE;
		calls[n++] = FS_PURGEALL;
	}
	calls[n] = 0;
	fs_expect(&fs, calls);
}

static void
a_flush_is_not_kept_waiting_by_expiries_to_come(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_expire(mount, 1, at(90000)), 0);
	assert_int_equal(flush(1), 0);
	srv_expect_answer(mount, 1, 0);
	assert_int_equal(gate_count(&fs.called), 1);
}

static void
an_answer_is_sent_even_if_memory_is_short(void **state)
{
	unsigned failed = fix_memory_failed();

	(void)state;
	keep_busy(1);
	fix_memory_fail_sized(HDR, HDR + 32);
	fs_release(&fs);
	fix_until_failed(failed + 2);
	fix_memory_ok();
	srv_expect_answer(mount, 1, 0);
}

/* Of another thread, it is not the sop thread. */
static void
the_thread_knows_itself(void **state)
{
	(void)state;
	assert_false(puffsmsg__sop_isself(mount));
}

static void
run_a_second_one(void *arg)
{
	void *state = NULL;

	(void)arg;
	assert_int_equal(setup(&state), 0);
	keep_busy(1);
	puffs_sop_thread(mount);
}

static void
to_run_a_second_thread_is_a_panic(void **state)
{
	(void)state;
	expect_panic(run_a_second_one, NULL, "puffs_sop_thread: mount");
}

/*
 * A panic of another thread than the one that forked.
 */
static void
panic_elsewhere(const char *line)
{
	puffsmsg_host_pthread()->log(line);
	expect_panic_leave(EXPECT_PANIC_ABORTED);
}

static int
destroying(void *arg, struct puffs_mount *m)
{
	(void)arg;
	puffsmsg_mount_destroy(m);
	return 0;
}

static void
destroy_from_its_callback(void *arg)
{
	struct puffsmsg_host host = *puffsmsg_host_pthread();
	struct puffsmsg_mount_options opt;

	(void)arg;
	host.panic = panic_elsewhere;
	assert_int_equal(puffsmsg_init(&host, NULL), 0);
	fs_init(&fs);
	fs.ops.unmount = destroying;
	opt = fs_options(&fs);
	mount = fix_mount_new(&opt);
	assert_int_equal(ask_unmount(1), 0);
	srv_expect_answer(mount, 1, 0);
	gate_await(&fs.called, 1);
}

static void
a_mount_that_its_own_callback_destroys_is_a_panic(void **state)
{
	(void)state;
	expect_panic(destroy_from_its_callback, NULL,
	    "called from its own callbacks");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(to_run_a_second_thread_is_a_panic),
		cmocka_unit_test(
		    a_mount_that_its_own_callback_destroys_is_a_panic),
		TEST(requests_are_done_and_answered_in_order),
		TEST(an_answer_names_the_request),
		TEST(callbacks_may_send_messages_to_the_same_mount),
		TEST(flush_unmount_unmount_flush_is_answered_0_0_enxio_enxio),
		TEST(an_unmount_calls_the_hosts_callback),
		TEST(
		    the_server_can_read_the_answer_to_its_unmount_before_it_is_cut_off),
		TEST(a_server_that_does_not_read_has_the_grace_time),
		TEST(a_lost_server_is_not_waited_for),
		TEST(the_hosts_unmount_may_fail_and_the_thread_serves_on),
		TEST(during_an_unmount_requests_are_answered_enxio),
		TEST(nothing_gets_in_behind_an_unmount),
		TEST(each_unmount_waits_for_its_own_answer_to_be_read),
		TEST(a_thread_that_was_told_to_exit_does_not_serve_on),
		TEST(what_is_queued_at_the_exit_is_dropped_with_the_server),
		TEST(neither_kind_starves_the_other),
		TEST(a_flush_is_not_kept_waiting_by_expiries_to_come),
		TEST(an_answer_is_sent_even_if_memory_is_short),
		TEST(the_thread_knows_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
