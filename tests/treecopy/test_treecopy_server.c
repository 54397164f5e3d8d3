/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The file server, with callers that treecopy's are not: who name nodes that do
 * not exist, give back what they never got, and ask for what cannot be.
 */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "client_private.h"
#include "runner.h"
#include "serverfix.h"

static void
unknown_cookies_are_stale(void **state)
{
	static const uint64_t unknown[] = { 0, 2, 12345, UINT64_MAX };
	struct puffsmsg_vattr attr;
	struct names names = { .ns_count = 0 };
	struct found found;
	const void *data;
	char link[CLIENT_LINK];
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		const uint64_t cookie = unknown[i];

		assert_int_equal(client_getattr(&client, cookie, &attr),
		    ESTALE);
		assert_int_equal(client_open(&client, cookie), ESTALE);
		assert_int_equal(client_close(&client, cookie), ESTALE);
		assert_int_equal(client_readdir(&client, cookie, &names),
		    ESTALE);
		assert_int_equal(client_readlink(&client, cookie, link),
		    ESTALE);
		assert_int_equal(client_read(&client, cookie, 0, &data, &len),
		    ESTALE);
		assert_int_equal(client_lookup(&client, cookie, "x", &found),
		    ESTALE);
		client_reclaim(&client, cookie, 1);
	}
	names_free(&names);
}

static void
lookups_are_counted(void **state)
{
	struct puffsmsg_vattr attr;
	uint64_t file;

	(void)state;
	file = look_up(root, "file");
	assert_true(look_up(root, "file") == file);
	assert_true(look_up(root, ".") == root);
	client_reclaim(&client, root, 1);
	client_reclaim(&client, file, 1);
	assert_int_equal(client_getattr(&client, file, &attr), 0);
	client_reclaim(&client, file, 1);
	assert_int_equal(tree_drain(server.f_tree, 30), 0);
	assert_int_equal(client_getattr(&client, file, &attr), ESTALE);
}

/* A server that believed these would lose its root, or overflow. */
static void
too_much_is_given_back(void **state)
{
	struct puffsmsg_vattr attr;
	uint64_t file = look_up(root, "file");

	(void)state;
	client_reclaim(&client, root, INT32_MAX);
	client_reclaim(&client, root, INT32_MIN);
	client_reclaim(&client, file, -1);
	assert_int_equal(client_getattr(&client, file, &attr), 0);
	client_reclaim(&client, file, INT32_MAX);
	assert_int_equal(tree_drain(server.f_tree, 30), 0);
	assert_int_equal(client_getattr(&client, root, &attr), 0);
}

/* A directory lives as long as what was found in it. */
static void
children_keep_their_directory(void **state)
{
	uint64_t dir = look_up(root, "dir"), inside = look_up(dir, "inside");
	struct puffsmsg_vattr attr;
	const void *data;
	size_t len;

	(void)state;
	client_reclaim(&client, dir, 1);
	while (client_getattr(&client, dir, &attr) == 0)
		continue;
	assert_int_equal(client_getattr(&client, inside, &attr), 0);
	assert_true(attr.va_size == 5);
	assert_int_equal(client_read(&client, inside, 1, &data, &len), 0);
	assert_int_equal(len, 4);
	/* Found again, it is the same directory. */
	assert_true(look_up(root, "dir") == dir);
	assert_true(look_up(dir, "..") == root);
	client_reclaim(&client, root, 1);
	client_reclaim(&client, dir, 1);
	client_reclaim(&client, inside, 1);
	assert_int_equal(tree_drain(server.f_tree, 30), 0);
}

static void
names_are_checked(void **state)
{
	struct puffs_vnmsg_lookup *lookup;
	struct message msg;
	struct found found;

	(void)state;
	assert_int_equal(client_lookup(&client, root, "none", &found), ENOENT);
	assert_int_equal(client_lookup(&client, root, "..", &found), ENOENT);
	/* What the builder would refuse, written by hand. */
	assert_int_equal(client_message(&msg, sizeof(*lookup), 0), 0);
	assert_int_equal(puffsmsg_op_build_lookup(msg.m_mem, msg.m_len, root, 0,
			     0, "dir-inside", 10, NULL),
	    0);
	lookup = msg.m_mem;
	memcpy(lookup->pvnr_cn.pkcn_name, "dir/inside", 10);
	assert_int_equal(client_exchange(&client, &msg, NULL), EPROTO);
	puffs_msgmem_release(msg.m_park);
}

static void
kinds_are_checked(void **state)
{
	uint64_t file = look_up(root, "file"), link = look_up(root, "link");
	uint64_t fifo = look_up(root, "fifo");
	struct names names = { .ns_count = 0 };
	char target[CLIENT_LINK];
	struct found found;
	const void *data;
	size_t len;

	(void)state;
	assert_int_equal(client_lookup(&client, file, "x", &found), ENOTDIR);
	assert_int_equal(client_readdir(&client, file, &names), ENOTDIR);
	assert_int_equal(client_readlink(&client, file, target), EINVAL);
	assert_int_equal(client_read(&client, root, 0, &data, &len), EISDIR);
	assert_int_equal(client_read(&client, link, 0, &data, &len), EINVAL);
	assert_int_equal(client_read(&client, fifo, 0, &data, &len), EINVAL);
	assert_int_equal(client_open(&client, link), EOPNOTSUPP);
	assert_int_equal(client_open(&client, fifo), EOPNOTSUPP);
	assert_int_equal(client_readlink(&client, link, target), 0);
	assert_string_equal(target, "target");
	names_free(&names);
}

static void
opens_are_counted(void **state)
{
	uint64_t dir = look_up(root, "dir");
	struct names names = { .ns_count = 0 };

	(void)state;
	assert_int_equal(client_close(&client, root), EINVAL);
	assert_int_equal(client_close(&client, dir), EINVAL);
	assert_int_equal(client_readdir(&client, dir, &names), EBADF);
	assert_int_equal(client_open(&client, dir), 0);
	assert_int_equal(client_open(&client, dir), 0);
	assert_int_equal(client_close(&client, dir), 0);
	assert_int_equal(client_readdir(&client, dir, &names), 0);
	assert_int_equal(names.ns_count, 2);
	assert_int_equal(client_close(&client, dir), 0);
	assert_int_equal(client_readdir(&client, dir, &names), EBADF);
	names_free(&names);
}

static void
offsets_are_checked(void **state)
{
	uint64_t file = look_up(root, "file");
	static const int64_t bad[] = { -1, INT64_MIN, 1000, INT64_MAX };
	struct message msg;
	const void *data;
	size_t i, len;

	(void)state;
	assert_int_equal(client_read(&client, file, 1u << 30, &data, &len), 0);
	assert_int_equal(len, 0);
	assert_int_equal(client_read(&client, file, UINT64_MAX, &data, &len),
	    EINVAL);
	assert_int_equal(client_open(&client, root), 0);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(client_message(&msg,
				     PUFFSMSG_READDIR_SIZE(4096), 4096),
		    0);
		assert_int_equal(puffsmsg_op_build_readdir(msg.m_mem, msg.m_len,
				     root, bad[i], 4096, 0, NULL),
		    0);
		assert_int_equal(client_exchange(&client, &msg, NULL), EINVAL);
		puffs_msgmem_release(msg.m_park);
	}
	assert_int_equal(client_close(&client, root), 0);
}

/* A caller whose message cannot take the answer. */
static void
long_links_need_room(void **state)
{
	struct message msg;
	char target[CLIENT_LINK];
	uint64_t link;

	(void)state;
	memset(target, 't', sizeof(target));
	target[2000] = '\0';
	assert_int_equal(symlink(target, "source/long"), 0);
	link = look_up(root, "long");
	assert_int_equal(client_message(&msg,
			     sizeof(struct puffs_vnmsg_readlink), 0),
	    0);
	assert_int_equal(puffsmsg_op_build_readlink(msg.m_mem, msg.m_len, link,
			     NULL),
	    0);
	assert_int_equal(client_exchange(&client, &msg, NULL), ENAMETOOLONG);
	puffs_msgmem_release(msg.m_park);
	assert_int_equal(client_readlink(&client, link, target), 0);
	assert_int_equal(strlen(target), 2000);
}

static void
nothing_can_be_changed(void **state)
{
	uint64_t file = look_up(root, "file");
	struct message msg;

	(void)state;
	assert_int_equal(client_message(&msg, PUFFSMSG_RW_SIZE(1), 0), 0);
	assert_int_equal(puffsmsg_op_build_write(msg.m_mem, msg.m_len, file, 0,
			     "x", 1, 0, NULL),
	    0);
	assert_int_equal(client_exchange(&client, &msg, NULL), EROFS);
	assert_int_equal(puffsmsg_op_build_open(msg.m_mem, msg.m_len, file, 3,
			     NULL),
	    0);
	assert_int_equal(client_exchange(&client, &msg, NULL), EROFS);
	assert_int_equal(puffsmsg_op_build_fsync(msg.m_mem, msg.m_len, file, 0,
			     0, 0, NULL),
	    0);
	assert_int_equal(client_exchange(&client, &msg, NULL), EOPNOTSUPP);
	puffs_msgmem_release(msg.m_park);
}

/* Another file under the same name is another node. */
static void
replaced_files_are_stale(void **state)
{
	uint64_t file = look_up(root, "file");
	struct puffsmsg_vattr attr;
	const void *data;
	size_t len;

	(void)state;
	make_file("new", 3);
	assert_int_equal(rename("new", "source/file"), 0);
	assert_int_equal(client_getattr(&client, file, &attr), ESTALE);
	assert_int_equal(client_read(&client, file, 0, &data, &len), ESTALE);
	assert_true(look_up(root, "file") != file);
	assert_int_equal(client_getattr(&client, file, &attr), ESTALE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(unknown_cookies_are_stale),
		SERVER_TEST(lookups_are_counted),
		SERVER_TEST(too_much_is_given_back),
		SERVER_TEST(children_keep_their_directory),
		SERVER_TEST(names_are_checked),
		SERVER_TEST(kinds_are_checked),
		SERVER_TEST(opens_are_counted),
		SERVER_TEST(offsets_are_checked),
		SERVER_TEST(long_links_need_room),
		SERVER_TEST(nothing_can_be_changed),
		SERVER_TEST(replaced_files_are_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
