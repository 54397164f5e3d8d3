/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/msgif/park.c: parks used by those who do not own them any more, or in
 * ways that make no sense; and in a library that does not run
 */

#include "msgfix.h"

#include <stdio.h>

#include "expect_panic.h"

static struct puffs_mount *other;

static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	(void)arg;
}

static void
call_release(void *arg)
{
	puffs_msgmem_release(arg);
}

static void
call_setfaf(void *arg)
{
	puffs_msg_setfaf(arg);
}

static void
call_setdelta(void *arg)
{
	puffs_msg_setdelta(arg, 0);
}

static void
call_setinfo(void *arg)
{
	puffs_msg_setinfo(arg, PUFFSOP_VN, 0, NULL);
}

static void
call_setcookie(void *arg)
{
	puffsmsg_msg_setcookie(arg, 0);
}

static void
call_setcall(void *arg)
{
	puffs_msg_setcall(arg, callback, NULL);
}

static void
call_setcall_null(void *arg)
{
	puffs_msg_setcall(arg, NULL, NULL);
}

static void
call_enqueue(void *arg)
{
	puffs_msg_enqueue(fix_mount, arg);
}

static void
call_wait(void *arg)
{
	(void)puffs_msg_wait(fix_mount, arg);
}

static void
call_wait2(void *arg)
{
	(void)puffs_msg_wait2(fix_mount, arg, NULL, NULL);
}

static const struct {
	void (*fn)(void *);
	const char *name; /* that the panic gives */
} calls[] = {
	{ call_release, "puffs_msgmem_release" },
	{ call_setfaf, "puffs_msg_setfaf" },
	{ call_setdelta, "puffs_msg_setdelta" },
	{ call_setinfo, "puffs_msg_setinfo" },
	{ call_setcookie, "puffsmsg_msg_setcookie" },
	{ call_setcall, "puffs_msg_setcall" },
	{ call_enqueue, "puffs_msg_enqueue" },
	{ call_wait, "puffs_msg_wait" },
	{ call_wait2, "puffs_msg_wait" },
};
#define NCALLS (sizeof(calls) / sizeof(calls[0]))

/* Every call with a park whose release has left it to its server. */
static void
expect_released(struct puffs_msgpark *park)
{
	char words[100];

	for (unsigned i = 0; i < NCALLS; i++) {
		(void)snprintf(words, sizeof(words), "%s: park %p: released",
		    calls[i].name, (void *)park);
		expect_panic(calls[i].fn, park, words);
	}
}

static void
a_released_park_that_is_queued_is_not_its_callers(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	(void)state;
	puffs_msgmem_release(park);
	expect_released(park);
	fix_serve(fix_mount, 0);
	fix_assert_empty(fix_mount);
}

static void
a_released_park_that_is_in_hand_is_not_its_callers(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	puffs_msgmem_release(park);
	expect_released(park);
	fix_releaseout(fix_mount, &f, 0);
	expect_released(park);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	fix_assert_empty(fix_mount);
}

/* What has ended is kept by the frame that the server still holds. */
static void
a_released_park_that_has_ended_is_not_its_callers(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, EIO), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EIO);
	puffs_msgmem_release(park);
	expect_released(park);
	fix_releaseout(fix_mount, &f, 0);
	fix_assert_empty(fix_mount);
}

static void
a_callback_must_be_a_function(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	expect_panic(call_setcall_null, park, "puffs_msg_setcall: park");
	puffs_msgmem_release(park);
}

static void
an_answer_to_the_server_has_no_callback(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	puffs_msg_setcall(park, callback, NULL);
	fix_req(park)->preq_opclass = PUFFSOP_FLUSH | PUFFSOPFLAG_ISRESPONSE;
	expect_panic(call_enqueue, park, "an answer to the server has no");
	puffs_msgmem_release(park);
}

static void
release_at_other(void *arg)
{
	struct fix_frame *f = arg;

	puffs_msgif_releaseout(other, f->cookie, 0);
}

static void
a_frame_is_released_where_it_was_taken(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	other = fix_mount_new(NULL);
	fix_hold(fix_mount, &f);
	expect_panic(release_at_other, &f, "is not in hand");
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	puffs_msgmem_release(park);
	fix_mount_free(other);
}

static void
alloc_call(void *arg)
{
	struct puffs_msgpark *park;
	void *mem;

	(void)puffs_msgmem_alloc(128, &park, &mem, *(int *)arg);
}

static void
mount_call(void *arg)
{
	struct puffs_mount *mount;

	(void)arg;
	(void)puffsmsg_mount_create(NULL, &mount);
}

static void
self_call(void *arg)
{
	(void)arg;
	(void)puffsmsg_lwp_self();
}

static void
detach_call(void *arg)
{
	(void)arg;
	puffsmsg_lwp_detach();
}

static void
kill_call(void *arg)
{
	(void)arg;
	(void)puffsmsg_lwp_kill(1, 2);
}

static void
proc_kill_call(void *arg)
{
	(void)arg;
	(void)puffsmsg_proc_kill(2);
}

static void
take_call(void *arg)
{
	(void)arg;
	(void)puffsmsg_lwp_sigtake();
}

static void
block_call(void *arg)
{
	(void)arg;
	(void)puffsmsg_lwp_sigblock(2, true);
}

static void
ignore_call(void *arg)
{
	(void)arg;
	(void)puffsmsg_proc_sigignore(2, true);
}

static void
translate_call(void *arg)
{
	(void)arg;
	(void)puffsmsg_translate_alloc(64, 1);
}

static void
before_its_start_the_library_knows_no_threads(void **state)
{
	struct puffsmsg_stats st = { .size = sizeof(st), .parks = 1 };

	(void)state;
	expect_panic(self_call, NULL, "puffsmsg_lwp_self: the library");
	expect_panic(detach_call, NULL, "puffsmsg_lwp_detach: the library");
	expect_panic(kill_call, NULL, "puffsmsg_lwp_kill: the library");
	expect_panic(proc_kill_call, NULL, "puffsmsg_proc_kill: the library");
	expect_panic(take_call, NULL, "puffsmsg_lwp_sigtake: the library");
	expect_panic(block_call, NULL, "puffsmsg_lwp_sigblock: the library");
	expect_panic(ignore_call, NULL, "puffsmsg_proc_sigignore: the library");
	expect_panic(translate_call, NULL, "puffsmsg_translate_alloc: the");
	assert_int_equal(puffsmsg_stats(&st), 0);
	assert_int_equal(st.parks, 0);
}

static void
before_its_start_the_library_makes_nothing(void **state)
{
	int nosleep = 0, sleep = 1;

	(void)state;
	expect_panic(alloc_call, &nosleep, "puffs_msgmem_alloc: the library");
	expect_panic(alloc_call, &sleep, "puffs_msgmem_alloc: the library");
	expect_panic(mount_call, NULL, "puffsmsg_mount_create: the library");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_its_start_the_library_makes_nothing),
		cmocka_unit_test(before_its_start_the_library_knows_no_threads),
		TEST(a_released_park_that_is_queued_is_not_its_callers),
		TEST(a_released_park_that_is_in_hand_is_not_its_callers),
		TEST(a_released_park_that_has_ended_is_not_its_callers),
		TEST(a_callback_must_be_a_function),
		TEST(an_answer_to_the_server_has_no_callback),
		TEST(a_frame_is_released_where_it_was_taken),
		cmocka_unit_test(before_its_start_the_library_makes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
