/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * mutex(9) on the mutex of the host, with a record of the owner.
 *
 * Only the holder writes mtx_owner, so an lwp that reads itself in it is
 * right, whatever the memory order.
 *
 * Calls of the host's functions are in parentheses where the kernel's names
 * are macros.
 */

#include <errno.h>

#include "kern/kern_private.h"

#include <sys/kmem.h>

#define MAGIC 0x6d757478u

/* mutex_obj_*: a mutex and its references. */
struct mutex_obj {
	kmutex_t mo_mutex; /* first */
	uint32_t mo_refs;  /* a: */
};

static struct lwp *
owner(const kmutex_t *m)
{
	return puffsmsg__loadptr_relaxed(&m->mtx_owner);
}

static void
set_owner(kmutex_t *m, struct lwp *l)
{
	puffsmsg__storeptr_relaxed(&m->mtx_owner, l);
}

/* Diagnostic: `m' is a mutex. */
static void
check(const kmutex_t *m, const char *call)
{
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
	if (m->mtx_magic != MAGIC)
		puffsmsg__panic("%s: mutex %p is not initialised", call,
		    (const void *)m);
#else
	(void)m;
	(void)call;
#endif
}

/* Diagnostic: the calling lwp holds `m'. */
static void
check_owned(const kmutex_t *m, const char *call)
{
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
	check(m, call);
	if (owner(m) != curlwp)
		puffsmsg__panic("%s: mutex %p is not held by this lwp", call,
		    (const void *)m);
#else
	(void)m;
	(void)call;
#endif
}

int
puffsmsg__mutex_tryinit(kmutex_t *m)
{
	int error = (puffsmsg__host->mutex_init)(m->mtx_host);

	if (error != 0)
		return error;
	m->mtx_owner = NULL;
	m->mtx_magic = MAGIC;
	m->mtx_pad = 0;
	return 0;
}

void
puffsmsg_kern_mutex_init(kmutex_t *m, kmutex_type_t type, int ipl)
{
	struct puffsmsg__memwait mw = { 0 };
	int error;

	(void)type;
	(void)ipl;
	while ((error = puffsmsg__mutex_tryinit(m)) != 0) {
		if (error != ENOMEM && error != EAGAIN)
			puffsmsg__panic("mutex_init: error %d", error);
		puffsmsg__mem_wait(&mw, 0);
	}
	puffsmsg__mem_waited(&mw);
}

void
puffsmsg_kern_mutex_destroy(kmutex_t *m)
{
	check(m, "mutex_destroy");
	if (owner(m) != NULL)
		puffsmsg__panic("mutex_destroy: mutex %p is held", (void *)m);
	m->mtx_magic = 0;
	(puffsmsg__host->mutex_destroy)(m->mtx_host);
}

/*
 * A host with virtual CPUs takes one back only from a thread that holds no
 * mutex, so waiting for the mutex and taking it are two steps there.
 */
static void
wait_scheduled(kmutex_t *m)
{
	const struct puffsmsg_host *h = puffsmsg__host;
	int sched;

	do {
		h->unschedule(&sched);
		(h->mutex_enter)(m->mtx_host);
		(h->mutex_exit)(m->mtx_host);
		h->schedule(sched);
	} while (!(h->mutex_tryenter)(m->mtx_host));
}

static void
enter_contended(kmutex_t *m, struct lwp *l)
{
	if (owner(m) == l)
		puffsmsg__panic("mutex_enter: mutex %p is held by this lwp",
		    (void *)m);
	if (puffsmsg__host->unschedule == NULL)
		(puffsmsg__host->mutex_enter)(m->mtx_host);
	else
		wait_scheduled(m);
}

void
puffsmsg_kern_mutex_enter(kmutex_t *m)
{
	struct lwp *l = curlwp;

	check(m, "mutex_enter");
	if (PUFFSMSG__UNLIKELY(!(puffsmsg__host->mutex_tryenter)(m->mtx_host)))
		enter_contended(m, l);
	set_owner(m, l);
}

int
puffsmsg_kern_mutex_tryenter(kmutex_t *m)
{
	struct lwp *l = curlwp;

	check(m, "mutex_tryenter");
	if (!(puffsmsg__host->mutex_tryenter)(m->mtx_host))
		return 0;
	set_owner(m, l);
	return 1;
}

void
puffsmsg_kern_mutex_exit(kmutex_t *m)
{
	check_owned(m, "mutex_exit");
	set_owner(m, NULL);
	(puffsmsg__host->mutex_exit)(m->mtx_host);
}

int
puffsmsg_kern_mutex_owned(const kmutex_t *m)
{
	return owner(m) == curlwp;
}

kmutex_t *
puffsmsg_kern_mutex_obj_alloc(kmutex_type_t type, int ipl)
{
	struct mutex_obj *mo = kmem_alloc(sizeof(*mo), KM_SLEEP);

	puffsmsg_kern_mutex_init(&mo->mo_mutex, type, ipl);
	mo->mo_refs = 1;
	return &mo->mo_mutex;
}

void
puffsmsg_kern_mutex_obj_hold(kmutex_t *m)
{
	struct mutex_obj *mo = (struct mutex_obj *)m;

	(void)puffsmsg__add32(&mo->mo_refs, 1);
}

bool
puffsmsg_kern_mutex_obj_free(kmutex_t *m)
{
	struct mutex_obj *mo = (struct mutex_obj *)m;

	if (puffsmsg__sub32(&mo->mo_refs, 1) > 0)
		return false;
	puffsmsg_kern_mutex_destroy(m);
	kmem_free(mo, sizeof(*mo));
	return true;
}
