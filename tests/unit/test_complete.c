/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/complete.c; callbacks are test_complete_callback.c */

#include "msgfix.h"

#include <string.h>

#include "expect_panic.h"

static void
count_call(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	++*(int *)arg;
}

static void
assert_outcome(struct puffs_msgpark *park, int error)
{
	assert_int_equal(puffs_msg_wait(fix_mount, park), error);
	assert_int_equal(fix_req(park)->preq_rv, error);
	puffs_msgmem_release(park);
	fix_assert_empty(fix_mount);
}

static void
reply_leaves_the_callers_header_alone(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct puffs_req *req = fix_req(park);
	struct puffs_req before;
	struct fix_frame f;

	(void)state;
	fix_take(fix_mount, &f);
	before = *req;
	f.req.preq_cookie64 = 0x4141;
	f.req.preq_pid = 0x4141;
	f.req.preq_lid = 0x4141;
	f.req.preq_pad = 0x4141;
	f.req.preq_opclass |= PUFFSOPFLAG_FAF | PUFFSOPFLAG_ISRESPONSE | 0x8;
	f.req.preq_setbacks = 0xffffffff;
	fix_make_reply(&f, ENOENT, 128);
	f.req.preq_buflen = 0x4141;
	assert_int_equal(fix_dispatch(fix_mount, &f), 0);
	before.preq_rv = ENOENT;
	before.preq_setbacks = 0xffffffff;
	assert_memory_equal(req, &before, sizeof(before));
	assert_outcome(park, ENOENT);
}

static void
reply_that_is_refused_is_eproto(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	memset(fix_payload(park), 'c', 72);
	fix_take(fix_mount, &f);
	memset(f.bytes + sizeof(f.req), 's', 72);
	assert_int_equal(fix_reply(fix_mount, &f, -12345), EPROTO);
	assert_int_equal(fix_payload(park)[0], 'c');
	assert_int_equal(fix_payload(park)[71], 'c');
	assert_int_equal(fix_stats(fix_mount).refused, 1);
	assert_int_equal(fix_stats(fix_mount).replied, 0);
	fix_take(fix_mount, &f); /* the notice */
	assert_int_equal(f.req.preq_opclass & PUFFSOP_OPCMASK, PUFFSOP_ERROR);
	assert_outcome(park, EPROTO);
}

static void
delivery_error_is_the_outcome(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, E2BIG);
	assert_int_equal(fix_stats(fix_mount).delivery, 1);
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENOENT);
	assert_outcome(park, E2BIG);
}

static void
death_is_enxio_wherever_the_message_is(void **state)
{
	struct puffs_msgpark *touser, *inhand, *replywait, *done;
	struct fix_frame f;

	(void)state;
	done = fix_send(fix_mount);
	fix_serve(fix_mount, EPERM);
	replywait = fix_send(fix_mount);
	fix_take(fix_mount, &f);
	inhand = fix_send(fix_mount);
	fix_hold(fix_mount, &f);
	touser = fix_send(fix_mount);
	puffs_userdead(fix_mount);
	assert_int_equal(fix_stats(fix_mount).dead, 3);
	assert_int_equal(fix_stats(fix_mount).done, 4);
	fix_releaseout(fix_mount, &f, EIO);
	assert_int_equal(puffs_msg_wait(fix_mount, touser), ENXIO);
	assert_int_equal(puffs_msg_wait(fix_mount, inhand), ENXIO);
	assert_int_equal(puffs_msg_wait(fix_mount, replywait), ENXIO);
	assert_int_equal(puffs_msg_wait(fix_mount, done), EPERM);
	fix_assert_empty(fix_mount);
	puffs_msgmem_release(touser);
	puffs_msgmem_release(inhand);
	puffs_msgmem_release(replywait);
	puffs_msgmem_release(done);
}

static void
faf_ends_when_the_server_has_it_or_does_not(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(park);
	for (int status = 0; status <= EIO; status += EIO) {
		puffs_msg_enqueue(fix_mount, park);
		fix_hold(fix_mount, &f);
		assert_int_equal(fix_stats(fix_mount).inhand, 1);
		assert_int_equal(park->park_state, PARK_INHAND);
		fix_releaseout(fix_mount, &f, status);
		assert_int_equal(park->park_state, PARK_DONE);
		fix_assert_empty(fix_mount);
	}
	assert_int_equal(fix_stats(fix_mount).faf_done, 2);
	assert_int_equal(fix_stats(fix_mount).delivery, 0);
	puffs_msgmem_release(park);
}

static void
faf_dies_with_the_mount(void **state)
{
	struct puffs_msgpark *queued = fix_getattr(), *held = fix_getattr();
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(queued);
	puffs_msg_setfaf(held);
	puffs_msg_enqueue(fix_mount, held);
	puffs_msg_enqueue(fix_mount, queued);
	fix_hold(fix_mount, &f);
	puffs_userdead(fix_mount);
	assert_int_equal(fix_stats(fix_mount).faf_dead, 2);
	assert_int_equal(fix_stats(fix_mount).dead, 0);
	fix_assert_empty(fix_mount);
	puffs_msgmem_release(held);
	assert_int_equal(f.data[24], PUFFSOP_VN | PUFFSOPFLAG_FAF);
	fix_releaseout(fix_mount, &f, 0);
	puffs_msgmem_release(queued);
}

static void
second_reply_has_no_effect(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_take(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, EPERM), 0);
	assert_int_equal(fix_reply(fix_mount, &f, EIO), ENOENT);
	assert_int_equal(fix_stats(fix_mount).unknown, 1);
	assert_outcome(park, EPERM);
}

static void
reply_before_releaseout_is_honoured_whatever_that_says(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	for (int status = 0; status <= EIO; status += EIO) {
		park = fix_send(fix_mount);
		fix_hold(fix_mount, &f);
		assert_int_equal(fix_reply(fix_mount, &f, EPERM), 0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), EPERM);
		assert_int_equal(fix_stats(fix_mount).references, 1);
		assert_memory_equal(f.data, &fix_req(park)->preq_pth, 8);
		fix_releaseout(fix_mount, &f, status);
		assert_int_equal(fix_stats(fix_mount).references, 0);
		assert_outcome(park, EPERM);
	}
	assert_int_equal(fix_stats(fix_mount).replied, 2);
	assert_int_equal(fix_stats(fix_mount).delivery, 0);
}

static void
frame_in_hand_stays_readable_when_its_park_is_released(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
	assert_outcome(park, 0);
	assert_int_equal(f.data[24], PUFFSOP_VN);
	assert_int_equal(f.data[127], 0);
	fix_releaseout(fix_mount, &f, 0);
}

static void
reply_completes_a_message_nobody_waits_for_yet(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	(void)state;
	fix_serve(fix_mount, EPERM);
	assert_int_equal(fix_stats(fix_mount).done, 1);
	assert_int_equal(fix_stats(fix_mount).claimed, 0);
	assert_outcome(park, EPERM);
	assert_int_equal(fix_stats(fix_mount).done, 0);
}

/* Answers of the library's own hold room that they give back. */
static void
answer_gives_its_room_back(void **state)
{
	struct puffs_req request = { .preq_id = PUFFSMSG_SERVER_ID | 1,
		.preq_opclass = PUFFSOP_FLUSH,
		.preq_pth.pth_framelen = sizeof(request) };
	struct fix_frame f;

	(void)state;
	for (int dead = 0; dead < 2; dead++) {
		puffs_msg_sendresp(fix_mount, &request, EINVAL);
		assert_int_equal(fix_stats(fix_mount).answers, 1);
		assert_int_equal(fix_stats(fix_mount).answer_bytes,
		    sizeof(request));
		if (dead) {
			puffs_userdead(fix_mount);
		} else {
			fix_hold(fix_mount, &f);
			assert_int_equal(fix_stats(fix_mount).answers, 1);
			fix_releaseout(fix_mount, &f, 0);
		}
		fix_assert_empty(fix_mount);
	}
}

static void
last_word_is_told_when_it_was_read(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct fix_frame f;

	(void)state;
	puffs_msg_setfaf(park);
	mutex_enter(&fix_mount->pmp_lock);
	fix_mount->pmp_answers++;
	mutex_exit(&fix_mount->pmp_lock);
	assert_int_equal(puffsmsg__enqueue(fix_mount, park,
			     PARKF_ANSWER | PARKF_LASTWORD, true),
	    0);
	fix_hold(fix_mount, &f);
	assert_int_equal(fix_mount->pmp_lastwords, 1);
	fix_releaseout(fix_mount, &f, 0);
	assert_int_equal(fix_mount->pmp_lastwords, 0);
	puffs_msgmem_release(park);
}

static void
call_claim(void *arg)
{
	mutex_enter(&fix_mount->pmp_lock);
	puffsmsg__claim(fix_mount, arg);
	mutex_exit(&fix_mount->pmp_lock);
}

static void
call_collect(void *arg)
{
	mutex_enter(&fix_mount->pmp_lock);
	puffsmsg__collect(fix_mount, arg);
	mutex_exit(&fix_mount->pmp_lock);
}

static void
claim_is_for_one_only(void **state)
{
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	expect_panic(call_claim, park, "PARK_");
	puffs_msg_enqueue(fix_mount, park);
	expect_panic(call_collect, park, "PARK_DONE");
	call_claim(park);
	assert_int_equal(fix_stats(fix_mount).claimed, 1);
	expect_panic(call_claim, park, "PARK_");
	expect_panic(call_collect, park, "PARK_DONE");
	assert_int_equal(puffsmsg__end(fix_mount, park, END_DELIVERY, EIO, NULL,
			     0),
	    END_DELIVERY);
	expect_panic(call_claim, park, "PARK_");
	assert_outcome(park, EIO);
}

/* Releaseout comes while the message is being ended. */
static void
releaseout_between_claim_and_end_lets_the_claim_win(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_hold(fix_mount, &f);
	call_claim(park);
	fix_releaseout(fix_mount, &f, EIO);
	assert_int_equal(park->park_state, PARK_CLAIMED);
	fix_make_reply(&f, EPERM, 128);
	assert_int_equal(puffsmsg__end(fix_mount, park, END_REPLIED, EPERM,
			     f.bytes, f.len),
	    END_REPLIED);
	assert_int_equal(fix_stats(fix_mount).replied, 1);
	assert_outcome(park, EPERM);
}

static void
message_that_is_claimed_cannot_be_replied_to(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct fix_frame f;

	(void)state;
	fix_take(fix_mount, &f);
	call_claim(park);
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENOENT);
	(void)puffsmsg__end(fix_mount, park, END_REFUSED, EPROTO, NULL, 0);
	assert_outcome(park, EPROTO);
}

static void
each_way_to_end_has_its_counter(void **state)
{
	struct puffs_msgpark *call = fix_getattr();
	struct puffsmsg_mount_stats st;
	struct fix_frame f;
	int calls = 0;

	(void)state;
	puffs_msg_setcall(call, count_call, &calls);
	puffs_msg_enqueue(fix_mount, call);
	fix_serve(fix_mount, 0);
	puffs_msg_enqueue(fix_mount, call);
	fix_hold(fix_mount, &f);
	fix_releaseout(fix_mount, &f, EIO);
	puffs_msg_enqueue(fix_mount, call);
	puffs_userdead(fix_mount);
	st = fix_stats(fix_mount);
	assert_int_equal(calls, 3);
	assert_int_equal(st.accepted, 3);
	assert_int_equal(st.replied, 1);
	assert_int_equal(st.delivery, 1);
	assert_int_equal(st.dead, 1);
	assert_int_equal(fix_inflight(&st), 0);
	puffs_msgmem_release(call);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reply_leaves_the_callers_header_alone),
		TEST(reply_that_is_refused_is_eproto),
		TEST(delivery_error_is_the_outcome),
		TEST(death_is_enxio_wherever_the_message_is),
		TEST(faf_ends_when_the_server_has_it_or_does_not),
		TEST(faf_dies_with_the_mount),
		TEST(second_reply_has_no_effect),
		TEST(reply_before_releaseout_is_honoured_whatever_that_says),
		TEST(frame_in_hand_stays_readable_when_its_park_is_released),
		TEST(reply_completes_a_message_nobody_waits_for_yet),
		TEST(answer_gives_its_room_back),
		TEST(last_word_is_told_when_it_was_read),
		TEST(claim_is_for_one_only),
		TEST(releaseout_between_claim_and_end_lets_the_claim_win),
		TEST(message_that_is_claimed_cannot_be_replied_to),
		TEST(each_way_to_end_has_its_counter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
