/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_LWP_H
#define PUFFSMSG_KERN_SYS_LWP_H

/*
 * An lwp is a thread as the library sees it.  It is made at the first curlwp
 * of a thread, or by kthread_create, and freed when the thread ends or by
 * puffsmsg_lwp_detach: only its own thread, or who holds p_lock, may look at
 * it.
 *
 * Keys:  (: stable   l: only the lwp itself   p: *p_lock   q: lock of *l_sleepq
 *        p* written under *p_lock, read with atomics
 *        l* written by the lwp itself, read with atomics   a: atomic
 */

#include <sys/queue.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A set of signals: bit n % 32 of word n / 32 is signal n. */
struct puffsmsg__sigbits {
	uint32_t w[4];
};

struct puffsmsg__magazine;
struct puffsmsg__memwait;
struct puffsmsg__sleepq;

/* What an lwp caches of one pool; see lib/kern/pool_cache.c. */
struct puffsmsg__lwpmags {
	struct puffsmsg__magazine *loaded;
	struct puffsmsg__magazine *previous;
};

#define PUFFSMSG__NPOOLS  32
#define PUFFSMSG__NKMEM   10 /* sizes that kmem(9) caches */
#define PUFFSMSG__MAXNAME 32
#define PUFFSMSG__MAXHELD 16

struct lwp {
	struct proc *l_proc;            /* (: */
	int32_t l_lid;                  /* (: from 1 */
	uint32_t l_flag;                /* a: LW_* */
	const char *l_wmesg;            /* l: what it sleeps for */
	char l_name[PUFFSMSG__MAXNAME]; /* (: */
	/* Private from here. */
	uint32_t l_nosleep;         /* l: > 0: must not sleep */
	TAILQ_ENTRY(lwp) l_sibling; /* p: on p_lwps */
	/* sleepq.c */
	uint32_t l_sleepword;                /* a: outcome and sequence */
	uint32_t l_sleephow;                 /* l: PUFFSMSG__SLEEP_* */
	struct puffsmsg__sleepq *l_sleepq;   /* q: NULL: on none */
	TAILQ_ENTRY(lwp) l_sleepchain;       /* q: */
	void *l_token;                       /* (: the host's */
	int l_schedstate;                    /* l: of the host's unschedule */
	void (*l_oncancel)(void *);          /* l: */
	void *l_oncancelarg;                 /* l: */
	struct puffsmsg__memwait *l_memwait; /* l: it waits for memory */
	struct kmutex *l_interlock;          /* q: of its cv_wait */
	/* lockdebug.c: locks that it holds, the last one taken last */
	uint16_t l_held[PUFFSMSG__MAXHELD]; /* l: ids */
	uint16_t *l_heldmore;               /* l: in place of l_held, or NULL */
	uint32_t l_nheld;                   /* l: */
	uint32_t l_heldroom;                /* l: of l_heldmore */
	uint32_t l_heldlost;                /* l: held, but not on the list */
	/* signal.c */
	struct puffsmsg__sigbits l_sigpending; /* p* */
	struct puffsmsg__sigbits l_sigmask;    /* l* */
	/* lwp.c, kthread.c */
	void (*l_onexit)(void *); /* l: */
	void *l_onexitarg;        /* l: */
	void (*l_func)(void *);   /* (: kthread */
	void *l_funcarg;          /* (: */
	void *l_thread;           /* (: the host's, for join */
	/* pool_cache.c */
	struct puffsmsg__lwpmags
	    l_mags[PUFFSMSG__NPOOLS + PUFFSMSG__NKMEM]; /* l: */
};

/* l_flag */
#define LW_PENDSIG 0x01u /* a signal is pending, blocked or not */
#define LW_SYSTEM  0x02u /* a kthread */
#define LW_JOIN    0x04u /* kthread_join frees it */

#pragma GCC visibility push(default)
struct lwp *puffsmsg_kern_curlwp(void);
#pragma GCC visibility pop

/*
 * The calling thread's lwp; makes the thread one if it is none, for which it
 * waits for memory if it must.  Never NULL.
 */
#define curlwp puffsmsg_kern_curlwp()

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_LWP_H */
