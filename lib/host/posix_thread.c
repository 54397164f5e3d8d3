/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Threads of the pthread host.
 */

#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#if defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__DragonFly__)
#include <pthread_np.h>
#endif

#include "host/posix_private.h"

#define NAMESIZE 16

/*
 * A thread of ours; of its own until it runs, or of who joins it.  That may
 * be over before pthread_create has returned to the creator, so the creator
 * does not touch it after that, and the thread says itself what its id is.
 */
struct thread {
	pthread_t id;
	sem_t has_id; /* if it is joinable */
	void (*fn)(void *);
	void *arg;
	bool joinable;
	char name[NAMESIZE];
};

/* As much of a name as the system takes. */
static void
shorten(const char *name, char shown[NAMESIZE])
{
	size_t len = strnlen(name, NAMESIZE - 1);

	memcpy(shown, name, len);
	shown[len] = '\0';
}

void
puffsmsg__posix_thread_setname(const char *name)
{
	char shown[NAMESIZE];

	shorten(name, shown);
	/* For debuggers: that it may fail is no matter. */
#if defined(__linux__)
	(void)pthread_setname_np(pthread_self(), shown);
#elif defined(__NetBSD__)
	(void)pthread_setname_np(pthread_self(), "%s", shown);
#elif defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__DragonFly__)
	pthread_set_name_np(pthread_self(), shown);
#endif
}

static void *
run(void *arg)
{
	struct thread *t = arg;
	void (*fn)(void *) = t->fn;
	void *fnarg = t->arg;

	puffsmsg__posix_thread_setname(t->name);
	if (t->joinable) {
		t->id = pthread_self();
		PUFFSMSG__CHECK(sem_post(&t->has_id) == 0 ? 0 : errno);
	} else {
		free(t);
	}
	fn(fnarg);
	return NULL;
}

/*
 * The program's signals are for the program's threads, but for those that a
 * thread brings upon itself.
 */
static void
fill_quiet(sigset_t *set)
{
	static const int own[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP,
		SIGABRT, SIGSYS };

	(void)sigfillset(set);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		(void)sigdelset(set, own[i]);
}

int
puffsmsg__posix_quiet_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *), void *arg)
{
	sigset_t quiet, old;
	int error;

	fill_quiet(&quiet);
	PUFFSMSG__CHECK(pthread_sigmask(SIG_SETMASK, &quiet, &old));
	error = pthread_create(thread, attr, fn, arg);
	PUFFSMSG__CHECK(pthread_sigmask(SIG_SETMASK, &old, NULL));
	return error;
}

static int
create_joinable(struct thread *t)
{
	pthread_t id;
	int error;

	if (sem_init(&t->has_id, 0, 0) != 0)
		return errno;
	error = puffsmsg__posix_quiet_create(&id, NULL, run, t);
	if (error != 0)
		(void)sem_destroy(&t->has_id);
	return error;
}

static int
create_detached(struct thread *t)
{
	pthread_attr_t attr;
	pthread_t id;
	int error;

	error = pthread_attr_init(&attr);
	if (error != 0)
		return error;
	PUFFSMSG__CHECK(
	    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED));
	error = puffsmsg__posix_quiet_create(&id, &attr, run, t);
	PUFFSMSG__CHECK(pthread_attr_destroy(&attr));
	return error;
}

int
puffsmsg__posix_thread_create(void (*fn)(void *), void *arg, const char *name,
    unsigned flags, void **thread)
{
	struct thread *t = calloc(1, sizeof(*t));
	int error;

	if (t == NULL)
		return ENOMEM;
	t->fn = fn;
	t->arg = arg;
	t->joinable = (flags & PUFFSMSG_THREAD_JOINABLE) != 0;
	shorten(name, t->name);
	if (t->joinable)
		*thread = t;
	error = t->joinable ? create_joinable(t) : create_detached(t);
	if (error != 0)
		free(t);
	return error;
}

static void
await_id(struct thread *t)
{
	while (sem_wait(&t->has_id) != 0) {
		if (errno != EINTR)
			puffsmsg__posix_failed("sem_wait", errno);
	}
}

void
puffsmsg__posix_thread_join(void *thread)
{
	struct thread *t = thread;
	int state;

	PUFFSMSG__CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state));
	await_id(t);
	PUFFSMSG__CHECK(pthread_join(t->id, NULL));
	PUFFSMSG__CHECK(pthread_setcancelstate(state, &state));
	(void)sem_destroy(&t->has_id);
	free(t);
}

void
puffsmsg__posix_thread_exit(void)
{
	pthread_exit(NULL);
}
