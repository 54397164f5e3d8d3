/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/server/server_options.c */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "server/server_private.h"

static struct puffsmsg_server_options result;

static int
options(const struct puffsmsg_server_options *given)
{
	return puffsmsg__server_options(given, &result);
}

static void
none_means_the_defaults(void **state)
{
	struct puffsmsg_server_options empty = PUFFSMSG_SERVER_OPTIONS_INIT;

	(void)state;
	assert_int_equal(options(NULL), 0);
	assert_int_equal(result.nworkers, 1);
	assert_string_equal(result.name, "puffs-server");
	assert_int_equal(options(&empty), 0);
	assert_int_equal(result.nworkers, 1);
	assert_string_equal(result.name, "puffs-server");
}

static void
values_are_taken(void **state)
{
	struct puffsmsg_server_options some = PUFFSMSG_SERVER_OPTIONS_INIT;

	(void)state;
	some.name = "mine";
	some.nworkers = PUFFSMSG__SERVER_MAXWORKERS;
	assert_int_equal(options(&some), 0);
	assert_int_equal(result.nworkers, PUFFSMSG__SERVER_MAXWORKERS);
	assert_string_equal(result.name, "mine");
}

static void
values_out_of_range_are_refused(void **state)
{
	struct puffsmsg_server_options many = PUFFSMSG_SERVER_OPTIONS_INIT;
	struct puffsmsg_server_options flags = PUFFSMSG_SERVER_OPTIONS_INIT;

	(void)state;
	many.nworkers = PUFFSMSG__SERVER_MAXWORKERS + 1;
	assert_int_equal(options(&many), EINVAL);
	flags.flags = 1;
	assert_int_equal(options(&flags), EINVAL);
}

static void
an_older_struct_is_accepted(void **state)
{
	struct puffsmsg_server_options old = PUFFSMSG_SERVER_OPTIONS_INIT;

	(void)state;
	old.size = offsetof(struct puffsmsg_server_options, nworkers);
	old.name = "old";
	old.nworkers = 7;
	old.flags = 1;
	assert_int_equal(options(&old), 0);
	assert_string_equal(result.name, "old");
	assert_int_equal(result.nworkers, 1);
}

static void
a_size_that_is_none_is_refused(void **state)
{
	struct puffsmsg_server_options none = { 0 };

	(void)state;
	assert_int_equal(options(&none), EINVAL);
	none.size = sizeof(none.size) - 1;
	assert_int_equal(options(&none), EINVAL);
}

static void
a_newer_struct_is_accepted_if_its_tail_is_unused(void **state)
{
	struct {
		struct puffsmsg_server_options known;
		unsigned char tail[8];
	} newer = { PUFFSMSG_SERVER_OPTIONS_INIT, { 0 } };

	(void)state;
	newer.known.size = sizeof(newer);
	newer.known.nworkers = 3;
	assert_int_equal(options(&newer.known), 0);
	assert_int_equal(result.nworkers, 3);
	newer.tail[7] = 1;
	assert_int_equal(options(&newer.known), EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(none_means_the_defaults),
		cmocka_unit_test(values_are_taken),
		cmocka_unit_test(values_out_of_range_are_refused),
		cmocka_unit_test(an_older_struct_is_accepted),
		cmocka_unit_test(a_size_that_is_none_is_refused),
		cmocka_unit_test(
		    a_newer_struct_is_accepted_if_its_tail_is_unused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
