/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * kthread(9).  The lwp of a kthread is made by its creator, who may want to
 * join it by that name.
 */

#include <errno.h>
#include <stdio.h>

#include "kern/kern_private.h"

#include <sys/kthread.h>

static uint32_t unjoined; /* a: KTHREAD_MUSTJOIN and not joined yet */

void
puffsmsg__kthread_fini(void)
{
	uint32_t n = puffsmsg__load32(&unjoined);

	if (n > 0)
		puffsmsg__panic("%u kthreads were not joined", (unsigned)n);
}

/* The first and, unless it exits in the middle, the last of a kthread. */
static void
run(void *arg)
{
	struct lwp *l = arg;

	puffsmsg__lwp_attach(l);
	l->l_func(l->l_funcarg);
}

static struct lwp *
new_kthread(bool join, void (*fn)(void *), void *arg)
{
	struct lwp *l = puffsmsg__lwp_new(false);

	if (l == NULL)
		return NULL;
	l->l_flag = LW_SYSTEM;
	if (join)
		l->l_flag |= LW_JOIN;
	l->l_func = fn;
	l->l_funcarg = arg;
	return l;
}

/* Once the thread runs, and is not to be joined, `l' may be gone. */
static int
start(struct lwp *l, bool join)
{
	void *nowhere;
	int error;

	puffsmsg__lwp_join(l);
	if (join)
		(void)puffsmsg__add32(&unjoined, 1);
	error = puffsmsg__host->thread_create(run, l, l->l_name,
	    join ? PUFFSMSG_THREAD_JOINABLE : 0,
	    join ? &l->l_thread : &nowhere);
	if (error == 0)
		return 0;
	if (join)
		(void)puffsmsg__sub32(&unjoined, 1);
	puffsmsg__lwp_part(l);
	puffsmsg__lwp_free(l);
	return error;
}

int
puffsmsg_kern_kthread_create(pri_t pri, int flags, struct cpu_info *ci,
    void (*fn)(void *), void *arg, struct lwp **lp, const char *fmt, ...)
{
	bool join = (flags & KTHREAD_MUSTJOIN) != 0;
	struct lwp *l, *unasked;
	va_list ap;
	int error;

	(void)pri;
	(void)ci;
	puffsmsg__must_run("kthread_create");
	if (join && lp == NULL)
		puffsmsg__panic("kthread_create: %s: nobody could join it",
		    fmt);
	if (lp == NULL)
		lp = &unasked;
	*lp = NULL;
	if ((flags & KTHREAD_IDLE) != 0)
		return EINVAL;
	l = new_kthread(join, fn, arg);
	if (l == NULL)
		return ENOMEM;
	*lp = l;
	va_start(ap, fmt);
	puffsmsg__format(l->l_name, sizeof(l->l_name), fmt, ap);
	va_end(ap);
	error = start(l, join);
	if (error != 0)
		*lp = NULL;
	return error;
}

void
puffsmsg_kern_kthread_exit(int code)
{
	struct lwp *l = curlwp;

	if (code != 0)
		puffsmsg__log("kthread %s (lwp %d) exits with status %d",
		    l->l_name, (int)l->l_lid, code);
	puffsmsg__host->thread_exit();
	puffsmsg__panic("kthread_exit: the host came back");
}

int
puffsmsg_kern_kthread_join(struct lwp *l)
{
	const struct puffsmsg_host *h = puffsmsg__host;
	int sched = 0;

	if (l == curlwp || (puffsmsg__load32(&l->l_flag) & LW_JOIN) == 0)
		puffsmsg__panic("kthread_join: lwp %d", (int)l->l_lid);
	if (h->unschedule != NULL)
		h->unschedule(&sched);
	h->thread_join(l->l_thread);
	if (h->unschedule != NULL)
		h->schedule(sched);
	(void)puffsmsg__sub32(&unjoined, 1);
	puffsmsg__lwp_free(l);
	return 0;
}
