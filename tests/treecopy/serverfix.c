/* SPDX-License-Identifier: BSD-2-Clause */

#include <sys/stat.h>

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "runner.h"
#include "serverfix.h"

struct puffs_mount *mount;
struct fileserver server;
struct client client;
static struct stats stats;
uint64_t root;

static void
make_source(void)
{
	make_dir("source");
	make_file("source/file", 10000);
	make_dir("source/dir");
	make_file("source/dir/inside", 5);
	make_dir("source/dir/sub");
	assert_int_equal(symlink("target", "source/link"), 0);
	assert_int_equal(mkfifo("source/fifo", 0600), 0);
}

int
server_setup(void **state)
{
	struct fileserver_options options = { .workers = 3 };

	if (enter_directory(state) != 0)
		return 1;
	make_source();
	options.fd = open("source", O_RDONLY | O_DIRECTORY);
	puffs_msgif_init();
	assert_int_equal(puffsmsg_mount_create(NULL, &mount), 0);
	assert_int_equal(puffsmsg_mount_start(mount), 0);
	assert_int_equal(fileserver_start(&server, mount, &options), 0);
	root = fileserver_root(&server);
	client_init(&client, mount, PUFFSMSG_MAXMSG_DEFAULT, &stats);
	return 0;
}

int
server_teardown(void **state)
{
	struct puffsmsg_stats left = { .size = sizeof(left) };

	client_fini(&client);
	assert_int_equal(puffsmsg_mount_unmount(mount, 0), 0);
	fileserver_destroy(&server);
	puffsmsg_mount_destroy(mount);
	assert_int_equal(puffsmsg_stats(&left), 0);
	assert_int_equal(left.parks, 0);
	assert_int_equal(left.bytes, 0);
	puffs_msgif_destroy();
	return leave_directory(state);
}

uint64_t
look_up(uint64_t dir, const char *name)
{
	struct found found;

	assert_int_equal(client_lookup(&client, dir, name, &found), 0);
	return found.f_cookie;
}
