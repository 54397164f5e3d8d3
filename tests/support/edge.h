/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef EDGE_H
#define EDGE_H

/*
 * Memory that ends where the process's does: whoever touches a byte behind it
 * gets a SIGSEGV, which CMocka reports.  Without sanitizers, too.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct edge {
	uint8_t *map;  /* what was mapped */
	size_t mapped; /* its bytes, the page that is out of bounds included */
};

/* `len' bytes that end there, a copy of those at `from'. */
static inline void *
edge_copy(struct edge *e, const void *from, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t pages = (len + page - 1) / page;
	uint8_t *end;

	e->mapped = (pages + 1) * page;
	e->map = mmap(NULL, e->mapped, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(e->map, MAP_FAILED);
	end = e->map + pages * page;
	assert_int_equal(mprotect(end, page, PROT_NONE), 0);
	if (len > 0)
		memcpy(end - len, from, len);
	return end - len;
}

static inline void
edge_free(struct edge *e)
{
	assert_int_equal(munmap(e->map, e->mapped), 0);
}

#endif /* EDGE_H */
