/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_HOST_POSIX_PRIVATE_H
#define PUFFSMSG_HOST_POSIX_PRIVATE_H

/*
 * What the files of the pthread host share.
 *
 * Keys:  (: stable   t: tk_mutex   r: registry (posix_token.c)   a: atomic
 */

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <puffsmsg/host.h>

/*
 * A sleeping token.  It belongs to one thread at a time and is handed to
 * another one when that has ended; freed at fini.
 */
struct puffsmsg__token {
	pthread_mutex_t tk_mutex;
	pthread_cond_t tk_cond;          /* set, for the one that waits */
	bool tk_set;                     /* t: */
	bool tk_waiting;                 /* t: its thread is in block */
	bool tk_signalled;               /* a: to be set by the signal helper */
	struct puffsmsg__token *tk_next; /* r: all tokens */
	struct puffsmsg__token *tk_nextfree; /* r: of no thread */
};

/*
 * What the host knows of the calling thread; valid while se_life is that of
 * the host, which changes at init and fini.
 */
struct puffsmsg__self {
	void *se_lwp;
	struct puffsmsg__token *se_token; /* NULL: none yet */
	uint32_t se_life;
	bool se_armed; /* its end will be noticed */
};

/* Panics with the name of the call if `error' is not 0. */
#define PUFFSMSG__CHECK(call) \
	do { \
		int check_error = (call); \
		if (__builtin_expect(check_error != 0, 0)) \
			puffsmsg__posix_failed(#call, check_error); \
	} while (0)

/* posix.c */
void puffsmsg__posix_failed(const char *call, int error)
    __attribute__((__noreturn__));
uint64_t puffsmsg__posix_clock(void);
extern const struct puffsmsg_upcalls *puffsmsg__posix_upcalls; /* (: */

/* posix_slot.c: arm() may fail with an errno. */
int puffsmsg__posix_slot_init(void);
void puffsmsg__posix_slot_fini(void);
struct puffsmsg__self *puffsmsg__posix_self(void);
int puffsmsg__posix_arm(struct puffsmsg__self *self);
void *puffsmsg__posix_lwp_get(void);
int puffsmsg__posix_lwp_set(void *lwp);

/* posix_token.c */
void puffsmsg__posix_token_fini(void);
void *puffsmsg__posix_token(void);
void puffsmsg__posix_token_release(struct puffsmsg__token *tk);
int puffsmsg__posix_block(uint64_t deadline, unsigned flags);
void puffsmsg__posix_unblock(void *token);
/* Runs fn on every token there is; no token comes or goes meanwhile. */
void puffsmsg__posix_token_foreach(void (*fn)(struct puffsmsg__token *));

/* posix_signal.c */
void puffsmsg__posix_signal_fini(void);
int puffsmsg__posix_signal_prepare(void);
void puffsmsg__posix_unblock_from_signal(void *token);

/* posix_mutex.c */
int puffsmsg__posix_mutex_init(void *m);
void puffsmsg__posix_mutex_destroy(void *m);
void puffsmsg__posix_mutex_enter(void *m);
int puffsmsg__posix_mutex_tryenter(void *m);
void puffsmsg__posix_mutex_exit(void *m);

/* posix_thread.c: quiet_create makes a thread that takes no signals. */
int puffsmsg__posix_quiet_create(pthread_t *thread, const pthread_attr_t *attr,
    void *(*fn)(void *), void *arg);
int puffsmsg__posix_thread_create(void (*fn)(void *), void *arg,
    const char *name, unsigned flags, void **thread);
void puffsmsg__posix_thread_join(void *thread);
void puffsmsg__posix_thread_exit(void);
void puffsmsg__posix_thread_setname(const char *name);

#endif /* PUFFSMSG_HOST_POSIX_PRIVATE_H */
