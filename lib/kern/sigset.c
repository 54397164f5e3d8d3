/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The signal calls of the kernel that speak of sets as the system has them.
 * Those may know fewer signals than ours.
 */

#include <errno.h>
#include <signal.h>

#include "kern/kern_private.h"

#include <sys/signalvar.h>

typedef struct puffsmsg__sigbits sigbits_t;

#define NWORDS (sizeof(sigbits_t) / sizeof(uint32_t))

static uint32_t *
word_of(sigbits_t *bits, int sig)
{
	return &bits->w[(unsigned)sig / 32];
}

static uint32_t
bit_of(int sig)
{
	return UINT32_C(1) << ((unsigned)sig % 32);
}

static void
to_sigset(sigbits_t *bits, sigset_t *set)
{
	(void)sigemptyset(set);
	for (int sig = 1; sig < PUFFSMSG_NSIG; sig++) {
		if (*word_of(bits, sig) & bit_of(sig))
			(void)sigaddset(set, sig);
	}
}

static void
from_sigset(const sigset_t *set, sigbits_t *bits)
{
	*bits = (sigbits_t){ { 0 } };
	for (int sig = 1; sig < PUFFSMSG_NSIG; sig++) {
		if (sigismember(set, sig) == 1)
			*word_of(bits, sig) |= bit_of(sig);
	}
}

void
puffsmsg_kern_sigpending1(struct lwp *l, sigset_t *set)
{
	sigbits_t bits;

	puffsmsg__sig_allpending(l, &bits);
	to_sigset(&bits, set);
}

/* What the mask word `old' becomes. */
static uint32_t
masked(int how, uint32_t old, uint32_t bits)
{
	switch (how) {
	case SIG_BLOCK:
		return old | bits;
	case SIG_UNBLOCK:
		return old & ~bits;
	default:
		return bits;
	}
}

int
puffsmsg_kern_sigprocmask1(struct lwp *l, int how, const sigset_t *set,
    sigset_t *old)
{
	sigbits_t bits, was;

	if (set != NULL && how != SIG_BLOCK && how != SIG_UNBLOCK &&
	    how != SIG_SETMASK)
		return EINVAL;
	puffsmsg__sigmask_block(l, &(sigbits_t){ { 0 } }, &was);
	if (old != NULL)
		to_sigset(&was, old);
	if (set == NULL)
		return 0;
	from_sigset(set, &bits);
	for (unsigned i = 0; i < NWORDS; i++)
		bits.w[i] = masked(how, was.w[i], bits.w[i]);
	puffsmsg__sigmask_restore(l, &bits);
	return 0;
}
