/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/msgif/take.c: a wakeup that was meant for a message is never lost,
 * wherever the one that it was for is when it leaves.
 *
 * A reader's calls on the mount's lock: 1, taken and left before it sleeps;
 * 2, taken again when woken.
 */

#include <signal.h>
#include <string.h>

#include "actor.h"
#include "outcome.h"

/*
 * The first sleeper is the actor, and stops where it is told to; the second
 * sleeps behind it.
 */
struct pair {
	struct actor first;
	struct fix_reader second;
};

static void
pair_begin(struct pair *p, void (*call)(void *), enum stopper_call where,
    unsigned n)
{
	memset(p, 0, sizeof(*p));
	p->first.mount = fix_mount;
	actor_begin(&p->first, call, where, n);
	fix_until_readers(fix_mount, 1);
	fix_read_start(&p->second, fix_mount);
	fix_until_readers(fix_mount, 2);
}

/* A message that nobody waits for. */
static void
send_faf(int type)
{
	struct puffs_msgpark *park = fix_park(64, PUFFSOP_VN, type);

	puffs_msg_setfaf(park);
	puffs_msg_enqueue(fix_mount, park);
	puffs_msgmem_release(park);
}

/* The second reader gets the message, however the first one left. */
static void
second_gets(struct pair *p, int type)
{
	assert_int_equal(fix_read_join(&p->second), 0);
	assert_int_equal(p->second.frame.req.preq_optype, type);
	fix_until_readers(fix_mount, 0);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 0);
}

static void
first_gets(struct pair *p, int type)
{
	assert_int_equal(actor_end(&p->first), 0);
	assert_int_equal(p->first.frame.req.preq_optype, type);
	send_faf(type + 1);
	second_gets(p, type + 1);
}

/* The signal ended its sleep: the wakeup goes to the next at once. */
static void
interrupted_before_the_wakeup(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, actor_read, STOPPER_ENTER, 2);
	fix_kill(&p.first.s.t, SIGUSR1);
	stopper_await(&p.first.s);
	send_faf(1);
	second_gets(&p, 1);
	assert_int_equal(actor_end(&p.first), EINTR);
	assert_int_equal(p.first.sig, SIGUSR1);
}

/* The wakeup ended its sleep: it takes the message, the signal stays. */
static void
interrupted_after_the_wakeup(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, actor_read, STOPPER_ENTER, 2);
	send_faf(1);
	stopper_await(&p.first.s);
	fix_kill(&p.first.s.t, SIGUSR1);
	first_gets(&p, 1);
	assert_int_equal(p.first.sig, SIGUSR1);
}

/* It was interrupted, and finds a message that came meanwhile. */
static void
interrupted_and_there_is_a_message(void **state)
{
	struct actor a = { .mount = fix_mount };

	(void)state;
	actor_begin(&a, actor_read, STOPPER_ENTER, 2);
	fix_until_readers(fix_mount, 1);
	fix_kill(&a.s.t, SIGINT);
	stopper_await(&a.s);
	send_faf(1);
	assert_int_equal(actor_end(&a), 0);
	assert_int_equal(a.frame.req.preq_optype, 1);
	assert_int_equal(a.sig, SIGINT);
}

/* It was woken for a message that another has taken, and sleeps on. */
static void
the_message_has_gone_to_somebody_else(void **state)
{
	struct fix_frame f;
	struct pair p;

	(void)state;
	pair_begin(&p, actor_read, STOPPER_ENTER, 2);
	send_faf(1);
	stopper_await(&p.first.s);
	fix_take(fix_mount, &f);
	stopper_go(&p.first.s);
	p.first.held = false;
	fix_until_readers(fix_mount, 2);
	send_faf(2);
	assert_int_equal(fix_read_join(&p.second), 0);
	send_faf(3);
	assert_int_equal(actor_end(&p.first), 0);
	assert_int_equal(p.first.frame.req.preq_optype, 3);
}

/* Both the signal and the message are there, and the message goes. */
static void
interrupted_and_the_message_has_gone(void **state)
{
	struct actor a = { .mount = fix_mount };
	struct fix_frame f;

	(void)state;
	actor_begin(&a, actor_read, STOPPER_ENTER, 2);
	fix_until_readers(fix_mount, 1);
	fix_kill(&a.s.t, SIGINT);
	stopper_await(&a.s);
	send_faf(1);
	fix_take(fix_mount, &f);
	assert_int_equal(actor_end(&a), EINTR);
}

/*
 * It has been woken, but it is cancelled in its sleep all the same: the wakeup
 * is the next one's.
 */
static void
cancelled_after_the_wakeup(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, actor_read, STOPPER_BLOCK, 1);
	stopper_await(&p.first.s);
	send_faf(1);
	fix_until_readers(fix_mount, 1);
	assert_int_equal(pthread_cancel(p.first.s.t.thread), 0);
	actor_end_cancelled(&p.first);
	second_gets(&p, 1);
}

static void
cancelled_before_the_wakeup(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, actor_read, STOPPER_BLOCK, 1);
	stopper_await(&p.first.s);
	assert_int_equal(pthread_cancel(p.first.s.t.thread), 0);
	actor_end_cancelled(&p.first);
	fix_until_readers(fix_mount, 1);
	send_faf(1);
	second_gets(&p, 1);
}

/* It is woken before it has begun to sleep. */
static void
woken_on_the_way_into_the_sleep(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, actor_read, STOPPER_EXITED, 1);
	stopper_await(&p.first.s);
	send_faf(1);
	fix_until_readers(fix_mount, 1);
	first_gets(&p, 1);
}

static void
call_small(void *arg)
{
	struct actor *a = arg;

	a->error = puffsmsg_read(a->mount, a->frame.bytes, 63, 0,
	    &a->frame.len);
}

/*
 * The message is too long for the first: the second is woken as soon as that
 * is known.
 */
static void
too_long_for_the_one_that_was_woken(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, call_small, STOPPER_EXITED, 2);
	send_faf(1);
	stopper_await(&p.first.s);
	second_gets(&p, 1);
	assert_int_equal(actor_end(&p.first), EMSGSIZE);
	assert_int_equal(p.first.frame.len, 64);
}

static void
call_until(void *arg)
{
	struct actor *a = arg;
	uint32_t *stop = (uint32_t *)&a->rv;

	a->error = puffsmsg__read_until(a->mount, stop, a->frame.bytes,
	    sizeof(a->frame.bytes), &a->frame.len);
}

static void
stopped_after_the_wakeup(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, call_until, STOPPER_ENTER, 2);
	send_faf(1);
	stopper_await(&p.first.s);
	p.first.rv = 1;
	assert_int_equal(actor_end(&p.first), ECANCELED);
	second_gets(&p, 1);
}

/*
 * A kick ends the sleep of all; who need not stop sleeps again, and no wakeup
 * for a message is lost to it.
 */
static void
kicked_before_the_wakeup(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, call_until, STOPPER_ENTER, 2);
	puffsmsg__take_kick(fix_mount);
	stopper_await(&p.first.s);
	fix_until_readers(fix_mount, 1);
	send_faf(1);
	second_gets(&p, 1);
	stopper_go(&p.first.s);
	p.first.held = false;
	fix_until_readers(fix_mount, 1);
	send_faf(2);
	assert_int_equal(actor_end(&p.first), 0);
	assert_int_equal(p.first.frame.req.preq_optype, 2);
}

/* Whoever is to stop leaves at one kick, wherever it sleeps in the queue. */
static void
a_kick_reaches_all(void **state)
{
	struct actor readers[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		readers[i].mount = fix_mount;
		readers[i].rv = 0;
		actor_begin(&readers[i], call_until, STOPPER_ENTER, 2);
		fix_until_readers(fix_mount, i + 1);
	}
	puffsmsg__take_kick(fix_mount);
	fix_until_readers(fix_mount, 0);
	for (unsigned i = 0; i < 4; i++) {
		stopper_await(&readers[i].s);
		readers[i].rv = 1;
		assert_int_equal(actor_end(&readers[i]), ECANCELED);
	}
}

/* The mount died after the wakeup: there is nothing left to pass on. */
static void
dead_after_the_wakeup(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, actor_read, STOPPER_ENTER, 2);
	send_faf(1);
	stopper_await(&p.first.s);
	puffs_userdead(fix_mount);
	assert_int_equal(fix_read_join(&p.second), ENXIO);
	assert_int_equal(actor_end(&p.first), ENXIO);
	outcome_is(fix_mount, (struct outcome){ .faf_dead = 1 });
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(interrupted_before_the_wakeup),
		TEST(interrupted_after_the_wakeup),
		TEST(interrupted_and_there_is_a_message),
		TEST(the_message_has_gone_to_somebody_else),
		TEST(interrupted_and_the_message_has_gone),
		TEST(cancelled_after_the_wakeup),
		TEST(cancelled_before_the_wakeup),
		TEST(woken_on_the_way_into_the_sleep),
		TEST(too_long_for_the_one_that_was_woken),
		TEST(stopped_after_the_wakeup),
		TEST(kicked_before_the_wakeup),
		TEST(a_kick_reaches_all),
		TEST(dead_after_the_wakeup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
