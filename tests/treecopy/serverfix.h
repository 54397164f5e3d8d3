/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SERVERFIX_H
#define TREECOPY_SERVERFIX_H

/*
 * A mount of the directory "source" and its file server, for tests that send
 * messages themselves.  In it: "file", "link", "dir/inside", "dir/sub/", "fifo".
 */

#include "client.h"
#include "fileserver.h"

extern struct puffs_mount *mount;
extern struct fileserver server;
extern struct client client; /* the test's thread's */
extern uint64_t root;        /* cookie */

int server_setup(void **state);
int server_teardown(void **state);

/* A LOOKUP that succeeds. */
uint64_t look_up(uint64_t dir, const char *name);

#define SERVER_TEST(f) \
	cmocka_unit_test_setup_teardown(f, server_setup, server_teardown)

#endif /* TREECOPY_SERVERFIX_H */
