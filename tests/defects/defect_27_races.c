/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Two data races of the original: wait2 of a message with a callback reads the
 * setbacks while dispatch writes the reply; and getout writes the length into
 * the frame when it has dropped its lock, while the message's caller may have
 * given it up and use its memory again.
 *
 * wait2 does not look into messages that have a callback, and nobody writes
 * into a message that its caller has given up.  The cases that run freely are
 * for the thread sanitizer; the others show the same without it.
 */

#include <signal.h>
#include <string.h>

#include "actor.h"

#define ROUNDS 20
#define MARK   0x5a

static struct puffs_node n1, n2;

static void
call_wait2(void *arg)
{
	struct actor *a = arg;

	a->error = puffs_msg_wait2(a->mount, a->park, &n1, &n2);
}

static void
count_call(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	++*(int *)arg;
}

/* A message with a callback, and a reply to it that marks all nodes. */
static void
send_called(struct actor *waiting, struct actor *replying, int *calls)
{
	memset(waiting, 0, sizeof(*waiting));
	memset(replying, 0, sizeof(*replying));
	waiting->mount = replying->mount = fix_mount;
	waiting->park = fix_getattr();
	puffs_msg_setcall(waiting->park, count_call, calls);
	puffs_msg_enqueue(fix_mount, waiting->park);
	fix_take(fix_mount, &replying->frame);
	replying->frame.req.preq_setbacks = 0x0f;
}

static void
defect_27_wait2_of_a_callback_message_and_dispatch(void **state)
{
	struct actor waiting, replying;
	int calls = 0;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		send_called(&waiting, &replying, &calls);
		actor_start(&waiting, call_wait2);
		actor_start(&replying, actor_reply);
		assert_int_equal(actor_end(&waiting), 0);
		assert_int_equal(actor_end(&replying), 0);
		puffs_msgmem_release(waiting.park);
	}
	assert_int_equal(calls, ROUNDS);
}

static void
defect_27_wait2_does_not_look_into_a_callback_message(void **state)
{
	struct actor waiting, replying;
	int calls = 0;

	(void)state;
	send_called(&waiting, &replying, &calls);
	n1.pn_stat = n2.pn_stat = 0;
	assert_int_equal(actor_do(&replying, actor_reply), 0);
	assert_int_equal(actor_do(&waiting, call_wait2), 0);
	assert_int_equal(n1.pn_stat, 0);
	assert_int_equal(n2.pn_stat, 0);
	puffs_msgmem_release(waiting.park);
}

/*
 * A server that has a frame in hand until it is let go.
 */
struct server {
	struct actor a;
	struct gate go;
};

static void
call_getout(void *arg)
{
	struct server *s = arg;
	uint8_t *data;

	s->a.error = puffs_msgif_getout(s->a.mount, 0, 1, &data,
	    &s->a.frame.len, &s->a.frame.cookie);
	gate_await(&s->go, 1);
	if (s->a.error == 0)
		puffs_msgif_releaseout(s->a.mount, s->a.frame.cookie, 0);
}

/*
 * Its caller gives the message up, and writes all over it: in a loop, since
 * compilers hide a memset from the sanitizer.
 */
static void
call_giveup(void *arg)
{
	struct actor *a = arg;
	uint8_t *bytes = (uint8_t *)fix_req(a->park);

	a->error = puffs_msg_wait(a->mount, a->park);
	for (size_t i = 0; i < 128; i++)
		bytes[i] = MARK;
}

static void
giveup_begin(struct server *s, struct actor *caller)
{
	memset(s, 0, sizeof(*s));
	memset(caller, 0, sizeof(*caller));
	gate_init(&s->go);
	s->a.mount = caller->mount = fix_mount;
	caller->park = fix_send(fix_mount);
	actor_start(caller, call_giveup);
	actor_sleeps(caller);
}

/* The server has the message; its caller is interrupted, and leaves. */
static void
giveup_in_hand(struct actor *caller)
{
	fix_until_state(fix_mount, caller->park, PARK_INHAND);
	fix_kill(&caller->s.t, SIGINT);
	assert_int_equal(actor_end(caller), EINTR);
}

static void
giveup_end(struct server *s, struct actor *caller)
{
	gate_pass(&s->go);
	assert_int_equal(actor_end(&s->a), 0);
	for (size_t i = 0; i < 128; i++)
		assert_int_equal(((uint8_t *)fix_req(caller->park))[i], MARK);
	puffs_msgmem_release(caller->park);
}

static void
defect_27_getout_and_a_caller_that_gives_up(void **state)
{
	struct actor caller;
	struct server s;

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		giveup_begin(&s, &caller);
		actor_start(&s.a, call_getout);
		giveup_in_hand(&caller);
		giveup_end(&s, &caller);
	}
}

/* The server is held as soon as it has dropped the lock. */
static void
defect_27_getout_writes_nothing_after_its_unlock(void **state)
{
	struct actor caller;
	struct server s;

	(void)state;
	giveup_begin(&s, &caller);
	actor_hold(&s.a, call_getout, STOPPER_EXITED, 1);
	giveup_in_hand(&caller);
	giveup_end(&s, &caller);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_27_wait2_of_a_callback_message_and_dispatch),
		TEST(defect_27_wait2_does_not_look_into_a_callback_message),
		TEST(defect_27_getout_and_a_caller_that_gives_up),
		TEST(defect_27_getout_writes_nothing_after_its_unlock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
