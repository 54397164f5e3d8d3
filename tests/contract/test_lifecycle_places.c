/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Everything that ends a mount, against a message in each place of its life.
 *
 * The message is brought to its place, with a thread held there where it takes
 * one.  Then the mount ends: the one that ends it goes as far as it can, or is
 * held at its first, second, ... place; the message takes its next step; and
 * all go on.  What comes of the message is what the table says and nothing
 * else, and all of that is seen.  Nothing is left.
 *
 * With the argument "long" every end is held at its places, else one of each
 * kind.
 */

#include <stdio.h>
#include <string.h>

#include "lifecycle_scene.h"

static bool thorough; /* "long" */

/* How the mount ends. */
struct end {
	enum life_op op;
	enum life_world world; /* SILENT: nobody else reads */
	bool everywhere;       /* held at every place, not only with "long" */
};
static const struct end ends[] = {
	{ PLAIN, AGREES, false },
	{ PLAIN, REFUSES, true },
	{ FORCED, AGREES, false },
	{ FORCED, SILENT, true },
	{ CLOSE, SILENT, true },
	{ SERVER, AGREES, false },
	{ SERVER, SILENT, false },
	{ REQUEST, AGREES, false },
	{ LOSS, SILENT, false },
	{ DESTROY, AGREES, true },
	{ DESTROY, SILENT, false },
};
#define NENDS (sizeof(ends) / sizeof(ends[0]))

static bool
fits(const struct place *p, const struct end *e)
{
	if ((p->flags & NOT_DESTROY) && e->op == DESTROY)
		return false;
	if ((p->flags & NO_SERVER) && e->world != SILENT)
		return false;
	return (p->flags & THE_SOP) == 0 || e->op != SERVER;
}

static void
scene_begin(struct scene *s, const struct place *p, const struct end *e)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	memset(s, 0, sizeof(*s));
	s->error = s->readerror = -1;
	s->destroying = e->op == DESTROY;
	opt.fsops = &scene_fsops;
	opt.fsarg = s;
	if (p->flags & TRANSLATED) {
		opt.translation = &scene_translation;
		opt.translation_arg = s;
	}
	life_begin(&s->life, SILENT, &opt);
	if (e->op != SERVER)
		life_freesop(&s->life);
	s->park = fix_getattr();
	p->at(s);
	if (e->world != SILENT)
		life_serve(&s->life, e->world);
	s->transport = (p->flags & TRANSPORT) != 0;
	if (s->transport)
		puffsmsg__mount_ref(fix_mount);
}

static void
scene_step(struct scene *s, const struct place *p)
{
	p->go(s);
	ls_settle();
	if (s->transport)
		puffsmsg__mount_unref(fix_mount);
	ls_settle();
}

/*
 * The mount lives on, and so does the message: it is answered.
 */
static void
scene_goes_on(struct scene *s)
{
	struct fix_frame *f = &s->life.kept;

	assert_int_equal(puffsmsg_mount_state(fix_mount), PUFFSTAT_RUNNING);
	if (f->len == 0)
		f = &s->frame;
	if (f->len != 0)
		(void)fix_reply(fix_mount, f, ENOENT);
	ls_settle();
}

static char
letter(int error)
{
	switch (error) {
	case ENXIO:
		return 'X';
	case ENOENT:
		return 'A';
	case EINTR:
		return 'I';
	case EIO:
		return 'D';
	default:
		return '?';
	}
}

/*
 * What became of it.
 */
static char
scene_outcome(struct scene *s)
{
	if (s->park == NULL)
		return '-';
	if (s->park->park_settings & PARKSET_CALL) {
		assert_int_equal(atomic_load(&s->calls), 1);
		return letter(s->rv);
	}
	return s->has_caller && s->caller.fn != caller_answers
	    ? letter(s->error)
	    : '-';
}

static void
scene_join(struct scene *s)
{
	if (s->has_caller)
		ls_join(&s->caller);
	if (s->has_reader)
		ls_join(&s->reader);
	if (s->has_replier)
		ls_join(&s->replier);
}

static char
scene_end(struct scene *s)
{
	char outcome;

	ls_settle();
	if ((s->has_caller && ls_stays(&s->caller)) ||
	    (s->has_reader && ls_stays(&s->reader)) ||
	    (s->has_replier && ls_stays(&s->replier)))
		life_fail(&s->life, "a thread of the message's is left");
	scene_join(s);
	outcome = scene_outcome(s);
	assert_int_equal(atomic_load(&s->lookups), s->due);
	puffs_msgmem_release(s->park);
	life_end(&s->life);
	return outcome;
}

struct show {
	const struct place *place;
	bool alive;
	char seen[8];
	char name[96];
};

/*
 * Returns whether the end was held at its n-th place.
 */
static bool
play_at(struct show *show, const struct end *e, unsigned n)
{
	struct life_call c;
	struct scene s;
	bool held;
	char outcome;

	scene_begin(&s, show->place, e);
	life_call(&s.life, &c, e->op, n);
	life_run(&s.life, &c);
	held = life_held(&c);
	scene_step(&s, show->place);
	life_go(&c);
	life_finish(&s.life, &c, 1);
	if (e->world == REFUSES)
		scene_goes_on(&s);
	outcome = scene_end(&s);
	if (strchr(show->seen, outcome) == NULL)
		show->seen[strlen(show->seen)] = outcome;
	return held;
}

static void
check_seen(struct show *show)
{
	const char *want = show->alive ? show->place->alive
				       : show->place->outcomes;

	for (const char *c = show->seen; *c != '\0'; c++) {
		if (strchr(want, *c) == NULL)
			fail_msg("it ended with %s, not %s", show->seen, want);
	}
	if (strlen(show->seen) != strlen(want))
		fail_msg("it never ended but with %s", show->seen);
}

static void
play(void **state)
{
	struct show *show = *state;
	unsigned n;

	for (size_t i = 0; i < NENDS; i++) {
		if (!fits(show->place, &ends[i]) ||
		    (ends[i].world == REFUSES) != show->alive)
			continue;
		(void)play_at(show, &ends[i], 0);
		n = 1;
		while ((thorough || ends[i].everywhere) &&
		    play_at(show, &ends[i], n))
			n++;
	}
	if (show->seen[0] != '\0')
		check_seen(show);
}

static struct show shows[LIFE_PLACES * 2];
static struct CMUnitTest tests[LIFE_PLACES * 2];

int
main(int argc, char **argv)
{
	thorough = argc > 1 && strcmp(argv[1], "long") == 0;
	for (size_t i = 0; i < LIFE_PLACES * 2; i++) {
		shows[i].place = &life_places[i / 2];
		shows[i].alive = i % 2 != 0;
		(void)snprintf(shows[i].name, sizeof(shows[i].name), "%s%s",
		    life_places[i / 2].name, shows[i].alive ? ", refused" : "");
		tests[i].name = shows[i].name;
		tests[i].test_func = play;
		tests[i].initial_state = &shows[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
