/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_STAT_H
#define PUFFSMSG_KERN_SYS_STAT_H

/* That of the system, whose struct stat may have members called __unused. */

#pragma GCC system_header

#include <sys/cdefs.h>

#pragma push_macro("__unused")
#undef __unused
#include_next <sys/stat.h>
#pragma pop_macro("__unused")

#endif /* PUFFSMSG_KERN_SYS_STAT_H */
