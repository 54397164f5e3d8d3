/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * How long ends of a mount take, what interrupts them, and what a refusal
 * leaves as it was.  Time is virtual, so that a grace time is exactly that.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sys/kernel.h>

#include "lifecycle.h"
#include "outcome.h"

/* What sleeps for ticks may sleep for one and a part of one more. */
#define TICK_NS (UINT64_C(1000000000) / (uint64_t)hz)

/* Its server asks, and the program's own callback is what unmounts. */
struct host_unmount {
	int rv;        /* it returns that, and does not unmount; 0: it does */
	bool holds;    /* its thread is held */
	unsigned runs; /* so far */
};

static int
host_unmounts(void *arg, struct puffs_mount *mount)
{
	struct host_unmount *hu = arg;

	hu->runs++;
	if (hu->holds)
		ls_hold();
	if (hu->rv != 0)
		return hu->rv;
	return puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE);
}

/*
 * Another of the program's callbacks takes the occasion.
 */
static int
host_purges(void *arg)
{
	struct host_unmount *hu = arg;

	hu->runs++;
	hu->rv = puffsmsg_mount_unmount(fix_mount, PUFFSMSG_MNT_FORCE);
	return 0;
}

static int
mount_state(void)
{
	return puffsmsg_mount_state(fix_mount);
}

/*
 * Lets time pass until the call has returned.  How long that took.
 */
static uint64_t
time_until_returned(struct life_call *c)
{
	uint64_t all = 0, ns;

	while (!life_returned(c)) {
		ns = ls_next();
		assert_int_not_equal(ns, 0);
		ls_advance(ns);
		ls_settle();
		all += ns;
	}
	return all;
}

static void
join(struct life_call *c)
{
	life_finish(c->life, c, 1);
}

/*
 * Neither a nanosecond less than the grace time, nor one more.
 */
static void
silent_for(enum life_world world)
{
	struct life lf;
	struct life_call c;

	life_begin(&lf, world, NULL);
	life_freesop(&lf);
	life_call(&lf, &c, FORCED, 0);
	assert_int_equal(ls_next(), LIFE_GRACE);
	ls_advance(LIFE_GRACE - 1);
	ls_settle();
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_false(life_returned(&c));
	ls_advance(1);
	ls_settle();
	assert_true(life_returned(&c));
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	join(&c);
	assert_int_equal(c.error, 0);
	assert_int_equal(fix_stats(fix_mount).timedout, 1);
	assert_int_equal(fix_stats(fix_mount).abandoned, 0);
	life_end(&lf);
}

static void
a_forced_unmount_waits_for_exactly_the_grace_time(void **state)
{
	(void)state;
	silent_for(MUTE);
	silent_for(SILENT);
}

/*
 * A plain unmount has all the time there is.
 */
static void
a_plain_unmount_waits_for_ever(void **state)
{
	struct life lf;
	struct life_call c;

	(void)state;
	life_begin(&lf, MUTE, NULL);
	life_freesop(&lf);
	life_call(&lf, &c, PLAIN, 0);
	assert_int_equal(ls_next(), 0);
	ls_advance(UINT64_C(1000000) * LIFE_GRACE);
	ls_settle();
	assert_false(life_returned(&c));
	join(&c);
	assert_int_equal(c.error, EINTR);
	life_end(&lf);
}

/*
 * The second has been there for as long as the grace time when it loses its
 * patience with the first: then the server is lost.
 */
static void
who_forces_waits_for_a_plain_unmount(enum life_op op)
{
	struct life_call c[2];
	struct life lf;
	uint64_t ns;

	life_begin(&lf, MUTE, NULL);
	life_freesop(&lf);
	life_call(&lf, &c[0], PLAIN, 0);
	life_call(&lf, &c[1], op, 0);
	ls_advance(LIFE_GRACE - 1);
	ls_settle();
	assert_false(life_returned(&c[0]));
	assert_false(life_returned(&c[1]));
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	ns = LIFE_GRACE - 1 + time_until_returned(&c[1]);
	assert_in_range(ns, LIFE_GRACE, LIFE_GRACE + 2 * TICK_NS);
	life_finish(&lf, c, 2);
	assert_int_equal(c[0].error, 0);
	assert_int_equal(c[1].error, 0);
	assert_int_equal(atomic_load(&lf.asked), 1);
	life_end(&lf);
}

static void
a_forced_one_bears_with_a_plain_one_for_the_grace_time(void **state)
{
	(void)state;
	who_forces_waits_for_a_plain_unmount(FORCED);
	who_forces_waits_for_a_plain_unmount(DESTROY);
}

/*
 * The first leaves in the last moment: the second asks, and now that has the
 * grace time.
 */
static void
two_grace_times_are_the_most(void **state)
{
	struct life_call c[2];
	struct life lf;

	(void)state;
	life_begin(&lf, MUTE, NULL);
	life_freesop(&lf);
	life_call(&lf, &c[0], PLAIN, 0);
	life_call(&lf, &c[1], FORCED, 0);
	ls_advance(LIFE_GRACE - 1);
	ls_settle();
	assert_true(life_interrupt(&lf, &c[0]));
	assert_true(life_returned(&c[0]));
	assert_int_equal(atomic_load(&lf.asked), 2);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	assert_int_equal(time_until_returned(&c[1]), LIFE_GRACE);
	life_finish(&lf, c, 2);
	assert_int_equal(c[0].error, EINTR);
	assert_int_equal(c[1].error, 0);
	life_end(&lf);
}

/*
 * The server's own: it has the grace time to read the answer, and then to
 * answer the question.
 */
static void
a_server_that_asks_and_does_not_read(void **state)
{
	struct life_call c;
	struct life lf;
	uint64_t ns;

	(void)state;
	life_begin(&lf, SILENT, NULL);
	life_call(&lf, &c, SERVER, 0);
	ls_advance(LIFE_GRACE - 1);
	ls_settle();
	/* The answer alone is queued: it has not been given up. */
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
	ns = LIFE_GRACE - 1 + time_until_returned(&c);
	assert_in_range(ns, 2 * LIFE_GRACE, 2 * LIFE_GRACE + 2 * TICK_NS);
	join(&c);
	life_end(&lf);
}

static void
a_server_that_asks_and_reads(void **state)
{
	struct life_call c;
	struct life lf;

	(void)state;
	life_begin(&lf, MUTE, NULL);
	life_call(&lf, &c, SERVER, 0);
	assert_int_equal(atomic_load(&lf.heard), 1);
	assert_int_equal(atomic_load(&lf.asked), 1);
	assert_int_equal(time_until_returned(&c), LIFE_GRACE);
	join(&c);
	life_end(&lf);
}

/*
 * It asks, has its answer in hand, and only then is there time for more.
 */
static void
the_answer_counts_as_read_when_it_is_given_back(void **state)
{
	struct life_call c;
	struct fix_frame f;
	struct life lf;

	(void)state;
	life_begin(&lf, SILENT, NULL);
	life_call(&lf, &c, SERVER, 0);
	fix_hold(fix_mount, &f);
	ls_settle();
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
	fix_releaseout(fix_mount, &f, 0);
	ls_settle();
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
	join(&c);
	life_end(&lf);
}

static const int interrupting[] = { SIGINT, SIGTERM, SIGKILL, SIGHUP, SIGQUIT };
#define NINTERRUPTING (sizeof(interrupting) / sizeof(interrupting[0]))

static void
interrupted_by(int sig, bool second)
{
	struct life_call c[2];
	struct life lf;
	struct life_call *last = &c[second ? 1 : 0];

	life_begin(&lf, MUTE, NULL);
	life_freesop(&lf);
	life_call(&lf, &c[0], PLAIN, 0);
	if (second)
		life_call(&lf, &c[1], PLAIN, 0);
	assert_int_equal(puffsmsg_lwp_kill(last->own.lid, SIGUSR1), 0);
	ls_settle();
	assert_false(life_returned(last));
	assert_int_equal(puffsmsg_lwp_kill(last->own.lid, sig), 0);
	ls_settle();
	assert_true(life_returned(last));
	assert_int_equal(last->error, EINTR);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	life_finish(&lf, c, second ? 2 : 1);
	assert_int_equal(fix_stats(fix_mount).interrupted, 1);
	life_end(&lf);
}

static void
a_plain_unmount_is_interrupted(void **state)
{
	(void)state;
	for (size_t i = 0; i < NINTERRUPTING; i++) {
		interrupted_by(interrupting[i], false);
		interrupted_by(interrupting[i], true);
	}
}

/*
 * A signal comes wherever it is: it is interrupted, and the mount RUNNING as
 * it was, or it is not.
 */
static bool
signal_at(enum life_op op, unsigned n, bool *interrupted)
{
	struct life_call c;
	struct life lf;
	bool held;

	life_begin(&lf, AGREES, NULL);
	life_freesop(&lf);
	life_call(&lf, &c, op, n);
	held = life_held(&c);
	if (held)
		assert_int_equal(puffsmsg_lwp_kill(c.own.lid, SIGTERM), 0);
	life_go(&c);
	join(&c);
	if (c.error == EINTR) {
		*interrupted = true;
		assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
		life_call(&lf, &c, op, 0);
		join(&c);
	}
	assert_int_equal(c.error, 0);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	if (op == FORCED) /* which does not spare the server the question */
		assert_int_equal(atomic_load(&lf.asked), 1);
	life_end(&lf);
	return held;
}

static bool
signal_anywhere(enum life_op op)
{
	bool interrupted = false;
	unsigned n = 1;

	while (signal_at(op, n, &interrupted))
		n++;
	assert_true(n > 5);
	return interrupted;
}

static void
a_signal_at_any_place(void **state)
{
	(void)state;
	assert_true(signal_anywhere(PLAIN));
	assert_false(signal_anywhere(FORCED));
	assert_false(signal_anywhere(CLOSE));
}

/*
 * What was on its way is not touched, and another may try.
 */
static void
a_refusal_leaves_everything_as_it_was(void **state)
{
	struct puffs_msgpark *park;
	struct life_call c;
	struct life lf;

	(void)state;
	life_begin(&lf, REFUSES, NULL);
	life_freesop(&lf);
	park = fix_send(fix_mount);
	ls_settle();
	for (unsigned i = 1; i <= 3; i++) {
		life_call(&lf, &c, PLAIN, 0);
		join(&c);
		assert_int_equal(c.error, EBUSY);
		assert_int_equal(atomic_load(&lf.asked), i);
		assert_int_equal(fix_stats(fix_mount).replywait, 1);
		assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	}
	assert_int_equal(fix_reply(fix_mount, &lf.kept, EDOM), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EDOM);
	puffs_msgmem_release(park);
	outcome_is(fix_mount, (struct outcome){ .replied = 4 });
	life_end(&lf);
}

/*
 * Each that waits asks in its turn, and each is told.
 */
static void
many_are_refused(void **state)
{
	struct life_call c[5];
	struct life lf;

	(void)state;
	life_begin(&lf, MUTE, NULL);
	life_freesop(&lf);
	for (int i = 0; i < 5; i++)
		life_call(&lf, &c[i], PLAIN, 0);
	assert_int_equal(atomic_load(&lf.asked), 1);
	lf.world = REFUSES;
	assert_int_equal(puffsmsg_lwp_kill(c[0].own.lid, SIGINT), 0);
	life_finish(&lf, c, 5);
	assert_int_equal(c[0].error, EINTR);
	for (int i = 1; i < 5; i++)
		assert_int_equal(c[i].error, EBUSY);
	assert_int_equal(atomic_load(&lf.asked), 5);
	assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
	life_end(&lf);
}

static void
host_begin(struct life *lf, struct host_unmount *hu)
{
	static struct puffsmsg_fsops ops = { .size = sizeof(ops),
		.purgeall = host_purges,
		.unmount = host_unmounts };
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	opt.fsops = &ops;
	opt.fsarg = hu;
	life_begin(lf, AGREES, &opt);
}

/*
 * The mount stays, and its sop thread serves on; at last the host can.
 */
static void
the_host_fails_to_unmount(void **state)
{
	struct host_unmount hu = { .rv = EBUSY };
	struct life_call c;
	struct life lf;

	(void)state;
	host_begin(&lf, &hu);
	for (unsigned i = 1; i <= 3; i++) {
		life_call(&lf, &c, SERVER, 0);
		assert_int_equal(c.error, 0);
		assert_int_equal(hu.runs, i);
		assert_int_equal(atomic_load(&lf.heard), i);
		assert_int_equal(mount_state(), PUFFSTAT_RUNNING);
		assert_int_equal(ls_state(&lf.sop), LS_ASLEEP);
	}
	assert_int_equal(fix_stats(fix_mount).references, 2); /* the server */
	hu.rv = 0;
	life_call(&lf, &c, SERVER, 0);
	join(&c);
	assert_int_equal(hu.runs, 4);
	assert_int_equal(atomic_load(&lf.asked), 1);
	life_end(&lf);
}

/*
 * Somebody else ends the mount while the host is at it, and then the host says
 * that it could not, or does it, too.
 */
static void
ended_meanwhile(enum life_op op, int rv)
{
	struct host_unmount hu = { .rv = rv, .holds = true };
	struct life_call c[2];
	struct life lf;

	host_begin(&lf, &hu);
	life_call(&lf, &c[0], SERVER, 0);
	assert_true(life_held(&c[0]));
	life_call(&lf, &c[1], op, 0);
	assert_true(op == DESTROY || life_returned(&c[1]));
	life_go(&c[0]);
	if (op == LOSS && rv != 0)
		assert_int_equal(ls_state(&lf.sop), LS_ASLEEP);
	else
		life_finish(&lf, c, 2);
	if (op == LOSS && rv != 0)
		life_finish(&lf, &c[1], 1);
	assert_int_equal(c[1].error, 0);
	assert_int_equal(hu.runs, 1);
	life_end(&lf);
}

static void
the_mount_ends_while_the_host_is_at_it(void **state)
{
	static const enum life_op ops[] = { PLAIN, FORCED, CLOSE, LOSS,
		DESTROY };

	(void)state;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		ended_meanwhile(ops[i], 0);
		ended_meanwhile(ops[i], EBUSY);
	}
}

static void
a_callback_on_the_sop_thread_unmounts(void **state)
{
	struct host_unmount hu = { .rv = -1 };
	struct life lf;

	(void)state;
	host_begin(&lf, &hu);
	life_freesop(&lf);
	assert_int_equal(srv_flush(fix_mount, 1, PUFFS_INVAL_NAMECACHE_ALL, 0,
			     0, 0),
	    0);
	ls_settle();
	assert_int_equal(hu.runs, 1);
	assert_int_equal(hu.rv, 0);
	assert_int_equal(atomic_load(&lf.asked), 1);
	assert_int_equal(atomic_load(&lf.heard), 0);
	assert_int_equal(ls_state(&lf.sop), LS_ENDED);
	assert_int_equal(fix_stats(fix_mount).lost, 1);
	life_end(&lf);
}

/*
 * It is started while it ends: whether that comes in time or not, it ends.
 */
static bool
started_at(enum life_op op, unsigned n, bool *started)
{
	struct life_call c;
	struct life lf;
	bool held;
	int error;

	life_begin(&lf, UNSTARTED, NULL);
	life_freesop(&lf);
	life_call(&lf, &c, op, n);
	held = life_held(&c);
	error = puffsmsg_mount_start(fix_mount);
	assert_true(error == 0 || error == ENXIO);
	*started |= error == 0;
	life_go(&c);
	if (!life_returned(&c)) {
		assert_int_equal(error, 0);
		puffs_userdead(fix_mount); /* it asks, and nobody reads */
	}
	join(&c);
	assert_int_equal(c.error, 0);
	assert_int_equal(mount_state(), PUFFSTAT_DYING);
	life_end(&lf);
	return held;
}

static void
a_mount_is_started_while_it_ends(void **state)
{
	static const enum life_op ops[] = { PLAIN, FORCED, CLOSE, LOSS };
	bool started;
	unsigned n;

	(void)state;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		started = false;
		n = 1;
		while (started_at(ops[i], n, &started))
			n++;
		assert_true(started);
	}
}

/*
 * A mount that nobody has ended is by its destroy, which then waits for what
 * still keeps it, and no longer.
 */
static void
destroy_waits_for_the_last_reference(void **state)
{
	struct puffs_msgpark *park[2];
	struct life_call c;
	struct fix_frame f;
	struct life lf;

	(void)state;
	life_begin(&lf, SILENT, NULL);
	life_freesop(&lf);
	for (int i = 0; i < 2; i++)
		park[i] = fix_send(fix_mount);
	fix_hold(fix_mount, &f);
	life_call(&lf, &c, DESTROY, 0);
	assert_int_equal(ls_next(), LIFE_GRACE);
	ls_advance(LIFE_GRACE);
	ls_settle();
	assert_int_equal(ls_state(c.t), LS_ASLEEP);
	assert_int_equal(puffs_msg_wait(fix_mount, park[0]), ENXIO);
	ls_settle();
	life_poke(&lf, &c);
	fix_releaseout(fix_mount, &f, 0);
	ls_settle();
	life_poke(&lf, &c);
	puffs_msgmem_release(park[1]);
	ls_settle();
	assert_true(life_returned(&c));
	join(&c);
	puffs_msgmem_release(park[0]);
	life_end(&lf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_forced_unmount_waits_for_exactly_the_grace_time),
		cmocka_unit_test(a_plain_unmount_waits_for_ever),
		cmocka_unit_test(
		    a_forced_one_bears_with_a_plain_one_for_the_grace_time),
		cmocka_unit_test(two_grace_times_are_the_most),
		cmocka_unit_test(a_server_that_asks_and_does_not_read),
		cmocka_unit_test(a_server_that_asks_and_reads),
		cmocka_unit_test(
		    the_answer_counts_as_read_when_it_is_given_back),
		cmocka_unit_test(a_plain_unmount_is_interrupted),
		cmocka_unit_test(a_signal_at_any_place),
		cmocka_unit_test(a_refusal_leaves_everything_as_it_was),
		cmocka_unit_test(many_are_refused),
		cmocka_unit_test(the_host_fails_to_unmount),
		cmocka_unit_test(the_mount_ends_while_the_host_is_at_it),
		cmocka_unit_test(a_callback_on_the_sop_thread_unmounts),
		cmocka_unit_test(a_mount_is_started_while_it_ends),
		cmocka_unit_test(destroy_waits_for_the_last_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
