/* SPDX-License-Identifier: BSD-2-Clause */

/* What sys/kmem.h and docs/kern.md promise of kmem(9), in all modes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>

#include "expect_panic.h"
#include "gate.h"
#include "memmode.h"

#include <sys/kmem.h>

#define MS UINT64_C(1000000)

/* Small ones, those between two of the sizes that are cached, large ones. */
static const size_t sizes[] = { 1, 7, 8, 31, 32, 33, 64, 65, 96, 100, 128, 129,
	192, 200, 256, 300, 384, 500, 512, 513, 768, 800, 1000, 1024, 1025,
	2048, 4096, 4097, 100000 };
#define NSIZES (sizeof(sizes) / sizeof(sizes[0]))

static void
run(void *(*fn)(void *), void *arg)
{
	pthread_t t;
	void *ret;

	assert_int_equal(pthread_create(&t, NULL, fn, arg), 0);
	assert_int_equal(pthread_join(t, &ret), 0);
	assert_null(ret);
}

static bool
all_are(const unsigned char *p, unsigned byte, size_t n)
{
	while (n > 0 && p[n - 1] == byte)
		n--;
	return n == 0;
}

/* ------------------------------------------------ alloc, zalloc and free */

static void
memory_is_aligned_for_any_type_and_nobody_elses(void **state)
{
	unsigned char *p[NSIZES][3];

	(void)state;
	for (unsigned i = 0; i < NSIZES; i++) {
		for (unsigned k = 0; k < 3; k++) {
			p[i][k] = kmem_alloc(sizes[i], KM_SLEEP);
			assert_int_equal((uintptr_t)p[i][k] %
				_Alignof(max_align_t),
			    0);
			memset(p[i][k], (int)(3 * i + k), sizes[i]);
		}
	}
	for (unsigned i = 0; i < NSIZES; i++) {
		for (unsigned k = 0; k < 3; k++) {
			assert_true(all_are(p[i][k], 3 * i + k, sizes[i]));
			kmem_free(p[i][k], sizes[i]);
		}
	}
}

/* Used memory comes back, for zalloc too. */
static void
zalloc_zeroes_and_all_of_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < NSIZES; i++) {
		for (unsigned k = 0; k < 3; k++) {
			unsigned char *p = kmem_zalloc(sizes[i],
			    k % 2 == 0 ? KM_SLEEP : KM_NOSLEEP);

			assert_true(all_are(p, 0, sizes[i]));
			memset(p, 0xff, sizes[i]);
			kmem_free(p, sizes[i]);
		}
	}
}

static void
the_calls_for_interrupts_are_the_same(void **state)
{
	unsigned char *p = kmem_intr_alloc(100, KM_NOSLEEP);
	unsigned char *z = kmem_intr_zalloc(100, KM_SLEEP);

	(void)state;
	assert_true(all_are(z, 0, 100));
	kmem_free(p, 100);
	kmem_intr_free(z, 100);
	p = kmem_alloc(100, KM_SLEEP);
	kmem_intr_free(p, 100);
}

static void
nosleep_is_null_without_memory_and_never_blocks(void **state)
{
	(void)state;
	(void)curlwp;
	testhost_take_block(true);
	th.fail_memalloc = UINT32_MAX;
	for (unsigned i = 0; i < NSIZES; i++) {
		assert_null(kmem_alloc(sizes[i], KM_NOSLEEP));
		assert_null(kmem_zalloc(sizes[i], KM_NOSLEEP));
		assert_null(kmem_intr_alloc(sizes[i], KM_NOSLEEP));
	}
	assert_null(kmem_strdup("s", KM_NOSLEEP));
	assert_null(kmem_strndup("s", 1, KM_NOSLEEP));
	assert_int_equal(th.blocks, 0);
	assert_int_equal(th.logs, 0);
	th.fail_memalloc = 0;
}

static void
memory_comes_back(void)
{
	if (th.blocks == 12)
		th.fail_memalloc = 0;
}

static void
sleep_blocks_until_there_is_memory_and_says_so_once(void **state)
{
	static const unsigned ms[] = { 1, 2, 4, 8, 16, 32, 64, 100, 100, 100,
		100, 100 };
	uint64_t then;

	(void)state;
	(void)curlwp;
	for (unsigned i = 0; i < NSIZES; i += 9) {
		testhost_take_block(true);
		then = th.now;
		th.logs = 0;
		th.on_block = memory_comes_back;
		th.fail_memalloc = UINT32_MAX;
		kmem_free(kmem_alloc(sizes[i], KM_SLEEP), sizes[i]);
		assert_int_equal(th.blocks, 12);
		for (unsigned k = 0; k < 12; k++) {
			then += ms[k] * MS;
			assert_true(th.deadlines[k] == then);
		}
		assert_int_equal(th.logs, 1);
		assert_non_null(strstr(th.log, "out of memory"));
		/* None is kept, so that the next is short again. */
		puffsmsg__pool_drain();
	}
}

static void
short_of_memory_what_is_kept_goes_first_and_nobody_sleeps(void **state)
{
	void *p[200];
	uint32_t out;

	(void)state;
	out = (kmem_free(kmem_alloc(5000, KM_SLEEP), 5000),
	    puffsmsg__pool_drain(), testhost_counted(&th.memory_out));
	for (unsigned i = 0; i < 200; i++)
		p[i] = kmem_alloc(64, KM_SLEEP);
	for (unsigned i = 0; i < 200; i++)
		kmem_free(p[i], 64);
	testhost_take_block(true);
	th.fail_memalloc = 2;
	p[0] = kmem_alloc(5000, KM_SLEEP);
	assert_int_equal(th.blocks, 0);
	assert_int_equal(th.logs, 0);
	assert_int_equal(testhost_counted(&th.memory_out), out + 1);
	kmem_free(p[0], 5000);
}

/* A cancelled thread comes out of its wait for memory with the memory. */
static bool came_back;

static void *
wait_cancelled(void *arg)
{
	void *p;

	(void)curlwp;
	(void)pthread_cancel(pthread_self());
	th.fail_memalloc = 4;
	p = kmem_alloc(64, KM_SLEEP);
	came_back = p != NULL;
	kmem_free(p, 64);
	pthread_testcancel();
	return arg;
}

static void
no_call_is_a_cancellation_point(void **state)
{
	pthread_t t;
	void *ret;

	(void)state;
	came_back = false;
	assert_int_equal(pthread_create(&t, NULL, wait_cancelled, NULL), 0);
	assert_int_equal(pthread_join(t, &ret), 0);
	assert_true(came_back);
	assert_ptr_equal(ret, PTHREAD_CANCELED);
}

/* ------------------------------------------------------- from any thread */

/* A thread's first call, when there is no memory for its lwp. */
static void *
first_call(void *arg)
{
	uint32_t *fails = arg;
	void *p;

	*fails = 1;
	p = kmem_alloc(64, KM_NOSLEEP);
	if (p == NULL)
		return "no memory";
	memset(p, 1, 64);
	*fails = 1;
	kmem_free(p, 64);
	*fails = 0;
	return NULL;
}

static void
nosleep_does_not_fail_for_want_of_an_lwp(void **state)
{
	(void)state;
	/* The first request is for the lwp only where lwps cache. */
	if (puffsmsg__memmode == PUFFSMSG__MEM_CACHED)
		run(first_call, &th.fail_memalloc);
	run(first_call, &th.fail_token);
	run(first_call, &th.fail_lwp_set);
}

/* Nothing but kmem is called. */
static void *
only_kmem(void *arg)
{
	void *p[100];

	for (unsigned i = 0; i < 100; i++)
		p[i] = kmem_alloc(64, KM_SLEEP);
	for (unsigned i = 0; i < 100; i++)
		kmem_free(p[i], 64);
	return arg;
}

static void
what_a_thread_kept_is_not_lost_with_it(void **state)
{
	uint32_t out;

	(void)state;
	(void)only_kmem(NULL);
	puffsmsg__pool_drain();
	out = testhost_counted(&th.memory_out);
	for (unsigned i = 0; i < 3; i++)
		run(only_kmem, NULL);
	/* It is for all, and goes when memory is short. */
	puffsmsg__pool_drain();
	assert_int_equal(testhost_counted(&th.memory_out), out);
}

static void *
free_them(void *arg)
{
	void **p = arg;

	for (unsigned i = 0; i < 100; i++) {
		if (!all_are(p[i], i, 300))
			return "not mine";
		kmem_free(p[i], 300);
	}
	return NULL;
}

static void
another_thread_may_free(void **state)
{
	void *p[100];

	(void)state;
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < 100; i++) {
			p[i] = kmem_alloc(300, KM_SLEEP);
			memset(p[i], (int)i, 300);
		}
		run(free_them, p);
	}
}

/* The end of the library takes what threads that live on have kept. */
static struct gate kept, over;

static void *
keep_and_stay(void *arg)
{
	(void)only_kmem(NULL);
	gate_pass(&kept);
	gate_await(&over, 1);
	return arg;
}

static void
at_the_end_all_memory_is_back(void **state)
{
	pthread_t t;

	(void)state;
	gate_init(&kept);
	gate_init(&over);
	assert_int_equal(pthread_create(&t, NULL, keep_and_stay, NULL), 0);
	gate_await(&kept, 1);
	(void)only_kmem(NULL);
	puffsmsg__kern_fini();
	assert_int_equal(testhost_counted(&th.memory_out), 0);
	gate_pass(&over);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_int_equal(puffsmsg__kern_init(&testhost), 0);
}

/* --------------------------------------------------------------- strings */

static void
strings_are_copied_with_their_nul(void **state)
{
	size_t size = 77;
	char *s;

	(void)state;
	s = kmem_asprintf("%s-%d%%", "abc", 42);
	assert_string_equal(s, "abc-42%");
	kmem_free(s, 8);
	s = kmem_asprintf("%s", "");
	kmem_free(s, 1);
	s = kmem_strdupsize("hello", &size, KM_SLEEP);
	assert_string_equal(s, "hello");
	assert_int_equal(size, 6);
	kmem_free(s, size);
	th.fail_memalloc = UINT32_MAX;
	assert_null(kmem_strdupsize("of some more length than what is kept",
	    &size, KM_NOSLEEP));
	assert_int_equal(size, 6);
	th.fail_memalloc = 0;
	s = kmem_strdup("hello", KM_NOSLEEP);
	assert_string_equal(s, "hello");
	kmem_strfree(s);
	s = kmem_strndup("hello", 3, KM_SLEEP);
	assert_string_equal(s, "hel");
	kmem_free(s, 4);
	s = kmem_strndup("hel\0lo", 6, KM_SLEEP);
	kmem_free(s, 4);
	s = kmem_strndup("x", 0, KM_SLEEP);
	assert_string_equal(s, "");
	kmem_strfree(s);
	kmem_strfree(NULL);
}

static void
asprintf_sleeps_for_memory(void **state)
{
	char *s;

	(void)state;
	(void)curlwp;
	testhost_take_block(true);
	th.fail_memalloc = 5;
	s = kmem_asprintf("%d", 1);
	assert_string_equal(s, "1");
	assert_int_equal(th.blocks, 3);
	kmem_strfree(s);
}

static void
tmpbuf_is_the_stacks_if_it_fits(void **state)
{
	char stack[16];
	void *p;

	(void)state;
	(void)curlwp;
	th.fail_memalloc = UINT32_MAX;
	p = kmem_tmpbuf_alloc(16, stack, sizeof(stack), KM_NOSLEEP);
	assert_ptr_equal(p, stack);
	kmem_tmpbuf_free(p, 16, stack);
	assert_null(kmem_tmpbuf_alloc(17, stack, sizeof(stack), KM_NOSLEEP));
	th.fail_memalloc = 0;
	p = kmem_tmpbuf_alloc(17, stack, sizeof(stack), KM_SLEEP);
	assert_ptr_not_equal(p, stack);
	memset(p, 1, 17);
	kmem_tmpbuf_free(p, 17, stack);
}

/* ---------------------------------------------------------------- misuse */

static void
do_alloc_nothing(void *arg)
{
	(void)arg;
	(void)kmem_alloc(0, KM_SLEEP);
}

static void
do_alloc_too_much(void *arg)
{
	(void)arg;
	(void)kmem_alloc((size_t)PTRDIFF_MAX + 1, KM_NOSLEEP);
}

static void
do_alloc_somehow(void *arg)
{
	(void)kmem_alloc(700, *(const km_flag_t *)arg);
}

static void
do_free_null(void *arg)
{
	(void)arg;
	kmem_free(NULL, 10);
}

static void
do_free_nothing(void *arg)
{
	kmem_free(arg, 0);
}

static void
sizes_and_pointers_must_make_sense(void **state)
{
	km_flag_t none = 0, both = KM_SLEEP | KM_NOSLEEP;
	void *p;

	(void)state;
	/* Whether a magazine is there or not. */
	expect_panic(do_free_null, NULL, "kmem_free: ");
	kmem_free(kmem_alloc(10, KM_SLEEP), 10);
	p = kmem_alloc(10, KM_SLEEP);
	expect_panic(do_alloc_nothing, NULL, "kmem_alloc: size 0");
	expect_panic(do_alloc_too_much, NULL, "kmem_alloc: size");
	expect_panic(do_alloc_somehow, &none, "kmem_alloc: flags 0");
	expect_panic(do_alloc_somehow, &both, "kmem_alloc: flags 0x3");
	expect_panic(do_free_null, NULL, "kmem_free: ");
	expect_panic(do_free_nothing, p, "kmem_free: ");
	kmem_free(p, 10);
}

static void
do_free_more(void *arg)
{
	kmem_free(arg, 11);
}

static void
do_free_less(void *arg)
{
	kmem_free(arg, 9);
}

static void
do_free_middle(void *arg)
{
	kmem_free((char *)arg + 4, 6);
}

static void
free_with_another_size_is_a_panic(void **state)
{
	void *p = kmem_alloc(10, KM_SLEEP);

	(void)state;
	expect_panic(do_free_more, p, "size 11, allocated were 10");
	expect_panic(do_free_less, p, "size 9, allocated were 10");
	expect_panic(do_free_middle, p, "was not allocated");
	kmem_free(p, 10);
}

static void
do_free_twice(void *arg)
{
	kmem_free(arg, 10);
	kmem_free(arg, 10);
}

/* Elsewhere the sanitizer says so. */
static void
free_twice_is_a_panic(void **state)
{
	void *p = kmem_alloc(10, KM_SLEEP);

	(void)state;
	expect_panic(do_free_twice, p, "kmem: ");
	expect_panic(do_free_twice, p, "is free already");
	kmem_free(p, 10);
}

static size_t written_at;

static void
do_write_and_free(void *arg)
{
	((volatile char *)arg)[written_at] = 'x';
	kmem_free(arg, 10);
}

static void
a_write_behind_the_end_is_found_at_free(void **state)
{
	char words[100];
	void *p = kmem_alloc(10, KM_SLEEP);

	(void)state;
	for (written_at = 10; written_at < 26; written_at++) {
		snprintf(words, sizeof(words),
		    "%p of 10 bytes was written to at %zu", p, written_at);
		expect_panic(do_write_and_free, p, words);
	}
	kmem_free(p, 10);
}

static void
do_write_when_free(void *arg)
{
	kmem_free(arg, 10);
	((volatile char *)arg)[3] = 'x';
	puffsmsg__pool_drain();
}

static void
a_write_after_free_is_found_later(void **state)
{
	void *p = kmem_alloc(10, KM_SLEEP);

	(void)state;
	expect_panic(do_write_when_free, p,
	    "was written to at 3 when it was free");
	kmem_free(p, 10);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ALL_MODES(sizes_and_pointers_must_make_sense),
		GUARDED(free_with_another_size_is_a_panic),
		IN_MODE(free_twice_is_a_panic, checked),
		IN_MODE(a_write_behind_the_end_is_found_at_free, checked),
		IN_MODE(a_write_after_free_is_found_later, checked),
		ALL_MODES(memory_is_aligned_for_any_type_and_nobody_elses),
		ALL_MODES(zalloc_zeroes_and_all_of_it),
		ALL_MODES(the_calls_for_interrupts_are_the_same),
		ALL_MODES(nosleep_is_null_without_memory_and_never_blocks),
		ALL_MODES(sleep_blocks_until_there_is_memory_and_says_so_once),
		ALL_MODES(
		    short_of_memory_what_is_kept_goes_first_and_nobody_sleeps),
		ALL_MODES(no_call_is_a_cancellation_point),
		ALL_MODES(nosleep_does_not_fail_for_want_of_an_lwp),
		ALL_MODES(what_a_thread_kept_is_not_lost_with_it),
		ALL_MODES(another_thread_may_free),
		ALL_MODES(at_the_end_all_memory_is_back),
		ALL_MODES(strings_are_copied_with_their_nul),
		ALL_MODES(asprintf_sleeps_for_memory),
		ALL_MODES(tmpbuf_is_the_stacks_if_it_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
