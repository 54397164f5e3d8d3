/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/server/worker.c */

#include "serverworld.h"

#include <errno.h>

#include <sys/kthread.h>

#include "gate.h"
#include "server/server_private.h"

static struct puffsmsg_server *server;

/* Ways in which a handler may end its thread. */
static void
by_kthread_exit(void)
{
	kthread_exit(0);
}

static void
by_pthread_exit(void)
{
	pthread_exit(NULL);
}

static void
by_cancellation(void)
{
	pthread_cancel(pthread_self());
	pthread_testcancel();
}

/*
 * Values of messages, and what the handler does with them.
 */
enum {
	ADD_ONE = 0,      /* answers with the number after it */
	LEAVE,            /* ends its thread */
	ANSWER_AND_LEAVE, /* answers, then ends its thread */
	STOP_AND_LEAVE,   /* asks the loop to stop, then ends its thread */
	KEEP,             /* answers later: `kept' */
	MEET_AND_LEAVE,   /* waits for all others, then ends its thread */
	ANSWER_TWICE,     /* answers, and does not return LATER */
};
static void (*leave)(void);
static struct puffsmsg_request *kept;
static struct gate arrived;
static unsigned meeting;
static atomic_int stop_said;

static int
handler(void *arg, struct puffsmsg_request *request)
{
	struct number *number = (struct number *)(void *)request->req;

	(void)arg;
	switch (number->n_value++) {
	case ANSWER_AND_LEAVE:
		puffsmsg_server_reply(server, request, 0);
		leave();
		break;
	case ANSWER_TWICE:
		puffsmsg_server_reply(server, request, 0);
		break;
	case STOP_AND_LEAVE:
		atomic_store(&stop_said, puffsmsg_server_stop(server));
		leave();
		break;
	case KEEP:
		kept = request;
		gate_pass(&arrived);
		return PUFFSMSG_SERVER_LATER;
	case MEET_AND_LEAVE:
		gate_pass(&arrived);
		gate_await(&arrived, meeting);
		leave();
		break;
	case LEAVE:
		leave();
		break;
	}
	return 0;
}

static void
start(uint32_t nworkers)
{
	struct puffsmsg_server_options options = PUFFSMSG_SERVER_OPTIONS_INIT;

	options.nworkers = nworkers;
	assert_int_equal(puffsmsg_server_start(world.mount, handler, NULL,
			     &options, &server),
	    0);
}

static int
setup(void **state)
{
	leave = by_kthread_exit;
	gate_init(&arrived);
	atomic_store(&stop_said, -1);
	return world_setup(state);
}

static int
teardown(void **state)
{
	puffsmsg_server_destroy(server);
	return world_teardown(state);
}

static void
messages_are_answered_and_counted(void **state)
{
	uint64_t value;

	(void)state;
	start(1);
	assert_int_equal(number_exchange(100, &value), 0);
	assert_int_equal(value, 101);
	assert_int_equal(number_exchange(200, &value), 0);
	assert_int_equal(value, 201);
	assert_int_equal(server_stats(server).handled, 2);
	assert_int_equal(server_stats(server).replaced, 0);
}

static void
leave_and_be_replaced(void)
{
	unsigned i;
	uint64_t value;

	start(1);
	for (i = 1; i <= 5; i++) {
		assert_int_equal(number_exchange(LEAVE, &value), EIO);
		assert_int_equal(value, LEAVE);
		assert_int_equal(number_exchange(100, &value), 0);
		assert_int_equal(value, 101);
		assert_int_equal(server_stats(server).replaced, i);
		assert_int_equal(server_stats(server).workers, 1);
	}
	assert_int_equal(atomic_load(&world.lines), 0);
}

static void
kthread_exit_in_a_handler(void **state)
{
	(void)state;
	leave = by_kthread_exit;
	leave_and_be_replaced();
}

static void
pthread_exit_in_a_handler(void **state)
{
	(void)state;
	leave = by_pthread_exit;
	leave_and_be_replaced();
}

static void
cancellation_in_a_handler(void **state)
{
	(void)state;
	leave = by_cancellation;
	leave_and_be_replaced();
}

static void
an_answer_before_the_end_counts(void **state)
{
	uint64_t value;

	(void)state;
	start(1);
	assert_int_equal(number_exchange(ANSWER_AND_LEAVE, &value), 0);
	assert_int_equal(value, ANSWER_AND_LEAVE + 1);
	assert_int_equal(number_exchange(100, &value), 0);
	assert_int_equal(server_stats(server).replaced, 1);
}

static void
a_message_that_wants_no_answer_gets_none(void **state)
{
	struct puffsmsg_mount_stats stats = { .size = sizeof(stats) };
	struct number *number;
	struct puffs_msgpark *park;

	(void)state;
	start(1);
	park = number_park(LEAVE, &number);
	puffs_msg_setfaf(park);
	puffs_msg_enqueue(world.mount, park);
	puffs_msgmem_release(park);
	assert_int_equal(number_exchange(100, NULL), 0);
	assert_int_equal(puffsmsg_mount_stats(world.mount, &stats), 0);
	assert_int_equal(stats.frames, 1);
	assert_int_equal(server_stats(server).replaced, 1);
}

static void
after_a_stop_nobody_is_replaced(void **state)
{
	(void)state;
	start(1);
	assert_int_equal(number_exchange(STOP_AND_LEAVE, NULL), EIO);
	assert_int_equal(puffsmsg_server_wait(server), 0);
	assert_int_equal(atomic_load(&stop_said), EDEADLK);
	assert_int_equal(server_stats(server).workers, 0);
	assert_int_equal(server_stats(server).replaced, 1);
	assert_int_equal(puffsmsg_mount_state(world.mount), PUFFSTAT_RUNNING);
	assert_int_equal(atomic_load(&world.lines), 0);
}

static void
all_leave_at_once(void **state)
{
	struct puffs_msgpark *park[4];
	struct number *number[4];
	unsigned i;

	(void)state;
	start(4);
	meeting = 4;
	for (i = 0; i < 4; i++)
		park[i] = number_send(MEET_AND_LEAVE, &number[i]);
	for (i = 0; i < 4; i++)
		assert_int_equal(number_wait(park[i], number[i], NULL), EIO);
	for (i = 0; i < 8; i++)
		assert_int_equal(number_exchange(100, NULL), 0);
	assert_int_equal(puffsmsg_server_stop(server), 0);
	assert_int_equal(server_stats(server).replaced, 4);
}

static void
without_threads_the_others_go_on(void **state)
{
	(void)state;
	start(2);
	atomic_store(&world.threads, 0);
	assert_int_equal(number_exchange(LEAVE, NULL), EIO);
	assert_int_equal(number_exchange(100, NULL), 0);
	assert_int_equal(number_exchange(100, NULL), 0);
	while (server_stats(server).workers != 1)
		sched_yield();
	assert_int_equal(puffsmsg_mount_state(world.mount), PUFFSTAT_RUNNING);
	assert_int_equal(atomic_load(&world.lines), 0);
}

/* Callers must not wait for a server that has nobody. */
static void
without_threads_the_last_one_is_the_loss_of_the_server(void **state)
{
	(void)state;
	start(1);
	atomic_store(&world.threads, 0);
	assert_int_equal(number_exchange(LEAVE, NULL), EIO);
	assert_int_equal(number_exchange(100, NULL), ENXIO);
	assert_int_equal(puffsmsg_server_wait(server), 0);
	assert_int_equal(puffsmsg_mount_state(world.mount), PUFFSTAT_DYING);
	assert_int_equal(server_stats(server).workers, 0);
	assert_int_equal(atomic_load(&world.lines), 1);
	assert_non_null(strstr(world.line, "puffs-server"));
}

static void
a_request_given_away_is_not_touched(void **state)
{
	struct number *number;
	struct puffs_msgpark *park;
	uint64_t value;

	(void)state;
	start(1);
	park = number_send(KEEP, &number);
	gate_await(&arrived, 1);
	assert_int_equal(number_exchange(LEAVE, NULL), EIO);
	assert_int_equal(number_exchange(100, NULL), 0);
	assert_int_equal(puffsmsg_server_reply(server, kept, 0), 0);
	assert_int_equal(number_wait(park, number, &value), 0);
	assert_int_equal(value, KEEP + 1);
}

static void
an_answer_and_no_later_is_misuse(void **state)
{
	(void)state;
	world.exitpanic = true;
	start(1);
	assert_int_equal(number_exchange(ANSWER_TWICE, NULL), 0);
	assert_int_equal(puffsmsg_server_wait(server), 0);
	assert_non_null(strstr(world.panic, "does not return LATER"));
}

/* The worker's own count is 32 bits wide, the server's is not. */
static void
counts_are_added_up(void **state)
{
	const uint32_t nearly = (UINT32_C(1) << 30) - 1;

	(void)state;
	start(1);
	assert_int_equal(number_exchange(100, NULL), 0);
	assert_int_equal(puffsmsg_server_stop(server), 0);
	server->sv_worker[0].w_handled = nearly;
	server->sv_handled = UINT64_C(1) << 40;
	puffsmsg__worker_count(&server->sv_worker[0]);
	assert_int_equal(server->sv_worker[0].w_handled, 0);
	puffsmsg__worker_count(&server->sv_worker[0]);
	assert_int_equal(server_stats(server).handled,
	    (UINT64_C(1) << 40) + nearly + 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages_are_answered_and_counted),
		TEST(kthread_exit_in_a_handler),
		TEST(pthread_exit_in_a_handler),
		TEST(cancellation_in_a_handler),
		TEST(an_answer_before_the_end_counts),
		TEST(a_message_that_wants_no_answer_gets_none),
		TEST(after_a_stop_nobody_is_replaced),
		TEST(all_leave_at_once),
		TEST(without_threads_the_others_go_on),
		TEST(without_threads_the_last_one_is_the_loss_of_the_server),
		TEST(a_request_given_away_is_not_touched),
		TEST(an_answer_and_no_later_is_misuse),
		TEST(counts_are_added_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
