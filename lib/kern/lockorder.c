/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The orders in which locks were taken: a graph whose nodes are locks and
 * whose edges say "was held when the other was taken".  See lockdebug.h.
 *
 * The graph has no circle, and belongs to whoever has the lock word.  What
 * edges there are is also in a set that is read without (lockwords.c).  The
 * number of a lock is used again only after all its edges are gone, and who
 * learns of the new lock knows that too: an edge that is found is one.
 *
 * All room is set aside, since debug checks must not ask the host for memory
 * that somebody counts.
 */

#include <stdio.h>
#include <string.h>

#include "kern/kern_private.h"
#include "kern/lockdebug.h"

#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC

#define NLOCKS  PUFFSMSG__LOCKORDER_LOCKS
#define NORDERS PUFFSMSG__LOCKORDER_ORDERS

#define NBUCKETS 4096u

/* How long to leave the lock word to who has it. */
#define PATIENCE UINT64_C(100000)

#define MAXSTEPS 4
#define MAXTEXT  160

LIST_HEAD(orderlist, order);

/* s: of who has the lock word   a: atomic */
struct order {
	LIST_ENTRY(order) o_after;  /* s: on n_after of o_from; or free */
	LIST_ENTRY(order) o_before; /* s: on n_before of o_to */
	struct node *o_from;        /* s: */
	struct node *o_to;          /* s: */
};

struct node {
	const struct puffsmsg__lockid *n_id; /* (: while the lock lives */
	const void *n_lock;                  /* (: */
	const char *n_kind;                  /* (: */
	uint32_t n_waiters;                  /* a: */
	LIST_ENTRY(node) n_hash;             /* s: same bucket; or free */
	struct orderlist n_after;            /* s: taken under it */
	struct orderlist n_before;           /* s: held when it was taken */
	uint64_t n_seen;                     /* s: by search of this number */
	struct node *n_prev;                 /* s: on the way, see search */
};
LIST_HEAD(nodelist, node);

static struct node nodes[NLOCKS + 1];     /* 0 is none */
static struct order orders[NORDERS];      /* s: */
static struct nodelist buckets[NBUCKETS]; /* s: by n_id */
static struct nodelist freenodes;         /* s: */
static struct orderlist freeorders;       /* s: */
static uint32_t nnodes, norders;          /* s: of the arrays, ever used */
static uint32_t nfreenodes, nfreeorders;  /* s: on those lists */
static uint64_t searches;                 /* s: */
static bool crowded;                      /* s: it was said */
static struct node *queue[NLOCKS];        /* s: of a search */

uint32_t puffsmsg__lockorder_word;

/*
 * Nobody waits or calls anything while he has it.
 */
static void
lock(void)
{
	while (!puffsmsg__quiet_trylock(&puffsmsg__lockorder_word))
		(void)puffsmsg__block(NULL, puffsmsg__clock() + PATIENCE, 0);
}

static void
unlock(void)
{
	puffsmsg__quiet_unlock(&puffsmsg__lockorder_word);
}

static uint32_t
word_of(uint32_t before, uint32_t after)
{
	return before << 16 | after;
}

bool
puffsmsg__lockorder_known(uint32_t before, uint32_t after)
{
	return puffsmsg__lockwords_has(word_of(before, after));
}

/*
 * Nodes and their numbers.
 */
static uint32_t
number_of(const struct node *n)
{
	return (uint32_t)(n - nodes);
}

static struct nodelist *
bucket_of(const struct puffsmsg__lockid *id)
{
	uint32_t hash = (uint32_t)((uintptr_t)id >> 3) * UINT32_C(2654435761);

	return &buckets[hash / (UINT32_MAX / NBUCKETS + 1)];
}

static struct node *
find_node(const struct puffsmsg__lockid *id)
{
	struct node *n;

	LIST_FOREACH(n, bucket_of(id), n_hash) {
		if (n->n_id == id)
			return n;
	}
	return NULL;
}

/* NULL if there is none left. */
static struct node *
new_node(void)
{
	struct node *n = LIST_FIRST(&freenodes);

	if (n != NULL) {
		LIST_REMOVE(n, n_hash);
		nfreenodes--;
		return n;
	}
	return nnodes < NLOCKS ? &nodes[++nnodes] : NULL;
}

static struct node *
enlist(const struct puffsmsg__lockid *id, const void *lk, const char *kind)
{
	struct node *n = new_node();

	if (n == NULL)
		return &nodes[0];
	n->n_id = id;
	n->n_lock = lk;
	n->n_kind = kind;
	puffsmsg__quiet_store32(&n->n_waiters, 0);
	LIST_INIT(&n->n_after);
	LIST_INIT(&n->n_before);
	LIST_INSERT_HEAD(bucket_of(id), n, n_hash);
	return n;
}

uint32_t
puffsmsg__lockorder_enlist(const struct puffsmsg__lockid *id, const void *lk,
    const char *kind, bool *again)
{
	struct node *n;

	lock();
	n = find_node(id);
	*again = n != NULL;
	if (n == NULL)
		n = enlist(id, lk, kind);
	unlock();
	return number_of(n);
}

static void
forget(struct order *o)
{
	puffsmsg__lockwords_remove(
	    word_of(number_of(o->o_from), number_of(o->o_to)));
	LIST_REMOVE(o, o_after);
	LIST_REMOVE(o, o_before);
	LIST_INSERT_HEAD(&freeorders, o, o_after);
	nfreeorders++;
}

void
puffsmsg__lockorder_delist(uint32_t number)
{
	struct node *n = &nodes[number];

	lock();
	while (!LIST_EMPTY(&n->n_after))
		forget(LIST_FIRST(&n->n_after));
	while (!LIST_EMPTY(&n->n_before))
		forget(LIST_FIRST(&n->n_before));
	LIST_REMOVE(n, n_hash);
	LIST_INSERT_HEAD(&freenodes, n, n_hash);
	nfreenodes++;
	unlock();
}

/*
 * Orders.
 */
static struct order *
new_order(void)
{
	struct order *o = LIST_FIRST(&freeorders);

	if (o != NULL) {
		LIST_REMOVE(o, o_after);
		nfreeorders--;
		return o;
	}
	return norders < NORDERS ? &orders[norders++] : NULL;
}

/* False if there is no room. */
static bool
add_order(struct node *from, struct node *to)
{
	uint32_t word = word_of(number_of(from), number_of(to));
	bool room = puffsmsg__lockwords_add(word);
	struct order *o = room ? new_order() : NULL;

	if (o == NULL) {
		if (room)
			puffsmsg__lockwords_remove(word);
		return false;
	}
	o->o_from = from;
	o->o_to = to;
	LIST_INSERT_HEAD(&from->n_after, o, o_after);
	LIST_INSERT_HEAD(&to->n_before, o, o_before);
	return true;
}

/*
 * Whether there is a way from one node to another: breadth first, so that it
 * is a shortest one, back along which n_prev leads.  What is wanted last has
 * little or nothing under it, so this is the end to begin at.
 */
static bool
search(struct node *from, const struct node *to)
{
	size_t head = 0, tail = 0;
	struct order *o;

	searches++;
	queue[tail++] = from;
	while (head < tail && to->n_seen != searches) {
		LIST_FOREACH(o, &queue[head]->n_after, o_after) {
			if (o->o_to->n_seen == searches)
				continue;
			o->o_to->n_seen = searches;
			o->o_to->n_prev = queue[head];
			queue[tail++] = o->o_to;
		}
		head++;
	}
	return to->n_seen == searches;
}

/* The way that was found, as much of it as has room. */
static void
describe(const struct node *from, const struct node *to, char *text)
{
	size_t len = 0;

	for (int i = 0; to != from; i++, to = to->n_prev) {
		if (i < MAXSTEPS)
			len += (size_t)snprintf(text + len, MAXTEXT - len,
			    "%p under ", to->n_lock);
		else if (i == MAXSTEPS)
			len += (size_t)snprintf(text + len, MAXTEXT - len,
			    "... under ");
	}
	(void)snprintf(text + len, MAXTEXT - len, "%p", from->n_lock);
}

static void complain(const struct node *held, const struct node *wanted,
    const char *way) __attribute__((__noreturn__));

static void
complain(const struct node *held, const struct node *wanted, const char *way)
{
	puffsmsg__panic(
	    "lock order: %s %p is wanted and %s %p held, but so far: %s",
	    wanted->n_kind, wanted->n_lock, held->n_kind, held->n_lock, way);
}

void
puffsmsg__lockorder_learn(uint32_t before, uint32_t after)
{
	struct node *held = &nodes[before], *wanted = &nodes[after];
	char way[MAXTEXT] = "";
	bool room = true, say;

	lock();
	if (search(wanted, held))
		describe(wanted, held, way);
	else if (!puffsmsg__lockorder_known(before, after))
		room = add_order(held, wanted);
	say = !room && !crowded;
	crowded = crowded || !room;
	unlock();
	if (way[0] != '\0')
		complain(held, wanted, way);
	if (say)
		puffsmsg__log("no room to check all orders of locks");
}

uint32_t *
puffsmsg__lockorder_waiters(uint32_t number)
{
	return &nodes[number].n_waiters;
}

const void *
puffsmsg__lockorder_lock(uint32_t number)
{
	return nodes[number].n_lock;
}

const char *
puffsmsg__lockorder_kind(uint32_t number)
{
	return nodes[number].n_kind;
}

void
puffsmsg__lockorder_count(uint32_t *locks, uint32_t *pairs)
{
	lock();
	*locks = nnodes - nfreenodes;
	*pairs = norders - nfreeorders;
	unlock();
}

/* What is left was not destroyed; it is gone with the host. */
void
puffsmsg__lockorder_fini(void)
{
	for (unsigned i = 0; i < NBUCKETS; i++) {
		while (!LIST_EMPTY(&buckets[i]))
			puffsmsg__lockorder_delist(
			    number_of(LIST_FIRST(&buckets[i])));
	}
	crowded = false;
}

#endif
