/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_ERRNO_H
#define PUFFSMSG_KERN_SYS_ERRNO_H

/*
 * Error numbers are those of the system, and those of the kernel alone, which
 * nothing here returns.
 */

#pragma GCC system_header

#include <errno.h>
#ifndef EPERM /* <errno.h> gets them from the header that this one hides */
#include_next <sys/errno.h>
#endif

#ifndef EJUSTRETURN
#define EJUSTRETURN (-2)
#endif
#ifndef ERESTART
#define ERESTART (-3)
#endif
#ifndef EPASSTHROUGH
#define EPASSTHROUGH (-4)
#endif

#endif /* PUFFSMSG_KERN_SYS_ERRNO_H */
