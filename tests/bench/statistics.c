/* SPDX-License-Identifier: BSD-2-Clause */

/* The clock, and what becomes of the rounds' values. */

#include <stdlib.h>
#include <time.h>

#include "bench.h"

double
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

struct spread
spread_of(double *values, unsigned n)
{
	struct spread s;

	qsort(values, n, sizeof(*values), ascending);
	s.min = values[0];
	s.max = values[n - 1];
	s.median = (values[(n - 1) / 2] + values[n / 2]) / 2;
	return s;
}

static struct spread
member_spread(const char *first, size_t stride, unsigned n)
{
	double *values = calloc(n, sizeof(*values));
	struct spread s;
	unsigned i;

	if (values == NULL)
		die("no memory");
	for (i = 0; i < n; i++)
		values[i] = *(const double *)(const void *)(first + i * stride);
	s = spread_of(values, n);
	free(values);
	return s;
}

struct measure *
result_at(const struct results *r, unsigned round, unsigned shape,
    unsigned peer)
{
	return &r->roundtrip[(round * r->nshapes + shape) * NPEERS + peer];
}

struct reply_result *
reply_at(const struct results *r, unsigned round, unsigned size, unsigned order)
{
	return &r->reply[(round * REPLY_SIZES + size) * REPLY_ORDERS + order];
}

struct alloc_result *
alloc_at(const struct results *r, unsigned round, unsigned n,
    unsigned allocator)
{
	return &r->alloc[(round * ALLOC_CASES + n) * ALLOCATORS + allocator];
}

struct spread
alloc_spread(const struct results *r, unsigned n, unsigned allocator)
{
	const char *first = (const char *)alloc_at(r, 0, n, allocator);

	return member_spread(first + offsetof(struct alloc_result, ns),
	    ALLOC_CASES * ALLOCATORS * sizeof(struct alloc_result),
	    r->options->rounds);
}

struct spread
roundtrip_spread(const struct results *r, unsigned shape, unsigned peer,
    size_t member)
{
	const char *first = (const char *)result_at(r, 0, shape, peer);

	return member_spread(first + member,
	    r->nshapes * NPEERS * sizeof(struct measure), r->options->rounds);
}

struct spread
reply_spread(const struct results *r, unsigned size, unsigned order,
    size_t member)
{
	const char *first = (const char *)reply_at(r, 0, size, order);

	return member_spread(first + member,
	    REPLY_SIZES * REPLY_ORDERS * sizeof(struct reply_result),
	    r->options->rounds);
}
