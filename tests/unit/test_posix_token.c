/* SPDX-License-Identifier: BSD-2-Clause */

/* Tokens of the pthread host: blocking, unblocking, cancellation. */

#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdlib.h>

#include "interpose.h"
#include "posixhost.h"

#define MS UINT64_C(1000000)

static sem_t there;
static bool fail_calloc, fail_mutex_init, fail_attr_init, fail_cond_init;
static int fail_cond_wait;

#if INTERPOSE
void *calloc(size_t n, size_t size);

void *
calloc(size_t n, size_t size)
{
	return fail_calloc ? NULL : interpose_real_calloc(n, size);
}

int
pthread_mutex_init(pthread_mutex_t *m, const pthread_mutexattr_t *attr)
{
	INTERPOSE_REAL(int, pthread_mutex_init,
	    (pthread_mutex_t *, const pthread_mutexattr_t *));

	return fail_mutex_init ? ENOMEM : real(m, attr);
}

int
pthread_condattr_init(pthread_condattr_t *attr)
{
	INTERPOSE_REAL(int, pthread_condattr_init, (pthread_condattr_t *));

	return fail_attr_init ? ENOMEM : real(attr);
}

int
pthread_cond_init(pthread_cond_t *cond, const pthread_condattr_t *attr)
{
	INTERPOSE_REAL(int, pthread_cond_init,
	    (pthread_cond_t *, const pthread_condattr_t *));

	return fail_cond_init ? EAGAIN : real(cond, attr);
}

int
pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *m)
{
	INTERPOSE_REAL(int, pthread_cond_wait,
	    (pthread_cond_t *, pthread_mutex_t *));

	return fail_cond_wait != 0 ? fail_cond_wait : real(cond, m);
}
#endif

static int
start(void **state)
{
	return sem_init(&there, 0, 0) == 0 ? posixhost_start(state) : -1;
}

static int
stop(void **state)
{
	(void)sem_destroy(&there);
	return posixhost_stop(state);
}

static void
await(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		continue;
}

static void
test_kept(void **state)
{
	void *token = h->token();

	(void)state;
	assert_non_null(token);
	assert_ptr_equal(h->token(), token);
	h->unblock(token);
	h->unblock(token);
	assert_int_equal(h->block(PUFFSMSG_FOREVER, 0), 0);
	/* Two were kept as one. */
	assert_int_equal(h->block(1, 0), ETIMEDOUT);
	h->unblock(token);
	assert_int_equal(h->block(1, 0), 0);
}

static void
test_deadline(void **state)
{
	uint64_t deadline = h->clock() + 3 * MS;

	(void)state;
	assert_int_equal(h->block(deadline, 0), ETIMEDOUT);
	assert_true(h->clock() >= deadline);
	deadline = h->clock() + 3 * MS;
	assert_int_equal(h->block(deadline, PUFFSMSG_BLOCK_CANCEL), ETIMEDOUT);
	assert_true(h->clock() >= deadline);
}

/* So far off that 32 bits do not hold the seconds. */
static void
test_far_deadline(void **state)
{
	(void)state;
	h->unblock(h->token());
	assert_int_equal(h->block(PUFFSMSG_FOREVER - 1, 0), 0);
}

/* Ping-pong: what was written before unblock is seen after block. */
#define ROUNDS 20000
struct player {
	void *token, *peer;
	unsigned *ball;
	bool wrong;
};

static void
play(struct player *p, unsigned mine)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		while (h->block(PUFFSMSG_FOREVER, 0) != 0)
			continue;
		p->wrong |= *p->ball != 2 * i + mine;
		(*p->ball)++;
		h->unblock(p->peer);
	}
}

static void *
second_player(void *arg)
{
	struct player *p = arg;

	p->token = h->token();
	(void)sem_post(&there);
	play(p, 1);
	return NULL;
}

static void
test_ping_pong(void **state)
{
	unsigned ball = 0;
	struct player first = { NULL, NULL, &ball, false };
	struct player second = { NULL, h->token(), &ball, false };
	pthread_t t;

	(void)state;
	assert_int_equal(pthread_create(&t, NULL, second_player, &second), 0);
	await(&there);
	first.peer = second.token;
	h->unblock(h->token());
	play(&first, 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_false(first.wrong || second.wrong);
	assert_int_equal(ball, 2 * ROUNDS);
}

static void *
own_token(void *arg)
{
	*(void **)arg = h->token();
	return NULL;
}

static void *
token_of_a_thread(void)
{
	pthread_t t;
	void *token;

	assert_int_equal(pthread_create(&t, NULL, own_token, &token), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
	return token;
}

/* The token of a thread that has ended is still one. */
static void
test_type_stable(void **state)
{
	void *mine = h->token(), *token = token_of_a_thread();

	(void)state;
	assert_non_null(token);
	assert_ptr_not_equal(token, mine);
	h->unblock(token);
	assert_ptr_equal(token_of_a_thread(), token);
}

static void
test_after_fini(void **state)
{
	(void)state;
	assert_non_null(h->token());
	h->fini();
	assert_int_equal(h->init(&posixhost_upcalls), 0);
	h->unblock(h->token());
	assert_int_equal(h->block(PUFFSMSG_FOREVER, 0), 0);
}

/*
 * Cancellation.
 */
struct victim {
	unsigned flags;
	bool set, pending;
	void *lwp;
	uint32_t order[2];
	void *token;
};

static void
note_cleanup(void *arg)
{
	struct victim *v = arg;

	v->order[1] = up.cancels;
	/* The token works still, and its lock is free. */
	h->unblock(h->token());
	if (h->block(PUFFSMSG_FOREVER, PUFFSMSG_BLOCK_CANCEL) == 0)
		v->order[0] = 1;
}

static void *
be_cancelled(void *arg)
{
	struct victim *v = arg;

	(void)h->lwp_set(v->lwp);
	v->token = h->token();
	if (v->set)
		h->unblock(v->token);
	if (v->pending)
		(void)pthread_cancel(pthread_self());
	(void)sem_post(&there);
	pthread_cleanup_push(note_cleanup, v);
	while (h->block(PUFFSMSG_FOREVER, v->flags) == 0 && v->flags != 0)
		continue;
	pthread_cleanup_pop(0);
	return v;
}

static void *
run_victim(struct victim *v)
{
	pthread_t t;
	void *result;

	assert_int_equal(pthread_create(&t, NULL, be_cancelled, v), 0);
	await(&there);
	if (!v->pending)
		assert_int_equal(pthread_cancel(t), 0);
	if (v->flags == 0)
		h->unblock(v->token);
	assert_int_equal(pthread_join(t, &result), 0);
	return result;
}

static void
test_cancelled(void **state)
{
	struct victim v = { PUFFSMSG_BLOCK_CANCEL, false, false, state,
		{ 0, 0 }, NULL };

	assert_ptr_equal(run_victim(&v), PTHREAD_CANCELED);
	assert_int_equal(up.cancels, 1);
	assert_ptr_equal(up.cancelled, state);
	assert_int_equal(v.order[1], 1);
	assert_int_equal(v.order[0], 1);
	assert_int_equal(up.exits, 1);
}

static void
test_cancelled_before(void **state)
{
	struct victim v = { PUFFSMSG_BLOCK_CANCEL, true, true, state, { 0, 0 },
		NULL };

	assert_ptr_equal(run_victim(&v), PTHREAD_CANCELED);
	assert_int_equal(up.cancels, 1);
	assert_int_equal(v.order[1], 1);
}

/* A thread that is no lwp: nobody is told. */
static void
test_cancelled_stranger(void **state)
{
	struct victim v = { PUFFSMSG_BLOCK_CANCEL, false, false, NULL, { 0, 0 },
		NULL };

	(void)state;
	assert_ptr_equal(run_victim(&v), PTHREAD_CANCELED);
	assert_int_equal(up.cancels, 0);
}

static void
test_not_cancelled(void **state)
{
	struct victim v = { 0, false, false, state, { 0, 0 }, NULL };

	assert_ptr_equal(run_victim(&v), &v);
	assert_int_equal(up.cancels, 0);
	v.pending = true;
	assert_ptr_equal(run_victim(&v), &v);
	assert_int_equal(up.cancels, 0);
}

/* No memory for a token: block is a nap. */
static void
expect_no_token(bool *which)
{
	*which = true;
	assert_null(h->token());
	*which = false;
}

static void
test_no_token(void **state)
{
	uint64_t deadline;

	(void)state;
	if (!INTERPOSE)
		skip();
	expect_no_token(&fail_calloc);
	expect_no_token(&fail_mutex_init);
	expect_no_token(&fail_attr_init);
	expect_no_token(&fail_cond_init);
	fail_calloc = true;
	deadline = h->clock() + MS;
	assert_int_equal(h->block(deadline, 0), ETIMEDOUT);
	assert_true(h->clock() >= deadline);
	assert_int_equal(h->block(PUFFSMSG_FOREVER, PUFFSMSG_BLOCK_CANCEL), 0);
	fail_calloc = false;
	assert_non_null(h->token());
}

static void
do_block(void *arg)
{
	(void)arg;
	fail_cond_wait = EPERM;
	(void)h->block(PUFFSMSG_FOREVER, 0);
}

static void
test_wait_refused(void **state)
{
	(void)state;
	if (!INTERPOSE)
		skip();
	expect_panic(do_block, NULL, "pthread_cond_wait: error 1\n");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, start, stop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wait_refused),
		TEST(test_no_token),
		TEST(test_kept),
		TEST(test_deadline),
		TEST(test_far_deadline),
		TEST(test_ping_pong),
		TEST(test_type_stable),
		TEST(test_after_fini),
		TEST(test_cancelled),
		TEST(test_cancelled_before),
		TEST(test_cancelled_stranger),
		TEST(test_not_cancelled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
