/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Destroy waits for whatever keeps the mount, and nobody touches the mount
 * without keeping it.
 */

#include <stdio.h>
#include <string.h>

#include "actor.h"
#include "outcome.h"
#include "serverreq.h"

static int
setup(void **state)
{
	(void)state;
	stopper_init();
	fix_mount = fix_mount_new(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_mount = NULL;
	fix_fini();
	return 0;
}

/*
 * Begins to destroy fix_mount, and returns when that waits for references.
 */
static void
destroy_begin(struct actor *a)
{
	puffs_userdead(fix_mount);
	a->mount = fix_mount;
	actor_start(a, actor_destroy);
	fix_until_cv(fix_mount);
	assert_int_equal(puffsmsg_mount_state(fix_mount), PUFFSTAT_DYING);
}

static void
accepted_and_then_waited_for(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct actor destroy;

	(void)state;
	destroy_begin(&destroy);
	outcome_is(fix_mount, (struct outcome){ .dead = 1 });
	assert_int_equal(fix_stats(fix_mount).done, 1);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	(void)actor_end(&destroy);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ENXIO);
	puffs_msgmem_release(park);
}

static void
accepted_and_then_released(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct actor destroy;

	(void)state;
	destroy_begin(&destroy);
	puffs_msgmem_release(park);
	(void)actor_end(&destroy);
}

/*
 * To enqueue a park again gives up what was not waited for.
 */
static void
accepted_and_then_sent_elsewhere(void **state)
{
	struct puffs_mount *other = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct actor destroy;

	(void)state;
	destroy_begin(&destroy);
	puffs_msg_enqueue(other, park);
	(void)actor_end(&destroy);
	fix_serve(other, 0);
	assert_int_equal(puffs_msg_wait(other, park), 0);
	puffs_msgmem_release(park);
	fix_mount_free(other);
}

static void
answered_and_not_waited_for(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct actor destroy;

	(void)state;
	fix_serve(fix_mount, EPERM);
	destroy_begin(&destroy);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
	(void)actor_end(&destroy);
	puffs_msgmem_release(park);
}

/*
 * The caller is on its way into the sleep, or out of it.
 */
static void
caller_in_wait(enum stopper_call call, unsigned n)
{
	struct actor destroy, caller = { .mount = fix_mount };

	caller.park = fix_send(fix_mount);
	actor_begin(&caller, actor_wait, call, n);
	if (call == STOPPER_ENTER && n == 2)
		actor_sleeps(&caller);
	else
		stopper_await(&caller.s);
	destroy_begin(&destroy);
	assert_int_equal(actor_end(&caller), ENXIO);
	(void)actor_end(&destroy);
	puffs_msgmem_release(caller.park);
}

static void
caller_about_to_wait(void **state)
{
	(void)state;
	caller_in_wait(STOPPER_ENTER, 1);
}

static void
caller_about_to_sleep(void **state)
{
	(void)state;
	caller_in_wait(STOPPER_EXITED, 1);
}

static void
caller_woken(void **state)
{
	(void)state;
	caller_in_wait(STOPPER_ENTER, 2);
}

/*
 * What the frame says is unspecified when its message has ended.
 */
static void
a_frame_in_hand(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct actor destroy;
	struct fix_frame f;

	(void)state;
	puffs_msgmem_release(park);
	fix_hold(fix_mount, &f);
	destroy_begin(&destroy);
	memcpy(f.bytes, f.data, f.len);
	fix_releaseout(fix_mount, &f, 0);
	(void)actor_end(&destroy);
}

/*
 * A callback that sends its own park again, whatever has become of the mount.
 */
struct again {
	struct puffs_msgpark *park;
	struct gate called; /* once for each call */
	struct gate go_on;  /* what the first call waits for */
	bool waits;         /* the first call does */
	int rv[3];          /* of the calls */
	int refused;        /* what the last enqueue said */
};

static void
again_called(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct again *g = arg;
	unsigned n = gate_count(&g->called);

	if (n < 3)
		g->rv[n] = req->preq_rv;
	gate_pass(&g->called);
	if (g->waits && n == 0)
		gate_await(&g->go_on, 1);
	puffs_msg_enqueue(mount, g->park);
	g->refused = puffs_msg_wait(mount, g->park);
}

static void
again_begin(struct again *g, struct actor *server, bool waits)
{
	memset(g, 0, sizeof(*g));
	g->waits = waits;
	gate_init(&g->called);
	gate_init(&g->go_on);
	g->park = fix_getattr();
	puffs_msg_setcall(g->park, again_called, g);
	puffs_msg_enqueue(fix_mount, g->park);
	server->mount = fix_mount;
	server->rv = 0;
	fix_take(fix_mount, &server->frame);
}

static void
again_end(struct again *g, struct actor *server, struct actor *destroy,
    unsigned calls)
{
	assert_int_equal(actor_end(server), 0);
	(void)actor_end(destroy);
	assert_int_equal(gate_count(&g->called), calls);
	assert_int_equal(g->rv[0], 0);
	if (calls == 2)
		assert_int_equal(g->rv[1], ENXIO);
	assert_int_equal(g->refused, ENXIO);
	puffs_msgmem_release(g->park);
}

/* The mount is being destroyed when the callback comes to its enqueue. */
static void
a_callback_that_enqueues_too_late(void **state)
{
	struct actor destroy, server;
	struct again g;

	(void)state;
	again_begin(&g, &server, true);
	actor_start(&server, actor_reply);
	gate_await(&g.called, 1);
	destroy_begin(&destroy);
	gate_pass(&g.go_on);
	again_end(&g, &server, &destroy, 1);
}

/* It is when the callback has not begun. */
static void
a_callback_that_begins_too_late(void **state)
{
	struct actor destroy, server;
	struct again g;

	(void)state;
	again_begin(&g, &server, false);
	actor_hold(&server, actor_reply, STOPPER_EXITED, 2);
	destroy_begin(&destroy);
	assert_int_equal(gate_count(&g.called), 0);
	again_end(&g, &server, &destroy, 1);
}

/*
 * The second trip is accepted, and ended by the destroyer's thread, while the
 * first callback is still in its enqueue.
 */
static void
a_callback_whose_second_trip_dies(void **state)
{
	struct actor destroy, server;
	struct again g;

	(void)state;
	again_begin(&g, &server, false);
	actor_hold(&server, actor_reply, STOPPER_EXITED, 3);
	assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
	destroy_begin(&destroy);
	assert_int_equal(gate_count(&g.called), 2);
	again_end(&g, &server, &destroy, 2);
}

/*
 * Any call is held where it has left the mount's lock for the n-th time, and
 * the mount is destroyed: either that waits, or the call is through with the
 * mount.  What each finds on the mount is a frame on replywait, one in hand and
 * one queued, of callers that are gone.
 */
struct world {
	struct fix_frame replywait, inhand;
	struct puffs_msgpark *park; /* the call's own */
};
struct call {
	const char *name;
	void (*fn)(void *);
	int rv;
	void (*ready)(struct actor *, struct world *);
};

static void
gone_caller(struct puffs_mount *mount)
{
	puffs_msgmem_release(fix_send(mount));
}

static void
with_park(struct actor *a, struct world *w)
{
	w->park = fix_getattr();
	a->park = w->park;
}

static void
with_long_park(struct actor *a, struct world *w)
{
	w->park = fix_park(PUFFSMSG_MAXMSG_DEFAULT + 1, PUFFSOP_VN, 1);
	a->park = w->park;
}

static void
with_accepted(struct actor *a, struct world *w)
{
	with_park(a, w);
	puffs_msg_enqueue(a->mount, a->park);
}

static void
with_answered(struct actor *a, struct world *w)
{
	w->park = fix_getattr();
	a->park = w->park;
	puffs_msg_enqueue(a->mount, a->park);
	puffs_userdead(a->mount);
}

static void
with_dead(struct actor *a, struct world *w)
{
	with_park(a, w);
	puffs_userdead(a->mount);
}

static void
with_replywait(struct actor *a, struct world *w)
{
	a->frame = w->replywait;
}

static void
with_inhand(struct actor *a, struct world *w)
{
	a->frame = w->inhand;
	w->inhand.cookie = NULL;
}

static void
with_bad_reply(struct actor *a, struct world *w)
{
	a->frame = w->replywait;
	a->frame.req.preq_optype++;
}

static void
with_unknown(struct actor *a, struct world *w)
{
	a->frame = w->replywait;
	a->frame.req.preq_id += 1000;
}

static void
with_request(struct actor *a, struct world *w)
{
	(void)w;
	srv_frame(&a->frame, a->rv, sizeof(struct puffs_req), 5);
}

static void
call_getout(void *arg)
{
	struct actor *a = arg;

	if (fix_getout(a->mount, &a->frame) == 0)
		fix_releaseout(a->mount, &a->frame, 0);
}

static void
call_stats(void *arg)
{
	struct actor *a = arg;
	struct puffsmsg_mount_stats st = { .size = sizeof(st) };

	a->error = puffsmsg_mount_stats(a->mount, &st);
}

static void
emit_nothing(void *arg, const char *line)
{
	(void)arg;
	(void)line;
}

static void
call_dump(void *arg)
{
	struct actor *a = arg;

	a->error = puffsmsg_mount_dump(a->mount, emit_nothing, NULL);
}

static void
call_sendresp(void *arg)
{
	struct actor *a = arg;

	puffs_msg_sendresp(a->mount, &a->frame.req, 0);
}

static void
call_waitcount(void *arg)
{
	struct actor *a = arg;

	a->error = (int)puffs_msgif_waitcount(a->mount);
}

static struct call calls[] = {
	{ "enqueue", actor_enqueue, 0, with_park },
	{ "enqueue, too long", actor_enqueue, 0, with_long_park },
	{ "enqueue, too late", actor_enqueue, 0, with_dead },
	{ "wait", actor_wait, 0, with_accepted },
	{ "wait, dead", actor_wait, 0, with_answered },
	{ "getout and releaseout", call_getout, 0, NULL },
	{ "releaseout", actor_releaseout, 0, with_inhand },
	{ "releaseout, error", actor_releaseout, EIO, with_inhand },
	{ "read", actor_read, 0, NULL },
	{ "reply", actor_reply, 0, with_replywait },
	{ "refused reply", actor_reply, 0, with_bad_reply },
	{ "unknown reply", actor_reply, 0, with_unknown },
	{ "flush", actor_dispatch, PUFFSOP_FLUSH, with_request },
	{ "unmount by the server", actor_dispatch, PUFFSOP_UNMOUNT,
	    with_request },
	{ "unsupported", actor_dispatch, PUFFSOP_SUSPEND, with_request },
	{ "sendresp", call_sendresp, 0, with_replywait },
	{ "userdead", actor_userdead, 0, NULL },
	{ "close", actor_close, 0, NULL },
	{ "unmount", actor_unmount, PUFFSMSG_MNT_FORCE, NULL },
	{ "stats", call_stats, 0, NULL },
	{ "dump", call_dump, 0, NULL },
	{ "waitcount", call_waitcount, 0, NULL },
};
#define NCALLS (sizeof(calls) / sizeof(calls[0]))

static void
world_begin(struct actor *a, struct world *w, const struct call *c)
{
	memset(w, 0, sizeof(*w));
	memset(a, 0, sizeof(*a));
	setup(NULL);
	gone_caller(fix_mount);
	fix_take(fix_mount, &w->replywait);
	gone_caller(fix_mount);
	fix_hold(fix_mount, &w->inhand);
	gone_caller(fix_mount);
	a->mount = fix_mount;
	a->rv = c->rv;
	if (c->ready != NULL)
		c->ready(a, w);
}

static void
world_empty(struct world *w)
{
	puffs_userdead(fix_mount);
	if (w->inhand.cookie != NULL)
		fix_releaseout(fix_mount, &w->inhand, 0);
}

static void
destroy_around(struct actor *a, struct world *w)
{
	struct actor destroy = { .mount = fix_mount };

	world_empty(w);
	actor_begin(&destroy, actor_destroy, STOPPER_BLOCK, 1);
	destroy.held = stopper_await_or_end(&destroy.s);
	(void)actor_end(a);
	puffs_msgmem_release(w->park);
	(void)actor_end(&destroy);
	fix_fini();
}

/*
 * Returns false if the call does not leave the lock so often.
 */
static bool
destroyed_at(const struct call *c, unsigned n)
{
	struct actor a;
	struct world w;
	bool held;

	world_begin(&a, &w, c);
	actor_begin(&a, c->fn, STOPPER_EXITED, n);
	if (c->ready == with_accepted && n > 1) { /* it sleeps */
		actor_sleeps(&a);
		puffs_userdead(fix_mount);
	}
	held = a.held = stopper_await_or_end(&a.s);
	destroy_around(&a, &w);
	return held;
}

static void
destroyed_anywhere(void **state)
{
	const struct call *c = *state;
	unsigned n = 1;

	while (destroyed_at(c, n))
		n++;
	assert_true(n > 1);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accepted_and_then_waited_for),
		TEST(accepted_and_then_released),
		TEST(accepted_and_then_sent_elsewhere),
		TEST(answered_and_not_waited_for),
		TEST(caller_about_to_wait),
		TEST(caller_about_to_sleep),
		TEST(caller_woken),
		TEST(a_frame_in_hand),
		TEST(a_callback_that_enqueues_too_late),
		TEST(a_callback_that_begins_too_late),
		TEST(a_callback_whose_second_trip_dies),
	};
	struct CMUnitTest anywhere[NCALLS];
	int failed;

	memset(anywhere, 0, sizeof(anywhere));
	for (size_t i = 0; i < NCALLS; i++) {
		anywhere[i].name = calls[i].name;
		anywhere[i].test_func = destroyed_anywhere;
		anywhere[i].initial_state = &calls[i];
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + cmocka_run_group_tests(anywhere, NULL, NULL);
}
