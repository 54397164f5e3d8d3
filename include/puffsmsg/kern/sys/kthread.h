/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_KTHREAD_H
#define PUFFSMSG_KERN_SYS_KTHREAD_H

/*
 * kthread(9): threads of the library's process, each an lwp.
 *
 * A function that returns is the same as kthread_exit(0).  The lwp of a
 * thread without KTHREAD_MUSTJOIN is gone when the thread is; with it, it
 * stays until kthread_join, which somebody must call before the library ends.
 * The end of the library does not wait for the others.  One that may still be
 * on its way then calls nothing any more, and returns: kthread_exit is a call
 * too.
 */

#include <sys/param.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KTHREAD_IDLE     0x01 /* EINVAL: nothing could start it later */
#define KTHREAD_MPSAFE   0x02 /* all are */
#define KTHREAD_INTR     0x04 /* no meaning */
#define KTHREAD_TS       0x08 /* no meaning */
#define KTHREAD_MUSTJOIN 0x10 /* lp must not be NULL */

struct cpu_info;

#pragma GCC visibility push(default)
/*
 * Runs fn(arg) on a new thread named by `fmt' (debuggers may show 15 bytes of
 * it).  `pri' and `ci' mean nothing.  *lp, if lp is not NULL, is set before
 * the thread runs, and to NULL on error.  Errors: EINVAL (KTHREAD_IDLE),
 * ENOMEM, and those of the host's thread_create.
 */
int puffsmsg_kern_kthread_create(pri_t pri, int flags, struct cpu_info *ci,
    void (*fn)(void *), void *arg, struct lwp **lp, const char *fmt, ...)
    __attribute__((__format__(__printf__, 7, 8)));
/* Ends the calling kthread; `code' is logged if it is not 0, and not kept. */
void puffsmsg_kern_kthread_exit(int code) __attribute__((__noreturn__));
/* Blocks until a KTHREAD_MUSTJOIN thread has ended; once.  Returns 0. */
int puffsmsg_kern_kthread_join(struct lwp *l);
#pragma GCC visibility pop

#define kthread_create(pri, flags, ci, fn, arg, lp, ...) \
	puffsmsg_kern_kthread_create(pri, flags, ci, fn, arg, lp, __VA_ARGS__)
#define kthread_exit(code) puffsmsg_kern_kthread_exit(code)
#define kthread_join(l)    puffsmsg_kern_kthread_join(l)

/* Every thread may use floating point, always. */
#define kthread_fpu_enter() (0)
#define kthread_fpu_exit(s) ((void)(s))

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_KTHREAD_H */
