/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_SYSLOG_H
#define PUFFSMSG_KERN_SYS_SYSLOG_H

/*
 * log(9): lines to the host's log(), as printf of sys/systm.h; the priority is
 * dropped.  Here and not there, since the name is also one of <math.h>, which
 * cannot be included after this.
 */

#pragma GCC system_header

#include_next <sys/syslog.h>

#include <sys/systm.h>

#define log(level, ...)      ((void)(level), puffsmsg_kern_printf(__VA_ARGS__))
#define vlog(level, fmt, ap) ((void)(level), puffsmsg_kern_vprintf(fmt, ap))
#define addlog(...)          puffsmsg_kern_printf(__VA_ARGS__)

#endif /* PUFFSMSG_KERN_SYS_SYSLOG_H */
