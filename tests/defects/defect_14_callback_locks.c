/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Completion callbacks, and the locks that are held while they run.
 *
 * The original calls them with locks held: one that enqueues when the server
 * is lost, or that releases its own park, deadlocks with itself, and one that
 * enqueues after a reply deadlocks with a getout that takes the same locks in
 * the other order.  Callbacks must run with no lock of the library held, and
 * the mount be free for everybody meanwhile.
 */

#include <string.h>

#include "actor.h"

/* What a callback is to do, and what it found. */
struct call {
	struct puffs_msgpark *park;  /* its own */
	struct puffs_msgpark *other; /* to be enqueued, too */
	bool again;                  /* enqueues its own */
	bool release;                /* releases its own */
	bool stays;                  /* is held until the test lets it go */
	struct gate there, go;
	unsigned times;
	int rv;
	bool locked; /* a lock of the mount was held */
};

/*
 * With a lock held it does nothing else, so that it can be told.
 */
static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct call *c = arg;

	c->times++;
	c->rv = req->preq_rv;
	c->locked |= fix_locked(mount);
	if (!c->locked && c->other != NULL)
		puffs_msg_enqueue(mount, c->other);
	if (!c->locked && c->again)
		puffs_msg_enqueue(mount, c->park);
	if (!c->locked && c->release)
		puffs_msgmem_release(c->park);
	gate_pass(&c->there);
	if (!c->locked && c->stays)
		gate_await(&c->go, 1);
}

static void
call_init(struct call *c)
{
	memset(c, 0, sizeof(*c));
	gate_init(&c->there);
	gate_init(&c->go);
	c->park = fix_getattr();
	puffs_msg_setcall(c->park, callback, c);
}

static void
assert_called(const struct call *c, int rv)
{
	assert_false(c->locked);
	assert_int_equal(c->times, 1);
	assert_int_equal(c->rv, rv);
}

/* The three places that a message may be at when its server is lost. */
static void
defect_14_at_the_loss_a_callback_may_enqueue(void **state)
{
	struct fix_frame held, f;
	struct call c[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		call_init(&c[i]);
		c[i].again = true;
		c[i].other = fix_getattr();
		puffs_msg_enqueue(fix_mount, c[i].park);
	}
	fix_take(fix_mount, &f);
	fix_hold(fix_mount, &held);
	puffs_userdead(fix_mount);
	fix_releaseout(fix_mount, &held, 0);
	for (int i = 0; i < 3; i++) {
		assert_called(&c[i], ENXIO);
		assert_int_equal(puffs_msg_wait(fix_mount, c[i].park), ENXIO);
		assert_int_equal(puffs_msg_wait(fix_mount, c[i].other), ENXIO);
		puffs_msgmem_release(c[i].park);
		puffs_msgmem_release(c[i].other);
	}
	assert_int_equal(fix_stats(fix_mount).rejected, 6);
}

static void
defect_14_a_callback_may_release_its_own_park(void **state)
{
	struct fix_frame f;
	struct call c;

	(void)state;
	for (int way = 0; way < 3; way++) {
		call_init(&c);
		c.release = true;
		puffs_msg_enqueue(fix_mount, c.park);
		fix_hold(fix_mount, &f);
		if (way == 0)
			fix_releaseout(fix_mount, &f, EIO);
		else
			fix_releaseout(fix_mount, &f, 0);
		if (way == 1)
			assert_int_equal(fix_reply(fix_mount, &f, EIO), 0);
		else if (way == 2)
			puffs_userdead(fix_mount);
		assert_called(&c, way == 2 ? ENXIO : EIO);
		fix_assert_empty(fix_mount);
	}
}

/*
 * Another thread takes what a callback has enqueued before that returns.
 */
static void
defect_14_the_mount_is_free_while_a_callback_runs(void **state)
{
	struct fix_frame f[2];
	struct actor server;
	struct call c;

	(void)state;
	call_init(&c);
	c.again = c.stays = true;
	c.other = fix_getattr();
	memset(&server, 0, sizeof(server));
	server.mount = fix_mount;
	puffs_msg_enqueue(fix_mount, c.park);
	fix_take(fix_mount, &server.frame);
	actor_start(&server, actor_reply);
	gate_await(&c.there, 1);
	assert_called(&c, 0);
	for (int i = 0; i < 2; i++)
		fix_take(fix_mount, &f[i]);
	assert_false(actor_returned(&server));
	gate_pass(&c.go);
	assert_int_equal(actor_end(&server), 0);
	c.again = c.stays = false;
	assert_int_equal(fix_reply(fix_mount, &f[0], ENOENT), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, c.other), ENOENT);
	puffs_msgmem_release(c.other);
	c.other = NULL;
	assert_int_equal(fix_reply(fix_mount, &f[1], EPERM), 0);
	assert_int_equal(c.times, 2);
	assert_int_equal(c.rv, EPERM);
	puffs_msgmem_release(c.park);
}

/* The same against a getout that is blocked when the callback enqueues. */
static void
defect_14_a_blocked_getout_has_what_a_callback_enqueues(void **state)
{
	struct fix_frame f;
	struct fix_reader r;
	struct call c;

	(void)state;
	call_init(&c);
	c.other = fix_getattr();
	puffs_msg_enqueue(fix_mount, c.park);
	fix_take(fix_mount, &f);
	fix_read_start(&r, fix_mount);
	fix_until_readers(fix_mount, 1);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_called(&c, 0);
	assert_int_equal(fix_read_join(&r), 0);
	assert_int_equal(fix_reply(fix_mount, &r.frame, ENOENT), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, c.other), ENOENT);
	puffs_msgmem_release(c.other);
	puffs_msgmem_release(c.park);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_14_at_the_loss_a_callback_may_enqueue),
		TEST(defect_14_a_callback_may_release_its_own_park),
		TEST(defect_14_the_mount_is_free_while_a_callback_runs),
		TEST(defect_14_a_blocked_getout_has_what_a_callback_enqueues),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
