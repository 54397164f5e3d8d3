/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BENCH_H
#define BENCH_H

/*
 * puffsmsg-bench: round trips through libpuffsmsg beside those through queues
 * that a program could write by hand, all in one interleaved run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The work: a request of this many bytes, and an answer of as many. */
#define FRAME_BYTES 120u

/* What sends requests and answers them.  One at a time is open. */
struct peer {
	const char *key;   /* for options and JSON */
	const char *title; /* for people */
	/* Starts `servers' threads that answer. */
	void *(*open)(unsigned servers);
	/*
	 * One round trip by the calling thread: the request carries `n', the
	 * answer must carry n + 1.  False if it does not.
	 */
	bool (*call)(void *ctx, uint64_t n);
	void (*close)(void *ctx);
};
extern const struct peer peer_condvar, peer_futex, peer_puffsmsg, peer_loop;

/* All of them, NULL at the end; the one named `key', or NULL. */
extern const struct peer *const peers[];
#define NPEERS 4
const struct peer *peer_find(const char *key);

/* How many callers and servers there are, and where they run. */
struct shape {
	unsigned callers;
	unsigned servers;
	bool pinned; /* all on one core */
};

struct measure {
	double rate;     /* round trips a second */
	double p50, p99; /* microseconds */
	double switches; /* context switches per round trip */
	double cpu;      /* microseconds of processor time per round trip */
	double slowest;  /* slowest caller's share of the mean, 0 to 1 */
	uint64_t started, completed;
};

/* One value of each round. */
struct series {
	double *value;
	unsigned n;
};
struct spread {
	double median, min, max;
};

struct options {
	unsigned rounds;
	double seconds; /* that one shape is measured for, each round */
	bool quick;     /* counts are of interest, times are not */
	bool instructions;
	const char *json;
	/* One thing only, for profilers: */
	const char *only; /* a peer, "single", "alloc", "reply-<in flight>" */
	uint64_t count;   /* of it; 0: for `seconds' */
	struct shape shape;
};

/* A cost in nanoseconds, with what it is the cost of. */
#define REPLY_SIZES  5
#define REPLY_ORDERS 3
extern const unsigned reply_sizes[REPLY_SIZES];
extern const char *const reply_orders[REPLY_ORDERS];
enum {
	IN_ORDER,
	REVERSE,
	RANDOM
};

struct reply_result {
	double ns;      /* a reply */
	double bare_ns; /* the same through a bare table of pointers */
};

/* Memory of a size, by so many threads, in turn or in batches. */
#define ALLOC_SIZES    2
#define ALLOC_PATTERNS 2
#define ALLOC_THREADS  3
#define ALLOC_CASES    (ALLOC_SIZES * ALLOC_PATTERNS * ALLOC_THREADS)
#define ALLOCATORS     3 /* malloc is the first */
extern const unsigned alloc_sizes[ALLOC_SIZES];
extern const unsigned alloc_threads[ALLOC_THREADS];
extern const char *const alloc_patterns[ALLOC_PATTERNS];
extern const char *const allocators[ALLOCATORS];

struct alloc_case {
	unsigned size;
	unsigned pattern;
	unsigned threads;
};
struct alloc_case alloc_case(unsigned n);

struct alloc_result {
	double ns; /* a pair: time times the processors that are in use */
	uint64_t pairs, right;
};

struct memory_result {
	unsigned inflight;
	double resident; /* bytes for each request in flight */
	double counted;  /* the library's own statistics say */
};

struct instructions {
	bool known;
	char how[80]; /* what was counted, or why nothing was */
	double roundtrip[NPEERS];
	double reply[REPLY_SIZES]; /* random order */
	double single;
};

struct results {
	const struct options *options;
	const struct shape *shapes;
	unsigned nshapes;
	struct measure *roundtrip;  /* [round][shape][peer] */
	double *single;             /* [round] */
	struct reply_result *reply; /* [round][size][order] */
	struct alloc_result *alloc; /* [round][case][allocator] */
	unsigned nsizes;            /* of reply_sizes, that were measured */
	struct memory_result memory;
	struct instructions instructions;
};

/* roundtrip.c */
struct measure roundtrip_measure(const struct peer *peer,
    const struct shape *shape, double seconds);
/* `count' round trips of each caller; false if one of them was wrong. */
bool roundtrip_count(const struct peer *peer, const struct shape *shape,
    uint64_t count);

/* single.c: the path that never sleeps, in nanoseconds a message. */
double single_measure(uint64_t count);
#define SINGLE_WARMED 1.1 /* messages that it sends, for each that it times */

/* reply_cost.c */
/* Of `replies' replies, rounded up to whole batches. */
struct reply_result reply_measure(unsigned inflight, unsigned order,
    unsigned replies);
unsigned reply_rounded(unsigned inflight, unsigned replies);

/* alloc_cost.c */
struct alloc_result alloc_measure(const struct alloc_case *c,
    unsigned allocator, uint64_t pairs);

/* memory.c: in a process of its own. */
struct memory_result memory_measure(unsigned inflight);

/* instructions.c */
struct instructions instructions_measure(const char *self, bool quick);

/* statistics.c */
double now_ns(void);
struct spread spread_of(double *values, unsigned n);

/* report.c, json.c */
void report(const struct results *r, FILE *out);
void report_alloc(const struct results *r, FILE *out);
bool json_write(const struct results *r, const char *path);
struct measure *result_at(const struct results *r, unsigned round,
    unsigned shape, unsigned peer);
struct reply_result *reply_at(const struct results *r, unsigned round,
    unsigned size, unsigned order);
struct alloc_result *alloc_at(const struct results *r, unsigned round,
    unsigned n, unsigned allocator);
struct spread alloc_spread(const struct results *r, unsigned n,
    unsigned allocator);
/* Of one member (its offset) of the measures of all rounds. */
struct spread roundtrip_spread(const struct results *r, unsigned shape,
    unsigned peer, size_t member);
struct spread reply_spread(const struct results *r, unsigned size,
    unsigned order, size_t member);

/* Ends the program with a line that says why. */
void die(const char *fmt, ...)
    __attribute__((__noreturn__, __format__(__printf__, 1, 2)));

#endif /* BENCH_H */
