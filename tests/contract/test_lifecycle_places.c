/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Everything that ends a mount, against a message in each place of its life.
 *
 * The message is brought to its place, with a thread held there where it takes
 * one.  Then the mount ends: the one that ends it goes as far as it can, or is
 * held at its first, second, ... place; the message takes its next step; and
 * all go on.  What comes of the message is what the table says and nothing
 * else, and all of that is seen.  Nothing is left.
 *
 * With the argument "long" every end is held at its places, else one of each
 * kind.
 */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <sys/kernel.h>

#include "lifecycle.h"

static bool thorough; /* "long" */

/* Who holds the thread that comes by, once. */
enum hook {
	HOOK_NONE,
	HOOK_OUT, /* translations */
	HOOK_IN,
	HOOK_CALLBACK,
	HOOK_PURGE,  /* the sop thread, for a flush */
	HOOK_LOOKUP, /* the sop thread, for an expiry */
};

struct scene {
	struct life life;
	bool destroying;            /* by destroy */
	struct puffs_msgpark *park; /* NULL once it was released */
	struct fix_frame frame;     /* what the place's own server has of it */
	bool inhand;
	struct ls_thread caller, reader, replier;
	bool has_caller, has_reader, has_replier;
	bool transport; /* a reference is held, until the next step is done */
	int error;      /* of the caller */
	int readerror;
	atomic_int hook;
	atomic_uint calls;   /* of the callback */
	atomic_uint lookups; /* of nodes */
	int rv;              /* of the last call */
};

/* ---- hooks */

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

static const struct puffsmsg_fsops fsops = { .size = sizeof(fsops),
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

static const struct puffsmsg_translation translation = { .size = sizeof(
							     translation),
	.out = translate_out,
	.in = translate_in };

/* ---- who does what with the message */

static void
caller_enqueues(void *arg)
{
	struct scene *s = arg;

	puffs_msg_enqueue(fix_mount, s->park);
	s->error = puffs_msg_wait(fix_mount, s->park);
}

static void
caller_waits(void *arg)
{
	struct scene *s = arg;

	s->error = puffs_msg_wait(fix_mount, s->park);
}

static void
caller_answers(void *arg)
{
	struct puffs_req req = { .preq_id = SRV_ID(3) };

	(void)arg;
	puffs_msg_sendresp(fix_mount, &req, 0);
}

static void
caller_interrupted(void *arg)
{
	(void)puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT);
	caller_enqueues(arg);
}

static void
caller(struct scene *s, void (*fn)(void *), unsigned n)
{
	s->has_caller = true;
	ls_start(&s->caller, fn, s, n);
	ls_settle();
}

static void
interrupt(struct scene *s)
{
	assert_int_equal(puffsmsg_lwp_kill(s->caller.lid, SIGINT), 0);
	ls_settle();
}

static void
reader_reads(void *arg)
{
	struct scene *s = arg;

	s->readerror = puffsmsg_read(fix_mount, s->frame.bytes,
	    sizeof(s->frame.bytes), 0, &s->frame.len);
}

/* Until there is no mount any more; it never answers. */
static void
reader_stays(void *arg)
{
	struct scene *s = arg;

	puffsmsg__mount_ref(fix_mount);
	do
		reader_reads(s);
	while (s->readerror == 0);
	puffsmsg__mount_unref(fix_mount);
}

static void
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

static void
reader(struct scene *s, void (*fn)(void *), unsigned n)
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
static void
replier(struct scene *s, unsigned n)
{
	s->has_replier = true;
	fix_make_reply(&s->frame, ENOENT, 0);
	ls_start(&s->replier, replier_replies, s, n);
	ls_settle();
	assert_int_equal(ls_state(&s->replier), LS_HELD);
}

static void
take(struct scene *s)
{
	fix_hold(fix_mount, &s->frame);
	s->inhand = true;
}

static void
give_back(struct scene *s, int status)
{
	s->inhand = false;
	fix_releaseout(fix_mount, &s->frame, status);
}

static void
enqueue(struct scene *s)
{
	puffs_msg_enqueue(fix_mount, s->park);
}

static void
enqueue_called(struct scene *s)
{
	puffs_msg_setcall(s->park, called, s);
	enqueue(s);
}

/* ---- the places */

static void
at_allocated(struct scene *s)
{
	(void)s;
}

static void
at_enqueue(struct scene *s)
{
	caller(s, caller_enqueues, 1);
}

static void
at_accepted(struct scene *s)
{
	caller(s, caller_enqueues, 2);
}

static void
at_queued(struct scene *s)
{
	enqueue(s);
}

static void
at_released(struct scene *s)
{
	enqueue(s);
	puffs_msgmem_release(s->park);
	s->park = NULL;
}

static void
at_wait(struct scene *s)
{
	enqueue(s);
	caller(s, caller_waits, 1);
}

static void
at_sleep(struct scene *s)
{
	enqueue(s);
	caller(s, caller_waits, 3);
}

static void
at_asleep(struct scene *s)
{
	enqueue(s);
	caller(s, caller_waits, 0);
	assert_int_equal(ls_state(&s->caller), LS_ASLEEP);
}

static void
at_copying(struct scene *s)
{
	at_asleep(s);
	reader(s, reader_reads, 2);
	assert_int_equal(s->park->park_state, PARK_COPYING);
}

static void
at_copying_left(struct scene *s)
{
	at_copying(s);
	interrupt(s);
	assert_int_equal(ls_state(&s->caller), LS_ASLEEP);
}

static void
at_hand(struct scene *s)
{
	at_asleep(s);
	take(s);
}

static void
at_replywait(struct scene *s)
{
	at_hand(s);
	give_back(s, 0);
}

static void
at_claimed(struct scene *s)
{
	at_replywait(s);
	replier(s, 2);
	assert_int_equal(s->park->park_state, PARK_CLAIMED);
}

static void
at_claimed_left(struct scene *s)
{
	at_claimed(s);
	interrupt(s);
	assert_int_equal(ls_state(&s->caller), LS_ASLEEP);
}

static void
at_called_queued(struct scene *s)
{
	enqueue_called(s);
}

static void
at_called_hand(struct scene *s)
{
	enqueue_called(s);
	take(s);
}

static void
at_called_replywait(struct scene *s)
{
	at_called_hand(s);
	give_back(s, 0);
}

static void
at_callback(struct scene *s)
{
	at_called_replywait(s);
	atomic_store(&s->hook, HOOK_CALLBACK);
	replier(s, 0);
}

static void
at_done(struct scene *s)
{
	enqueue(s);
	take(s);
	give_back(s, 0);
	assert_int_equal(fix_reply(fix_mount, &s->frame, ENOENT), 0);
}

static void
at_left_hand(struct scene *s)
{
	at_hand(s);
	interrupt(s);
}

static void
at_left_replywait(struct scene *s)
{
	at_replywait(s);
	interrupt(s);
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
	interrupt(s);
	assert_int_equal(fix_stats(fix_mount).orphans, 1);
}

static void
at_left_inactive_hand(struct scene *s)
{
	at_left_inactive(s);
	take(s);
}

static void
at_inactive_interrupted(struct scene *s)
{
	must_arrive(s);
	caller(s, caller_interrupted, 0);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
}

static void
at_faf(struct scene *s)
{
	puffs_msg_setfaf(s->park);
	enqueue(s);
}

static void
at_faf_hand(struct scene *s)
{
	at_faf(s);
	take(s);
}

static void
at_faf_copying(struct scene *s)
{
	at_faf(s);
	reader(s, reader_reads, 2);
}

static void
at_hook_out(struct scene *s)
{
	atomic_store(&s->hook, HOOK_OUT);
	caller(s, caller_enqueues, 0);
	assert_int_equal(ls_state(&s->caller), LS_HELD);
}

static void
at_hook_in(struct scene *s)
{
	at_replywait(s);
	atomic_store(&s->hook, HOOK_IN);
	replier(s, 0);
}

static void
at_reader(struct scene *s)
{
	reader(s, reader_stays, 0);
	assert_int_equal(ls_state(&s->reader), LS_ASLEEP);
}

static void
at_holder(struct scene *s)
{
	reader(s, holder_stays, 0);
	assert_int_equal(ls_state(&s->reader), LS_ASLEEP);
}

static void
at_sendresp(struct scene *s)
{
	caller(s, caller_answers, 2);
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
	assert_int_equal(puffsmsg_expire(fix_mount, 1, hardclock_ticks), 0);
	ls_settle();
	assert_int_equal(ls_state(&s->life.sop), LS_HELD);
}

/* ---- and the next step from there */

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
		caller(s, caller_enqueues, 0);
}

static void
go_wait(struct scene *s)
{
	caller(s, caller_waits, 0);
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
	give_back(s, 0);
}

static void
go_undelivered(struct scene *s)
{
	give_back(s, EIO);
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
		give_back(s, EIO);
}

/* ---- the table */

/*
 * `outcomes' in letters: what becomes of the message, if the mount ends; and
 * `alive', if the server refuses.
 *
 *	X  ENXIO            A  answered, with ENOENT     I  EINTR
 *	D  not delivered, EIO
 *	-  nobody is told
 */
struct place {
	const char *name;
	void (*at)(struct scene *);
	void (*go)(struct scene *);
	const char *outcomes, *alive;
	unsigned flags;
};
#define NOT_DESTROY 0x1u /* nothing keeps the mount there */
#define TRANSPORT   0x2u /* the step is of a server with a reference */
#define TRANSLATED  0x4u
#define THE_SOP     0x8u  /* the sop thread is where it is */
#define NO_SERVER   0x10u /* the place's own takes all there is */

static const struct place places[] = {
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
#define NPLACES (sizeof(places) / sizeof(places[0]))

/* How the mount ends. */
struct end {
	enum life_op op;
	enum life_world world; /* SILENT: nobody else reads */
	bool everywhere;       /* held at every place, not only with "long" */
};
static const struct end ends[] = {
	{ PLAIN, AGREES, false },
	{ PLAIN, REFUSES, true },
	{ FORCED, AGREES, false },
	{ FORCED, SILENT, true },
	{ CLOSE, SILENT, true },
	{ SERVER, AGREES, false },
	{ SERVER, SILENT, false },
	{ REQUEST, AGREES, false },
	{ LOSS, SILENT, false },
	{ DESTROY, AGREES, true },
	{ DESTROY, SILENT, false },
};
#define NENDS (sizeof(ends) / sizeof(ends[0]))

static bool
fits(const struct place *p, const struct end *e)
{
	if ((p->flags & NOT_DESTROY) && e->op == DESTROY)
		return false;
	if ((p->flags & NO_SERVER) && e->world != SILENT)
		return false;
	return (p->flags & THE_SOP) == 0 || e->op != SERVER;
}

static void
scene_begin(struct scene *s, const struct place *p, const struct end *e)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	memset(s, 0, sizeof(*s));
	s->error = s->readerror = -1;
	s->destroying = e->op == DESTROY;
	opt.fsops = &fsops;
	opt.fsarg = s;
	if (p->flags & TRANSLATED) {
		opt.translation = &translation;
		opt.translation_arg = s;
	}
	life_begin(&s->life, SILENT, &opt);
	if (e->op != SERVER)
		life_freesop(&s->life);
	s->park = fix_getattr();
	p->at(s);
	if (e->world != SILENT)
		life_serve(&s->life, e->world);
	s->transport = (p->flags & TRANSPORT) != 0;
	if (s->transport)
		puffsmsg__mount_ref(fix_mount);
}

static void
scene_step(struct scene *s, const struct place *p)
{
	p->go(s);
	ls_settle();
	if (s->transport)
		puffsmsg__mount_unref(fix_mount);
	ls_settle();
}

/*
 * The mount lives on, and so does the message: it is answered.
 */
static void
scene_goes_on(struct scene *s)
{
	struct fix_frame *f = &s->life.kept;

	assert_int_equal(puffsmsg_mount_state(fix_mount), PUFFSTAT_RUNNING);
	if (f->len == 0)
		f = &s->frame;
	if (f->len != 0)
		(void)fix_reply(fix_mount, f, ENOENT);
	ls_settle();
}

static char
letter(int error)
{
	switch (error) {
	case ENXIO:
		return 'X';
	case ENOENT:
		return 'A';
	case EINTR:
		return 'I';
	case EIO:
		return 'D';
	default:
		return '?';
	}
}

/*
 * What became of it.
 */
static char
scene_outcome(struct scene *s)
{
	if (s->park == NULL)
		return '-';
	if (s->park->park_settings & PARKSET_CALL) {
		assert_int_equal(atomic_load(&s->calls), 1);
		return letter(s->rv);
	}
	return s->has_caller && s->caller.fn != caller_answers
	    ? letter(s->error)
	    : '-';
}

static void
scene_join(struct scene *s)
{
	if (s->has_caller)
		ls_join(&s->caller);
	if (s->has_reader)
		ls_join(&s->reader);
	if (s->has_replier)
		ls_join(&s->replier);
}

static char
scene_end(struct scene *s)
{
	char outcome;

	ls_settle();
	if ((s->has_caller && ls_stays(&s->caller)) ||
	    (s->has_reader && ls_stays(&s->reader)) ||
	    (s->has_replier && ls_stays(&s->replier)))
		life_fail(&s->life, "a thread of the message's is left");
	scene_join(s);
	outcome = scene_outcome(s);
	puffs_msgmem_release(s->park);
	life_end(&s->life);
	return outcome;
}

struct show {
	const struct place *place;
	bool alive;
	char seen[8];
	char name[96];
};

/*
 * Returns whether the end was held at its n-th place.
 */
static bool
play_at(struct show *show, const struct end *e, unsigned n)
{
	struct life_call c;
	struct scene s;
	bool held;
	char outcome;

	scene_begin(&s, show->place, e);
	life_call(&s.life, &c, e->op, n);
	life_run(&s.life, &c);
	held = life_held(&c);
	scene_step(&s, show->place);
	life_go(&c);
	life_finish(&s.life, &c, 1);
	if (e->world == REFUSES)
		scene_goes_on(&s);
	outcome = scene_end(&s);
	if (strchr(show->seen, outcome) == NULL)
		show->seen[strlen(show->seen)] = outcome;
	return held;
}

static void
check_seen(struct show *show)
{
	const char *want = show->alive ? show->place->alive
				       : show->place->outcomes;

	for (const char *c = show->seen; *c != '\0'; c++) {
		if (strchr(want, *c) == NULL)
			fail_msg("it ended with %s, not %s", show->seen, want);
	}
	if (strlen(show->seen) != strlen(want))
		fail_msg("it never ended but with %s", show->seen);
}

static void
play(void **state)
{
	struct show *show = *state;
	unsigned n;

	for (size_t i = 0; i < NENDS; i++) {
		if (!fits(show->place, &ends[i]) ||
		    (ends[i].world == REFUSES) != show->alive)
			continue;
		(void)play_at(show, &ends[i], 0);
		n = 1;
		while ((thorough || ends[i].everywhere) &&
		    play_at(show, &ends[i], n))
			n++;
	}
	if (show->seen[0] != '\0')
		check_seen(show);
}

static struct show shows[NPLACES * 2];
static struct CMUnitTest tests[NPLACES * 2];

int
main(int argc, char **argv)
{
	thorough = argc > 1 && strcmp(argv[1], "long") == 0;
	for (size_t i = 0; i < NPLACES * 2; i++) {
		shows[i].place = &places[i / 2];
		shows[i].alive = i % 2 != 0;
		(void)snprintf(shows[i].name, sizeof(shows[i].name), "%s%s",
		    places[i / 2].name, shows[i].alive ? ", refused" : "");
		tests[i].name = shows[i].name;
		tests[i].test_func = play;
		tests[i].initial_state = &shows[i];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
