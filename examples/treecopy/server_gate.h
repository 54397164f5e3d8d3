/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SERVER_GATE_H
#define TREECOPY_SERVER_GATE_H

/*
 * A gate inside the file server: while it is closed, GETATTR requests are kept
 * unanswered, so that their callers are in the middle of them for certain.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <puffsmsg/server.h>

struct tree;

struct gate {
	pthread_mutex_t g_lock;
	pthread_cond_t g_full;
	struct puffsmsg_request **g_held; /* g_lock; NULL: the gate is open */
	size_t g_count;                   /* g_lock: held */
	size_t g_room;                    /* g_lock: how many there will be */
};

void gate_init(struct gate *gate);
void gate_destroy(struct gate *gate);

/* Closes the gate for the next `n' requests.  ENOMEM. */
int gate_close(struct gate *gate, size_t n);
/* The handler's question; true: the request is held. */
bool gate_hold(struct gate *gate, struct puffsmsg_request *request);
/* Waits until all `n' are held. */
void gate_wait(struct gate *gate);
/* Answers what is held and lets all others pass; returns how many were. */
size_t gate_open(struct gate *gate, struct puffsmsg_server *loop,
    struct tree *tree);

#endif /* TREECOPY_SERVER_GATE_H */
