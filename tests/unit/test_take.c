/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/take.c: waiting for a message, and leaving without one. */

#include <sched.h>
#include <signal.h>
#include <string.h>

#include "msgif/take.h"
#include "msgfix.h"

#include "expect_panic.h"

/* What a nonblocking getout says. */
static int
look(struct puffs_mount *mount)
{
	struct fix_frame f;
	int error = fix_getout(mount, &f);

	if (error == 0)
		fix_releaseout(mount, &f, 0);
	return error;
}

/* A message that nobody waits for. */
static void
send_faf(struct puffs_mount *mount, int type)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN, type);

	puffs_msg_setfaf(park);
	puffs_msg_enqueue(mount, park);
	puffs_msgmem_release(park);
}

static void
messages_are_taken_in_the_order_of_enqueue(void **state)
{
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < 40; i++)
		send_faf(fix_mount, i);
	for (int i = 0; i < 40; i++) {
		fix_take(fix_mount, &f);
		assert_int_equal(f.req.preq_optype, i);
	}
}

static void
nothing_queued_would_block(void **state)
{
	(void)state;
	assert_int_equal(look(fix_mount), EWOULDBLOCK);
	send_faf(fix_mount, 0);
	assert_int_equal(look(fix_mount), 0);
	assert_int_equal(look(fix_mount), EWOULDBLOCK);
}

static void
only_a_running_mount_gives_messages(void **state)
{
	struct puffs_mount *mount;
	struct fix_reader r;

	(void)state;
	assert_int_equal(puffsmsg_mount_create(NULL, &mount), 0);
	assert_int_equal(look(mount), ENXIO);
	fix_read_start(&r, mount);
	assert_int_equal(fix_read_join(&r), ENXIO);
	assert_int_equal(puffsmsg_mount_start(mount), 0);
	assert_int_equal(look(mount), EWOULDBLOCK);
	puffs_userdead(mount);
	assert_int_equal(look(mount), ENXIO);
	puffsmsg_mount_destroy(mount);
}

static void
a_blocked_getout_gets_the_next_message(void **state)
{
	struct fix_reader r;

	(void)state;
	fix_read_start(&r, fix_mount);
	fix_until_readers(fix_mount, 1);
	send_faf(fix_mount, 11);
	assert_int_equal(fix_read_join(&r), 0);
	assert_int_equal(r.frame.req.preq_optype, 11);
}

static void
all_blocked_getouts_return_enxio_at_the_loss_of_the_server(void **state)
{
	struct fix_reader r[5];

	(void)state;
	for (int i = 0; i < 5; i++)
		fix_read_start(&r[i], fix_mount);
	fix_until_readers(fix_mount, 5);
	assert_int_equal(fix_stats(fix_mount).references, 5);
	puffs_userdead(fix_mount);
	for (int i = 0; i < 5; i++)
		assert_int_equal(fix_read_join(&r[i]), ENXIO);
}

static void
any_unblocked_signal_interrupts_a_blocked_getout(void **state)
{
	static const int sigs[] = { SIGUSR1, SIGINT, SIGKILL, SIGCHLD, 127 };
	struct fix_reader r;

	(void)state;
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		fix_read_start(&r, fix_mount);
		fix_until_readers(fix_mount, 1);
		fix_kill(&r.t, sigs[i]);
		assert_int_equal(fix_read_join(&r), EINTR);
	}
	fix_until_readers(fix_mount, 0);
}

static void
a_signal_of_the_process_interrupts_one_getout(void **state)
{
	struct fix_reader r[2];
	int interrupted = 0;

	(void)state;
	for (int i = 0; i < 2; i++) {
		fix_read_start(&r[i], fix_mount);
		fix_until_readers(fix_mount, (unsigned)i + 1);
	}
	assert_int_equal(puffsmsg_proc_kill(SIGUSR2), 0);
	fix_until_readers(fix_mount, 1);
	while (puffsmsg_lwp_sigtake() == 0)
		continue;
	send_faf(fix_mount, 0);
	for (int i = 0; i < 2; i++) {
		int error = fix_read_join(&r[i]);

		assert_true(error == 0 || error == EINTR);
		interrupted += error == EINTR;
	}
	assert_int_equal(interrupted, 1);
}

/*
 * A getout on a thread that prepares its signals first.
 */
struct prepared {
	struct fix_thread t;
	struct puffs_mount *mount;
	int blocked; /* signal to block, or 0 */
	int pending; /* to be sent to itself, or 0 */
	int taken;   /* what is pending afterwards */
	int error;
};

static void
prepared_main(void *arg)
{
	struct prepared *p = arg;
	uint8_t *data;
	void *cookie;
	size_t len;

	if (p->blocked != 0)
		(void)puffsmsg_lwp_sigblock(p->blocked, true);
	if (p->pending != 0)
		(void)puffsmsg_lwp_kill(p->t.lid, p->pending);
	p->error = puffs_msgif_getout(p->mount, 0, 0, &data, &len, &cookie);
	if (p->error == 0)
		puffs_msgif_releaseout(p->mount, cookie, 0);
	p->taken = puffsmsg_lwp_sigtake();
}

static void
a_blocked_signal_does_not_interrupt(void **state)
{
	struct prepared p = { .mount = fix_mount, .blocked = SIGUSR1 };

	(void)state;
	fix_start(&p.t, prepared_main, &p);
	fix_until_readers(fix_mount, 1);
	fix_kill(&p.t, SIGUSR1);
	fix_until_readers(fix_mount, 1);
	send_faf(fix_mount, 0);
	fix_join(&p.t);
	assert_int_equal(p.error, 0);
	assert_int_equal(p.taken, 0);
}

static void
a_pending_signal_interrupts_at_once_and_stays_pending(void **state)
{
	struct prepared p = { .mount = fix_mount, .pending = SIGWINCH };

	(void)state;
	fix_start(&p.t, prepared_main, &p);
	fix_join(&p.t);
	assert_int_equal(p.error, EINTR);
	assert_int_equal(p.taken, SIGWINCH);
}

static void
a_message_goes_before_a_pending_signal(void **state)
{
	struct prepared p = { .mount = fix_mount, .pending = SIGINT };

	(void)state;
	send_faf(fix_mount, 0);
	fix_start(&p.t, prepared_main, &p);
	fix_join(&p.t);
	assert_int_equal(p.error, 0);
	assert_int_equal(p.taken, SIGINT);
}

static void
a_nonblocking_getout_is_not_interrupted(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGUSR1), 0);
	assert_int_equal(look(fix_mount), EWOULDBLOCK);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGUSR1);
}

static void
a_spurious_return_of_block_is_no_message(void **state)
{
	struct fix_reader r;

	(void)state;
	fix_read_start(&r, fix_mount);
	fix_until_readers(fix_mount, 1);
	for (int i = 0; i < 20; i++)
		fix_clock_advance(1);
	fix_until_readers(fix_mount, 1);
	send_faf(fix_mount, 0);
	assert_int_equal(fix_read_join(&r), 0);
}

static void
a_message_that_is_too_long_stays_queued(void **state)
{
	uint8_t *data = NULL;
	void *cookie = NULL;
	size_t len;

	(void)state;
	send_faf(fix_mount, 0);
	for (size_t max = 0; max < 64; max += 7) {
		len = 0;
		assert_int_equal(puffsmsg_getout(fix_mount, max, 0, &data, &len,
				     &cookie),
		    EMSGSIZE);
		assert_int_equal(len, 64);
		assert_null(data);
		assert_null(cookie);
		assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
	}
	assert_int_equal(puffsmsg_getout(fix_mount, 64, 0, &data, &len,
			     &cookie),
	    0);
	puffs_msgif_releaseout(fix_mount, cookie, 0);
}

/*
 * A getout with a small buffer.
 */
struct small {
	struct fix_thread t;
	int error;
	size_t len;
};

static void
small_main(void *arg)
{
	struct small *s = arg;
	uint8_t *data;
	void *cookie;

	s->error = puffsmsg_getout(fix_mount, 8, 0, &data, &s->len, &cookie);
}

static void
who_cannot_take_the_message_passes_its_wakeup_on(void **state)
{
	struct fix_reader r;
	struct small s;

	(void)state;
	fix_start(&s.t, small_main, &s);
	fix_until_readers(fix_mount, 1);
	fix_read_start(&r, fix_mount);
	fix_until_readers(fix_mount, 2);
	send_faf(fix_mount, 0);
	fix_join(&s.t);
	assert_int_equal(s.error, EMSGSIZE);
	assert_int_equal(s.len, 64);
	assert_int_equal(fix_read_join(&r), 0);
}

static void
a_wakeup_is_not_lost_to_an_interrupt(void **state)
{
	struct fix_reader r[2];

	(void)state;
	for (int round = 0; round < 200; round++) {
		for (int i = 0; i < 2; i++) {
			fix_read_start(&r[i], fix_mount);
			fix_until_readers(fix_mount, (unsigned)i + 1);
		}
		fix_kill(&r[0].t, SIGINT);
		send_faf(fix_mount, 0);
		/* One of them takes it; if the first, the other still waits. */
		if (fix_read_join(&r[0]) == 0)
			send_faf(fix_mount, 1);
		else
			assert_int_equal(r[0].error, EINTR);
		assert_int_equal(fix_read_join(&r[1]), 0);
		assert_int_equal(look(fix_mount), EWOULDBLOCK);
	}
}

static void
a_wakeup_is_not_lost_to_a_cancellation(void **state)
{
	struct fix_reader r[2];

	(void)state;
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 2; i++) {
			fix_read_start(&r[i], fix_mount);
			fix_until_readers(fix_mount, (unsigned)i + 1);
		}
		(void)pthread_cancel(r[0].t.thread);
		send_faf(fix_mount, 0);
		fix_join(&r[0].t);
		if (r[0].error == 0)
			send_faf(fix_mount, 1);
		assert_int_equal(fix_read_join(&r[1]), 0);
		assert_int_equal(look(fix_mount), EWOULDBLOCK);
	}
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

static void
a_cancelled_getout_leaves_nothing_behind(void **state)
{
	struct fix_reader r;

	(void)state;
	fix_read_start(&r, fix_mount);
	fix_until_readers(fix_mount, 1);
	fix_cancel(&r.t);
	assert_false(r.returned);
	fix_until_readers(fix_mount, 0);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	send_faf(fix_mount, 0);
	assert_int_equal(look(fix_mount), 0);
}

static void
one_message_wakes_one_of_many_readers(void **state)
{
	struct fix_reader r[8];
	unsigned before, got = 0;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		fix_read_start(&r[i], fix_mount);
		fix_until_readers(fix_mount, i + 1);
	}
	before = fix_unblocks();
	send_faf(fix_mount, 0);
	assert_int_equal(fix_unblocks(), before + 1);
	assert_int_equal(fix_read_join(&r[0]), 0);
	fix_until_readers(fix_mount, 7);
	puffs_userdead(fix_mount);
	for (int i = 1; i < 8; i++)
		got += fix_read_join(&r[i]) != ENXIO;
	assert_int_equal(got, 0);
}

static void
a_message_without_readers_wakes_nobody(void **state)
{
	unsigned before = fix_unblocks();

	(void)state;
	send_faf(fix_mount, 0);
	assert_int_equal(fix_unblocks(), before);
	assert_int_equal(look(fix_mount), 0);
}

static void
a_message_whose_caller_has_gone_is_not_seen(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	send_faf(fix_mount, 77);
	fix_wait_start(&w, fix_mount, park);
	fix_kill(&w.t, SIGTERM);
	assert_int_equal(fix_wait_join(&w), EINTR);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_optype, 77);
	assert_int_equal(look(fix_mount), EWOULDBLOCK);
	puffs_msgmem_release(park);
}

/*
 * A reader of a server loop.
 */
struct loop {
	struct fix_thread t;
	uint32_t stop; /* a: */
	uint8_t buf[128];
	size_t len;
	int error;
};

static void
loop_main(void *arg)
{
	struct loop *l = arg;

	l->error = puffsmsg__read_until(fix_mount, &l->stop, l->buf,
	    sizeof(l->buf), &l->len);
}

static void
a_stopped_reader_leaves_when_it_is_kicked(void **state)
{
	struct loop l = { .stop = 0 };
	struct fix_reader r;

	(void)state;
	fix_read_start(&r, fix_mount);
	fix_until_readers(fix_mount, 1);
	fix_start(&l.t, loop_main, &l);
	fix_until_readers(fix_mount, 2);
	puffsmsg__take_kick(fix_mount);
	fix_until_readers(fix_mount, 2);
	puffsmsg__store32(&l.stop, 1);
	puffsmsg__take_kick(fix_mount);
	fix_join(&l.t);
	assert_int_equal(l.error, ECANCELED);
	fix_until_readers(fix_mount, 1);
	send_faf(fix_mount, 0);
	assert_int_equal(fix_read_join(&r), 0);
}

static void
a_stopped_reader_takes_nothing(void **state)
{
	struct loop l = { .stop = 1 };

	(void)state;
	send_faf(fix_mount, 0);
	fix_start(&l.t, loop_main, &l);
	fix_join(&l.t);
	assert_int_equal(l.error, ECANCELED);
	assert_int_equal(look(fix_mount), 0);
}

static void
a_stopped_reader_passes_its_wakeup_on(void **state)
{
	struct loop l = { .stop = 0 };
	struct fix_reader r;

	(void)state;
	fix_start(&l.t, loop_main, &l);
	fix_until_readers(fix_mount, 1);
	fix_read_start(&r, fix_mount);
	fix_until_readers(fix_mount, 2);
	puffsmsg__store32(&l.stop, 1);
	send_faf(fix_mount, 0);
	fix_join(&l.t);
	assert_int_equal(l.error, ECANCELED);
	assert_int_equal(fix_read_join(&r), 0);
}

static void
signals_do_not_interrupt_a_server_loop(void **state)
{
	struct loop l = { .stop = 0 };

	(void)state;
	fix_start(&l.t, loop_main, &l);
	fix_until_readers(fix_mount, 1);
	fix_kill(&l.t, SIGKILL);
	puffsmsg__take_kick(fix_mount);
	fix_until_readers(fix_mount, 1);
	send_faf(fix_mount, 0);
	fix_join(&l.t);
	assert_int_equal(l.error, 0);
	assert_int_equal(l.len, 64);
}

static void
the_loss_of_the_server_goes_before_a_stop(void **state)
{
	struct loop l = { .stop = 1 };

	(void)state;
	puffs_userdead(fix_mount);
	fix_start(&l.t, loop_main, &l);
	fix_join(&l.t);
	assert_int_equal(l.error, ENXIO);
}

/* Reads from its callback. */
static void
reading(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	uint8_t *data;
	void *cookie;
	size_t len;

	req->preq_setbacks = (uint32_t)puffs_msgif_getout(mount, 0, *(int *)arg,
	    &data, &len, &cookie);
}

static void
complete_with_read(void *arg)
{
	struct puffs_msgpark *park = fix_getattr();

	puffs_msg_setcall(park, reading, arg);
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, 0);
	assert_int_equal(fix_req(park)->preq_setbacks, EWOULDBLOCK);
	puffs_msgmem_release(park);
}

static void
a_callback_may_take_without_blocking(void **state)
{
	int nonblock = 1;

	(void)state;
	complete_with_read(&nonblock);
}

static void
in_the_child(void *arg)
{
	void *state = NULL;

	assert_int_equal(fix_setup(&state), 0);
	complete_with_read(arg);
}

static void
a_getout_that_would_block_a_callback_panics(void **state)
{
	int nonblock = 0;

	(void)state;
	expect_panic(in_the_child, &nonblock, "would block in a callback");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_getout_that_would_block_a_callback_panics),
		TEST(messages_are_taken_in_the_order_of_enqueue),
		TEST(nothing_queued_would_block),
		TEST(only_a_running_mount_gives_messages),
		TEST(a_blocked_getout_gets_the_next_message),
		TEST(
		    all_blocked_getouts_return_enxio_at_the_loss_of_the_server),
		TEST(any_unblocked_signal_interrupts_a_blocked_getout),
		TEST(a_signal_of_the_process_interrupts_one_getout),
		TEST(a_blocked_signal_does_not_interrupt),
		TEST(a_pending_signal_interrupts_at_once_and_stays_pending),
		TEST(a_message_goes_before_a_pending_signal),
		TEST(a_nonblocking_getout_is_not_interrupted),
		TEST(a_spurious_return_of_block_is_no_message),
		TEST(a_message_that_is_too_long_stays_queued),
		TEST(who_cannot_take_the_message_passes_its_wakeup_on),
		TEST(a_wakeup_is_not_lost_to_an_interrupt),
		TEST(a_wakeup_is_not_lost_to_a_cancellation),
		TEST(a_cancelled_getout_leaves_nothing_behind),
		TEST(one_message_wakes_one_of_many_readers),
		TEST(a_message_without_readers_wakes_nobody),
		TEST(a_message_whose_caller_has_gone_is_not_seen),
		TEST(a_stopped_reader_leaves_when_it_is_kicked),
		TEST(a_stopped_reader_takes_nothing),
		TEST(a_stopped_reader_passes_its_wakeup_on),
		TEST(signals_do_not_interrupt_a_server_loop),
		TEST(the_loss_of_the_server_goes_before_a_stop),
		TEST(a_callback_may_take_without_blocking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
