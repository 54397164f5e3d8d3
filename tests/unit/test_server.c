/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/server/server.c */

#include "serverworld.h"

#include <errno.h>
#include <sched.h>

#include "gate.h"
#include "kern/atomic.h"
#include "server/server_private.h"

#define MANY 8

static struct puffsmsg_server *server;
static struct gate entered;  /* handlers that were called */
static struct gate let_go;   /* the handler may return */
static atomic_uint returned; /* handlers about to return */
static struct puffsmsg_request *kept;
static atomic_int said;

static int
add_one(void *arg, struct puffsmsg_request *request)
{
	struct number *number = (struct number *)(void *)request->req;

	(void)arg;
	number->n_value++;
	return 0;
}

/* Says that it is there, and returns when it may. */
static int
hold(void *arg, struct puffsmsg_request *request)
{
	gate_pass(&entered);
	gate_await(&let_go, 1);
	atomic_fetch_add(&returned, 1);
	return add_one(arg, request);
}

/* Returns when as many are there as `arg' says. */
static int
meet(void *arg, struct puffsmsg_request *request)
{
	gate_pass(&entered);
	gate_await(&entered, *(unsigned *)arg);
	return add_one(NULL, request);
}

static int
keep(void *arg, struct puffsmsg_request *request)
{
	(void)arg;
	kept = request;
	gate_pass(&entered);
	return PUFFSMSG_SERVER_LATER;
}

/* Another thread answers, and has done so before the handler returns. */
static int
keep_until_answered(void *arg, struct puffsmsg_request *request)
{
	(void)keep(arg, request);
	gate_await(&let_go, 1);
	return PUFFSMSG_SERVER_LATER;
}

static int
stop_from_inside(void *arg, struct puffsmsg_request *request)
{
	atomic_store(&said, puffsmsg_server_stop(server));
	if (puffsmsg_server_wait(server) != EDEADLK)
		atomic_store(&said, -1);
	return add_one(arg, request);
}

static int
destroy_from_inside(void *arg, struct puffsmsg_request *request)
{
	jmp_buf here;

	if (setjmp(here) == 0) {
		world.onpanic = &here;
		puffsmsg_server_destroy(server);
	}
	return add_one(arg, request);
}

static void
start(puffsmsg_handler_fn handler, void *arg, uint32_t nworkers)
{
	struct puffsmsg_server_options options = PUFFSMSG_SERVER_OPTIONS_INIT;

	options.nworkers = nworkers;
	assert_int_equal(puffsmsg_server_start(world.mount, handler, arg,
			     &options, &server),
	    0);
}

static int
setup(void **state)
{
	server = NULL;
	gate_init(&entered);
	gate_init(&let_go);
	atomic_store(&returned, 0);
	atomic_store(&said, 0);
	return world_setup(state);
}

static int
teardown(void **state)
{
	if (server != NULL)
		puffsmsg_server_destroy(server);
	return world_teardown(state);
}

/* Sees that the loop was asked to stop: a thread is in the call. */
static void
await_stop_asked(void)
{
	while (puffsmsg__load32(&server->sv_stop) == 0)
		sched_yield();
}

static void *
stopper(void *arg)
{
	(void)arg;
	return (void *)(intptr_t)puffsmsg_server_stop(server);
}

static void *
destroyer(void *arg)
{
	(void)arg;
	puffsmsg_server_destroy(server);
	return (void *)(intptr_t)atomic_load(&said);
}

static pthread_t
thread(void *(*fn)(void *))
{
	pthread_t t;

	assert_int_equal(pthread_create(&t, NULL, fn, NULL), 0);
	return t;
}

static intptr_t
join(pthread_t t)
{
	void *result;

	assert_int_equal(pthread_join(t, &result), 0);
	return (intptr_t)result;
}

static void
wrong_starts_are_refused(void **state)
{
	struct puffsmsg_server_options options = PUFFSMSG_SERVER_OPTIONS_INIT;
	struct puffs_mount *mounting;

	(void)state;
	server = (struct puffsmsg_server *)&server;
	assert_int_equal(puffsmsg_server_start(world.mount, NULL, NULL, NULL,
			     &server),
	    EINVAL);
	assert_null(server);
	options.flags = 1;
	assert_int_equal(puffsmsg_server_start(world.mount, add_one, NULL,
			     &options, &server),
	    EINVAL);
	assert_int_equal(puffsmsg_mount_create(NULL, &mounting), 0);
	assert_int_equal(puffsmsg_server_start(mounting, add_one, NULL, NULL,
			     &server),
	    ENXIO);
	assert_null(server);
	puffsmsg_mount_destroy(mounting);
}

/* Whichever thread is the first that cannot be made. */
static void
a_start_without_threads_leaves_nothing(void **state)
{
	struct puffsmsg_server_options options = PUFFSMSG_SERVER_OPTIONS_INIT;
	struct number *number;
	struct puffs_msgpark *park = number_send(1, &number);
	uint64_t value;
	unsigned n;

	(void)state;
	options.nworkers = 4;
	for (n = 0; n < 4; n++) {
		atomic_store(&world.threads, n);
		assert_int_equal(puffsmsg_server_start(world.mount, add_one,
				     NULL, &options, &server),
		    EAGAIN);
		assert_null(server);
		assert_int_equal(puffs_msgif_waitcount(world.mount), 1);
	}
	atomic_store(&world.threads, UINT32_MAX);
	start(add_one, NULL, 4);
	assert_int_equal(number_wait(park, number, &value), 0);
	assert_int_equal(value, 2);
}

static void
a_long_name_is_cut(void **state)
{
	struct puffsmsg_server_options options = PUFFSMSG_SERVER_OPTIONS_INIT;

	(void)state;
	options.name = "a name that is too long for a thread";
	assert_int_equal(puffsmsg_server_start(world.mount, add_one, NULL,
			     &options, &server),
	    0);
	assert_string_equal(server->sv_name, "a name that is ");
}

static void
workers_work_at_the_same_time(void **state)
{
	struct puffs_msgpark *park[MANY];
	struct number *number[MANY];
	unsigned all = MANY;
	unsigned i;
	uint64_t value;

	(void)state;
	start(meet, &all, MANY);
	assert_int_equal(server_stats(server).workers, MANY);
	for (i = 0; i < MANY; i++)
		park[i] = number_send(i, &number[i]);
	for (i = 0; i < MANY; i++) {
		assert_int_equal(number_wait(park[i], number[i], &value), 0);
		assert_int_equal(value, i + 1);
	}
	assert_int_equal(server_stats(server).handled, MANY);
}

static void
blocked_workers_are_stopped_by_many(void **state)
{
	pthread_t t[MANY];
	unsigned i;

	(void)state;
	start(add_one, NULL, 4);
	for (i = 0; i < MANY; i++)
		t[i] = thread(stopper);
	for (i = 0; i < MANY; i++)
		assert_int_equal(join(t[i]), 0);
	assert_int_equal(puffsmsg_server_stop(server), 0);
	assert_int_equal(server_stats(server).workers, 0);
	assert_int_equal(puffsmsg_mount_state(world.mount), PUFFSTAT_RUNNING);
}

/* What is queued is not taken any more; what was taken is answered. */
static void
a_stop_waits_for_the_handler_alone(void **state)
{
	struct puffs_msgpark *park[3];
	struct number *number[3];
	pthread_t t;
	unsigned i;

	(void)state;
	start(hold, NULL, 1);
	park[0] = number_send(0, &number[0]);
	gate_await(&entered, 1);
	park[1] = number_send(1, &number[1]);
	park[2] = number_send(2, &number[2]);

	t = thread(stopper);
	await_stop_asked();
	assert_int_equal(server_stats(server).workers, 1);
	gate_pass(&let_go);
	assert_int_equal(join(t), 0);
	assert_int_equal(atomic_load(&returned), 1);
	assert_int_equal(gate_count(&entered), 1);
	assert_int_equal(number_wait(park[0], number[0], NULL), 0);
	assert_int_equal(puffs_msgif_waitcount(world.mount), 2);

	puffsmsg_server_destroy(server);
	start(add_one, NULL, 1);
	for (i = 1; i < 3; i++)
		assert_int_equal(number_wait(park[i], number[i], NULL), 0);
}

static void
two_loops_share_a_mount(void **state)
{
	struct puffsmsg_server *other;
	struct puffs_msgpark *park[2];
	struct number *number[2];
	unsigned both = 2;

	(void)state;
	start(meet, &both, 1);
	other = server;
	start(meet, &both, 1);
	park[0] = number_send(0, &number[0]);
	park[1] = number_send(1, &number[1]);
	assert_int_equal(number_wait(park[0], number[0], NULL), 0);
	assert_int_equal(number_wait(park[1], number[1], NULL), 0);
	assert_int_equal(server_stats(other).handled, 1);

	puffsmsg_server_destroy(other);
	assert_int_equal(number_exchange(2, NULL), 0);
	assert_int_equal(server_stats(server).handled, 2);
}

static void
a_handler_may_ask_for_a_stop(void **state)
{
	uint64_t value;

	(void)state;
	start(stop_from_inside, NULL, 2);
	assert_int_equal(number_exchange(1, &value), 0);
	assert_int_equal(value, 2);
	assert_int_equal(puffsmsg_server_wait(server), 0);
	assert_int_equal(atomic_load(&said), EDEADLK);
	assert_int_equal(server_stats(server).workers, 0);
}

static void
a_handler_must_not_destroy(void **state)
{
	(void)state;
	start(destroy_from_inside, NULL, 1);
	assert_int_equal(number_exchange(1, NULL), 0);
	assert_non_null(strstr(world.panic, "puffsmsg_server_destroy"));
}

static void
another_thread_answers_later(void **state)
{
	struct number *number;
	struct puffs_msgpark *park;
	uint64_t value;

	(void)state;
	start(keep, NULL, 1);
	park = number_send(1, &number);
	gate_await(&entered, 1);
	while (server_stats(server).kept != 1)
		sched_yield();
	add_one(NULL, kept);
	assert_int_equal(puffsmsg_server_reply(server, kept, 0), 0);
	assert_int_equal(number_wait(park, number, &value), 0);
	assert_int_equal(value, 2);
	assert_int_equal(server_stats(server).kept, 0);
}

static void
another_thread_answers_at_once(void **state)
{
	struct number *number;
	struct puffs_msgpark *park;
	uint64_t value;

	(void)state;
	start(keep_until_answered, NULL, 1);
	park = number_send(1, &number);
	gate_await(&entered, 1);
	add_one(NULL, kept);
	assert_int_equal(puffsmsg_server_reply(server, kept, 0), 0);
	assert_int_equal(number_wait(park, number, &value), 0);
	assert_int_equal(value, 2);
	gate_pass(&let_go);
	assert_int_equal(puffsmsg_server_stop(server), 0);
	assert_int_equal(server_stats(server).kept, 0);
}

static void
an_answer_after_the_stop_counts(void **state)
{
	struct number *number;
	struct puffs_msgpark *park;

	(void)state;
	start(keep, NULL, 1);
	park = number_send(1, &number);
	gate_await(&entered, 1);
	assert_int_equal(puffsmsg_server_stop(server), 0);
	assert_int_equal(server_stats(server).kept, 1);
	assert_int_equal(puffsmsg_server_reply(server, kept, ENOENT), 0);
	assert_int_equal(number_wait(park, number, NULL), ENOENT);
}

static void
destroy_waits_for_what_is_kept(void **state)
{
	struct number *number;
	struct puffs_msgpark *park;
	pthread_t t;

	(void)state;
	start(keep, NULL, 1);
	park = number_send(1, &number);
	gate_await(&entered, 1);
	t = thread(destroyer);
	await_stop_asked();
	atomic_store(&said, 1);
	assert_int_equal(puffsmsg_server_reply(server, kept, 0), 0);
	assert_int_equal(join(t), 1);
	server = NULL;
	assert_int_equal(number_wait(park, number, NULL), 0);
}

static void
the_end_of_the_mount_ends_the_workers(void **state)
{
	struct number *number;
	struct puffs_msgpark *park;

	(void)state;
	start(keep, NULL, 3);
	park = number_send(1, &number);
	gate_await(&entered, 1);
	puffs_userdead(world.mount);
	assert_int_equal(puffsmsg_server_wait(server), 0);
	assert_int_equal(server_stats(server).workers, 0);
	assert_int_equal(number_wait(park, number, NULL), ENXIO);
	assert_int_equal(puffsmsg_server_reply(server, kept, 0), ENXIO);
	assert_int_equal(puffsmsg_server_stop(server), 0);
	assert_int_equal(atomic_load(&world.lines), 0);
}

static void
large_messages_and_small_ones(void **state)
{
	static const size_t sizes[] = { 64, 100000, 64, 4096, 131072, 72 };
	struct puffs_msgpark *park;
	void *mem;
	size_t i;

	(void)state;
	start(add_one, NULL, 1);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		puffs_msgmem_alloc(sizes[i], &park, &mem, 1);
		puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_READ, NULL);
		puffs_msg_setdelta(park, sizes[i] - sizeof(struct number));
		puffs_msg_enqueue(world.mount, park);
		assert_int_equal(puffs_msg_wait(world.mount, park), 0);
		assert_int_equal(((struct number *)mem)->n_value, 1);
		puffs_msgmem_release(park);
	}
}

static void
statistics_of_any_size(void **state)
{
	struct {
		struct puffsmsg_server_stats known;
		unsigned char tail[8];
	} newer;
	struct puffsmsg_server_stats stats;

	(void)state;
	start(add_one, NULL, 2);
	stats.size = 0;
	assert_int_equal(puffsmsg_server_stats(server, &stats), EINVAL);

	memset(&stats, 0xff, sizeof(stats));
	stats.size = offsetof(struct puffsmsg_server_stats, kept);
	assert_int_equal(puffsmsg_server_stats(server, &stats), 0);
	assert_int_equal(stats.workers, 2);
	assert_int_equal(stats.kept, UINT32_MAX);

	memset(&newer, 0xff, sizeof(newer));
	newer.known.size = sizeof(newer);
	assert_int_equal(puffsmsg_server_stats(server, &newer.known), 0);
	assert_int_equal(newer.known.size, sizeof(newer));
	assert_int_equal(newer.known.workers, 2);
	assert_int_equal(newer.tail[0], 0);
	assert_int_equal(newer.tail[7], 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_starts_are_refused),
		TEST(a_start_without_threads_leaves_nothing),
		TEST(a_long_name_is_cut),
		TEST(workers_work_at_the_same_time),
		TEST(blocked_workers_are_stopped_by_many),
		TEST(a_stop_waits_for_the_handler_alone),
		TEST(two_loops_share_a_mount),
		TEST(a_handler_may_ask_for_a_stop),
		TEST(a_handler_must_not_destroy),
		TEST(another_thread_answers_later),
		TEST(another_thread_answers_at_once),
		TEST(an_answer_after_the_stop_counts),
		TEST(destroy_waits_for_what_is_kept),
		TEST(the_end_of_the_mount_ends_the_workers),
		TEST(large_messages_and_small_ones),
		TEST(statistics_of_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
