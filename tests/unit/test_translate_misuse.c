/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/translate.c: hooks that lie, and frames that hooks cannot read. */

#include "msgfix.h"

#include <string.h>

#include "expect_panic.h"

/* What the hook says of its frame's length, beyond the truth. */
static int lie;

static int
lying_out(void *arg, const struct puffs_req *msg, size_t len,
    struct puffs_req **newmsg, size_t *newlen, int cansleep)
{
	(void)arg;
	*newmsg = puffsmsg_translate_alloc(len, cansleep);
	memcpy(*newmsg, msg, len);
	*newlen = (size_t)((int)len + lie);
	return 0;
}

static int
plain_in(void *arg, const struct puffs_req *reply, size_t replylen,
    struct puffs_req *orig, size_t origlen)
{
	(void)arg;
	(void)reply;
	(void)replylen;
	(void)orig;
	(void)origlen;
	return 0;
}

static const struct puffsmsg_translation translation = { .size = sizeof(
							     translation),
	.out = lying_out,
	.in = plain_in };

static int
setup(void **state)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	(void)state;
	lie = 0;
	opt.translation = &translation;
	fix_init();
	fix_mount = fix_mount_new(&opt);
	return 0;
}

static void
call_enqueue(void *arg)
{
	puffs_msg_enqueue(fix_mount, arg);
}

static void
a_hook_that_lies_about_its_frame_is_a_panic(void **state)
{
	static const int lies[] = { 1, -1, 4096, -128 };
	struct puffs_msgpark *park = fix_getattr();

	(void)state;
	for (unsigned i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		lie = lies[i];
		expect_panic(call_enqueue, park, "translation hook: frame");
	}
	lie = 0;
	puffs_msg_enqueue(fix_mount, park);
	fix_serve(fix_mount, EIO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EIO);
	puffs_msgmem_release(park);
}

/* A frame with nothing but a length, at that distance from its place. */
static void
dispatch_shifted(void *arg)
{
	_Alignas(8) static uint8_t bytes[sizeof(struct puffs_req) + 8];
	uint64_t len = sizeof(struct puffs_req);
	uint8_t *frame = bytes + *(unsigned *)arg;

	memcpy(frame, &len, sizeof(len));
	(void)puffsmsg_dispatch(fix_mount, frame, sizeof(struct puffs_req));
}

static void
frames_for_a_hook_are_aligned(void **state)
{
	unsigned shift = 0;

	(void)state;
	dispatch_shifted(&shift);
	assert_int_equal(fix_stats(fix_mount).frames, 1);
	for (shift = 1; shift < 8; shift++)
		expect_panic(dispatch_shifted, &shift,
		    "puffsmsg_dispatch: mount");
}

/* Without a hook they are only ever copied. */
static void
frames_without_a_hook_may_be_anywhere(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift < 8; shift++)
		dispatch_shifted(&shift);
	assert_int_equal(fix_stats(fix_mount).frames, 8);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hook_that_lies_about_its_frame_is_a_panic),
		TEST(frames_for_a_hook_are_aligned),
		cmocka_unit_test_setup_teardown(
		    frames_without_a_hook_may_be_anywhere, fix_setup,
		    fix_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
