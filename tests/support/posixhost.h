/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef POSIXHOST_H
#define POSIXHOST_H

/*
 * The pthread host by itself, with upcalls that count.  posixhost_start and
 * posixhost_stop fit cmocka.
 */

#include <stdint.h>

#include <puffsmsg/host.h>

static const struct puffsmsg_host *h;

static struct {
	uint32_t exits, cancels;
	void *exited, *cancelled;
	void (*on_exit)(void);
} up;

static inline void
posixhost_exiting(void *lwp)
{
	(void)__atomic_add_fetch(&up.exits, 1, __ATOMIC_SEQ_CST);
	up.exited = lwp;
	if (up.on_exit != NULL)
		up.on_exit();
}

static inline void
posixhost_cancelled(void *lwp)
{
	(void)__atomic_add_fetch(&up.cancels, 1, __ATOMIC_SEQ_CST);
	up.cancelled = lwp;
}

static const struct puffsmsg_upcalls posixhost_upcalls = {
	.size = sizeof(struct puffsmsg_upcalls),
	.thread_exiting = posixhost_exiting,
	.cancelled = posixhost_cancelled,
};

static inline int
posixhost_start(void **state)
{
	(void)state;
	h = puffsmsg_host_pthread();
	up.exits = up.cancels = 0;
	up.exited = up.cancelled = NULL;
	up.on_exit = NULL;
	return h->init(&posixhost_upcalls);
}

static inline int
posixhost_stop(void **state)
{
	(void)state;
	h->fini();
	return 0;
}

#endif /* POSIXHOST_H */
