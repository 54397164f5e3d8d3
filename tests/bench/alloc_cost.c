/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What memory costs: kmem(9) and pool_cache(9) beside malloc, with one, two
 * and more threads that allocate and free, each its own.
 *
 * One and the same loop is compiled for each of the three, so that what the
 * loop costs it costs them all.
 */

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include <sys/kmem.h>
#include <sys/pool.h>

#include "messages.h"

const unsigned alloc_sizes[ALLOC_SIZES] = { 64, 1024 };
const unsigned alloc_threads[ALLOC_THREADS] = { 1, 2, 8 };
const char *const alloc_patterns[ALLOC_PATTERNS] = { "in turn", "100 at once" };
const char *const allocators[ALLOCATORS] = { "malloc", "kmem", "pool_cache" };

#define BATCH  100u
#define STRIDE 37u /* has no divisor in common with BATCH */

struct job {
	unsigned size;
	pool_cache_t pool;
	uint64_t pairs;
	void (*loop)(struct job *job);
	pthread_barrier_t *ready;
	double begin, end;
	uint64_t right; /* pairs whose memory was theirs alone */
	pthread_t thread;
};

typedef void *get_fn(struct job *job);
typedef void put_fn(struct job *job, void *mem);
#define ALWAYS_INLINE static inline __attribute__((__always_inline__))

ALWAYS_INLINE void
in_turn(struct job *job, get_fn *get, put_fn *put)
{
	uint64_t i;

	for (i = 0; i < job->pairs; i++) {
		volatile uint64_t *mem = get(job);

		*mem = i;
		job->right += *mem == i;
		put(job, (void *)(uintptr_t)mem);
	}
}

/* They go in another order than they came. */
ALWAYS_INLINE void
at_once(struct job *job, get_fn *get, put_fn *put)
{
	volatile uint64_t *mem[BATCH];
	uint64_t i;
	unsigned k;

	for (i = 0; i < job->pairs; i += BATCH) {
		for (k = 0; k < BATCH; k++) {
			mem[k] = get(job);
			*mem[k] = i + k;
		}
		for (k = 0; k < BATCH; k++) {
			unsigned j = k * STRIDE % BATCH;

			job->right += *mem[j] == i + j;
			put(job, (void *)(uintptr_t)mem[j]);
		}
	}
}

ALWAYS_INLINE void *
malloc_get(struct job *job)
{
	return malloc(job->size);
}

ALWAYS_INLINE void
malloc_put(struct job *job, void *mem)
{
	(void)job;
	free(mem);
}

ALWAYS_INLINE void *
kmem_get(struct job *job)
{
	return kmem_alloc(job->size, KM_SLEEP);
}

ALWAYS_INLINE void
kmem_put(struct job *job, void *mem)
{
	kmem_free(mem, job->size);
}

ALWAYS_INLINE void *
pool_get(struct job *job)
{
	return pool_cache_get(job->pool, PR_WAITOK);
}

ALWAYS_INLINE void
pool_put(struct job *job, void *mem)
{
	pool_cache_put(job->pool, mem);
}

#define LOOP(name, pattern) \
	static void name##_##pattern(struct job *job) \
	{ \
		pattern(job, name##_get, name##_put); \
	}
LOOP(malloc, in_turn)
LOOP(malloc, at_once)
LOOP(kmem, in_turn)
LOOP(kmem, at_once)
LOOP(pool, in_turn)
LOOP(pool, at_once)

static void (*const loops[ALLOC_PATTERNS][ALLOCATORS])(struct job *job) = {
	{ malloc_in_turn, kmem_in_turn, pool_in_turn },
	{ malloc_at_once, kmem_at_once, pool_at_once },
};

/* A little before it counts, so that each thread has what it keeps. */
static void *
work(void *arg)
{
	struct job *job = arg;
	uint64_t pairs = job->pairs;

	job->pairs = 10 * BATCH;
	job->loop(job);
	job->pairs = pairs;
	job->right = 0;
	pthread_barrier_wait(job->ready);
	job->begin = now_ns();
	job->loop(job);
	job->end = now_ns();
	return NULL;
}

/* From the first that begins to the last that ends. */
static double
run(struct job *jobs, unsigned n)
{
	double begin = 0, end = 0;
	unsigned i;

	for (i = 0; i < n; i++) {
		if (pthread_create(&jobs[i].thread, NULL, work, &jobs[i]) != 0)
			die("no thread");
	}
	for (i = 0; i < n; i++) {
		pthread_join(jobs[i].thread, NULL);
		if (i == 0 || jobs[i].begin < begin)
			begin = jobs[i].begin;
		if (i == 0 || jobs[i].end > end)
			end = jobs[i].end;
	}
	return end - begin;
}

/* Processors that `n' threads can have at once. */
static double
processors(unsigned n)
{
	long have = sysconf(_SC_NPROCESSORS_ONLN);

	return have > 0 && have < (long)n ? (double)have : (double)n;
}

struct alloc_result
alloc_measure(const struct alloc_case *c, unsigned allocator, uint64_t pairs)
{
	struct alloc_result r = { .pairs = pairs -
		    pairs % (BATCH * c->threads) };
	struct job job = { .size = c->size,
		.pairs = r.pairs / c->threads,
		.loop = loops[c->pattern][allocator] };
	struct job *jobs = calloc(c->threads, sizeof(*jobs));
	pthread_barrier_t ready;
	unsigned i;

	if (jobs == NULL || pthread_barrier_init(&ready, NULL, c->threads) != 0)
		die("no memory");
	puffs_msgif_init();
	job.pool = pool_cache_init(c->size, 0, 0, 0, "bench", NULL, 0, NULL,
	    NULL, NULL);
	job.ready = &ready;
	for (i = 0; i < c->threads; i++)
		jobs[i] = job;
	r.ns = run(jobs, c->threads) * processors(c->threads) / (double)r.pairs;
	for (i = 0; i < c->threads; i++)
		r.right += jobs[i].right;
	pool_cache_destroy(job.pool);
	puffs_msgif_destroy();
	pthread_barrier_destroy(&ready);
	free(jobs);
	return r;
}

struct alloc_case
alloc_case(unsigned n)
{
	struct alloc_case c = {
		.threads = alloc_threads[n % ALLOC_THREADS],
		.pattern = n / ALLOC_THREADS % ALLOC_PATTERNS,
		.size = alloc_sizes[n / ALLOC_THREADS / ALLOC_PATTERNS],
	};

	return c;
}
