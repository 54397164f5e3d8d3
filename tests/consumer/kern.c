/* SPDX-License-Identifier: BSD-2-Clause */

/* Kernel code in a process: the names are NetBSD's, the headers ours. */
#include <sys/cdefs.h>
__KERNEL_RCSID(0, "consumer");

#include <sys/param.h>
#include <sys/callout.h>
#include <sys/condvar.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/mutex.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/rwlock.h>
#include <sys/systm.h>
#include <sys/workqueue.h>

#include <puffsmsg/puffsmsg.h>

struct job {
	TAILQ_ENTRY(job) entries;
	int number;
};

/* kern.cc, where C++ is at hand. */
#ifdef KERN_IN_CXX
bool kern_in_cxx(void);
#else
#define kern_in_cxx() true
#endif

static TAILQ_HEAD(, job) jobs = TAILQ_HEAD_INITIALIZER(jobs);
static kmutex_t lock;
static kcondvar_t done;
static int sum;

static void
worker(void *arg)
{
	struct job *job;
	int *stop = arg;

	mutex_enter(&lock);
	while ((job = TAILQ_FIRST(&jobs)) != NULL) {
		TAILQ_REMOVE(&jobs, job, entries);
		sum += job->number;
		kmem_free(job, sizeof(*job));
	}
	*stop = 1;
	cv_broadcast(&done);
	mutex_exit(&lock);
	kthread_exit(0);
}

static void
deferred(struct work *wk, void *arg)
{
	(void)wk;
	rw_enter(arg, RW_WRITER);
	sum++;
	rw_exit(arg);
}

static void
never(void *arg)
{
	panic("%p: called", arg);
}

/* Adds one to the sum, in another thread. */
static int
defer(void)
{
	struct workqueue *wq;
	struct work work;
	krwlock_t rw;
	callout_t c;

	rw_init(&rw);
	callout_init(&c, CALLOUT_MPSAFE);
	callout_reset(&c, 3600 * hz, never, &c);
	if (workqueue_create(&wq, "deferred", deferred, &rw, PRI_NONE, IPL_NONE,
		WQ_MPSAFE) != 0)
		return 1;
	workqueue_enqueue(wq, &work, NULL);
	workqueue_wait(wq, &work);
	workqueue_destroy(wq);
	callout_halt(&c, NULL);
	callout_destroy(&c);
	rw_destroy(&rw);
	return 0;
}

int
main(void)
{
	struct job *job;
	lwp_t *l;
	int i, stop = 0;

	puffs_msgif_init();
	mutex_init(&lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&done, "done");
	for (i = 1; i <= 4; i++) {
		job = kmem_zalloc(sizeof(*job), KM_SLEEP);
		job->number = i;
		TAILQ_INSERT_TAIL(&jobs, job, entries);
	}
	if (kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN, NULL,
		worker, &stop, &l, "worker") != 0)
		return 1;
	mutex_enter(&lock);
	while (!stop)
		cv_wait(&done, &lock);
	mutex_exit(&lock);
	kthread_join(l);
	cv_destroy(&done);
	mutex_destroy(&lock);
	if (defer() != 0 || !kern_in_cxx())
		return 1;
	printf("lwp %d: sum %d\n", curlwp->l_lid, sum);
	puffs_msgif_destroy();
	return sum == 11 ? 0 : 1;
}
