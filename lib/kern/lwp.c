/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Lwps and the process.
 *
 * An lwp hangs in its thread's slot of the host, and on the list of proc0.
 * Its thread alone frees it, but for two: kthread_join (LW_JOIN), and the end
 * of the library, which takes what threads outside of it have left.  The gate
 * keeps the latter from meeting the end of such a thread.
 */

#include <limits.h>
#include <string.h>

#include "kern/kern_private.h"
#include "kern/lockdebug.h"

#define ALIGN 64

struct proc puffsmsg__proc0;

static kmutex_t posting_lock; /* protects nothing of ours */
static kmutex_t proc0_lock;

/*
 * Threads that are ending, inside puffsmsg__lwp_exiting, and whether the
 * library has ended.
 */
#define GATE_CLOSED 0x80000000u
static uint32_t gate = GATE_CLOSED; /* a: */

static void
gate_leave(void)
{
	(void)puffsmsg__sub32(&gate, 1);
}

static bool
gate_enter(void)
{
	if ((puffsmsg__add32(&gate, 1) & GATE_CLOSED) == 0)
		return true;
	gate_leave();
	return false;
}

/* Closes the gate, and waits until all have left. */
void
puffsmsg__lwp_close(void)
{
	(void)puffsmsg__or32(&gate, GATE_CLOSED);
	while (puffsmsg__load32(&gate) != GATE_CLOSED)
		(void)puffsmsg__block(NULL, puffsmsg__clock() + 1000000, 0);
}

int
puffsmsg__lwp_init(void)
{
	struct proc *p = &puffsmsg__proc0;
	int error = puffsmsg__mutex_tryinit(&posting_lock);

	if (error != 0)
		return error;
	error = puffsmsg__mutex_tryinit(&proc0_lock);
	if (error != 0) {
		puffsmsg_kern_mutex_destroy(&posting_lock);
		return error;
	}
	memset(p, 0, sizeof(*p));
	p->p_pid = puffsmsg__host->getpid();
	p->p_lock = &proc0_lock;
	TAILQ_INIT(&p->p_lwps);
	(void)puffsmsg__and32(&gate, ~GATE_CLOSED);
	return 0;
}

void
puffsmsg__lwp_fini(void)
{
	struct proc *p = &puffsmsg__proc0;
	struct lwp *l = puffsmsg__host->lwp_get();

	if (l != NULL)
		puffsmsg__lockdebug_none(l, "end of the library");
	puffsmsg__lwp_close();
	(void)puffsmsg__host->lwp_set(NULL);
	while ((l = TAILQ_FIRST(&p->p_lwps)) != NULL) {
		TAILQ_REMOVE(&p->p_lwps, l, l_sibling);
		puffsmsg__lwp_free(l);
	}
	p->p_nlwps = 0;
	puffsmsg_kern_mutex_destroy(&proc0_lock);
	puffsmsg_kern_mutex_destroy(&posting_lock);
}

kmutex_t *
puffsmsg_kern_proc_lock(void)
{
	return &posting_lock;
}

struct lwp *
puffsmsg__lwp_new(bool wait)
{
	struct lwp *l = puffsmsg__memalloc(sizeof(*l), ALIGN, wait);

	if (l == NULL)
		return NULL;
	memset(l, 0, sizeof(*l));
	l->l_proc = &puffsmsg__proc0;
	return l;
}

void
puffsmsg__lwp_free(struct lwp *l)
{
	puffsmsg__lockdebug_lwpfree(l);
	puffsmsg__memfree(l, sizeof(*l));
}

static bool
lid_used(const struct proc *p, int32_t lid)
{
	const struct lwp *l;

	TAILQ_FOREACH(l, &p->p_lwps, l_sibling) {
		if (l->l_lid == lid)
			return true;
	}
	return false;
}

/* Ids are not used again while there are fresh ones. */
static int32_t
next_lid(struct proc *p)
{
	do {
		if (p->p_lastlid == INT32_MAX) {
			p->p_lastlid = 0;
			p->p_lidwrapped = true;
		}
		p->p_lastlid++;
	} while (p->p_lidwrapped && lid_used(p, p->p_lastlid));
	return p->p_lastlid;
}

void
puffsmsg__lwp_join(struct lwp *l)
{
	struct proc *p = l->l_proc;

	puffsmsg_kern_mutex_enter(p->p_lock);
	l->l_lid = next_lid(p);
	TAILQ_INSERT_TAIL(&p->p_lwps, l, l_sibling);
	p->p_nlwps++;
	puffsmsg__sig_inherit(l);
	puffsmsg_kern_mutex_exit(p->p_lock);
}

void
puffsmsg__lwp_part(struct lwp *l)
{
	struct proc *p = l->l_proc;

	puffsmsg_kern_mutex_enter(p->p_lock);
	TAILQ_REMOVE(&p->p_lwps, l, l_sibling);
	p->p_nlwps--;
	puffsmsg_kern_mutex_exit(p->p_lock);
}

void
puffsmsg__lwp_attach(struct lwp *l)
{
	const struct puffsmsg_host *h = puffsmsg__host;
	struct puffsmsg__memwait mw = { 0 };

	while ((l->l_token = h->token()) == NULL || h->lwp_set(l) != 0)
		puffsmsg__mem_wait(&mw, 0);
	puffsmsg__mem_waited(&mw);
}

/* Apart from curlwp: seldom, and not worth its registers. */
static struct lwp *attach_self(void) __attribute__((__noinline__));

static struct lwp *
attach_self(void)
{
	struct lwp *l = puffsmsg__lwp_new(true);

	puffsmsg__lwp_attach(l);
	puffsmsg__lwp_join(l);
	return l;
}

bool
puffsmsg__lwp_tryattach(void)
{
	const struct puffsmsg_host *h = puffsmsg__host;
	struct lwp *l;

	if (h->lwp_get() != NULL)
		return true;
	l = puffsmsg__lwp_new(false);
	if (l == NULL)
		return false;
	l->l_token = h->token();
	if (l->l_token == NULL || h->lwp_set(l) != 0) {
		puffsmsg__lwp_free(l);
		return false;
	}
	puffsmsg__lwp_join(l);
	return true;
}

struct lwp *
puffsmsg_kern_curlwp(void)
{
	const struct puffsmsg_host *h = puffsmsg__host;
	struct lwp *l;

	if (PUFFSMSG__UNLIKELY(h == NULL))
		puffsmsg__not_started("curlwp");
	l = h->lwp_get();
	return l != NULL ? l : attach_self();
}

/* Locks are out of reach once the slot is empty. */
static void
detach(struct lwp *l, const char *call)
{
	bool join = (puffsmsg__load32(&l->l_flag) & LW_JOIN) != 0;

	puffsmsg__lockdebug_none(l, call);
	puffsmsg__pool_detach(l); /* a pool's destroy finds it, or its things */
	puffsmsg__lwp_part(l);
	(void)puffsmsg__host->lwp_set(NULL);
	if (!join)
		puffsmsg__lwp_free(l);
}

/* Upcall: the calling thread ends. */
void
puffsmsg__lwp_exiting(void *lwp)
{
	struct lwp *l = lwp;

	if (!gate_enter())
		return;
	if (l->l_onexit != NULL)
		l->l_onexit(l->l_onexitarg);
	detach(l, "end of a thread");
	gate_leave();
}

void
puffsmsg__lwp_onexit(struct lwp *l, void (*fn)(void *), void *arg)
{
	l->l_onexit = fn;
	l->l_onexitarg = arg;
}

int32_t
puffsmsg_lwp_self(void)
{
	puffsmsg__must_run("puffsmsg_lwp_self");
	return curlwp->l_lid;
}

void
puffsmsg_lwp_detach(void)
{
	struct lwp *l;

	puffsmsg__must_run("puffsmsg_lwp_detach");
	l = puffsmsg__host->lwp_get();
	if (l == NULL)
		return;
	if (l->l_nosleep > 0 || l->l_onexit != NULL ||
	    (puffsmsg__load32(&l->l_flag) & LW_SYSTEM) != 0)
		puffsmsg__panic("puffsmsg_lwp_detach: lwp %d: in a callback "
				"or thread of the library",
		    (int)l->l_lid);
	detach(l, "puffsmsg_lwp_detach");
}
