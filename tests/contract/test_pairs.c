/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Every pair of calls at one message, wherever it is: the first is held where
 * it has left the mount's lock for the first, the second, ... time, the second
 * runs from beginning to end, then the first goes on.  Whatever comes of it,
 * the message ends once, its caller learns how, and nothing is left.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "outcome.h"

/* Where the message is when the two meet. */
enum stage {
	QUEUED,
	IN_HAND,
	REPLY_WAIT,
	NSTAGES,
};
static const char *const stage_names[] = { "queued", "in hand", "replywait" };

enum audience {
	WAITS, /* the creator sleeps for it */
	CALLED,
	NAUDIENCES,
};

struct scene {
	enum stage stage;
	enum audience audience;
	struct puffs_msgpark *park; /* NULL once it was released */
	struct fix_frame frame;     /* the server's */
	bool inhand;
	struct actor caller;
	struct gate called;
	int rv; /* of the callback */
};

/*
 * What the second does, on the thread of the test, and what the first does.
 */
struct move {
	const char *name;
	void (*call)(void *); /* of an actor */
	int rv;
};

static void
call_take(void *arg)
{
	struct actor *a = arg;
	uint8_t *data;
	size_t len;

	a->error = puffs_msgif_getout(a->mount, 0, 1, &data, &len,
	    &a->frame.cookie);
	if (a->error == 0)
		puffs_msgif_releaseout(a->mount, a->frame.cookie, 0);
}

static void
call_read(void *arg)
{
	struct actor *a = arg;

	a->error = puffsmsg_read(a->mount, a->frame.bytes,
	    sizeof(a->frame.bytes), 1, &a->frame.len);
}

static void
call_release(void *arg)
{
	struct actor *a = arg;

	puffs_msgmem_release(a->park);
}

static void
emit_nothing(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static void
call_look(void *arg)
{
	struct actor *a = arg;
	struct puffsmsg_mount_stats st = { .size = sizeof(st) };

	a->error = puffsmsg_mount_stats(a->mount, &st) +
	    puffsmsg_mount_dump(a->mount, emit_nothing, NULL);
}

/* Interrupts the caller. */
static void
call_interrupt(void *arg)
{
	struct actor *a = arg;

	(void)puffsmsg_lwp_kill(a->rv, SIGINT);
}

static const struct move moves[] = {
	{ "reply", actor_reply, ENOENT },
	{ "releaseout", actor_releaseout, 0 },
	{ "releaseout with error", actor_releaseout, EIO },
	{ "getout", call_take, 0 },
	{ "read", call_read, 0 },
	{ "death", actor_userdead, 0 },
	{ "release", call_release, 0 },
	{ "look", call_look, 0 },
	{ "interrupt", call_interrupt, 0 },
	{ "unmount", actor_unmount, PUFFSMSG_MNT_FORCE },
	{ "close", actor_close, 0 },
};
#define NMOVES (sizeof(moves) / sizeof(moves[0]))

/* Who may wait for the other, and can only be the first. */
static bool
is_unmount(const struct move *m)
{
	return m->call == actor_unmount || m->call == actor_close;
}

static bool
fits(const struct move *m, enum stage stage, enum audience audience)
{
	if (m->call == actor_releaseout)
		return stage == IN_HAND;
	if (m->call == call_release)
		return audience == CALLED;
	if (m->call == call_interrupt)
		return audience == WAITS;
	return true;
}

static bool
possible(const struct move *first, const struct move *second, enum stage stage,
    enum audience audience)
{
	if (!fits(first, stage, audience) || !fits(second, stage, audience) ||
	    is_unmount(second))
		return false;
	return first->call != second->call ||
	    (first->call != actor_releaseout && first->call != call_release);
}

static void
called(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct scene *s = arg;

	(void)mount;
	s->rv = req->preq_rv;
	gate_pass(&s->called);
}

static void
scene_begin(struct scene *s)
{
	stopper_setup(NULL);
	gate_init(&s->called);
	s->park = fix_getattr();
	if (s->audience == CALLED)
		puffs_msg_setcall(s->park, called, s);
	puffs_msg_enqueue(fix_mount, s->park);
	s->frame.len = 128;
	memcpy(s->frame.bytes, fix_req(s->park), 128);
	s->inhand = s->stage == IN_HAND;
	if (s->stage != QUEUED)
		fix_hold(fix_mount, &s->frame);
	if (s->stage == REPLY_WAIT)
		fix_releaseout(fix_mount, &s->frame, 0);
	s->caller.mount = fix_mount;
	s->caller.park = s->park;
}

static void
actor_cast(struct actor *a, const struct move *m, struct scene *s)
{
	memset(a, 0, sizeof(*a));
	a->mount = fix_mount;
	a->park = s->park;
	a->frame = s->frame;
	a->rv = m->call == call_interrupt ? s->caller.s.t.lid : m->rv;
	if (m->call == actor_releaseout)
		s->inhand = false;
}

/* The caller's thread takes the part of the first that is interrupted. */
static bool
first_is_caller(const struct move *first)
{
	return first->call == call_interrupt;
}

static void
caller_begin(struct scene *s, const struct move *first, unsigned n)
{
	if (s->audience != WAITS)
		return;
	if (!first_is_caller(first)) {
		actor_start(&s->caller, actor_wait);
		actor_sleeps(&s->caller);
		return;
	}
	actor_begin(&s->caller, actor_wait, STOPPER_EXITED, n);
	actor_sleeps(&s->caller);
	fix_kill(&s->caller.s.t, SIGINT);
	s->caller.held = stopper_await_or_end(&s->caller.s);
}

/*
 * Returns whether the first was held, and so the second has met it.
 */
static bool
meet(struct scene *s, const struct move *first, const struct move *second,
    unsigned n)
{
	struct actor one, two;
	bool held;

	caller_begin(s, first, n);
	actor_cast(&one, first, s);
	actor_cast(&two, second, s);
	if (first_is_caller(first)) {
		held = s->caller.held;
	} else {
		actor_begin(&one, first->call, STOPPER_EXITED, n);
		held = one.held = stopper_await_or_end(&one.s);
	}
	(void)actor_do(&two, second->call);
	(void)fix_stats(fix_mount);
	if (!first_is_caller(first))
		(void)actor_end(&one);
	if (first->call == call_release || second->call == call_release)
		s->park = NULL;
	return held;
}

/*
 * What the caller was told is what the mount has counted.
 */
static void
outcome_told(struct scene *s, int rv)
{
	struct puffsmsg_mount_stats st = fix_stats(fix_mount);

	switch (rv) {
	case ENOENT:
		assert_int_equal(st.replied, 1);
		break;
	case EIO:
		assert_int_equal(st.delivery, 1);
		break;
	case ENXIO:
		assert_true(st.dead >= 1);
		break;
	case EINTR:
		assert_int_equal(st.interrupted, 1);
		assert_int_equal(s->audience, WAITS);
		break;
	default:
		fail_msg("outcome %d", rv);
	}
}

static void
scene_end(struct scene *s)
{
	struct fix_frame f;

	if (s->inhand)
		fix_releaseout(fix_mount, &s->frame, 0);
	while (fix_getout(fix_mount, &f) == 0)
		fix_releaseout(fix_mount, &f, 0);
	puffs_userdead(fix_mount);
	if (s->audience == WAITS) {
		outcome_told(s, actor_end(&s->caller));
	} else {
		assert_int_equal(gate_count(&s->called), 1);
		outcome_told(s, s->rv);
	}
	puffs_msgmem_release(s->park);
	fix_teardown(NULL);
}

struct show {
	const struct move *first, *second;
	enum stage stage;
	enum audience audience;
	char name[96];
};

static bool
play_at(const struct show *show, unsigned n)
{
	struct scene s;
	bool met;

	memset(&s, 0, sizeof(s));
	s.stage = show->stage;
	s.audience = show->audience;
	scene_begin(&s);
	met = meet(&s, show->first, show->second, n);
	scene_end(&s);
	return met;
}

static void
play(void **state)
{
	unsigned n = 1;

	while (play_at(*state, n))
		n++;
	assert_true(
	    n > 1 || ((struct show *)*state)->first->call == call_release);
}

#define NSHOWS (NMOVES * NMOVES * NSTAGES * NAUDIENCES)
static struct show shows[NSHOWS];
static struct CMUnitTest tests[NSHOWS];

static void
show_make(struct show *show, size_t i)
{
	show->first = &moves[i % NMOVES];
	show->second = &moves[i / NMOVES % NMOVES];
	show->stage = (enum stage)(i / (NMOVES * NMOVES) % (size_t)NSTAGES);
	show->audience = (enum audience)(i / (NMOVES * NMOVES * NSTAGES));
	(void)snprintf(show->name, sizeof(show->name), "%s in %s, %s, %s",
	    show->second->name, show->first->name, stage_names[show->stage],
	    show->audience == WAITS ? "waiter" : "callback");
}

int
main(void)
{
	size_t n = 0;

	for (size_t i = 0; i < NSHOWS; i++) {
		struct show *show = &shows[i];

		show_make(show, i);
		if (!possible(show->first, show->second, show->stage,
			show->audience))
			continue;
		tests[n].name = show->name;
		tests[n].test_func = play;
		tests[n++].initial_state = show;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
