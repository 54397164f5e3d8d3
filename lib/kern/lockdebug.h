/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_LOCKDEBUG_H
#define PUFFSMSG_KERN_LOCKDEBUG_H

/*
 * Debug checks that all kinds of locks share: the order in which they are
 * taken, and who holds what.  Nothing of it is there without
 * PUFFSMSG_DIAGNOSTIC.
 *
 * A lock has a struct puffsmsg__lockid in it, and calls:
 *
 *	init		lockdebug_init(id, lock, "mutex")
 *	enter		lockdebug_want(l, id), before it waits
 *			lockdebug_took(l, id), once it holds the lock
 *	tryenter	lockdebug_took(l, id)
 *	waiting		lockdebug_wait(id), then lockdebug_waited(id) as the
 *			holder
 *	exit		lockdebug_left(l, id), while it still holds the lock
 *	destroy		lockdebug_destroy(id); lockdebug_awaited(id) before
 *
 * Readers and writers of one lock are the same here: readers that take two
 * locks crosswise wait for each other once there are writers.
 *
 * "B was taken while A was held" is learnt once and forgotten when either is
 * destroyed.  What closes a circle of such facts, of any length, is a panic
 * before the lwp waits.  Facts are about locks, not about kinds of locks: two
 * of one kind may be taken by address, or parents before children.  A lock
 * that was tried for is not asked about, but what is taken under it is.
 *
 * To look up a fact that is known takes no lock and orders nothing between
 * threads, so that data races stay visible.  To learn one takes a lock that
 * is a leaf.  Nothing here waits for memory: a lock or a fact for which there
 * is no room is not checked.
 *
 * l is curlwp, everywhere.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/lwp.h>

#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC

/*
 * `lock' and `kind' are for messages; a panic if the lock at `id' lives.  With
 * `kind' NULL the lock is not checked, and all the other calls do nothing.
 */
void puffsmsg__lockdebug_init(struct puffsmsg__lockid *id, const void *lock,
    const char *kind);
/* It is not held.  Before its memory is touched by others. */
void puffsmsg__lockdebug_destroy(struct puffsmsg__lockid *id);

/* A panic if it would be out of order; not if the lwp holds this very lock. */
void puffsmsg__lockdebug_want(struct lwp *l, const struct puffsmsg__lockid *id);
void puffsmsg__lockdebug_took(struct lwp *l, const struct puffsmsg__lockid *id);
/* A panic if the lwp does not hold it. */
void puffsmsg__lockdebug_left(struct lwp *l, const struct puffsmsg__lockid *id);

/*
 * Whether the lwp holds the lock, as reader or writer; false if that is not
 * known.
 */
bool puffsmsg__lockdebug_holds(const struct lwp *l,
    const struct puffsmsg__lockid *id);

/* That an lwp waits for the lock, and whether any does. */
void puffsmsg__lockdebug_wait(const struct puffsmsg__lockid *id);
void puffsmsg__lockdebug_waited(const struct puffsmsg__lockid *id);
bool puffsmsg__lockdebug_awaited(const struct puffsmsg__lockid *id);

/* A panic that begins with `call' if the lwp holds a lock. */
void puffsmsg__lockdebug_none(const struct lwp *l, const char *call);

/* The memory of the list of held locks, with the lwp. */
void puffsmsg__lockdebug_lwpfree(struct lwp *l);

/*
 * lockorder.c: locks by their numbers, 1 to LOCKORDER_LOCKS, and the orders in
 * which they were taken.
 */
#define PUFFSMSG__LOCKORDER_LOCKS  32767u
#define PUFFSMSG__LOCKORDER_ORDERS 65536u

/*
 * A number for the lock with this id, or 0 if there is none left.  *again: one
 * with an id at this address has a number already; then that.
 */
uint32_t puffsmsg__lockorder_enlist(const struct puffsmsg__lockid *id,
    const void *lock, const char *kind, bool *again);
/* The number and all orders with it are free again. */
void puffsmsg__lockorder_delist(uint32_t n);
/* Forgets all locks and orders. */
void puffsmsg__lockorder_fini(void);

/* Whether this order was learnt.  Takes no lock; may miss a recent one. */
bool puffsmsg__lockorder_known(uint32_t before, uint32_t after);
/* Learns an order; a panic if others contradict it. */
void puffsmsg__lockorder_learn(uint32_t before, uint32_t after);

/* The lock's waiters, and what it is, of a number in use. */
uint32_t *puffsmsg__lockorder_waiters(uint32_t n);
const void *puffsmsg__lockorder_lock(uint32_t n);
const char *puffsmsg__lockorder_kind(uint32_t n);

/*
 * lockwords.c: a set of words, none of them 0.  has takes no lock,
 * and may miss one that is just being added; the others have lockorder.c's.
 * add: the word is not in the set; false if there is no room.  remove: it is.
 */
bool puffsmsg__lockwords_has(uint32_t word);
bool puffsmsg__lockwords_add(uint32_t word);
void puffsmsg__lockwords_remove(uint32_t word);

/* The lock word of lockorder.c, and how much room is taken: for tests. */
extern uint32_t puffsmsg__lockorder_word;
void puffsmsg__lockorder_count(uint32_t *locks, uint32_t *orders);

#else

static inline void
puffsmsg__lockdebug_init(struct puffsmsg__lockid *id, const void *lock,
    const char *kind)
{
	(void)lock;
	(void)kind;
	id->li_id = 0;
}

static inline void
puffsmsg__lockdebug_destroy(struct puffsmsg__lockid *id)
{
	(void)id;
}

static inline void
puffsmsg__lockdebug_want(struct lwp *l, const struct puffsmsg__lockid *id)
{
	(void)l;
	(void)id;
}

static inline void
puffsmsg__lockdebug_took(struct lwp *l, const struct puffsmsg__lockid *id)
{
	(void)l;
	(void)id;
}

static inline void
puffsmsg__lockdebug_left(struct lwp *l, const struct puffsmsg__lockid *id)
{
	(void)l;
	(void)id;
}

static inline void
puffsmsg__lockdebug_wait(const struct puffsmsg__lockid *id)
{
	(void)id;
}

static inline void
puffsmsg__lockdebug_waited(const struct puffsmsg__lockid *id)
{
	(void)id;
}

static inline bool
puffsmsg__lockdebug_awaited(const struct puffsmsg__lockid *id)
{
	(void)id;
	return false;
}

static inline void
puffsmsg__lockdebug_none(const struct lwp *l, const char *call)
{
	(void)l;
	(void)call;
}

static inline void
puffsmsg__lockdebug_lwpfree(struct lwp *l)
{
	(void)l;
}

static inline void
puffsmsg__lockorder_fini(void)
{
}

#endif

#endif /* PUFFSMSG_KERN_LOCKDEBUG_H */
