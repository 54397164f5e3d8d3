/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/dump.c: a mount and its messages, for people. */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "serverreq.h"

#define MAX_LINES 64u

/* What was emitted. */
struct lines {
	unsigned n;
	char line[MAX_LINES][200];
};
static struct lines lines;

static void
emit(void *arg, const char *line)
{
	struct lines *l = arg;

	if (l->n < MAX_LINES)
		(void)snprintf(l->line[l->n], sizeof(l->line[0]), "%s", line);
	l->n++;
}

static int
dump(struct puffs_mount *mount)
{
	memset(&lines, 0, sizeof(lines));
	return puffsmsg_mount_dump(mount, emit, &lines);
}

/* The line about the message with these words. */
static const char *
line_of(const char *words)
{
	for (unsigned i = 1; i < lines.n && i < MAX_LINES; i++) {
		if (strstr(lines.line[i], words) != NULL)
			return lines.line[i];
	}
	fail_msg("no line says \"%s\"", words);
	return NULL;
}

static void
expect_words(const char *line, const char *words)
{
	if (strstr(line, words) == NULL)
		fail_msg("no \"%s\" in \"%s\"", words, line);
}

static void
an_idle_mount_is_one_line(void **state)
{
	(void)state;
	assert_int_equal(dump(fix_mount), 0);
	assert_int_equal(lines.n, 1);
	expect_words(lines.line[0], "mount puffs RUNNING: 0 messages");
}

static void
the_line_of_a_mount_says_its_state(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_mount *mount;

	(void)state;
	opt.name = "home";
	assert_int_equal(puffsmsg_mount_create(&opt, &mount), 0);
	assert_int_equal(dump(mount), 0);
	expect_words(lines.line[0], "mount home MOUNTING");
	puffs_userdead(mount);
	assert_int_equal(dump(mount), 0);
	expect_words(lines.line[0], "mount home DYING");
	puffsmsg_mount_destroy(mount);
}

static void
send(int opclass, int type)
{
	struct puffs_msgpark *park = fix_park(128, opclass, type);

	puffs_msg_setfaf(park);
	puffs_msg_enqueue(fix_mount, park);
	puffs_msgmem_release(park);
}

static void
every_class_has_a_name(void **state)
{
	static const char *const names[] = { "NONE/100", "VFS/101", "VN/102",
		"CACHE/103", "ERROR/104", "FLUSH/105", "SUSPEND/106",
		"UNMOUNT/107" };

	(void)state;
	for (int i = 0; i < 8; i++)
		send(i, 100 + i);
	assert_int_equal(dump(fix_mount), 0);
	assert_int_equal(lines.n, 9);
	expect_words(lines.line[0], "8 messages");
	for (int i = 0; i < 8; i++)
		expect_words(line_of(names[i]), " faf");
}

static void
every_message_says_age_id_state_and_owner(void **state)
{
	struct puffs_msgpark *parks[5];
	struct fix_waiter w;
	struct fix_frame f[4];
	char owner[32];

	(void)state;
	for (int i = 0; i < 5; i++) {
		parks[i] = fix_park(64 + (size_t)i, PUFFSOP_VN, 10 + i);
		puffs_msg_enqueue(fix_mount, parks[i]);
	}
	for (int i = 0; i < 3; i++)
		fix_take(fix_mount, &f[i]);
	fix_hold(fix_mount, &f[3]);
	assert_int_equal(fix_reply(fix_mount, &f[0], 0), 0);
	fix_wait_start(&w, fix_mount, parks[1]);
	fix_kill(&w.t, SIGINT);
	assert_int_equal(fix_wait_join(&w), EINTR);
	fix_clock_advance(UINT64_C(3600) * 1000000000);
	assert_int_equal(dump(fix_mount), 0);
	assert_int_equal(lines.n, 6);
	expect_words(line_of("VN/10 "), "id 1 VN/10 done age 36");
	expect_words(line_of("VN/11 "), "id 2 VN/11 replywait abandoned age");
	expect_words(line_of("VN/12 "), "id 3 VN/12 replywait age");
	expect_words(line_of("VN/13 "), "id 4 VN/13 inhand age");
	expect_words(line_of("VN/14 "), "id 5 VN/14 touser age");
	expect_words(line_of("VN/14 "), "sends 68 room 68");
	(void)snprintf(owner, sizeof(owner), " lwp %d ",
	    (int)puffsmsg_lwp_self());
	expect_words(line_of("VN/12 "), owner);
	fix_releaseout(fix_mount, &f[3], 0);
	puffs_userdead(fix_mount);
	for (int i = 0; i < 5; i++)
		puffs_msgmem_release(parks[i]);
}

static void
completed(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	(void)arg;
}

static void
a_message_with_a_callback_says_so(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	puffs_msg_setdelta(park, 28);
	puffs_msg_setcall(park, completed, NULL);
	puffs_msg_enqueue(fix_mount, park);
	assert_int_equal(dump(fix_mount), 0);
	expect_words(line_of("VN/6 "), "touser call age");
	expect_words(line_of("VN/6 "), "sends 100 room 128");
	puffs_userdead(fix_mount);
	puffs_msgmem_release(park);
}

static void
the_longest_line_is_not_cut(void **state)
{
	struct puffs_msgpark *park;

	(void)state;
	park = fix_park(128, PUFFSOP_SUSPEND, 65535);
	puffs_msg_enqueue(fix_mount, park);
	mutex_enter(&fix_mount->pmp_lock);
	park->park_id = UINT64_MAX;
	park->park_lid = INT32_MIN;
	park->park_since = 1;
	mutex_exit(&fix_mount->pmp_lock);
	fix_clock_advance(UINT64_MAX / 4);
	assert_int_equal(dump(fix_mount), 0);
	expect_words(lines.line[1], "id 18446744073709551615 SUSPEND/65535");
	expect_words(lines.line[1], "lwp -2147483648 sends 128 room 128");
	puffs_userdead(fix_mount);
	puffs_msgmem_release(park);
}

static void
without_memory_nothing_is_said(void **state)
{
	(void)state;
	send(PUFFSOP_VN, 1);
	fix_memory_fail_after(0, 0);
	assert_int_equal(dump(fix_mount), ENOMEM);
	fix_memory_ok();
	assert_int_equal(lines.n, 0);
	assert_int_equal(dump(fix_mount), 0);
	assert_int_equal(lines.n, 2);
}

static void
an_idle_mount_needs_no_memory(void **state)
{
	(void)state;
	fix_memory_fail_after(0, 0);
	assert_int_equal(dump(fix_mount), 0);
	fix_memory_ok();
	assert_int_equal(lines.n, 1);
}

/* More than a dump has made room for. */
static void
send_many(void)
{
	for (int i = 0; i < 40; i++)
		send(PUFFSOP_VN, i);
}

static void
messages_that_come_meanwhile_are_said_too(void **state)
{
	(void)state;
	send(PUFFSOP_VFS, 1);
	fix_memory_hook(send_many);
	assert_int_equal(dump(fix_mount), 0);
	assert_int_equal(lines.n, 42);
	expect_words(lines.line[0], "41 messages");
	(void)line_of("VN/39 ");
}

static void
without_memory_for_those_nothing_is_said(void **state)
{
	(void)state;
	send(PUFFSOP_VFS, 1);
	fix_memory_hook(send_many);
	/* As much as the first attempt wants is there. */
	fix_memory_fail_after(1, 512);
	assert_int_equal(dump(fix_mount), ENOMEM);
	fix_memory_ok();
	assert_int_equal(lines.n, 0);
}

/* In the middle of a dump, while it takes memory. */
static uint64_t references_seen;

static void
see_references(void)
{
	references_seen = fix_stats(fix_mount).references;
}

static void
a_dump_under_way_holds_the_mount(void **state)
{
	(void)state;
	send(PUFFSOP_VN, 1);
	fix_memory_hook(see_references);
	assert_int_equal(dump(fix_mount), 0);
	assert_int_equal(references_seen, 2);
	expect_words(lines.line[0], ": 1 messages, 1 references");
	assert_int_equal(fix_stats(fix_mount).references, 1);
}

/* Asks for statistics, for which it needs the lock. */
static void
look(void *arg, const char *line)
{
	(void)line;
	(*(unsigned *)arg)++;
	(void)fix_stats(fix_mount);
}

static void
lines_are_written_without_a_lock(void **state)
{
	unsigned n = 0;

	(void)state;
	send(PUFFSOP_VN, 1);
	assert_int_equal(puffsmsg_mount_dump(fix_mount, look, &n), 0);
	assert_int_equal(n, 2);
}

static void
dumping(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)req;
	*(int *)arg = dump(mount);
}

static void
callbacks_may_dump(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	int error = -1;

	(void)state;
	puffs_msg_setcall(park, dumping, &error);
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, 0);
	assert_int_equal(error, 0);
	assert_int_equal(lines.n, 1);
	puffs_msgmem_release(park);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_idle_mount_is_one_line),
		TEST(the_line_of_a_mount_says_its_state),
		TEST(every_class_has_a_name),
		TEST(every_message_says_age_id_state_and_owner),
		TEST(a_message_with_a_callback_says_so),
		TEST(the_longest_line_is_not_cut),
		TEST(without_memory_nothing_is_said),
		TEST(an_idle_mount_needs_no_memory),
		TEST(messages_that_come_meanwhile_are_said_too),
		TEST(without_memory_for_those_nothing_is_said),
		TEST(a_dump_under_way_holds_the_mount),
		TEST(lines_are_written_without_a_lock),
		TEST(callbacks_may_dump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
