/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/msgif/read.c: while a message is copied it is nobody else's: who wants to
 * give it up, or to end it, waits for the copier or leaves that to it.
 *
 * The copier is held after it has left the mount's lock, before it copies.
 */

#include <signal.h>
#include <string.h>

#include "actor.h"
#include "outcome.h"
#include "unmounter.h"

#define HOUR (UINT64_C(3600) * 1000000000)

struct scene {
	struct actor caller, copier;
	struct fix_frame sent; /* what the message looks like */
};

/*
 * A message of `len' bytes is in flight, and COPYING.
 */
static void
copying(struct scene *s, struct puffs_msgpark *park)
{
	struct puffsmsg_mount_stats st;

	s->caller.mount = s->copier.mount = fix_mount;
	s->caller.park = park;
	fix_payload(park)[0] = 0x77;
	actor_hold(&s->copier, actor_read, STOPPER_EXITED, 1);
	assert_int_equal(park->park_state, PARK_COPYING);
	st = fix_stats(fix_mount);
	assert_int_equal(st.inhand, 1);
	assert_int_equal(fix_inflight(&st), 1);
	s->sent.len = 128;
	memcpy(s->sent.bytes, park->park_wire, 128);
}

static void
scene_begin(struct scene *s)
{
	memset(s, 0, sizeof(*s));
	copying(s, fix_send(fix_mount));
}

/* As begin, and the caller sleeps for it. */
static void
scene_waited(struct scene *s, void (*how)(void *))
{
	scene_begin(s);
	s->caller.deadline = puffsmsg__clock() + HOUR;
	actor_start(&s->caller, how);
	actor_sleeps(&s->caller);
}

/* The copier has copied the message as it was, and it is out of its hands. */
static void
copier_ends(struct scene *s)
{
	assert_int_equal(actor_end(&s->copier), 0);
	assert_int_equal(s->copier.frame.len, s->sent.len);
	assert_memory_equal(s->copier.frame.bytes, s->sent.bytes, s->sent.len);
}

static int
late_reply(struct scene *s)
{
	struct fix_frame f = s->copier.frame;

	f.bytes[sizeof(struct puffs_req)] = 0x55;
	return fix_reply(fix_mount, &f, 0);
}

static void
find_copying(void *arg, const char *line)
{
	if (strstr(line, "VN/") != NULL && strstr(line, " copying") != NULL)
		++*(int *)arg;
}

static void
it_shows_in_the_dump(void **state)
{
	struct scene s;
	int lines = 0;

	(void)state;
	scene_begin(&s);
	assert_int_equal(puffsmsg_mount_dump(fix_mount, find_copying, &lines),
	    0);
	assert_int_equal(lines, 1);
	copier_ends(&s);
	puffs_msgmem_release(s.caller.park);
}

static void
it_cannot_be_replied_to(void **state)
{
	struct scene s;
	struct fix_frame f;

	(void)state;
	scene_begin(&s);
	f = s.sent;
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENOENT);
	copier_ends(&s);
	assert_int_equal(late_reply(&s), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, s.caller.park), 0);
	assert_int_equal(fix_payload(s.caller.park)[0], 0x55);
	puffs_msgmem_release(s.caller.park);
	outcome_is(fix_mount, (struct outcome){ .replied = 1, .unknown = 1 });
}

/*
 * What follows when the caller has waited for the copy and given up: it writes
 * into its message, the server's answer does not get there.
 */
static void
given_up(struct scene *s, struct outcome want)
{
	struct puffs_msgpark *park = s->caller.park;

	assert_int_equal(fix_stats(fix_mount).abandoned, 1);
	fix_payload(park)[0] = 0x11;
	assert_int_equal(late_reply(s), 0);
	assert_int_equal(fix_payload(park)[0], 0x11);
	puffs_msgmem_release(park);
	want.late = 1;
	outcome_is(fix_mount, want);
	fix_assert_empty(fix_mount);
}

static void
an_interrupted_caller_waits_for_the_copy(void **state)
{
	struct scene s;

	(void)state;
	scene_waited(&s, actor_wait);
	fix_kill(&s.caller.s.t, SIGINT);
	actor_sleeps_again(&s.caller);
	assert_int_equal(fix_stats(fix_mount).interrupted, 0);
	copier_ends(&s);
	assert_int_equal(actor_end(&s.caller), EINTR);
	assert_int_equal(s.caller.sig, SIGINT);
	given_up(&s, (struct outcome){ .interrupted = 1 });
}

static void
a_cancelled_caller_waits_for_the_copy(void **state)
{
	struct scene s;

	(void)state;
	scene_waited(&s, actor_wait);
	assert_int_equal(pthread_cancel(s.caller.s.t.thread), 0);
	actor_sleeps_again(&s.caller);
	copier_ends(&s);
	actor_end_cancelled(&s.caller);
	given_up(&s, (struct outcome){ .cancelled = 1 });
}

static void
a_caller_out_of_time_waits_for_the_copy(void **state)
{
	struct scene s;

	(void)state;
	scene_waited(&s, actor_wait_until);
	fix_clock_advance(2 * HOUR);
	actor_sleeps_again(&s.caller);
	copier_ends(&s);
	assert_int_equal(actor_end(&s.caller), ETIMEDOUT);
	given_up(&s, (struct outcome){ .timedout = 1 });
}

static void
a_second_signal_does_not_end_that_wait(void **state)
{
	struct scene s;

	(void)state;
	scene_waited(&s, actor_wait);
	fix_kill(&s.caller.s.t, SIGINT);
	actor_sleeps_again(&s.caller);
	fix_kill(&s.caller.s.t, SIGKILL);
	fix_spurious(fix_mount, s.caller.park);
	assert_int_equal(fix_stats(fix_mount).interrupted, 0);
	copier_ends(&s);
	assert_int_equal(actor_end(&s.caller), EINTR);
	given_up(&s, (struct outcome){ .interrupted = 1 });
}

/* It has been copied as a message that wants a reply. */
static void
one_that_must_arrive_is_not_converted(void **state)
{
	struct puffs_msgpark *park;
	struct scene s = { .sent.len = 0 };

	(void)state;
	park = fix_park(128, PUFFSOP_VN, PUFFS_VN_INACTIVE);
	puffs_msg_enqueue(fix_mount, park);
	copying(&s, park);
	actor_start(&s.caller, actor_wait);
	actor_sleeps(&s.caller);
	fix_kill(&s.caller.s.t, SIGINT);
	actor_sleeps_again(&s.caller);
	copier_ends(&s);
	assert_int_equal(actor_end(&s.caller), EINTR);
	assert_int_equal(s.copier.frame.req.preq_opclass, PUFFSOP_VN);
	assert_int_equal(fix_stats(fix_mount).orphans, 0);
	given_up(&s, (struct outcome){ .interrupted = 1 });
}

/* The caller has been woken to give up, and the reply is there first. */
static void
a_reply_between_the_copy_and_the_caller_wins(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	actor_begin(&s.caller, actor_wait, STOPPER_ENTER, 3);
	actor_sleeps(&s.caller);
	fix_kill(&s.caller.s.t, SIGINT);
	actor_sleeps_again(&s.caller);
	copier_ends(&s);
	stopper_await(&s.caller.s);
	assert_int_equal(late_reply(&s), 0);
	assert_int_equal(actor_end(&s.caller), 0);
	assert_int_equal(s.caller.sig, SIGINT);
	assert_int_equal(fix_payload(s.caller.park)[0], 0x55);
	puffs_msgmem_release(s.caller.park);
	outcome_is(fix_mount, (struct outcome){ .replied = 1 });
}

static void
the_oldest_is_forgotten_when_too_many_were_given_up(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct scene one, two;

	(void)state;
	stopper_init();
	opt.maxabandoned = 1;
	fix_mount = fix_mount_new(&opt);
	for (int i = 0; i < 2; i++) {
		struct scene *s = i == 0 ? &one : &two;

		scene_waited(s, actor_wait);
		fix_kill(&s->caller.s.t, SIGINT);
		actor_sleeps_again(&s->caller);
		copier_ends(s);
		assert_int_equal(actor_end(&s->caller), EINTR);
	}
	assert_int_equal(late_reply(&one), ENOENT);
	puffs_msgmem_release(one.caller.park);
	given_up(&two,
	    (struct outcome){ .interrupted = 2, .unknown = 1, .forgotten = 1 });
	fix_teardown(NULL);
}

/*
 * The server is lost: whoever says so need not wait, the copier ends the
 * message, and its reader has got a copy that nobody will miss.
 */
static void
the_copier_ends_it_when_the_server_is_lost(void **state)
{
	struct scene s;

	(void)state;
	scene_waited(&s, actor_wait);
	puffs_userdead(fix_mount);
	assert_int_equal(s.caller.park->park_state, PARK_COPYING);
	assert_int_equal(fix_stats(fix_mount).dead, 0);
	copier_ends(&s);
	assert_int_equal(actor_end(&s.caller), ENXIO);
	assert_int_equal(late_reply(&s), ENXIO);
	puffs_msgmem_release(s.caller.park);
	outcome_is(fix_mount, (struct outcome){ .dead = 1 });
}

static void
an_interrupted_caller_learns_of_the_loss(void **state)
{
	struct scene s;

	(void)state;
	scene_waited(&s, actor_wait);
	fix_kill(&s.caller.s.t, SIGTERM);
	actor_sleeps_again(&s.caller);
	puffs_userdead(fix_mount);
	copier_ends(&s);
	assert_int_equal(actor_end(&s.caller), ENXIO);
	assert_int_equal(s.caller.sig, SIGTERM);
	puffs_msgmem_release(s.caller.park);
	outcome_is(fix_mount, (struct outcome){ .dead = 1 });
}

struct record {
	pthread_t thread;
	unsigned calls;
	int rv;
};

static void
note_call(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	struct record *r = arg;

	(void)mount;
	r->thread = pthread_self();
	r->calls++;
	r->rv = req->preq_rv;
}

static void
the_copier_runs_the_callback_when_the_server_is_lost(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct record r = { .calls = 0 };
	struct scene s = { .sent.len = 0 };
	pthread_t copier;

	(void)state;
	puffs_msg_setcall(park, note_call, &r);
	puffs_msg_enqueue(fix_mount, park);
	copying(&s, park);
	puffs_msgmem_release(park);
	puffs_userdead(fix_mount);
	assert_int_equal(fix_stats(fix_mount).dead, 0);
	copier = s.copier.s.t.thread;
	copier_ends(&s);
	assert_int_equal(r.calls, 1);
	assert_int_equal(r.rv, ENXIO);
	assert_true(pthread_equal(r.thread, copier));
	outcome_is(fix_mount, (struct outcome){ .dead = 1 });
	fix_assert_empty(fix_mount);
}

static void
fire_and_forget_is_counted_as_dead_when_the_server_is_lost(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	struct scene s = { .sent.len = 0 };

	(void)state;
	puffs_msg_setfaf(park);
	puffs_msg_enqueue(fix_mount, park);
	copying(&s, park);
	puffs_msgmem_release(park);
	puffs_userdead(fix_mount);
	copier_ends(&s);
	outcome_is(fix_mount, (struct outcome){ .faf_dead = 1 });
	fix_assert_empty(fix_mount);
}

static void
a_forced_unmount_does_not_wait_for_the_copy(void **state)
{
	struct actor destroy;
	struct scene s;

	(void)state;
	stopper_init();
	fix_mount = fix_mount_new(NULL);
	scene_waited(&s, actor_wait);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, PUFFSMSG_MNT_FORCE),
	    0);
	assert_int_equal(s.caller.park->park_state, PARK_COPYING);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	destroy.mount = fix_mount;
	actor_start(&destroy, actor_destroy);
	fix_until_cv(fix_mount);
	copier_ends(&s);
	assert_int_equal(actor_end(&s.caller), ENXIO);
	(void)actor_end(&destroy);
	puffs_msgmem_release(s.caller.park);
	fix_mount = NULL;
	fix_fini();
}

/* Of the one message that is being copied; NULL: there is none. */
static struct puffs_msgpark *
copied_park(uint32_t *flags)
{
	struct puffs_msgpark *park;

	mutex_enter(&fix_mount->pmp_lock);
	park = TAILQ_FIRST(&fix_mount->pmp_list[LIST_COPYING]);
	*flags = park != NULL ? park->park_flags : 0;
	mutex_exit(&fix_mount->pmp_lock);
	return park;
}

/* The server has no time to answer: its copy of the question is awaited. */
static void
a_forced_unmount_waits_for_the_copy_of_its_own_question(void **state)
{
	struct actor unmount, copier;
	uint32_t flags;

	(void)state;
	fix_mount_free(fix_mount);
	fix_mount = patient_mount();
	unmount.mount = copier.mount = fix_mount;
	unmount.rv = PUFFSMSG_MNT_FORCE;
	actor_begin(&copier, actor_read, STOPPER_EXITED, 2);
	fix_until_readers(fix_mount, 1);
	actor_start(&unmount, actor_unmount);
	stopper_await(&copier.s);
	unmount.park = copied_park(&flags);
	actor_sleeps(&unmount);
	fix_clock_advance(HOUR);
	actor_sleeps_again(&unmount);
	assert_ptr_equal(copied_park(&flags), unmount.park);
	assert_true((flags & PARKF_LEAVING) != 0);
	assert_int_equal(puffsmsg_mount_state(fix_mount), PUFFSTAT_RUNNING);
	assert_int_equal(actor_end(&copier), 0);
	assert_int_equal(actor_end(&unmount), 0);
	outcome_is(fix_mount, (struct outcome){ .timedout = 1 });
}

static void
it_may_be_released_by_its_creator(void **state)
{
	struct scene s;

	(void)state;
	scene_begin(&s);
	puffs_msgmem_release(s.caller.park);
	copier_ends(&s);
	assert_int_equal(fix_stats(fix_mount).replywait, 1);
	assert_int_equal(late_reply(&s), 0);
	outcome_is(fix_mount, (struct outcome){ .replied = 1 });
	fix_assert_empty(fix_mount);
}

static void
many_are_copied_at_once(void **state)
{
	struct puffs_msgpark *parks[4];
	struct actor copiers[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		parks[i] = fix_send(fix_mount);
		copiers[i].mount = fix_mount;
		actor_hold(&copiers[i], actor_read, STOPPER_EXITED, 1);
	}
	assert_int_equal(fix_stats(fix_mount).inhand, 4);
	for (int i = 3; i >= 0; i--) {
		assert_int_equal(actor_end(&copiers[i]), 0);
		assert_int_equal(fix_stats(fix_mount).inhand, i);
		assert_int_equal(fix_reply(fix_mount, &copiers[i].frame, i), 0);
		assert_int_equal(puffs_msg_wait(fix_mount, parks[i]), i);
		puffs_msgmem_release(parks[i]);
	}
}

/* A translation to a message with `more' bytes at its end. */
struct tongue {
	size_t more;
	unsigned in;     /* calls */
	size_t replylen; /* of the last */
};

static int
tongue_out(void *arg, const struct puffs_req *msg, size_t len,
    struct puffs_req **newmsg, size_t *newlen, int cansleep)
{
	struct tongue *t = arg;

	*newlen = len + t->more;
	*newmsg = puffsmsg_translate_alloc(*newlen, cansleep);
	if (*newmsg == NULL)
		return ENOMEM;
	memcpy(*newmsg, msg, len);
	return 0;
}

static int
tongue_in(void *arg, const struct puffs_req *reply, size_t replylen,
    struct puffs_req *orig, size_t origlen)
{
	struct tongue *t = arg;

	(void)reply;
	(void)orig;
	(void)origlen;
	t->in++;
	t->replylen = replylen;
	return 0;
}

/*
 * The frame that is copied is the translated one; it stays until that is done.
 */
static void
translated(struct scene *s, struct tongue *t, void (*then)(struct scene *))
{
	struct puffsmsg_translation tr = { .size = sizeof(tr),
		.out = tongue_out,
		.in = tongue_in };
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_msgpark *park;

	memset(s, 0, sizeof(*s));
	memset(t, 0, sizeof(*t));
	t->more = 32;
	stopper_init();
	opt.translation = &tr;
	opt.translation_arg = t;
	fix_mount = fix_mount_new(&opt);
	park = fix_send(fix_mount);
	copying(s, park);
	s->sent.len = 160;
	memcpy(s->sent.bytes, park->park_wire, s->sent.len);
	actor_start(&s->caller, actor_wait);
	actor_sleeps(&s->caller);
	then(s);
	puffs_msgmem_release(park);
	fix_teardown(NULL);
}

static void
then_interrupted(struct scene *s)
{
	fix_kill(&s->caller.s.t, SIGINT);
	actor_sleeps_again(&s->caller);
	copier_ends(s);
	assert_int_equal(actor_end(&s->caller), EINTR);
	assert_int_equal(late_reply(s), 0);
}

static void
then_dead(struct scene *s)
{
	puffs_userdead(fix_mount);
	copier_ends(s);
	assert_int_equal(actor_end(&s->caller), ENXIO);
}

static void
a_translated_frame_stays_for_the_copy(void **state)
{
	struct scene s;
	struct tongue t;

	(void)state;
	translated(&s, &t, then_interrupted);
	assert_int_equal(t.in, 0);
	translated(&s, &t, then_dead);
	assert_int_equal(t.in, 1);
	assert_int_equal(t.replylen, 0);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_shows_in_the_dump),
		TEST(it_cannot_be_replied_to),
		TEST(an_interrupted_caller_waits_for_the_copy),
		TEST(a_cancelled_caller_waits_for_the_copy),
		TEST(a_caller_out_of_time_waits_for_the_copy),
		TEST(a_second_signal_does_not_end_that_wait),
		TEST(one_that_must_arrive_is_not_converted),
		TEST(a_reply_between_the_copy_and_the_caller_wins),
		cmocka_unit_test(
		    the_oldest_is_forgotten_when_too_many_were_given_up),
		TEST(the_copier_ends_it_when_the_server_is_lost),
		TEST(an_interrupted_caller_learns_of_the_loss),
		TEST(the_copier_runs_the_callback_when_the_server_is_lost),
		TEST(
		    fire_and_forget_is_counted_as_dead_when_the_server_is_lost),
		cmocka_unit_test(a_forced_unmount_does_not_wait_for_the_copy),
		TEST(a_forced_unmount_waits_for_the_copy_of_its_own_question),
		TEST(it_may_be_released_by_its_creator),
		TEST(many_are_copied_at_once),
		cmocka_unit_test(a_translated_frame_stays_for_the_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
