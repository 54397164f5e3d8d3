/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Everything that ends a mount, against everything that does.
 *
 * The first is held at its first, second, ... place (lockstep.h); the second
 * comes, and goes as far as it can: to its end, or to where it waits for the
 * first.  Woken for nothing, it goes on waiting.  Then the first goes on.  Both
 * return, with what the table says and nothing else; what the table says is
 * seen at some place.  Nothing is left, and everything can be said again.
 *
 * With the argument "long": the second too is held, at each of its places,
 * while the first goes on.
 */

#include <stdio.h>
#include <string.h>

#include "lifecycle.h"

static bool thorough; /* "long" */

/*
 * What the first may return, and what the second, in letters:
 *
 *	0  0                    B  EBUSY, as the server said
 *	X  ENXIO                R  PUFFSMSG_ERESTART: an unmount has just ended
 *	I  EINTR, from a signal that comes where the wait would have no end
 *	r  as R, if that is how two threads that run at a time come to meet
 *
 * A row is the first's, a column the second's.
 */
/* clang-format off */
static const char *const agrees[LIFE_OPS][LIFE_OPS] = {
	/*             plain    forced   close    server   request  loss     destroy */
	[PLAIN] = {    "0/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[FORCED] = {   "0/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[CLOSE] = {    "0/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[SERVER] = {   "0/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[REQUEST] = {  "0X/0", "0X/0", "0X/0r", "0X/0", "0X/0X", "0X/0", "0X/0" },
	[LOSS] = {     "0/0", "0/0", "0/0", "0/0X", "0/0X", "0/0", "0/0" },
	[DESTROY] = {  "0/0", "0/0", "0/0R", "0/0", "0/0X", "0/0", "" },
};
static const char *const refuses[LIFE_OPS][LIFE_OPS] = {
	/*             plain    forced   close    server   request  loss     destroy */
	[PLAIN] = {    "B/B", "0B/0", "0B/0R", "0B/0", "0B/0", "0B/0", "B/0" },
	[FORCED] = {   "0/0B", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[CLOSE] = {    "0/0B", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[SERVER] = {   "0/0B", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[REQUEST] = {  "0/0B", "0X/0", "0X/0r", "0X/0", "0X/0X", "0X/0", "0X/0" },
	[LOSS] = {     "0/0B", "0/0", "0/0", "0/0X", "0/0X", "0/0", "0/0" },
	[DESTROY] = {  "0/B", "0/0", "0/0R", "0/0", "0/0X", "0/0", "" },
};
static const char *const mute[LIFE_OPS][LIFE_OPS] = {
	/*             plain    forced   close    server   request  loss     destroy */
	[PLAIN] = {    "I/I", "0I/0", "0I/0R", "0I/0", "0I/0", "0I/0", "0I/0" },
	[FORCED] = {   "0/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[CLOSE] = {    "0r/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[SERVER] = {   "0/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[REQUEST] = {  "0/0", "0X/0", "0X/0r", "0X/0", "0X/0X", "0X/0", "0X/0" },
	[LOSS] = {     "0/0", "0/0", "0/0", "0/0X", "0/0X", "0/0", "0/0" },
	[DESTROY] = {  "0/0", "0/0", "0/0R", "0/0", "0/0X", "0/0", "" },
};
static const char *const silent[LIFE_OPS][LIFE_OPS] = {
	/*             plain    forced   close    server   request  loss     destroy */
	[PLAIN] = {    "I/I", "0I/0", "0I/0R", "0I/0", "0I/0", "0I/0", "0I/0" },
	[FORCED] = {   "0/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[CLOSE] = {    "0r/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[SERVER] = {   "0/0", "0/0", "0/0R", "0/0X", "0/0X", "0/0", "0/0" },
	[REQUEST] = {  "0/0", "0X/0", "0X/0r", "0X/0", "0X/0X", "0X/0", "0X/0" },
	[LOSS] = {     "0/0", "0/0", "0/0", "0/0X", "0/0X", "0/0", "0/0" },
	[DESTROY] = {  "0/0", "0/0", "0/0R", "0/0", "0/0X", "0/0", "" },
};
static const char *const dead[LIFE_OPS][LIFE_OPS] = {
	/*             plain    forced   close    server   request  loss     destroy */
	[PLAIN] = {    "0/0", "0/0", "0/0R", "0/X", "0/X", "0/0", "0/0" },
	[FORCED] = {   "0/0", "0/0", "0/0R", "0/X", "0/X", "0/0", "0/0" },
	[CLOSE] = {    "0/0", "0/0", "0/0R", "0/X", "0/X", "0/0", "0/0" },
	[SERVER] = {   "X/0", "X/0", "X/0", "X/X", "X/X", "X/0", "X/0" },
	[REQUEST] = {  "X/0", "X/0", "X/0", "X/X", "X/X", "X/0", "X/0" },
	[LOSS] = {     "0/0", "0/0", "0/0", "0/X", "0/X", "0/0", "0/0" },
	[DESTROY] = {  "0/0", "0/0", "0/0R", "0/X", "0/X", "0/0", "" },
};
static const char *const torndown[LIFE_OPS][LIFE_OPS] = {
	/*             plain    forced   close    server   request  loss     destroy */
	[PLAIN] = {    "0/0", "0/0", "0/0", "0/X", "0/X", "0/0", "0/0" },
	[FORCED] = {   "0/0", "0/0", "0/0", "0/X", "0/X", "0/0", "0/0" },
	[CLOSE] = {    "0/0", "0/0", "0/0", "0/X", "0/X", "0/0", "0/0" },
	[SERVER] = {   "X/0", "X/0", "X/0", "X/X", "X/X", "X/0", "X/0" },
	[REQUEST] = {  "X/0", "X/0", "X/0", "X/X", "X/X", "X/0", "X/0" },
	[LOSS] = {     "0/0", "0/0", "0/0", "0/X", "0/X", "0/0", "0/0" },
	[DESTROY] = {  "0/0", "0/0", "0/0", "0/X", "0/X", "0/0", "" },
};
/* clang-format on */

static const char *const (*const tables[LIFE_WORLDS])[LIFE_OPS] = {
	[AGREES] = agrees,
	[REFUSES] = refuses,
	[MUTE] = mute,
	[SILENT] = silent,
	[UNSTARTED] = dead,
	[DEAD] = dead,
	[TORNDOWN] = torndown,
};

struct cell {
	enum life_world world;
	enum life_op first, second;
	bool interrupted; /* the first is, if it waits for ever */
	char seen[2][8];  /* letters that each has returned */
	char name[64];
};

static void
see(char *seen, char letter)
{
	size_t n = strlen(seen);

	if (strchr(seen, letter) == NULL)
		seen[n] = letter;
}

static bool
kills(struct life_call *c)
{
	switch (c->op) {
	case PLAIN:
	case SERVER:
	case REQUEST:
		return c->error == 0;
	default:
		return true;
	}
}

static int
state_after(enum life_world world, bool gone)
{
	if (gone || world >= DEAD)
		return PUFFSTAT_DYING;
	return world == UNSTARTED ? PUFFSTAT_MOUNTING : PUFFSTAT_RUNNING;
}

/*
 * What is counted agrees with what was returned.
 */
static void
counted(struct life *lf, struct life_call *calls)
{
	bool gone = kills(&calls[0]) || kills(&calls[1]);
	bool closed = calls[0].op == CLOSE || calls[1].op == CLOSE;
	unsigned notes = atomic_load(&lf->notes);

	/* Where no message is sent there is nothing else to be told. */
	if (lf->world >= UNSTARTED)
		assert_int_equal(notes, lf->world == UNSTARTED && gone);
	else
		assert_true(notes >= (unsigned)gone);
	assert_true(atomic_load(&lf->losses) <= (unsigned)closed);
	if (lf->world == AGREES)
		assert_true(atomic_load(&lf->asked) <= 1);
	assert_true(atomic_load(&lf->asked) <= 2);
	if (!lf->destroyed)
		assert_int_equal(puffsmsg_mount_state(fix_mount),
		    state_after(lf->world, gone));
}

#define FIRST_HELD   1u
#define FIRST_ASLEEP 2u /* in place of that */
#define SECOND_HELD  4u

/*
 * The first is held at its n-th place, the second at its m-th (0: nowhere).
 * Returns which of them were.
 */
static unsigned
meet(struct cell *cell, unsigned n, unsigned m)
{
	struct life lf;
	struct life_call c[2];
	unsigned held = 0;

	life_begin(&lf, cell->world, NULL);
	if (cell->first != SERVER && cell->second != SERVER)
		life_freesop(&lf);
	life_call(&lf, &c[0], cell->first, n);
	life_run(&lf, &c[0]);
	if (cell->interrupted)
		(void)life_interrupt(&lf, &c[0]);
	held |= life_held(&c[0]) ? FIRST_HELD : 0;
	held |= ls_state(c[0].t) == LS_ASLEEP ? FIRST_ASLEEP : 0;
	life_call(&lf, &c[1], cell->second, m);
	life_run(&lf, &c[1]);
	if (c[1].t != c[0].t) {
		held |= life_held(&c[1]) ? SECOND_HELD : 0;
		if (m == 0)
			life_poke(&lf, &c[1]);
	}
	life_go(&c[0]);
	life_go(&c[1]);
	life_finish(&lf, c, 2);
	for (int i = 0; i < 2; i++)
		see(cell->seen[i], life_result(&c[i]));
	counted(&lf, c);
	life_end(&lf);
	return held;
}

/*
 * Destroy is the last to start: the second is in progress, at its m-th place,
 * when destroy comes, which is held at its n-th.
 */
static unsigned
meet_destroy(struct cell *cell, unsigned n, unsigned m)
{
	struct life lf;
	struct life_call c[2];
	unsigned held = 0;

	life_begin(&lf, cell->world, NULL);
	if (cell->second != SERVER)
		life_freesop(&lf);
	life_call(&lf, &c[1], cell->second, m);
	life_run(&lf, &c[1]);
	held |= life_held(&c[1]) ? SECOND_HELD : 0;
	life_call(&lf, &c[0], DESTROY, n);
	life_run(&lf, &c[0]);
	held |= life_held(&c[0]) ? FIRST_HELD : 0;
	life_go(&c[1]);
	life_run(&lf, &c[1]);
	life_go(&c[0]);
	life_finish(&lf, c, 2);
	see(cell->seen[0], life_result(&c[0]));
	see(cell->seen[1], life_result(&c[1]));
	life_end(&lf);
	return held;
}

static void
sweep_second(struct cell *cell, unsigned n)
{
	unsigned m = 1;

	while (meet(cell, n, m) & SECOND_HELD)
		m++;
}

/*
 * One that is asleep for ever gets to the places beyond when it has been
 * interrupted.
 */
static void
sweep(struct cell *cell)
{
	unsigned n = 1, held;

	if (cell->second == DESTROY)
		n = life_firstplace(cell->first);
	do {
		held = meet(cell, n, 0);
		if (thorough)
			sweep_second(cell, n);
		if (held & FIRST_HELD)
			n++;
		else if (!cell->interrupted && (held & FIRST_ASLEEP))
			cell->interrupted = true;
		else
			held = 0;
	} while (held != 0);
}

/*
 * Where the second is while destroy goes on does not matter much, as long as
 * it is in.
 */
static void
sweep_destroy(struct cell *cell)
{
	unsigned m = life_firstplace(cell->second), n;

	do {
		n = 1;
		while (meet_destroy(cell, n, m) & FIRST_HELD)
			n++;
	} while ((meet_destroy(cell, 0, m++) & SECOND_HELD) && thorough);
}

/*
 * A close that is the first goes on while the second is held only where both
 * are.
 */
static void
check_seen(struct cell *cell, int which, const char *allowed, size_t n)
{
	const char *seen = cell->seen[which];
	bool overtaken = thorough && which == 0 && cell->first == CLOSE;

	for (size_t i = 0; seen[i] != '\0'; i++) {
		if (memchr(allowed, seen[i], n) == NULL &&
		    !(seen[i] == 'R' &&
			(overtaken || memchr(allowed, 'r', n) != NULL)))
			fail_msg("the %s returned %s, not %.*s",
			    which == 0 ? "first" : "second", seen, (int)n,
			    allowed);
	}
	for (size_t i = 0; i < n; i++) {
		if (allowed[i] != 'r' && strchr(seen, allowed[i]) == NULL)
			fail_msg("the %s never returned %c",
			    which == 0 ? "first" : "second", allowed[i]);
	}
}

static void
play(void **state)
{
	struct cell *cell = *state;
	const char *want = tables[cell->world][cell->first][cell->second];
	size_t n = strcspn(want, "/");

	if (cell->first == DESTROY)
		sweep_destroy(cell);
	else
		sweep(cell);
	check_seen(cell, 0, want, n);
	check_seen(cell, 1, want + n + 1, strlen(want + n + 1));
}

#define NCELLS ((size_t)LIFE_WORLDS * LIFE_OPS * LIFE_OPS)
static struct cell cells[NCELLS];
static struct CMUnitTest tests[NCELLS];

static void
cell_make(struct cell *cell, size_t i)
{
	cell->first = (enum life_op)(i / LIFE_OPS % LIFE_OPS);
	cell->second = (enum life_op)(i % LIFE_OPS);
	cell->world = (enum life_world)(i / LIFE_OPS / LIFE_OPS);
	(void)snprintf(cell->name, sizeof(cell->name), "%s: %s, %s",
	    life_worldname[cell->world], life_opname[cell->first],
	    life_opname[cell->second]);
}

int
main(int argc, char **argv)
{
	size_t n = 0;

	thorough = argc > 1 && strcmp(argv[1], "long") == 0;
	for (size_t i = 0; i < NCELLS; i++) {
		cell_make(&cells[i], i);
		if (cells[i].first == DESTROY && cells[i].second == DESTROY)
			continue; /* misuse */
		tests[n].name = cells[i].name;
		tests[n].test_func = play;
		tests[n++].initial_state = &cells[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
