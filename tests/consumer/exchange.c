/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What every consumer does: one message to a server in the same process and
 * back.  EXPECTED_VERSION is that of the package which was found.
 */
#include <puffsmsg/puffsmsg.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int
handler(void *arg, struct puffsmsg_request *request)
{
	request->replylen = sizeof(struct puffs_req);
	return *(int *)arg;
}

static int
exchange(struct puffs_mount *mount)
{
	struct puffs_msgpark *park;
	void *msg;
	int error;

	error = puffs_msgmem_alloc(sizeof(struct puffs_req), &park, &msg, 1);
	if (error != 0)
		return error;
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_GETATTR, NULL);
	puffs_msg_enqueue(mount, park);
	error = puffs_msg_wait(mount, park);
	puffs_msgmem_release(park);
	return error;
}

int
main(void)
{
	struct puffs_mount *mount;
	struct puffsmsg_server *server;
	int answer = EXDEV, error;

	if (strcmp(puffsmsg_version(), EXPECTED_VERSION) != 0 ||
	    strcmp(PUFFSMSG_VERSION_STRING, EXPECTED_VERSION) != 0) {
		fprintf(stderr, "wrong version: %s\n", puffsmsg_version());
		return 1;
	}
	puffs_msgif_init();
	if (puffsmsg_mount_create(NULL, &mount) != 0 ||
	    puffsmsg_mount_start(mount) != 0 ||
	    puffsmsg_server_start(mount, handler, &answer, NULL, &server) != 0)
		return 1;
	error = exchange(mount);
	puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE);
	puffsmsg_server_destroy(server);
	puffsmsg_mount_destroy(mount);
	puffs_msgif_destroy();
	printf("answered: %s\n", strerror(error));
	return error == EXDEV ? 0 : 1;
}
