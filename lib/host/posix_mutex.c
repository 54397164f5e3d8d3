/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Mutexes of the pthread host.
 */

#include <errno.h>

#include "host/posix_private.h"

_Static_assert(sizeof(pthread_mutex_t) <= PUFFSMSG_HOST_MUTEX_SIZE,
    "a mutex fits its place");
_Static_assert(_Alignof(pthread_mutex_t) <= PUFFSMSG_HOST_MUTEX_ALIGN,
    "a mutex is aligned in its place");

int
puffsmsg__posix_mutex_init(void *m)
{
	return pthread_mutex_init(m, NULL);
}

void
puffsmsg__posix_mutex_destroy(void *m)
{
	PUFFSMSG__CHECK(pthread_mutex_destroy(m));
}

void
puffsmsg__posix_mutex_enter(void *m)
{
	PUFFSMSG__CHECK(pthread_mutex_lock(m));
}

int
puffsmsg__posix_mutex_tryenter(void *m)
{
	int error = pthread_mutex_trylock(m);

	if (__builtin_expect(error == 0, 1))
		return 1;
	if (error != EBUSY)
		puffsmsg__posix_failed("pthread_mutex_trylock", error);
	return 0;
}

void
puffsmsg__posix_mutex_exit(void *m)
{
	PUFFSMSG__CHECK(pthread_mutex_unlock(m));
}
