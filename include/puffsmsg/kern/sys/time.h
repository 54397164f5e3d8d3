/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_TIME_H
#define PUFFSMSG_KERN_SYS_TIME_H

/* struct bintime, where the system has none. */

#pragma GCC system_header

#include_next <sys/time.h>

#include <stdint.h>
#include <time.h>

#if !defined(__NetBSD__) && !defined(__FreeBSD__) && !defined(__DragonFly__)
struct bintime {
	time_t sec;
	uint64_t frac; /* in units of 2^-64 s */
};
#endif

#endif /* PUFFSMSG_KERN_SYS_TIME_H */
