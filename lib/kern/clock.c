/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Time: nanoseconds of the host, ticks and uptimes that are worked out of
 * them, kpause.
 */

#include <errno.h>
#include <limits.h>

#include "kern/kern_private.h"

#include <sys/kernel.h>
#include <sys/proc.h>
#include <sys/time.h>

#define HZ          100
#define NS_PER_S    UINT64_C(1000000000)
#define NS_PER_TICK (NS_PER_S / HZ)

/* Where ticks start: near the wrap, where that finds mistakes. */
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
#define FIRST_TICK ((uint32_t)INT_MAX - 10 * HZ)
#else
#define FIRST_TICK 0u
#endif

const int puffsmsg_kern_hz = HZ;

static uint64_t started; /* (: clock at init */

uint64_t
puffsmsg__clock(void)
{
	return puffsmsg__host->clock();
}

void
puffsmsg__clock_init(void)
{
	started = puffsmsg__clock();
}

int
puffsmsg_kern_hardclock_ticks(void)
{
	uint64_t ticks = (puffsmsg__clock() - started) / NS_PER_TICK;

	return (int)(FIRST_TICK + (uint32_t)ticks);
}

uint64_t
puffsmsg__tickdeadline(int ticks)
{
	if (ticks < 0)
		puffsmsg__panic("timeout of %d ticks", ticks);
	return puffsmsg__clock() + (uint64_t)ticks * NS_PER_TICK;
}

unsigned int
puffsmsg_kern_mstohz(unsigned int ms)
{
	return (unsigned int)((uint64_t)ms * HZ / 1000);
}

unsigned int
puffsmsg_kern_hztoms(unsigned int ticks)
{
	return (unsigned int)((uint64_t)ticks * 1000 / HZ);
}

uint64_t
puffsmsg_kern_uptime(void)
{
	return puffsmsg__clock() - started + NS_PER_S;
}

int
puffsmsg_kern_timetohz(int64_t sec, int64_t nsec)
{
	uint64_t ticks;

	if (sec < 0 || (sec == 0 && nsec <= 0))
		return 0;
	if (sec > INT_MAX / HZ)
		return INT_MAX;
	ticks = (uint64_t)sec * HZ +
	    ((uint64_t)nsec + NS_PER_TICK - 1) / NS_PER_TICK + 1;
	return ticks < INT_MAX ? (int)ticks : INT_MAX;
}

int
puffsmsg_kern_kpause(const char *wmesg, bool intr, int ticks, kmutex_t *m)
{
	struct lwp *l = curlwp;
	uint64_t deadline = PUFFSMSG_FOREVER;
	int error;

	if (ticks != 0)
		deadline = puffsmsg__tickdeadline(ticks);
	else if (!intr)
		puffsmsg__panic("kpause: %s: for ever", wmesg);
	if (intr && puffsmsg__sig_pending(l))
		return EINTR;

	/* Nobody can find this sleep, so no lock is needed. */
	puffsmsg__sleep_prepare(l, intr ? PUFFSMSG__SLEEP_SIG : 0);
	l->l_wmesg = wmesg;
	if (m != NULL)
		puffsmsg_kern_mutex_exit(m);
	error = puffsmsg__sleep_wait(l, deadline);
	l->l_wmesg = NULL;
	if (m != NULL)
		puffsmsg_kern_mutex_enter(m);
	return error == ETIMEDOUT ? EWOULDBLOCK : error;
}
