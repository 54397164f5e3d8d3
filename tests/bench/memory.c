/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Memory of requests in flight: what the process grows by, in a process that
 * has done nothing before.
 */

#include <sys/wait.h>

#include <stdio.h>
#include <unistd.h>

#include "messages.h"

/* Bytes of this process in memory; 0 if the system does not say. */
static double
resident(void)
{
	unsigned long size = 0;
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu", &size, &pages) != 2)
		pages = 0;
	fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

static void
nothing(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	(void)arg;
}

/* One message on its way, as far as the server's hand and on. */
static void
send_one(struct puffs_mount *mount)
{
	struct message frame;
	struct message *message;
	struct puffs_msgpark *park = message_new(0, &message);

	puffs_msg_setcall(park, nothing, NULL);
	puffs_msg_enqueue(mount, park);
	puffs_msgmem_release(park);
	if (!message_take(mount, 1, &frame))
		die("a message was lost");
}

static struct memory_result
measure(unsigned inflight)
{
	struct puffsmsg_mount_stats stats = { .size = sizeof(stats) };
	struct memory_result r = { .inflight = inflight };
	struct puffs_mount *mount = messages_open();
	double before;
	unsigned i;

	send_one(mount);
	before = resident();
	for (i = 1; i < inflight; i++)
		send_one(mount);
	r.resident = (resident() - before) / inflight;
	puffsmsg_mount_stats(mount, &stats);
	r.counted = (double)stats.bytes / (double)stats.parks;
	messages_close(mount);
	return r;
}

struct memory_result
memory_measure(unsigned inflight)
{
	struct memory_result r = { .inflight = inflight };
	int fd[2];
	pid_t child;

	if (pipe(fd) != 0 || (child = fork()) < 0)
		die("no process");
	if (child == 0) {
		close(fd[0]);
		r = measure(inflight);
		_exit(write(fd[1], &r, sizeof(r)) == sizeof(r) ? 0 : 1);
	}
	close(fd[1]);
	if (read(fd[0], &r, sizeof(r)) != sizeof(r))
		die("no answer from the process that measures memory");
	close(fd[0]);
	waitpid(child, NULL, 0);
	return r;
}
