/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The file server, with callers that ask for anything, at the same time, in
 * any order.
 */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "serverfix.h"

#define ROUNDS  2000
#define CALLERS 4

/* The same sequence in every run. */
static uint32_t
next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static void
do_anything(struct client *caller, uint32_t *seed)
{
	static const char *const names[] = { "file", "link", "dir", "inside",
		"sub", "..", ".", "none" };
	const uint64_t cookie = next_random(seed) % 12;
	struct names list = { .ns_count = 0 };
	struct puffsmsg_vattr attr;
	char link[CLIENT_LINK];
	struct found found;
	const void *data;
	size_t len;

	switch (next_random(seed) % 9) {
	case 0:
	case 1:
		(void)client_lookup(caller, cookie,
		    names[next_random(seed) % 8], &found);
		break;
	case 2:
		(void)client_getattr(caller, cookie, &attr);
		break;
	case 3:
		(void)client_open(caller, cookie);
		break;
	case 4:
		(void)client_close(caller, cookie);
		break;
	case 5:
		(void)client_read(caller, cookie, next_random(seed) % 20000,
		    &data, &len);
		break;
	case 6:
		(void)client_readdir(caller, cookie, &list);
		break;
	case 7:
		(void)client_readlink(caller, cookie, link);
		break;
	default:
		client_reclaim(caller, cookie,
		    (int32_t)(next_random(seed) % 3));
		break;
	}
	names_free(&list);
}

static void *
random_caller(void *arg)
{
	uint32_t i, seed = (uint32_t)(uintptr_t)arg;
	struct client caller;
	struct stats mine;

	memset(&mine, 0, sizeof(mine));
	client_init(&caller, mount, PUFFSMSG_MAXMSG_DEFAULT, &mine);
	for (i = 0; i < ROUNDS; i++)
		do_anything(&caller, &seed);
	client_fini(&caller);
	return NULL;
}

/* Whatever they did: all can be given back, and the server still serves. */
static void
callers_do_anything(void **state)
{
	pthread_t thread[CALLERS];
	struct puffsmsg_vattr attr;
	uint64_t cookie;
	uintptr_t i;

	(void)state;
	for (i = 0; i < CALLERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, random_caller,
				     (void *)(i + 1)),
		    0);
	for (i = 0; i < CALLERS; i++)
		pthread_join(thread[i], NULL);
	for (cookie = 0; cookie < CALLERS * ROUNDS; cookie++)
		client_reclaim(&client, cookie, INT32_MAX);
	assert_int_equal(tree_drain(server.f_tree, 30), 0);
	assert_int_equal(client_getattr(&client, root, &attr), 0);
	assert_int_equal(client_getattr(&client, look_up(root, "file"), &attr),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SERVER_TEST(callers_do_anything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
