/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Several copies of the library in one process: that which the program is
 * linked with, another file of the shared one, and two plugins with the
 * static one inside.  All run at once, and each is left alone by the others.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>

#include "gate.h"
#include "world.h"

#define COPIES  4u
#define THREADS 3u
#define MANY    400u

static struct world worlds[COPIES];
static void *handles[COPIES]; /* NULL: the program's own */

static void *
open_file(const char *file, int flags)
{
	void *handle = dlopen(file, RTLD_NOW | flags);

	if (handle == NULL)
		print_error("%s\n", dlerror());
	assert_non_null(handle);
	return handle;
}

static void
take_linked(struct calls *calls)
{
	CALLS_LINKED(calls);
}

static void
open_all(int flags)
{
	handles[0] = NULL;
	take_linked(&worlds[0].calls);
	handles[1] = open_file(COPY, flags);
	assert_true(calls_find(&worlds[1].calls, handles[1]));
	handles[2] = open_file(PLUGIN_A, flags);
	assert_true(calls_of_plugin(&worlds[2].calls, handles[2]));
	handles[3] = open_file(PLUGIN_B, RTLD_LOCAL);
	assert_true(calls_of_plugin(&worlds[3].calls, handles[3]));
}

static void
close_all(void)
{
	for (unsigned i = 1; i < COPIES; i++)
		assert_int_equal(dlclose(handles[i]), 0);
}

static void
start_all(void)
{
	for (unsigned i = 0; i < COPIES; i++)
		assert_true(world_start(&worlds[i], (int)i + 1));
}

static void
the_copies_are_different_ones(void **state)
{
	(void)state;
	open_all(RTLD_LOCAL);
	for (unsigned i = 0; i < COPIES; i++)
		for (unsigned k = 0; k < i; k++)
			assert_true(worlds[i].calls.puffs_msg_wait !=
			    worlds[k].calls.puffs_msg_wait);
	close_all();
}

/* A thread that uses all copies by turns, then only what is left. */
struct user {
	pthread_t thread;
	unsigned turn;
	struct gate used, end;
	unsigned failed;
};

static void *
user_main(void *arg)
{
	struct user *u = arg;

	for (unsigned i = 0; i < MANY; i++)
		u->failed += !world_exchange(&worlds[u->turn++ % COPIES]);
	for (unsigned i = 0; i < COPIES; i++)
		u->failed += !world_call(&worlds[i]);
	gate_pass(&u->used);
	gate_await(&u->end, 1);
	return NULL;
}

static void
users_start(struct user users[THREADS])
{
	for (unsigned i = 0; i < THREADS; i++) {
		users[i].turn = i;
		users[i].failed = 0;
		gate_init(&users[i].used);
		gate_init(&users[i].end);
		assert_int_equal(pthread_create(&users[i].thread, NULL,
				     user_main, &users[i]),
		    0);
	}
}

static void
users_await(struct user users[THREADS])
{
	for (unsigned i = 0; i < THREADS; i++) {
		gate_await(&users[i].used, 1);
		assert_int_equal(users[i].failed, 0);
	}
}

static void
user_end(struct user *u)
{
	gate_pass(&u->end);
	assert_int_equal(pthread_join(u->thread, NULL), 0);
}

static void
assert_counts(struct world *w)
{
	const unsigned calls = THREADS, all = THREADS * MANY / COPIES + calls;

	while (atomic_load(&w->called) < calls)
		sched_yield();
	assert_true(world_counted(w, all));
}

/*
 * Stops the copies in that order; those which are left go on, and threads end
 * that are lwps of some that run and of some that do not.
 */
static void
run_all(int flags, const unsigned order[COPIES])
{
	struct user users[THREADS];

	open_all(flags);
	start_all();
	users_start(users);
	users_await(users);
	for (unsigned i = 0; i < COPIES; i++)
		assert_counts(&worlds[i]);
	for (unsigned i = 0; i < COPIES; i++) {
		world_stop(&worlds[order[i]]);
		if (i < THREADS)
			user_end(&users[i]);
		for (unsigned k = i + 1; k < COPIES; k++)
			assert_true(world_exchange(&worlds[order[k]]));
	}
	close_all();
}

/* All orders of 0 to n - 1, by exchanging the last with each. */
static void
run_orders(int flags, unsigned order[COPIES], unsigned n)
{
	unsigned last;

	if (n == 0)
		run_all(flags, order);
	for (unsigned i = 0; i < n; i++) {
		last = order[n - 1];
		order[n - 1] = order[i];
		order[i] = last;
		run_orders(flags, order, n - 1);
		order[i] = order[n - 1];
		order[n - 1] = last;
	}
}

static void
all_run_at_once_and_stop_in_any_order(void **state)
{
	unsigned order[COPIES] = { 0, 1, 2, 3 };

	(void)state;
	run_orders(RTLD_LOCAL, order, COPIES);
}

/* As a program does that knows no better. */
static void
global_names_of_the_first_do_not_catch_calls_of_the_others(void **state)
{
	static const unsigned order[COPIES] = { 1, 0, 3, 2 };

	(void)state;
	run_all(RTLD_GLOBAL, order);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_copies_are_different_ones),
		cmocka_unit_test(all_run_at_once_and_stop_in_any_order),
		cmocka_unit_test(
		    global_names_of_the_first_do_not_catch_calls_of_the_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
