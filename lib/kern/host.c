/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The host in use, and the start and end of the shim on it.
 */

#include <errno.h>
#include <stddef.h>

#include "kern/kern_private.h"
#include "kern/lockdebug.h"

const struct puffsmsg_host *puffsmsg__host;
puffsmsg__point_t puffsmsg__pointfn;

static const struct puffsmsg_upcalls upcalls = {
	.size = sizeof(struct puffsmsg_upcalls),
	.thread_exiting = puffsmsg__lwp_exiting,
	.cancelled = puffsmsg__sleep_cancelled,
};

/* Parts that have something to make, and to fail at. */
static const struct part {
	int (*init)(void);
	void (*fini)(void);
} parts[] = {
	{ puffsmsg__lwp_init, puffsmsg__lwp_fini },
	{ puffsmsg__sleeptab_init, puffsmsg__sleeptab_fini },
	{ puffsmsg__pool_init, puffsmsg__pool_fini },
	{ puffsmsg__kmem_init, puffsmsg__kmem_fini },
	{ puffsmsg__callout_init, puffsmsg__callout_fini },
};
#define NPARTS (sizeof(parts) / sizeof(parts[0]))

static bool
has_memory_and_locks(const struct puffsmsg_host *h)
{
	return h->memalloc != NULL && h->memfree != NULL &&
	    h->mutex_init != NULL && h->mutex_destroy != NULL &&
	    h->mutex_enter != NULL && h->mutex_tryenter != NULL &&
	    h->mutex_exit != NULL && h->mutex_size > 0 &&
	    h->mutex_size <= PUFFSMSG_HOST_MUTEX_SIZE;
}

static bool
has_threads(const struct puffsmsg_host *h)
{
	return h->token != NULL && h->block != NULL && h->unblock != NULL &&
	    h->signal_prepare != NULL && h->unblock_from_signal != NULL &&
	    h->thread_create != NULL && h->thread_join != NULL &&
	    h->thread_exit != NULL && h->thread_setname != NULL &&
	    h->lwp_get != NULL && h->lwp_set != NULL &&
	    (h->unschedule == NULL) == (h->schedule == NULL);
}

static bool
has_services(const struct puffsmsg_host *h)
{
	return h->init != NULL && h->fini != NULL && h->clock != NULL &&
	    h->random != NULL && h->getpid != NULL && h->log != NULL &&
	    h->panic != NULL;
}

static bool
usable(const struct puffsmsg_host *h)
{
	return h->size == sizeof(*h) && h->version == PUFFSMSG_HOST_VERSION &&
	    h->name != NULL && has_memory_and_locks(h) && has_threads(h) &&
	    has_services(h);
}

/* The last `n' parts that were started, and the host. */
static void
stop(size_t n)
{
	while (n-- > 0)
		parts[n].fini();
	puffsmsg__lockorder_fini();
	puffsmsg__host->fini();
	puffsmsg__setpoint(NULL);
	puffsmsg__host = NULL;
}

static int
start_parts(void)
{
	for (size_t i = 0; i < NPARTS; i++) {
		int error = parts[i].init();

		if (error != 0) {
			stop(i);
			return error;
		}
	}
	return 0;
}

int
puffsmsg__kern_init(const struct puffsmsg_host *host)
{
	int error;

	if (!usable(host))
		return EINVAL;
	error = host->init(&upcalls);
	if (error != 0)
		return error;
	puffsmsg__host = host;
	puffsmsg__setpoint(host->point);
	puffsmsg__clock_init();
	return start_parts();
}

void
puffsmsg__kern_fini(void)
{
	puffsmsg__softclock_end();
	puffsmsg__kthread_fini();
	puffsmsg__lwp_close();
	stop(NPARTS);
}

void
puffsmsg__not_started(const char *call)
{
	puffsmsg__panic("%s: the library has not been started", call);
}

void
puffsmsg__must_run(const char *call)
{
	if (puffsmsg__host == NULL)
		puffsmsg__not_started(call);
}
