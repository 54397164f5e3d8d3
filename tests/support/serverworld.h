/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SERVERWORLD_H
#define SERVERWORLD_H

/*
 * A running mount on a host that can be told to fail: what the tests of the
 * server loop stand on.  Needs puffsmsg_testing and KERN.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include <puffsmsg/puffsmsg.h>

/* A message that carries one number each way. */
struct number {
	struct puffs_req n_req;
	puffsmsg_u64 n_value;
};

/* The pthread host, but for what is here. */
struct world {
	struct puffsmsg_host host;
	struct puffs_mount *mount;
	jmp_buf *onpanic; /* where a panic goes on; NULL: it is real */
	bool exitpanic;   /* a panic ends its thread */
	char panic[256];
	atomic_uint threads; /* that may still be made */
	atomic_uint lines;   /* logged */
	char line[256];      /* the last of them */
};
static struct world world;

static int
world_thread_create(void (*fn)(void *), void *arg, const char *name,
    unsigned flags, void **thread)
{
	unsigned n = atomic_load(&world.threads);

	while (
	    n > 0 && !atomic_compare_exchange_weak(&world.threads, &n, n - 1))
		continue;
	if (n == 0)
		return EAGAIN;
	return puffsmsg_host_pthread()->thread_create(fn, arg, name, flags,
	    thread);
}

static void
world_log(const char *line)
{
	strncpy(world.line, line, sizeof(world.line) - 1);
	atomic_fetch_add(&world.lines, 1);
}

static void
world_panic(const char *line)
{
	if (world.onpanic == NULL && !world.exitpanic)
		puffsmsg_host_pthread()->panic(line);
	strncpy(world.panic, line, sizeof(world.panic) - 1);
	if (world.exitpanic)
		pthread_exit(NULL);
	longjmp(*world.onpanic, 1);
}

/* Runs `statement', which must panic and say `text'. */
#define EXPECT_PANIC(text, statement) \
	do { \
		jmp_buf expected; \
\
		if (setjmp(expected) == 0) { \
			world.onpanic = &expected; \
			statement; \
			fail_msg("no panic"); \
		} \
		world.onpanic = NULL; \
		assert_non_null(strstr(world.panic, text)); \
	} while (0)

static int
world_setup(void **state)
{
	(void)state;
	memset(&world, 0, sizeof(world));
	world.host = *puffsmsg_host_pthread();
	world.host.name = "serverworld";
	world.host.thread_create = world_thread_create;
	world.host.log = world_log;
	world.host.panic = world_panic;
	atomic_store(&world.threads, UINT32_MAX);
	assert_int_equal(puffsmsg_init(&world.host, NULL), 0);
	assert_int_equal(puffsmsg_mount_create(NULL, &world.mount), 0);
	assert_int_equal(puffsmsg_mount_start(world.mount), 0);
	return 0;
}

static int
world_teardown(void **state)
{
	struct puffsmsg_stats stats = { .size = sizeof(stats) };

	(void)state;
	puffs_userdead(world.mount);
	puffsmsg_mount_destroy(world.mount);
	assert_int_equal(puffsmsg_stats(&stats), 0);
	assert_int_equal(stats.parks, 0);
	puffs_msgif_destroy();
	return 0;
}

/* A park with a number, ready to be enqueued. */
static inline struct puffs_msgpark *
number_park(uint64_t value, struct number **number)
{
	struct puffs_msgpark *park;
	void *mem;

	assert_int_equal(puffs_msgmem_alloc(sizeof(**number), &park, &mem, 1),
	    0);
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_GETATTR, NULL);
	*number = mem;
	(*number)->n_value = value;
	return park;
}

static inline struct puffs_msgpark *
number_send(uint64_t value, struct number **number)
{
	struct puffs_msgpark *park = number_park(value, number);

	puffs_msg_enqueue(world.mount, park);
	return park;
}

/* Waits for the answer; *value is what came back (NULL: not asked for). */
static inline int
number_wait(struct puffs_msgpark *park, const struct number *number,
    uint64_t *value)
{
	int error = puffs_msg_wait(world.mount, park);

	if (value != NULL)
		*value = number->n_value;
	puffs_msgmem_release(park);
	return error;
}

/* A whole exchange. */
static inline int
number_exchange(uint64_t value, uint64_t *answer)
{
	struct number *number;
	struct puffs_msgpark *park = number_send(value, &number);

	return number_wait(park, number, answer);
}

static inline struct puffsmsg_server_stats
server_stats(struct puffsmsg_server *server)
{
	struct puffsmsg_server_stats stats = { .size = sizeof(stats) };

	assert_int_equal(puffsmsg_server_stats(server, &stats), 0);
	return stats;
}

#endif /* SERVERWORLD_H */
