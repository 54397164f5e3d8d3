/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Who does what with a scene's message, and who is held in the hooks.
 */

#include <signal.h>
#include <string.h>

#include "lifecycle_scene.h"

static void
hooked(struct scene *s, enum hook hook)
{
	int want = (int)hook;

	if (atomic_compare_exchange_strong(&s->hook, &want, HOOK_NONE))
		ls_hold();
}

static void
called(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct scene *s = arg;

	s->rv = req->preq_rv;
	atomic_fetch_add(&s->calls, 1);
	hooked(s, HOOK_CALLBACK);
	(void)puffsmsg_mount_state(mount); /* it is still there */
}

static int
purgeall(void *arg)
{
	hooked(arg, HOOK_PURGE);
	return 0;
}

static int
lookup(void *arg, uint64_t cookie, struct puffsmsg_nodeinfo *info)
{
	struct scene *s = arg;

	(void)cookie;
	(void)info;
	atomic_fetch_add(&s->lookups, 1);
	hooked(s, HOOK_LOOKUP);
	return ENOENT;
}

const struct puffsmsg_fsops scene_fsops = { .size = sizeof(scene_fsops),
	.cookie2node = lookup,
	.purgeall = purgeall };

static int
translate_out(void *arg, const struct puffs_req *msg, size_t len,
    struct puffs_req **newmsg, size_t *newlen, int cansleep)
{
	*newlen = len + 16;
	*newmsg = puffsmsg_translate_alloc(*newlen, cansleep);
	if (*newmsg == NULL)
		return ENOMEM;
	memcpy(*newmsg, msg, len);
	hooked(arg, HOOK_OUT);
	return 0;
}

static int
translate_in(void *arg, const struct puffs_req *reply, size_t replylen,
    struct puffs_req *orig, size_t origlen)
{
	(void)reply;
	(void)orig;
	(void)origlen;
	if (replylen > 0)
		hooked(arg, HOOK_IN);
	return 0;
}

const struct puffsmsg_translation scene_translation = { .size = sizeof(
							    scene_translation),
	.out = translate_out,
	.in = translate_in };

void
caller_enqueues(void *arg)
{
	struct scene *s = arg;

	puffs_msg_enqueue(fix_mount, s->park);
	s->error = puffs_msg_wait(fix_mount, s->park);
}

void
caller_waits(void *arg)
{
	struct scene *s = arg;

	s->error = puffs_msg_wait(fix_mount, s->park);
}

void
caller_answers(void *arg)
{
	struct puffs_req req = { .preq_id = SRV_ID(3) };

	(void)arg;
	puffs_msg_sendresp(fix_mount, &req, 0);
}

void
caller_interrupted(void *arg)
{
	(void)puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT);
	caller_enqueues(arg);
}

void
scene_caller(struct scene *s, void (*fn)(void *), unsigned n)
{
	s->has_caller = true;
	ls_start(&s->caller, fn, s, n);
	ls_settle();
}

void
scene_interrupt(struct scene *s)
{
	assert_int_equal(puffsmsg_lwp_kill(s->caller.lid, SIGINT), 0);
	ls_settle();
}

void
reader_reads(void *arg)
{
	struct scene *s = arg;

	s->readerror = puffsmsg_read(fix_mount, s->frame.bytes,
	    sizeof(s->frame.bytes), 0, &s->frame.len);
}

/* Until there is no mount any more; it never answers. */
void
reader_stays(void *arg)
{
	struct scene *s = arg;

	puffsmsg__mount_ref(fix_mount);
	do
		reader_reads(s);
	while (s->readerror == 0);
	puffsmsg__mount_unref(fix_mount);
}

void
holder_stays(void *arg)
{
	struct scene *s = arg;
	uint8_t *data;

	puffsmsg__mount_ref(fix_mount);
	while ((s->readerror = puffs_msgif_getout(fix_mount, 0, 0, &data,
		    &s->frame.len, &s->frame.cookie)) == 0)
		puffs_msgif_releaseout(fix_mount, s->frame.cookie, 0);
	puffsmsg__mount_unref(fix_mount);
}

void
scene_reader(struct scene *s, void (*fn)(void *), unsigned n)
{
	s->has_reader = true;
	ls_start(&s->reader, fn, s, n);
	ls_settle();
}

static void
replier_replies(void *arg)
{
	struct scene *s = arg;

	(void)puffsmsg_dispatch(fix_mount, s->frame.bytes, s->frame.len);
}

/* Held when it has claimed the message, or in a hook. */
void
scene_replier(struct scene *s, unsigned n)
{
	s->has_replier = true;
	fix_make_reply(&s->frame, ENOENT, 0);
	ls_start(&s->replier, replier_replies, s, n);
	ls_settle();
	assert_int_equal(ls_state(&s->replier), LS_HELD);
}

void
scene_take(struct scene *s)
{
	fix_hold(fix_mount, &s->frame);
	s->inhand = true;
}

void
scene_giveback(struct scene *s, int status)
{
	s->inhand = false;
	fix_releaseout(fix_mount, &s->frame, status);
}

void
scene_enqueue(struct scene *s)
{
	puffs_msg_enqueue(fix_mount, s->park);
}

void
scene_enqueue_called(struct scene *s)
{
	puffs_msg_setcall(s->park, called, s);
	scene_enqueue(s);
}
