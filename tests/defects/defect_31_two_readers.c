/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * In the original's kernel in a process the frame that is being read, and how
 * far, is kept once for the mount: two threads of a server that read at a time
 * get parts of each other's frames, and both hang.
 *
 * Any number of threads may read.  Each gets whole frames, each frame goes to
 * one of them, and what one does with its frame does not concern the others.
 */

#include <string.h>

#include "actor.h"

#define TYPE_A 1
#define TYPE_B 2

/*
 * Two messages, and a reader that is held when it has the first of them in its
 * hands and not a byte of it read.
 */
struct pair {
	struct puffs_msgpark *parks[2];
	struct actor first, second;
};

static struct puffs_msgpark *
send_type(int type, size_t len)
{
	struct puffs_msgpark *park = fix_park(len, PUFFSOP_VN, type);

	memset(fix_payload(park), type, len - sizeof(struct puffs_req));
	puffs_msg_enqueue(fix_mount, park);
	return park;
}

static void
pair_begin(struct pair *p, void (*call)(void *))
{
	memset(p, 0, sizeof(*p));
	p->first.mount = p->second.mount = fix_mount;
	p->parks[0] = send_type(TYPE_A, 3000);
	p->parks[1] = send_type(TYPE_B, 200);
	actor_hold(&p->first, call, STOPPER_EXITED, 1);
}

static void
expect_frame(const struct actor *a, int type, size_t len)
{
	const struct fix_frame *f = &a->frame;

	assert_int_equal(f->len, len);
	assert_int_equal(f->req.preq_pth.pth_framelen, len);
	assert_int_equal(f->req.preq_optype, type);
	for (size_t i = sizeof(f->req); i < len; i++)
		assert_int_equal(f->bytes[i], type);
}

/* Both frames are answered, the first one first. */
static void
pair_end(struct pair *p)
{
	expect_frame(&p->first, TYPE_A, 3000);
	expect_frame(&p->second, TYPE_B, 200);
	assert_int_equal(fix_reply(fix_mount, &p->first.frame, 1), 0);
	assert_int_equal(fix_reply(fix_mount, &p->second.frame, 2), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(puffs_msg_wait(fix_mount, p->parks[i]), i + 1);
		puffs_msgmem_release(p->parks[i]);
	}
}

static void
defect_31_two_threads_in_read(void **state)
{
	struct pair p;

	(void)state;
	pair_begin(&p, actor_read);
	assert_int_equal(actor_do(&p.second, actor_read), 0);
	assert_int_equal(actor_end(&p.first), 0);
	pair_end(&p);
}

static void
call_getout(void *arg)
{
	struct actor *a = arg;
	uint8_t *data;

	a->error = puffs_msgif_getout(a->mount, 0, 1, &data, &a->frame.len,
	    &a->frame.cookie);
	if (a->error != 0 || a->frame.len > sizeof(a->frame.bytes))
		return;
	memcpy(a->frame.bytes, data, a->frame.len);
}

/* Each has a frame in hand; they are given back in this order. */
static void
two_in_hand(bool firstfirst)
{
	struct pair p;

	pair_begin(&p, call_getout);
	assert_int_equal(actor_do(&p.second, call_getout), 0);
	assert_int_equal(actor_end(&p.first), 0);
	assert_ptr_not_equal(p.first.frame.cookie, p.second.frame.cookie);
	if (firstfirst)
		fix_releaseout(fix_mount, &p.first.frame, 0);
	fix_releaseout(fix_mount, &p.second.frame, 0);
	if (!firstfirst)
		fix_releaseout(fix_mount, &p.first.frame, 0);
	pair_end(&p);
}

static void
defect_31_two_threads_in_getout(void **state)
{
	(void)state;
	two_in_hand(true);
	two_in_hand(false);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, stopper_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_31_two_threads_in_read),
		TEST(defect_31_two_threads_in_getout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
