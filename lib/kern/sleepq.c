/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Sleeping and waking; see sleepq.h for the states and the guarantees that
 * are cited here.
 *
 * The sleep word holds the state in its low bits and above them the number of
 * the sleep.  The number makes a claim hit the sleep that its owner looked at:
 * between looking at the signal mask of a sleeper and claiming it, that sleep
 * may end and another begin with another mask.
 */

#include <errno.h>

#include "kern/kern_private.h"

#define AWAKE       0u
#define ASLEEP      1u
#define ASLEEP_SIG  2u /* asleep, and signals may end it */
#define WOKEN       3u
#define INTERRUPTED 4u
#define TIMEDOUT    5u
#define STATE_MASK  7u

static uint32_t
state(uint32_t word)
{
	return word & STATE_MASK;
}

static bool
asleep(uint32_t word)
{
	return state(word) == ASLEEP || state(word) == ASLEEP_SIG;
}

/* The sleep that `word' was read from ends as `outcome', if it still can. */
static bool
decide(struct lwp *l, uint32_t word, uint32_t outcome)
{
	return puffsmsg__cas32(&l->l_sleepword, word,
	    (word & ~STATE_MASK) | outcome);
}

void
puffsmsg__sleep_prepare(struct lwp *l, unsigned how)
{
	uint32_t word = puffsmsg__load32_relaxed(&l->l_sleepword);

	if (state(word) != AWAKE)
		puffsmsg__panic("lwp %d sleeps already", (int)l->l_lid);
	l->l_sleephow = how;
	word = (word & ~STATE_MASK) + STATE_MASK + 1;
	word |= (how & PUFFSMSG__SLEEP_SIG) != 0 ? ASLEEP_SIG : ASLEEP;
	/*
	 * Sequentially consistent: who posts a signal sees the sleep, or the
	 * sleeper sees the signal.
	 */
	(void)puffsmsg__xchg32(&l->l_sleepword, word);
}

/* Back to AWAKE; only the sleeper itself, after the outcome was decided. */
static void
awake(struct lwp *l, uint32_t word)
{
	puffsmsg__store32_relaxed(&l->l_sleepword, word & ~STATE_MASK);
}

static int
sleep_end(struct lwp *l, uint32_t word)
{
	awake(l, word);
	switch (state(word)) {
	case WOKEN:
		return 0;
	case INTERRUPTED:
		return EINTR;
	default:
		return ETIMEDOUT;
	}
}

int
puffsmsg__sleep_wait(struct lwp *l, uint64_t deadline)
{
	unsigned flags = 0;
	uint32_t word;

	if ((l->l_sleephow & PUFFSMSG__SLEEP_CANCEL) != 0)
		flags |= PUFFSMSG_BLOCK_CANCEL;
	word = puffsmsg__load32_relaxed(&l->l_sleepword);
	if (state(word) == ASLEEP_SIG && puffsmsg__sig_pending(l))
		(void)decide(l, word, INTERRUPTED);
	while (asleep(word = puffsmsg__load32(&l->l_sleepword))) {
		if (puffsmsg__block(l, deadline, flags) == ETIMEDOUT)
			(void)decide(l, word, TIMEDOUT);
	}
	return sleep_end(l, word);
}

void
puffsmsg__sleep_abort(struct lwp *l)
{
	awake(l, puffsmsg__load32_relaxed(&l->l_sleepword));
}

/*
 * The token is read first: once claimed, the sleeper may be gone (d).  A sleep
 * that cannot be decided has been by somebody else, and no other one begins
 * while the caller holds the lock (c).
 */
void *
puffsmsg__sleep_claim(struct lwp *l)
{
	uint32_t word = puffsmsg__load32(&l->l_sleepword);
	void *token;

	if (!asleep(word))
		return NULL;
	token = l->l_token;
	return decide(l, word, WOKEN) ? token : NULL;
}

void
puffsmsg__sleep_unblock(void *token)
{
	if (token != NULL)
		puffsmsg__host->unblock(token);
}

/*
 * The mask that sig_pending looks at is the one of the sleep that `word' is
 * of: only the sleeper changes it, and only while awake.
 */
void *
puffsmsg__sleep_interrupt(struct lwp *l)
{
	uint32_t word = puffsmsg__load32_seq(&l->l_sleepword);

	if (state(word) != ASLEEP_SIG || !puffsmsg__sig_pending(l))
		return NULL;
	return decide(l, word, INTERRUPTED) ? l->l_token : NULL;
}

void
puffsmsg__sleep_oncancel(struct lwp *l, void (*fn)(void *), void *arg)
{
	l->l_oncancel = fn;
	l->l_oncancelarg = arg;
}

/* Upcall: the calling thread leaves puffsmsg__block and will not return. */
void
puffsmsg__sleep_cancelled(void *lwp)
{
	struct lwp *l = lwp;
	void (*fn)(void *);
	uint32_t word;

	if (l == NULL)
		return;
	if (puffsmsg__host->schedule != NULL)
		puffsmsg__host->schedule(l->l_schedstate);
	if (l->l_memwait != NULL)
		puffsmsg__mem_waited(l->l_memwait);
	l->l_memwait = NULL;
	word = puffsmsg__load32(&l->l_sleepword);
	if (asleep(word))
		(void)decide(l, word, INTERRUPTED);
	awake(l, word);
	l->l_wmesg = NULL;
	fn = l->l_oncancel;
	l->l_oncancel = NULL;
	if (fn != NULL)
		fn(l->l_oncancelarg);
}

int
puffsmsg__block(struct lwp *l, uint64_t deadline, unsigned flags)
{
	const struct puffsmsg_host *h = puffsmsg__host;
	int error, sched;

	if (h->unschedule == NULL)
		return h->block(deadline, flags);
	h->unschedule(&sched);
	if (l != NULL)
		l->l_schedstate = sched;
	error = h->block(deadline, flags);
	h->schedule(sched);
	return error;
}

void
puffsmsg__sleepq_init(struct puffsmsg__sleepq *sq)
{
	TAILQ_INIT(&sq->sq_lwps);
}

bool
puffsmsg__sleepq_empty(const struct puffsmsg__sleepq *sq)
{
	return TAILQ_EMPTY(&sq->sq_lwps);
}

void
puffsmsg__sleepq_enter(struct puffsmsg__sleepq *sq, struct lwp *l, unsigned how)
{
	puffsmsg__sleep_prepare(l, how);
	TAILQ_INSERT_TAIL(&sq->sq_lwps, l, l_sleepchain);
	l->l_sleepq = sq;
}

void
puffsmsg__sleepq_leave(struct puffsmsg__sleepq *sq, struct lwp *l)
{
	if (l->l_sleepq == NULL)
		return;
	TAILQ_REMOVE(&sq->sq_lwps, l, l_sleepchain);
	l->l_sleepq = NULL;
}

/*
 * Off the list first, then the claim: a claimed lwp may be gone.  One that
 * could not be claimed comes for the lock and finds that it has left (a).
 */
static void *
claim_first(struct puffsmsg__lwplist *list)
{
	struct lwp *l = TAILQ_FIRST(list);

	TAILQ_REMOVE(list, l, l_sleepchain);
	l->l_sleepq = NULL;
	return puffsmsg__sleep_claim(l);
}

void *
puffsmsg__sleepq_claim_one(struct puffsmsg__sleepq *sq)
{
	void *token = NULL;

	while (token == NULL && !puffsmsg__sleepq_empty(sq))
		token = claim_first(&sq->sq_lwps);
	return token;
}

/*
 * The queue is emptied at once, since the last one that is woken may destroy
 * what the queue is part of.
 */
void
puffsmsg__sleepq_wake_all(struct puffsmsg__sleepq *sq)
{
	struct puffsmsg__lwplist list = TAILQ_HEAD_INITIALIZER(list);

	TAILQ_CONCAT(&list, &sq->sq_lwps, l_sleepchain);
	while (!TAILQ_EMPTY(&list))
		puffsmsg__sleep_unblock(claim_first(&list));
}
