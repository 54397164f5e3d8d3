/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/kern/lwp.c: the end of a thread while a pool that it used goes. */

#include "kern/pool_private.h"
#include "stopper.h"

#include <sys/pool.h>

static pool_cache_t pool;

static int
setup(void **state)
{
	enum puffsmsg__memmode before = puffsmsg__memmode;

	(void)state;
	stopper_init();
	puffsmsg__memmode = PUFFSMSG__MEM_CACHED;
	pool = pool_cache_init(100, 0, 0, 0, "detach", NULL, 0, NULL, NULL,
	    NULL);
	puffsmsg__memmode = before;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_fini();
	return 0;
}

/* The thread keeps an object of the pool's for itself, and ends. */
static void
cache_and_end(void *arg)
{
	(void)arg;
	pool_cache_put(pool, pool_cache_get(pool, PR_WAITOK));
	puffsmsg_lwp_detach();
}

/* It is held where it takes itself off the list of the process. */
static void
expect_destroyed(enum stopper_call call)
{
	struct stopper s;

	stopper_start(&s, cache_and_end, NULL, call, curproc->p_lock, 1);
	pool_cache_destroy(pool);
	stopper_finish(&s);
}

static void
a_pool_may_go_before_the_thread_is_off_the_list(void **state)
{
	(void)state;
	expect_destroyed(STOPPER_ENTER);
}

static void
a_pool_may_go_after_the_thread_is_off_the_list(void **state)
{
	(void)state;
	expect_destroyed(STOPPER_EXITED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pool_may_go_before_the_thread_is_off_the_list),
		TEST(a_pool_may_go_after_the_thread_is_off_the_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
