/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Three ends of a mount: the first is held at its first, second, ... place; the
 * second comes and goes as far as it can; then the third does.  The first goes
 * on, and if the second was waiting for it, it is held where it wakes: the third
 * overtakes it.
 *
 * With the argument "long": in more worlds, and with more thirds.
 */

#include <stdio.h>
#include <string.h>

#include "lifecycle.h"

static const enum life_world worlds[] = { AGREES, REFUSES, MUTE };
#define NWORLDS (sizeof(worlds) / sizeof(worlds[0]))

struct trio {
	enum life_world world;
	enum life_op op[3];
	char name[64];
};

static const char *
allowed(enum life_op op, enum life_world world)
{
	switch (op) {
	case PLAIN:
		return world == REFUSES ? "0B" : world == MUTE ? "0I" : "0";
	case CLOSE:
		return "0R";
	case SERVER:
	case REQUEST:
		return "0X";
	default:
		return "0";
	}
}

/*
 * The sop thread does one at a time.
 */
static bool
possible(const struct trio *t)
{
	bool sop[3];

	for (int i = 0; i < 3; i++)
		sop[i] = t->op[i] == SERVER || t->op[i] == REQUEST;
	return t->op[0] != DESTROY && t->op[1] != DESTROY &&
	    sop[0] + sop[1] + sop[2] <= 1;
}

/* Not only with "long". */
static bool
usual(const struct trio *t)
{
	return t->world == AGREES &&
	    (t->op[2] == FORCED || t->op[2] == CLOSE || t->op[2] == DESTROY);
}

/*
 * Returns whether the first was held.
 */
static bool
meet(const struct trio *t, unsigned n)
{
	struct life_call c[3];
	struct life lf;
	bool held;

	life_begin(&lf, t->world, NULL);
	if (t->op[0] != SERVER && t->op[1] != SERVER && t->op[2] != SERVER)
		life_freesop(&lf);
	life_call(&lf, &c[0], t->op[0], n);
	life_run(&lf, &c[0]);
	held = life_held(&c[0]);
	life_call(&lf, &c[1], t->op[1], 0);
	life_run(&lf, &c[1]);
	if (!life_returned(&c[1]))
		ls_go(c[1].t, 1);
	life_call(&lf, &c[2], t->op[2], 0);
	life_run(&lf, &c[2]);
	if (!life_held(&c[1]))
		life_poke(&lf, &c[2]);
	life_go(&c[0]);
	life_go(&c[1]);
	life_finish(&lf, c, 3);
	for (int i = 0; i < 3; i++) {
		if (strchr(allowed(t->op[i], t->world), life_result(&c[i])) ==
		    NULL)
			fail_msg("number %d returned %c", i + 1,
			    life_result(&c[i]));
	}
	if (t->world == AGREES)
		assert_true(atomic_load(&lf.asked) <= 1);
	life_end(&lf);
	return held;
}

static void
play(void **state)
{
	const struct trio *t = *state;
	unsigned n = 1;

	if (t->op[2] == DESTROY)
		n = life_firstplace(t->op[0]);
	while (meet(t, n))
		n++;
}

#define NTRIOS (NWORLDS * LIFE_OPS * LIFE_OPS * LIFE_OPS)
static struct trio trios[NTRIOS];
static struct CMUnitTest tests[NTRIOS];

static void
trio_make(struct trio *t, size_t i)
{
	for (int k = 0; k < 3; k++) {
		t->op[k] = (enum life_op)(i % LIFE_OPS);
		i /= LIFE_OPS;
	}
	t->world = worlds[i];
	(void)snprintf(t->name, sizeof(t->name), "%s: %s, %s, %s",
	    life_worldname[t->world], life_opname[t->op[0]],
	    life_opname[t->op[1]], life_opname[t->op[2]]);
}

int
main(int argc, char **argv)
{
	bool thorough = argc > 1 && strcmp(argv[1], "long") == 0;
	size_t n = 0;

	for (size_t i = 0; i < NTRIOS; i++) {
		trio_make(&trios[i], i);
		if (!possible(&trios[i]) || !(thorough || usual(&trios[i])))
			continue;
		tests[n].name = trios[i].name;
		tests[n].test_func = play;
		tests[n++].initial_state = &trios[i];
	}
	return _cmocka_run_group_tests("three", tests, n, NULL, NULL);
}
