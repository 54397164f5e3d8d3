/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_PARAM_H
#define PUFFSMSG_KERN_SYS_PARAM_H

/*
 * What kernel code expects of sys/param.h, on top of what the system has.
 */

#pragma GCC system_header

#if defined(__has_include_next)
#if __has_include_next(<sys/param.h>)
#include_next <sys/param.h>
#endif
#endif

#include <sys/types.h>

#ifndef MIN
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#endif
#ifndef howmany
#define howmany(x, y) (((x) + ((y)-1)) / (y))
#endif
#ifndef roundup
#define roundup(x, y) ((((x) + ((y)-1)) / (y)) * (y))
#endif
#ifndef COHERENCY_UNIT
#define COHERENCY_UNIT 64
#endif

/* Priorities are accepted and mean nothing. */
#ifndef PRI_NONE
#define PRI_NONE       (-1)
#define PRI_USER       0
#define PRI_KERNEL     64
#define PRI_BIO        PRI_KERNEL
#define PRI_VM         PRI_KERNEL
#define PRI_KTHREAD    96
#define PRI_USER_RT    128
#define PRI_KERNEL_RT  192
#define PRI_SOFTCLOCK  PRI_KERNEL_RT
#define PRI_SOFTBIO    PRI_KERNEL_RT
#define PRI_SOFTNET    PRI_KERNEL_RT
#define PRI_SOFTSERIAL PRI_KERNEL_RT
#define PRI_XCALL      PRI_KERNEL_RT
#endif

#pragma GCC visibility push(default)
unsigned int puffsmsg_kern_mstohz(unsigned int ms);
unsigned int puffsmsg_kern_hztoms(unsigned int ticks);
#pragma GCC visibility pop

/*
 * Milliseconds to ticks and back, rounded down as in NetBSD: less than a tick
 * is 0, which cv_timedwait takes for ever.
 */
#define mstohz(ms) puffsmsg_kern_mstohz(ms)
#define hztoms(t)  puffsmsg_kern_hztoms(t)

#endif /* PUFFSMSG_KERN_SYS_PARAM_H */
