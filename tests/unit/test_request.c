/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/server/request.c */

#include "serverworld.h"

#include <errno.h>

#include "server/server_private.h"

#define MAXMSG ((size_t)65536)
#define HEADER sizeof(struct puffs_req)

/* A loop without workers: what the answers go through. */
static struct puffsmsg_server loop;
static struct puffsmsg__srvreq *rq;

/* What the caller's callback was told. */
static struct outcome {
	int calls;
	int rv;
	uint64_t value;
	size_t framelen;
} outcome;

static int
setup(void **state)
{
	world_setup(state);
	memset(&loop, 0, sizeof(loop));
	memset(&outcome, 0, sizeof(outcome));
	loop.sv_mount = world.mount;
	mutex_init(&loop.sv_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&loop.sv_cv, "test");
	rq = NULL;
	return 0;
}

static int
teardown(void **state)
{
	if (rq != NULL)
		puffsmsg__srvreq_free(rq);
	cv_destroy(&loop.sv_cv);
	mutex_destroy(&loop.sv_lock);
	return world_teardown(state);
}

static void
completed(struct puffs_mount *mount, struct puffs_req *req, void *arg)
{
	(void)mount;
	outcome.calls++;
	outcome.rv = req->preq_rv;
	outcome.value = ((struct number *)(void *)req)->n_value;
	outcome.framelen = (size_t)req->preq_pth.pth_framelen;
	puffs_msgmem_release(arg);
}

/* Takes the message that is queued into `rq', as a worker does. */
static void
take(void)
{
	loop.sv_mount = world.mount;
	loop.sv_maxmsg = MAXMSG;
	assert_int_equal(puffsmsg__srvreq_take(&loop, &rq), 0);
}

/* A message whose outcome a callback notes, taken by the server. */
static struct number *
take_number(uint64_t value)
{
	struct number *number;
	struct puffs_msgpark *park = number_park(value, &number);

	puffs_msg_setcall(park, completed, park);
	puffs_msg_enqueue(world.mount, park);
	take();
	return (struct number *)(void *)rq->rq_public.req;
}

static void
expect_outcome(int rv, uint64_t value)
{
	assert_int_equal(outcome.calls, 1);
	assert_int_equal(outcome.rv, rv);
	assert_int_equal(outcome.value, value);
}

static void
fill(size_t len, uint64_t buflen)
{
	puffsmsg__srvreq_room(&rq, len);
	memset(rq->rq_frame, 0x5a, len);
	((struct puffs_req *)(void *)rq->rq_frame)->preq_buflen = buflen;
	puffsmsg__srvreq_ready(&rq, len, MAXMSG);
}

static void
a_message_is_copied_and_its_room_zeroed(void **state)
{
	const unsigned char *bytes;
	size_t i;

	(void)state;
	fill(1024, 1024);
	fill(120, 200);
	assert_int_equal(rq->rq_public.len, 120);
	assert_int_equal(rq->rq_public.room, 200);
	assert_int_equal(rq->rq_public.replylen, 200);
	bytes = (const unsigned char *)rq->rq_public.req;
	for (i = HEADER; i < 120; i++)
		assert_int_equal(bytes[i], 0x5a);
	for (; i < 200; i++)
		assert_int_equal(bytes[i], 0);
}

static void
memory_is_used_again_unless_it_is_large(void **state)
{
	struct puffsmsg__srvreq *first;

	(void)state;
	fill(HEADER, HEADER);
	first = rq;
	fill(HEADER + PUFFSMSG__SERVER_ROOM, HEADER + PUFFSMSG__SERVER_ROOM);
	assert_ptr_equal(rq, first);

	fill(MAXMSG, MAXMSG);
	assert_true(rq->rq_capacity >= MAXMSG);
	first = rq;
	fill(MAXMSG - 8, MAXMSG);
	assert_ptr_equal(rq, first);
	fill(HEADER, HEADER);
	assert_true(rq->rq_capacity < PUFFSMSG__SERVER_RETAIN);
}

static void *
no_memory(size_t size, size_t align)
{
	if (size > MAXMSG + 4096)
		return NULL;
	return puffsmsg_host_pthread()->memalloc(size, align);
}

/* More than the longest message: nice to have, not worth waiting for. */
static void
a_large_room_is_given_if_there_is_memory(void **state)
{
	(void)state;
	fill(120, 4 * MAXMSG);
	assert_int_equal(rq->rq_public.room, 4 * MAXMSG);
	assert_int_equal(rq->rq_public.replylen, 4 * MAXMSG);
	world.host.memalloc = no_memory;
	fill(120, 5 * MAXMSG);
	assert_int_equal(rq->rq_public.room, 120);
	assert_int_equal(rq->rq_public.replylen, 120);
}

static void
an_answer_reaches_the_caller(void **state)
{
	(void)state;
	take_number(6)->n_value = 7;
	assert_int_equal(puffsmsg__srvreq_answer(&loop, rq, 0), 0);
	expect_outcome(0, 7);
}

static void
an_error_reaches_the_caller(void **state)
{
	(void)state;
	(void)take_number(6);
	assert_int_equal(puffsmsg__srvreq_answer(&loop, rq, ENOSPC), 0);
	expect_outcome(ENOSPC, 6);
}

static void
a_shorter_answer_is_sent_as_such(void **state)
{
	(void)state;
	take_number(6)->n_value = 7;
	rq->rq_public.replylen = HEADER;
	assert_int_equal(puffsmsg__srvreq_answer(&loop, rq, 0), 0);
	expect_outcome(0, 6);
	assert_int_equal(outcome.framelen, HEADER);
}

static void
a_handler_cannot_answer_somebody_else(void **state)
{
	struct number *number;

	(void)state;
	number = take_number(6);
	memset(number, 0xff, sizeof(*number));
	number->n_req.preq_setbacks = 0;
	number->n_value = 8;
	assert_int_equal(puffsmsg__srvreq_answer(&loop, rq, 0), 0);
	expect_outcome(0, 8);
}

static void
a_senseless_length_is_eproto(void **state)
{
	static const size_t lengths[] = { 0, HEADER - 1,
		sizeof(struct number) + 1, SIZE_MAX };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(&outcome, 0, sizeof(outcome));
		take_number(6)->n_value = 7;
		rq->rq_public.replylen = lengths[i];
		puffsmsg__srvreq_answer(&loop, rq, 0);
		expect_outcome(EPROTO, 6);
	}
}

static void
what_wants_no_answer_gets_none(void **state)
{
	struct puffsmsg_mount_stats stats = { .size = sizeof(stats) };
	struct number *number;
	struct puffs_msgpark *park = number_park(1, &number);

	(void)state;
	puffs_msg_setfaf(park);
	puffs_msg_enqueue(world.mount, park);
	puffs_msgmem_release(park);
	take();
	assert_int_equal(puffsmsg__srvreq_answer(&loop, rq, 0), 0);
	assert_int_equal(puffsmsg_mount_stats(world.mount, &stats), 0);
	assert_int_equal(stats.frames, 0);
}

static void
responses_get_no_answer(void **state)
{
	struct puffs_req request = { .preq_id = PUFFSMSG_SERVER_ID | 1,
		.preq_opclass = PUFFSOP_FLUSH };
	struct puffsmsg_mount_stats stats = { .size = sizeof(stats) };

	(void)state;
	request.preq_pth.pth_framelen = sizeof(request);
	puffs_msg_sendresp(world.mount, &request, 0);
	take();
	assert_int_equal(puffsmsg__srvreq_answer(&loop, rq, 0), 0);
	assert_int_equal(puffsmsg_mount_stats(world.mount, &stats), 0);
	assert_int_equal(stats.frames, 0);
}

/* The handler has returned, then somebody answers. */
static void
a_kept_request_is_answered_later(void **state)
{
	(void)state;
	take_number(6)->n_value = 7;
	puffsmsg__srvreq_keep(&loop, rq);
	assert_int_equal(loop.sv_kept, 1);
	assert_int_equal(outcome.calls, 0);
	assert_int_equal(puffsmsg_server_reply(&loop, &rq->rq_public, 0), 0);
	rq = NULL;
	assert_int_equal(loop.sv_kept, 0);
	expect_outcome(0, 7);
}

/* Somebody answers before the handler has returned. */
static void
a_request_is_answered_before_it_is_kept(void **state)
{
	(void)state;
	take_number(6)->n_value = 7;
	assert_int_equal(puffsmsg_server_reply(&loop, &rq->rq_public, 0), 0);
	expect_outcome(0, 7);
	assert_int_equal(loop.sv_kept, 0);
	puffsmsg__srvreq_keep(&loop, rq);
	rq = NULL;
	assert_int_equal(loop.sv_kept, 0);
}

static void
a_second_answer_is_misuse(void **state)
{
	(void)state;
	(void)take_number(6);
	assert_int_equal(puffsmsg_server_reply(&loop, &rq->rq_public, 0), 0);
	EXPECT_PANIC("puffsmsg_server_reply",
	    puffsmsg_server_reply(&loop, &rq->rq_public, 0));
}

static void
an_answer_to_a_dead_mount_goes_nowhere(void **state)
{
	(void)state;
	(void)take_number(6);
	puffsmsg__srvreq_keep(&loop, rq);
	puffs_userdead(world.mount);
	expect_outcome(ENXIO, 6);
	assert_int_equal(puffsmsg_server_reply(&loop, &rq->rq_public, 0),
	    ENXIO);
	rq = NULL;
	expect_outcome(ENXIO, 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_message_is_copied_and_its_room_zeroed),
		TEST(memory_is_used_again_unless_it_is_large),
		TEST(a_large_room_is_given_if_there_is_memory),
		TEST(an_answer_reaches_the_caller),
		TEST(an_error_reaches_the_caller),
		TEST(a_shorter_answer_is_sent_as_such),
		TEST(a_handler_cannot_answer_somebody_else),
		TEST(a_senseless_length_is_eproto),
		TEST(what_wants_no_answer_gets_none),
		TEST(responses_get_no_answer),
		TEST(a_kept_request_is_answered_later),
		TEST(a_request_is_answered_before_it_is_kept),
		TEST(a_second_answer_is_misuse),
		TEST(an_answer_to_a_dead_mount_goes_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
