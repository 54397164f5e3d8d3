/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/enqueue.c: what a pending signal does to it */

#include "msgfix.h"

#include <signal.h>
#include <string.h>

static const int interrupting[] = { SIGINT, SIGTERM, SIGKILL, SIGHUP, SIGQUIT };
#define NINTERRUPTING (sizeof(interrupting) / sizeof(interrupting[0]))

static void
post(int sig)
{
	assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), sig), 0);
}

/* Whether a message that wants a reply is sent; it is answered then. */
static bool
is_sent(void)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	bool sent = puffs_msgif_waitcount(fix_mount) > 0;

	if (sent) {
		fix_serve(fix_mount, 0);
	} else {
		assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
		assert_int_equal(park->park_state, PARK_IDLE);
	}
	puffs_msgmem_release(park);
	return sent;
}

static void
five_signals_interrupt_and_stay_pending(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NINTERRUPTING; i++) {
		post(interrupting[i]);
		assert_false(is_sent());
		assert_false(is_sent());
		assert_int_equal(puffsmsg_lwp_sigtake(), interrupting[i]);
		assert_true(is_sent());
	}
	assert_int_equal(fix_stats(fix_mount).rejected, 2 * NINTERRUPTING);
	assert_int_equal(fix_stats(fix_mount).interrupted, 0);
}

static void
five_signals_of_the_process_interrupt(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NINTERRUPTING; i++) {
		assert_int_equal(puffsmsg_proc_kill(interrupting[i]), 0);
		assert_false(is_sent());
		assert_int_equal(puffsmsg_lwp_sigtake(), interrupting[i]);
	}
	assert_true(is_sent());
}

static bool
is_interrupting(int sig)
{
	for (unsigned i = 0; i < NINTERRUPTING; i++) {
		if (interrupting[i] == sig)
			return true;
	}
	return false;
}

static void
no_other_signal_interrupts(void **state)
{
	(void)state;
	for (int sig = 1; sig < PUFFSMSG_NSIG; sig++) {
		if (!is_interrupting(sig))
			post(sig);
	}
	assert_true(is_sent());
}

static void
blocked_signals_do_not_interrupt(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_lwp_sigblock(SIGINT, true), 0);
	post(SIGINT);
	assert_true(is_sent());
	assert_int_equal(puffsmsg_lwp_sigblock(SIGINT, false), 0);
	assert_false(is_sent());
}

static void
ignored_signals_do_not_interrupt(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_proc_sigignore(SIGTERM, true), 0);
	post(SIGTERM);
	assert_true(is_sent());
}

static void
post_main(void *arg)
{
	(void)arg;
	post(SIGINT);
}

static void
signals_of_other_threads_do_not_interrupt(void **state)
{
	struct fix_thread t;

	(void)state;
	fix_start(&t, post_main, NULL);
	fix_join(&t);
	assert_true(is_sent());
}

static void
count_call(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	++*(int *)arg;
}

static void
messages_without_reply_or_with_a_callback_are_sent_all_the_same(void **state)
{
	struct puffs_msgpark *faf = fix_getattr(), *call = fix_getattr();
	struct fix_frame f;
	int calls = 0;

	(void)state;
	post(SIGKILL);
	puffs_msg_setfaf(faf);
	puffs_msg_setcall(call, count_call, &calls);
	puffs_msg_enqueue(fix_mount, faf);
	puffs_msg_enqueue(fix_mount, call);
	assert_int_equal(puffs_msg_wait(fix_mount, faf), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, call), 0);
	fix_take(fix_mount, &f);
	fix_serve(fix_mount, 0);
	assert_int_equal(calls, 1);
	puffs_msgmem_release(faf);
	puffs_msgmem_release(call);
}

static void
eintr_comes_before_enxio(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	puffs_userdead(fix_mount);
	post(SIGINT);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	puffs_msgmem_release(park);
}

static void
emsgsize_comes_before_eintr(void **state)
{
	struct puffs_msgpark *park = fix_park(200000, PUFFSOP_VN, 9);

	(void)state;
	post(SIGINT);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EMSGSIZE);
	puffs_msgmem_release(park);
}

static void
park_may_be_enqueued_again_after_eintr(void **state)
{
	struct puffs_msgpark *park;

	(void)state;
	post(SIGINT);
	park = fix_send(fix_mount);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, ENOENT);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENOENT);
	puffs_msgmem_release(park);
}

/*
 * Enqueues a message with SIGINT pending: it is turned into one without reply,
 * and wait says EINTR at once.
 */
static void
send_converted(struct puffs_msgpark *park)
{
	post(SIGINT);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
}

static void
inactive_and_reclaim_are_sent_without_a_reply(void **state)
{
	const int types[] = { PUFFS_VN_INACTIVE, PUFFS_VN_RECLAIM };
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		park = fix_park(64, PUFFSOP_VN, types[i]);
		send_converted(park);
		fix_take(fix_mount, &f);
		assert_int_equal(f.req.preq_opclass,
		    PUFFSOP_VN | PUFFSOPFLAG_FAF);
		assert_int_equal(f.req.preq_optype, types[i]);
		assert_int_equal(f.req.preq_id, 0);
		puffs_msgmem_release(park);
	}
	assert_int_equal(fix_stats(fix_mount).faf_done, 2);
	assert_int_equal(fix_stats(fix_mount).accepted, 2);
	assert_int_equal(fix_stats(fix_mount).rejected, 2);
	assert_int_equal(fix_stats(fix_mount).orphans, 0);
}

static void
types_27_and_28_of_class_vfs_are_not(void **state)
{
	struct puffs_msgpark *park;

	(void)state;
	for (int type = PUFFS_VN_INACTIVE; type <= PUFFS_VN_RECLAIM; type++) {
		park = fix_park(64, PUFFSOP_VFS, type);
		send_converted(park);
		assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
		puffs_msgmem_release(park);
	}
}

static void
conversion_is_undone_when_the_park_is_used_again(void **state)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN,
	    PUFFS_VN_INACTIVE);
	struct fix_frame f;

	(void)state;
	send_converted(park);
	fix_take(fix_mount, &f);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VN);
	assert_int_equal(f.req.preq_id, 1);
	assert_int_equal(fix_reply(fix_mount, &f, ENOENT), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENOENT);
	puffs_msgmem_release(park);
}

/*
 * What is sent is a copy: the caller has its park and its message back at once.
 */
static void
converted_message_is_the_callers_again_at_once(void **state)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN, PUFFS_VN_RECLAIM);
	struct fix_frame first, second;

	(void)state;
	send_converted(park);
	memset(park->park_preq, 0xff, 64);
	memset(park->park_preq, 0, sizeof(struct puffs_req));
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_GETATTR, NULL);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &first);
	assert_int_equal(first.req.preq_optype, PUFFS_VN_RECLAIM);
	assert_int_equal(first.req.preq_pth.pth_framelen, 64);
	fix_take(fix_mount, &second);
	assert_int_equal(second.req.preq_optype, PUFFS_VN_GETATTR);
	assert_int_equal(fix_reply(fix_mount, &second, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

static void
converted_message_may_be_released_before_the_server_has_it(void **state)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN, PUFFS_VN_RECLAIM);
	struct fix_frame f;

	(void)state;
	send_converted(park);
	puffs_msgmem_release(park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_optype, PUFFS_VN_RECLAIM);
}

static void
converted_message_to_a_dead_mount_is_eintr_and_not_sent(void **state)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN,
	    PUFFS_VN_INACTIVE);

	(void)state;
	puffs_userdead(fix_mount);
	send_converted(park);
	assert_int_equal(park->park_state, PARK_IDLE);
	assert_int_equal(fix_stats(fix_mount).rejected, 2);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	assert_int_equal(fix_req(park)->preq_opclass, PUFFSOP_VN);
	puffs_msgmem_release(park);
}

static void
enqueue_without_memory(struct puffs_mount *mount, struct puffs_req *req,
    void *park)
{
	(void)req;
	fix_memory_fail_after(0, 0);
	puffs_msg_enqueue(mount, park);
	fix_memory_ok();
}

/* A callback must not wait for memory, and the copy needs some. */
static void
conversion_in_a_callback_may_fail_for_want_of_memory(void **state)
{
	struct puffs_msgpark *call = fix_getattr();
	struct puffs_msgpark *park = fix_park(4096, PUFFSOP_VN,
	    PUFFS_VN_RECLAIM);

	(void)state;
	puffs_msg_setcall(call, enqueue_without_memory, park);
	puffs_msg_enqueue(fix_mount, call);
	post(SIGINT);
	fix_serve(fix_mount, 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENOMEM);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
	puffs_msgmem_release(park);
	puffs_msgmem_release(call);
}

static void
messages_of_the_librarys_own_can_be_sent_all_the_same(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	post(SIGINT);
	assert_int_equal(puffsmsg__enqueue(fix_mount, park, PARKF_NOINTR, true),
	    0);
	fix_serve(fix_mount, EBUSY);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EBUSY);
	puffs_msgmem_release(park);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(five_signals_interrupt_and_stay_pending),
		TEST(five_signals_of_the_process_interrupt),
		TEST(no_other_signal_interrupts),
		TEST(blocked_signals_do_not_interrupt),
		TEST(ignored_signals_do_not_interrupt),
		TEST(signals_of_other_threads_do_not_interrupt),
		TEST(
		    messages_without_reply_or_with_a_callback_are_sent_all_the_same),
		TEST(eintr_comes_before_enxio),
		TEST(emsgsize_comes_before_eintr),
		TEST(park_may_be_enqueued_again_after_eintr),
		TEST(inactive_and_reclaim_are_sent_without_a_reply),
		TEST(types_27_and_28_of_class_vfs_are_not),
		TEST(conversion_is_undone_when_the_park_is_used_again),
		TEST(
		    converted_message_may_be_released_before_the_server_has_it),
		TEST(converted_message_is_the_callers_again_at_once),
		TEST(converted_message_to_a_dead_mount_is_eintr_and_not_sent),
		TEST(conversion_in_a_callback_may_fail_for_want_of_memory),
		TEST(messages_of_the_librarys_own_can_be_sent_all_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
