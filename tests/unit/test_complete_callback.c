/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/complete.c: completion callbacks, and what they may do */

#include "msgfix.h"

#include <string.h>

#include "expect_panic.h"

/* What a callback was called with, and what it is to do. */
struct call {
	void (*fn)(struct call *);
	struct puffs_msgpark *park;
	struct puffs_msgpark *other; /* for fn */
	unsigned times;
	struct puffs_mount *mount;
	struct puffs_req *req;
	int rv;
	uint64_t len;
	int32_t lid;
	bool locked;   /* a lock of the mount was held */
	unsigned left; /* for fn: times that it goes on */
	int error;     /* of fn */
};

static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct call *c = arg;

	c->times++;
	c->mount = mount;
	c->req = req;
	c->rv = req->preq_rv;
	c->len = req->preq_pth.pth_framelen;
	c->lid = puffsmsg_lwp_self();
	c->locked |= fix_locked(mount);
	if (c->fn != NULL)
		c->fn(c);
}

static void
call_send(struct call *c, void (*fn)(struct call *))
{
	memset(c, 0, sizeof(*c));
	c->fn = fn;
	c->error = -1;
	c->park = fix_getattr();
	puffs_msg_setcall(c->park, callback, c);
	puffs_msg_enqueue(fix_mount, c->park);
}

static void
assert_called(const struct call *c, int rv)
{
	assert_int_equal(c->times, 1);
	assert_ptr_equal(c->mount, fix_mount);
	assert_int_equal(c->rv, rv);
	assert_false(c->locked);
	assert_int_equal(c->lid, puffsmsg_lwp_self());
}

/* Else the tests below say nothing. */
static void
held_locks_are_seen(void **state)
{
	(void)state;
	assert_false(fix_locked(fix_mount));
	mutex_enter(&fix_mount->pmp_lock);
	assert_true(fix_locked(fix_mount));
	mutex_exit(&fix_mount->pmp_lock);
	mutex_enter(&fix_mount->pmp_sop.sop_lock);
	assert_true(fix_locked(fix_mount));
	mutex_exit(&fix_mount->pmp_sop.sop_lock);
}

static void
reply_calls_back_with_the_parks_own_message(void **state)
{
	struct fix_frame f;
	struct call c;

	(void)state;
	call_send(&c, NULL);
	fix_take(fix_mount, &f);
	assert_int_equal(c.times, 0);
	memset(f.bytes + sizeof(f.req), 's', 4);
	fix_make_reply(&f, ENOENT, sizeof(f.req) + 4);
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	assert_called(&c, ENOENT);
	assert_ptr_equal(c.req, fix_req(c.park));
	assert_int_equal(c.len, sizeof(f.req) + 4);
	assert_memory_equal(fix_payload(c.park), "ssss\0\0", 6);
	assert_int_equal(puffs_msg_wait(fix_mount, c.park), 0);
	puffs_msgmem_release(c.park);
}

static void
refused_reply_calls_back_with_eproto(void **state)
{
	struct fix_frame f;
	struct call c;

	(void)state;
	for (int n = 0; n < 3; n++) {
		call_send(&c, NULL);
		fix_take(fix_mount, &f);
		fix_make_reply(&f, 0, n == 0 ? 129 : n == 1 ? 30 : 0);
		if (n == 2)
			f.req.preq_rv = -1;
		assert_int_equal(fix_dispatch(fix_mount, &f), EPROTO);
		assert_called(&c, EPROTO);
		puffs_msgmem_release(c.park);
		fix_take(fix_mount, &f); /* the notice */
	}
}

static void
delivery_error_calls_back(void **state)
{
	struct fix_frame f;
	struct call c;

	(void)state;
	call_send(&c, NULL);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, E2BIG);
	assert_called(&c, E2BIG);
	puffs_msgmem_release(c.park);
}

static void
death_calls_back_with_enxio_wherever_the_message_is(void **state)
{
	struct fix_frame held, f;
	struct call c[3];

	(void)state;
	call_send(&c[0], NULL);
	fix_take(fix_mount, &f);
	call_send(&c[1], NULL);
	fix_hold(fix_mount, &held);
	call_send(&c[2], NULL);
	puffs_userdead(fix_mount);
	fix_releaseout(fix_mount, &held, EIO);
	puffs_userdead(fix_mount);
	for (int i = 0; i < 3; i++) {
		assert_called(&c[i], ENXIO);
		puffs_msgmem_release(c[i].park);
	}
}

static void
callback_runs_once_whatever_comes_later(void **state)
{
	struct fix_frame f;
	struct call c;

	(void)state;
	call_send(&c, NULL);
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_dispatch(fix_mount, &f), ENOENT);
	fix_releaseout(fix_mount, &f, EIO);
	puffs_userdead(fix_mount);
	assert_called(&c, 0);
	puffs_msgmem_release(c.park);
}

static void
callback_of_a_released_park_runs(void **state)
{
	struct call c;

	(void)state;
	call_send(&c, NULL);
	puffs_msgmem_release(c.park);
	fix_serve(fix_mount, EIO);
	assert_called(&c, EIO);
	fix_assert_empty(fix_mount);
}

static void
send_again(struct call *c)
{
	if (c->left-- > 0)
		puffs_msg_enqueue(fix_mount, c->park);
}

static void
callback_may_enqueue_its_own_park(void **state)
{
	struct call c;

	(void)state;
	call_send(&c, send_again);
	c.left = 3;
	for (unsigned i = 1; i <= 4; i++) {
		assert_int_equal(puffs_msgif_waitcount(fix_mount), 1);
		fix_serve(fix_mount, 0);
		assert_int_equal(c.times, i);
		assert_false(c.locked);
	}
	fix_assert_empty(fix_mount);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	puffs_msgmem_release(c.park);
}

/* The server still has the frame of the message that has just completed. */
static void
callback_may_enqueue_its_own_park_before_releaseout(void **state)
{
	struct fix_frame first, second;
	struct call c;

	(void)state;
	call_send(&c, send_again);
	c.left = 1;
	fix_hold(fix_mount, &first);
	assert_int_equal(fix_reply(fix_mount, &first, 0), 0);
	fix_hold(fix_mount, &second);
	assert_ptr_not_equal(first.cookie, second.cookie);
	fix_releaseout(fix_mount, &first, EIO);
	fix_releaseout(fix_mount, &second, 0);
	assert_int_equal(fix_reply(fix_mount, &second, EPERM), 0);
	assert_int_equal(c.times, 2);
	assert_int_equal(c.rv, EPERM);
	puffs_msgmem_release(c.park);
}

static void
callback_that_enqueues_at_death_is_told_by_wait_and_not_called_again(
    void **state)
{
	struct call c;

	(void)state;
	call_send(&c, send_again);
	c.left = 1;
	puffs_userdead(fix_mount);
	assert_called(&c, ENXIO);
	assert_int_equal(puffs_msg_wait(fix_mount, c.park), ENXIO);
	puffs_msgmem_release(c.park);
}

static void
release_own(struct call *c)
{
	puffs_msgmem_release(c->park);
}

static void
callback_may_release_its_own_park(void **state)
{
	struct fix_frame f;
	struct call c;

	(void)state;
	call_send(&c, release_own);
	fix_serve(fix_mount, 0);
	assert_called(&c, 0);
	call_send(&c, release_own);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, EIO);
	assert_called(&c, EIO);
	call_send(&c, release_own);
	fix_hold(fix_mount, &f);
	puffs_userdead(fix_mount);
	assert_called(&c, ENXIO);
	assert_int_equal(f.data[24], PUFFSOP_VN);
	fix_releaseout(fix_mount, &f, 0);
}

static void
change_settings(struct call *c)
{
	puffs_msg_setinfo(c->park, PUFFSOP_VFS, PUFFS_VFS_SYNC, NULL);
	puffs_msg_setdelta(c->park, 8);
	puffs_msg_setcall(c->park, callback, c);
	c->fn = NULL;
	puffs_msg_enqueue(fix_mount, c->park);
}

static void
callback_may_change_its_parks_settings(void **state)
{
	struct fix_frame f;
	struct call c;

	(void)state;
	call_send(&c, change_settings);
	fix_serve(fix_mount, 0);
	fix_take(fix_mount, &f);
	assert_int_equal(f.req.preq_opclass, PUFFSOP_VFS);
	assert_int_equal(f.req.preq_optype, PUFFS_VFS_SYNC);
	assert_int_equal(f.len, 120);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(c.times, 2);
	puffs_msgmem_release(c.park);
}

static void
send_new(struct call *c)
{
	void *mem;

	c->error = puffs_msgmem_alloc(64, &c->other, &mem, 0);
	if (c->error != 0)
		return;
	puffs_msg_setinfo(c->other, PUFFSOP_VN, PUFFS_VN_FSYNC, NULL);
	puffs_msg_enqueue(fix_mount, c->other);
}

static void
callback_may_allocate_and_send_another(void **state)
{
	struct call c;

	(void)state;
	call_send(&c, send_new);
	fix_serve(fix_mount, 0);
	assert_int_equal(c.error, 0);
	fix_serve(fix_mount, EPERM);
	assert_int_equal(puffs_msg_wait(fix_mount, c.other), EPERM);
	puffs_msgmem_release(c.other);
	puffs_msgmem_release(c.park);
}

static void
answer_request(struct call *c)
{
	struct puffs_req req = { .preq_id = PUFFSMSG_SERVER_ID | 9,
		.preq_opclass = PUFFSOP_FLUSH,
		.preq_pth.pth_framelen = sizeof(req) };

	puffs_msg_sendresp(c->mount, &req, EIO);
}

static void
callback_may_answer_the_server(void **state)
{
	struct fix_frame f;
	struct call c;

	(void)state;
	call_send(&c, answer_request);
	fix_serve(fix_mount, 0);
	fix_take(fix_mount, &f);
	assert_true(f.req.preq_id == (PUFFSMSG_SERVER_ID | 9));
	assert_int_equal(f.req.preq_rv, EIO);
	puffs_msgmem_release(c.park);
}

static void
count_line(void *arg, const char *line)
{
	struct call *c = arg;

	(void)line;
	c->error++;
}

static void
look_around(struct call *c)
{
	struct puffsmsg_mount_stats st = { .size = sizeof(st) };
	struct puffsmsg_stats all = { .size = sizeof(all) };

	c->error = puffsmsg_mount_stats(c->mount, &st);
	c->error |= puffsmsg_stats(&all);
	c->left = (unsigned)st.references;
	c->error |= puffsmsg_mount_dump(c->mount, count_line, c);
}

static void
callback_may_read_statistics_and_dump(void **state)
{
	struct call c;

	(void)state;
	call_send(&c, look_around);
	fix_serve(fix_mount, 0);
	assert_true(c.error > 0); /* lines, and no error */
	assert_true(c.left >= 1); /* the mount is held meanwhile */
	assert_int_equal(fix_stats(fix_mount).references, 0);
	puffs_msgmem_release(c.park);
}

static void
wait_for_other(struct call *c)
{
	c->error = puffs_msg_wait(c->mount, c->other);
}

static void
callback_may_wait_for_what_is_finished(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct call c;

	(void)state;
	fix_serve(fix_mount, EPERM);
	call_send(&c, wait_for_other);
	c.other = park;
	fix_serve(fix_mount, 0);
	assert_int_equal(c.error, EPERM);
	puffs_msgmem_release(park);
	puffs_msgmem_release(c.park);
}

static void
poll_queue(struct call *c)
{
	uint8_t *data;
	void *cookie;
	size_t len;

	c->error = puffs_msgif_getout(c->mount, 0, 1, &data, &len, &cookie);
}

static void
callback_may_poll_the_queue(void **state)
{
	struct call c;

	(void)state;
	call_send(&c, poll_queue);
	fix_serve(fix_mount, 0);
	assert_int_equal(c.error, EWOULDBLOCK);
	puffs_msgmem_release(c.park);
}

static void
kill_server(struct call *c)
{
	puffs_userdead(c->mount);
}

static void
callback_may_report_the_servers_death(void **state)
{
	struct call a, b;

	(void)state;
	call_send(&a, kill_server);
	call_send(&b, NULL);
	fix_serve(fix_mount, 0);
	assert_called(&a, 0);
	assert_called(&b, ENXIO);
	puffs_msgmem_release(a.park);
	puffs_msgmem_release(b.park);
}

static void
do_getout(struct call *c)
{
	uint8_t *data;
	void *cookie;
	size_t len;

	(void)puffs_msgif_getout(c->mount, 0, 0, &data, &len, &cookie);
}

static void
do_wait(struct call *c)
{
	(void)puffs_msg_wait(c->mount, fix_send(c->mount));
}

static void
do_unmount(struct call *c)
{
	(void)puffsmsg_mount_unmount(c->mount, PUFFSMSG_MNT_FORCE);
}

static void
do_close(struct call *c)
{
	(void)puffs_msgif_close(c->mount);
}

static void
do_destroy(struct call *c)
{
	puffsmsg_mount_destroy(c->mount);
}

/* In a child of the test. */
static void
call_and_serve(void *arg)
{
	struct call c;

	call_send(&c, *(void (**)(struct call *))arg);
	fix_serve(fix_mount, 0);
}

static void
callbacks_that_would_block_are_a_panic(void **state)
{
	static const struct {
		void (*fn)(struct call *);
		const char *says;
	} misuses[] = {
		{ do_getout, "getout" },
		{ do_wait, "puffs_msg_wait: park" },
		{ do_unmount, "puffsmsg_mount_unmount: " },
		{ do_close, "puffs_msgif_close: " },
		{ do_destroy, "puffsmsg_mount_destroy: " },
	};
	void (*fn)(struct call *);

	(void)state;
	for (unsigned i = 0; i < sizeof(misuses) / sizeof(misuses[0]); i++) {
		fn = misuses[i].fn;
		expect_panic(call_and_serve, &fn, misuses[i].says);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(held_locks_are_seen),
		TEST(reply_calls_back_with_the_parks_own_message),
		TEST(refused_reply_calls_back_with_eproto),
		TEST(delivery_error_calls_back),
		TEST(death_calls_back_with_enxio_wherever_the_message_is),
		TEST(callback_runs_once_whatever_comes_later),
		TEST(callback_of_a_released_park_runs),
		TEST(callback_may_enqueue_its_own_park),
		TEST(callback_may_enqueue_its_own_park_before_releaseout),
		TEST(
		    callback_that_enqueues_at_death_is_told_by_wait_and_not_called_again),
		TEST(callback_may_release_its_own_park),
		TEST(callback_may_change_its_parks_settings),
		TEST(callback_may_allocate_and_send_another),
		TEST(callback_may_answer_the_server),
		TEST(callback_may_read_statistics_and_dump),
		TEST(callback_may_wait_for_what_is_finished),
		TEST(callback_may_poll_the_queue),
		TEST(callback_may_report_the_servers_death),
		TEST(callbacks_that_would_block_are_a_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
