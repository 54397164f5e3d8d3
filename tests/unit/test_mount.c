/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/mount.c: creation, references, destruction. */

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "serverreq.h"

#include "expect_panic.h"

static int
setup(void **state)
{
	(void)state;
	fix_init();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_fini();
	return 0;
}

static struct puffs_mount *
create(const struct puffsmsg_mount_options *opt)
{
	struct puffs_mount *mount;

	assert_int_equal(puffsmsg_mount_create(opt, &mount), 0);
	assert_non_null(mount);
	return mount;
}

/* That no mount comes of these options. */
static void
expect_error(const struct puffsmsg_mount_options *opt, int error)
{
	int something;
	struct puffs_mount *mount = (struct puffs_mount *)(void *)&something;
	unsigned out = fix_memory_out();

	assert_int_equal(puffsmsg_mount_create(opt, &mount), error);
	assert_null(mount);
	assert_int_equal(fix_memory_out(), out);
}

static void
a_mount_without_options_has_the_defaults(void **state)
{
	struct puffs_mount *mount = create(NULL);
	const struct puffsmsg_mount_options *opt = &mount->pmp_opt;

	(void)state;
	assert_int_equal(puffsmsg_mount_state(mount), PUFFSTAT_MOUNTING);
	assert_string_equal(opt->name, "puffs");
	assert_int_equal(opt->flags, 0);
	assert_int_equal(opt->grace_ms, 5000);
	assert_int_equal(opt->maxmsg, 131072);
	assert_int_equal(opt->maxanswers, 1024);
	assert_int_equal(opt->maxsopreqs, 1024);
	assert_int_equal(opt->maxabandoned, 4096);
	assert_int_equal(opt->pagesize, 4096);
	assert_int_equal(opt->maxbytes, 16 << 20);
	puffsmsg_mount_destroy(mount);
}

static void
zeroes_mean_the_defaults(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_mount *a = create(NULL), *b = create(&opt);

	(void)state;
	assert_int_equal(opt.size, sizeof(opt));
	assert_string_equal(a->pmp_opt.name, b->pmp_opt.name);
	assert_memory_equal(&a->pmp_opt.flags, &b->pmp_opt.flags,
	    sizeof(opt) - offsetof(struct puffsmsg_mount_options, flags));
	puffsmsg_mount_destroy(a);
	puffsmsg_mount_destroy(b);
}

static void
options_are_taken_and_the_name_is_copied(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	char name[] = "a name that is longer than a mount has room for";
	struct puffs_mount *mount;

	(void)state;
	opt.name = name;
	opt.flags = PUFFSMSG_MOUNT_NONOTICE;
	opt.grace_ms = 86400000;
	opt.maxmsg = 8192;
	opt.maxanswers = 1;
	opt.maxsopreqs = 2;
	opt.maxabandoned = 3;
	opt.pagesize = 1;
	opt.maxbytes = 4;
	mount = create(&opt);
	memset(name, 'x', 4);
	assert_memory_equal(mount->pmp_opt.name, "a name that is ", 15);
	assert_int_equal(puffsmsg__mount_maxmsg(mount), 8192);
	assert_memory_equal(&mount->pmp_opt.flags, &opt.flags,
	    sizeof(opt) - offsetof(struct puffsmsg_mount_options, flags));
	puffsmsg_mount_destroy(mount);
}

static void
options_out_of_range_are_einval(void **state)
{
	static const struct puffsmsg_translation half = { .size = sizeof(
							      half) };
	static const struct puffsmsg_fsops none = { .size = 0 };
	const struct puffsmsg_mount_options good = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffsmsg_mount_options bad;

	(void)state;
	bad = good, bad.size = 0;
	expect_error(&bad, EINVAL);
	bad = good, bad.size = sizeof(size_t) - 1;
	expect_error(&bad, EINVAL);
	for (unsigned bit = 1; bit < 32; bit++) {
		bad = good, bad.flags = UINT32_C(1) << bit;
		expect_error(&bad, EINVAL);
	}
	bad = good, bad.grace_ms = 86400001;
	expect_error(&bad, EINVAL);
	bad = good, bad.maxmsg = 1;
	expect_error(&bad, EINVAL);
	bad = good, bad.maxmsg = 8191;
	expect_error(&bad, EINVAL);
	bad = good, bad.maxmsg = (size_t)INT32_MAX + 1;
	expect_error(&bad, EINVAL);
	bad = good, bad.pagesize = 3;
	expect_error(&bad, EINVAL);
	bad = good, bad.pagesize = UINT32_MAX;
	expect_error(&bad, EINVAL);
	bad = good, bad.fsops = &none;
	expect_error(&bad, EINVAL);
	bad = good, bad.translation = &half;
	expect_error(&bad, EINVAL);
}

static int
hook_out(void *arg, const struct puffs_req *msg, size_t len,
    struct puffs_req **newmsg, size_t *newlen, int cansleep)
{
	(void)arg, (void)msg, (void)len, (void)newmsg, (void)newlen;
	(void)cansleep;
	return 0;
}

static int
hook_in(void *arg, const struct puffs_req *reply, size_t replylen,
    struct puffs_req *orig, size_t origlen)
{
	(void)arg, (void)reply, (void)replylen, (void)orig, (void)origlen;
	return 0;
}

static void
a_translation_must_be_whole(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffsmsg_translation tr = { sizeof(tr), hook_out, hook_in };

	(void)state;
	opt.translation = &tr;
	puffsmsg_mount_destroy(create(&opt));
	tr.size--;
	expect_error(&opt, EINVAL);
	tr = (struct puffsmsg_translation){ sizeof(tr), hook_out, NULL };
	expect_error(&opt, EINVAL);
	tr = (struct puffsmsg_translation){ sizeof(tr), NULL, hook_in };
	expect_error(&opt, EINVAL);
}

static void
a_translation_of_another_size_is_like_options(void **state)
{
	struct {
		struct puffsmsg_translation tr;
		void *more;
	} tr = { { sizeof(tr), hook_out, hook_in }, NULL };
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	(void)state;
	opt.translation = &tr.tr;
	puffsmsg_mount_destroy(create(&opt));
	tr.more = &opt;
	expect_error(&opt, EINVAL);
}

static void
extreme_options_are_accepted(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	(void)state;
	opt.maxmsg = INT32_MAX;
	opt.pagesize = UINT32_C(1) << 31;
	opt.maxanswers = opt.maxsopreqs = opt.maxabandoned = UINT32_MAX;
	opt.maxbytes = SIZE_MAX;
	puffsmsg_mount_destroy(create(&opt));
}

/*
 * Options of a program that is older or newer than the library, in memory of
 * exactly their size.
 */
static struct puffsmsg_mount_options *
sized(size_t size)
{
	struct puffsmsg_mount_options *opt = calloc(1, size);

	assert_non_null(opt);
	memcpy(opt, &size, sizeof(size));
	return opt;
}

static void
shorter_options_are_accepted(void **state)
{
	const uint32_t flags = PUFFSMSG_MOUNT_NONOTICE;
	struct puffsmsg_mount_options *opt;
	struct puffs_mount *mount;

	(void)state;
	opt = sized(offsetof(struct puffsmsg_mount_options, grace_ms));
	memcpy((char *)opt + offsetof(struct puffsmsg_mount_options, flags),
	    &flags, sizeof(flags));
	mount = create(opt);
	free(opt);
	assert_int_equal(mount->pmp_opt.flags, PUFFSMSG_MOUNT_NONOTICE);
	assert_int_equal(mount->pmp_opt.grace_ms, 5000);
	assert_null(mount->pmp_opt.notify);
	puffsmsg_mount_destroy(mount);

	opt = sized(sizeof(size_t));
	puffsmsg_mount_destroy(create(opt));
	free(opt);
}

static void
longer_options_are_accepted_if_they_ask_for_nothing_unknown(void **state)
{
	const size_t size = sizeof(struct puffsmsg_mount_options) + 24;
	struct puffsmsg_mount_options *opt = sized(size);

	(void)state;
	puffsmsg_mount_destroy(create(opt));
	for (size_t i = sizeof(*opt); i < size; i += 23) {
		((uint8_t *)opt)[i] = 1;
		expect_error(opt, EINVAL);
		((uint8_t *)opt)[i] = 0;
	}
	puffsmsg_mount_destroy(create(opt));
	free(opt);
}

static void
callbacks_of_another_size_are_like_options(void **state)
{
	struct {
		struct puffsmsg_fsops ops;
		void *more;
	} fsops;
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_mount *mount;
	struct fs fs;

	(void)state;
	fs_init(&fs);
	memset(&fsops, 0, sizeof(fsops));
	fsops.ops = fs.ops;
	opt.fsops = &fsops.ops;
	fsops.ops.size = offsetof(struct puffsmsg_fsops, purgedir);
	mount = create(&opt);
	assert_ptr_equal(mount->pmp_fsops.purgeall, fs.ops.purgeall);
	assert_null(mount->pmp_fsops.purgedir);
	assert_null(mount->pmp_fsops.unmount);
	puffsmsg_mount_destroy(mount);

	fsops.ops.size = sizeof(fsops);
	puffsmsg_mount_destroy(create(&opt));
	fsops.more = &fs;
	expect_error(&opt, EINVAL);
}

static void
a_mount_is_started_once(void **state)
{
	struct puffs_mount *mount = create(NULL);

	(void)state;
	assert_int_equal(puffsmsg_mount_start(mount), 0);
	assert_int_equal(puffsmsg_mount_state(mount), PUFFSTAT_RUNNING);
	assert_int_equal(puffsmsg_mount_start(mount), EBUSY);
	puffs_userdead(mount);
	assert_int_equal(puffsmsg_mount_state(mount), PUFFSTAT_DYING);
	assert_int_equal(puffsmsg_mount_start(mount), ENXIO);
	puffsmsg_mount_destroy(mount);
}

static void
without_memory_for_its_ids_there_is_no_mount(void **state)
{
	/* A directory of segments, and a segment: neither is waited for. */
	static const size_t sizes[] = { 1024 * sizeof(void *),
		256 * sizeof(void *) };

	(void)state;
	for (int i = 0; i < 2; i++) {
		fix_memory_fail_sized(sizes[i], sizes[i] + 32);
		expect_error(NULL, ENOMEM);
		fix_memory_ok();
	}
}

static void
without_a_thread_there_is_no_mount(void **state)
{
	(void)state;
	fix_threads_fail_after(0);
	expect_error(NULL, EAGAIN);
	fix_threads_fail_after(1);
	puffsmsg_mount_destroy(create(NULL));
}

static void
creating(void *arg)
{
	*(struct puffs_mount **)arg = create(NULL);
}

static void
a_mount_waits_for_its_memory(void **state)
{
	unsigned failed = fix_memory_failed();
	struct puffs_mount *mount = NULL;
	struct fix_thread t;

	(void)state;
	fix_memory_fail_sized(sizeof(*mount), sizeof(*mount) + 64);
	fix_start(&t, creating, &mount);
	fix_until_failed(failed + 2);
	fix_memory_ok();
	fix_join(&t);
	puffsmsg_mount_destroy(mount);
}

static void
mounts_are_counted(void **state)
{
	struct puffsmsg_stats st = { .size = sizeof(st) };
	struct puffs_mount *mounts[40];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		mounts[i] = create(NULL);
		assert_int_equal(puffsmsg_stats(&st), 0);
		assert_int_equal(st.mounts, i + 1);
	}
	for (unsigned i = 0; i < 40; i++)
		puffsmsg_mount_destroy(mounts[i]);
	assert_int_equal(puffsmsg_stats(&st), 0);
	assert_int_equal(st.mounts, 0);
}

static void
mounts_do_not_know_each_other(void **state)
{
	struct puffs_mount *a = fix_mount_new(NULL), *b = fix_mount_new(NULL);
	struct puffs_msgpark *pa = fix_send(a), *pb = fix_send(b);
	struct fix_frame fa, fb;

	(void)state;
	fix_take(a, &fa);
	fix_take(b, &fb);
	assert_int_equal(fa.req.preq_id, fb.req.preq_id);
	puffs_userdead(a);
	assert_int_equal(puffs_msg_wait(a, pa), ENXIO);
	assert_int_equal(fix_reply(b, &fb, 0), 0);
	assert_int_equal(puffs_msg_wait(b, pb), 0);
	puffs_msgmem_release(pa);
	puffs_msgmem_release(pb);
	fix_mount_free(a);
	fix_mount_free(b);
}

static void
a_mount_in_any_state_can_be_destroyed(void **state)
{
	struct puffs_mount *mount;

	(void)state;
	puffsmsg_mount_destroy(create(NULL));
	puffsmsg_mount_destroy(fix_mount_new(NULL));
	mount = fix_mount_new(NULL);
	puffs_userdead(mount);
	puffsmsg_mount_destroy(mount);
	mount = fix_mount_new(NULL);
	assert_int_equal(puffs_msgif_close(mount), 0);
	puffsmsg_mount_destroy(mount);
}

/*
 * A thread that destroys, and says when it is done.
 */
struct destroyer {
	struct fix_thread t;
	struct puffs_mount *mount;
	struct gate done;
};

static void
destroyer_main(void *arg)
{
	struct destroyer *d = arg;

	puffsmsg_mount_destroy(d->mount);
	gate_pass(&d->done);
}

/* As far as it waits for references. */
static void
destroy_start(struct destroyer *d, struct puffs_mount *mount, uint64_t refs)
{
	d->mount = mount;
	gate_init(&d->done);
	fix_start(&d->t, destroyer_main, d);
	while (puffsmsg_mount_state(mount) != PUFFSTAT_DYING)
		sched_yield();
	fix_until_cv(mount);
	assert_int_equal(fix_stats(mount).references, refs);
	assert_int_equal(gate_count(&d->done), 0);
}

static void
destroy_asks_the_server_first(void **state)
{
	struct puffs_mount *mount;
	struct fix_frame f;
	struct destroyer d;
	struct fs fs;
	struct puffsmsg_mount_options opt;

	(void)state;
	fs_init(&fs);
	opt = fs_options(&fs);
	mount = fix_mount_new(&opt);
	d.mount = mount;
	gate_init(&d.done);
	fix_start(&d.t, destroyer_main, &d);
	srv_expect_unmount(mount, &f, PUFFSMSG_MNT_FORCE);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	fix_join(&d.t);
}

static void
destroy_waits_for_messages_that_are_not_waited_for(void **state)
{
	struct puffs_mount *mount = fix_mount_new(NULL);
	struct puffs_msgpark *parks[2];
	struct destroyer d;

	(void)state;
	parks[0] = fix_send(mount);
	parks[1] = fix_send(mount);
	destroy_start(&d, mount, 2);
	/* A wakeup is no reason to go on. */
	mutex_enter(&mount->pmp_lock);
	cv_broadcast(&mount->pmp_cv);
	mutex_exit(&mount->pmp_lock);
	fix_until_cv(mount);
	assert_int_equal(puffs_msg_wait(mount, parks[0]), ENXIO);
	assert_int_equal(gate_count(&d.done), 0);
	assert_int_equal(fix_stats(mount).references, 1);
	puffs_msgmem_release(parks[1]);
	fix_join(&d.t);
	/* The mount is not looked at any more. */
	assert_int_equal(puffs_msg_wait(mount, parks[0]), ENXIO);
	puffs_msgmem_release(parks[0]);
}

static void
destroy_waits_for_frames_in_hand(void **state)
{
	struct puffs_mount *mount = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(mount);
	struct destroyer d;
	struct fix_frame f;

	(void)state;
	fix_hold(mount, &f);
	puffs_msgmem_release(park);
	destroy_start(&d, mount, 2);
	fix_releaseout(mount, &f, 0);
	fix_join(&d.t);
}

static void
destroy_does_not_wait_for_abandoned_messages(void **state)
{
	struct puffs_mount *mount = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(mount);
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	fix_take(mount, &f);
	fix_wait_start(&w, mount, park);
	fix_kill(&w.t, SIGINT);
	assert_int_equal(fix_wait_join(&w), EINTR);
	puffsmsg_mount_destroy(mount);
	puffs_msgmem_release(park);
}

static void
destroy_lets_blocked_readers_and_callers_go(void **state)
{
	struct puffs_mount *mount = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(mount);
	struct fix_reader r;
	struct fix_waiter w;
	struct fix_frame f;

	(void)state;
	fix_take(mount, &f);
	fix_read_start(&r, mount);
	fix_until_readers(mount, 1);
	fix_wait_start(&w, mount, park);
	puffs_userdead(mount);
	puffsmsg_mount_destroy(mount);
	assert_int_equal(fix_read_join(&r), ENXIO);
	assert_int_equal(fix_wait_join(&w), ENXIO);
	puffs_msgmem_release(park);
}

/* A callback that takes its time. */
struct slow {
	struct gate here, go;
};

static void
slowly(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct slow *s = arg;

	(void)mount;
	(void)req;
	gate_pass(&s->here);
	gate_await(&s->go, 1);
}

static void
losing(void *arg)
{
	puffs_userdead(arg);
}

static void
destroy_waits_for_callbacks(void **state)
{
	struct puffs_mount *mount = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_getattr();
	struct destroyer d;
	struct fix_thread t;
	struct slow s;

	(void)state;
	gate_init(&s.here);
	gate_init(&s.go);
	puffs_msg_setcall(park, slowly, &s);
	puffs_msg_enqueue(mount, park);
	fix_start(&t, losing, mount);
	gate_await(&s.here, 1);
	destroy_start(&d, mount, 2);
	gate_pass(&s.go);
	fix_join(&d.t);
	fix_join(&t);
	puffs_msgmem_release(park);
}

static void
destroy_waits_for_the_sop_thread(void **state)
{
	struct puffsmsg_mount_options opt;
	struct puffs_mount *mount;
	struct destroyer d;
	struct fs fs;

	(void)state;
	fs_init(&fs);
	atomic_store(&fs.block, FS_PURGEALL);
	opt = fs_options(&fs);
	mount = fix_mount_new(&opt);
	assert_int_equal(srv_flush(mount, 1, 2, 0, 0, 0), 0);
	gate_await(&fs.blocked, 1);
	puffs_userdead(mount);
	d.mount = mount;
	gate_init(&d.done);
	fix_start(&d.t, destroyer_main, &d);
	fs_release(&fs);
	fix_join(&d.t);
	assert_int_equal(gate_count(&fs.called), 1);
}

static void
noted(void *arg)
{
	(*(unsigned *)arg)++;
}

static void
pollers_are_told_when_the_queue_fills_and_when_the_mount_is_lost(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_msgpark *parks[3];
	struct puffs_mount *mount;
	struct fix_frame f;
	unsigned notes = 0;

	(void)state;
	opt.notify = noted;
	opt.notify_arg = &notes;
	mount = fix_mount_new(&opt);
	assert_int_equal(notes, 0);
	for (int i = 0; i < 2; i++)
		parks[i] = fix_send(mount);
	assert_int_equal(notes, 1);
	fix_take(mount, &f);
	fix_take(mount, &f);
	parks[2] = fix_send(mount);
	assert_int_equal(notes, 2);
	puffs_userdead(mount);
	assert_int_equal(notes, 3);
	for (int i = 0; i < 3; i++)
		puffs_msgmem_release(parks[i]);
	fix_mount_free(mount);
	assert_int_equal(notes, 3);
}

static void
destroying(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)req;
	(void)arg;
	puffsmsg_mount_destroy(mount);
}

static void
destroy_in_a_callback(void *arg)
{
	struct puffs_msgpark *park;

	(void)arg;
	fix_init();
	fix_mount = fix_mount_new(NULL);
	park = fix_getattr();
	puffs_msg_setcall(park, destroying, NULL);
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, 0);
}

static void
destroy_twice(void *arg)
{
	struct destroyer d;

	(void)arg;
	fix_init();
	fix_mount = fix_mount_new(NULL);
	(void)fix_send(fix_mount);
	destroy_start(&d, fix_mount, 1);
	puffsmsg_mount_destroy(fix_mount);
}

static void
a_mount_is_destroyed_once_and_not_in_callbacks(void **state)
{
	(void)state;
	expect_panic(destroy_in_a_callback, NULL, "puffsmsg_mount_destroy: ");
	expect_panic(destroy_twice, NULL, "destroyed twice");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_mount_is_destroyed_once_and_not_in_callbacks),
		TEST(a_mount_without_options_has_the_defaults),
		TEST(zeroes_mean_the_defaults),
		TEST(options_are_taken_and_the_name_is_copied),
		TEST(options_out_of_range_are_einval),
		TEST(a_translation_must_be_whole),
		TEST(a_translation_of_another_size_is_like_options),
		TEST(extreme_options_are_accepted),
		TEST(shorter_options_are_accepted),
		TEST(
		    longer_options_are_accepted_if_they_ask_for_nothing_unknown),
		TEST(callbacks_of_another_size_are_like_options),
		TEST(a_mount_is_started_once),
		TEST(without_memory_for_its_ids_there_is_no_mount),
		TEST(without_a_thread_there_is_no_mount),
		TEST(a_mount_waits_for_its_memory),
		TEST(mounts_are_counted),
		TEST(mounts_do_not_know_each_other),
		TEST(a_mount_in_any_state_can_be_destroyed),
		TEST(destroy_asks_the_server_first),
		TEST(destroy_waits_for_messages_that_are_not_waited_for),
		TEST(destroy_waits_for_frames_in_hand),
		TEST(destroy_does_not_wait_for_abandoned_messages),
		TEST(destroy_lets_blocked_readers_and_callers_go),
		TEST(destroy_waits_for_callbacks),
		TEST(destroy_waits_for_the_sop_thread),
		TEST(
		    pollers_are_told_when_the_queue_fills_and_when_the_mount_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
