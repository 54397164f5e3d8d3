/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_KERNEL_H
#define PUFFSMSG_KERN_SYS_KERNEL_H

/*
 * Ticks.  Nothing ticks: hardclock_ticks is worked out from the host's
 * monotonic clock when it is read.
 */

#include <sys/param.h>
#include <sys/proc.h> /* kpause */
#include <sys/time.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
extern const int puffsmsg_kern_hz;
int puffsmsg_kern_hardclock_ticks(void);
#pragma GCC visibility pop

/* Ticks per second: 100. */
#define hz puffsmsg_kern_hz

/*
 * Ticks since some moment; wraps, so compare differences.  With
 * PUFFSMSG_DIAGNOSTIC it wraps ten seconds after the library started.
 */
#define hardclock_ticks (puffsmsg_kern_hardclock_ticks())
#define getticks()      puffsmsg_kern_hardclock_ticks()

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_KERNEL_H */
