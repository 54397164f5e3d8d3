/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * rwlock(9).
 *
 * The owner word holds either the lwp that writes, with WRITE_LOCKED, or the
 * number of readers, and the flags below them.  While nobody waits, taking
 * and leaving the lock is one atomic on it.
 *
 * Waiters queue in the lock, under the lock of the sleep table that its
 * address hashes to, which also protects the two flags about waiters:
 *
 *	WAITERS		somebody waits: who leaves the lock unheld must not,
 *			but give it away
 *	WRITE_WANTED	a writer does: no new readers (while a writer holds
 *			the lock it need not be set)
 *
 * A read-held lock with WAITERS has WRITE_WANTED too, for only writers, and
 * those behind them, wait for readers.  So once its last reader has seen
 * WAITERS, no other can come.  A sleep for the lock ends in no other way than
 * by being given it, so the queues only grow while it is held.
 *
 * The owner word is changed first, then the waiters are claimed; from the
 * last claim on the lock may be gone.
 */

#include "kern/kern_private.h"
#include "kern/lockdebug.h"

#include <sys/rwlock.h>

#define MAGIC 0x72776c6bu

#define WAITERS      ((uintptr_t)0x1)
#define WRITE_WANTED ((uintptr_t)0x2)
#define WRITE_LOCKED ((uintptr_t)0x4)
#define READER       ((uintptr_t)0x10) /* one of them */
#define HOLDER       (~(READER - 1))   /* lwp or number of readers */

_Static_assert(sizeof(struct puffsmsg__sleepq) ==
	sizeof(((krwlock_t *)NULL)->rw_readers),
    "an rwlock has room for its queues");

static struct puffsmsg__sleepq *
readers_of(krwlock_t *rw)
{
	return (struct puffsmsg__sleepq *)(void *)rw->rw_readers;
}

static struct puffsmsg__sleepq *
writers_of(krwlock_t *rw)
{
	return (struct puffsmsg__sleepq *)(void *)rw->rw_writers;
}

/* The owner word of a lock that `l' holds as writer. */
static uintptr_t
written_by(const struct lwp *l)
{
	return (uintptr_t)l | WRITE_LOCKED;
}

static bool
is_written_by(uintptr_t owner, const struct lwp *l)
{
	return (owner & (HOLDER | WRITE_LOCKED)) == written_by(l);
}

static bool
is_read(uintptr_t owner)
{
	return (owner & WRITE_LOCKED) == 0 && (owner & HOLDER) != 0;
}

/* Diagnostic: `rw' is an rwlock. */
static void
check(const krwlock_t *rw, const char *call)
{
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
	if (rw->rw_magic != MAGIC)
		puffsmsg__panic("%s: rwlock %p is not initialised", call,
		    (const void *)rw);
#else
	(void)rw;
	(void)call;
#endif
}

/* Diagnostic: `rw' is an rwlock, and held: by readers, if `read', or by `l'. */
static void
check_held(const krwlock_t *rw, const struct lwp *l, bool read,
    const char *call)
{
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
	uintptr_t owner = puffsmsg__loaduptr(&rw->rw_owner);

	check(rw, call);
	if (read ? !is_read(owner) : !is_written_by(owner, l))
		puffsmsg__panic("%s: rwlock %p is not held by %s", call,
		    (const void *)rw, read ? "a reader" : "this lwp");
#else
	(void)rw;
	(void)l;
	(void)read;
	(void)call;
#endif
}

void
puffsmsg_kern_rw_init(krwlock_t *rw)
{
	puffsmsg__must_run("rw_init");
	rw->rw_owner = 0;
	puffsmsg__sleepq_init(readers_of(rw));
	puffsmsg__sleepq_init(writers_of(rw));
	rw->rw_nwaiting = 0;
	puffsmsg__lockdebug_init(&rw->rw_lockid, rw, "rwlock");
	rw->rw_magic = MAGIC;
}

/* Who waits does so because it is held. */
void
puffsmsg_kern_rw_destroy(krwlock_t *rw)
{
	check(rw, "rw_destroy");
	if (puffsmsg__loaduptr(&rw->rw_owner) != 0)
		puffsmsg__panic("rw_destroy: rwlock %p is held", (void *)rw);
	puffsmsg__lockdebug_destroy(&rw->rw_lockid);
	rw->rw_magic = 0;
}

/*
 * Takes the lock if that needs no waiting; else *owner says what is in the
 * way.
 */
static bool
try_acquire(krwlock_t *rw, const struct lwp *l, krw_t op, uintptr_t *owner)
{
	uintptr_t hold = op == RW_READER ? READER : written_by(l);
	uintptr_t barred = WRITE_LOCKED | WRITE_WANTED;
	uintptr_t seen;

	if (op == RW_WRITER)
		barred |= HOLDER;
	*owner = puffsmsg__loaduptr(&rw->rw_owner);
	while ((*owner & barred) == 0) {
		seen = puffsmsg__casolduptr(&rw->rw_owner, *owner,
		    *owner + hold);
		if (seen == *owner)
			return true;
		*owner = seen;
	}
	return false;
}

/*
 * Takes the lock, or joins the queue, and says in the owner word that there is
 * one: whichever the word allows at one moment.  The table's lock is held.
 */
static bool
acquire_or_queue(krwlock_t *rw, struct lwp *l, krw_t op)
{
	uintptr_t flags = WAITERS, owner;

	if (op == RW_WRITER)
		flags |= WRITE_WANTED;
	do {
		if (try_acquire(rw, l, op, &owner))
			return true;
	} while (
	    puffsmsg__casolduptr(&rw->rw_owner, owner, owner | flags) != owner);
	if (op == RW_READER)
		rw->rw_nwaiting++;
	puffsmsg__sleepq_enter(op == RW_READER ? readers_of(rw)
					       : writers_of(rw),
	    l, 0);
	return false;
}

static void panic_held(const krwlock_t *rw) __attribute__((__noreturn__));

static void
panic_held(const krwlock_t *rw)
{
	puffsmsg__panic("rw_enter: rwlock %p is held by this lwp",
	    (const void *)rw);
}

/*
 * Diagnostic: who reads the lock does not enter it again.  (Who writes it
 * comes to acquire_contended.)
 */
static void
check_reads_once(const krwlock_t *rw, const struct lwp *l)
{
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
	if (is_read(puffsmsg__loaduptr(&rw->rw_owner)) &&
	    puffsmsg__lockdebug_holds(l, &rw->rw_lockid))
		panic_held(rw);
#else
	(void)rw;
	(void)l;
#endif
}

/* When the sleep is over, the lock is ours. */
static void
acquire_contended(krwlock_t *rw, struct lwp *l, krw_t op)
{
	kmutex_t *lock = puffsmsg__sleeptab_lock(rw);
	bool acquired;

	if (is_written_by(puffsmsg__loaduptr(&rw->rw_owner), l))
		panic_held(rw);
	puffsmsg_kern_mutex_enter(lock);
	acquired = acquire_or_queue(rw, l, op);
	puffsmsg_kern_mutex_exit(lock);
	if (acquired)
		return;
	l->l_wmesg = "rwlock";
	(void)puffsmsg__sleep_wait(l, PUFFSMSG_FOREVER);
	l->l_wmesg = NULL;
}

void
puffsmsg_kern_rw_enter(krwlock_t *rw, const krw_t op)
{
	struct lwp *l = curlwp;
	uintptr_t owner;

	check(rw, "rw_enter");
	check_reads_once(rw, l);
	puffsmsg__lockdebug_want(l, &rw->rw_lockid);
	if (PUFFSMSG__UNLIKELY(!try_acquire(rw, l, op, &owner)))
		acquire_contended(rw, l, op);
	puffsmsg__lockdebug_took(l, &rw->rw_lockid);
}

int
puffsmsg_kern_rw_tryenter(krwlock_t *rw, const krw_t op)
{
	struct lwp *l = curlwp;
	uintptr_t owner;

	check(rw, "rw_tryenter");
	if (!try_acquire(rw, l, op, &owner))
		return 0;
	puffsmsg__lockdebug_took(l, &rw->rw_lockid);
	return 1;
}

/*
 * To all readers that wait, and to `kept' more.  The table's lock is held, and
 * the lock is the caller's to give.
 */
static void
give_to_readers(krwlock_t *rw, uint32_t kept)
{
	uintptr_t owner = (rw->rw_nwaiting + kept) * READER;

	if (!puffsmsg__sleepq_empty(writers_of(rw)))
		owner |= WAITERS | WRITE_WANTED;
	rw->rw_nwaiting = 0;
	(void)puffsmsg__xchguptr(&rw->rw_owner, owner);
	puffsmsg__sleepq_wake_all(readers_of(rw));
}

/*
 * To the writer that has waited longest; there is one.  Likewise.  That other
 * writers wait matters when there are readers again.
 */
static void
give_to_writer(krwlock_t *rw)
{
	struct puffsmsg__sleepq *writers = writers_of(rw);
	struct lwp *l = TAILQ_FIRST(&writers->sq_lwps);
	uintptr_t owner = written_by(l);

	if (TAILQ_NEXT(l, l_sleepchain) != NULL || rw->rw_nwaiting > 0)
		owner |= WAITERS;
	(void)puffsmsg__xchguptr(&rw->rw_owner, owner);
	puffsmsg__sleep_unblock(puffsmsg__sleepq_claim_one(writers));
}

/*
 * The caller is the last to hold the lock, and there are waiters: writers, if
 * it is a reader.
 */
static void
give(krwlock_t *rw, bool written)
{
	kmutex_t *lock = puffsmsg__sleeptab_lock(rw);

	puffsmsg_kern_mutex_enter(lock);
	if (written && rw->rw_nwaiting > 0)
		give_to_readers(rw, 0);
	else
		give_to_writer(rw);
	puffsmsg_kern_mutex_exit(lock);
}

void
puffsmsg_kern_rw_exit(krwlock_t *rw)
{
	uintptr_t owner = puffsmsg__loaduptr(&rw->rw_owner);
	bool written = (owner & WRITE_LOCKED) != 0;
	uintptr_t hold = READER, left, seen;
	struct lwp *l = curlwp;

	check_held(rw, l, !written, "rw_exit");
	puffsmsg__lockdebug_left(l, &rw->rw_lockid);
	if (written)
		hold = written_by(l);
	for (;; owner = seen) {
		left = owner - hold;
		if ((left & (HOLDER | WAITERS)) == WAITERS)
			break;
		seen = puffsmsg__casolduptr(&rw->rw_owner, owner, left);
		if (seen == owner)
			return;
	}
	give(rw, written);
}

int
puffsmsg_kern_rw_tryupgrade(krwlock_t *rw)
{
	struct lwp *l = curlwp;
	uintptr_t owner, seen;

	check_held(rw, l, true, "rw_tryupgrade");
	owner = puffsmsg__loaduptr(&rw->rw_owner);
	for (; (owner & HOLDER) == READER; owner = seen) {
		seen = puffsmsg__casolduptr(&rw->rw_owner, owner,
		    owner - READER + written_by(l));
		if (seen == owner)
			return 1;
	}
	return 0;
}

void
puffsmsg_kern_rw_downgrade(krwlock_t *rw)
{
	kmutex_t *lock = puffsmsg__sleeptab_lock(rw);
	struct lwp *l = curlwp;

	check_held(rw, l, false, "rw_downgrade");
	if (puffsmsg__casolduptr(&rw->rw_owner, written_by(l), READER) ==
	    written_by(l))
		return;
	puffsmsg_kern_mutex_enter(lock);
	give_to_readers(rw, 1);
	puffsmsg_kern_mutex_exit(lock);
}

int
puffsmsg_kern_rw_read_held(krwlock_t *rw)
{
	return is_read(puffsmsg__loaduptr(&rw->rw_owner));
}

int
puffsmsg_kern_rw_write_held(krwlock_t *rw)
{
	return is_written_by(puffsmsg__loaduptr(&rw->rw_owner), curlwp);
}

int
puffsmsg_kern_rw_lock_held(krwlock_t *rw)
{
	return (puffsmsg__loaduptr(&rw->rw_owner) & HOLDER) != 0;
}

krw_t
puffsmsg_kern_rw_lock_op(krwlock_t *rw)
{
	uintptr_t owner = puffsmsg__loaduptr(&rw->rw_owner);

	check_held(rw, curlwp, (owner & WRITE_LOCKED) == 0, "rw_lock_op");
	return (owner & WRITE_LOCKED) != 0 ? RW_WRITER : RW_READER;
}
