/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A closed loop: each caller sends its next request when it has the answer to
 * the last.  Everything is warmed up first; only what begins and ends while
 * the phase is MEASURE counts.
 */

#define _GNU_SOURCE

#include <sys/resource.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "histogram.h"

enum phase {
	WARM_UP,
	MEASURE,
	STOP
};

struct run {
	const struct peer *peer;
	void *ctx;
	atomic_int phase;
	uint64_t count; /* round trips of each caller; 0: until STOP */
};

struct caller {
	struct run *run;
	pthread_t thread;
	uint64_t started;   /* in all phases */
	uint64_t completed; /* with the right answer */
	uint64_t measured;
	struct histogram latencies;
};

static bool
call_once(struct caller *c)
{
	uint64_t n = ++c->started;

	if (!c->run->peer->call(c->run->ctx, n))
		return false;
	c->completed++;
	return true;
}

static void *
call_counted(void *arg)
{
	struct caller *c = arg;

	while (c->started < c->run->count)
		call_once(c);
	return NULL;
}

static void *
call_until_stopped(void *arg)
{
	struct caller *c = arg;
	double before = now_ns();
	double after;
	int phase;

	do {
		phase = atomic_load_explicit(&c->run->phase,
		    memory_order_relaxed);
		call_once(c);
		after = now_ns();
		if (phase == MEASURE) {
			histogram_note(&c->latencies,
			    (uint64_t)(after - before));
			c->measured++;
		}
		before = after;
	} while (phase != STOP);
	return NULL;
}

/* Of the whole process; those that were made later inherit it. */
static void
pin(bool pinned, cpu_set_t *old)
{
	cpu_set_t one;
	size_t cpu;

	sched_getaffinity(0, sizeof(*old), old);
	if (!pinned)
		return;
	for (cpu = 0; cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, old); cpu++)
		continue;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

static struct caller *
start_callers(struct run *run, unsigned n, void *(*fn)(void *))
{
	struct caller *callers = calloc(n, sizeof(*callers));
	unsigned i;

	if (callers == NULL)
		die("no memory");
	for (i = 0; i < n; i++) {
		callers[i].run = run;
		if (pthread_create(&callers[i].thread, NULL, fn, &callers[i]) !=
		    0)
			die("no thread");
	}
	return callers;
}

static void
join_callers(struct caller *callers, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		pthread_join(callers[i].thread, NULL);
}

/* What the process has used so far. */
struct usage {
	double wall; /* ns */
	double cpu;  /* ns, of all threads, user and kernel */
	double switches;
};

static double
timeval_ns(struct timeval tv)
{
	return (double)tv.tv_sec * 1e9 + (double)tv.tv_usec * 1e3;
}

static struct usage
usage_now(void)
{
	struct usage now;
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	now.wall = now_ns();
	now.cpu = timeval_ns(u.ru_utime) + timeval_ns(u.ru_stime);
	now.switches = (double)(u.ru_nvcsw + u.ru_nivcsw);
	return now;
}

static struct usage
usage_since(const struct usage *then)
{
	struct usage u = usage_now();

	u.wall -= then->wall;
	u.cpu -= then->cpu;
	u.switches -= then->switches;
	return u;
}

static void
pass(double seconds)
{
	struct timespec ts;

	ts.tv_sec = (time_t)seconds;
	ts.tv_nsec = (long)((seconds - (double)ts.tv_sec) * 1e9);
	while (nanosleep(&ts, &ts) != 0)
		continue;
}

static struct measure
sum_up(const struct caller *callers, unsigned n, const struct usage *used)
{
	static struct histogram all;
	struct measure m = { 0 };
	uint64_t slowest = UINT64_MAX;
	unsigned i;

	memset(&all, 0, sizeof(all));
	for (i = 0; i < n; i++) {
		m.started += callers[i].started;
		m.completed += callers[i].completed;
		if (callers[i].measured < slowest)
			slowest = callers[i].measured;
		histogram_add(&all, &callers[i].latencies);
	}
	if (all.total == 0)
		return m;
	m.rate = (double)all.total * 1e9 / used->wall;
	m.p50 = histogram_quantile(&all, 0.5) / 1000;
	m.p99 = histogram_quantile(&all, 0.99) / 1000;
	m.switches = used->switches / (double)all.total;
	m.cpu = used->cpu / 1000 / (double)all.total;
	m.slowest = (double)slowest * n / (double)all.total;
	return m;
}

struct measure
roundtrip_measure(const struct peer *peer, const struct shape *shape,
    double seconds)
{
	struct run run = { .peer = peer };
	struct caller *callers;
	struct measure m;
	struct usage used;
	cpu_set_t old;

	pin(shape->pinned, &old);
	run.ctx = peer->open(shape->servers);
	callers = start_callers(&run, shape->callers, call_until_stopped);
	pass(seconds / 10);
	used = usage_now();
	atomic_store(&run.phase, MEASURE);
	pass(seconds);
	atomic_store(&run.phase, STOP);
	used = usage_since(&used);
	join_callers(callers, shape->callers);
	m = sum_up(callers, shape->callers, &used);
	free(callers);
	peer->close(run.ctx);
	sched_setaffinity(0, sizeof(old), &old);
	return m;
}

bool
roundtrip_count(const struct peer *peer, const struct shape *shape,
    uint64_t count)
{
	struct run run = { .peer = peer, .count = count };
	struct usage unused = { .wall = 1 };
	struct caller *callers;
	struct measure m;
	cpu_set_t old;

	pin(shape->pinned, &old);
	run.ctx = peer->open(shape->servers);
	callers = start_callers(&run, shape->callers, call_counted);
	join_callers(callers, shape->callers);
	m = sum_up(callers, shape->callers, &unused);
	free(callers);
	peer->close(run.ctx);
	sched_setaffinity(0, sizeof(old), &old);
	return m.completed == m.started && m.started == count * shape->callers;
}
