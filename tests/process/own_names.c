/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What is called mutex_enter here has nothing to do with that of NetBSD but
 * the name: other arguments, another purpose.  None of the library's headers
 * is included.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "own_names.h"

enum own {
	OWN_MUTEX_INIT,
	OWN_MUTEX_ENTER,
	OWN_MUTEX_EXIT,
	OWN_CV_WAIT,
	OWN_CV_SIGNAL,
	OWN_KMEM_ALLOC,
	OWN_KMEM_FREE,
	OWN_POOL_CACHE_GET,
	OWN_POOL_CACHE_PUT,
	OWN_CURLWP,
	OWN_PANIC,
	OWN_VPANIC,
	OWN_KPRINTF,
	OWN_PRINTF_NOLOG,
	OWN_PSIGNAL,
	OWN_SIGISPENDING,
	OWN_RW_ENTER,
	OWN_WORKQUEUE_CREATE,
	OWN_CALLOUT_INIT,
	OWN_KTHREAD_CREATE,
	OWN_KTHREAD_EXIT,
	OWN_KPAUSE,
	OWN_ATOMIC_ADD_32,
	OWN_MEMBAR_SYNC,
	OWN_LWP_EXIT,
	OWN_NAMES
};

static atomic_uint calls[OWN_NAMES];

static void
count(enum own name)
{
	atomic_fetch_add(&calls[name], 1);
}

struct own_lock {
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool set;
};

/* Global, as a program has them that was never meant for a kernel. */
int hz = 1000;
int hardclock_ticks = 77;
const char *lwp0 = "the program's";
const char *proc0 = "the program's";

void mutex_init(struct own_lock *lock);
void mutex_enter(struct own_lock *lock);
void mutex_exit(struct own_lock *lock);
void cv_wait(struct own_lock *lock);
void cv_signal(struct own_lock *lock);
void *kmem_alloc(int words);
void kmem_free(void *p);
char *pool_cache_get(void);
void pool_cache_put(char *object);
pthread_t curlwp(void);
int panic(int reason);
int vpanic(int reason);
int kprintf(char *buf, size_t size, int number);
int printf_nolog(char *buf, size_t size, int number);
void psignal(int sig, const char *text);
bool sigispending(int which);
int rw_enter(int how);
int workqueue_create(int length);
int callout_init(int when);
pthread_t kthread_create(void *(*fn)(void *), void *arg);
void *kthread_exit(void *value);
int kpause(int length);
int atomic_add_32(int *sum, int n);
int membar_sync(void);
int lwp_exit(int code);

void
mutex_init(struct own_lock *lock)
{
	count(OWN_MUTEX_INIT);
	pthread_mutex_init(&lock->mutex, NULL);
	pthread_cond_init(&lock->cond, NULL);
	lock->set = false;
}

void
mutex_enter(struct own_lock *lock)
{
	count(OWN_MUTEX_ENTER);
	pthread_mutex_lock(&lock->mutex);
}

void
mutex_exit(struct own_lock *lock)
{
	count(OWN_MUTEX_EXIT);
	pthread_mutex_unlock(&lock->mutex);
}

void
cv_wait(struct own_lock *lock)
{
	count(OWN_CV_WAIT);
	while (!lock->set)
		pthread_cond_wait(&lock->cond, &lock->mutex);
}

void
cv_signal(struct own_lock *lock)
{
	count(OWN_CV_SIGNAL);
	lock->set = true;
	pthread_cond_signal(&lock->cond);
}

void *
kmem_alloc(int words)
{
	count(OWN_KMEM_ALLOC);
	return calloc((size_t)words, sizeof(long));
}

void
kmem_free(void *p)
{
	count(OWN_KMEM_FREE);
	free(p);
}

char *
pool_cache_get(void)
{
	count(OWN_POOL_CACHE_GET);
	return strdup("pool");
}

void
pool_cache_put(char *object)
{
	count(OWN_POOL_CACHE_PUT);
	free(object);
}

pthread_t
curlwp(void)
{
	count(OWN_CURLWP);
	return pthread_self();
}

int
panic(int reason)
{
	count(OWN_PANIC);
	return reason;
}

int
vpanic(int reason)
{
	count(OWN_VPANIC);
	return -reason;
}

int
kprintf(char *buf, size_t size, int number)
{
	count(OWN_KPRINTF);
	return snprintf(buf, size, "kprintf %d", number);
}

int
printf_nolog(char *buf, size_t size, int number)
{
	count(OWN_PRINTF_NOLOG);
	return snprintf(buf, size, "nolog %d", number);
}

void
psignal(int sig, const char *text)
{
	(void)sig;
	(void)text;
	count(OWN_PSIGNAL);
}

bool
sigispending(int which)
{
	count(OWN_SIGISPENDING);
	return which == 1;
}

int
rw_enter(int how)
{
	count(OWN_RW_ENTER);
	return how + 1;
}

int
workqueue_create(int length)
{
	count(OWN_WORKQUEUE_CREATE);
	return length + 2;
}

int
callout_init(int when)
{
	count(OWN_CALLOUT_INIT);
	return when + 3;
}

pthread_t
kthread_create(void *(*fn)(void *), void *arg)
{
	pthread_t thread;

	count(OWN_KTHREAD_CREATE);
	if (pthread_create(&thread, NULL, fn, arg) != 0)
		abort();
	return thread;
}

void *
kthread_exit(void *value)
{
	count(OWN_KTHREAD_EXIT);
	return value;
}

int
kpause(int length)
{
	count(OWN_KPAUSE);
	return length + 4;
}

int
atomic_add_32(int *sum, int n)
{
	count(OWN_ATOMIC_ADD_32);
	return *sum += n;
}

int
membar_sync(void)
{
	count(OWN_MEMBAR_SYNC);
	return 5;
}

int
lwp_exit(int code)
{
	count(OWN_LWP_EXIT);
	return code;
}

static void *
signaller(void *arg)
{
	struct own_lock *lock = arg;

	mutex_enter(lock);
	cv_signal(lock);
	mutex_exit(lock);
	return kthread_exit(lock);
}

/* A thread waits for another one. */
static bool
use_threads(void)
{
	struct own_lock lock;
	pthread_t thread;
	void *value;

	mutex_init(&lock);
	thread = kthread_create(signaller, &lock);
	mutex_enter(&lock);
	cv_wait(&lock);
	mutex_exit(&lock);
	return pthread_join(thread, &value) == 0 && value == &lock;
}

static bool
use_memory(void)
{
	long *words = kmem_alloc(3);
	char *object = pool_cache_get();
	bool good = words[2] == 0 && strcmp(object, "pool") == 0;

	pool_cache_put(object);
	kmem_free(words);
	return good;
}

static bool
use_text(void)
{
	char one[32], two[32];

	return kprintf(one, sizeof(one), 1) == 9 &&
	    printf_nolog(two, sizeof(two), 2) == 7 &&
	    strcmp(one, "kprintf 1") == 0 && strcmp(two, "nolog 2") == 0;
}

static bool
use_rest(void)
{
	int sum = 1;

	psignal(1, "text");
	return pthread_equal(curlwp(), pthread_self()) != 0 && panic(3) == 3 &&
	    vpanic(3) == -3 && sigispending(1) && rw_enter(1) == 2 &&
	    workqueue_create(1) == 3 && callout_init(1) == 4 &&
	    kpause(1) == 5 && atomic_add_32(&sum, 2) == 3 &&
	    membar_sync() == 5 && lwp_exit(6) == 6;
}

bool
own_names_use(void)
{
	return use_threads() && use_memory() && use_text() && use_rest();
}

bool
own_names_used(unsigned n)
{
	for (int i = 0; i < OWN_NAMES; i++) {
		unsigned twice = i == OWN_MUTEX_ENTER || i == OWN_MUTEX_EXIT;

		if (atomic_load(&calls[i]) == n * (twice + 1))
			continue;
		printf("own function %d: called %u times, of %u\n", i,
		    atomic_load(&calls[i]), n * (twice + 1));
		return false;
	}
	return hz == 1000 && hardclock_ticks == 77 && strcmp(lwp0, proc0) == 0;
}
