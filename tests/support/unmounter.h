/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef UNMOUNTER_H
#define UNMOUNTER_H

/*
 * Threads that unmount fix_mount, whose grace time does not end by itself.
 */

#include "serverreq.h"

/* A grace time that does not end by itself. */
static inline struct puffs_mount *
patient_mount(void)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	opt.grace_ms = 3600 * 1000;
	return fix_mount_new(&opt);
}

static inline int
unmounter_setup(void **state)
{
	(void)state;
	fix_init();
	fix_mount = patient_mount();
	return 0;
}

static inline int
unmounter_teardown(void **state)
{
	(void)state;
	fix_mount_free(fix_mount);
	fix_fini();
	return 0;
}

static inline int
mount_state(void)
{
	return puffsmsg_mount_state(fix_mount);
}

/*
 * A thread that unmounts.
 */
struct unmounter {
	struct fix_thread t;
	int flags;
	int pending; /* signal to be pending at the call, or 0 */
	int error;
};

static inline void
unmounter_main(void *arg)
{
	struct unmounter *u = arg;

	if (u->pending != 0)
		(void)puffsmsg_lwp_kill(u->t.lid, u->pending);
	u->error = puffsmsg_mount_unmount(fix_mount, u->flags);
}

static inline void
unmount_start(struct unmounter *u, int flags)
{
	u->flags = flags;
	u->pending = 0;
	u->error = -1;
	fix_start(&u->t, unmounter_main, u);
}

static inline int
unmount_join(struct unmounter *u)
{
	fix_join(&u->t);
	return u->error;
}

/* As far as the server having its message, in `f'. */
static inline void
unmount_asked(struct unmounter *u, struct fix_frame *f, int flags)
{
	unmount_start(u, flags);
	srv_expect_unmount(fix_mount, f, flags);
}

/* Wakes all who sleep on the mount's condition, for no reason. */
static inline void
wake_for_nothing(void)
{
	fix_until_cv(fix_mount);
	mutex_enter(&fix_mount->pmp_lock);
	cv_broadcast(&fix_mount->pmp_cv);
	mutex_exit(&fix_mount->pmp_lock);
	fix_until_cv(fix_mount);
}

#endif /* UNMOUNTER_H */
