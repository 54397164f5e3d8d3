/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_TIME_H
#define PUFFSMSG_KERN_SYS_TIME_H

/*
 * microuptime(9), time_second(9) as far as it goes, tvtohz(9), and struct
 * bintime with bintime_add(9) where the system has none.  From any thread; no
 * call blocks.
 *
 * There is no wall clock here: a host has a monotonic one.
 */

#pragma GCC system_header

#include_next <sys/time.h>

#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__NetBSD__) || defined(__FreeBSD__) || defined(__DragonFly__)
#define PUFFSMSG__HAVE_BINTIME 1
#else
#define PUFFSMSG__HAVE_BINTIME 0
struct bintime {
	time_t sec;
	uint64_t frac; /* in units of 2^-64 s */
};
#endif

struct timespec; /* strict ISO C99 has none */

#pragma GCC visibility push(default)
/*
 * Time since the library started, and one second, so that 0 is before all.
 * Monotonic.
 */
time_t puffsmsg_kern_time_uptime(void);
void puffsmsg_kern_binuptime(struct bintime *bt);
void puffsmsg_kern_nanouptime(struct timespec *ts);
void puffsmsg_kern_microuptime(struct timeval *tv);

/*
 * The ticks to wait so that at least this time goes by: rounded up, and one
 * for the tick that has begun.  0 for no time and less, INT_MAX for too much.
 */
int puffsmsg_kern_tvtohz(const struct timeval *tv);
int puffsmsg_kern_tstohz(const struct timespec *ts);

/* *bt += *more, *bt -= *less, *bt += x * 2^-64 s. */
void puffsmsg_kern_bintime_add(struct bintime *bt, const struct bintime *more);
void puffsmsg_kern_bintime_sub(struct bintime *bt, const struct bintime *less);
void puffsmsg_kern_bintime_addx(struct bintime *bt, uint64_t x);

/* Rounded down; there and back again changes nothing. */
void puffsmsg_kern_bintime2timespec(const struct bintime *bt,
    struct timespec *ts);
void puffsmsg_kern_bintime2timeval(const struct bintime *bt,
    struct timeval *tv);
/* Rounded up. */
void puffsmsg_kern_timespec2bintime(const struct timespec *ts,
    struct bintime *bt);
void puffsmsg_kern_timeval2bintime(const struct timeval *tv,
    struct bintime *bt);
struct bintime puffsmsg_kern_ns2bintime(uint64_t ns);
#pragma GCC visibility pop

#define time_uptime        (puffsmsg_kern_time_uptime())
#define binuptime(bt)      puffsmsg_kern_binuptime(bt)
#define nanouptime(ts)     puffsmsg_kern_nanouptime(ts)
#define microuptime(tv)    puffsmsg_kern_microuptime(tv)
#define getbinuptime(bt)   puffsmsg_kern_binuptime(bt)
#define getnanouptime(ts)  puffsmsg_kern_nanouptime(ts)
#define getmicrouptime(tv) puffsmsg_kern_microuptime(tv)
#define tvtohz(tv)         puffsmsg_kern_tvtohz(tv)
#define tstohz(ts)         puffsmsg_kern_tstohz(ts)

#if !PUFFSMSG__HAVE_BINTIME
#define bintime_add(bt, more)    puffsmsg_kern_bintime_add(bt, more)
#define bintime_sub(bt, less)    puffsmsg_kern_bintime_sub(bt, less)
#define bintime_addx(bt, x)      puffsmsg_kern_bintime_addx(bt, x)
#define bintime2timespec(bt, ts) puffsmsg_kern_bintime2timespec(bt, ts)
#define timespec2bintime(ts, bt) puffsmsg_kern_timespec2bintime(ts, bt)
#define bintime2timeval(bt, tv)  puffsmsg_kern_bintime2timeval(bt, tv)
#define timeval2bintime(tv, bt)  puffsmsg_kern_timeval2bintime(tv, bt)
#define ns2bintime(ns)           puffsmsg_kern_ns2bintime(ns)
#define us2bintime(us)           puffsmsg_kern_ns2bintime((us)*UINT64_C(1000))
#define ms2bintime(ms)           puffsmsg_kern_ns2bintime((ms)*UINT64_C(1000000))
#endif

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_TIME_H */
