/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A set of words that is read without a lock: the orders of locks that are
 * known, see lockorder.c, whose lock word writers have.
 *
 * A word is in the first free place after where it hashes to, and does not
 * move, so that who looks finds what was there long enough.
 */

#include "kern/atomic.h"
#include "kern/lockdebug.h"

#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC

/* A power of two; at least half of them are free. */
#define NPLACES (2 * PUFFSMSG__LOCKORDER_ORDERS)

/* In a place: never used, so that no word is beyond; or not any more. */
#define EMPTY 0u
#define GONE  UINT32_MAX

/* So many places are looked at. */
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

bool
puffsmsg__lockwords_has(uint32_t word)
{
	uint32_t place = place_of(word), there;

	for (uint32_t end = place + REACH; place != end; place++) {
		there = at(place);
		if (there == word)
			return true;
		if (there == EMPTY)
			return false;
	}
	return false;
}

bool
puffsmsg__lockwords_add(uint32_t word)
{
	uint32_t place = place_of(word);

	for (uint32_t end = place + REACH; place != end; place++) {
		if (at(place) == EMPTY || at(place) == GONE) {
			put(place, word);
			return true;
		}
	}
	return false;
}

/* Places that end a run of used ones become EMPTY again. */
void
puffsmsg__lockwords_remove(uint32_t word)
{
	uint32_t place = place_of(word);

	while (at(place) != word)
		place++;
	put(place, GONE);
	if (at(place + 1) != EMPTY)
		return;
	for (; at(place) == GONE; place--)
		put(place, EMPTY);
}

#endif
