/* SPDX-License-Identifier: BSD-2-Clause */

/* mutex(9): exclusion, ownership, hosts with virtual CPUs, misuse. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>

#include "expect_panic.h"
#include "testhost.h"

static kmutex_t m;
static unsigned counter;

static int
start(void **state)
{
	if (testhost_start(state) != 0)
		return -1;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	return 0;
}

static int
stop(void **state)
{
	mutex_destroy(&m);
	return testhost_stop(state);
}

static void
test_owned(void **state)
{
	(void)state;
	assert_false(mutex_owned(&m));
	mutex_enter(&m);
	assert_true(mutex_owned(&m));
	mutex_exit(&m);
	assert_false(mutex_owned(&m));
	mutex_spin_enter(&m);
	assert_true(mutex_owned(&m));
	mutex_spin_exit(&m);
	assert_int_equal(th.mutex_enters, 0);
}

/* Once it is unlocked, others write the owner. */
static void
see_unowned(void *host_mutex)
{
	assert_ptr_equal(host_mutex, m.mtx_host);
	assert_false(mutex_owned(&m));
	counter++;
	(testhost_real()->mutex_exit)(host_mutex);
}

static void
test_disowned_before_the_unlock(void **state)
{
	(void)state;
	counter = 0;
	mutex_enter(&m);
	testhost.mutex_exit = see_unowned;
	mutex_exit(&m);
	testhost.mutex_exit = testhost_real()->mutex_exit;
	assert_int_equal(counter, 1);
}

static void *
try_it(void *arg)
{
	bool *owned = arg;

	*owned = mutex_owned(&m);
	return mutex_tryenter(&m) ? &m : NULL;
}

static void
test_tryenter(void **state)
{
	pthread_t t;
	void *got;
	bool owned = true;

	(void)state;
	assert_true(mutex_tryenter(&m));
	assert_true(mutex_owned(&m));
	assert_int_equal(pthread_create(&t, NULL, try_it, &owned), 0);
	assert_int_equal(pthread_join(t, &got), 0);
	assert_null(got);
	assert_false(owned);
	mutex_exit(&m);
}

#define ROUNDS 20000

static void *
count_up(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		mutex_enter(&m);
		counter++;
		mutex_exit(&m);
	}
	return arg;
}

static void
count_in_threads(void)
{
	pthread_t t[3];

	counter = 0;
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&t[i], NULL, count_up, NULL),
		    0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	assert_int_equal(counter, 3 * ROUNDS);
}

static void
test_exclusion(void **state)
{
	(void)state;
	count_in_threads();
}

/* The thread reaches the host's mutex_enter, which tells so. */
static sem_t contended;

static void
tell_and_enter(void *host_mutex)
{
	(void)sem_post(&contended);
	(testhost_real()->mutex_enter)(host_mutex);
}

static void
contend(void (*enter)(void *))
{
	pthread_t t;

	assert_int_equal(sem_init(&contended, 0, 0), 0);
	testhost.mutex_enter = enter;
	mutex_enter(&m);
	counter = 0;
	assert_int_equal(pthread_create(&t, NULL, count_up, NULL), 0);
	assert_int_equal(sem_wait(&contended), 0);
	mutex_exit(&m);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(sem_destroy(&contended), 0);
}

static void
test_contended(void **state)
{
	(void)state;
	contend(tell_and_enter);
	assert_int_equal(th.unscheduled, 0);
}

static void
test_contended_unscheduled(void **state)
{
	(void)state;
	testhost.schedule = testhost_schedule;
	testhost.unschedule = testhost_unschedule;
	mutex_enter(&m);
	mutex_exit(&m);
	assert_int_equal(th.unscheduled, 0);
	contend(tell_and_enter);
	assert_true(th.unscheduled > 0);
	assert_int_equal(th.unscheduled, th.scheduled);
	testhost.mutex_enter = testhost_mutex_enter;
	count_in_threads();
	assert_int_equal(th.unscheduled, th.scheduled);
}

/*
 * A virtual CPU is another's while its thread waits for the mutex, and is
 * waited for by who holds none.
 */
static _Thread_local bool off_cpu;
static _Thread_local int held;
static uint32_t waits_on_cpu, waits_for_cpu_holding;

static void
leave_cpu(int *cpu)
{
	*cpu = 0;
	off_cpu = true;
}

static void
take_cpu(int cpu)
{
	(void)cpu;
	if (held > 0)
		testhost_count(&waits_for_cpu_holding);
	off_cpu = false;
}

static void
enter_off_cpu(void *host_mutex)
{
	if (!off_cpu)
		testhost_count(&waits_on_cpu);
	tell_and_enter(host_mutex);
	held++;
}

static int
tryenter_counted(void *host_mutex)
{
	int got = (testhost_real()->mutex_tryenter)(host_mutex);

	held += got;
	return got;
}

static void
exit_counted(void *host_mutex)
{
	held--;
	(testhost_real()->mutex_exit)(host_mutex);
}

static void
test_waits_without_the_cpu(void **state)
{
	(void)state;
	waits_on_cpu = waits_for_cpu_holding = 0;
	testhost.schedule = take_cpu;
	testhost.unschedule = leave_cpu;
	testhost.mutex_tryenter = tryenter_counted;
	testhost.mutex_exit = exit_counted;
	contend(enter_off_cpu);
	assert_int_equal(waits_on_cpu, 0);
	assert_int_equal(waits_for_cpu_holding, 0);
}

static void
test_init_waits_for_memory(void **state)
{
	kmutex_t other;

	(void)state;
	testhost_take_block(true);
	th.fail_mutex_init = 3;
	mutex_init(&other, MUTEX_SPIN, IPL_VM);
	assert_int_equal(th.blocks, 2);
	mutex_destroy(&other);
}

static void
test_objects(void **state)
{
	kmutex_t *o;

	(void)state;
	o = mutex_obj_alloc(MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(o);
	mutex_exit(o);
	mutex_obj_hold(o);
	assert_int_equal(mutex_obj_refcnt(o), 2);
	assert_false(mutex_obj_free(o));
	assert_int_equal(mutex_obj_refcnt(o), 1);
	assert_true(mutex_obj_free(o));
}

static void
test_objects_without_memory(void **state)
{
	kmutex_t *o;

	(void)state;
	th.fail_memalloc = 1;
	assert_null(mutex_obj_tryalloc(MUTEX_DEFAULT, IPL_NONE));
	th.fail_mutex_init = 1;
	assert_null(mutex_obj_tryalloc(MUTEX_DEFAULT, IPL_NONE));
	o = mutex_obj_tryalloc(MUTEX_DEFAULT, IPL_NONE);
	assert_non_null(o);
	assert_int_equal(mutex_obj_refcnt(o), 1);
	assert_true(mutex_obj_free(o));
}

static void
test_ownable(void **state)
{
	(void)state;
	assert_true(mutex_ownable(&m));
}

static void
do_enter_twice(void *arg)
{
	(void)arg;
	mutex_enter(&m);
	mutex_enter(&m);
}

static void
do_exit_unheld(void *arg)
{
	(void)arg;
	mutex_exit(&m);
}

static void
do_destroy_held(void *arg)
{
	(void)arg;
	mutex_enter(&m);
	mutex_destroy(&m);
}

static void
do_enter_destroyed(void *arg)
{
	kmutex_t other;

	(void)arg;
	mutex_init(&other, MUTEX_DEFAULT, IPL_NONE);
	mutex_destroy(&other);
	mutex_enter(&other);
}

static void
do_init_impossible(void *arg)
{
	kmutex_t other;

	(void)arg;
	th.fail_mutex_init = 1;
	th.mutex_init_error = EPERM;
	mutex_init(&other, MUTEX_DEFAULT, IPL_NONE);
}

static void
do_init_twice(void *arg)
{
	(void)arg;
	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
}

static void
do_ownable_held(void *arg)
{
	(void)arg;
	mutex_enter(&m);
	(void)mutex_ownable(&m);
}

/* Room for the whole object, but of another kind. */
static void
do_hold_no_object(void *arg)
{
	static kmutex_t two[2];

	(void)arg;
	mutex_init(&two[0], MUTEX_DEFAULT, IPL_NONE);
	mutex_obj_hold(&two[0]);
}

/* What may never come is not waited for, nor taken, before the panic. */
static int
must_not_try(void *host_mutex)
{
	(void)host_mutex;
	expect_panic_leave(EXPECT_PANIC_LIVES);
	return 0;
}

static void
do_enter_out_of_order(void *arg)
{
	kmutex_t other;

	(void)arg;
	mutex_init(&other, MUTEX_DEFAULT, IPL_NONE);
	mutex_enter(&m);
	mutex_enter(&other);
	mutex_exit(&m);
	testhost.mutex_tryenter = must_not_try;
	mutex_enter(&m);
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_panic(do_enter_out_of_order, NULL, "lock order: mutex 0x");
	expect_panic(do_enter_twice, NULL, "mutex_enter: mutex 0x");
	expect_panic(do_exit_unheld, NULL, "mutex_exit: mutex 0x");
	expect_panic(do_destroy_held, NULL, "mutex_destroy: mutex 0x");
	expect_panic(do_enter_destroyed, NULL, "is not initialised");
	expect_panic(do_init_impossible, NULL, "mutex_init: error");
	expect_panic(do_init_twice, NULL, "mutex_init: the mutex at 0x");
	expect_panic(do_ownable_held, NULL, "mutex_ownable: mutex 0x");
	expect_panic(do_hold_no_object, NULL, "is not an object");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_misuse, start, stop),
		cmocka_unit_test_setup_teardown(test_owned, start, stop),
		cmocka_unit_test_setup_teardown(test_disowned_before_the_unlock,
		    start, stop),
		cmocka_unit_test_setup_teardown(test_tryenter, start, stop),
		cmocka_unit_test_setup_teardown(test_exclusion, start, stop),
		cmocka_unit_test_setup_teardown(test_contended, start, stop),
		cmocka_unit_test_setup_teardown(test_contended_unscheduled,
		    start, stop),
		cmocka_unit_test_setup_teardown(test_waits_without_the_cpu,
		    start, stop),
		cmocka_unit_test_setup_teardown(test_init_waits_for_memory,
		    start, stop),
		cmocka_unit_test_setup_teardown(test_objects, start, stop),
		cmocka_unit_test_setup_teardown(test_objects_without_memory,
		    start, stop),
		cmocka_unit_test_setup_teardown(test_ownable, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
