/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * workqueue(9): a queue and a kthread that works it off.
 */

#include <string.h>

#include "kern/kern_private.h"

#include <sys/condvar.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/workqueue.h>

/* w: wq_lock */
struct workqueue {
	kmutex_t wq_lock;
	kcondvar_t wq_work;                   /* w: there is some, or the end */
	kcondvar_t wq_done;                   /* w: one has been done */
	STAILQ_HEAD(, work) wq_pending;       /* w: oldest first */
	const struct work *wq_running;        /* w: may have been freed */
	bool wq_ending;                       /* w: */
	void (*wq_fn)(struct work *, void *); /* (: */
	void *wq_arg;                         /* (: */
	int wq_flags;                         /* (: */
	struct lwp *wq_worker;           /* (: to who creates and destroys */
	struct lwp *wq_self;             /* w: the same, from its start */
	char wq_name[PUFFSMSG__MAXNAME]; /* (: */
};

/* wq_lock is held. */
static bool
is_pending(const struct workqueue *wq, const struct work *wk)
{
	const struct work *other;

	STAILQ_FOREACH(other, &wq->wq_pending, wk_entry) {
		if (other == wk)
			return true;
	}
	return false;
}

/* Once its function runs, the work is its own.  wq_lock is held. */
static void
do_one(struct workqueue *wq)
{
	struct work *wk = STAILQ_FIRST(&wq->wq_pending);

	STAILQ_REMOVE_HEAD(&wq->wq_pending, wk_entry);
	wq->wq_running = wk;
	puffsmsg_kern_mutex_exit(&wq->wq_lock);
	wq->wq_fn(wk, wq->wq_arg);
	puffsmsg_kern_mutex_enter(&wq->wq_lock);
	wq->wq_running = NULL;
	puffsmsg_kern_cv_broadcast(&wq->wq_done);
}

static void
worker(void *arg)
{
	struct workqueue *wq = arg;

	puffsmsg_kern_mutex_enter(&wq->wq_lock);
	wq->wq_self = curlwp;
	while (!wq->wq_ending || !STAILQ_EMPTY(&wq->wq_pending)) {
		if (STAILQ_EMPTY(&wq->wq_pending))
			puffsmsg_kern_cv_wait(&wq->wq_work, &wq->wq_lock);
		else
			do_one(wq);
	}
	puffsmsg_kern_mutex_exit(&wq->wq_lock);
}

/* The thread, if there was one, has ended. */
static void
free_workqueue(struct workqueue *wq)
{
	puffsmsg_kern_cv_destroy(&wq->wq_done);
	puffsmsg_kern_cv_destroy(&wq->wq_work);
	puffsmsg_kern_mutex_destroy(&wq->wq_lock);
	kmem_free(wq, sizeof(*wq));
}

int
puffsmsg_kern_workqueue_create(struct workqueue **wqp, const char *name,
    void (*fn)(struct work *, void *), void *arg, pri_t pri, int ipl, int flags)
{
	struct workqueue *wq = kmem_zalloc(sizeof(*wq), KM_SLEEP);
	int error;

	wq->wq_fn = fn;
	wq->wq_arg = arg;
	wq->wq_flags = flags;
	strncpy(wq->wq_name, name, sizeof(wq->wq_name) - 1);
	puffsmsg_kern_mutex_init(&wq->wq_lock, MUTEX_DEFAULT, ipl);
	puffsmsg_kern_cv_init(&wq->wq_work, wq->wq_name);
	puffsmsg_kern_cv_init(&wq->wq_done, "workwait");
	STAILQ_INIT(&wq->wq_pending);
	error = puffsmsg_kern_kthread_create(pri,
	    KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL, worker, wq, &wq->wq_worker,
	    "%s", wq->wq_name);
	if (error != 0)
		free_workqueue(wq);
	else
		*wqp = wq;
	return error;
}

/* Diagnostic: `wk' may be enqueued.  wq_lock is held. */
static void
check_enqueue(const struct workqueue *wq, const struct work *wk,
    const struct cpu_info *ci)
{
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
	if (is_pending(wq, wk))
		puffsmsg__panic("workqueue_enqueue: %s: work %p is enqueued "
				"already",
		    wq->wq_name, (const void *)wk);
	if (ci != NULL && (wq->wq_flags & WQ_PERCPU) == 0)
		puffsmsg__panic("workqueue_enqueue: %s: CPU without WQ_PERCPU",
		    wq->wq_name);
#else
	(void)wq;
	(void)wk;
	(void)ci;
#endif
}

void
puffsmsg_kern_workqueue_enqueue(struct workqueue *wq, struct work *wk,
    struct cpu_info *ci)
{
	puffsmsg_kern_mutex_enter(&wq->wq_lock);
	check_enqueue(wq, wk, ci);
	STAILQ_INSERT_TAIL(&wq->wq_pending, wk, wk_entry);
	puffsmsg_kern_cv_signal(&wq->wq_work);
	puffsmsg_kern_mutex_exit(&wq->wq_lock);
}

void
puffsmsg_kern_workqueue_wait(struct workqueue *wq, struct work *wk)
{
	puffsmsg_kern_mutex_enter(&wq->wq_lock);
	while (wq->wq_self != curlwp &&
	    (wq->wq_running == wk || is_pending(wq, wk)))
		puffsmsg_kern_cv_wait(&wq->wq_done, &wq->wq_lock);
	puffsmsg_kern_mutex_exit(&wq->wq_lock);
}

/* Diagnostic: there is no work.  wq_lock is held. */
static void
check_idle(const struct workqueue *wq)
{
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
	if (!STAILQ_EMPTY(&wq->wq_pending))
		puffsmsg__panic("workqueue_destroy: %s: work is enqueued",
		    wq->wq_name);
#else
	(void)wq;
#endif
}

void
puffsmsg_kern_workqueue_destroy(struct workqueue *wq)
{
	puffsmsg_kern_mutex_enter(&wq->wq_lock);
	if (wq->wq_self == curlwp)
		puffsmsg__panic("workqueue_destroy: %s: in its own thread",
		    wq->wq_name);
	check_idle(wq);
	wq->wq_ending = true;
	puffsmsg_kern_cv_signal(&wq->wq_work);
	puffsmsg_kern_mutex_exit(&wq->wq_lock);
	(void)puffsmsg_kern_kthread_join(wq->wq_worker);
	free_workqueue(wq);
}
