/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A queue device, for those who use it.
 *
 * Writers put in requests of some bytes, a thread of the device takes them in
 * their order and changes each byte as its configuration says, readers take
 * them out again in the same order.
 */

#ifndef _KMODVAR_H_
#define _KMODVAR_H_

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct kmod_softc;

struct kmod_config {
	unsigned int kc_limit;    /* requests from write until read */
	size_t kc_maxlen;         /* bytes of a request */
	uint8_t kc_key;           /* each byte is xored with it */
	bool kc_paused;           /* the thread takes nothing */
	unsigned int kc_watch_ms; /* it is watched this often */
};

struct kmod_stats {
	unsigned int ks_written;     /* requests accepted */
	unsigned int ks_read;        /* requests handed out */
	unsigned int ks_lost;        /* dropped by detach */
	unsigned int ks_interrupted; /* calls ended by a signal */
	unsigned int ks_timedout;    /* reads ended by their timeout */
	unsigned int ks_stalls;      /* times the watchdog saw no progress */
	unsigned int ks_constructed; /* requests made by the pool */
	unsigned int ks_destructed;
	unsigned long ks_bytes; /* changed */
	uint64_t ks_sum;        /* of all bytes as they came in */
};

int kmod_attach(const struct kmod_config *, struct kmod_softc **);
void kmod_detach(struct kmod_softc *, struct kmod_stats *);

/*
 * EINTR for a signal, ENXIO once the device is being detached; write: EMSGSIZE;
 * read: EWOULDBLOCK after `ms' (0: never), EMSGSIZE if the request is longer
 * than *len, which then says how long it is.
 */
int kmod_write(struct kmod_softc *, const void *, size_t);
int kmod_read(struct kmod_softc *, void *, size_t *, unsigned int);

void kmod_getconfig(struct kmod_softc *, struct kmod_config *);
int kmod_setconfig(struct kmod_softc *, const struct kmod_config *);
void kmod_getstats(struct kmod_softc *, struct kmod_stats *);

/* A signal to the process that attached it. */
void kmod_signal(struct kmod_softc *, int);

/* Blocks until so many callers sleep in it, or it has stalled so often. */
void kmod_await_sleepers(struct kmod_softc *, unsigned int);
void kmod_await_stalls(struct kmod_softc *, unsigned int);

#endif /* _KMODVAR_H_ */
