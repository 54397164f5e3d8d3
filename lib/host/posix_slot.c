/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The current-lwp slot, and noticing that a thread ends.
 *
 * What a thread has is in thread-local storage, where curlwp finds it with
 * one load.  The destructor of a thread-specific key does the rest at its
 * end.  Other destructors of the program may run later and call the library
 * again: that arms the key once more.
 */

#include "host/posix_private.h"

/*
 * The slot is read at nearly every call: no detour over __tls_get_addr in the
 * shared library.
 */
#if defined(__GLIBC__)
#define TLS_MODEL __attribute__((__tls_model__("initial-exec")))
#else
#define TLS_MODEL
#endif

static _Thread_local struct puffsmsg__self self TLS_MODEL;

/*
 * Number of the life of the host, 0 before the first; a fini ends one, so
 * that what threads hold of it is void.  a: (written under ends_lock)
 */
static uint32_t life;

static pthread_key_t key; /* (: */

static pthread_mutex_t ends_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ends_over = PTHREAD_COND_INITIALIZER;
static unsigned ends; /* ends_lock: threads inside thread_ends() */

static uint32_t
life_now(void)
{
	return __atomic_load_n(&life, __ATOMIC_RELAXED);
}

/* ends_lock is held. */
static void
next_life(void)
{
	__atomic_store_n(&life, life + 1, __ATOMIC_RELAXED);
}

struct puffsmsg__self *
puffsmsg__posix_self(void)
{
	if (self.se_life != life_now()) {
		self.se_lwp = NULL;
		self.se_token = NULL;
		self.se_armed = false;
		self.se_life = life_now();
	}
	return &self;
}

/* Whether the calling thread's things are of this life, which goes on. */
static bool
end_begins(const struct puffsmsg__self *s)
{
	bool valid;

	PUFFSMSG__CHECK(pthread_mutex_lock(&ends_lock));
	valid = s->se_life == life;
	if (valid)
		ends++;
	PUFFSMSG__CHECK(pthread_mutex_unlock(&ends_lock));
	return valid;
}

static void
end_is_over(void)
{
	PUFFSMSG__CHECK(pthread_mutex_lock(&ends_lock));
	if (--ends == 0)
		PUFFSMSG__CHECK(pthread_cond_signal(&ends_over));
	PUFFSMSG__CHECK(pthread_mutex_unlock(&ends_lock));
}

/* Destructor of the key. */
static void
thread_ends(void *arg)
{
	struct puffsmsg__self *s = arg;

	s->se_armed = false;
	if (!end_begins(s))
		return;
	if (s->se_lwp != NULL)
		puffsmsg__posix_upcalls->thread_exiting(s->se_lwp);
	s->se_lwp = NULL;
	if (s->se_token != NULL)
		puffsmsg__posix_token_release(s->se_token);
	s->se_token = NULL;
	end_is_over();
}

int
puffsmsg__posix_slot_init(void)
{
	int error = pthread_key_create(&key, thread_ends);

	if (error != 0)
		return error;
	PUFFSMSG__CHECK(pthread_mutex_lock(&ends_lock));
	next_life();
	PUFFSMSG__CHECK(pthread_mutex_unlock(&ends_lock));
	return 0;
}

/* No thread_ends() starts any more, and those that run are waited for. */
void
puffsmsg__posix_slot_fini(void)
{
	int state;

	PUFFSMSG__CHECK(pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state));
	PUFFSMSG__CHECK(pthread_mutex_lock(&ends_lock));
	next_life();
	while (ends > 0)
		PUFFSMSG__CHECK(pthread_cond_wait(&ends_over, &ends_lock));
	PUFFSMSG__CHECK(pthread_mutex_unlock(&ends_lock));
	PUFFSMSG__CHECK(pthread_key_delete(key));
	PUFFSMSG__CHECK(pthread_setcancelstate(state, &state));
}

int
puffsmsg__posix_arm(struct puffsmsg__self *s)
{
	int error;

	if (s->se_armed)
		return 0;
	error = pthread_setspecific(key, s);
	s->se_armed = error == 0;
	return error;
}

void *
puffsmsg__posix_lwp_get(void)
{
	return self.se_life == life_now() ? self.se_lwp : NULL;
}

int
puffsmsg__posix_lwp_set(void *lwp)
{
	struct puffsmsg__self *s = puffsmsg__posix_self();
	int error = 0;

	if (lwp != NULL)
		error = puffsmsg__posix_arm(s);
	if (error == 0)
		s->se_lwp = lwp;
	return error;
}
