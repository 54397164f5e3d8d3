/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Emulated signals.
 *
 * Pending sets change under p_lock and are read without; an lwp's mask is
 * changed by itself alone.  LW_PENDSIG says that something is pending for the
 * lwp or the process, so that asking costs one load when nothing is.
 *
 * No lost wakeup: a sleeper first says that it sleeps and then looks at
 * LW_PENDSIG, a poster first sets LW_PENDSIG and then looks whether the lwp
 * sleeps, all sequentially consistent.
 */

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stddef.h>

#include "kern/kern_private.h"

#include <sys/signalvar.h>

#define NWORDS 4

_Static_assert(PUFFSMSG_NSIG == 32 * NWORDS, "a bit for each signal");

#define BIT(sig, word) \
	((sig) / 32 == (word) ? UINT32_C(1) << ((sig) % 32) : UINT32_C(0))

/* Those that NFS lets interrupt an interruptible mount. */
#define IMPORTANT(word) \
	(BIT(SIGINT, word) | BIT(SIGTERM, word) | BIT(SIGKILL, word) | \
	    BIT(SIGHUP, word) | BIT(SIGQUIT, word))

/* Those that can be neither blocked nor ignored. */
#define CANTMASK(word) (BIT(SIGKILL, word) | BIT(SIGSTOP, word))

typedef struct puffsmsg__sigbits sigbits_t;

const struct puffsmsg__sigbits puffsmsg__sig_interrupting = { {
    IMPORTANT(0),
    IMPORTANT(1),
    IMPORTANT(2),
    IMPORTANT(3),
} };

const struct puffsmsg__sigbits puffsmsg__sig_unimportant = { {
    ~IMPORTANT(0),
    ~IMPORTANT(1),
    ~IMPORTANT(2),
    ~IMPORTANT(3),
} };

static const struct puffsmsg__sigbits cantmask = { {
    CANTMASK(0),
    CANTMASK(1),
    CANTMASK(2),
    CANTMASK(3),
} };

static bool
valid(int sig)
{
	return sig >= 1 && sig < PUFFSMSG_NSIG;
}

static unsigned
word_of(int sig)
{
	return (unsigned)sig / 32;
}

static uint32_t
bit_of(int sig)
{
	return UINT32_C(1) << ((unsigned)sig % 32);
}

/* Sets that others read without a lock. */
static void
add(sigbits_t *set, int sig)
{
	(void)puffsmsg__or32(&set->w[word_of(sig)], bit_of(sig));
}

static void
del(sigbits_t *set, int sig)
{
	(void)puffsmsg__and32(&set->w[word_of(sig)], ~bit_of(sig));
}

static bool
has(const sigbits_t *set, int sig)
{
	return (puffsmsg__load32(&set->w[word_of(sig)]) & bit_of(sig)) != 0;
}

/* Word `i' of what is pending for `l' or its process. */
static uint32_t
pending_word(const struct lwp *l, unsigned i)
{
	return puffsmsg__load32(&l->l_sigpending.w[i]) |
	    puffsmsg__load32(&l->l_proc->p_sigpending.w[i]);
}

static uint32_t
deliverable_word(const struct lwp *l, unsigned i)
{
	return pending_word(l, i) & ~puffsmsg__load32(&l->l_sigmask.w[i]);
}

static bool
hinted(const struct lwp *l)
{
	return (puffsmsg__load32_seq(&l->l_flag) & LW_PENDSIG) != 0;
}

bool
puffsmsg__sig_pending(struct lwp *l)
{
	uint32_t any = 0;

	if (!hinted(l))
		return false;
	for (unsigned i = 0; i < NWORDS; i++)
		any |= deliverable_word(l, i);
	return any != 0;
}

bool
puffsmsg__sig_pending_in(struct lwp *l, const struct puffsmsg__sigbits *set)
{
	uint32_t any = 0;

	if (!hinted(l))
		return false;
	for (unsigned i = 0; i < NWORDS; i++)
		any |= deliverable_word(l, i) & set->w[i];
	return any != 0;
}

/*
 * The stores are ordered before the sleep that follows by its own.
 */
static void
set_mask(struct lwp *l, unsigned i, uint32_t bits)
{
	puffsmsg__store32_relaxed(&l->l_sigmask.w[i], bits & ~cantmask.w[i]);
}

void
puffsmsg__sigmask_block(struct lwp *l, const struct puffsmsg__sigbits *more,
    struct puffsmsg__sigbits *old)
{
	uint32_t bits;

	for (unsigned i = 0; i < NWORDS; i++) {
		old->w[i] = puffsmsg__load32_relaxed(&l->l_sigmask.w[i]);
		bits = more->w[i] & ~BIT(SIGKILL, i);
		puffsmsg__store32_relaxed(&l->l_sigmask.w[i], old->w[i] | bits);
	}
}

void
puffsmsg__sigmask_restore(struct lwp *l, const struct puffsmsg__sigbits *old)
{
	for (unsigned i = 0; i < NWORDS; i++)
		set_mask(l, i, old->w[i]);
}

/* p_lock is held: LW_PENDSIG of `l' says the truth again. */
static void
update_hint(struct lwp *l)
{
	uint32_t any = 0;

	for (unsigned i = 0; i < NWORDS; i++)
		any |= pending_word(l, i);
	if (any != 0)
		(void)puffsmsg__or32(&l->l_flag, LW_PENDSIG);
	else
		(void)puffsmsg__and32(&l->l_flag, ~LW_PENDSIG);
}

void
puffsmsg__sig_inherit(struct lwp *l)
{
	update_hint(l);
}

static void
update_hints(struct proc *p)
{
	struct lwp *l;

	TAILQ_FOREACH(l, &p->p_lwps, l_sibling)
		update_hint(l);
}

/* p_lock is held.  Returns the token of whom to wake. */
static void *
post_to_lwp(struct lwp *l, int sig)
{
	if (has(&l->l_proc->p_sigignore, sig))
		return NULL;
	add(&l->l_sigpending, sig);
	update_hint(l);
	return puffsmsg__sleep_interrupt(l);
}

static void *
post_to_proc(struct proc *p, int sig)
{
	struct lwp *l;
	void *token;

	if (has(&p->p_sigignore, sig))
		return NULL;
	add(&p->p_sigpending, sig);
	update_hints(p);
	TAILQ_FOREACH(l, &p->p_lwps, l_sibling) {
		token = puffsmsg__sleep_interrupt(l);
		if (token != NULL)
			return token;
	}
	return NULL;
}

static struct lwp *
find(struct proc *p, int32_t lid)
{
	struct lwp *l;

	TAILQ_FOREACH(l, &p->p_lwps, l_sibling) {
		if (l->l_lid == lid)
			return l;
	}
	return NULL;
}

/* Returns 0 or ESRCH. */
static int
post_to_lid(struct proc *p, int32_t lid, int sig)
{
	struct lwp *l;
	void *token = NULL;

	puffsmsg_kern_mutex_enter(p->p_lock);
	l = find(p, lid);
	if (l != NULL)
		token = post_to_lwp(l, sig);
	puffsmsg_kern_mutex_exit(p->p_lock);
	puffsmsg__sleep_unblock(token);
	return l != NULL ? 0 : ESRCH;
}

int
puffsmsg_lwp_kill(int32_t lid, int sig)
{
	puffsmsg__must_run("puffsmsg_lwp_kill");
	if (!valid(sig))
		return EINVAL;
	return post_to_lid(&puffsmsg__proc0, lid, sig);
}

void
puffsmsg_kern_psignal(struct proc *p, int sig)
{
	void *token;

	if (!valid(sig))
		puffsmsg__panic("psignal: signal %d", sig);
	puffsmsg_kern_mutex_enter(p->p_lock);
	token = post_to_proc(p, sig);
	puffsmsg_kern_mutex_exit(p->p_lock);
	puffsmsg__sleep_unblock(token);
}

void
puffsmsg_kern_kpsignal(struct proc *p, ksiginfo_t *ksi, void *data)
{
	(void)data;
	if (!valid(ksi->ksi_signo))
		puffsmsg__panic("kpsignal: signal %d", ksi->ksi_signo);
	if (ksi->ksi_lid != 0)
		(void)post_to_lid(p, ksi->ksi_lid, ksi->ksi_signo);
	else
		puffsmsg_kern_psignal(p, ksi->ksi_signo);
}

int
puffsmsg_proc_kill(int sig)
{
	puffsmsg__must_run("puffsmsg_proc_kill");
	if (!valid(sig))
		return EINVAL;
	puffsmsg_kern_psignal(&puffsmsg__proc0, sig);
	return 0;
}

/* Lowest signal that may be delivered to `l', or 0. */
static int
lowest(const struct lwp *l)
{
	for (int sig = 1; sig < PUFFSMSG_NSIG; sig++) {
		if ((deliverable_word(l, word_of(sig)) & bit_of(sig)) != 0)
			return sig;
	}
	return 0;
}

int
puffsmsg_lwp_sigtake(void)
{
	struct proc *p = &puffsmsg__proc0;
	struct lwp *l;
	int sig;

	puffsmsg__must_run("puffsmsg_lwp_sigtake");
	l = curlwp;
	puffsmsg_kern_mutex_enter(p->p_lock);
	sig = lowest(l);
	if (sig != 0) {
		del(&l->l_sigpending, sig);
		del(&p->p_sigpending, sig);
		update_hints(p);
	}
	puffsmsg_kern_mutex_exit(p->p_lock);
	return sig;
}

static bool
maskable(int sig)
{
	return valid(sig) && (cantmask.w[word_of(sig)] & bit_of(sig)) == 0;
}

int
puffsmsg_lwp_sigblock(int sig, bool block)
{
	struct lwp *l;

	puffsmsg__must_run("puffsmsg_lwp_sigblock");
	l = curlwp;
	if (!maskable(sig))
		return EINVAL;
	if (block)
		add(&l->l_sigmask, sig);
	else
		del(&l->l_sigmask, sig);
	return 0;
}

/* p_lock is held. */
static void
drop(struct proc *p, int sig)
{
	struct lwp *l;

	del(&p->p_sigpending, sig);
	TAILQ_FOREACH(l, &p->p_lwps, l_sibling)
		del(&l->l_sigpending, sig);
	update_hints(p);
}

int
puffsmsg_proc_sigignore(int sig, bool ignore)
{
	struct proc *p = &puffsmsg__proc0;

	puffsmsg__must_run("puffsmsg_proc_sigignore");
	if (!maskable(sig))
		return EINVAL;
	puffsmsg_kern_mutex_enter(p->p_lock);
	if (ignore) {
		add(&p->p_sigignore, sig);
		drop(p, sig);
	} else
		del(&p->p_sigignore, sig);
	puffsmsg_kern_mutex_exit(p->p_lock);
	return 0;
}

int
puffsmsg_kern_sigispending(struct lwp *l, int sig)
{
	if (sig == 0)
		return puffsmsg__sig_pending(l) ? EINTR : 0;
	if (!valid(sig))
		return 0;
	return (deliverable_word(l, word_of(sig)) & bit_of(sig)) ? EINTR : 0;
}

void
puffsmsg__sig_allpending(struct lwp *l, struct puffsmsg__sigbits *bits)
{
	for (unsigned i = 0; i < NWORDS; i++)
		bits->w[i] = pending_word(l, i);
}
