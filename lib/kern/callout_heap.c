/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Callouts by time; see callout_heap.h.
 *
 * A callout comes before all its children.  c_child is the first of them,
 * c_next the next child of the same parent; c_prev the previous one, of the
 * first child the parent, and NULL at the top.
 */

#include <stddef.h>

#include "kern/callout_heap.h"

static bool
before(const struct callout *a, const struct callout *b)
{
	if (a->c_deadline != b->c_deadline)
		return a->c_deadline < b->c_deadline;
	return a->c_number < b->c_number;
}

static void
make_child(struct callout *parent, struct callout *c)
{
	c->c_prev = parent;
	c->c_next = parent->c_child;
	if (c->c_next != NULL)
		c->c_next->c_prev = c;
	parent->c_child = c;
}

/* One heap of two, either of which may be empty. */
static struct callout *
meld(struct callout *a, struct callout *b)
{
	if (a == NULL)
		return b;
	if (b == NULL)
		return a;
	if (before(b, a)) {
		make_child(b, a);
		return b;
	}
	make_child(a, b);
	return a;
}

/* Takes the first off a list of siblings, and makes it a heap of its own. */
static struct callout *
detach_first(struct callout **list)
{
	struct callout *c = *list;

	if (c == NULL)
		return NULL;
	*list = c->c_next;
	c->c_next = c->c_prev = NULL;
	return c;
}

/*
 * One heap of a list of siblings: in pairs from left to right, then all from
 * right to left, which is what makes it fast.  Not recursive, for there may be
 * many.
 */
static struct callout *
meld_siblings(struct callout *list)
{
	struct callout *pairs = NULL, *heap = NULL;

	while (list != NULL) {
		struct callout *a = detach_first(&list);
		struct callout *pair = meld(a, detach_first(&list));

		pair->c_next = pairs;
		pairs = pair;
	}
	while (pairs != NULL)
		heap = meld(detach_first(&pairs), heap);
	return heap;
}

/* Out of the list of siblings, with its children. */
static void
cut(struct callout *c)
{
	if (c->c_prev->c_child == c)
		c->c_prev->c_child = c->c_next;
	else
		c->c_prev->c_next = c->c_next;
	if (c->c_next != NULL)
		c->c_next->c_prev = c->c_prev;
}

void
puffsmsg__callheap_add(struct puffsmsg__callheap *ch, struct callout *c)
{
	c->c_child = c->c_next = c->c_prev = NULL;
	ch->ch_first = meld(ch->ch_first, c);
}

void
puffsmsg__callheap_remove(struct puffsmsg__callheap *ch, struct callout *c)
{
	struct callout *orphans = meld_siblings(c->c_child);

	if (ch->ch_first == c) {
		ch->ch_first = orphans;
		return;
	}
	cut(c);
	ch->ch_first = meld(ch->ch_first, orphans);
}
