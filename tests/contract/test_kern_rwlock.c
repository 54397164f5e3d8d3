/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * rwlock(9), row by row of docs/kern.md: each call, and each promise of
 * sys/rwlock.h.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "expect_panic.h"
#include "gate.h"
#include "sleepers.h"

#include <sys/rwlock.h>

static krwlock_t rw;

/* Peers that enter the lock, and leave it when they are told to. */
#define MAXCLIENTS 4
static struct client {
	struct peer p;
	krw_t op;
	int32_t lid;
	struct gate in, leave;
} clients[MAXCLIENTS];

static int
start(void **state)
{
	int error = sleepers_start(state);

	if (error != 0)
		return error;
	rw_init(&rw);
	for (unsigned i = 0; i < MAXCLIENTS; i++) {
		gate_init(&clients[i].in);
		gate_init(&clients[i].leave);
	}
	return 0;
}

static int
stop(void **state)
{
	rw_destroy(&rw);
	return sleepers_stop(state);
}

static void
enter_and_leave(void *arg)
{
	struct client *c = arg;

	c->lid = curlwp->l_lid;
	rw_enter(&rw, c->op);
	gate_pass(&c->in);
	gate_await(&c->leave, 1);
	rw_exit(&rw);
}

static void
client_start(unsigned i, krw_t op)
{
	clients[i].op = op;
	peer_start(&clients[i].p, enter_and_leave, &clients[i]);
}

/* It waits for the lock. */
static void
client_waits(unsigned i, krw_t op)
{
	client_start(i, op);
	peer_sleeps(&clients[i].p);
}

/* It has come in. */
static void
client_enters(unsigned i)
{
	gate_await(&clients[i].in, 1);
}

/* It still waits, without having been woken. */
static void
client_still_waits(unsigned i)
{
	assert_true(peer_asleep(&clients[i].p));
	assert_int_equal(gate_count(&clients[i].in), 0);
}

static void
client_leaves(unsigned i)
{
	gate_pass(&clients[i].leave);
	peer_join(&clients[i].p);
}

/* What another lwp sees of the lock. */
static struct view {
	int try_read, try_write, read_held, write_held, lock_held;
} view;

static int
try_op(krw_t op)
{
	int got = rw_tryenter(&rw, op);

	if (got)
		rw_exit(&rw);
	return got;
}

static void
look(void *arg)
{
	(void)arg;
	view.try_read = try_op(RW_READER);
	view.try_write = try_op(RW_WRITER);
	view.read_held = rw_read_held(&rw);
	view.write_held = rw_write_held(&rw);
	view.lock_held = rw_lock_held(&rw);
}

static void
see_elsewhere(int try_read, int try_write)
{
	struct peer p;

	peer_start(&p, look, NULL);
	peer_join(&p);
	assert_int_equal(view.try_read, try_read);
	assert_int_equal(view.try_write, try_write);
}

static void
test_init(void **state)
{
	krwlock_t other;

	(void)state;
	/* Nothing that could fail. */
	th.fail_memalloc = th.fail_mutex_init = 1;
	rw_init(&other);
	assert_int_equal(th.fail_memalloc, 1);
	assert_int_equal(th.fail_mutex_init, 1);
	assert_false(rw_lock_held(&other));
	rw_destroy(&other);
}

static void
test_enter_reader(void **state)
{
	(void)state;
	rw_enter(&rw, RW_READER);
	see_elsewhere(1, 0);
	assert_true(view.read_held);
	assert_false(view.write_held);
	assert_true(view.lock_held);
	/* Readers share. */
	client_start(0, RW_READER);
	client_enters(0);
	client_leaves(0);
	rw_exit(&rw);
	see_elsewhere(1, 1);
}

static void
test_enter_writer(void **state)
{
	(void)state;
	rw_enter(&rw, RW_WRITER);
	see_elsewhere(0, 0);
	assert_false(view.read_held);
	assert_false(view.write_held);
	assert_true(view.lock_held);
	rw_exit(&rw);
	see_elsewhere(1, 1);
	assert_false(view.lock_held);
}

static void
test_held(void **state)
{
	(void)state;
	assert_false(rw_read_held(&rw));
	assert_false(rw_write_held(&rw));
	assert_false(rw_lock_held(&rw));
	rw_enter(&rw, RW_READER);
	assert_true(rw_read_held(&rw));
	assert_false(rw_write_held(&rw));
	assert_true(rw_lock_held(&rw));
	rw_exit(&rw);
	rw_enter(&rw, RW_WRITER);
	assert_false(rw_read_held(&rw));
	assert_true(rw_write_held(&rw));
	assert_true(rw_lock_held(&rw));
	rw_exit(&rw);
}

static void
test_lock_op(void **state)
{
	(void)state;
	rw_enter(&rw, RW_READER);
	assert_int_equal(rw_lock_op(&rw), RW_READER);
	rw_exit(&rw);
	rw_enter(&rw, RW_WRITER);
	assert_int_equal(rw_lock_op(&rw), RW_WRITER);
	rw_downgrade(&rw);
	assert_int_equal(rw_lock_op(&rw), RW_READER);
	rw_exit(&rw);
}

static void
test_tryenter(void **state)
{
	(void)state;
	assert_int_equal(rw_tryenter(&rw, RW_READER), 1);
	assert_int_equal(rw_tryenter(&rw, RW_WRITER), 0);
	assert_true(rw_read_held(&rw));
	rw_exit(&rw);
	assert_int_equal(rw_tryenter(&rw, RW_WRITER), 1);
	assert_int_equal(rw_tryenter(&rw, RW_READER), 0);
	assert_int_equal(rw_tryenter(&rw, RW_WRITER), 0);
	assert_true(rw_write_held(&rw));
	rw_exit(&rw);
	assert_false(rw_lock_held(&rw));
}

static void
test_writer_waits_for_readers(void **state)
{
	(void)state;
	rw_enter(&rw, RW_READER);
	client_start(0, RW_READER);
	client_enters(0);
	client_waits(1, RW_WRITER);
	client_leaves(0);
	client_still_waits(1);
	rw_exit(&rw);
	client_enters(1);
	assert_true(rw_lock_held(&rw));
	assert_false(rw_read_held(&rw));
	client_leaves(1);
}

static void
test_readers_wait_for_writer(void **state)
{
	(void)state;
	rw_enter(&rw, RW_WRITER);
	client_waits(0, RW_READER);
	client_waits(1, RW_READER);
	client_waits(2, RW_READER);
	rw_exit(&rw);
	/* All of them at once. */
	client_enters(0);
	client_enters(1);
	client_enters(2);
	see_elsewhere(1, 0);
	client_leaves(0);
	client_leaves(1);
	client_leaves(2);
}

/* (a): nobody gets in between, from the very moment of the exit. */
static void
test_handed_over(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		rw_enter(&rw, i == 0 ? RW_READER : RW_WRITER);
		client_waits(i, RW_WRITER);
		rw_exit(&rw);
		assert_int_equal(rw_tryenter(&rw, RW_READER), 0);
		assert_int_equal(rw_tryenter(&rw, RW_WRITER), 0);
		client_leaves(i);
	}
	rw_enter(&rw, RW_WRITER);
	client_waits(2, RW_READER);
	rw_exit(&rw);
	assert_int_equal(rw_tryenter(&rw, RW_WRITER), 0);
	assert_int_equal(rw_tryenter(&rw, RW_READER), 1);
	rw_exit(&rw);
	client_leaves(2);
}

/* (b): readers do not pass a writer that waits. */
static void
test_no_starving_writer(void **state)
{
	(void)state;
	rw_enter(&rw, RW_READER);
	client_waits(0, RW_WRITER);
	assert_int_equal(rw_tryenter(&rw, RW_READER), 0);
	client_waits(1, RW_READER);
	rw_exit(&rw);
	client_enters(0);
	client_still_waits(1);
	client_leaves(0);
	client_enters(1);
	client_leaves(1);
}

/* (b): a writer that leaves gives to readers, though a writer came first. */
static void
test_no_starving_readers(void **state)
{
	(void)state;
	rw_enter(&rw, RW_WRITER);
	client_waits(0, RW_WRITER);
	client_waits(1, RW_READER);
	client_waits(2, RW_READER);
	rw_exit(&rw);
	client_enters(1);
	client_enters(2);
	client_still_waits(0);
	/* And the next reader waits behind that writer. */
	client_waits(3, RW_READER);
	client_leaves(1);
	client_still_waits(0);
	client_leaves(2);
	client_enters(0);
	client_still_waits(3);
	client_leaves(0);
	client_enters(3);
	client_leaves(3);
}

/* (b): of the writers the one that came first. */
static void
test_writers_in_order(void **state)
{
	(void)state;
	rw_enter(&rw, RW_WRITER);
	client_waits(0, RW_WRITER);
	client_waits(1, RW_WRITER);
	client_waits(2, RW_WRITER);
	rw_exit(&rw);
	for (unsigned i = 0; i < 3; i++) {
		client_enters(i);
		for (unsigned j = i + 1; j < 3; j++)
			client_still_waits(j);
		client_leaves(i);
	}
}

/* The last reader hands over to one of several writers, with readers behind. */
static void
test_last_reader_leaves(void **state)
{
	(void)state;
	rw_enter(&rw, RW_READER);
	client_waits(0, RW_WRITER);
	client_waits(1, RW_WRITER);
	client_waits(2, RW_READER);
	rw_exit(&rw);
	client_enters(0);
	client_still_waits(1);
	client_still_waits(2);
	client_leaves(0);
	client_enters(2);
	client_still_waits(1);
	assert_int_equal(rw_tryenter(&rw, RW_READER), 0);
	client_leaves(2);
	client_enters(1);
	client_leaves(1);
}

static void
test_tryupgrade(void **state)
{
	(void)state;
	rw_enter(&rw, RW_READER);
	assert_int_equal(rw_tryupgrade(&rw), 1);
	assert_true(rw_write_held(&rw));
	see_elsewhere(0, 0);
	rw_exit(&rw);
	assert_false(rw_lock_held(&rw));
}

static void
test_tryupgrade_not_alone(void **state)
{
	(void)state;
	rw_enter(&rw, RW_READER);
	client_start(0, RW_READER);
	client_enters(0);
	assert_int_equal(rw_tryupgrade(&rw), 0);
	assert_true(rw_read_held(&rw));
	client_leaves(0);
	assert_int_equal(rw_tryupgrade(&rw), 1);
	rw_exit(&rw);
}

/* Ahead of those who wait, who are not forgotten. */
static void
test_tryupgrade_with_waiters(void **state)
{
	(void)state;
	rw_enter(&rw, RW_READER);
	client_waits(0, RW_WRITER);
	client_waits(1, RW_READER);
	assert_int_equal(rw_tryupgrade(&rw), 1);
	client_still_waits(0);
	client_still_waits(1);
	rw_exit(&rw);
	client_enters(1);
	client_leaves(1);
	client_enters(0);
	client_leaves(0);
}

static void
test_downgrade(void **state)
{
	(void)state;
	rw_enter(&rw, RW_WRITER);
	rw_downgrade(&rw);
	assert_true(rw_read_held(&rw));
	see_elsewhere(1, 0);
	rw_exit(&rw);
	assert_false(rw_lock_held(&rw));
}

/* Lets in the readers that wait; the writer waits for them and for us. */
static void
test_downgrade_with_waiters(void **state)
{
	(void)state;
	rw_enter(&rw, RW_WRITER);
	client_waits(0, RW_WRITER);
	client_waits(1, RW_READER);
	client_waits(2, RW_READER);
	rw_downgrade(&rw);
	client_enters(1);
	client_enters(2);
	assert_int_equal(rw_tryenter(&rw, RW_READER), 0);
	client_leaves(1);
	client_leaves(2);
	client_still_waits(0);
	assert_true(rw_read_held(&rw));
	rw_exit(&rw);
	client_enters(0);
	client_leaves(0);
}

static void
test_downgrade_with_writer_waiting(void **state)
{
	(void)state;
	rw_enter(&rw, RW_WRITER);
	client_waits(0, RW_WRITER);
	rw_downgrade(&rw);
	client_still_waits(0);
	assert_int_equal(rw_tryenter(&rw, RW_READER), 0);
	rw_exit(&rw);
	client_enters(0);
	client_leaves(0);
}

static void
test_not_interruptible(void **state)
{
	(void)state;
	rw_enter(&rw, RW_WRITER);
	client_waits(0, RW_WRITER);
	assert_int_equal(puffsmsg_lwp_kill(clients[0].lid, SIGKILL), 0);
	client_still_waits(0);
	rw_exit(&rw);
	client_enters(0);
	client_leaves(0);
}

static void
test_obj(void **state)
{
	krwlock_t *o = rw_obj_alloc();

	(void)state;
	assert_int_equal(rw_obj_refcnt(o), 1);
	rw_enter(o, RW_WRITER);
	rw_exit(o);
	rw_obj_hold(o);
	assert_int_equal(rw_obj_refcnt(o), 2);
	assert_false(rw_obj_free(o));
	assert_int_equal(rw_obj_refcnt(o), 1);
	assert_true(rw_obj_free(o));
}

static void
test_obj_tryalloc(void **state)
{
	krwlock_t *o;

	(void)state;
	(void)curlwp;
	th.fail_memalloc = 1;
	assert_null(rw_obj_tryalloc());
	o = rw_obj_tryalloc();
	assert_int_equal(rw_obj_refcnt(o), 1);
	assert_int_equal(rw_tryenter(o, RW_READER), 1);
	rw_exit(o);
	assert_true(rw_obj_free(o));
}

static void
do_write_twice(void *arg)
{
	(void)arg;
	rw_enter(&rw, RW_WRITER);
	rw_enter(&rw, RW_WRITER);
}

static void
do_read_own_write(void *arg)
{
	(void)arg;
	rw_enter(&rw, RW_WRITER);
	rw_enter(&rw, RW_READER);
}

static void
do_destroy_held(void *arg)
{
	rw_enter(&rw, *(krw_t *)arg);
	rw_destroy(&rw);
}

static void
do_exit_unheld(void *arg)
{
	(void)arg;
	rw_exit(&rw);
}

/* Another lwp has it. */
static void
exit_by_another(krw_t op, void (*leave)(void))
{
	client_start(0, op);
	client_enters(0);
	leave();
}

static void
leave_by_exit(void)
{
	rw_exit(&rw);
}

static void
leave_by_downgrade(void)
{
	rw_downgrade(&rw);
}

static void
do_exit_by_another(void *arg)
{
	exit_by_another(*(const krw_t *)arg, leave_by_exit);
}

static void
do_downgrade_by_another(void *arg)
{
	(void)arg;
	exit_by_another(RW_WRITER, leave_by_downgrade);
}

static void
do_downgrade_read(void *arg)
{
	(void)arg;
	rw_enter(&rw, RW_READER);
	rw_downgrade(&rw);
}

static void
do_upgrade_unheld(void *arg)
{
	(void)arg;
	(void)rw_tryupgrade(&rw);
}

static void
do_upgrade_written(void *arg)
{
	(void)arg;
	rw_enter(&rw, RW_WRITER);
	(void)rw_tryupgrade(&rw);
}

static void
do_op_unheld(void *arg)
{
	(void)arg;
	(void)rw_lock_op(&rw);
}

static void
do_enter_destroyed(void *arg)
{
	krwlock_t other;

	(void)arg;
	rw_init(&other);
	rw_destroy(&other);
	rw_enter(&other, RW_READER);
}

static void
do_tryenter_uninitialised(void *arg)
{
	static krwlock_t other;

	(void)arg;
	(void)rw_tryenter(&other, RW_WRITER);
}

static void
do_read_twice(void *arg)
{
	(void)arg;
	rw_enter(&rw, RW_READER);
	rw_enter(&rw, RW_READER);
}

static void
do_init_live(void *arg)
{
	(void)arg;
	rw_init(&rw);
}

static void
do_end_holding(void *arg)
{
	rw_enter(&rw, *(const krw_t *)arg);
	puffsmsg_lwp_detach();
}

/* A mutex and the lock, this way and then the other. */
static void
do_crosswise(void *arg)
{
	krw_t op = *(const krw_t *)arg;
	kmutex_t m;

	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&m);
	rw_enter(&rw, op);
	rw_exit(&rw);
	mutex_exit(&m);
	rw_enter(&rw, op);
	mutex_enter(&m);
}

/* Readers, too; after a downgrade it is the same hold. */
static void
do_crosswise_readers(void *arg)
{
	krwlock_t other;

	(void)arg;
	rw_init(&other);
	rw_enter(&other, RW_WRITER);
	rw_downgrade(&other);
	rw_enter(&rw, RW_READER);
	rw_exit(&other);
	rw_exit(&rw);
	rw_enter(&rw, RW_READER);
	rw_enter(&other, RW_READER);
}

/* rw_tryenter may be called in any order, and what it got counts. */
static void
do_tried(void *arg)
{
	krwlock_t other;

	(void)arg;
	rw_init(&other);
	rw_enter(&other, RW_WRITER);
	rw_enter(&rw, RW_WRITER);
	rw_exit(&other);
	if (!rw_tryenter(&other, RW_READER))
		return;
	rw_exit(&other);
	rw_exit(&rw);
	if (!rw_tryenter(&rw, RW_READER))
		return;
	rw_enter(&other, RW_WRITER);
}

/* Destroyed locks are forgotten. */
static void
test_order_forgotten(void **state)
{
	krwlock_t other;

	(void)state;
	for (int i = 0; i < 2; i++) {
		krwlock_t *first = i == 0 ? &rw : &other;
		krwlock_t *second = i == 0 ? &other : &rw;

		rw_init(&other);
		rw_enter(first, RW_WRITER);
		rw_enter(second, RW_READER);
		rw_exit(first);
		rw_exit(second);
		rw_destroy(&other);
	}
}

static void
test_order(void **state)
{
	krw_t reader = RW_READER, writer = RW_WRITER;

	(void)state;
	expect_panic(do_crosswise, &writer, "lock order: mutex 0x");
	expect_panic(do_crosswise, &reader, "lock order: mutex 0x");
	expect_panic(do_crosswise_readers, NULL, "lock order: rwlock 0x");
	expect_panic(do_tried, NULL, "lock order: rwlock 0x");
}

static void
test_misuse(void **state)
{
	krw_t reader = RW_READER, writer = RW_WRITER;

	(void)state;
	assert_int_equal(puffsmsg_lwp_self(), 1);
	expect_panic(do_write_twice, NULL, "is held by this lwp");
	expect_panic(do_read_own_write, NULL, "is held by this lwp");
	expect_panic(do_destroy_held, &reader, "rw_destroy: rwlock 0x");
	expect_panic(do_destroy_held, &writer, "rw_destroy: rwlock 0x");
	expect_panic(do_exit_unheld, NULL, "rw_exit: rwlock 0x");
	expect_panic(do_exit_by_another, &writer, "not held by this lwp");
	expect_panic(do_exit_by_another, &reader, "is not held by lwp 1");
	expect_panic(do_downgrade_by_another, NULL, "rw_downgrade: rwlock 0x");
	expect_panic(do_downgrade_read, NULL, "rw_downgrade: rwlock 0x");
	expect_panic(do_upgrade_unheld, NULL, "not held by a reader");
	expect_panic(do_upgrade_written, NULL, "not held by a reader");
	expect_panic(do_op_unheld, NULL, "rw_lock_op: rwlock 0x");
	expect_panic(do_read_twice, NULL, "rw_enter: rwlock 0x");
	expect_panic(do_init_live, NULL, "rwlock_init: the rwlock at 0x");
	expect_panic(do_end_holding, &reader, "lwp 1 holds rwlock 0x");
	expect_panic(do_end_holding, &writer, "lwp 1 holds rwlock 0x");
	expect_panic(do_enter_destroyed, NULL, "is not initialised");
	expect_panic(do_tryenter_uninitialised, NULL, "is not initialised");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_misuse),
		TEST(test_order),
		TEST(test_order_forgotten),
		TEST(test_init),
		TEST(test_enter_reader),
		TEST(test_enter_writer),
		TEST(test_held),
		TEST(test_lock_op),
		TEST(test_tryenter),
		TEST(test_writer_waits_for_readers),
		TEST(test_readers_wait_for_writer),
		TEST(test_handed_over),
		TEST(test_no_starving_writer),
		TEST(test_no_starving_readers),
		TEST(test_writers_in_order),
		TEST(test_last_reader_leaves),
		TEST(test_tryupgrade),
		TEST(test_tryupgrade_not_alone),
		TEST(test_tryupgrade_with_waiters),
		TEST(test_downgrade),
		TEST(test_downgrade_with_waiters),
		TEST(test_downgrade_with_writer_waiting),
		TEST(test_not_interruptible),
		TEST(test_obj),
		TEST(test_obj_tryalloc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
