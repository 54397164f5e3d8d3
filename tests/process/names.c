/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A program with names of the kernel for itself (own_names.c) has a file
 * server and uses both by turns, on its own threads and on those of the
 * library.  Linked with the shared library and with the static one, so that
 * its names are to be seen and so that they are not.  CMocka is not always
 * there as a static library, so it is not used.
 */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include <puffsmsg/puffsmsg.h>

#include "own_names.h"

#define THREADS 3
#define MANY    20

static struct puffs_mount *mount;
static struct puffsmsg_server *server;
static atomic_uint uses, failed, called;

static void
use(void)
{
	if (!own_names_use())
		atomic_fetch_add(&failed, 1);
	atomic_fetch_add(&uses, 1);
}

static int
handler(void *arg, struct puffsmsg_request *request)
{
	(void)arg;
	use();
	request->replylen = sizeof(struct puffs_req);
	if (PUFFSOP_OPCLASS(request->req->preq_opclass) != PUFFSOP_VN)
		return 0;
	return EXDEV;
}

static void
check(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "failed: %s\n", what);
	exit(1);
}

static void
setup(void)
{
	puffs_msgif_init();
	check(puffsmsg_mount_create(NULL, &mount) == 0, "create");
	check(puffsmsg_mount_start(mount) == 0, "start");
	check(puffsmsg_server_start(mount, handler, NULL, NULL, &server) == 0,
	    "server");
}

static void
teardown(void)
{
	check(puffsmsg_mount_unmount(mount, 0) == 0, "unmount");
	puffsmsg_server_destroy(server);
	puffsmsg_mount_destroy(mount);
	puffs_msgif_destroy();
}

static struct puffs_msgpark *
make_message(void)
{
	struct puffs_msgpark *park;
	void *msg;

	if (puffs_msgmem_alloc(sizeof(struct puffs_req), &park, &msg, 1) != 0)
		abort();
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_GETATTR, NULL);
	return park;
}

static void
done(struct puffs_mount *mp, struct puffs_req *req, void *arg)
{
	(void)arg;
	use();
	if (mp == mount && req->preq_rv == EXDEV)
		atomic_fetch_add(&called, 1);
}

static void
send_call(void)
{
	struct puffs_msgpark *park = make_message();

	puffs_msg_setcall(park, done, NULL);
	puffs_msg_enqueue(mount, park);
	puffs_msgmem_release(park);
}

static int
exchange(void)
{
	struct puffs_msgpark *park = make_message();
	int error;

	puffs_msg_enqueue(mount, park);
	error = puffs_msg_wait(mount, park);
	puffs_msgmem_release(park);
	return error;
}

/* A signal that was posted interrupts the next wait and is taken. */
static int
interrupted(void)
{
	struct puffs_msgpark *park = make_message();
	int error;

	if (puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT) != 0)
		return -1;
	puffs_msg_enqueue(mount, park);
	error = puffs_msg_wait(mount, park);
	puffs_msgmem_release(park);
	return puffsmsg_lwp_sigtake() == SIGINT ? error : -1;
}

static void *
caller(void *arg)
{
	for (int i = 0; i < MANY; i++) {
		if (exchange() != EXDEV || interrupted() != EINTR)
			atomic_fetch_add(&failed, 1);
		use();
		send_call();
	}
	return arg;
}

static void
run_callers(void)
{
	pthread_t threads[THREADS];

	for (int i = 0; i < THREADS; i++)
		check(pthread_create(&threads[i], NULL, caller, NULL) == 0,
		    "pthread_create");
	for (int i = 0; i < THREADS; i++)
		check(pthread_join(threads[i], NULL) == 0, "pthread_join");
	while (atomic_load(&called) < THREADS * MANY)
		sched_yield();
}

int
main(void)
{
	setup();
	run_callers();
	teardown();
	check(atomic_load(&failed) == 0,
	    "a call of the library or of one's own");
	/* Waits, callbacks and the messages of both, and the unmount. */
	check(atomic_load(&uses) == THREADS * MANY * 4 + 1, "uses");
	check(own_names_used(atomic_load(&uses)), "only the program's calls");
	return 0;
}
