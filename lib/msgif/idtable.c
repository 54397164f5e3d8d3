/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * From the id of a message to its park.
 *
 * A hash table of chains that grows by one bucket at a time (linear hashing):
 * no insertion ever moves more than one chain, so that the cost of a message
 * does not depend on how many are in flight, not even now and then.  Ids are
 * consecutive numbers, which spread over the buckets without hashing.  Buckets
 * come in segments of fixed size, so that nothing is ever copied.  The table
 * does not shrink before the mount is destroyed: it stays as large as the most
 * that was ever in flight.
 *
 * Everything runs under the mount's lock.  Growing takes memory without
 * sleeping; where there is none, the chains get longer until there is.
 */

#include <errno.h>
#include <string.h>

#include <sys/kmem.h>

#include "msgif/msgif_private.h"

#define SEG_BUCKETS 256u  /* buckets in a segment */
#define DIR_SEGS    1024u /* segments in a directory */
#define MIN_BUCKETS 16u
#define MAX_BUCKETS (IDTABLE_DIRS * DIR_SEGS * SEG_BUCKETS)

struct idseg {
	struct puffs_msgpark *seg_head[SEG_BUCKETS];
};

struct puffsmsg__iddir {
	struct idseg *dir_segs[DIR_SEGS];
};

static struct puffs_msgpark **
bucket_at(const struct puffsmsg__idtable *it, uint32_t b)
{
	const struct puffsmsg__iddir *dir;

	dir = it->it_dirs[b / (SEG_BUCKETS * DIR_SEGS)];
	return &dir->dir_segs[b / SEG_BUCKETS % DIR_SEGS]
		    ->seg_head[b % SEG_BUCKETS];
}

/*
 * In the current round the buckets from `round' on are split off those that
 * lie `round' before them.
 */
static struct puffs_msgpark **
bucket_of(const struct puffsmsg__idtable *it, uint64_t id)
{
	uint32_t round = it->it_round;
	uint32_t b = (uint32_t)(id & (2 * (uint64_t)round - 1));

	return bucket_at(it, b < it->it_buckets ? b : b - round);
}

/*
 * Makes sure that there is memory for bucket `b'.
 */
static bool
bucket_provide(struct puffsmsg__idtable *it, uint32_t b)
{
	struct puffsmsg__iddir **dir;
	struct idseg **seg;

	dir = &it->it_dirs[b / (SEG_BUCKETS * DIR_SEGS)];
	if (*dir == NULL)
		*dir = kmem_zalloc(sizeof(**dir), KM_NOSLEEP);
	if (*dir == NULL)
		return false;
	seg = &(*dir)->dir_segs[b / SEG_BUCKETS % DIR_SEGS];
	if (*seg == NULL)
		*seg = kmem_zalloc(sizeof(**seg), KM_NOSLEEP);
	return *seg != NULL;
}

/*
 * Adds one bucket and moves to it what belongs there.
 */
static void
table_grow(struct puffsmsg__idtable *it)
{
	uint32_t b = it->it_buckets;
	uint32_t round = it->it_round;
	struct puffs_msgpark **from, **to, *park;

	if (b == MAX_BUCKETS || !bucket_provide(it, b))
		return;
	to = bucket_at(it, b);
	from = bucket_at(it, b - round);
	it->it_buckets = b + 1;
	if (it->it_buckets == 2 * round)
		it->it_round = 2 * round;
	while ((park = *from) != NULL) {
		if ((park->park_id & round) != 0) {
			*from = park->park_idnext;
			park->park_idnext = *to;
			*to = park;
		} else {
			from = &park->park_idnext;
		}
	}
}

int
puffsmsg__idtable_init(struct puffsmsg__idtable *it)
{
	memset(it, 0, sizeof(*it));
	it->it_buckets = MIN_BUCKETS;
	it->it_round = MIN_BUCKETS;
	if (bucket_provide(it, 0))
		return 0;
	puffsmsg__idtable_fini(it);
	return ENOMEM;
}

static void
dir_free(struct puffsmsg__iddir *dir)
{
	for (uint32_t i = 0; i < DIR_SEGS; i++) {
		if (dir->dir_segs[i] != NULL)
			kmem_free(dir->dir_segs[i], sizeof(struct idseg));
	}
	kmem_free(dir, sizeof(*dir));
}

void
puffsmsg__idtable_fini(struct puffsmsg__idtable *it)
{
	for (uint32_t i = 0; i < IDTABLE_DIRS; i++) {
		if (it->it_dirs[i] != NULL)
			dir_free(it->it_dirs[i]);
		it->it_dirs[i] = NULL;
	}
}

void
puffsmsg__idtable_insert(struct puffsmsg__idtable *it,
    struct puffs_msgpark *park)
{
	struct puffs_msgpark **head;

	if (++it->it_count > it->it_buckets)
		table_grow(it);
	head = bucket_of(it, park->park_id);
	park->park_idnext = *head;
	*head = park;
}

void
puffsmsg__idtable_remove(struct puffsmsg__idtable *it,
    struct puffs_msgpark *park)
{
	struct puffs_msgpark **p = bucket_of(it, park->park_id);

	while (*p != park)
		p = &(*p)->park_idnext;
	*p = park->park_idnext;
	park->park_idnext = NULL;
	it->it_count--;
}

struct puffs_msgpark *
puffsmsg__idtable_lookup(const struct puffsmsg__idtable *it, uint64_t id)
{
	struct puffs_msgpark *park = *bucket_of(it, id);

	while (park != NULL && park->park_id != id)
		park = park->park_idnext;
	return park;
}
