/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/park.c */

#include "msgfix.h"

#include <string.h>

#include "expect_panic.h"
#include "kern/pool_private.h"

#define HEADER sizeof(struct puffs_req)

/* Pools hand memory straight back to the host. */
static int
setup_direct(void **state)
{
	puffsmsg__memmode = PUFFSMSG__MEM_DIRECT;
	return fix_setup(state);
}

/* As in production: what is put into a pool stays there. */
static int
setup_pooled(void **state)
{
	puffsmsg__memmode = PUFFSMSG__MEM_CACHED;
	return fix_setup(state);
}

static void
alloc_gives_a_zeroed_message_whose_lengths_are_the_given_one(void **state)
{
	static const uint8_t zero[1000];
	struct puffs_msgpark *park;
	void *mem;

	(void)state;
	assert_int_equal(puffs_msgmem_alloc(1000, &park, &mem, 1), 0);
	assert_non_null(park);
	assert_memory_equal(mem, zero, sizeof(zero));
	assert_int_equal((uintptr_t)mem % 8, 0);
	assert_int_equal(park->park_maxlen, 1000);
	assert_int_equal(park->park_copylen, 1000);
	assert_int_equal(park->park_state, PARK_IDLE);
	puffs_msgmem_release(park);
}

static void
alloc_takes_a_bare_header(void **state)
{
	struct puffs_msgpark *park;
	void *mem;

	(void)state;
	assert_int_equal(puffs_msgmem_alloc(HEADER, &park, &mem, 0), 0);
	puffs_msgmem_release(park);
}

static void
expect_alloc_fails(size_t len, int cansleep, int error)
{
	struct puffs_msgpark *park = (void *)&park;
	void *mem = &mem;
	unsigned out = fix_memory_out();

	assert_int_equal(puffs_msgmem_alloc(len, &park, &mem, cansleep), error);
	assert_null(park);
	assert_null(mem);
	assert_int_equal(fix_memory_out(), out);
}

static void
alloc_of_less_than_a_header_is_einval(void **state)
{
	(void)state;
	for (int cansleep = 0; cansleep < 2; cansleep++) {
		expect_alloc_fails(0, cansleep, EINVAL);
		expect_alloc_fails(1, cansleep, EINVAL);
		expect_alloc_fails(HEADER - 1, cansleep, EINVAL);
	}
}

static void
alloc_of_2_to_the_31_and_more_is_emsgsize(void **state)
{
	(void)state;
	for (int cansleep = 0; cansleep < 2; cansleep++) {
		expect_alloc_fails((size_t)INT32_MAX + 1, cansleep, EMSGSIZE);
		expect_alloc_fails(SIZE_MAX, cansleep, EMSGSIZE);
	}
}

static void
alloc_of_2_to_the_31_minus_1_fails_only_for_want_of_memory(void **state)
{
	(void)state;
	fix_memory_fail_after(0, 0);
	expect_alloc_fails(INT32_MAX, 0, ENOMEM);
}

static void
alloc_that_must_not_sleep_fails_with_enomem_and_leaks_nothing(void **state)
{
	struct puffs_msgpark *park = NULL;
	unsigned n, out = fix_memory_out();
	void *mem;

	(void)state;
	for (n = 0; park == NULL; n++) {
		assert_int_equal(fix_memory_out(), out);
		fix_memory_fail_after(n, 0);
		if (puffs_msgmem_alloc(100, &park, &mem, 0) != 0)
			expect_alloc_fails(100, 0, ENOMEM);
	}
	assert_true(n > 1);
	fix_memory_ok();
	puffs_msgmem_release(park);
}

/* A thread that allocates; `after' requests for memory succeed. */
struct allocating {
	struct fix_thread t;
	bool own; /* of the library's own: no cancellation point */
	struct puffs_msgpark *park;
	void *mem;
	int error;
};

static void
alloc_main(void *arg)
{
	struct allocating *a = arg;

	if (a->own)
		a->error = puffsmsg__park_alloc(100, &a->park, &a->mem, true);
	else
		a->error = puffs_msgmem_alloc(100, &a->park, &a->mem, 1);
}

/*
 * It is known to sleep when it has failed often enough: the first failure
 * makes it drain the pools only.
 */
static void
alloc_start(struct allocating *a, unsigned after, bool own)
{
	unsigned failed = fix_memory_failed();

	memset(a, 0, sizeof(*a));
	a->error = -1;
	a->own = own;
	fix_memory_fail_after(after, 0);
	fix_start(&a->t, alloc_main, a);
	fix_until_failed(failed + 3);
}

static void
alloc_that_may_sleep_waits_for_memory_and_does_not_fail(void **state)
{
	struct allocating a;

	(void)state;
	puffs_msgmem_release(fix_getattr()); /* this thread is an lwp */
	for (unsigned after = 0; after < 2; after++) {
		puffsmsg_lwp_self();
		fix_memory_ok();
		alloc_start(&a, 1 + after, false);
		assert_int_equal(a.error, -1);
		fix_memory_ok();
		fix_join(&a.t);
		assert_int_equal(a.error, 0);
		assert_non_null(a.park);
		assert_int_equal(a.park->park_preq->preq_id, 0);
		puffs_msgmem_release(a.park);
	}
}

static void
alloc_that_sleeps_is_a_cancellation_point_and_leaves_nothing(void **state)
{
	unsigned out = fix_memory_out();
	struct allocating a;

	(void)state;
	for (unsigned after = 0; after < 2; after++) {
		alloc_start(&a, 1 + after, false);
		fix_cancel(&a.t);
		fix_memory_ok();
		assert_int_equal(a.error, -1);
		assert_int_equal(fix_memory_out(), out);
	}
}

static void
alloc_of_the_librarys_own_is_no_cancellation_point(void **state)
{
	struct allocating a;

	(void)state;
	alloc_start(&a, 1, true);
	assert_int_equal(pthread_cancel(a.t.thread), 0);
	fix_until_failed(fix_memory_failed() + 2);
	fix_memory_ok();
	fix_join(&a.t);
	assert_int_equal(a.error, 0);
	puffs_msgmem_release(a.park);
}

static void
alloc_that_sleeps_ignores_signals(void **state)
{
	struct allocating a;

	(void)state;
	alloc_start(&a, 1, false);
	fix_kill(&a.t, SIGINT);
	fix_until_failed(fix_memory_failed() + 2);
	fix_memory_ok();
	fix_join(&a.t);
	assert_int_equal(a.error, 0);
	puffs_msgmem_release(a.park);
}

static void
release_of_null_is_allowed(void **state)
{
	(void)state;
	puffs_msgmem_release(NULL);
}

static void
release_arg(void *arg)
{
	puffs_msgmem_release(arg);
}

static void
release_twice_is_a_panic(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	puffs_msgmem_release(park);
	expect_panic(release_arg, park, "puffs_msgmem_release: park");
}

static void
library_stats(struct puffsmsg_stats *st)
{
	st->size = sizeof(*st);
	assert_int_equal(puffsmsg_stats(st), 0);
}

static void
parks_and_their_bytes_are_counted(void **state)
{
	struct puffs_msgpark *a = fix_park(100, PUFFSOP_VN, 0);
	struct puffs_msgpark *b = fix_park(1000, PUFFSOP_VN, 0);
	struct puffsmsg_stats st;

	(void)state;
	library_stats(&st);
	assert_int_equal(st.parks, 2);
	assert_int_equal(st.bytes, 1100);
	assert_int_equal(st.mounts, 1);
	puffs_msgmem_release(a);
	library_stats(&st);
	assert_int_equal(st.parks, 1);
	assert_int_equal(st.bytes, 1000);
	puffs_msgmem_release(b);
}

static void
release_in_flight_leaves_the_message_to_the_server(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(park);
	memset(fix_payload(park), 0x5a, 72);
	puffs_msg_enqueue(fix_mount, park);
	puffs_msgmem_release(park);
	fix_hold(fix_mount, &f);
	assert_int_equal(f.data[HEADER], 0x5a);
	assert_int_equal(f.data[127], 0x5a);
	fix_releaseout(fix_mount, &f, 0);
	fix_assert_empty(fix_mount);
}

static void
release_of_a_message_never_waited_for_lets_it_complete(void **state)
{
	struct fix_frame f;

	(void)state;
	puffs_msgmem_release(fix_send(fix_mount));
	fix_take(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(fix_stats(fix_mount).replied, 1);
	fix_assert_empty(fix_mount);
}

static void
release_of_a_completed_message_gives_its_place_back(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	(void)state;
	fix_serve(fix_mount, 0);
	assert_int_equal(fix_stats(fix_mount).done, 1);
	assert_int_equal(fix_stats(fix_mount).references, 1);
	puffs_msgmem_release(park);
	assert_int_equal(fix_stats(fix_mount).references, 0);
	fix_assert_empty(fix_mount);
}

/* The last reference is then the hand's. */
static void
release_before_a_late_releaseout_leaves_the_rest_to_it(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	puffs_msgmem_release(park);
	assert_int_equal(f.data[HEADER], 0);
	fix_releaseout(fix_mount, &f, 0);
	fix_assert_empty(fix_mount);
}

/* Likewise, with the place at another mount than the hand's. */
static void
release_of_a_park_that_moved_on_leaves_the_rest_to_releaseout(void **state)
{
	struct puffs_mount *other = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	puffs_msg_enqueue(other, park);
	fix_serve(other, 0);
	puffs_msgmem_release(park);
	assert_int_equal(fix_stats(other).done, 1);
	fix_releaseout(fix_mount, &f, 0);
	fix_assert_empty(other);
	fix_mount_free(other);
}

static void
setdelta_sends_less_and_leaves_room_for_the_reply(void **state)
{
	struct puffs_msgpark *park = fix_park(1000, PUFFSOP_VN, 8);
	struct fix_frame f;

	(void)state;
	puffs_msg_setdelta(park, 900);
	puffs_msg_enqueue(fix_mount, park);
	fix_take(fix_mount, &f);
	assert_int_equal(f.len, 100);
	assert_int_equal(f.req.preq_pth.pth_framelen, 100);
	assert_int_equal(f.req.preq_buflen, 1000);
	memset(f.bytes + HEADER, 7, 1000 - HEADER);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	assert_int_equal(fix_payload(park)[1000 - HEADER - 1], 7);
	puffs_msgmem_release(park);
}

static void
setdelta_may_leave_the_header_alone_or_nothing_out(void **state)
{
	struct puffs_msgpark *park = fix_park(100, PUFFSOP_VN, 8);

	(void)state;
	puffs_msg_setdelta(park, 100 - HEADER);
	assert_int_equal(park->park_copylen, HEADER);
	puffs_msg_setdelta(park, 0);
	assert_int_equal(park->park_copylen, 100);
	puffs_msgmem_release(park);
}

static void
setdelta_arg(void *arg)
{
	puffs_msg_setdelta(arg, 100 - HEADER + 1);
}

static void
setdelta_huge(void *arg)
{
	puffs_msg_setdelta(arg, SIZE_MAX);
}

static void
setdelta_that_leaves_no_header_is_a_panic(void **state)
{
	struct puffs_msgpark *park = fix_park(100, PUFFSOP_VN, 8);

	(void)state;
	expect_panic(setdelta_arg, park, "puffs_msg_setdelta: park");
	expect_panic(setdelta_huge, park, "puffs_msg_setdelta: park");
	puffs_msgmem_release(park);
}

static void
setinfo_masks_the_class_to_three_bits(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct puffs_req *req = fix_req(park);

	(void)state;
	puffs_msg_setinfo(park,
	    PUFFSOP_VFS | PUFFSOPFLAG_FAF | PUFFSOPFLAG_ISRESPONSE | 0x8,
	    PUFFS_VFS_SYNC, &state);
	assert_int_equal(req->preq_opclass, PUFFSOP_VFS);
	assert_int_equal(req->preq_optype, PUFFS_VFS_SYNC);
	assert_ptr_equal(req->preq_cookie, &state);
	assert_int_equal(req->preq_cookie64, (uintptr_t)&state);
	puffs_msgmem_release(park);
}

static void
setcookie_takes_all_64_bits(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	puffsmsg_msg_setcookie(park, UINT64_C(0xfedcba9876543210));
	assert_true(
	    fix_req(park)->preq_cookie64 == UINT64_C(0xfedcba9876543210));
	puffs_msgmem_release(park);
}

static void
callback(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	if (arg != NULL)
		++*(int *)arg;
}

static void
setcall_again_takes_the_place_of_the_first(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	int first = 0, second = 0;

	(void)state;
	puffs_msg_setcall(park, callback, &first);
	puffs_msg_setcall(park, callback, &second);
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, 0);
	assert_int_equal(first, 0);
	assert_int_equal(second, 1);
	puffs_msgmem_release(park);
}

static void
call_setfaf(void *arg)
{
	puffs_msg_setfaf(arg);
}

static void
call_setcall(void *arg)
{
	puffs_msg_setcall(arg, callback, NULL);
}

static void
call_setdelta(void *arg)
{
	puffs_msg_setdelta(arg, 0);
}

static void
call_setinfo(void *arg)
{
	puffs_msg_setinfo(arg, PUFFSOP_VN, 0, NULL);
}

static void
call_setcookie(void *arg)
{
	puffsmsg_msg_setcookie(arg, 0);
}

static void
setfaf_and_setcall_together_are_a_panic(void **state)
{
	struct puffs_msgpark *faf = fix_getattr(), *call = fix_getattr();

	(void)state;
	puffs_msg_setfaf(faf);
	puffs_msg_setcall(call, callback, NULL);
	expect_panic(call_setcall, faf, "puffs_msg_setcall: park");
	expect_panic(call_setfaf, call, "puffs_msg_setfaf: park");
	puffs_msgmem_release(faf);
	puffs_msgmem_release(call);
}

static void
expect_not_settable(struct puffs_msgpark *park)
{
	expect_panic(call_setfaf, park, "puffs_msg_setfaf: park");
	expect_panic(call_setcall, park, "puffs_msg_setcall: park");
	expect_panic(call_setdelta, park, "puffs_msg_setdelta: park");
	expect_panic(call_setinfo, park, "puffs_msg_setinfo: park");
	expect_panic(call_setcookie, park, "puffsmsg_msg_setcookie: park");
}

static void
settings_of_a_message_in_flight_are_a_panic(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	expect_not_settable(park);
	fix_hold(fix_mount, &f);
	expect_not_settable(park);
	fix_releaseout(fix_mount, &f, 0);
	expect_not_settable(park);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	puffs_msg_setdelta(park, 1);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

static void
settings_persist_when_the_park_is_used_again(void **state)
{
	struct puffs_msgpark *park = fix_park(200, PUFFSOP_VN, 8);
	struct fix_frame f;
	int calls = 0;

	(void)state;
	puffs_msg_setdelta(park, 100);
	puffs_msg_setcall(park, callback, &calls);
	for (int i = 1; i <= 3; i++) {
		puffs_msg_enqueue(fix_mount, park);
		fix_take(fix_mount, &f);
		assert_int_equal(f.len, 100);
		assert_int_equal(f.req.preq_buflen, 200);
		assert_int_equal(f.req.preq_cookie64, (uintptr_t)FIX_COOKIE);
		assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
		assert_int_equal(calls, i);
	}
	puffs_msgmem_release(park);
}

static void
faf_persists_when_the_park_is_used_again(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(park);
	for (int i = 0; i < 3; i++) {
		puffs_msg_enqueue(fix_mount, park);
		assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
		fix_take(fix_mount, &f);
		assert_int_equal(f.req.preq_opclass,
		    PUFFSOP_VN | PUFFSOPFLAG_FAF);
		assert_int_equal(f.req.preq_id, 0);
	}
	puffs_msgmem_release(park);
}

static void
hand_that_must_not_sleep_is_null_without_memory(void **state)
{
	struct puffsmsg__hand *h;

	(void)state;
	fix_memory_fail_after(0, 0);
	assert_null(puffsmsg__hand_alloc(false));
	fix_memory_ok();
	h = puffsmsg__hand_alloc(false);
	assert_non_null(h);
	assert_null(h->h_park);
	puffsmsg__hand_free(h);
	puffsmsg__hand_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup_direct, fix_teardown)
#define TEST_POOLED(f) \
	cmocka_unit_test_setup_teardown(f, setup_pooled, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(
		    alloc_gives_a_zeroed_message_whose_lengths_are_the_given_one),
		TEST(alloc_takes_a_bare_header),
		TEST(alloc_of_less_than_a_header_is_einval),
		TEST(alloc_of_2_to_the_31_and_more_is_emsgsize),
		TEST(
		    alloc_of_2_to_the_31_minus_1_fails_only_for_want_of_memory),
		TEST(
		    alloc_that_must_not_sleep_fails_with_enomem_and_leaks_nothing),
		TEST(alloc_that_may_sleep_waits_for_memory_and_does_not_fail),
		TEST(
		    alloc_that_sleeps_is_a_cancellation_point_and_leaves_nothing),
		TEST(alloc_of_the_librarys_own_is_no_cancellation_point),
		TEST(alloc_that_sleeps_ignores_signals),
		TEST(release_of_null_is_allowed),
		TEST_POOLED(release_twice_is_a_panic),
		TEST_POOLED(parks_and_their_bytes_are_counted),
		TEST(release_in_flight_leaves_the_message_to_the_server),
		TEST(release_of_a_message_never_waited_for_lets_it_complete),
		TEST(release_of_a_completed_message_gives_its_place_back),
		TEST(release_before_a_late_releaseout_leaves_the_rest_to_it),
		TEST(
		    release_of_a_park_that_moved_on_leaves_the_rest_to_releaseout),
		TEST(setdelta_sends_less_and_leaves_room_for_the_reply),
		TEST(setdelta_may_leave_the_header_alone_or_nothing_out),
		TEST(setdelta_that_leaves_no_header_is_a_panic),
		TEST(setinfo_masks_the_class_to_three_bits),
		TEST(setcookie_takes_all_64_bits),
		TEST(setcall_again_takes_the_place_of_the_first),
		TEST(setfaf_and_setcall_together_are_a_panic),
		TEST(settings_of_a_message_in_flight_are_a_panic),
		TEST(settings_persist_when_the_park_is_used_again),
		TEST(faf_persists_when_the_park_is_used_again),
		TEST(hand_that_must_not_sleep_is_null_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
