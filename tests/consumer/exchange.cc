/* SPDX-License-Identifier: BSD-2-Clause */

/* The C++ consumer: all public headers, and an exchange. */
#include <puffsmsg/op.h>
#include <puffsmsg/puffsmsg.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

static int
handler(void *, struct puffsmsg_request *request)
{
	request->replylen = sizeof(struct puffs_req);
	return EXDEV;
}

int
main()
{
	struct puffs_mount *mount;
	struct puffsmsg_server *server;
	struct puffs_msgpark *park;
	struct puffsmsg_mount_options options = PUFFSMSG_MOUNT_OPTIONS_INIT;
	void *msg;

	if (std::strcmp(puffsmsg_version(), EXPECTED_VERSION) != 0)
		return 1;
	puffs_msgif_init();
	if (puffsmsg_mount_create(&options, &mount) != 0 ||
	    puffsmsg_mount_start(mount) != 0 ||
	    puffsmsg_server_start(mount, handler, nullptr, nullptr, &server) !=
		0 ||
	    puffs_msgmem_alloc(sizeof(struct puffs_req), &park, &msg, 1) != 0)
		return 1;
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_GETATTR, nullptr);
	puffs_msg_enqueue(mount, park);
	const int error = puffs_msg_wait(mount, park);
	puffs_msgmem_release(park);
	puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE);
	puffsmsg_server_destroy(server);
	puffsmsg_mount_destroy(mount);
	puffs_msgif_destroy();
	std::printf("answered: %s\n", std::strerror(error));
	return error == EXDEV ? 0 : 1;
}
