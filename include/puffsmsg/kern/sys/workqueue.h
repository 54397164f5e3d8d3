/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_WORKQUEUE_H
#define PUFFSMSG_KERN_SYS_WORKQUEUE_H

/*
 * workqueue(9): work that is done later, by a thread, in the order in which
 * it was enqueued, one at a time.
 *
 * A struct work is part of what the work is about and needs no initialisation.
 * It belongs to the workqueue from enqueue until its function is called; from
 * then on the function may enqueue it again, here or elsewhere, or free it.
 * The function runs with no lock held, and may sleep, which delays the work
 * that follows.
 *
 * Checked always: destroy by the workqueue's own thread.  Checked with
 * PUFFSMSG_DIAGNOSTIC: enqueue of work that is enqueued already, which looks
 * at all that is there; a `ci' without WQ_PERCPU; destroy with work enqueued.
 *
 * From any thread.
 */

#include <sys/mutex.h>
#include <sys/param.h>
#include <sys/queue.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opaque; its size is part of the ABI.  w: the lock of its workqueue. */
struct work {
	STAILQ_ENTRY(work) wk_entry; /* w: */
};

struct workqueue;
struct cpu_info;

#define WQ_MPSAFE 0x01 /* all are */
#define WQ_PERCPU 0x02 /* allows a `ci'; there is one queue all the same */
#define WQ_FPU    0x04 /* no meaning: every thread has one */

#pragma GCC visibility push(default)
/*
 * A workqueue whose thread calls fn(work, arg).  `name' is copied, and cut to
 * 31 bytes; `pri' and `ipl' mean nothing.  Waits for memory; but there may be
 * no thread to be had: an errno of the host's thread_create, or ENOMEM, and
 * *wqp stays as it is.
 */
int puffsmsg_kern_workqueue_create(struct workqueue **wqp, const char *name,
    void (*fn)(struct work *, void *), void *arg, pri_t pri, int ipl,
    int flags);
/* Does not block.  `ci' means nothing. */
void puffsmsg_kern_workqueue_enqueue(struct workqueue *wq, struct work *wk,
    struct cpu_info *ci);
/*
 * Blocks until `wk' is neither enqueued nor being done.  It must not be
 * enqueued again by others meanwhile; if its own function does so, that is
 * waited for as well.  `wk' is only compared: it may have been freed.  Returns
 * at once in the workqueue's own thread, whatever is enqueued.
 */
void puffsmsg_kern_workqueue_wait(struct workqueue *wq, struct work *wk);
/*
 * Blocks until the work that is being done has ended.  No work should be
 * enqueued, nor may be any more; what is, is done before.  Nobody else is in
 * workqueue_wait, nor waits later.
 */
void puffsmsg_kern_workqueue_destroy(struct workqueue *wq);
#pragma GCC visibility pop

#define workqueue_create(wqp, name, fn, arg, pri, ipl, flags) \
	puffsmsg_kern_workqueue_create(wqp, name, fn, arg, pri, ipl, flags)
#define workqueue_enqueue(wq, wk, ci) \
	puffsmsg_kern_workqueue_enqueue(wq, wk, ci)
#define workqueue_wait(wq, wk) puffsmsg_kern_workqueue_wait(wq, wk)
#define workqueue_destroy(wq)  puffsmsg_kern_workqueue_destroy(wq)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_WORKQUEUE_H */
