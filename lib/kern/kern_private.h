/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_KERN_PRIVATE_H
#define PUFFSMSG_KERN_KERN_PRIVATE_H

/* What the files of lib/kern share among themselves. */

#include <stdarg.h>

#include "kern/kern.h"

/* Parts of kern_init and kern_fini, in the order of their inits. */
int puffsmsg__lwp_init(void);
void puffsmsg__lwp_fini(void);
int puffsmsg__sleeptab_init(void);
void puffsmsg__sleeptab_fini(void);
int puffsmsg__pool_init(void);
void puffsmsg__pool_fini(void);
int puffsmsg__kmem_init(void);
void puffsmsg__kmem_fini(void);
int puffsmsg__callout_init(void);
void puffsmsg__callout_fini(void);
void puffsmsg__clock_init(void);
void puffsmsg__kthread_fini(void);

/* From now on ends of threads leave the library alone.  Before any fini. */
void puffsmsg__lwp_close(void);

/*
 * Ends softclock, if there is one: nothing is called any more.  Panics if
 * callouts are pending.  Before kthread_fini.
 */
void puffsmsg__softclock_end(void);

/* mutex_init that may fail with an errno of the host; MUTEX_DEFAULT. */
int puffsmsg__mutex_tryinit(kmutex_t *m);
int puffsmsg__mutex_tryinit_type(kmutex_t *m, kmutex_type_t type);

/* The lock for the sleepers of `obj'.  A leaf; others may have the same. */
kmutex_t *puffsmsg__sleeptab_lock(const void *obj);

/* host->memalloc until it succeeds, after it has failed once. */
void *puffsmsg__memalloc_wait(size_t size, size_t align);

/* Upcalls of the host. */
void puffsmsg__lwp_exiting(void *lwp);
void puffsmsg__sleep_cancelled(void *lwp);

/*
 * The life of an lwp: new (NULL if there is no memory and not `wait'; no
 * thread, on no list), join (an id, on the list of the process), attach (the
 * calling thread's; needs no lock, waits for memory), part (off the list),
 * free.
 */
struct lwp *puffsmsg__lwp_new(bool wait);
void puffsmsg__lwp_join(struct lwp *l);
void puffsmsg__lwp_attach(struct lwp *l);
void puffsmsg__lwp_part(struct lwp *l);
void puffsmsg__lwp_free(struct lwp *l);

/* What is pending for `l' or its process, blocked or not. */
void puffsmsg__sig_allpending(struct lwp *l, struct puffsmsg__sigbits *bits);

/* Called under p_lock when `l' joins the process. */
void puffsmsg__sig_inherit(struct lwp *l);

/* What the calling lwp caches goes to the depots.  It gets and puts no more. */
void puffsmsg__pool_detach(struct lwp *l);
/* Gives as much as possible back to the host.  May take any pool's locks. */
void puffsmsg__pool_drain(void);

/* Deadline `ticks' from now. */
uint64_t puffsmsg__tickdeadline(int ticks);

/* vsnprintf into `buf', always terminated. */
void puffsmsg__format(char *buf, size_t size, const char *fmt, va_list ap)
    __attribute__((__format__(__printf__, 3, 0)));

#endif /* PUFFSMSG_KERN_KERN_PRIVATE_H */
