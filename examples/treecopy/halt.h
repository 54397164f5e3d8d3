/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_HALT_H
#define TREECOPY_HALT_H

/*
 * Why the run ends early.  The first reason wins; it is the one that is told.
 * Whoever is at work looks at halt_stopped() between steps, and is woken by
 * the watcher if it waits for a file server.
 */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct halt {
	pthread_mutex_t h_lock;
	atomic_bool h_stopped;
	int h_signo;                  /* h_lock: the signal, if that was it */
	char *h_text;                 /* h_lock: the reason, if it was not */
	void (*h_watcher)(void *arg); /* h_lock */
	void *h_arg;                  /* h_lock */
};

void halt_init(struct halt *halt);
void halt_destroy(struct halt *halt);

bool halt_stopped(struct halt *halt);

/* Something failed: "PATH: REASON".  `path' of any bytes. */
void halt_failed(struct halt *halt, const char *path, const char *reason);
/* The same for an errno. */
void halt_error(struct halt *halt, const char *path, int error);

/* A signal of the operating system asks to stop. */
void halt_signal(struct halt *halt, int signo);

/*
 * From now on whoever stops the run calls watcher(arg) once, under h_lock; at
 * once if it is stopped already.  NULL: no watcher any more.
 */
void halt_watch(struct halt *halt, void (*watcher)(void *arg), void *arg);

#endif /* TREECOPY_HALT_H */
