/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * lib/kern/lwp.c: threads that the library does not know yet, when there is
 * no memory to get to know them
 */

#include "msgfix.h"

/*
 * A thread that makes its first call of the library without memory for an lwp,
 * though for all else, and then with it.
 */
struct stranger {
	void (*fn)(struct stranger *, int *error);
	struct fix_frame f;
	size_t len;
	int without, with;
};

static void *
stranger_main(void *arg)
{
	struct stranger *s = arg;

	fix_memory_fail_sized(sizeof(struct lwp), sizeof(struct lwp));
	s->fn(s, &s->without);
	fix_memory_ok();
	s->fn(s, &s->with);
	return NULL;
}

static void
stranger_run(struct stranger *s, void (*fn)(struct stranger *, int *))
{
	pthread_t t;

	s->fn = fn;
	s->without = s->with = -1;
	assert_int_equal(pthread_create(&t, NULL, stranger_main, s), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
}

static void
stranger_dispatch(struct stranger *s, int *error)
{
	*error = puffsmsg_dispatch(fix_mount, s->f.bytes, s->f.len);
}

static void
a_reply_is_not_looked_at_and_may_be_sent_again(void **state)
{
	struct puffs_msgpark *park = fix_send(fix_mount);
	struct stranger s;

	(void)state;
	fix_take(fix_mount, &s.f);
	fix_make_reply(&s.f, ECHILD, 0);
	stranger_run(&s, stranger_dispatch);
	assert_int_equal(s.without, ENOBUFS);
	assert_int_equal(s.with, 0);
	assert_int_equal(fix_stats(fix_mount).frames, 1);
	assert_int_equal(fix_stats(fix_mount).replied, 1);
	assert_int_equal(puffs_msg_wait(fix_mount, park), ECHILD);
	puffs_msgmem_release(park);
}

static void
stranger_alloc(struct stranger *s, int *error)
{
	struct puffs_msgpark *park;
	void *mem;

	*error = puffs_msgmem_alloc(s->len, &park, &mem, 0);
	if (*error == 0)
		puffs_msgmem_release(park);
}

static void
a_message_that_must_not_sleep_fails(void **state)
{
	struct stranger s = { .len = 128 };

	(void)state;
	stranger_run(&s, stranger_alloc);
	assert_int_equal(s.without, ENOMEM);
	assert_int_equal(s.with, 0);
}

static void
lengths_that_make_no_sense_are_told_first(void **state)
{
	struct stranger s = { .len = sizeof(struct puffs_req) - 1 };

	(void)state;
	stranger_run(&s, stranger_alloc);
	assert_int_equal(s.without, EINVAL);
	assert_int_equal(s.with, EINVAL);
	s.len = (size_t)INT32_MAX + 1;
	stranger_run(&s, stranger_alloc);
	assert_int_equal(s.without, EMSGSIZE);
	assert_int_equal(s.with, EMSGSIZE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_reply_is_not_looked_at_and_may_be_sent_again),
		TEST(a_message_that_must_not_sleep_fails),
		TEST(lengths_that_make_no_sense_are_told_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
