/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The original's enqueue drops the mount's lock and then still touches the
 * mount, and nothing keeps the mount between a caller's enqueue and its wait:
 * an unmount at these moments frees what they use next.
 *
 * A message that was accepted keeps its mount until its wait has returned, and
 * an enqueue keeps it until it has told the pollers.
 */

#include "actor.h"

static int
setup(void **state)
{
	(void)state;
	stopper_init();
	return 0;
}

/* The mount has been destroyed by the test. */
static int
teardown(void **state)
{
	(void)state;
	fix_fini();
	return 0;
}

/* Another thread destroys the mount, and has come to wait for references. */
static void
destroy_begin(struct actor *a, struct puffs_mount *mount)
{
	a->mount = mount;
	actor_start(a, actor_destroy);
	fix_until_cv(mount);
}

static void
defect_18_between_enqueue_and_wait(void **state)
{
	struct puffs_mount *mount = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(mount);
	struct actor destroy = { 0 };

	(void)state;
	assert_int_equal(fix_stats(mount).references, 1);
	puffs_userdead(mount);
	assert_int_equal(fix_stats(mount).references, 1);
	destroy_begin(&destroy, mount);
	assert_false(actor_returned(&destroy));
	assert_int_equal(puffs_msg_wait(mount, park), ENXIO);
	(void)actor_end(&destroy);
	puffs_msgmem_release(park);
}

/* What tells the pollers, and notes whether the mount was still there. */
static struct teller {
	struct puffs_mount *mount;
	struct actor destroy;
	bool destroyed; /* at the time of the last call */
	unsigned calls;
} teller;

static void
tell(void *arg)
{
	struct teller *t = arg;

	t->calls++;
	t->destroyed = t->destroy.call != NULL && actor_returned(&t->destroy);
}

static void
remount_told(void)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	teller = (struct teller){ .calls = 0 };
	opt.notify = tell;
	opt.notify_arg = &teller;
	teller.mount = fix_mount_new(&opt);
}

/*
 * The caller's message wants no reply and is served at once: nothing of it is
 * left that could keep the mount for its enqueue.
 */
static void
defect_18_enqueue_after_its_unlock(void **state)
{
	struct actor caller = { .park = fix_getattr() };
	struct fix_frame f;
	unsigned calls;

	(void)state;
	remount_told();
	puffs_msg_setfaf(caller.park);
	caller.mount = teller.mount;
	actor_hold(&caller, actor_enqueue, STOPPER_EXITED, 1);
	fix_take(teller.mount, &f);
	assert_int_equal(fix_stats(teller.mount).references, 1);
	puffs_userdead(teller.mount);
	destroy_begin(&teller.destroy, teller.mount);
	calls = teller.calls;
	(void)actor_end(&caller);
	(void)actor_end(&teller.destroy);
	assert_int_equal(teller.calls, calls + 1);
	assert_false(teller.destroyed);
	puffs_msgmem_release(caller.park);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_18_between_enqueue_and_wait),
		TEST(defect_18_enqueue_after_its_unlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
