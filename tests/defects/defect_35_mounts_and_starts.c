/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The kernel that the original is run on in a process is started once and
 * never again, and opens and mounts that come close together attach to the
 * wrong mount.
 *
 * Any number of mounts live beside each other, each with its own messages, ids
 * and end; and the library may be ended and started anew, by threads that have
 * used it before.
 */

#include <string.h>

#include "serverreq.h"

#define MOUNTS 64u
#define STARTS 5

static struct puffs_mount *mounts[MOUNTS];

static int
setup(void **state)
{
	(void)state;
	fix_init();
	for (unsigned i = 0; i < MOUNTS; i++)
		mounts[i] = fix_mount_new(NULL);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (unsigned i = 0; i < MOUNTS; i++)
		fix_mount_free(mounts[i]);
	fix_fini();
	return 0;
}

static void
defect_35_each_mount_has_its_own_messages(void **state)
{
	struct puffs_msgpark *parks[MOUNTS];
	struct fix_frame f;

	(void)state;
	for (unsigned i = 0; i < MOUNTS; i++) {
		parks[i] = fix_park(64, PUFFSOP_VN, (int)i);
		puffs_msg_enqueue(mounts[i], parks[i]);
	}
	/* All have the same id, and the replies are in another order. */
	for (unsigned i = MOUNTS; i-- > 0;) {
		fix_take(mounts[i], &f);
		assert_int_equal(f.req.preq_optype, i);
		assert_int_equal(f.req.preq_id, 1);
		assert_int_equal(puffs_msgif_waitcount(mounts[i]), 0);
		assert_int_equal(fix_reply(mounts[i], &f, (int)i), 0);
	}
	for (unsigned i = 0; i < MOUNTS; i++) {
		assert_int_equal(puffs_msg_wait(mounts[i], parks[i]), i);
		puffs_msgmem_release(parks[i]);
	}
}

static void
defect_35_a_reply_to_the_wrong_mount_is_unknown(void **state)
{
	struct puffs_msgpark *park = fix_send(mounts[1]);
	struct fix_frame f;

	(void)state;
	fix_take(mounts[1], &f);
	fix_make_reply(&f, 0, 0);
	assert_int_equal(fix_dispatch(mounts[0], &f), ENOENT);
	assert_int_equal(fix_dispatch(mounts[2], &f), ENOENT);
	assert_int_equal(fix_dispatch(mounts[1], &f), 0);
	assert_int_equal(puffs_msg_wait(mounts[1], park), 0);
	puffs_msgmem_release(park);
}

/* Callers and readers of the others go on. */
static void
defect_35_each_mount_has_its_own_end(void **state)
{
	struct fix_reader readers[3];
	struct fix_waiter waiters[3];
	struct fix_frame f[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		fix_wait_start(&waiters[i], mounts[i], fix_send(mounts[i]));
		fix_take(mounts[i], &f[i]);
		fix_read_start(&readers[i], mounts[i]);
		fix_until_readers(mounts[i], 1);
	}
	assert_int_equal(puffs_msgif_close(mounts[1]), 0);
	assert_int_equal(fix_wait_join(&waiters[1]), ENXIO);
	assert_int_equal(fix_read_join(&readers[1]), ENXIO);
	for (unsigned i = 0; i < 3; i += 2) {
		assert_int_equal(puffsmsg_mount_state(mounts[i]),
		    PUFFSTAT_RUNNING);
		fix_until_readers(mounts[i], 1);
		assert_int_equal(fix_reply(mounts[i], &f[i], EPERM), 0);
		assert_int_equal(fix_wait_join(&waiters[i]), EPERM);
		puffs_msgif_close(mounts[i]);
		assert_int_equal(fix_read_join(&readers[i]), ENXIO);
	}
	for (unsigned i = 0; i < 3; i++)
		puffs_msgmem_release(waiters[i].park);
}

/* Messages, the sop thread, unmount: whatever a start has to bring. */
static void
use(struct puffs_mount *mount)
{
	struct puffs_msgpark *park = fix_send(mount);
	struct fix_waiter w;

	fix_wait_start(&w, mount, park);
	fix_serve(mount, EPERM);
	assert_int_equal(fix_wait_join(&w), EPERM);
	puffs_msgmem_release(park);
	assert_int_equal(srv_flush(mount, 1, PUFFS_INVAL_NAMECACHE_ALL, 0, 0,
			     0),
	    0);
	srv_expect_answer(mount, 1, EOPNOTSUPP);
}

/*
 * A thread that lives through all starts, and uses the library in each.
 */
static struct {
	struct fix_thread t;
	struct gate go, done;
	int errors[STARTS];
} old;

static void
old_main(void *arg)
{
	struct puffs_msgpark *park;
	void *mem;

	(void)arg;
	for (unsigned i = 0; i < STARTS; i++) {
		gate_await(&old.go, i + 1);
		old.errors[i] = puffs_msgmem_alloc(64, &park, &mem, 1);
		puffs_msg_setinfo(park, PUFFSOP_VN, 1, NULL);
		puffs_msg_enqueue(mounts[0], park);
		old.errors[i] = puffs_msg_wait(mounts[0], park);
		puffs_msgmem_release(park);
		gate_pass(&old.done);
	}
}

static void
start_once(unsigned n)
{
	fix_init();
	for (unsigned i = 0; i < 3; i++)
		mounts[i] = fix_mount_new(NULL);
	if (n == 0)
		fix_start(&old.t, old_main, NULL);
	gate_pass(&old.go);
	fix_until_touser(mounts[0], 1);
	fix_serve(mounts[0], (int)n);
	gate_await(&old.done, n + 1);
	assert_int_equal(old.errors[n], n);
	for (unsigned i = 0; i < 3; i++)
		use(mounts[i]);
	for (unsigned i = 0; i < 3; i++)
		fix_mount_free(mounts[i]);
	fix_fini();
}

static void
defect_35_the_library_is_started_again_and_again(void **state)
{
	(void)state;
	memset(&old, 0, sizeof(old));
	gate_init(&old.go);
	gate_init(&old.done);
	for (unsigned n = 0; n < STARTS; n++)
		start_once(n);
	fix_join(&old.t);
}

/* Starts are counted: it ends with the last one. */
static void
defect_35_starts_are_counted(void **state)
{
	(void)state;
	fix_init();
	puffs_msgif_init();
	assert_int_equal(puffsmsg_init(fix_host_in_use(), NULL), 0);
	for (int i = 0; i < 2; i++) {
		puffs_msgif_destroy();
		mounts[0] = fix_mount_new(NULL);
		use(mounts[0]);
		fix_mount_free(mounts[0]);
	}
	fix_fini();
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    defect_35_the_library_is_started_again_and_again),
		cmocka_unit_test(defect_35_starts_are_counted),
		TEST(defect_35_each_mount_has_its_own_messages),
		TEST(defect_35_a_reply_to_the_wrong_mount_is_unknown),
		TEST(defect_35_each_mount_has_its_own_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
