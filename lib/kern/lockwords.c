/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A set of words that is read without a lock: the orders of locks that are
 * known, see lockorder.c, whose lock word writers have.
 *
 * A word is in the first free place after where it hashes to, and does not
 * move, so that who looks finds what was there long enough.  He looks at all
 * places where it may be, since those before it may be free by now.  That is
 * long only for a word that is not there, which is soon put right.
 */

#include "kern/atomic.h"
#include "kern/lockdebug.h"

#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC

/* A power of two; at least half of them are free. */
#define NPLACES (2 * PUFFSMSG__LOCKORDER_ORDERS)

/* In a place that is free. */
#define NOTHING 0u

/* So many places a word may be in. */
#define REACH 128u

static uint32_t places[NPLACES]; /* a: */

static uint32_t
place_of(uint32_t word)
{
	return (word * UINT32_C(2654435761)) / (UINT32_MAX / NPLACES + 1);
}

static uint32_t
at(uint32_t place)
{
	return puffsmsg__quiet_load32(&places[place % NPLACES]);
}

static void
put(uint32_t place, uint32_t word)
{
	puffsmsg__quiet_store32(&places[place % NPLACES], word);
}

/* Where the word is, or UINT32_MAX. */
static uint32_t
find(uint32_t word, uint32_t from)
{
	for (uint32_t place = from; place != from + REACH; place++) {
		if (at(place) == word)
			return place;
	}
	return UINT32_MAX;
}

bool
puffsmsg__lockwords_has(uint32_t word)
{
	return find(word, place_of(word)) != UINT32_MAX;
}

bool
puffsmsg__lockwords_add(uint32_t word)
{
	uint32_t place = find(NOTHING, place_of(word));

	if (place == UINT32_MAX)
		return false;
	put(place, word);
	return true;
}

void
puffsmsg__lockwords_remove(uint32_t word)
{
	put(find(word, place_of(word)), NOTHING);
}

#endif
