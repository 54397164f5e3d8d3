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
#include "kern/lockdebug.h"

#include <sys/kmem.h>

#define MAGIC 0x6d757478u

/* mutex_obj(9): a mutex and its references. */
struct mutex_obj {
	kmutex_t mo_mutex; /* first */
	uint32_t mo_magic; /* (: */
	uint32_t mo_refs;  /* a: */
};
#define OBJ_MAGIC 0x6d6f626au

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

static void panic_held(const kmutex_t *m, const char *call)
    __attribute__((__noreturn__));

static void
panic_held(const kmutex_t *m, const char *call)
{
	puffsmsg__panic("%s: mutex %p is held by this lwp", call,
	    (const void *)m);
}

#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC

/* `m' is a mutex. */
static void
check(const kmutex_t *m, const char *call)
{
	if (m->mtx_magic != MAGIC)
		puffsmsg__panic("%s: mutex %p is not initialised", call,
		    (const void *)m);
}

/* The calling lwp holds `m', and will not. */
static void
check_exit(const kmutex_t *m)
{
	struct lwp *l = curlwp;

	check(m, "mutex_exit");
	if (owner(m) != l)
		puffsmsg__panic("mutex_exit: mutex %p is not held by this lwp",
		    (const void *)m);
	puffsmsg__lockdebug_left(l, &m->mtx_lockid);
}

static void
check_ownable(const kmutex_t *m)
{
	check(m, "mutex_ownable");
	if (owner(m) == curlwp)
		panic_held(m, "mutex_ownable");
}

static void
check_obj(const struct mutex_obj *mo, const char *call)
{
	check(&mo->mo_mutex, call);
	if (mo->mo_magic != OBJ_MAGIC)
		puffsmsg__panic("%s: mutex %p is not an object", call,
		    (const void *)mo);
}

#else

static void
check(const kmutex_t *m, const char *call)
{
	(void)m;
	(void)call;
}

static void
check_exit(const kmutex_t *m)
{
	(void)m;
}

static void
check_ownable(const kmutex_t *m)
{
	(void)m;
}

static void
check_obj(const struct mutex_obj *mo, const char *call)
{
	(void)mo;
	(void)call;
}

#endif

int
puffsmsg__mutex_tryinit_type(kmutex_t *m, kmutex_type_t type)
{
	int error = (puffsmsg__host->mutex_init)(m->mtx_host);

	if (error != 0)
		return error;
	puffsmsg__lockdebug_init(&m->mtx_lockid, m,
	    type == MUTEX_NODEBUG ? NULL : "mutex");
	m->mtx_owner = NULL;
	m->mtx_magic = MAGIC;
	return 0;
}

int
puffsmsg__mutex_tryinit(kmutex_t *m)
{
	return puffsmsg__mutex_tryinit_type(m, MUTEX_DEFAULT);
}

void
puffsmsg_kern_mutex_init(kmutex_t *m, kmutex_type_t type, int ipl)
{
	struct puffsmsg__memwait mw = { 0 };
	int error;

	(void)ipl;
	puffsmsg__must_run("mutex_init");
	while ((error = puffsmsg__mutex_tryinit_type(m, type)) != 0) {
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
	if (puffsmsg__lockdebug_awaited(&m->mtx_lockid))
		puffsmsg__panic("mutex_destroy: mutex %p is waited for",
		    (void *)m);
	puffsmsg__lockdebug_destroy(&m->mtx_lockid);
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
		panic_held(m, "mutex_enter");
	puffsmsg__lockdebug_wait(&m->mtx_lockid);
	if (puffsmsg__host->unschedule == NULL)
		(puffsmsg__host->mutex_enter)(m->mtx_host);
	else
		wait_scheduled(m);
	puffsmsg__lockdebug_waited(&m->mtx_lockid);
}

void
puffsmsg_kern_mutex_enter(kmutex_t *m)
{
	struct lwp *l = curlwp;

	check(m, "mutex_enter");
	puffsmsg__lockdebug_want(l, &m->mtx_lockid);
	if (PUFFSMSG__UNLIKELY(!(puffsmsg__host->mutex_tryenter)(m->mtx_host)))
		enter_contended(m, l);
	set_owner(m, l);
	puffsmsg__lockdebug_took(l, &m->mtx_lockid);
}

int
puffsmsg_kern_mutex_tryenter(kmutex_t *m)
{
	struct lwp *l = curlwp;

	check(m, "mutex_tryenter");
	if (!(puffsmsg__host->mutex_tryenter)(m->mtx_host))
		return 0;
	set_owner(m, l);
	puffsmsg__lockdebug_took(l, &m->mtx_lockid);
	return 1;
}

void
puffsmsg_kern_mutex_exit(kmutex_t *m)
{
	check_exit(m);
	set_owner(m, NULL);
	(puffsmsg__host->mutex_exit)(m->mtx_host);
}

int
puffsmsg_kern_mutex_owned(const kmutex_t *m)
{
	return owner(m) == curlwp;
}

int
puffsmsg_kern_mutex_ownable(const kmutex_t *m)
{
	check_ownable(m);
	return 1;
}

static kmutex_t *
obj_init(struct mutex_obj *mo)
{
	mo->mo_magic = OBJ_MAGIC;
	mo->mo_refs = 1;
	return &mo->mo_mutex;
}

kmutex_t *
puffsmsg_kern_mutex_obj_alloc(kmutex_type_t type, int ipl)
{
	struct mutex_obj *mo = kmem_alloc(sizeof(*mo), KM_SLEEP);

	puffsmsg_kern_mutex_init(&mo->mo_mutex, type, ipl);
	return obj_init(mo);
}

kmutex_t *
puffsmsg_kern_mutex_obj_tryalloc(kmutex_type_t type, int ipl)
{
	struct mutex_obj *mo = kmem_alloc(sizeof(*mo), KM_NOSLEEP);

	(void)ipl;
	if (mo == NULL)
		return NULL;
	if (puffsmsg__mutex_tryinit_type(&mo->mo_mutex, type) != 0) {
		kmem_free(mo, sizeof(*mo));
		return NULL;
	}
	return obj_init(mo);
}

void
puffsmsg_kern_mutex_obj_hold(kmutex_t *m)
{
	struct mutex_obj *mo = (struct mutex_obj *)m;

	check_obj(mo, "mutex_obj_hold");
	(void)puffsmsg__add32(&mo->mo_refs, 1);
}

bool
puffsmsg_kern_mutex_obj_free(kmutex_t *m)
{
	struct mutex_obj *mo = (struct mutex_obj *)m;

	check_obj(mo, "mutex_obj_free");
	if (puffsmsg__sub32(&mo->mo_refs, 1) > 0)
		return false;
	puffsmsg_kern_mutex_destroy(m);
	kmem_free(mo, sizeof(*mo));
	return true;
}

unsigned int
puffsmsg_kern_mutex_obj_refcnt(kmutex_t *m)
{
	struct mutex_obj *mo = (struct mutex_obj *)m;

	check_obj(mo, "mutex_obj_refcnt");
	return puffsmsg__load32(&mo->mo_refs);
}
