/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef STORM_H
#define STORM_H

/*
 * The storm: callers, servers, signals and deaths at random on one mount after
 * another.  Nothing is asserted about time; everything is counted, and the
 * counts of the callers, of the callbacks and of the mount must agree.
 *
 * Field keys: (: set before the threads start; a: atomic (__atomic builtins);
 * t: of one thread, read by others after it was joined.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <puffsmsg/puffsmsg.h>

#define STORM_CALLERS 64
#define STORM_SERVERS 4
#define STORM_BEAT    16 /* messages between two looks at the progress */

/* How messages ended, as their callers saw it. */
struct outcomes {
	uint64_t o_ok;       /* t: replied, rv 0 */
	uint64_t o_error;    /* t: replied, rv as the server chose */
	uint64_t o_eproto;   /* t: */
	uint64_t o_delivery; /* t: releaseout's error */
	uint64_t o_enxio;    /* t: dead, or not accepted */
	uint64_t o_eintr;    /* t: interrupted, or not accepted */
	uint64_t o_odd;      /* t: anything else: a failure */
	uint64_t o_wrong;   /* t: replied, but not with our answer: a failure */
	uint64_t o_faf;     /* t: sent without waiting */
	uint64_t o_called;  /* t: enqueued with a callback */
	uint64_t o_refused; /* t: of these, not accepted */
};

struct storm;

struct caller {
	struct storm *c_storm; /* (: */
	pthread_t c_thread;    /* (: */
	uint64_t c_random;     /* t: */
	int32_t c_lid;         /* a: 0 until it runs */
	struct outcomes c_outcomes;
};

struct server {
	struct storm *s_storm;
	pthread_t s_thread;
	uint64_t s_random; /* t: */
	uint64_t s_taken;  /* t: messages */
};

/* One mount's life. */
struct storm {
	struct puffs_mount *st_mount;
	uint64_t st_seed;      /* (: */
	uint64_t st_quota;     /* (: messages until the server dies */
	uint64_t st_done;      /* a: messages so far */
	uint64_t st_callbacks; /* a: callbacks that ran */
	uint32_t st_over;      /* a: the mount is down */
	struct caller st_callers[STORM_CALLERS];
	struct server st_servers[STORM_SERVERS];
	pthread_mutex_t st_lock;
	pthread_cond_t st_progress; /* st_done grew by a beat, or to the quota,
				     * or the mount is down */
};

/* Errors that servers choose: a reply's, and a delivery's. */
#define STORM_REPLY_ERROR    2  /* ENOENT */
#define STORM_DELIVERY_ERROR 28 /* ENOSPC */

uint64_t storm_random(uint64_t *state);
/* True once in `n' times. */
bool storm_oneof(uint64_t *state, uint64_t n);

void *storm_caller(void *caller);
void *storm_server(void *server);
/* Counts a message, for the sender of signals and the killer. */
void storm_count(struct storm *st);
/* Sums up, compares, and says what does not agree.  False: it does not. */
bool storm_check(struct storm *st);

#endif /* STORM_H */
