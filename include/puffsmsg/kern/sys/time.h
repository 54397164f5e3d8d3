/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_TIME_H
#define PUFFSMSG_KERN_SYS_TIME_H

/*
 * microuptime(9), time_second(9) as far as it goes, tvtohz(9), and struct
 * bintime with bintime_add(9) where the system has none.  From any thread; no
 * call blocks.
 *
 * There is no wall clock here: a host has a monotonic one.
 *
 * Seconds have 64 bits, as in NetBSD, and not those of a time_t, which a
 * program may choose: the library's functions know neither struct timespec nor
 * struct timeval.
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
	int64_t sec;
	uint64_t frac; /* in units of 2^-64 s */
};
#endif

/* Strict ISO C99 has no struct timespec, and so none of its calls here. */
#if !defined(__STRICT_ANSI__) || defined(_POSIX_C_SOURCE) || \
    defined(_DEFAULT_SOURCE) || defined(__cplusplus) || \
    (defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L)
#define PUFFSMSG__HAVE_TIMESPEC 1
#else
#define PUFFSMSG__HAVE_TIMESPEC 0
#endif

#pragma GCC visibility push(default)
/*
 * Nanoseconds since the library started, and one second, so that 0 is before
 * all.  Monotonic.
 */
uint64_t puffsmsg_kern_uptime(void);

/*
 * The ticks to wait so that at least this time goes by: rounded up, and one
 * for the tick that has begun.  0 for no time and less, INT_MAX for too much.
 */
int puffsmsg_kern_timetohz(int64_t sec, int64_t nsec);

/* *bt += *more, *bt -= *less, *bt += x * 2^-64 s. */
void puffsmsg_kern_bintime_add(struct bintime *bt, const struct bintime *more);
void puffsmsg_kern_bintime_sub(struct bintime *bt, const struct bintime *less);
void puffsmsg_kern_bintime_addx(struct bintime *bt, uint64_t x);
struct bintime puffsmsg_kern_ns2bintime(uint64_t ns);

/*
 * `n' of `per' to the second as a fraction, rounded up, and back, rounded
 * down: there and back again changes nothing.
 */
uint64_t puffsmsg_kern_tofrac(uint64_t n, uint64_t per);
uint64_t puffsmsg_kern_fromfrac(uint64_t frac, uint64_t per);
#pragma GCC visibility pop

#if PUFFSMSG__HAVE_TIMESPEC
static __inline void
puffsmsg__nanouptime(struct timespec *ts)
{
	uint64_t ns = puffsmsg_kern_uptime();

	ts->tv_sec = (time_t)(ns / 1000000000);
	ts->tv_nsec = (long)(ns % 1000000000);
}

static __inline int
puffsmsg__tstohz(const struct timespec *ts)
{
	return puffsmsg_kern_timetohz(ts->tv_sec, ts->tv_nsec);
}
#endif

static __inline void
puffsmsg__microuptime(struct timeval *tv)
{
	uint64_t us = puffsmsg_kern_uptime() / 1000;

	tv->tv_sec = (time_t)(us / 1000000);
	tv->tv_usec = (suseconds_t)(us % 1000000);
}

static __inline int
puffsmsg__tvtohz(const struct timeval *tv)
{
	return puffsmsg_kern_timetohz(tv->tv_sec, (int64_t)tv->tv_usec * 1000);
}

#define time_uptime ((time_t)(puffsmsg_kern_uptime() / 1000000000))
#define binuptime(bt) \
	((void)(*(bt) = puffsmsg_kern_ns2bintime(puffsmsg_kern_uptime())))
#define nanouptime(ts)     puffsmsg__nanouptime(ts)
#define microuptime(tv)    puffsmsg__microuptime(tv)
#define getbinuptime(bt)   binuptime(bt)
#define getnanouptime(ts)  puffsmsg__nanouptime(ts)
#define getmicrouptime(tv) puffsmsg__microuptime(tv)
#define tvtohz(tv)         puffsmsg__tvtohz(tv)
#define tstohz(ts)         puffsmsg__tstohz(ts)

#if !PUFFSMSG__HAVE_BINTIME
#if PUFFSMSG__HAVE_TIMESPEC
static __inline void
puffsmsg__bintime2timespec(const struct bintime *bt, struct timespec *ts)
{
	ts->tv_sec = (time_t)bt->sec;
	ts->tv_nsec = (long)puffsmsg_kern_fromfrac(bt->frac, 1000000000);
}

static __inline void
puffsmsg__timespec2bintime(const struct timespec *ts, struct bintime *bt)
{
	bt->sec = ts->tv_sec;
	bt->frac = puffsmsg_kern_tofrac((uint64_t)ts->tv_nsec, 1000000000);
}
#endif

static __inline void
puffsmsg__bintime2timeval(const struct bintime *bt, struct timeval *tv)
{
	tv->tv_sec = (time_t)bt->sec;
	tv->tv_usec = (suseconds_t)puffsmsg_kern_fromfrac(bt->frac, 1000000);
}

static __inline void
puffsmsg__timeval2bintime(const struct timeval *tv, struct bintime *bt)
{
	bt->sec = tv->tv_sec;
	bt->frac = puffsmsg_kern_tofrac((uint64_t)tv->tv_usec, 1000000);
}

#define bintime_add(bt, more)    puffsmsg_kern_bintime_add(bt, more)
#define bintime_sub(bt, less)    puffsmsg_kern_bintime_sub(bt, less)
#define bintime_addx(bt, x)      puffsmsg_kern_bintime_addx(bt, x)
#define bintime2timespec(bt, ts) puffsmsg__bintime2timespec(bt, ts)
#define timespec2bintime(ts, bt) puffsmsg__timespec2bintime(ts, bt)
#define bintime2timeval(bt, tv)  puffsmsg__bintime2timeval(bt, tv)
#define timeval2bintime(tv, bt)  puffsmsg__timeval2bintime(tv, bt)
#define ns2bintime(ns)           puffsmsg_kern_ns2bintime(ns)
#define us2bintime(us)           puffsmsg_kern_ns2bintime((us)*UINT64_C(1000))
#define ms2bintime(ms)           puffsmsg_kern_ns2bintime((ms)*UINT64_C(1000000))
#endif

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_TIME_H */
