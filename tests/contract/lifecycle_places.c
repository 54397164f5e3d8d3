/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The places, and the next step from each.
 */

#include <signal.h>

#include <sys/kernel.h>

#include "lifecycle_scene.h"

static void
at_allocated(struct scene *s)
{
	(void)s;
}

static void
at_enqueue(struct scene *s)
{
	scene_caller(s, caller_enqueues, 1);
}

static void
at_accepted(struct scene *s)
{
	scene_caller(s, caller_enqueues, 2);
}

static void
at_queued(struct scene *s)
{
	scene_enqueue(s);
}

static void
at_released(struct scene *s)
{
	scene_enqueue(s);
	puffs_msgmem_release(s->park);
	s->park = NULL;
}

static void
at_wait(struct scene *s)
{
	scene_enqueue(s);
	scene_caller(s, caller_waits, 1);
}

static void
at_sleep(struct scene *s)
{
	scene_enqueue(s);
	scene_caller(s, caller_waits, 3);
}

static void
at_asleep(struct scene *s)
{
	scene_enqueue(s);
	scene_caller(s, caller_waits, 0);
	assert_int_equal(ls_state(&s->caller), LS_ASLEEP);
}

static void
at_copying(struct scene *s)
{
	at_asleep(s);
	scene_reader(s, reader_reads, 2);
	assert_int_equal(s->park->park_state, PARK_COPYING);
}

static void
at_copying_left(struct scene *s)
{
	at_copying(s);
	scene_interrupt(s);
	assert_int_equal(ls_state(&s->caller), LS_ASLEEP);
}

static void
at_hand(struct scene *s)
{
	at_asleep(s);
	scene_take(s);
}

static void
at_replywait(struct scene *s)
{
	at_hand(s);
	scene_giveback(s, 0);
}

static void
at_claimed(struct scene *s)
{
	at_replywait(s);
	scene_replier(s, 2);
	assert_int_equal(s->park->park_state, PARK_CLAIMED);
}

static void
at_claimed_left(struct scene *s)
{
	at_claimed(s);
	scene_interrupt(s);
	assert_int_equal(ls_state(&s->caller), LS_ASLEEP);
}

static void
at_called_queued(struct scene *s)
{
	scene_enqueue_called(s);
}

static void
at_called_hand(struct scene *s)
{
	scene_enqueue_called(s);
	scene_take(s);
}

static void
at_called_replywait(struct scene *s)
{
	at_called_hand(s);
	scene_giveback(s, 0);
}

static void
at_callback(struct scene *s)
{
	at_called_replywait(s);
	atomic_store(&s->hook, HOOK_CALLBACK);
	scene_replier(s, 0);
}

static void
at_done(struct scene *s)
{
	scene_enqueue(s);
	scene_take(s);
	scene_giveback(s, 0);
	assert_int_equal(fix_reply(fix_mount, &s->frame, ENOENT), 0);
}

static void
at_left_hand(struct scene *s)
{
	at_hand(s);
	scene_interrupt(s);
}

static void
at_left_replywait(struct scene *s)
{
	at_replywait(s);
	scene_interrupt(s);
}

static void
must_arrive(struct scene *s)
{
	puffs_msg_setinfo(s->park, PUFFSOP_VN, PUFFS_VN_INACTIVE, FIX_COOKIE);
}

static void
at_left_inactive(struct scene *s)
{
	must_arrive(s);
	at_asleep(s);
	scene_interrupt(s);
	assert_int_equal(fix_stats(fix_mount).orphans, 1);
}

static void
at_left_inactive_hand(struct scene *s)
{
	at_left_inactive(s);
	scene_take(s);
}

static void
at_inactive_interrupted(struct scene *s)
{
	must_arrive(s);
	scene_caller(s, caller_interrupted, 0);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
}

static void
at_faf(struct scene *s)
{
	puffs_msg_setfaf(s->park);
	scene_enqueue(s);
}

static void
at_faf_hand(struct scene *s)
{
	at_faf(s);
	scene_take(s);
}

static void
at_faf_copying(struct scene *s)
{
	at_faf(s);
	scene_reader(s, reader_reads, 2);
}

static void
at_hook_out(struct scene *s)
{
	atomic_store(&s->hook, HOOK_OUT);
	scene_caller(s, caller_enqueues, 0);
	assert_int_equal(ls_state(&s->caller), LS_HELD);
}

static void
at_hook_in(struct scene *s)
{
	at_replywait(s);
	atomic_store(&s->hook, HOOK_IN);
	scene_replier(s, 0);
}

static void
at_reader(struct scene *s)
{
	scene_reader(s, reader_stays, 0);
	assert_int_equal(ls_state(&s->reader), LS_ASLEEP);
}

static void
at_holder(struct scene *s)
{
	scene_reader(s, holder_stays, 0);
	assert_int_equal(ls_state(&s->reader), LS_ASLEEP);
}

static void
at_sendresp(struct scene *s)
{
	scene_caller(s, caller_answers, 2);
}

static void
flush(uint64_t n)
{
	assert_int_equal(srv_flush(fix_mount, n, PUFFS_INVAL_NAMECACHE_ALL, 0,
			     0, 0),
	    0);
	ls_settle();
}

static void
at_flush(struct scene *s)
{
	life_freesop(&s->life);
	atomic_store(&s->hook, HOOK_PURGE);
	flush(1);
	assert_int_equal(ls_state(&s->life.sop), LS_HELD);
}

static void
at_flush_queued(struct scene *s)
{
	at_flush(s);
	flush(2);
}

static void
at_expiry(struct scene *s)
{
	life_freesop(&s->life);
	assert_int_equal(puffsmsg_expire(fix_mount, 1,
			     hardclock_ticks + (1 << 20)),
	    0);
	ls_settle();
}

static void
at_expiry_run(struct scene *s)
{
	life_freesop(&s->life);
	atomic_store(&s->hook, HOOK_LOOKUP);
	s->due = 1;
	assert_int_equal(puffsmsg_expire(fix_mount, 1, hardclock_ticks), 0);
	ls_settle();
	assert_int_equal(ls_state(&s->life.sop), LS_HELD);
}

static void
go_nowhere(struct scene *s)
{
	(void)s;
}

/* Not on a mount that is being destroyed: nothing keeps it. */
static void
go_send(struct scene *s)
{
	if (!s->destroying)
		scene_caller(s, caller_enqueues, 0);
}

static void
go_wait(struct scene *s)
{
	scene_caller(s, caller_waits, 0);
}

static void
go_caller(struct scene *s)
{
	ls_go(&s->caller, 0);
}

static void
go_reader(struct scene *s)
{
	ls_go(&s->reader, 0);
}

static void
go_replier(struct scene *s)
{
	ls_go(&s->replier, 0);
}

static void
go_sop(struct scene *s)
{
	ls_go(&s->life.sop, 0);
}

static void
go_back(struct scene *s)
{
	scene_giveback(s, 0);
}

static void
go_undelivered(struct scene *s)
{
	scene_giveback(s, EIO);
}

/* Who is not there any more is not interrupted. */
static void
go_interrupt(struct scene *s)
{
	(void)puffsmsg_lwp_kill(s->caller.lid, SIGINT);
}

static void
go_reply(struct scene *s)
{
	(void)fix_reply(fix_mount, &s->frame, ENOENT);
	if (s->inhand)
		scene_giveback(s, EIO);
}

const struct place life_places[LIFE_PLACES] = {
	{ "allocated", at_allocated, go_send, "X-", "A", 0 },
	{ "about to be queued", at_enqueue, go_caller, "X", "A", NOT_DESTROY },
	{ "just queued", at_accepted, go_caller, "X", "A", 0 },
	{ "queued", at_queued, go_wait, "X", "A", 0 },
	{ "queued and released", at_released, go_nowhere, "-", "-", 0 },
	{ "queued, about to be waited for", at_wait, go_caller, "X", "A", 0 },
	{ "queued, caller about to sleep", at_sleep, go_caller, "X", "A", 0 },
	{ "queued, caller asleep", at_asleep, go_nowhere, "X", "A", 0 },
	{ "queued, interrupted", at_asleep, go_interrupt, "XI", "I", 0 },
	{ "being read", at_copying, go_reader, "X", "A", 0 },
	{ "being read, caller interrupted", at_copying_left, go_reader, "XI",
	    "I", 0 },
	{ "in hand", at_hand, go_back, "X", "A", 0 },
	{ "on replywait, interrupted", at_replywait, go_interrupt, "XI", "I",
	    0 },
	{ "in hand, not delivered", at_hand, go_undelivered, "XD", "D", 0 },
	{ "in hand, answered", at_hand, go_reply, "XA", "A", TRANSPORT },
	{ "on replywait", at_replywait, go_nowhere, "X", "A", 0 },
	{ "on replywait, answered", at_replywait, go_reply, "XA", "A",
	    TRANSPORT },
	{ "claimed by its reply", at_claimed, go_replier, "A", "A", 0 },
	{ "claimed, caller interrupted", at_claimed_left, go_replier, "A", "A",
	    0 },
	{ "with callback, queued", at_called_queued, go_nowhere, "X", "A", 0 },
	{ "with callback, in hand", at_called_hand, go_undelivered, "XD", "D",
	    0 },
	{ "with callback, on replywait", at_called_replywait, go_reply, "XA",
	    "A", TRANSPORT },
	{ "in its callback", at_callback, go_replier, "A", "A", 0 },
	{ "done", at_done, go_wait, "A", "A", 0 },
	{ "given up in hand", at_left_hand, go_back, "I", "I", 0 },
	{ "given up in hand, answered", at_left_hand, go_reply, "I", "I",
	    TRANSPORT },
	{ "given up on replywait", at_left_replywait, go_nowhere, "I", "I", 0 },
	{ "given up on replywait, answered", at_left_replywait, go_reply, "I",
	    "I", TRANSPORT },
	{ "INACTIVE, given up", at_left_inactive, go_nowhere, "I", "I", 0 },
	{ "INACTIVE, given up, in hand", at_left_inactive_hand, go_back, "I",
	    "I", 0 },
	{ "INACTIVE, sent by an interrupted caller", at_inactive_interrupted,
	    go_nowhere, "I", "I", 0 },
	{ "fire and forget, queued", at_faf, go_nowhere, "-", "-", 0 },
	{ "fire and forget, in hand", at_faf_hand, go_back, "-", "-", 0 },
	{ "fire and forget, being read", at_faf_copying, go_reader, "-", "-",
	    0 },
	{ "being translated", at_hook_out, go_caller, "X", "A", TRANSLATED },
	{ "its reply being translated", at_hook_in, go_replier, "A", "A",
	    TRANSLATED },
	{ "none: a blocked puffsmsg_read", at_reader, go_nowhere, "-", "-",
	    NO_SERVER },
	{ "none: a blocked getout", at_holder, go_nowhere, "-", "-",
	    NO_SERVER },
	{ "an answer to the server", at_sendresp, go_caller, "-", "-", 0 },
	{ "none: a flush being served", at_flush, go_sop, "-", "-", THE_SOP },
	{ "none: a flush queued behind another", at_flush_queued, go_sop, "-",
	    "-", THE_SOP },
	{ "none: an expiry to come", at_expiry, go_nowhere, "-", "-", THE_SOP },
	{ "none: an expiry being run", at_expiry_run, go_sop, "-", "-",
	    THE_SOP },
};
