/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_PROC_H
#define PUFFSMSG_KERN_SYS_PROC_H

/*
 * The process: there is one, proc0, and all lwps are its.
 *
 * Keys:  (: stable while the library runs   p: *p_lock
 *        p* written under *p_lock, read with atomics
 */

#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/queue.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct proc {
	int32_t p_pid;    /* (: process id */
	kmutex_t *p_lock; /* (: leaf but for pool locks: no KM_SLEEP under it */
	int p_nlwps;      /* p: entries of p_lwps */
	TAILQ_HEAD(puffsmsg__proclwps, lwp) p_lwps; /* p: */
	/* Private from here. */
	int32_t p_lastlid;                     /* p: id given out last */
	bool p_lidwrapped;                     /* p: ids start over */
	struct puffsmsg__sigbits p_sigpending; /* p* */
	struct puffsmsg__sigbits p_sigignore;  /* p: */
};

#define curproc   (curlwp->l_proc)
#define proc_lock (*puffsmsg_kern_proc_lock())

#pragma GCC visibility push(default)
/*
 * What callers of psignal and kpsignal hold in a kernel.  They may here, and
 * need not: nothing of the library's depends on it.
 */
kmutex_t *puffsmsg_kern_proc_lock(void);

/*
 * Sleeps for `ticks', without `m' (may be NULL).  EWOULDBLOCK when they are
 * over; with `intr' EINTR for a signal, and 0 ticks are for ever; without,
 * 0 ticks are misuse.
 */
int puffsmsg_kern_kpause(const char *wmesg, bool intr, int ticks, kmutex_t *m);
#pragma GCC visibility pop

#define kpause(wmesg, intr, ticks, m) \
	puffsmsg_kern_kpause(wmesg, intr, ticks, m)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_PROC_H */
