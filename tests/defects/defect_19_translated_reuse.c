/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Where the original translates messages for old servers, a park that is used
 * again keeps the length of its last translation and forgets the buffer: a
 * message of 128 bytes is sent as 128, 136, 144 bytes of a buffer that has 128,
 * and a buffer is lost each time.
 *
 * However often a park is used, its frame has the translation's length, and
 * nothing is left of it when the message has ended.
 */

#include <string.h>

#include "msgfix.h"

#define LEN    128u
#define LONGER 8u
#define USES   5

static int
hook_out(void *arg, const struct puffs_req *msg, size_t len,
    struct puffs_req **newmsg, size_t *newlen, int cansleep)
{
	struct puffs_req *frame;

	(void)arg;
	frame = puffsmsg_translate_alloc(len + LONGER, cansleep);
	if (frame == NULL)
		return ENOMEM;
	memcpy(frame, msg, len);
	*newmsg = frame;
	*newlen = len + LONGER;
	return 0;
}

static int
hook_in(void *arg, const struct puffs_req *reply, size_t replylen,
    struct puffs_req *orig, size_t origlen)
{
	(void)arg;
	if (replylen >= origlen)
		memcpy(orig, reply, origlen);
	return 0;
}

static const struct puffsmsg_translation translation = {
	.size = sizeof(translation),
	.out = hook_out,
	.in = hook_in,
};

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	(void)state;
	opt.translation = &translation;
	fix_init();
	fix_mount = fix_mount_new(&opt);
	return 0;
}

/* The frame, which has the translation's length and no more. */
static void
take(struct fix_frame *f)
{
	fix_take(fix_mount, f);
	assert_int_equal(f->len, LEN + LONGER);
	assert_int_equal(f->req.preq_pth.pth_framelen, LEN + LONGER);
	assert_int_equal(f->req.preq_buflen, LEN + LONGER);
}

static void
defect_19_frames_do_not_grow_and_nothing_leaks(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	unsigned out = fix_memory_out();
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < USES; i++) {
		puffs_msg_enqueue(fix_mount, park);
		take(&f);
		assert_int_equal(fix_reply(fix_mount, &f, i), 0);
		assert_int_equal(puffs_msg_wait(fix_mount, park), i);
		assert_int_equal(fix_memory_out(), out);
	}
	puffs_msgmem_release(park);
}

/* The same if the server does not answer, or a callback takes the answer. */
static void
defect_19_nor_if_delivery_fails(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	unsigned out = fix_memory_out();
	struct fix_frame f;

	(void)state;
	for (int i = 0; i < USES; i++) {
		puffs_msg_enqueue(fix_mount, park);
		fix_hold(fix_mount, &f);
		assert_int_equal(f.len, LEN + LONGER);
		fix_releaseout(fix_mount, &f, EIO);
		assert_int_equal(puffs_msg_wait(fix_mount, park), EIO);
		assert_int_equal(fix_memory_out(), out);
	}
	puffs_msgmem_release(park);
}

static void
count_call(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	(void)req;
	++*(int *)arg;
}

static void
defect_19_nor_with_callbacks(void **state)
{
	struct puffs_msgpark *park = fix_getattr();
	unsigned out = fix_memory_out();
	struct fix_frame f;
	int calls = 0;

	(void)state;
	puffs_msg_setcall(park, count_call, &calls);
	for (int i = 0; i < USES; i++) {
		puffs_msg_enqueue(fix_mount, park);
		take(&f);
		assert_int_equal(fix_reply(fix_mount, &f, 0), 0);
		assert_int_equal(calls, i + 1);
		assert_int_equal(fix_memory_out(), out);
	}
	puffs_msgmem_release(park);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_19_frames_do_not_grow_and_nothing_leaks),
		TEST(defect_19_nor_if_delivery_fails),
		TEST(defect_19_nor_with_callbacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
