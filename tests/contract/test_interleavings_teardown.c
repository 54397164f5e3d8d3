/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The ends of a mount meet: unmount plain and forced, close, an UNMOUNT of the
 * server's own.  Exactly one tears the mount down, all return, and all can be
 * said again.
 */

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "outcome.h"
#include "serverreq.h"

#define HOUR_MS (3600u * 1000u)

/*
 * A server that does not answer has all the time there is.
 */
static int
setup(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	(void)state;
	stopper_init();
	opt.grace_ms = HOUR_MS;
	fix_mount = fix_mount_new(&opt);
	return 0;
}

static bool
is_unmounting(void)
{
	bool is;

	mutex_enter(&fix_mount->pmp_lock);
	is = fix_mount->pmp_unmounting;
	mutex_exit(&fix_mount->pmp_lock);
	return is;
}

/*
 * Goes ahead, and is held as soon as it has the right to unmount.
 */
static void
hold_unmounting(struct actor *a, void (*fn)(void *))
{
	actor_hold(a, fn, STOPPER_EXITED, 1);
	while (!is_unmounting())
		stopper_step(&a->s, STOPPER_EXITED, &fix_mount->pmp_lock, 1);
}

/*
 * The sop thread too has found out that the mount is gone.
 */
static void
until_left_alone(void)
{
	while (fix_stats(fix_mount).references != 0)
		sched_yield();
}

/*
 * Everything once more: there is nothing left to be done.
 */
static void
all_again(void)
{
	until_left_alone();
	assert_int_equal(puffsmsg_mount_state(fix_mount), PUFFSTAT_DYING);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, 0), 0);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, PUFFSMSG_MNT_FORCE),
	    0);
	assert_int_equal(srv_request(fix_mount, PUFFSOP_UNMOUNT,
			     sizeof(struct puffs_req), 99),
	    ENXIO);
	puffs_userdead(fix_mount);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	fix_assert_empty(fix_mount);
}

/*
 * Unmounts that ask the server: by a caller, and by the sop thread.
 */
enum asker {
	PLAIN,
	FORCED,
	SERVER, /* asks for it itself */
	NASKERS,
};
static const char *const asker_names[] = { "plain", "forced", "server" };

static int
flags_of(enum asker who)
{
	return who == PLAIN ? 0 : PUFFSMSG_MNT_FORCE;
}

static void
ask(enum asker who, struct actor *a)
{
	if (who == SERVER) {
		assert_int_equal(srv_request(fix_mount, PUFFSOP_UNMOUNT,
				     sizeof(struct puffs_req), 1),
		    0);
		return;
	}
	a->mount = fix_mount;
	a->rv = flags_of(who);
	actor_start(a, actor_unmount);
}

/*
 * The answer to the server's own request is the first thing that it gets.
 */
static void
asked(enum asker who, struct fix_frame *f)
{
	if (who == SERVER)
		srv_expect_answer(fix_mount, 1, 0);
	srv_expect_unmount(fix_mount, f, flags_of(who));
}

static void
asker_returns(enum asker who, struct actor *a, int want)
{
	if (who != SERVER)
		assert_int_equal(actor_end(a), want);
}

/*
 * One asks, another comes and waits for it; what the server answers decides
 * whether the other must ask again.
 */
static void
second_asker(enum asker first, enum asker second, int answer)
{
	struct actor one = { .held = false }, two = { .held = false };
	struct fix_frame f;
	bool refused = first == PLAIN && answer != 0;

	setup(NULL);
	ask(first, &one);
	asked(first, &f);
	ask(second, &two);
	if (second == SERVER)
		srv_expect_answer(fix_mount, 1, 0);
	fix_until_cv(fix_mount);
	srv_expect_nothing(fix_mount);
	assert_int_equal(fix_reply(fix_mount, &f, answer), 0);
	asker_returns(first, &one, refused ? answer : 0);
	if (refused) {
		srv_expect_unmount(fix_mount, &f, flags_of(second));
		assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	}
	asker_returns(second, &two, 0);
	until_left_alone();
	outcome_is(fix_mount,
	    (struct outcome){ .replied = refused ? 2 : 1,
		.faf_done = first == SERVER || second == SERVER });
	all_again();
	fix_teardown(NULL);
}

static void
an_unmount_waits_for_another(void **state)
{
	(void)state;
	for (int first = 0; first < NASKERS; first++) {
		for (int second = 0; second < NASKERS; second++) {
			if (first == SERVER && second == SERVER)
				continue;
			print_message("  %s, %s\n", asker_names[first],
			    asker_names[second]);
			second_asker((enum asker)first, (enum asker)second, 0);
			second_asker((enum asker)first, (enum asker)second,
			    EBUSY);
		}
	}
}

/*
 * The second request of the server is answered, but not with success: the sop
 * thread is leaving when it comes.  In which order the answers are read is open.
 */
static void
the_server_asks_twice(void **state)
{
	struct fix_frame f, answers[2];

	(void)state;
	for (uint64_t id = 1; id <= 2; id++)
		assert_int_equal(srv_request(fix_mount, PUFFSOP_UNMOUNT,
				     sizeof(struct puffs_req), id),
		    0);
	for (int i = 0; i < 2; i++) {
		srv_next(fix_mount, &f);
		answers[f.req.preq_id & 1] = f;
	}
	assert_int_equal(answers[1].req.preq_id, SRV_ID(1));
	assert_int_equal(answers[1].req.preq_rv, 0);
	assert_int_equal(answers[0].req.preq_id, SRV_ID(2));
	assert_int_equal(answers[0].req.preq_rv, ENXIO);
	srv_expect_unmount(fix_mount, &f, PUFFSMSG_MNT_FORCE);
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, 0), 0);
	all_again();
}

/*
 * An unmount has asked, and is held where it is about to sleep; close frees
 * it, and waits for it.
 */
static void
close_during_unmount(int flags)
{
	struct actor unmount = { .mount = fix_mount, .rv = flags };
	struct actor closer = { .mount = fix_mount };
	struct fix_frame f;

	actor_hold(&unmount, actor_unmount, STOPPER_BLOCK, 1);
	srv_expect_unmount(fix_mount, &f, flags);
	actor_start(&closer, actor_close);
	fix_until_cv(fix_mount);
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENXIO);
	assert_int_equal(actor_end(&unmount), 0);
	assert_int_equal(actor_end(&closer), PUFFSMSG_ERESTART);
	outcome_is(fix_mount, (struct outcome){ .dead = 1 });
	all_again();
}

static void
close_during_a_plain_unmount(void **state)
{
	(void)state;
	close_during_unmount(0);
}

static void
close_during_a_forced_unmount(void **state)
{
	(void)state;
	close_during_unmount(PUFFSMSG_MNT_FORCE);
}

/*
 * The mount's condition is broadcast for other reasons too.
 */
static void
close_does_not_wait_for_just_anything(void **state)
{
	struct actor unmount = { .mount = fix_mount };
	struct actor closer = { .mount = fix_mount };
	struct fix_frame f;

	(void)state;
	actor_hold(&unmount, actor_unmount, STOPPER_BLOCK, 1);
	srv_expect_unmount(fix_mount, &f, 0);
	actor_hold(&closer, actor_close, STOPPER_BLOCK, 1);
	puffs_userdead(fix_mount);
	stopper_step(&closer.s, STOPPER_BLOCK, NULL, 1);
	assert_int_equal(actor_end(&unmount), 0);
	assert_int_equal(actor_end(&closer), PUFFSMSG_ERESTART);
	all_again();
}

/*
 * Close has freed the unmount, which has ended when close looks for it.
 */
static void
close_loses_sight_of_an_unmount(void **state)
{
	struct actor unmount = { .mount = fix_mount };
	struct actor closer = { .mount = fix_mount };
	struct fix_frame f;

	(void)state;
	actor_start(&unmount, actor_unmount);
	srv_expect_unmount(fix_mount, &f, 0);
	actor_hold(&closer, actor_close, STOPPER_EXITED, 1);
	while (puffsmsg_mount_state(fix_mount) != PUFFSTAT_DYING)
		stopper_step(&closer.s, STOPPER_EXITED, &fix_mount->pmp_lock,
		    1);
	stopper_step(&closer.s, STOPPER_ENTER, &fix_mount->pmp_lock, 2);
	assert_int_equal(actor_end(&unmount), 0);
	assert_int_equal(actor_end(&closer), 0);
	all_again();
}

/*
 * Who comes to a close that is tearing down waits for it.
 */
static void
second_during_close(void (*fn)(void *), int flags, int want)
{
	struct actor closer = { .mount = fix_mount };
	struct actor second = { .mount = fix_mount, .rv = flags };

	hold_unmounting(&closer, actor_close);
	assert_int_equal(puffsmsg_mount_state(fix_mount), PUFFSTAT_DYING);
	assert_int_equal(srv_request(fix_mount, PUFFSOP_UNMOUNT,
			     sizeof(struct puffs_req), 1),
	    ENXIO);
	actor_start(&second, fn);
	fix_until_cv(fix_mount);
	assert_int_equal(actor_end(&closer), 0);
	assert_int_equal(actor_end(&second), want);
	all_again();
}

static void
close_during_close(void **state)
{
	(void)state;
	second_during_close(actor_close, 0, PUFFSMSG_ERESTART);
}

static void
plain_unmount_during_close(void **state)
{
	(void)state;
	second_during_close(actor_unmount, 0, 0);
}

static void
forced_unmount_during_close(void **state)
{
	(void)state;
	second_during_close(actor_unmount, PUFFSMSG_MNT_FORCE, 0);
}

/*
 * The sop thread has the right to unmount, or comes for it, when the server's
 * end goes away; the transport calls until it is told 0.
 */
static void
close_during_an_unmount_of_the_servers(void **state)
{
	struct fix_frame f;
	int error;

	(void)state;
	ask(SERVER, NULL);
	asked(SERVER, &f);
	error = puffs_msgif_close(fix_mount);
	assert_true(error == 0 || error == PUFFSMSG_ERESTART);
	outcome_is(fix_mount, (struct outcome){ .dead = 1, .faf_done = 1 });
	all_again();
}

/*
 * As before, and the program's own callback is still to unmount.
 */
static void
close_before_the_callback_unmounts(void **state)
{
	struct fs fs;
	struct puffsmsg_mount_options opt;

	(void)state;
	stopper_init();
	fs_init(&fs);
	fs.unmounts = true;
	opt = fs_options(&fs);
	fix_mount = fix_mount_new(&opt);
	atomic_store(&fs.block, FS_UNMOUNT);
	ask(SERVER, NULL);
	srv_expect_answer(fix_mount, 1, 0);
	gate_await(&fs.blocked, 1);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	all_again();
	fs_release(&fs);
	gate_await(&fs.called, 1);
	all_again();
	fix_teardown(NULL);
	fs_expect(&fs, (const enum fs_call[]){ FS_UNMOUNT, 0 });
}

/*
 * The one that asks is interrupted: the one that waits asks.
 */
static void
an_interrupted_unmount_leaves_it_to_the_next(void **state)
{
	struct actor one = { .mount = fix_mount }, two = { .mount = fix_mount };
	struct fix_frame f;

	(void)state;
	actor_start(&one, actor_unmount);
	srv_expect_unmount(fix_mount, &f, 0);
	actor_start(&two, actor_unmount);
	fix_until_cv(fix_mount);
	fix_kill(&one.s.t, SIGINT);
	assert_int_equal(actor_end(&one), EINTR);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	srv_expect_unmount(fix_mount, &f, 0);
	assert_int_equal(puffsmsg_mount_state(fix_mount), PUFFSTAT_RUNNING);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(actor_end(&two), 0);
	outcome_is(fix_mount,
	    (struct outcome){ .replied = 1, .interrupted = 1, .late = 1 });
	all_again();
}

static void
an_unmount_that_waits_for_another_is_interrupted(void **state)
{
	struct actor one = { .mount = fix_mount }, two = { .mount = fix_mount };
	struct fix_frame f;

	(void)state;
	actor_start(&one, actor_unmount);
	srv_expect_unmount(fix_mount, &f, 0);
	actor_start(&two, actor_unmount);
	fix_until_cv(fix_mount);
	fix_kill(&two.s.t, SIGTERM);
	assert_int_equal(actor_end(&two), EINTR);
	assert_int_equal(two.sig, SIGTERM);
	assert_true(is_unmounting());
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(actor_end(&one), 0);
	all_again();
}

/*
 * The server agrees and dies at once, or the other way round: the unmount has
 * its way all the same.
 */
static void
agreed_and_dead(void **state)
{
	struct actor unmount = { .mount = fix_mount };
	struct actor death = { .mount = fix_mount };
	struct fix_frame f;

	(void)state;
	actor_start(&unmount, actor_unmount);
	srv_expect_unmount(fix_mount, &f, 0);
	actor_hold(&death, actor_userdead, STOPPER_EXITED, 1);
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), ENXIO);
	(void)actor_end(&death);
	assert_int_equal(actor_end(&unmount), 0);
	all_again();
}

/*
 * The server refuses, and dies before the refusal has been looked at.
 */
static void
refused_and_dead(void **state)
{
	struct actor unmount = { .mount = fix_mount };
	struct fix_frame f;

	(void)state;
	actor_hold(&unmount, actor_unmount, STOPPER_BLOCK, 1);
	srv_expect_unmount(fix_mount, &f, 0);
	assert_int_equal(fix_reply(fix_mount, &f, EBUSY), 0);
	puffs_userdead(fix_mount);
	assert_int_equal(actor_end(&unmount), 0);
	outcome_is(fix_mount, (struct outcome){ .replied = 1 });
	all_again();
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unmount_waits_for_another),
		TEST(the_server_asks_twice),
		TEST(close_during_a_plain_unmount),
		TEST(close_during_a_forced_unmount),
		TEST(close_does_not_wait_for_just_anything),
		TEST(close_loses_sight_of_an_unmount),
		TEST(close_during_close),
		TEST(plain_unmount_during_close),
		TEST(forced_unmount_during_close),
		TEST(close_during_an_unmount_of_the_servers),
		cmocka_unit_test(close_before_the_callback_unmounts),
		TEST(an_interrupted_unmount_leaves_it_to_the_next),
		TEST(an_unmount_that_waits_for_another_is_interrupted),
		TEST(agreed_and_dead),
		TEST(refused_and_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
