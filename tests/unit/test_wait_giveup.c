/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/msgif/wait.c: signals, deadlines and cancellation, and who wins when
 * the message completes at the same time
 */

#include "msgfix.h"

#include <sched.h>
#include <signal.h>
#include <string.h>

static const int interrupting[] = { SIGINT, SIGTERM, SIGKILL, SIGHUP, SIGQUIT };
#define NINTERRUPTING (sizeof(interrupting) / sizeof(interrupting[0]))

/*
 * A thread that waits, and then looks at what is pending.
 */
struct leaver {
	struct fix_thread t;
	struct puffs_mount *mount;
	struct puffs_msgpark *park;
	unsigned how;
	uint64_t deadline;
	int blocked;        /* a signal that the thread blocks; 0: none */
	struct gate before; /* passed: the wait may begin */
	struct gate awaits; /* passed: it sleeps, and cannot be cancelled */
	int error;
	int again; /* of a second wait */
	int taken; /* the signal that was pending afterwards */
	bool cleaned;
	bool bound; /* when it was cleaned: still at the mount */
};

static void
leaver_main(void *arg)
{
	struct leaver *w = arg;

	if (w->blocked != 0)
		(void)puffsmsg_lwp_sigblock(w->blocked, true);
	gate_await(&w->before, 1);
	w->error = puffsmsg__wait(w->mount, w->park, w->how, w->deadline);
	w->taken = puffsmsg_lwp_sigtake();
	w->again = puffsmsg__wait(w->mount, w->park, w->how, w->deadline);
}

static void
leaver_init(struct leaver *w, struct puffs_mount *mount)
{
	memset(w, 0, sizeof(*w));
	gate_init(&w->before);
	gate_init(&w->awaits);
	w->mount = mount;
	w->park = fix_send(mount);
	w->how = WAIT_INTR;
	w->deadline = PUFFSMSG_FOREVER;
	w->error = w->again = -1;
}

static void
leaver_start(struct leaver *w, struct puffs_mount *mount)
{
	leaver_init(w, mount);
	gate_pass(&w->before);
	fix_start(&w->t, leaver_main, w);
	fix_until_waiting(mount, w->park);
}

/* Both waits said `error', and `sig' was pending between them. */
static void
leaver_end(struct leaver *w, int error, int sig)
{
	fix_join(&w->t);
	assert_int_equal(w->error, error);
	assert_int_equal(w->again, error);
	assert_int_equal(w->taken, sig);
	puffs_msgmem_release(w->park);
}

static void
five_signals_interrupt_and_stay_pending(void **state)
{
	struct leaver w;

	(void)state;
	for (unsigned i = 0; i < NINTERRUPTING; i++) {
		leaver_start(&w, fix_mount);
		fix_kill(&w.t, interrupting[i]);
		leaver_end(&w, EINTR, interrupting[i]);
	}
	assert_int_equal(fix_stats(fix_mount).interrupted, NINTERRUPTING);
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

static void
signal_of_the_process_interrupts_one_waiter(void **state)
{
	struct leaver a, b;

	(void)state;
	leaver_start(&a, fix_mount);
	leaver_start(&b, fix_mount);
	assert_int_equal(puffsmsg_proc_kill(SIGTERM), 0);
	fix_join(&a.t);
	fix_serve(fix_mount, 0);
	fix_join(&b.t);
	assert_int_equal(a.error, EINTR);
	assert_int_equal(a.taken, SIGTERM);
	assert_int_equal(b.error, 0);
	assert_int_equal(b.taken, 0);
	puffs_msgmem_release(a.park);
	puffs_msgmem_release(b.park);
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

/* Which sleep it is, and that it goes on; 0: none. */
static uint32_t
sleepword(struct leaver *w)
{
	uint32_t word = 0;

	mutex_enter(&w->mount->pmp_lock);
	if (w->park->park_waiter != NULL)
		word = puffsmsg__load32(&w->park->park_waiter->l_sleepword);
	mutex_exit(&w->mount->pmp_lock);
	return word;
}

/* A signal that ends a sleep has done so when kill returns. */
static void
kill_without_effect(struct leaver *w, int sig)
{
	uint32_t word = sleepword(w);

	assert_int_not_equal(word, 0);
	fix_kill(&w->t, sig);
	assert_int_equal(sleepword(w), word);
}

/* Replies with EPERM, if there is something to reply to. */
static void
serve_if_any(void)
{
	struct fix_frame f;

	if (fix_getout(fix_mount, &f) != 0)
		return;
	fix_releaseout(fix_mount, &f, 0);
	(void)fix_reply(fix_mount, &f, EPERM);
}

static void
expect_not_interrupted_by(int sig)
{
	uint32_t before, after;
	struct leaver w;

	leaver_start(&w, fix_mount);
	before = sleepword(&w);
	fix_kill(&w.t, sig);
	after = sleepword(&w);
	serve_if_any();
	fix_join(&w.t);
	puffs_msgmem_release(w.park);
	assert_int_equal(after, before);
	assert_int_equal(w.error, EPERM);
	assert_int_equal(w.taken, sig);
}

static void
no_other_signal_interrupts(void **state)
{
	(void)state;
	for (int sig = 1; sig < PUFFSMSG_NSIG; sig++) {
		if (!is_interrupting(sig) && sig != SIGSTOP)
			expect_not_interrupted_by(sig);
	}
}

/* It cannot be blocked by anybody else. */
static void
sigstop_does_not_interrupt(void **state)
{
	(void)state;
	expect_not_interrupted_by(SIGSTOP);
}

static void
blocked_signals_do_not_interrupt_and_stay_blocked(void **state)
{
	struct leaver w;

	(void)state;
	leaver_init(&w, fix_mount);
	w.blocked = SIGINT;
	gate_pass(&w.before);
	fix_start(&w.t, leaver_main, &w);
	fix_until_waiting(fix_mount, w.park);
	kill_without_effect(&w, SIGINT);
	fix_serve(fix_mount, 0);
	leaver_end(&w, 0, 0);
}

static void
ignored_signals_do_not_interrupt(void **state)
{
	struct leaver w;

	(void)state;
	assert_int_equal(puffsmsg_proc_sigignore(SIGHUP, true), 0);
	leaver_start(&w, fix_mount);
	kill_without_effect(&w, SIGHUP);
	fix_serve(fix_mount, 0);
	leaver_end(&w, 0, 0);
}

/* Between enqueue and wait. */
static void
signal_that_is_pending_interrupts_at_once(void **state)
{
	struct leaver w;

	(void)state;
	leaver_init(&w, fix_mount);
	fix_start(&w.t, leaver_main, &w);
	fix_kill(&w.t, SIGQUIT);
	gate_pass(&w.before);
	leaver_end(&w, EINTR, SIGQUIT);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
}

static void
message_that_is_done_is_not_interrupted(void **state)
{
	struct leaver w;

	(void)state;
	leaver_init(&w, fix_mount);
	fix_start(&w.t, leaver_main, &w);
	fix_serve(fix_mount, ENOENT);
	fix_kill(&w.t, SIGINT);
	gate_pass(&w.before);
	leaver_end(&w, ENOENT, SIGINT);
}

static void
wait_that_is_not_interruptible_is_not_interrupted(void **state)
{
	struct leaver w;

	(void)state;
	leaver_init(&w, fix_mount);
	w.how = 0;
	gate_pass(&w.before);
	fix_start(&w.t, leaver_main, &w);
	fix_until_waiting(fix_mount, w.park);
	kill_without_effect(&w, SIGKILL);
	fix_serve(fix_mount, 0);
	leaver_end(&w, 0, SIGKILL);
}

static void
deadline_that_passes_is_etimedout(void **state)
{
	struct leaver w;

	(void)state;
	leaver_init(&w, fix_mount);
	w.deadline = puffsmsg__clock() + UINT64_C(3600000000000);
	gate_pass(&w.before);
	fix_start(&w.t, leaver_main, &w);
	fix_until_waiting(fix_mount, w.park);
	fix_clock_advance(UINT64_C(3600000000000));
	leaver_end(&w, ETIMEDOUT, 0);
	assert_int_equal(fix_stats(fix_mount).timedout, 1);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
}

static void
deadline_that_has_passed_is_etimedout_unless_the_message_is_done(void **state)
{
	struct leaver w;

	(void)state;
	for (int served = 0; served < 2; served++) {
		leaver_init(&w, fix_mount);
		w.deadline = 1;
		if (served)
			fix_serve(fix_mount, EIO);
		gate_pass(&w.before);
		fix_start(&w.t, leaver_main, &w);
		leaver_end(&w, served ? EIO : ETIMEDOUT, 0);
	}
}

/*
 * A mount whose replies stay claimed until the test lets them complete.
 */
static struct gate claimed, letgo;

static int
slow_out(void *arg, const struct puffs_req *msg, size_t len,
    struct puffs_req **newmsg, size_t *newlen, int cansleep)
{
	(void)arg;
	*newmsg = puffsmsg_translate_alloc(len, cansleep);
	*newlen = len;
	memcpy(*newmsg, msg, len);
	return 0;
}

static int
slow_in(void *arg, const struct puffs_req *reply, size_t replylen,
    struct puffs_req *orig, size_t origlen)
{
	(void)arg;
	(void)reply;
	(void)replylen;
	(void)orig;
	(void)origlen;
	gate_pass(&claimed);
	gate_await(&letgo, 1);
	return 0;
}

static const struct puffsmsg_translation slow = {
	.size = sizeof(slow),
	.out = slow_out,
	.in = slow_in,
};

static struct puffs_mount *
slow_mount(void)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	gate_init(&claimed);
	gate_init(&letgo);
	opt.translation = &slow;
	return fix_mount_new(&opt);
}

struct server {
	struct fix_thread t;
	struct puffs_mount *mount;
	struct fix_frame f;
	int error;
};

static void
server_main(void *arg)
{
	struct server *s = arg;

	s->error = puffsmsg_dispatch(s->mount, s->f.bytes, s->f.len);
}

/* The reply with EPERM to the oldest message is in progress. */
static void
server_start(struct server *s, struct puffs_mount *mount)
{
	struct fix_frame f;

	fix_take(mount, &f);
	fix_make_reply(&f, EPERM, 0);
	memset(s, 0, sizeof(*s));
	s->mount = mount;
	s->f = f;
	fix_start(&s->t, server_main, s);
	gate_await(&claimed, 1);
}

static void
server_end(struct server *s)
{
	gate_pass(&letgo);
	fix_join(&s->t);
	assert_int_equal(s->error, 0);
}

static void
reply_that_was_claimed_beats_the_signal_which_stays_pending(void **state)
{
	struct puffs_mount *mount = slow_mount();
	struct server s;
	struct leaver w;

	(void)state;
	leaver_start(&w, mount);
	server_start(&s, mount);
	fix_kill(&w.t, SIGINT);
	server_end(&s);
	leaver_end(&w, EPERM, SIGINT);
	assert_int_equal(fix_stats(mount).replied, 1);
	assert_int_equal(fix_stats(mount).interrupted, 0);
	fix_mount_free(mount);
}

static void
reply_that_was_claimed_beats_the_deadline(void **state)
{
	struct puffs_mount *mount = slow_mount();
	struct server s;
	struct leaver w;

	(void)state;
	leaver_init(&w, mount);
	w.deadline = puffsmsg__clock() + UINT64_C(3600000000000);
	gate_pass(&w.before);
	fix_start(&w.t, leaver_main, &w);
	fix_until_waiting(mount, w.park);
	server_start(&s, mount);
	fix_clock_advance(UINT64_C(3600000000000));
	server_end(&s);
	leaver_end(&w, EPERM, 0);
	assert_int_equal(fix_stats(mount).timedout, 0);
	fix_mount_free(mount);
}

static void
reply_that_was_claimed_beats_the_death(void **state)
{
	struct puffs_mount *mount = slow_mount();
	struct server s;
	struct leaver w;

	(void)state;
	leaver_start(&w, mount);
	server_start(&s, mount);
	puffs_userdead(mount);
	assert_int_equal(fix_stats(mount).claimed, 1);
	server_end(&s);
	leaver_end(&w, EPERM, 0);
	fix_mount_free(mount);
}

static void
signal_that_came_first_beats_the_reply(void **state)
{
	struct fix_frame f;
	struct leaver w;

	(void)state;
	leaver_start(&w, fix_mount);
	fix_take(fix_mount, &f);
	fix_kill(&w.t, SIGINT);
	fix_until_state(fix_mount, w.park, PARK_REPLYWAIT);
	fix_join(&w.t);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(w.error, EINTR);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	puffs_msgmem_release(w.park);
}

/*
 * As puffsmsg_read does, but stopped in the middle.
 */
static void
copy_begin(struct leaver *w)
{
	mutex_enter(&w->mount->pmp_lock);
	puffsmsg__park_setstate(w->mount, w->park, PARK_COPYING, 0);
	mutex_exit(&w->mount->pmp_lock);
}

static bool
is_leaving(struct leaver *w)
{
	bool is;

	mutex_enter(&w->mount->pmp_lock);
	is = (w->park->park_flags & PARKF_LEAVING) != 0 &&
	    w->park->park_waiter != NULL;
	mutex_exit(&w->mount->pmp_lock);
	return is;
}

static void
until_leaving(struct leaver *w)
{
	while (!is_leaving(w))
		sched_yield();
}

static void
copy_end(struct leaver *w)
{
	void *token;

	mutex_enter(&w->mount->pmp_lock);
	puffsmsg__idtable_insert(&w->mount->pmp_ids, w->park);
	puffsmsg__park_setstate(w->mount, w->park, PARK_REPLYWAIT, 0);
	w->park->park_flags &= ~PARKF_LEAVING;
	token = puffsmsg__sleep_claim(w->park->park_waiter);
	mutex_exit(&w->mount->pmp_lock);
	puffsmsg__sleep_unblock(token);
}

static void
signal_during_a_copy_waits_for_its_end(void **state)
{
	struct leaver w;

	(void)state;
	leaver_start(&w, fix_mount);
	copy_begin(&w);
	fix_kill(&w.t, SIGINT);
	until_leaving(&w);
	assert_int_equal(w.park->park_state, PARK_COPYING);
	copy_end(&w);
	fix_join(&w.t);
	assert_int_equal(w.error, EINTR);
	assert_int_equal(w.taken, SIGINT);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	puffs_msgmem_release(w.park);
}

static void
death_during_a_copy_beats_the_signal(void **state)
{
	struct leaver w;

	(void)state;
	leaver_start(&w, fix_mount);
	copy_begin(&w);
	fix_kill(&w.t, SIGINT);
	until_leaving(&w);
	mutex_enter(&fix_mount->pmp_lock);
	puffsmsg__claim(fix_mount, w.park);
	mutex_exit(&fix_mount->pmp_lock);
	assert_int_equal(puffsmsg__end(fix_mount, w.park, END_DEAD, ENXIO, NULL,
			     0),
	    END_DEAD);
	leaver_end(&w, ENXIO, SIGINT);
}

/*
 * A thread whose clean-up releases its park, as the header asks for.
 */
static void
clean(void *arg)
{
	struct leaver *w = arg;

	w->again = puffs_msg_wait(w->mount, w->park);
	w->taken = puffsmsg_lwp_sigtake();
	w->bound = fix_stats(w->mount).done > 0;
	puffs_msgmem_release(w->park);
	w->cleaned = true;
}

static void
cleaner_main(void *arg)
{
	struct leaver *w = arg;

	fix_plain_block_passes(&w->awaits);
	pthread_cleanup_push(clean, w);
	w->error = puffs_msg_wait(w->mount, w->park);
	pthread_cleanup_pop(0);
}

static void
cleaner_start(struct leaver *w, struct puffs_mount *mount)
{
	leaver_init(w, mount);
	fix_start(&w->t, cleaner_main, w);
	fix_until_waiting(mount, w->park);
}

static void
cleaner_cancel(struct leaver *w)
{
	fix_cancel(&w->t);
	assert_true(w->cleaned);
	assert_int_equal(w->error, -1);
}

static void
cancelled_wait_gives_up_what_the_server_has_not_seen(void **state)
{
	struct leaver w;

	(void)state;
	cleaner_start(&w, fix_mount);
	cleaner_cancel(&w);
	assert_int_equal(w.again, EINTR);
	assert_int_equal(fix_stats(fix_mount).cancelled, 1);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	fix_assert_empty(fix_mount);
}

static void
cancelled_wait_gives_up_what_is_in_hand(void **state)
{
	struct fix_frame f;
	struct leaver w;

	(void)state;
	cleaner_start(&w, fix_mount);
	fix_hold(fix_mount, &f);
	cleaner_cancel(&w);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_stats(fix_mount).late, 1);
	fix_assert_empty(fix_mount);
}

static void
cancelled_wait_gives_up_what_waits_for_its_reply(void **state)
{
	struct fix_frame f;
	struct leaver w;

	(void)state;
	cleaner_start(&w, fix_mount);
	fix_take(fix_mount, &f);
	cleaner_cancel(&w);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_stats(fix_mount).cancelled, 1);
	fix_assert_empty(fix_mount);
}

static void
cancelled_wait_restores_the_signal_mask(void **state)
{
	struct leaver w;

	(void)state;
	cleaner_start(&w, fix_mount);
	fix_kill(&w.t, SIGUSR1);
	cleaner_cancel(&w);
	assert_int_equal(w.taken, SIGUSR1);
}

static void
cancelled_wait_awaits_a_reply_that_was_claimed(void **state)
{
	struct puffs_mount *mount = slow_mount();
	struct server s;
	struct leaver w;

	(void)state;
	cleaner_start(&w, mount);
	server_start(&s, mount);
	assert_int_equal(pthread_cancel(w.t.thread), 0);
	gate_await(&w.awaits, 1);
	server_end(&s);
	fix_join(&w.t);
	assert_true(w.cleaned);
	assert_false(w.bound);
	assert_int_equal(w.again, EPERM);
	assert_int_equal(fix_stats(mount).replied, 1);
	assert_int_equal(fix_stats(mount).cancelled, 0);
	fix_mount_free(mount);
}

static void
wait_may_be_no_cancellation_point(void **state)
{
	struct leaver w;

	(void)state;
	for (unsigned how = 0; how <= WAIT_SIG; how += WAIT_SIG) {
		leaver_init(&w, fix_mount);
		w.how = how;
		gate_pass(&w.before);
		fix_start(&w.t, leaver_main, &w);
		fix_until_waiting(fix_mount, w.park);
		assert_int_equal(pthread_cancel(w.t.thread), 0);
		fix_spurious(fix_mount, w.park);
		fix_serve(fix_mount, EPERM);
		fix_join(&w.t);
		assert_int_equal(w.error, EPERM);
		puffs_msgmem_release(w.park);
	}
}

static void
wait_may_be_a_cancellation_point_and_not_interruptible(void **state)
{
	struct leaver w;

	(void)state;
	leaver_init(&w, fix_mount);
	w.how = WAIT_CANCEL;
	gate_pass(&w.before);
	fix_start(&w.t, leaver_main, &w);
	fix_until_waiting(fix_mount, w.park);
	kill_without_effect(&w, SIGINT);
	fix_cancel(&w.t);
	assert_int_equal(fix_stats(fix_mount).cancelled, 1);
	puffs_msgmem_release(w.park);
}

static void
cancelled_getout_leaves_nothing_behind(void **state)
{
	struct fix_reader r;

	(void)state;
	fix_read_start(&r, fix_mount);
	fix_until_readers(fix_mount, 1);
	fix_cancel(&r.t);
	assert_false(r.returned);
	fix_until_readers(fix_mount, 0);
	assert_int_equal(fix_stats(fix_mount).references, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(five_signals_interrupt_and_stay_pending),
		TEST(signal_of_the_process_interrupts_one_waiter),
		TEST(no_other_signal_interrupts),
		TEST(sigstop_does_not_interrupt),
		TEST(blocked_signals_do_not_interrupt_and_stay_blocked),
		TEST(ignored_signals_do_not_interrupt),
		TEST(signal_that_is_pending_interrupts_at_once),
		TEST(message_that_is_done_is_not_interrupted),
		TEST(wait_that_is_not_interruptible_is_not_interrupted),
		TEST(deadline_that_passes_is_etimedout),
		TEST(
		    deadline_that_has_passed_is_etimedout_unless_the_message_is_done),
		TEST(
		    reply_that_was_claimed_beats_the_signal_which_stays_pending),
		TEST(reply_that_was_claimed_beats_the_deadline),
		TEST(reply_that_was_claimed_beats_the_death),
		TEST(signal_that_came_first_beats_the_reply),
		TEST(signal_during_a_copy_waits_for_its_end),
		TEST(death_during_a_copy_beats_the_signal),
		TEST(cancelled_wait_gives_up_what_the_server_has_not_seen),
		TEST(cancelled_wait_gives_up_what_is_in_hand),
		TEST(cancelled_wait_gives_up_what_waits_for_its_reply),
		TEST(cancelled_wait_restores_the_signal_mask),
		TEST(cancelled_wait_awaits_a_reply_that_was_claimed),
		TEST(wait_may_be_no_cancellation_point),
		TEST(wait_may_be_a_cancellation_point_and_not_interruptible),
		TEST(cancelled_getout_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
