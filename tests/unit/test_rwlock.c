/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The inside of rwlocks: what they cost, where two calls meet, how long they
 * live.  What the calls promise is in tests/contract/test_kern_rwlock.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "gate.h"
#include "kern/kern_private.h"
#include "sleepers.h"

#include <sys/rwlock.h>

static krwlock_t rw;

static int
start(void **state)
{
	int error = sleepers_start(state);

	rw_init(&rw);
	return error;
}

static int
stop(void **state)
{
	rw_destroy(&rw);
	return sleepers_stop(state);
}

/* On the pthread host as it is. */
static int
start_real(void **state)
{
	int error = testhost_start(state);

	rw_init(&rw);
	return error;
}

static uint32_t updates;

static void
count_updates(int kind, const volatile void *obj)
{
	if (kind == PUFFSMSG_POINT_UPDATE) {
		assert_ptr_equal(obj, &rw.rw_owner);
		updates++;
	}
}

static void
count_mutex_exit(void *m)
{
	testhost_count(&th.logs);
	(testhost_real()->mutex_exit)(m);
}

/* While nobody waits: one atomic each, and no lock. */
static void
test_cost(void **state)
{
	static const krw_t ops[] = { RW_READER, RW_WRITER };

	(void)state;
	(void)curlwp;
	testhost.mutex_exit = count_mutex_exit;
	puffsmsg__setpoint(count_updates);
	updates = 0;
	for (unsigned i = 0; i < 2; i++) {
		rw_enter(&rw, ops[i]);
		assert_int_equal(updates, 4 * i + 1);
		rw_exit(&rw);
		assert_int_equal(updates, 4 * i + 2);
		assert_true(rw_tryenter(&rw, ops[i]));
		rw_exit(&rw);
		assert_int_equal(updates, 4 * i + 4);
	}
	rw_enter(&rw, RW_READER);
	assert_true(rw_tryupgrade(&rw));
	rw_downgrade(&rw);
	rw_exit(&rw);
	assert_int_equal(updates, 12);
	puffsmsg__setpoint(NULL);
	assert_int_equal(th.logs, 0);
}

/*
 * Who is woken sleeps in block() exactly once, and the library's words about
 * it are right.
 */
static void
enter_writer(void *arg)
{
	(void)arg;
	rw_enter(&rw, RW_WRITER);
	assert_null(curlwp->l_wmesg);
	rw_exit(&rw);
}

static void
test_wmesg(void **state)
{
	struct peer p;
	struct lwp *l;

	(void)state;
	rw_enter(&rw, RW_READER);
	peer_start(&p, enter_writer, NULL);
	peer_sleeps(&p);
	mutex_enter(curproc->p_lock);
	l = TAILQ_NEXT(curlwp, l_sibling);
	assert_string_equal(l->l_wmesg, "rwlock");
	mutex_exit(curproc->p_lock);
	rw_exit(&rw);
	peer_join(&p);
}

/*
 * The lock changes between a waiter's look at it and its place in the queue:
 * done in its way to the table's lock.
 */
static void (*before_table)(void);

static int
change_at_table(void *m)
{
	void (*fn)(void) = before_table;

	if (fn != NULL && m == puffsmsg__sleeptab_lock(&rw)->mtx_host) {
		before_table = NULL;
		fn();
	}
	return (testhost_real()->mutex_tryenter)(m);
}

static void
leave(void)
{
	rw_exit(&rw);
}

static void
enter_and_exit(void *arg)
{
	rw_enter(&rw, *(krw_t *)arg);
	rw_exit(&rw);
}

/* Only the holder may leave, so a thread of its own does the change. */
static struct gate asked, done;
static void (*asked_for)(void);

static void
hold(void *arg)
{
	rw_enter(&rw, *(krw_t *)arg);
	gate_pass(&done);
	gate_await(&asked, 1);
	asked_for();
	gate_pass(&done);
}

static void
ask_and_wait(void)
{
	gate_pass(&asked);
	gate_await(&done, 2);
}

/* No sleep then: the test would hang. */
static void
meet(krw_t held, krw_t wanted)
{
	struct peer holder;

	gate_init(&asked);
	gate_init(&done);
	asked_for = leave;
	peer_start(&holder, hold, &held);
	gate_await(&done, 1);
	before_table = ask_and_wait;
	testhost.mutex_tryenter = change_at_table;
	enter_and_exit(&wanted);
	assert_null(before_table);
	peer_join(&holder);
}

static void
test_left_meanwhile(void **state)
{
	(void)state;
	meet(RW_WRITER, RW_WRITER);
	meet(RW_WRITER, RW_READER);
	meet(RW_READER, RW_WRITER);
}

/*
 * The word changes under the waiter's hand, in its last look before it says
 * that it waits: a reader leaves.
 */
static unsigned countdown;

static void
leave_at_update(int kind, const volatile void *obj)
{
	if (kind != PUFFSMSG_POINT_UPDATE || obj != &rw.rw_owner ||
	    countdown == 0 || --countdown > 0)
		return;
	puffsmsg__setpoint(NULL);
	ask_and_wait();
}

static void
test_left_at_the_last_moment(void **state)
{
	krw_t op = RW_READER;
	struct peer holder;

	(void)state;
	gate_init(&asked);
	gate_init(&done);
	asked_for = leave;
	peer_start(&holder, hold, &op);
	gate_await(&done, 1);
	(void)curlwp;
	countdown = 1;
	puffsmsg__setpoint(leave_at_update);
	rw_enter(&rw, RW_WRITER);
	assert_int_equal(countdown, 0);
	assert_true(rw_write_held(&rw));
	rw_exit(&rw);
	peer_join(&holder);
}

/*
 * (c): who was given the lock destroys and frees it while the one who gave it
 * is still on the way out: in unblock() here.
 */
#define LIVES 100
struct mortal {
	krwlock_t rw;
};
static struct mortal *mortal;
static sem_t born, queued, buried;
static uint32_t mourning;

static void
unblock_and_mourn(void *token)
{
	testhost_real()->unblock(token);
	if (!puffsmsg__load32(&mourning))
		return;
	while (sem_wait(&buried) != 0)
		continue;
}

static int
tell_and_block(uint64_t deadline, unsigned flags)
{
	(void)sem_post(&queued);
	return testhost_real()->block(deadline, flags);
}

static void *
bury(void *arg)
{
	for (int i = 0; i < LIVES; i++) {
		while (sem_wait(&born) != 0)
			continue;
		rw_enter(&mortal->rw, i % 2 == 0 ? RW_WRITER : RW_READER);
		rw_exit(&mortal->rw);
		rw_destroy(&mortal->rw);
		memset(mortal, 0xff, sizeof(*mortal));
		free(mortal);
		(void)sem_post(&buried);
	}
	return arg;
}

static void
test_destroyed_by_the_next(void **state)
{
	pthread_t t;

	(void)state;
	assert_int_equal(sem_init(&born, 0, 0), 0);
	assert_int_equal(sem_init(&queued, 0, 0), 0);
	assert_int_equal(sem_init(&buried, 0, 0), 0);
	testhost.unblock = unblock_and_mourn;
	testhost.block = tell_and_block;
	assert_int_equal(pthread_create(&t, NULL, bury, NULL), 0);
	for (int i = 0; i < LIVES; i++) {
		mortal = malloc(sizeof(*mortal));
		rw_init(&mortal->rw);
		rw_enter(&mortal->rw, RW_WRITER);
		(void)sem_post(&born);
		while (sem_wait(&queued) != 0)
			continue;
		puffsmsg__store32(&mourning, 1);
		rw_exit(&mortal->rw);
		puffsmsg__store32(&mourning, 0);
		/* Early returns of block. */
		while (sem_trywait(&queued) == 0)
			continue;
	}
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(sem_destroy(&born), 0);
	assert_int_equal(sem_destroy(&queued), 0);
	assert_int_equal(sem_destroy(&buried), 0);
}

/*
 * Many threads, all calls: the numbers that the lock protects agree at every
 * moment, and nobody sleeps for ever.
 */
#define THREADS 4
#define ROUNDS  4000
static unsigned long one, two, upgrades, writes;

static void
write_numbers(void)
{
	assert_int_equal(one, two);
	one++;
	two++;
}

static void
read_numbers(void)
{
	assert_int_equal(one, two);
}

static void
read_and_upgrade(void)
{
	rw_enter(&rw, RW_READER);
	read_numbers();
	if (rw_tryupgrade(&rw)) {
		write_numbers();
		upgrades++;
	}
	rw_exit(&rw);
}

static void
write_and_downgrade(void)
{
	rw_enter(&rw, RW_WRITER);
	write_numbers();
	writes++;
	rw_downgrade(&rw);
	read_numbers();
	rw_exit(&rw);
}

static void
try_to_write(void)
{
	if (!rw_tryenter(&rw, RW_WRITER))
		return;
	write_numbers();
	writes++;
	rw_exit(&rw);
}

static void
read_only(void)
{
	rw_enter(&rw, RW_READER);
	read_numbers();
	rw_exit(&rw);
}

static void *
storm(void *arg)
{
	static void (*const moves[])(void) = { read_only, read_and_upgrade,
		write_and_downgrade, try_to_write };
	uint32_t seed = (uint32_t)(uintptr_t)arg;

	for (int i = 0; i < ROUNDS; i++) {
		seed = seed * UINT32_C(1664525) + UINT32_C(1013904223);
		moves[seed >> 30]();
	}
	return NULL;
}

static void
test_storm(void **state)
{
	pthread_t t[THREADS];

	(void)state;
	one = two = upgrades = writes = 0;
	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&t[i], NULL, storm,
				     (void *)(i + 1)),
		    0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	assert_int_equal(one, two);
	assert_int_equal(one, upgrades + writes);
	assert_false(rw_lock_held(&rw));
}

/* A host with virtual CPUs: given up for the sleep, and only then. */
static void
test_unscheduled(void **state)
{
	struct peer p;

	(void)state;
	testhost.schedule = testhost_schedule;
	testhost.unschedule = testhost_unschedule;
	rw_enter(&rw, RW_WRITER);
	assert_int_equal(testhost_counted(&th.unscheduled), 0);
	peer_start(&p, enter_writer, NULL);
	peer_sleeps(&p);
	assert_true(testhost_counted(&th.unscheduled) > 0);
	rw_exit(&rw);
	peer_join(&p);
	assert_int_equal(th.unscheduled, th.scheduled);
}

#define TEST(fn)      cmocka_unit_test_setup_teardown(fn, start, stop)
#define TEST_REAL(fn) cmocka_unit_test_setup_teardown(fn, start_real, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cost),
		TEST(test_wmesg),
		TEST(test_left_meanwhile),
		TEST(test_left_at_the_last_moment),
		TEST(test_unscheduled),
		TEST_REAL(test_destroyed_by_the_next),
		TEST_REAL(test_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
