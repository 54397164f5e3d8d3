/* SPDX-License-Identifier: BSD-2-Clause */

/* kmem(9): memory, strings, shortage, misuse. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <wchar.h>

#include "expect_panic.h"
#include "memmode.h"

#include <sys/kmem.h>
#include <sys/pool.h>

#define MS UINT64_C(1000000)

static void
test_alloc(void **state)
{
	(void)state;
	for (size_t size = 1; size < 5000; size = size * 3 + 1) {
		char *p = kmem_alloc(size, KM_SLEEP);
		char *z = kmem_intr_zalloc(size, KM_NOSLEEP);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		memset(p, 0x5a, size);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(z[i], 0);
		kmem_free(p, size);
		kmem_intr_free(z, size);
	}
}

static void
test_nosleep_fails(void **state)
{
	(void)state;
	th.fail_memalloc = UINT32_MAX;
	assert_null(kmem_alloc(10, KM_NOSLEEP));
	assert_null(kmem_zalloc(10, KM_NOSLEEP));
	assert_null(kmem_strdup("abc", KM_NOSLEEP));
	th.fail_memalloc = 0;
	assert_int_equal(th.logs, 0);
	/* Nearly all of the address space: there is none, that is all. */
	th.fail_memalloc = 1;
	assert_null(kmem_alloc(PTRDIFF_MAX, KM_NOSLEEP));
	th.fail_memalloc = 0;
}

static void
test_sleep_waits(void **state)
{
	static const unsigned ms[] = { 1, 2, 4, 8, 16, 32, 64, 100, 100, 100 };
	uint64_t before;
	void *p;

	(void)state;
	testhost_take_block(true);
	before = th.now;
	th.fail_memalloc = 12;
	p = kmem_alloc(10, KM_SLEEP);
	assert_non_null(p);
	assert_int_equal(th.blocks, 10);
	for (unsigned i = 0; i < 10; i++) {
		before += ms[i] * MS;
		assert_true(th.deadlines[i] == before);
	}
	assert_int_equal(th.logs, 1);
	assert_string_equal(th.log, "puffsmsg: out of memory, waiting");
	kmem_free(p, 10);
}

/* Said once for each shortage. */
static void
test_log_once(void **state)
{
	struct puffsmsg__memwait other = { 0 };
	void *p;

	(void)state;
	testhost_take_block(true);
	puffsmsg__mem_wait(&other, 0);
	puffsmsg__mem_wait(&other, 0);
	assert_int_equal(th.logs, 1);
	th.fail_memalloc = 4;
	p = kmem_zalloc(5000, KM_SLEEP);
	assert_int_equal(th.logs, 1);
	kmem_free(p, 5000);
	puffsmsg__mem_waited(&other);
	th.fail_memalloc = 3;
	p = kmem_alloc(5000, KM_SLEEP);
	assert_int_equal(th.logs, 2);
	kmem_free(p, 5000);
}

/* A little shortage ends by draining, without sleep and words. */
static void
test_drains_first(void **state)
{
	void *p;

	(void)state;
	testhost_take_block(true);
	th.fail_memalloc = 2;
	p = kmem_alloc(10, KM_SLEEP);
	assert_int_equal(th.blocks, 0);
	assert_int_equal(th.logs, 0);
	kmem_free(p, 10);
}

/* Cancelled while it waits: counted out, so the next shortage is told. */
static void *
wait_cancelled(void *arg)
{
	struct puffsmsg__memwait mw = { 0 };

	(void)curlwp;
	(void)pthread_cancel(pthread_self());
	for (;;)
		puffsmsg__mem_wait(&mw, PUFFSMSG_BLOCK_CANCEL);
	return arg;
}

static void
test_cancelled(void **state)
{
	pthread_t t;
	void *result;

	(void)state;
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(pthread_create(&t, NULL, wait_cancelled, NULL),
		    0);
		assert_int_equal(pthread_join(t, &result), 0);
		assert_ptr_equal(result, PTHREAD_CANCELED);
		assert_int_equal(th.logs, i);
	}
}

static void
test_strings(void **state)
{
	char *s;
	size_t size;

	(void)state;
	s = kmem_asprintf("%s-%d", "abc", 42);
	assert_string_equal(s, "abc-42");
	kmem_strfree(s);
	s = kmem_strdupsize("hello", &size, KM_SLEEP);
	assert_string_equal(s, "hello");
	assert_int_equal(size, 6);
	kmem_free(s, size);
	s = kmem_strdup("", KM_SLEEP);
	assert_string_equal(s, "");
	kmem_strfree(s);
	s = kmem_strndup("hello", 3, KM_SLEEP);
	assert_string_equal(s, "hel");
	kmem_strfree(s);
	s = kmem_strndup("hello", 30, KM_SLEEP);
	assert_string_equal(s, "hello");
	kmem_strfree(s);
	kmem_strfree(NULL);
}

static void
test_tmpbuf(void **state)
{
	char stack[16];
	void *p;

	(void)state;
	p = kmem_tmpbuf_alloc(16, stack, sizeof(stack), KM_SLEEP);
	assert_ptr_equal(p, stack);
	kmem_tmpbuf_free(p, 16, stack);
	p = kmem_tmpbuf_alloc(17, stack, sizeof(stack), KM_SLEEP);
	assert_ptr_not_equal(p, stack);
	kmem_tmpbuf_free(p, 17, stack);
}

static const size_t steps[] = { 32, 64, 96, 128, 192, 256, 384, 512, 768,
	1024 };
#define NSTEPS (sizeof(steps) / sizeof(steps[0]))

static void *
alloc_and_free(size_t size)
{
	void *p = kmem_alloc(size, KM_SLEEP);

	kmem_free(p, size);
	return p;
}

/* What was freed last is the next of all sizes of a step, and of no other. */
static void
test_steps(void **state)
{
	size_t below = 0;

	(void)state;
	assert_int_equal(NSTEPS, PUFFSMSG__NKMEM);
	for (unsigned i = 0; i < NSTEPS; i++) {
		void *p = alloc_and_free(steps[i]);

		assert_ptr_equal(alloc_and_free(below + 1), p);
		assert_ptr_equal(alloc_and_free(steps[i]), p);
		if (i > 0)
			assert_ptr_not_equal(alloc_and_free(below), p);
		assert_ptr_not_equal(alloc_and_free(steps[i] + 1), p);
		below = steps[i];
	}
}

/* Nor does anything above the largest step stay. */
static void
test_large_ones_are_not_kept(void **state)
{
	uint32_t out;

	(void)state;
	(void)curlwp;
	out = testhost_counted(&th.memory_out);
	(void)alloc_and_free(1025);
	assert_int_equal(testhost_counted(&th.memory_out), out);
	(void)alloc_and_free(1024);
	assert_true(testhost_counted(&th.memory_out) > out);
}

/* Half a megabyte is kept of each step for all, and 64 pieces for the lwp. */
static void
test_kept_memory_is_bounded(void **state)
{
	static void *p[2000];
	uint32_t out;

	(void)state;
	(void)curlwp;
	out = testhost_counted(&th.memory_out);
	for (unsigned i = 0; i < 2000; i++)
		p[i] = kmem_alloc(1000, KM_SLEEP);
	for (unsigned i = 0; i < 2000; i++)
		kmem_free(p[i], 1000);
	/* 18 magazines have them. */
	assert_int_equal(testhost_counted(&th.memory_out), out + 512 + 64 + 18);
}

/* The host's panic may use the library, and come back into it. */
static jmp_buf panicked;
static const char *said;

static void
allocate_and_come_back(const char *line)
{
	static char copy[200];

	copy[0] = '\0';
	strncat(copy, line, sizeof(copy) - 1);
	said = copy;
	for (size_t size = 1; size < 5000; size *= 3)
		(void)alloc_and_free(size);
	longjmp(panicked, 1);
}

static void
test_in_the_hosts_panic(void **state)
{
	void *p = kmem_alloc(10, KM_SLEEP);

	(void)state;
	testhost.panic = allocate_and_come_back;
	said = NULL;
	if (setjmp(panicked) == 0)
		kmem_free(NULL, 10);
	assert_non_null(said);
	said = NULL;
	if (setjmp(panicked) == 0)
		kmem_free(p, 0);
	assert_non_null(said);
	if (puffsmsg__memmode != PUFFSMSG__MEM_CACHED) {
		if (setjmp(panicked) == 0)
			kmem_free(p, 11);
		assert_non_null(strstr(said, "allocated were 10"));
	}
	kmem_free(p, 10);
}

static void
do_alloc_nothing(void *arg)
{
	(void)arg;
	(void)kmem_alloc(0, KM_SLEEP);
}

static void
do_alloc_all(void *arg)
{
	(void)arg;
	(void)kmem_alloc(SIZE_MAX, KM_NOSLEEP);
}

static void
do_free_null(void *arg)
{
	kmem_free(arg, 1);
}

static void
do_bad_format(void *arg)
{
	(void)arg;
	(void)kmem_asprintf("%lc", (wint_t)0x7fffffff);
}

static void
test_misuse(void **state)
{
	(void)state;
	expect_panic(do_alloc_nothing, NULL, "kmem_alloc: size 0");
	expect_panic(do_alloc_all, NULL, "kmem_alloc: size");
	expect_panic(do_free_null, NULL, "kmem_free: ");
	expect_panic(do_bad_format, NULL, "kmem_asprintf");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ALL_MODES(test_misuse),
		ALL_MODES(test_alloc),
		ALL_MODES(test_nosleep_fails),
		ALL_MODES(test_sleep_waits),
		ALL_MODES(test_log_once),
		ALL_MODES(test_drains_first),
		ALL_MODES(test_cancelled),
		ALL_MODES(test_strings),
		ALL_MODES(test_tmpbuf),
		IN_MODE(test_steps, cached),
		IN_MODE(test_large_ones_are_not_kept, cached),
		IN_MODE(test_kept_memory_is_bounded, cached),
		ALL_MODES(test_in_the_hosts_panic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
