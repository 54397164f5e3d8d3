/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_SIGNALVAR_H
#define PUFFSMSG_KERN_SYS_SIGNALVAR_H

/*
 * Emulated signals; see puffsmsg/lwp.h for what they are.  From any thread,
 * no call blocks.
 */

#include <sys/select.h> /* sigset_t, in strict ISO C too */
#include <sys/types.h>

#include <signal.h>
#include <string.h>

#include <sys/lwp.h>
#include <sys/proc.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A signal to post.  Of its fields only the number and the lwp matter: nobody
 * is told of the others.
 */
typedef struct ksiginfo {
	int ksi_flags;
	int ksi_signo;
	int ksi_code;
	int ksi_errno;
	pid_t ksi_pid;
	uid_t ksi_uid;
	lwpid_t ksi_lid; /* 0: the process */
	int ksi_trap;
	void *ksi_addr;
} ksiginfo_t;

#define KSI_EMPTY 0x01
#define KSI_TRAP  0x02

#define KSI_INIT(ksi) ((void)memset(ksi, 0, sizeof(*(ksi))))
#define KSI_INIT_EMPTY(ksi) \
	(KSI_INIT(ksi), (void)((ksi)->ksi_flags = KSI_EMPTY))
#define KSI_INIT_TRAP(ksi) (KSI_INIT(ksi), (void)((ksi)->ksi_flags = KSI_TRAP))

#pragma GCC visibility push(default)
/* Posts `sig' to the process, as puffsmsg_proc_kill; other numbers panic. */
void puffsmsg_kern_psignal(struct proc *p, int sig);
/*
 * The same for ksi_signo; with a ksi_lid to that lwp, as puffsmsg_lwp_kill, or
 * to nobody if it is gone.  `data' means nothing.
 */
void puffsmsg_kern_kpsignal(struct proc *p, ksiginfo_t *ksi, void *data);
/*
 * EINTR if `sig' (0: any) is pending for `l' or its process and not blocked
 * by it, else 0.  `l' is curlwp, or p_lock is held.
 */
int puffsmsg_kern_sigispending(struct lwp *l, int sig);
/* What is pending for `l' or its process, blocked or not. */
void puffsmsg_kern_sigpending1(struct lwp *l, sigset_t *set);
/*
 * Changes the mask of `l' (= curlwp) as sigprocmask(2) does, and returns 0 or
 * EINVAL.  Either set may be NULL.
 */
int puffsmsg_kern_sigprocmask1(struct lwp *l, int how, const sigset_t *set,
    sigset_t *old);
#pragma GCC visibility pop

#define psignal(p, sig)        puffsmsg_kern_psignal(p, sig)
#define kpsignal(p, ksi, data) puffsmsg_kern_kpsignal(p, ksi, data)
#define sigispending(l, sig)   puffsmsg_kern_sigispending(l, sig)
#define sigpending1(l, set)    puffsmsg_kern_sigpending1(l, set)
#define sigprocmask1(l, how, set, old) \
	puffsmsg_kern_sigprocmask1(l, how, set, old)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_SIGNALVAR_H */
