/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * bintime_add(9): seconds with a binary fraction.
 */

#include "kern/kern_private.h"

#include <sys/time.h>

#define NS_PER_S UINT64_C(1000000000)
#define US_PER_S UINT64_C(1000000)

uint64_t
puffsmsg_kern_tofrac(uint64_t n, uint64_t per)
{
	uint64_t high = (n << 32) / per;
	uint64_t low = (((n << 32) % per) << 32) / per;
	uint64_t rest = (((n << 32) % per) << 32) % per;

	return (high << 32) + low + (rest != 0);
}

uint64_t
puffsmsg_kern_fromfrac(uint64_t frac, uint64_t per)
{
	uint64_t high = frac >> 32, low = frac & UINT32_MAX;

	return (high * per + ((low * per) >> 32)) >> 32;
}

void
puffsmsg_kern_bintime_addx(struct bintime *bt, uint64_t x)
{
	bt->frac += x;
	if (bt->frac < x)
		bt->sec++;
}

void
puffsmsg_kern_bintime_add(struct bintime *bt, const struct bintime *more)
{
	puffsmsg_kern_bintime_addx(bt, more->frac);
	bt->sec += more->sec;
}

void
puffsmsg_kern_bintime_sub(struct bintime *bt, const struct bintime *less)
{
	if (bt->frac < less->frac)
		bt->sec--;
	bt->frac -= less->frac;
	bt->sec -= less->sec;
}

struct bintime
puffsmsg_kern_ns2bintime(uint64_t ns)
{
	struct bintime bt;

	bt.sec = (int64_t)(ns / NS_PER_S);
	bt.frac = puffsmsg_kern_tofrac(ns % NS_PER_S, NS_PER_S);
	return bt;
}
