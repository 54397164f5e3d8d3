/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_LOCK_H
#define PUFFSMSG_KERN_SYS_LOCK_H

/* There for code that includes it by habit; see mutex.h. */

#include <sys/mutex.h>

#endif /* PUFFSMSG_KERN_SYS_LOCK_H */
