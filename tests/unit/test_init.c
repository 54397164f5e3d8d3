/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/msgif/init.c: starting and ending the library, counted. */

#include <stdlib.h>
#include <string.h>

#include "serverreq.h"

#include "expect_panic.h"

/* A host of this test's own. */
static struct puffsmsg_host host;
static int init_error;
static unsigned inits, finis;

static int
counted_init(const struct puffsmsg_upcalls *up)
{
	if (init_error != 0)
		return init_error;
	inits++;
	return puffsmsg_host_pthread()->init(up);
}

static void
counted_fini(void)
{
	finis++;
	puffsmsg_host_pthread()->fini();
}

static int32_t
some_pid(void)
{
	return 4711;
}

static int
setup(void **state)
{
	(void)state;
	host = *puffsmsg_host_pthread();
	host.init = counted_init;
	host.fini = counted_fini;
	host.getpid = some_pid;
	init_error = 0;
	inits = finis = 0;
	return 0;
}

/* A message through a mount of its own; the pid that it carried. */
static int32_t
exchange(void)
{
	struct puffs_mount *mount = fix_mount_new(NULL);
	struct puffs_msgpark *park = fix_send(mount);
	struct fix_frame f;

	fix_take(mount, &f);
	assert_int_equal(fix_reply(mount, &f, 0), 0);
	assert_int_equal(puffs_msg_wait(mount, park), 0);
	puffs_msgmem_release(park);
	fix_mount_free(mount);
	return f.req.preq_pid;
}

static void
starts_are_counted(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(puffsmsg_init(&host, NULL), 0);
	assert_int_equal(inits, 1);
	for (int i = 0; i < 2; i++)
		puffs_msgif_destroy();
	assert_int_equal(finis, 0);
	(void)exchange();
	puffs_msgif_destroy();
	assert_int_equal(finis, 1);
}

static void
a_start_before_the_last_may_have_parks_and_mounts(void **state)
{
	struct puffs_msgpark *park;

	(void)state;
	assert_int_equal(puffsmsg_init(&host, NULL), 0);
	assert_int_equal(puffsmsg_init(&host, NULL), 0);
	park = fix_getattr();
	puffs_msgif_destroy();
	puffs_msgmem_release(park);
	puffs_msgif_destroy();
}

static void
another_host_is_ebusy_while_the_library_runs(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_init(&host, NULL), 0);
	assert_int_equal(puffsmsg_init(NULL, NULL), EBUSY);
	assert_int_equal(puffsmsg_init(puffsmsg_host_pthread(), NULL), EBUSY);
	(void)exchange();
	puffs_msgif_destroy();
	assert_int_equal(finis, 1);
}

static void
the_library_may_be_started_again_on_another_host(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(puffsmsg_init(&host, NULL), 0);
		assert_int_equal(exchange(), 4711);
		puffs_msgif_destroy();
		assert_int_equal(puffsmsg_init(NULL, NULL), 0);
		assert_int_equal(exchange(), getpid());
		puffs_msgif_destroy();
	}
	assert_int_equal(inits, 3);
	assert_int_equal(finis, 3);
}

static void
the_kernels_init_starts_the_default_host(void **state)
{
	(void)state;
	puffs_msgif_init();
	assert_int_equal(puffsmsg_init(NULL, NULL), 0);
	assert_int_equal(puffsmsg_init(&host, NULL), EBUSY);
	puffs_msgif_destroy();
	puffs_msgif_destroy();
}

static void
the_kernels_init_joins_whatever_host_runs(void **state)
{
	(void)state;
	assert_int_equal(puffsmsg_init(&host, NULL), 0);
	puffs_msgif_init();
	puffs_msgif_destroy();
	assert_int_equal(exchange(), 4711);
	puffs_msgif_destroy();
	assert_int_equal(finis, 1);
}

static void
the_pid_may_be_chosen(void **state)
{
	struct puffsmsg_options opt = PUFFSMSG_OPTIONS_INIT;

	(void)state;
	assert_int_equal(opt.size, sizeof(opt));
	assert_int_equal(puffsmsg_init(&host, &opt), 0);
	assert_int_equal(exchange(), 4711);
	puffs_msgif_destroy();
	opt.pid = 77;
	assert_int_equal(puffsmsg_init(&host, &opt), 0);
	assert_int_equal(exchange(), 77);
	puffs_msgif_destroy();
}

/* Options in memory of exactly their size. */
static struct puffsmsg_options *
sized(size_t size)
{
	struct puffsmsg_options *opt = calloc(1, size);

	assert_non_null(opt);
	memcpy(opt, &size, sizeof(size));
	return opt;
}

static void
shorter_options_are_accepted(void **state)
{
	struct puffsmsg_options *opt = sized(sizeof(size_t));

	(void)state;
	assert_int_equal(puffsmsg_init(&host, opt), 0);
	free(opt);
	assert_int_equal(exchange(), 4711);
	puffs_msgif_destroy();
}

static void
longer_options_are_accepted_if_they_ask_for_nothing_unknown(void **state)
{
	const size_t size = sizeof(struct puffsmsg_options) + 9;
	struct puffsmsg_options *opt = sized(size);

	(void)state;
	opt->pid = 5;
	assert_int_equal(puffsmsg_init(&host, opt), 0);
	assert_int_equal(exchange(), 5);
	puffs_msgif_destroy();
	((uint8_t *)opt)[size - 1] = 1;
	assert_int_equal(puffsmsg_init(&host, opt), EINVAL);
	free(opt);
}

static void
options_without_size_are_einval(void **state)
{
	struct puffsmsg_options opt = { .size = 0 };

	(void)state;
	assert_int_equal(puffsmsg_init(&host, &opt), EINVAL);
	opt.size = sizeof(size_t) - 1;
	assert_int_equal(puffsmsg_init(&host, &opt), EINVAL);
	assert_int_equal(inits, 0);
}

static void
a_host_that_is_not_usable_is_einval(void **state)
{
	(void)state;
	host.size--;
	assert_int_equal(puffsmsg_init(&host, NULL), EINVAL);
	host.size++;
	host.version++;
	assert_int_equal(puffsmsg_init(&host, NULL), EINVAL);
	host.version--;
	host.block = NULL;
	assert_int_equal(puffsmsg_init(&host, NULL), EINVAL);
	assert_int_equal(inits, 0);
	assert_int_equal(puffsmsg_init(NULL, NULL), 0);
	puffs_msgif_destroy();
}

static void
the_error_of_the_host_is_returned(void **state)
{
	(void)state;
	init_error = EPERM;
	assert_int_equal(puffsmsg_init(&host, NULL), EPERM);
	init_error = 0;
	assert_int_equal(puffsmsg_init(&host, NULL), 0);
	puffs_msgif_destroy();
	assert_int_equal(inits, 1);
	assert_int_equal(finis, 1);
}

static void
the_version_can_be_asked_for_at_any_time(void **state)
{
	(void)state;
	assert_string_equal(puffsmsg_version(), PUFFSMSG_VERSION_STRING);
	assert_int_equal(puffsmsg_init(&host, NULL), 0);
	assert_string_equal(puffsmsg_version(), PUFFSMSG_VERSION_STRING);
	puffs_msgif_destroy();
	assert_string_equal(puffsmsg_version(), PUFFSMSG_VERSION_STRING);
}

/* Starts and ends the library again and again. */
static void *
starting(void *arg)
{
	int *errors = arg;

	for (int i = 0; i < 200; i++) {
		if (puffsmsg_init(NULL, NULL) != 0)
			(*errors)++;
		else
			puffs_msgif_destroy();
	}
	return NULL;
}

static void
starts_and_ends_exclude_each_other(void **state)
{
	pthread_t threads[4];
	int errors[4] = { 0 };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, starting,
				     &errors[i]),
		    0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(errors[i], 0);
	}
}

enum misuse {
	UNSTARTED,
	MOUNTS,
	PARKS
};

static void
misuse(void *arg)
{
	enum misuse how = *(enum misuse *)arg;
	struct puffs_mount *mount;

	if (how != UNSTARTED)
		assert_int_equal(puffsmsg_init(&host, NULL), 0);
	if (how == MOUNTS)
		assert_int_equal(puffsmsg_mount_create(NULL, &mount), 0);
	if (how == PARKS)
		(void)fix_getattr();
	puffs_msgif_destroy();
}

static void
to_end_what_is_in_use_or_not_started_is_a_panic(void **state)
{
	enum misuse how = UNSTARTED;

	(void)state;
	expect_panic(misuse, &how, "puffs_msgif_destroy: not initialised");
	how = MOUNTS;
	expect_panic(misuse, &how, "puffs_msgif_destroy: 1 mounts live");
	how = PARKS;
	expect_panic(misuse, &how, "puffs_msgif_destroy: 1 parks live");
}

/* The pthread host needs a thread-specific key. */
static void
init_without_keys(void *arg)
{
	pthread_key_t key;

	(void)arg;
	while (pthread_key_create(&key, NULL) == 0)
		continue;
	assert_int_equal(puffsmsg_init(NULL, NULL), EAGAIN);
	puffs_msgif_init();
}

static void
the_kernels_init_panics_where_the_other_fails(void **state)
{
	(void)state;
	expect_panic(init_without_keys, NULL, "puffs_msgif_init: error");
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(to_end_what_is_in_use_or_not_started_is_a_panic),
		TEST(the_kernels_init_panics_where_the_other_fails),
		TEST(starts_are_counted),
		TEST(a_start_before_the_last_may_have_parks_and_mounts),
		TEST(another_host_is_ebusy_while_the_library_runs),
		TEST(the_library_may_be_started_again_on_another_host),
		TEST(the_kernels_init_starts_the_default_host),
		TEST(the_kernels_init_joins_whatever_host_runs),
		TEST(the_pid_may_be_chosen),
		TEST(shorter_options_are_accepted),
		TEST(
		    longer_options_are_accepted_if_they_ask_for_nothing_unknown),
		TEST(options_without_size_are_einval),
		TEST(a_host_that_is_not_usable_is_einval),
		TEST(the_error_of_the_host_is_returned),
		TEST(the_version_can_be_asked_for_at_any_time),
		TEST(starts_and_ends_exclude_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
