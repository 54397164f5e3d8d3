/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Two threads of the server's side meet at one message that is in hand: the
 * first of them is held where it has made its claim and not acted on it.
 */

#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "outcome.h"

struct move {
	const char *name;
	void (*call)(void *);
	int rv;
};
static const struct move moves[] = {
	{ "reply", actor_reply, 0 },
	{ "reply with error", actor_reply, ENOENT },
	{ "releaseout", actor_releaseout, 0 },
	{ "releaseout with error", actor_releaseout, EIO },
	{ "death", actor_userdead, 0 },
};
#define NMOVES (sizeof(moves) / sizeof(moves[0]))

static bool
ends_message(const struct move *m)
{
	return m->call != actor_releaseout || m->rv != 0;
}

/* How callers get to know. */
enum audience {
	WAITS = 0,
	CALLED,
	NAUDIENCES,
};

struct scene {
	const struct move *first, *second;
	enum audience audience;
	struct puffs_msgpark *park;
	struct actor one, two, caller;
	struct gate called;
	int called_rv;
};

static void
called(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct scene *s = arg;

	(void)mount;
	s->called_rv = req == fix_req(s->park) ? req->preq_rv : EDOM;
	gate_pass(&s->called);
}

static void
actor_cast(struct actor *a, const struct move *m, const struct fix_frame *f)
{
	a->mount = fix_mount;
	a->rv = m->rv;
	a->frame = *f;
}

static void
scene_begin(struct scene *s)
{
	struct fix_frame f;

	stopper_setup(NULL);
	gate_init(&s->called);
	s->park = fix_getattr();
	if (s->audience == CALLED)
		puffs_msg_setcall(s->park, called, s);
	puffs_msg_enqueue(fix_mount, s->park);
	fix_hold(fix_mount, &f);
	actor_cast(&s->one, s->first, &f);
	actor_cast(&s->two, s->second, &f);
	s->caller.mount = fix_mount;
	s->caller.park = s->park;
	if (s->audience == WAITS) {
		actor_start(&s->caller, actor_wait);
		actor_sleeps(&s->caller);
	}
}

/* Who decides the outcome: the first, but for a mere releaseout. */
static const struct move *
winner(const struct scene *s)
{
	return ends_message(s->first) ? s->first : s->second;
}

static int
outcome_of(const struct move *m)
{
	return m->call == actor_userdead ? ENXIO : m->rv;
}

/* What dispatch says to a reply that comes second. */
static int
second_result(const struct scene *s)
{
	if (s->second->call != actor_reply || !ends_message(s->first))
		return 0;
	return s->first->call == actor_userdead ? ENXIO : ENOENT;
}

/*
 * The message has its outcome, and is gone for the caller.
 */
static void
caller_leaves(struct scene *s)
{
	int want = outcome_of(winner(s));

	if (s->audience == WAITS) {
		assert_int_equal(actor_end(&s->caller), want);
	} else {
		assert_int_equal(gate_count(&s->called), 1);
		assert_int_equal(s->called_rv, want);
	}
	assert_int_equal(fix_req(s->park)->preq_rv, want);
	puffs_msgmem_release(s->park);
}

static void
scene_end(struct scene *s)
{
	const struct move *w = winner(s);
	struct outcome want = {
		.replied = w->call == actor_reply,
		.delivery = w->call == actor_releaseout,
		.dead = w->call == actor_userdead,
		.unknown = second_result(s) == ENOENT,
	};

	assert_int_equal(s->one.error, 0);
	assert_int_equal(s->two.error, second_result(s));
	if (s->first->call != actor_releaseout &&
	    s->second->call != actor_releaseout)
		fix_releaseout(fix_mount, &s->one.frame, EIO);
	assert_true(gate_count(&s->called) == (s->audience == CALLED));
	outcome_is(fix_mount, want);
	fix_teardown(NULL);
}

/*
 * The second runs from its beginning to its end while the first is held after
 * it has left the lock for the n-th time.
 */
static void
inside(struct scene *s, unsigned n)
{
	actor_hold(&s->one, s->first->call, STOPPER_EXITED, n);
	(void)actor_do(&s->two, s->second->call);
	assert_int_equal(gate_count(&s->called),
	    s->audience == CALLED && !ends_message(s->first));
	(void)actor_end(&s->one);
	caller_leaves(s);
}

static void
within(struct scene *s)
{
	inside(s, 1);
}

/* The message has ended; its callback or its waiter does not know yet. */
static void
at_the_end(struct scene *s)
{
	inside(s, 2);
}

/* Both have left the lock; the first ends first. */
static void
across(struct scene *s)
{
	actor_hold(&s->one, s->first->call, STOPPER_EXITED, 1);
	actor_hold(&s->two, s->second->call, STOPPER_EXITED, 1);
	(void)actor_end(&s->one);
	(void)actor_end(&s->two);
	caller_leaves(s);
}

/* The second was on its way in; all is over, and freed, when it gets there. */
static void
too_late(struct scene *s)
{
	actor_hold(&s->two, s->second->call, STOPPER_ENTER, 1);
	(void)actor_do(&s->one, s->first->call);
	if (ends_message(s->first))
		caller_leaves(s);
	(void)actor_end(&s->two);
	if (!ends_message(s->first))
		caller_leaves(s);
}

static void (*const orders[])(
    struct scene *) = { within, across, too_late, at_the_end };
#define NORDERS (sizeof(orders) / sizeof(orders[0]))
static const char *const order_names[] = { "within", "across", "too late",
	"at the end of" };

#define NSHOWS (NMOVES * NMOVES * NAUDIENCES * NORDERS)
struct show {
	const struct move *first, *second;
	enum audience audience;
	size_t order;
	char name[96];
};
static struct show shows[NSHOWS];

static void
play(void **state)
{
	const struct show *show = *state;
	struct scene s;

	memset(&s, 0, sizeof(s));
	s.first = show->first;
	s.second = show->second;
	s.audience = show->audience;
	scene_begin(&s);
	orders[show->order](&s);
	scene_end(&s);
}

/*
 * A frame is released once, and who ends nothing leaves the lock once.
 */
static bool
possible(const struct show *show)
{
	if (orders[show->order] == at_the_end && !ends_message(show->first))
		return false;
	return show->first->call != actor_releaseout ||
	    show->second->call != actor_releaseout;
}

static void
show_make(struct show *show, size_t i)
{
	show->first = &moves[i % NMOVES];
	show->second = &moves[i / NMOVES % NMOVES];
	show->audience = (enum audience)(
	    i / (NMOVES * NMOVES) % (size_t)NAUDIENCES);
	show->order = i / (NMOVES * NMOVES * NAUDIENCES);
	(void)snprintf(show->name, sizeof(show->name), "%s %s %s, %s",
	    show->second->name, order_names[show->order], show->first->name,
	    show->audience == WAITS ? "waiter" : "callback");
}

int
main(void)
{
	struct CMUnitTest tests[NSHOWS];
	size_t n = 0;

	memset(tests, 0, sizeof(tests));
	for (size_t i = 0; i < NSHOWS; i++) {
		show_make(&shows[i], i);
		if (!possible(&shows[i]))
			continue;
		tests[n].name = shows[i].name;
		tests[n].test_func = play;
		tests[n++].initial_state = &shows[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
