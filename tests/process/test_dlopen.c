/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The library opened by a program that is not linked with it, used and closed
 * again, more often than a process has thread-specific keys.  The shared
 * library stays when it is closed; a plugin with the static one inside goes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

#include "gate.h"
#include "world.h"

/* More than there are keys: that many of glibc, and fewer of others. */
#define ROUNDS 1100
/* After these nothing may grow any more, but for what malloc keeps ready. */
#define WARM 50
/* The smallest block, lost every other round, would be more. */
#define SLACK (ROUNDS * 8)

struct subject {
	const char *file;
	bool plugin;
};

static const struct subject *subject;

struct user {
	pthread_t thread;
	struct world *w;
	struct gate used; /* passed: it has used the library, and is an lwp */
	struct gate end;  /* passed: it may end */
	bool ok;
};

static void *
user_main(void *arg)
{
	struct user *u = arg;

	u->ok = world_exchange(u->w) && world_exchange(u->w);
	gate_pass(&u->used);
	gate_await(&u->end, 1);
	return NULL;
}

static void
user_start(struct user *u, struct world *w)
{
	u->w = w;
	u->ok = false;
	gate_init(&u->used);
	gate_init(&u->end);
	assert_int_equal(pthread_create(&u->thread, NULL, user_main, u), 0);
	gate_await(&u->used, 1);
	assert_true(u->ok);
}

static void
user_end(struct user *u)
{
	gate_pass(&u->end);
	assert_int_equal(pthread_join(u->thread, NULL), 0);
}

static void *
open_library(struct world *w)
{
	void *handle = dlopen(subject->file, RTLD_NOW | RTLD_LOCAL);

	if (handle == NULL)
		print_error("%s\n", dlerror());
	assert_non_null(handle);
	assert_true(subject->plugin ? calls_of_plugin(&w->calls, handle)
				    : calls_find(&w->calls, handle));
	return handle;
}

static bool
is_loaded(void)
{
	void *handle = dlopen(subject->file, RTLD_NOW | RTLD_NOLOAD);

	if (handle != NULL)
		assert_int_equal(dlclose(handle), 0);
	return handle != NULL;
}

/* There are systems, musl's for one, on which nothing is ever unloaded. */
static void
close_library(void *handle)
{
	assert_int_equal(dlclose(handle), 0);
#if defined(__GLIBC__)
	assert_int_equal(is_loaded(), !subject->plugin);
#else
	(void)is_loaded;
#endif
}

/*
 * One thread ends while the library runs, one when it has been stopped, and
 * one when it is not there any more.
 */
static void
one_round(void)
{
	struct user early, late, last;
	struct world w;
	void *handle = open_library(&w);

	assert_true(world_start(&w, EXDEV));
	assert_true(world_exchange(&w));
	assert_true(world_call(&w));
	user_start(&early, &w);
	user_start(&late, &w);
	user_start(&last, &w);
	user_end(&early);
	world_stop(&w);
	assert_int_equal(atomic_load(&w.served), 8);
	assert_int_equal(atomic_load(&w.called), 1);
	user_end(&late);
	close_library(handle);
	user_end(&last);
}

static unsigned
count_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *entry;
	unsigned n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

/* A thread that was joined may be listed for a moment yet. */
static void
await_no_other_thread(void)
{
	while (count_threads() != 1)
		sched_yield();
}

/* How many more keys can be made. */
static unsigned
count_keys(void)
{
	static pthread_key_t keys[8192];
	unsigned n = 0;

	while (n < 8192 && pthread_key_create(&keys[n], NULL) == 0)
		n++;
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_key_delete(keys[i]), 0);
	return n;
}

static size_t
mapped_pages(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	size_t pages = 0;

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%zu", &pages), 1);
	(void)fclose(f);
	return pages;
}

/* Bytes that malloc has given out, where it says so. */
static size_t
allocated(void)
{
#if defined(__GLIBC__)
	return mallinfo2().uordblks;
#else
	return 0;
#endif
}

static void
opened_and_closed_again_and_again_it_leaves_nothing(void **state)
{
	unsigned keys = 0;
	size_t bytes = 0, pages = 0;

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i == WARM) {
			keys = count_keys();
			bytes = allocated();
			pages = mapped_pages();
		}
		one_round();
	}
	await_no_other_thread();
	assert_int_equal(count_keys(), keys);
	assert_true(allocated() < bytes + SLACK);
	assert_true(mapped_pages() < pages + ROUNDS / 8);
}

/*
 * The thread that stays through all of it finds nothing of an earlier life:
 * it is not an lwp until it has become one.
 */
static void
a_thread_that_stays_is_made_anew(void **state)
{
	struct world w;
	void *handle;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		handle = open_library(&w);
		assert_true(world_start(&w, EXDEV));
		assert_true(w.calls.puffsmsg_lwp_self() > 0);
		assert_true(world_exchange(&w));
		world_stop(&w);
		close_library(handle);
	}
}

/* Each user of a copy has opened and started it, and stops and closes it. */
static void
users_of_one_copy_do_not_disturb_each_other(void **state)
{
	struct world a, b;
	void *first = open_library(&a), *second = open_library(&b);

	(void)state;
	assert_ptr_equal(first, second);
	assert_true(world_start(&a, EXDEV));
	assert_true(world_start(&b, EPERM));
	assert_true(world_exchange(&a) && world_exchange(&b));
	world_stop(&a);
	assert_int_equal(dlclose(first), 0);
	assert_true(world_exchange(&b));
	world_stop(&b);
	close_library(second);
}

/* One that was started many times without being closed. */
static void
started_and_stopped_again_and_again_it_leaves_nothing(void **state)
{
	struct world w;
	struct user user;
	unsigned keys = 0;
	size_t bytes = 0;
	void *handle = open_library(&w);

	(void)state;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (i == WARM) {
			keys = count_keys();
			bytes = allocated();
		}
		assert_true(world_start(&w, EXDEV));
		user_start(&user, &w);
		world_stop(&w);
		user_end(&user);
	}
	await_no_other_thread();
	assert_int_equal(count_keys(), keys);
	assert_true(allocated() < bytes + SLACK);
	close_library(handle);
}

/* Only a library that stays may be closed while it runs. */
static void
closed_too_early_it_goes_on(void **state)
{
	struct user user;
	struct world w;

	(void)state;
	if (subject->plugin)
		return;
	close_library(open_library(&w));
	assert_true(world_start(&w, EXDEV));
	user_start(&user, &w);
	close_library(open_library(&w));
	assert_true(world_exchange(&w));
	user_end(&user);
	world_stop(&w);
}

static int
run_subject(const struct subject *which)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thread_that_stays_is_made_anew),
		cmocka_unit_test(users_of_one_copy_do_not_disturb_each_other),
		cmocka_unit_test(
		    opened_and_closed_again_and_again_it_leaves_nothing),
		cmocka_unit_test(
		    started_and_stopped_again_and_again_it_leaves_nothing),
		cmocka_unit_test(closed_too_early_it_goes_on),
	};

	subject = which;
	return cmocka_run_group_tests_name(which->file, tests, NULL, NULL);
}

int
main(void)
{
	static const struct subject library = { LIBRARY, false };
	static const struct subject plugin = { PLUGIN, true };

	return run_subject(&library) + run_subject(&plugin);
}
