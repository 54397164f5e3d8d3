/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * mutex(9) and mutex_obj(9): what each call promises, the order of locks, and
 * misuse.  The rows are those of docs/kern.md.
 */

#include "kernworld.h"

#include <sched.h>
#include <stdio.h>

#include "expect_panic.h"
#include "kern/lockdebug.h"
#include "kern/pool_private.h"

#include <sys/condvar.h>
#include <sys/kthread.h>
#include <sys/pool.h>
#include <sys/proc.h>

#define N 4

static kmutex_t m[N];

static int
start(void **state)
{
	int error = kw_setup(state);

	for (int i = 0; i < N; i++)
		mutex_init(&m[i], MUTEX_DEFAULT, IPL_NONE);
	return error;
}

static int
stop(void **state)
{
	for (int i = 0; i < N; i++)
		mutex_destroy(&m[i]);
	return kw_teardown(state);
}

/* Numbers of mutexes to take one after the other; all are left then. */
struct taking {
	int mutex[N];
	int n;
};

static void
take(void *arg)
{
	const struct taking *t = arg;

	for (int i = 0; i < t->n; i++)
		mutex_enter(&m[t->mutex[i]]);
	for (int i = 0; i < t->n; i++)
		mutex_exit(&m[t->mutex[i]]);
}

static void
take2(int a, int b)
{
	take(&(struct taking){ { a, b }, 2 });
}

static void
in_a_thread(void (*fn)(void *), void *arg)
{
	struct kw_thread t;

	kw_start(&t, fn, arg);
	kw_join(&t);
}

/*
 * mutex_init, mutex_enter, mutex_exit, mutex_owned, mutex_destroy
 */
static void
see_unowned(void *arg)
{
	*(bool *)arg = mutex_owned(&m[0]);
}

static void
test_owned(void **state)
{
	bool owned = true;

	(void)state;
	assert_false(mutex_owned(&m[0]));
	mutex_enter(&m[0]);
	assert_true(mutex_owned(&m[0]));
	assert_false(mutex_owned(&m[1]));
	in_a_thread(see_unowned, &owned);
	assert_false(owned);
	mutex_exit(&m[0]);
	assert_false(mutex_owned(&m[0]));
}

static void
test_kinds(void **state)
{
	const int ipls[] = { IPL_NONE, IPL_SOFTCLOCK, IPL_SOFTBIO, IPL_SOFTNET,
		IPL_SOFTSERIAL, IPL_VM, IPL_SCHED, IPL_HIGH };
	kmutex_t one;

	(void)state;
	for (int type = MUTEX_SPIN; type <= MUTEX_NODEBUG; type++) {
		for (unsigned i = 0; i < sizeof(ipls) / sizeof(ipls[0]); i++) {
			mutex_init(&one, (kmutex_type_t)type, ipls[i]);
			mutex_spin_enter(&one);
			assert_true(mutex_owned(&one));
			mutex_spin_exit(&one);
			assert_true(mutex_tryenter(&one));
			mutex_exit(&one);
			mutex_destroy(&one);
		}
	}
}

static unsigned inside;

static void
enter_and_count(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	inside++;
	mutex_exit(&m[0]);
}

/* Who comes second waits until the first has gone, and then has it. */
static void
test_waits(void **state)
{
	struct kw_thread t;

	(void)state;
	inside = 0;
	mutex_enter(&m[0]);
	kw_hold(&t, enter_and_count, NULL, KW_WAIT, &m[0], 1);
	kw_go(&t);
	assert_false(kw_returned(&t));
	assert_int_equal(inside, 0);
	mutex_exit(&m[0]);
	kw_join(&t);
	assert_int_equal(inside, 1);
}

/* Left in any order. */
static void
test_exit_out_of_order(void **state)
{
	(void)state;
	mutex_enter(&m[0]);
	mutex_enter(&m[1]);
	mutex_enter(&m[2]);
	mutex_exit(&m[1]);
	assert_true(mutex_owned(&m[0]) && mutex_owned(&m[2]));
	mutex_exit(&m[0]);
	mutex_enter(&m[3]);
	mutex_exit(&m[2]);
	mutex_exit(&m[3]);
	assert_int_equal(curlwp->l_nheld, 0);
}

static void
try_it(void *arg)
{
	*(int *)arg = mutex_tryenter(&m[0]);
	if (*(int *)arg)
		mutex_exit(&m[0]);
}

/* mutex_tryenter */
static void
test_tryenter(void **state)
{
	int got = -1;

	(void)state;
	assert_int_equal(mutex_tryenter(&m[0]), 1);
	in_a_thread(try_it, &got);
	assert_int_equal(got, 0);
	mutex_exit(&m[0]);
	in_a_thread(try_it, &got);
	assert_int_equal(got, 1);
}

static void
see_ownable(void *arg)
{
	*(int *)arg = mutex_ownable(&m[0]);
}

/* mutex_ownable: also while another holds it. */
static void
test_ownable(void **state)
{
	int is = 0;

	(void)state;
	assert_int_equal(mutex_ownable(&m[0]), 1);
	mutex_enter(&m[0]);
	in_a_thread(see_ownable, &is);
	mutex_exit(&m[0]);
	assert_int_equal(is, 1);
}

/* A destroyed one may be made anew, at the same place. */
static void
test_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		mutex_destroy(&m[0]);
		mutex_init(&m[0], MUTEX_DEFAULT, IPL_NONE);
		mutex_enter(&m[0]);
		mutex_exit(&m[0]);
	}
}

/*
 * mutex_obj(9)
 */
static void
use_object(kmutex_t *o)
{
	assert_non_null(o);
	assert_int_equal(mutex_obj_refcnt(o), 1);
	mutex_obj_hold(o);
	mutex_obj_hold(o);
	assert_int_equal(mutex_obj_refcnt(o), 3);
	mutex_enter(o);
	assert_true(mutex_owned(o));
	mutex_exit(o);
	assert_false(mutex_obj_free(o));
	assert_false(mutex_obj_free(o));
	assert_int_equal(mutex_obj_refcnt(o), 1);
	assert_true(mutex_obj_free(o));
}

static void
test_objects(void **state)
{
	(void)state;
	use_object(mutex_obj_alloc(MUTEX_DEFAULT, IPL_NONE));
	use_object(mutex_obj_tryalloc(MUTEX_DEFAULT, IPL_VM));
	use_object(mutex_obj_alloc(MUTEX_NODEBUG, IPL_NONE));
}

static void
do_free_held_object(void *arg)
{
	kmutex_t *o = mutex_obj_alloc(MUTEX_DEFAULT, IPL_NONE);

	(void)arg;
	mutex_obj_hold(o);
	mutex_enter(o);
	assert_false(mutex_obj_free(o));
	(void)mutex_obj_free(o);
}

/* The call of an object for a mutex that is none. */
static void
do_object(void *arg)
{
	void (*const use)(kmutex_t *) = *(void (**)(kmutex_t *))arg;

	use(&m[0]);
}

static void
use_hold(kmutex_t *o)
{
	mutex_obj_hold(o);
}

static void
use_free(kmutex_t *o)
{
	(void)mutex_obj_free(o);
}

static void
use_refcnt(kmutex_t *o)
{
	(void)mutex_obj_refcnt(o);
}

static void
test_object_misuse(void **state)
{
	void (*const uses[])(kmutex_t *) = { use_hold, use_free, use_refcnt };
	const char *const words[] = { "mutex_obj_hold: mutex 0x",
		"mutex_obj_free: mutex 0x", "mutex_obj_refcnt: mutex 0x" };

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		void (*use)(kmutex_t *) = uses[i];

		expect_panic(do_object, &use, words[i]);
	}
	expect_panic(do_free_held_object, NULL, "mutex_destroy: mutex 0x");
}

/*
 * The order of locks.
 */
static const char *
order_words(int wanted, int held)
{
	static char words[128];

	(void)snprintf(words, sizeof(words),
	    "lock order: mutex %p is wanted and mutex %p held, but so far: ",
	    (void *)&m[wanted], (void *)&m[held]);
	return words;
}

/* It would have worked, by luck. */
static void
test_order(void **state)
{
	(void)state;
	take2(0, 1);
	take2(0, 1);
	expect_panic(take, &(struct taking){ { 1, 0 }, 2 }, order_words(0, 1));
}

/* What one thread did binds the others. */
static void
test_order_of_threads(void **state)
{
	struct taking forth = { { 0, 1 }, 2 };

	(void)state;
	in_a_thread(take, &forth);
	expect_panic(take, &(struct taking){ { 1, 0 }, 2 }, order_words(0, 1));
}

static void
test_order_of_three(void **state)
{
	(void)state;
	take2(0, 1);
	take2(1, 2);
	take2(2, 3);
	take2(0, 3);
	expect_panic(take, &(struct taking){ { 3, 1 }, 2 }, order_words(1, 3));
	expect_panic(take, &(struct taking){ { 2, 0 }, 2 }, order_words(0, 2));
}

/*
 * All locks that are held count: also those that were not the last, and those
 * that were left by others before.
 */
static void
test_order_of_all_held(void **state)
{
	(void)state;
	mutex_enter(&m[0]);
	mutex_enter(&m[1]);
	mutex_exit(&m[1]);
	mutex_enter(&m[2]);
	mutex_exit(&m[0]);
	mutex_enter(&m[3]);
	mutex_exit(&m[2]);
	mutex_exit(&m[3]);
	expect_panic(take, &(struct taking){ { 2, 0 }, 2 }, order_words(0, 2));
	expect_panic(take, &(struct taking){ { 3, 0 }, 2 }, order_words(0, 3));
	take2(1, 3);
	take2(2, 1);
}

static void
enter_both(void *arg)
{
	(void)arg;
	mutex_enter(&m[1]);
	mutex_enter(&m[0]);
}

/* The deadlock is there, but for the last step. */
static void
do_deadlock(void *arg)
{
	static struct kw_thread t;

	mutex_enter(&m[0]);
	kw_hold(&t, enter_both, arg, KW_EXITED, curproc->p_lock, 1);
	fail();
}

static void
do_deadlock_other_first(void *arg)
{
	static struct kw_thread t;

	(void)arg;
	mutex_enter(&m[0]);
	kw_begin(&t, enter_both, NULL, KW_WAIT, &m[0], 1);
	kw_await_held(&t);
	/* That one waits for ours now, and we for its. */
	kw_go(&t);
	mutex_enter(&m[1]);
}

static void
test_no_deadlock(void **state)
{
	(void)state;
	expect_panic(do_deadlock_other_first, NULL, order_words(1, 0));
	take2(0, 1);
	expect_panic(do_deadlock, NULL, order_words(0, 1));
}

/* Two of a kind, by address, or whichever way is always the same. */
static void
test_instances(void **state)
{
	(void)state;
	take2(0, 1);
	take2(3, 2);
	take2(1, 3);
	take2(0, 2);
	take(&(struct taking){ { 0, 1, 3, 2 }, 4 });
}

/* tryenter in the wrong order is right, and counts from then on. */
static void
test_order_of_tried(void **state)
{
	(void)state;
	take2(0, 1);
	mutex_enter(&m[1]);
	assert_true(mutex_tryenter(&m[0]));
	mutex_exit(&m[0]);
	assert_true(mutex_tryenter(&m[3]));
	mutex_enter(&m[2]);
	mutex_exit(&m[2]);
	mutex_exit(&m[3]);
	mutex_exit(&m[1]);
	take2(0, 1);
	/* Not under 1, but 2 was under it. */
	expect_panic(take, &(struct taking){ { 2, 3 }, 2 }, order_words(3, 2));
	expect_panic(take, &(struct taking){ { 2, 1 }, 2 }, order_words(1, 2));
	take2(3, 1);
}

/* One that was not got does not count. */
static void
hold_first(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	assert_false(mutex_tryenter(&m[1]));
	mutex_enter(&m[2]);
	mutex_exit(&m[2]);
	mutex_exit(&m[0]);
}

static void
test_order_of_not_got(void **state)
{
	(void)state;
	mutex_enter(&m[1]);
	in_a_thread(hold_first, NULL);
	mutex_exit(&m[1]);
	take2(2, 1);
}

static void
test_order_forgotten(void **state)
{
	(void)state;
	take2(0, 1);
	take2(1, 2);
	mutex_destroy(&m[1]);
	mutex_init(&m[1], MUTEX_DEFAULT, IPL_NONE);
	take2(1, 0);
	take2(2, 1);
	expect_panic(take, &(struct taking){ { 0, 2 }, 2 }, order_words(2, 0));
}

static void
test_nodebug(void **state)
{
	kmutex_t free;

	(void)state;
	mutex_init(&free, MUTEX_NODEBUG, IPL_NONE);
	mutex_enter(&free);
	mutex_enter(&m[0]);
	mutex_exit(&free);
	mutex_enter(&free);
	mutex_exit(&m[0]);
	mutex_exit(&free);
	mutex_destroy(&free);
}

/*
 * A wait takes its interlock again, under what else the lwp holds.
 */
static kcondvar_t cv;

static void
do_wait_inside_out(void *arg)
{
	(void)arg;
	cv_init(&cv, "inside");
	mutex_enter(&m[0]);
	mutex_enter(&m[1]);
	(void)cv_timedwait(&cv, &m[0], 1);
}

static void
wait_holding_outer(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	mutex_enter(&m[1]);
	cv_wait(&cv, &m[1]);
	mutex_exit(&m[1]);
	mutex_exit(&m[0]);
}

static void
do_wait_and_run_out(void *arg)
{
	static struct kw_thread t;

	kw_start(&t, do_wait_inside_out, arg);
	kw_until_asleep(&t);
	kw_advance(KW_TICK);
	kw_join(&t);
}

static void
test_order_of_interlock(void **state)
{
	struct kw_thread t;

	(void)state;
	expect_panic(do_wait_and_run_out, NULL, order_words(0, 1));
	/* With another mutex held one may wait, if it is outside. */
	cv_init(&cv, "outer");
	kw_start(&t, wait_holding_outer, NULL);
	kw_until_asleep(&t);
	mutex_enter(&m[1]);
	cv_signal(&cv);
	mutex_exit(&m[1]);
	kw_join(&t);
	cv_destroy(&cv);
}

/* The library's own: the table of pools, then the lwps, then a pool. */
static void
do_pools_under_lwps(void *arg)
{
	(void)arg;
	mutex_enter(curproc->p_lock);
	(void)pool_cache_init(1, 0, 0, 0, "late", NULL, IPL_NONE, NULL, NULL,
	    NULL);
}

static void
test_order_of_the_library(void **state)
{
	enum puffsmsg__memmode mode = puffsmsg__memmode;
	pool_cache_t pc;

	(void)state;
	puffsmsg__memmode = PUFFSMSG__MEM_CACHED;
	pc = pool_cache_init(1, 0, 0, 0, "early", NULL, IPL_NONE, NULL, NULL,
	    NULL);
	pool_cache_destroy(pc);
	expect_panic(do_pools_under_lwps, NULL, "lock order: mutex 0x");
	puffsmsg__memmode = mode;
}

/*
 * Misuse.
 */
static void
do_enter_twice(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	mutex_enter(&m[0]);
}

/* Not taken for a question of order. */
static void
do_enter_twice_around(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	mutex_enter(&m[1]);
	mutex_enter(&m[0]);
}

static void
do_ownable_held(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	(void)mutex_ownable(&m[0]);
}

static void
do_exit_free(void *arg)
{
	(void)arg;
	mutex_exit(&m[0]);
}

static void
do_exit_anothers(void *arg)
{
	mutex_enter(&m[0]);
	in_a_thread(do_exit_free, arg);
}

static void
do_destroy_held(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	mutex_destroy(&m[0]);
}

static void
destroy_first(void *arg)
{
	(void)arg;
	mutex_destroy(&m[0]);
}

static void
do_destroy_anothers(void *arg)
{
	mutex_enter(&m[0]);
	in_a_thread(destroy_first, arg);
}

/* Nobody holds it any more, but somebody is about to. */
static void
do_destroy_awaited(void *arg)
{
	static struct kw_thread t;

	mutex_enter(&m[0]);
	kw_hold(&t, enter_and_count, arg, KW_WAIT, &m[0], 1);
	mutex_exit(&m[0]);
	mutex_destroy(&m[0]);
}

static void
do_init_live(void *arg)
{
	(void)arg;
	mutex_init(&m[0], MUTEX_DEFAULT, IPL_NONE);
}

static void
do_use_unknown(void *arg)
{
	void (*const use)(kmutex_t *) = *(void (**)(kmutex_t *))arg;
	static kmutex_t zero;

	use(&zero);
}

static void
do_use_destroyed(void *arg)
{
	void (*const use)(kmutex_t *) = *(void (**)(kmutex_t *))arg;

	mutex_destroy(&m[0]);
	use(&m[0]);
}

static void
use_enter(kmutex_t *mutex)
{
	mutex_enter(mutex);
}

static void
use_tryenter(kmutex_t *mutex)
{
	(void)mutex_tryenter(mutex);
}

static void
use_exit(kmutex_t *mutex)
{
	mutex_exit(mutex);
}

static void
use_ownable(kmutex_t *mutex)
{
	(void)mutex_ownable(mutex);
}

static void
use_destroy(kmutex_t *mutex)
{
	mutex_destroy(mutex);
}

static void
test_not_initialised(void **state)
{
	void (*const uses[])(kmutex_t *) = { use_enter, use_tryenter, use_exit,
		use_ownable, use_destroy };
	const char *const words[] = { "mutex_enter: mutex 0x",
		"mutex_tryenter: mutex 0x", "mutex_exit: mutex 0x",
		"mutex_ownable: mutex 0x", "mutex_destroy: mutex 0x" };

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		void (*use)(kmutex_t *) = uses[i];

		expect_panic(do_use_unknown, &use, words[i]);
		expect_panic(do_use_unknown, &use, "is not initialised");
		expect_panic(do_use_destroyed, &use, words[i]);
		expect_panic(do_use_destroyed, &use, "is not initialised");
	}
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_panic(do_enter_twice, NULL, "mutex_enter: mutex 0x");
	expect_panic(do_enter_twice_around, NULL, "is held by this lwp");
	expect_panic(do_ownable_held, NULL, "mutex_ownable: mutex 0x");
	expect_panic(do_exit_free, NULL, "is not held by this lwp");
	expect_panic(do_exit_anothers, NULL, "is not held by this lwp");
	expect_panic(do_destroy_held, NULL, "is held");
	expect_panic(do_destroy_anothers, NULL, "is held");
	expect_panic(do_destroy_awaited, NULL, "is waited for");
	expect_panic(do_init_live, NULL, "mutex_init: the mutex at 0x");
}

static void
enter_and_end(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
}

static void
enter_and_exit_thread(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	kthread_exit(0);
}

static void
do_end_holding(void *arg)
{
	in_a_thread(enter_and_end, arg);
}

static void
do_kthread(void *arg)
{
	void (*const fn)(void *) = *(void (**)(void *))arg;
	struct lwp *l;

	(void)kthread_create(PRI_NONE, KTHREAD_MUSTJOIN, NULL, fn, NULL, &l,
	    "holder");
	(void)kthread_join(l);
}

static void
do_detach_holding(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	puffsmsg_lwp_detach();
}

static void
do_fini_holding(void *arg)
{
	(void)arg;
	mutex_enter(&m[0]);
	puffsmsg__kern_fini();
}

/* The ends of lwps that hold something. */
static void
test_ends(void **state)
{
	void (*ends[])(void *) = { enter_and_end, enter_and_exit_thread };

	(void)state;
	assert_int_equal(puffsmsg_lwp_self(), 1);
	expect_panic(do_end_holding, NULL,
	    "end of a thread: lwp 2 holds mutex");
	expect_panic(do_kthread, &ends[0],
	    "end of a thread: lwp 2 holds mutex");
	expect_panic(do_kthread, &ends[1],
	    "end of a thread: lwp 2 holds mutex");
	expect_panic(do_detach_holding, NULL, "lwp_detach: lwp 1 holds mutex");
	expect_panic(do_fini_holding, NULL, "library: lwp 1 holds mutex");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_owned),
		TEST(test_kinds),
		TEST(test_waits),
		TEST(test_exit_out_of_order),
		TEST(test_tryenter),
		TEST(test_ownable),
		TEST(test_again),
		TEST(test_objects),
		TEST(test_object_misuse),
		TEST(test_order),
		TEST(test_order_of_threads),
		TEST(test_order_of_three),
		TEST(test_order_of_all_held),
		TEST(test_no_deadlock),
		TEST(test_instances),
		TEST(test_order_of_tried),
		TEST(test_order_of_not_got),
		TEST(test_order_forgotten),
		TEST(test_nodebug),
		TEST(test_order_of_interlock),
		TEST(test_order_of_the_library),
		TEST(test_not_initialised),
		TEST(test_misuse),
		TEST(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
