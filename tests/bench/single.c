/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A message's whole way on one thread, where nobody ever sleeps: allocate,
 * fill, enqueue, getout, releaseout, dispatch, callback, release.
 */

#include "messages.h"

static void
done(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	uint64_t *completed = arg;

	(void)mount;
	if (req->preq_rv == 0)
		++*completed;
}

static void
go_through(struct puffs_mount *mount, uint64_t n, uint64_t *completed)
{
	struct message *message;
	struct message frame;
	struct puffs_msgpark *park = message_new(n, &message);

	puffs_msg_setcall(park, done, completed);
	puffs_msg_enqueue(mount, park);
	if (!message_take(mount, 1, &frame))
		die("a message was lost");
	message_answer(mount, &frame);
	puffs_msgmem_release(park);
}

double
single_measure(uint64_t count)
{
	struct puffs_mount *mount = messages_open();
	uint64_t completed = 0;
	uint64_t n;
	double ns;

	for (n = 0; n < count / 10; n++)
		go_through(mount, n, &completed);
	completed = 0;
	ns = now_ns();
	for (n = 0; n < count; n++)
		go_through(mount, n, &completed);
	ns = now_ns() - ns;
	if (completed != count)
		die("%llu of %llu messages completed",
		    (unsigned long long)completed, (unsigned long long)count);
	messages_close(mount);
	return ns / (double)count;
}
