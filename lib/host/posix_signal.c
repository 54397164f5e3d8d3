/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Unblocking from signal handlers.
 *
 * A handler may touch neither mutex nor condition variable.  It marks the
 * token and posts a semaphore; a helper thread, which takes no signals,
 * unblocks the tokens that are marked.
 */

#include <errno.h>
#include <semaphore.h>

#include "host/posix_private.h"

static sem_t work;
static pthread_t helper;
static bool started;  /* by signal_prepare, until fini */
static bool stopping; /* a: */

static void
unblock_marked(struct puffsmsg__token *tk)
{
	if (__atomic_exchange_n(&tk->tk_signalled, false, __ATOMIC_SEQ_CST))
		puffsmsg__posix_unblock(tk);
}

static void *
help(void *arg)
{
	puffsmsg__posix_thread_setname("puffsmsg-sig");
	for (;;) {
		PUFFSMSG__CHECK(
		    sem_wait(&work) == 0 || errno == EINTR ? 0 : errno);
		if (__atomic_load_n(&stopping, __ATOMIC_SEQ_CST))
			return arg;
		puffsmsg__posix_token_foreach(unblock_marked);
	}
}

int
puffsmsg__posix_signal_prepare(void)
{
	int error;

	if (sem_init(&work, 0, 0) != 0)
		return errno;
	__atomic_store_n(&stopping, false, __ATOMIC_SEQ_CST);
	error = puffsmsg__posix_quiet_create(&helper, NULL, help, NULL);
	if (error != 0) {
		(void)sem_destroy(&work);
		return error;
	}
	started = true;
	return 0;
}

void
puffsmsg__posix_signal_fini(void)
{
	if (!started)
		return;
	__atomic_store_n(&stopping, true, __ATOMIC_SEQ_CST);
	(void)sem_post(&work);
	PUFFSMSG__CHECK(pthread_join(helper, NULL));
	(void)sem_destroy(&work);
	started = false;
}

/*
 * Async-signal-safe.  A post that fails for too many of them is not missed:
 * the helper looks at all tokens each time.
 */
void
puffsmsg__posix_unblock_from_signal(void *token)
{
	struct puffsmsg__token *tk = token;
	int saved = errno;

	if (!__atomic_exchange_n(&tk->tk_signalled, true, __ATOMIC_SEQ_CST))
		(void)sem_post(&work);
	errno = saved;
}
