/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The shortest whole program: a file server that is a function, and a caller
 * that exchanges one message with it.  README.md shows what lies between the
 * two marks, word for word.
 */

#include <puffsmsg/puffsmsg.h>
#include <stdio.h>

/* The file server: the message's payload becomes the greeting. */
static int
hello(void *arg, struct puffsmsg_request *request)
{
	snprintf((char *)(request->req + 1),
	    request->room - sizeof(struct puffs_req), "%s", (char *)arg);
	return 0;
}

/* README: begin */
static void
exchange(struct puffs_mount *mount)
{
	struct puffs_msgpark *park;
	void *msg;

	puffs_msgmem_alloc(sizeof(struct puffs_req) + 64, &park, &msg, 1);
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_READLINK, NULL);
	puffs_msg_enqueue(mount, park);
	if (puffs_msg_wait(mount, park) == 0)
		puts((char *)msg + sizeof(struct puffs_req));
	puffs_msgmem_release(park);
}
/* README: end */

int
main(void)
{
	struct puffs_mount *mount;
	struct puffsmsg_server *server;

	puffs_msgif_init();
	if (puffsmsg_mount_create(NULL, &mount) != 0 ||
	    puffsmsg_mount_start(mount) != 0 ||
	    puffsmsg_server_start(mount, hello, "Hello!", NULL, &server) != 0)
		return 1;
	exchange(mount);
	puffsmsg_mount_unmount(mount, 0);
	puffsmsg_server_destroy(server);
	puffsmsg_mount_destroy(mount);
	puffs_msgif_destroy();
	return 0;
}
