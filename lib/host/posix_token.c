/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Sleeping tokens of the pthread host.
 *
 * Lock order: registry, tk_mutex.
 */

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "host/posix_private.h"

#define NS_PER_S UINT64_C(1000000000)

/* How long a thread without a token sleeps at most. */
#define NAP (NS_PER_S / 100)

typedef struct puffsmsg__token token_t;

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static token_t *all_tokens;  /* r: */
static token_t *free_tokens; /* r: */

static struct timespec
timespec_of(uint64_t ns)
{
	uint64_t sec = ns / NS_PER_S;

	/* The monotonic clock does not come near it where time_t is short. */
	if (sizeof(time_t) == 4 && sec > INT32_MAX)
		sec = INT32_MAX;
	return (struct timespec){
		.tv_sec = (time_t)sec,
		.tv_nsec = (long)(ns % NS_PER_S),
	};
}

static int
init_cond(pthread_cond_t *cond)
{
	pthread_condattr_t attr;
	int error = pthread_condattr_init(&attr);

	if (error != 0)
		return error;
	PUFFSMSG__CHECK(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC));
	error = pthread_cond_init(cond, &attr);
	PUFFSMSG__CHECK(pthread_condattr_destroy(&attr));
	return error;
}

static int
init_token(token_t *tk)
{
	int error = pthread_mutex_init(&tk->tk_mutex, NULL);

	if (error != 0)
		return error;
	error = init_cond(&tk->tk_cond);
	if (error != 0)
		PUFFSMSG__CHECK(pthread_mutex_destroy(&tk->tk_mutex));
	return error;
}

static token_t *
new_token(void)
{
	token_t *tk = calloc(1, sizeof(*tk));

	if (tk == NULL || init_token(tk) != 0) {
		free(tk);
		return NULL;
	}
	PUFFSMSG__CHECK(pthread_mutex_lock(&registry));
	tk->tk_next = all_tokens;
	all_tokens = tk;
	PUFFSMSG__CHECK(pthread_mutex_unlock(&registry));
	return tk;
}

static token_t *
reuse_token(void)
{
	token_t *tk;

	PUFFSMSG__CHECK(pthread_mutex_lock(&registry));
	tk = free_tokens;
	if (tk != NULL)
		free_tokens = tk->tk_nextfree;
	PUFFSMSG__CHECK(pthread_mutex_unlock(&registry));
	return tk;
}

void
puffsmsg__posix_token_release(token_t *tk)
{
	PUFFSMSG__CHECK(pthread_mutex_lock(&registry));
	tk->tk_nextfree = free_tokens;
	free_tokens = tk;
	PUFFSMSG__CHECK(pthread_mutex_unlock(&registry));
}

static void
free_token(token_t *tk)
{
	PUFFSMSG__CHECK(pthread_cond_destroy(&tk->tk_cond));
	PUFFSMSG__CHECK(pthread_mutex_destroy(&tk->tk_mutex));
	free(tk);
}

void
puffsmsg__posix_token_fini(void)
{
	token_t *tk;

	PUFFSMSG__CHECK(pthread_mutex_lock(&registry));
	while ((tk = all_tokens) != NULL) {
		all_tokens = tk->tk_next;
		free_token(tk);
	}
	free_tokens = NULL;
	PUFFSMSG__CHECK(pthread_mutex_unlock(&registry));
}

void
puffsmsg__posix_token_foreach(void (*fn)(token_t *))
{
	PUFFSMSG__CHECK(pthread_mutex_lock(&registry));
	for (token_t *tk = all_tokens; tk != NULL; tk = tk->tk_next)
		fn(tk);
	PUFFSMSG__CHECK(pthread_mutex_unlock(&registry));
}

static token_t *
make_token(struct puffsmsg__self *s)
{
	token_t *tk;

	if (puffsmsg__posix_arm(s) != 0)
		return NULL;
	tk = reuse_token();
	if (tk == NULL)
		tk = new_token();
	s->se_token = tk;
	return tk;
}

void *
puffsmsg__posix_token(void)
{
	struct puffsmsg__self *s = puffsmsg__posix_self();

	return s->se_token != NULL ? s->se_token : make_token(s);
}

/*
 * There was no memory for a token, so nobody can unblock this thread: it
 * waits for its deadline, or some time of it.
 */
static int
nap(uint64_t deadline)
{
	uint64_t wake = puffsmsg__posix_clock() + NAP;
	struct timespec ts;

	if (wake > deadline)
		wake = deadline;
	ts = timespec_of(wake);
	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
	return puffsmsg__posix_clock() >= deadline ? ETIMEDOUT : 0;
}

/* tk_mutex is held. */
static int
wait_once(token_t *tk, uint64_t deadline)
{
	struct timespec ts;

	if (deadline == PUFFSMSG_FOREVER)
		return pthread_cond_wait(&tk->tk_cond, &tk->tk_mutex);
	ts = timespec_of(deadline);
	return pthread_cond_timedwait(&tk->tk_cond, &tk->tk_mutex, &ts);
}

/* tk_mutex is held. */
static int
wait_set(token_t *tk, uint64_t deadline)
{
	int error = 0;

	tk->tk_waiting = true;
	while (!tk->tk_set && error == 0)
		error = wait_once(tk, deadline);
	tk->tk_waiting = false;
	if (error != 0 && error != ETIMEDOUT)
		puffsmsg__posix_failed("pthread_cond_wait", error);
	if (!tk->tk_set)
		return ETIMEDOUT;
	tk->tk_set = false;
	return 0;
}

/* The calling thread is cancelled in wait_set(), and holds tk_mutex. */
static void
cancelled(void *arg)
{
	token_t *tk = arg;
	void *lwp = puffsmsg__posix_lwp_get();
	int state;

	tk->tk_waiting = false;
	PUFFSMSG__CHECK(pthread_mutex_unlock(&tk->tk_mutex));
	PUFFSMSG__CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state));
	if (lwp != NULL)
		puffsmsg__posix_upcalls->cancelled(lwp);
}

static int
block_cancellable(token_t *tk, uint64_t deadline)
{
	int error;

	PUFFSMSG__CHECK(pthread_mutex_lock(&tk->tk_mutex));
	pthread_cleanup_push(cancelled, tk);
	pthread_testcancel();
	error = wait_set(tk, deadline);
	pthread_cleanup_pop(0);
	PUFFSMSG__CHECK(pthread_mutex_unlock(&tk->tk_mutex));
	return error;
}

static int
block_plain(token_t *tk, uint64_t deadline)
{
	int error;

	if (tk == NULL)
		return nap(deadline);
	PUFFSMSG__CHECK(pthread_mutex_lock(&tk->tk_mutex));
	error = wait_set(tk, deadline);
	PUFFSMSG__CHECK(pthread_mutex_unlock(&tk->tk_mutex));
	return error;
}

int
puffsmsg__posix_block(uint64_t deadline, unsigned flags)
{
	token_t *tk = puffsmsg__posix_token();
	int error, state;

	if (tk != NULL && (flags & PUFFSMSG_BLOCK_CANCEL) != 0)
		return block_cancellable(tk, deadline);
	PUFFSMSG__CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state));
	error = block_plain(tk, deadline);
	PUFFSMSG__CHECK(pthread_setcancelstate(state, &state));
	return error;
}

/*
 * Signals after unlocking, so that the woken thread does not run into the
 * mutex: the token outlives its thread.
 */
void
puffsmsg__posix_unblock(void *token)
{
	token_t *tk = token;
	bool wake;

	PUFFSMSG__CHECK(pthread_mutex_lock(&tk->tk_mutex));
	wake = tk->tk_waiting && !tk->tk_set;
	tk->tk_set = true;
	PUFFSMSG__CHECK(pthread_mutex_unlock(&tk->tk_mutex));
	if (wake)
		PUFFSMSG__CHECK(pthread_cond_signal(&tk->tk_cond));
}
