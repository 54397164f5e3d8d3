/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Names of the kernel that a program has for itself.  Linked into the consumer
 * of the static library, where a clash would be an error or, worse, none.
 */
#include <stdlib.h>

int kmem_alloc(void);
int mutex_enter(void);
int cv_wait(void);
int panic(void);
int curlwp(void);
int pool_cache_get(void);
int kthread_create(void);
int rw_enter(void);
int workqueue_create(void);
int callout_init(void);
int kpsignal(void);
int vpanic(void);
int nanouptime(void);
int tvtohz(void);
int atomic_inc_uint(void);
int bintime_add(void);
int proc_lock(void);

int
kmem_alloc(void)
{
	abort();
}

int
mutex_enter(void)
{
	abort();
}

int
cv_wait(void)
{
	abort();
}

int
panic(void)
{
	abort();
}

int
curlwp(void)
{
	abort();
}

int
pool_cache_get(void)
{
	abort();
}

int
kthread_create(void)
{
	abort();
}

int
rw_enter(void)
{
	abort();
}

int
workqueue_create(void)
{
	abort();
}

int
callout_init(void)
{
	abort();
}

int
kpsignal(void)
{
	abort();
}

int
vpanic(void)
{
	abort();
}

int
nanouptime(void)
{
	abort();
}

int
tvtohz(void)
{
	abort();
}

int
atomic_inc_uint(void)
{
	abort();
}

int
bintime_add(void)
{
	abort();
}

int
proc_lock(void)
{
	abort();
}
