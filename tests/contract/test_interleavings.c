/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A caller against those who complete its message: exactly one of them decides
 * its outcome, whoever claims it first, and what comes later has no effect.
 *
 * A completer that is held after it has left the mount's lock for the first
 * time has claimed the message and not ended it yet.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "outcome.h"

#define HOUR (UINT64_C(3600) * 1000000000)

/*
 * Somebody who ends a message of fix_mount, and how the message ends then.
 */
struct ending {
	const char *name;
	void (*call)(void *);
	int rv;
	bool inhand; /* starts from the hand, not from replywait */
	bool badtype;
	int outcome;
	struct outcome counts;
};
static const struct ending endings[] = {
	{ .name = "reply",
	    .call = actor_reply,
	    .rv = ENOENT,
	    .outcome = ENOENT,
	    .counts = { .replied = 1 } },
	{ .name = "reply before releaseout",
	    .call = actor_reply,
	    .inhand = true,
	    .counts = { .replied = 1 } },
	{ .name = "refused reply",
	    .call = actor_reply,
	    .badtype = true,
	    .outcome = EPROTO,
	    .counts = { .refused = 1 } },
	{ .name = "not delivered",
	    .call = actor_releaseout,
	    .rv = EIO,
	    .inhand = true,
	    .outcome = EIO,
	    .counts = { .delivery = 1 } },
	{ .name = "death on replywait",
	    .call = actor_userdead,
	    .outcome = ENXIO,
	    .counts = { .dead = 1 } },
	{ .name = "death in hand",
	    .call = actor_userdead,
	    .inhand = true,
	    .outcome = ENXIO,
	    .counts = { .dead = 1 } },
};
#define NENDINGS (sizeof(endings) / sizeof(endings[0]))

/*
 * The message of a caller that waits for it, and who is to end it.
 */
struct scene {
	const struct ending *ending;
	struct actor caller, completer;
};

/* A server with a frame, as the ending wants it. */
static void
completer_ready(struct actor *a, const struct ending *e)
{
	a->mount = fix_mount;
	a->rv = e->rv;
	fix_hold(fix_mount, &a->frame);
	if (!e->inhand)
		fix_releaseout(fix_mount, &a->frame, 0);
	if (e->badtype)
		a->frame.req.preq_optype++;
}

static void
scene_begin(struct scene *s, const struct ending *e)
{
	memset(s, 0, sizeof(*s));
	s->ending = e;
	stopper_setup(NULL);
	s->caller.mount = fix_mount;
	s->caller.park = fix_send(fix_mount);
	fix_payload(s->caller.park)[0] = 0x77;
	completer_ready(&s->completer, e);
	s->completer.frame.bytes[sizeof(struct puffs_req)] = 0x55;
}

static void
completer_claims(struct scene *s)
{
	struct puffsmsg_mount_stats st;

	actor_hold(&s->completer, s->ending->call, STOPPER_EXITED, 1);
	st = fix_stats(fix_mount);
	assert_int_equal(st.claimed, 1);
	assert_int_equal(fix_inflight(&st), 1);
}

/*
 * The frame that is still in hand is given back, and the notice of a refused
 * reply is taken.
 */
static void
server_cleans_up(struct scene *s)
{
	struct fix_frame f;

	if (s->ending->inhand && s->ending->call != actor_releaseout)
		fix_releaseout(fix_mount, &s->completer.frame, EIO);
	while (fix_getout(fix_mount, &f) == 0)
		fix_releaseout(fix_mount, &f, 0);
}

static void
scene_end(struct scene *s)
{
	struct outcome want = s->ending->counts;

	server_cleans_up(s);
	want.faf_done = want.refused; /* its notice */
	outcome_is(fix_mount, want);
	puffs_msgmem_release(s->caller.park);
	fix_teardown(NULL);
}

/* The caller's message is what the completer made of it. */
static void
assert_message(struct scene *s)
{
	struct puffs_msgpark *park = s->caller.park;

	assert_int_equal(fix_req(park)->preq_rv, s->ending->outcome);
	assert_int_equal(fix_payload(park)[0],
	    s->ending->counts.replied ? 0x55 : 0x77);
}

static void
interrupted_while_claimed(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	actor_start(&s.caller, actor_wait);
	actor_sleeps(&s.caller);
	completer_claims(&s);
	fix_kill(&s.caller.s.t, SIGINT);
	actor_sleeps_again(&s.caller);
	(void)actor_end(&s.completer);
	assert_int_equal(actor_end(&s.caller), e->outcome);
	assert_int_equal(s.caller.sig, SIGINT);
	assert_message(&s);
	scene_end(&s);
}

/*
 * Both threads have left the list of sleepers before either claims.
 */
static void
interrupted_before_the_claim(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	actor_begin(&s.caller, actor_wait, STOPPER_ENTER, 2);
	actor_sleeps(&s.caller);
	fix_kill(&s.caller.s.t, SIGTERM);
	stopper_await(&s.caller.s);
	(void)actor_do(&s.completer, e->call);
	assert_int_equal(actor_end(&s.caller), e->outcome);
	assert_int_equal(s.caller.sig, SIGTERM);
	assert_message(&s);
	scene_end(&s);
}

/*
 * As before, and the completer is not through with it when the caller looks.
 */
static void
interrupted_and_claimed(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	actor_begin(&s.caller, actor_wait, STOPPER_ENTER, 2);
	actor_sleeps(&s.caller);
	fix_kill(&s.caller.s.t, SIGHUP);
	stopper_await(&s.caller.s);
	completer_claims(&s);
	stopper_go(&s.caller.s);
	s.caller.held = false;
	actor_sleeps_again(&s.caller);
	(void)actor_end(&s.completer);
	assert_int_equal(actor_end(&s.caller), e->outcome);
	assert_int_equal(s.caller.sig, SIGHUP);
	assert_message(&s);
	scene_end(&s);
}

/*
 * The caller gives up first: the completer finds an abandoned message, and
 * writes nothing into it.
 */
static void
interrupted_first(const struct ending *e)
{
	struct scene s;
	struct outcome want = { .interrupted = 1 };

	scene_begin(&s, e);
	actor_begin(&s.caller, actor_wait, STOPPER_EXITED, 2);
	actor_sleeps(&s.caller);
	fix_kill(&s.caller.s.t, SIGINT);
	stopper_await(&s.caller.s);
	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	assert_int_equal(actor_do(&s.completer, e->call), 0);
	assert_int_equal(actor_end(&s.caller), EINTR);
	assert_int_equal(s.caller.sig, SIGINT);
	assert_int_equal(fix_payload(s.caller.park)[0], 0x77);
	want.late = e->call == actor_reply;
	server_cleans_up(&s);
	outcome_is(fix_mount, want);
	puffs_msgmem_release(s.caller.park);
	fix_teardown(NULL);
}

static void
cancelled_while_claimed(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	actor_start(&s.caller, actor_wait);
	actor_sleeps(&s.caller);
	completer_claims(&s);
	assert_int_equal(pthread_cancel(s.caller.s.t.thread), 0);
	actor_sleeps_again(&s.caller);
	(void)actor_end(&s.completer);
	actor_end_cancelled(&s.caller);
	assert_message(&s);
	assert_int_equal(fix_stats(fix_mount).done, 0);
	assert_int_equal(puffs_msg_wait(fix_mount, s.caller.park), e->outcome);
	scene_end(&s);
}

static void
timed_out_while_claimed(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	s.caller.deadline = puffsmsg__clock() + HOUR;
	actor_start(&s.caller, actor_wait_until);
	actor_sleeps(&s.caller);
	completer_claims(&s);
	fix_clock_advance(2 * HOUR);
	actor_sleeps_again(&s.caller);
	(void)actor_end(&s.completer);
	assert_int_equal(actor_end(&s.caller), e->outcome);
	assert_message(&s);
	scene_end(&s);
}

/*
 * The caller looks between the end of the message and its own wakeup.
 */
static void
interrupted_while_being_woken(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	actor_start(&s.caller, actor_wait);
	actor_sleeps(&s.caller);
	actor_hold(&s.completer, e->call, STOPPER_EXITED, 2);
	fix_until_state(fix_mount, s.caller.park, PARK_DONE);
	fix_kill(&s.caller.s.t, SIGINT);
	(void)actor_end(&s.completer);
	assert_int_equal(actor_end(&s.caller), e->outcome);
	assert_int_equal(s.caller.sig, SIGINT);
	assert_message(&s);
	scene_end(&s);
}

/*
 * The completer has written what it had to, and comes for the lock to end the
 * message: until it has, the message is not the caller's.
 */
static void
interrupted_just_before_the_end(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	actor_start(&s.caller, actor_wait);
	actor_sleeps(&s.caller);
	actor_hold(&s.completer, e->call, STOPPER_ENTER, 2);
	fix_kill(&s.caller.s.t, SIGINT);
	actor_sleeps_again(&s.caller);
	(void)actor_end(&s.completer);
	assert_int_equal(actor_end(&s.caller), e->outcome);
	assert_int_equal(s.caller.sig, SIGINT);
	assert_message(&s);
	scene_end(&s);
}

/*
 * The caller finds out for itself, and its park is gone when the completer
 * wakes it.
 */
static void
gone_while_being_woken(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	actor_start(&s.caller, actor_wait);
	actor_sleeps(&s.caller);
	actor_hold(&s.completer, e->call, STOPPER_EXITED, 2);
	fix_kill(&s.caller.s.t, SIGINT);
	fix_spurious(fix_mount, s.caller.park);
	assert_int_equal(actor_end(&s.caller), e->outcome);
	assert_message(&s);
	puffs_msgmem_release(s.caller.park);
	s.caller.park = NULL;
	(void)actor_end(&s.completer);
	scene_end(&s);
}

/*
 * Nobody waits yet when the message is claimed.
 */
static void
waited_for_while_claimed(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	completer_claims(&s);
	actor_start(&s.caller, actor_wait);
	actor_sleeps(&s.caller);
	(void)actor_end(&s.completer);
	assert_int_equal(actor_end(&s.caller), e->outcome);
	assert_message(&s);
	scene_end(&s);
}

static void
released_while_claimed(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	completer_claims(&s);
	puffs_msgmem_release(s.caller.park);
	s.caller.park = NULL;
	(void)actor_end(&s.completer);
	scene_end(&s);
}

/*
 * The last reference is the completer's, but the message has ended.
 */
static void
released_while_being_ended(const struct ending *e)
{
	struct scene s;

	scene_begin(&s, e);
	actor_hold(&s.completer, e->call, STOPPER_EXITED, 2);
	assert_int_equal(puffs_msg_wait(fix_mount, s.caller.park), e->outcome);
	assert_message(&s);
	puffs_msgmem_release(s.caller.park);
	s.caller.park = NULL;
	(void)actor_end(&s.completer);
	scene_end(&s);
}

/*
 * The message has ended and is sent once more, while the completer of its
 * first trip is still on its way out.
 */
static void
sent_again_while_being_ended(const struct ending *e)
{
	struct outcome want = e->counts;
	struct scene s;
	struct fix_frame f;

	if (e->call == actor_userdead)
		return;
	scene_begin(&s, e);
	actor_hold(&s.completer, e->call, STOPPER_EXITED, 2);
	assert_int_equal(puffs_msg_wait(fix_mount, s.caller.park), e->outcome);
	puffs_msg_enqueue(fix_mount, s.caller.park);
	fix_hold(fix_mount, &f);
	(void)actor_end(&s.completer);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, s.caller.park), 0);
	want.replied++;
	want.faf_done = want.refused;
	server_cleans_up(&s);
	outcome_is(fix_mount, want);
	puffs_msgmem_release(s.caller.park);
	fix_teardown(NULL);
}

/*
 * Every plot is played with every ending.
 */
struct plot {
	const char *name;
	void (*play)(const struct ending *);
};
static const struct plot plots[] = {
	{ "interrupted while claimed", interrupted_while_claimed },
	{ "interrupted before the claim", interrupted_before_the_claim },
	{ "interrupted and claimed", interrupted_and_claimed },
	{ "interrupted first", interrupted_first },
	{ "cancelled while claimed", cancelled_while_claimed },
	{ "timed out while claimed", timed_out_while_claimed },
	{ "interrupted while being woken", interrupted_while_being_woken },
	{ "interrupted just before the end", interrupted_just_before_the_end },
	{ "gone while being woken", gone_while_being_woken },
	{ "waited for while claimed", waited_for_while_claimed },
	{ "released while claimed", released_while_claimed },
	{ "released while being ended", released_while_being_ended },
	{ "sent again while being ended", sent_again_while_being_ended },
};
#define NPLOTS (sizeof(plots) / sizeof(plots[0]))

struct show {
	const struct plot *plot;
	const struct ending *ending;
	char name[80];
};
static struct show shows[NPLOTS * NENDINGS];

static void
play(void **state)
{
	const struct show *show = *state;

	show->plot->play(show->ending);
}

int
main(void)
{
	struct CMUnitTest tests[NPLOTS * NENDINGS];

	memset(tests, 0, sizeof(tests));
	for (size_t i = 0; i < NPLOTS * NENDINGS; i++) {
		struct show *show = &shows[i];

		show->plot = &plots[i / NENDINGS];
		show->ending = &endings[i % NENDINGS];
		(void)snprintf(show->name, sizeof(show->name), "%s: %s",
		    show->plot->name, show->ending->name);
		tests[i].name = show->name;
		tests[i].test_func = play;
		tests[i].initial_state = show;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
