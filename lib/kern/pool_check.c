/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Debug checks of pool caches and kmem: guards, pattern, quarantine; see
 * pool_private.h.
 *
 * No panic comes with pc_lock held, for the host's may come back to us.
 */

#include <stddef.h>
#include <string.h>

#include "kern/pool_private.h"

#define OUT       0x706f6f6cu
#define ENDED     0x6c6f6f70u
#define FREE_BYTE 0xdeu
#define ZONE_BYTE 0xfdu
#define MAX_SIZE  4096u /* larger ones are not kept */

/* Before the object, which need not be aligned. */
struct guard {
	pool_cache_t g_pool;
	size_t g_size;
	uint32_t g_state;
};

static struct guard
guard_of(const void *obj)
{
	struct guard g;

	memcpy(&g, (const char *)obj - sizeof(g), sizeof(g));
	return g;
}

static void
set_guard(void *obj, const struct guard *g)
{
	memcpy((char *)obj - sizeof(*g), g, sizeof(*g));
}

/* The first of `n' bytes that is not `byte', or n. */
static size_t
differs(const void *mem, unsigned byte, size_t n)
{
	const unsigned char *p = mem;
	size_t i;

	for (i = 0; i < n && p[i] == byte; i++)
		continue;
	return i;
}

size_t
puffsmsg__guard_room(size_t align)
{
	return (sizeof(struct guard) + align - 1) / align * align;
}

void
puffsmsg__guard_set(pool_cache_t pc, void *obj, size_t size)
{
	struct guard g;

	memset(&g, 0, sizeof(g));
	g.g_pool = pc;
	g.g_size = size;
	g.g_state = OUT;
	set_guard(obj, &g);
	memset((char *)obj + size, ZONE_BYTE, pc->pc_tail);
}

size_t
puffsmsg__guard_check(pool_cache_t pc, void *obj, const char *call)
{
	struct guard g = guard_of(obj);
	size_t n;

	if (g.g_state == ENDED)
		puffsmsg__panic("%s: %s: %p is free already", call, pc->pc_name,
		    obj);
	if (g.g_state != OUT)
		puffsmsg__panic("%s: %s: %p was not allocated", call,
		    pc->pc_name, obj);
	if (g.g_pool != pc)
		puffsmsg__panic("%s: %s: %p is of %s", call, pc->pc_name, obj,
		    g.g_pool->pc_name);
	n = differs((char *)obj + g.g_size, ZONE_BYTE, pc->pc_tail);
	if (n < pc->pc_tail)
		puffsmsg__panic("%s: %s: %p of %zu bytes was written to at %zu",
		    call, pc->pc_name, obj, g.g_size, g.g_size + n);
	return g.g_size;
}

size_t
puffsmsg__guard_size(const void *obj)
{
	return guard_of(obj).g_size;
}

void
puffsmsg__guard_end(void *obj)
{
	struct guard g = guard_of(obj);

	g.g_state = ENDED;
	set_guard(obj, &g);
}

/* One that leaves the quarantine is as it was when it came. */
static void *
checked(pool_cache_t pc, void *obj)
{
	struct guard g;
	size_t n;

	if (obj == NULL)
		return NULL;
	g = guard_of(obj);
	if (g.g_state != ENDED || g.g_pool != pc)
		puffsmsg__panic("%s: %p was written before when it was free",
		    pc->pc_name, obj);
	n = differs(obj, FREE_BYTE, g.g_size);
	if (n < g.g_size)
		puffsmsg__panic("%s: %p was written to at %zu when it was free",
		    pc->pc_name, obj, n);
	return obj;
}

/* The oldest if there are more than `keep'; pc_lock is held. */
static void *
oldest(struct puffsmsg__quarantine *qr, unsigned keep)
{
	void *obj;

	if (qr->qr_count <= keep)
		return NULL;
	obj = qr->qr_objs[qr->qr_first];
	qr->qr_first = (qr->qr_first + 1) % PUFFSMSG__QUARANTINE;
	qr->qr_count--;
	return obj;
}

void *
puffsmsg__quarantine_take(pool_cache_t pc, unsigned keep)
{
	void *obj;

	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	obj = oldest(&pc->pc_quar, keep);
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	return checked(pc, obj);
}

void *
puffsmsg__quarantine_put(pool_cache_t pc, void *obj)
{
	struct puffsmsg__quarantine *qr = &pc->pc_quar;
	size_t size = puffsmsg__guard_size(obj);
	unsigned last;
	void *leaves;

	if (size > MAX_SIZE)
		return obj;
	memset(obj, FREE_BYTE, size);
	puffsmsg_kern_mutex_enter(&pc->pc_lock);
	leaves = oldest(qr, PUFFSMSG__QUARANTINE - 1);
	last = (qr->qr_first + qr->qr_count) % PUFFSMSG__QUARANTINE;
	qr->qr_objs[last] = obj;
	qr->qr_count++;
	puffsmsg_kern_mutex_exit(&pc->pc_lock);
	return checked(pc, leaves);
}
