/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_TYPES_H
#define PUFFSMSG_KERN_SYS_TYPES_H

/*
 * What kernel code expects of sys/types.h, on top of what the system has.
 */

#pragma GCC system_header

#include_next <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sys/cdefs.h>

struct lwp;
struct proc;
typedef struct lwp lwp_t;
typedef struct proc proc_t;
typedef int pri_t;

#ifndef __NetBSD__
typedef int32_t lwpid_t;
typedef uintptr_t vaddr_t;
typedef uintptr_t vsize_t;
#endif

#endif /* PUFFSMSG_KERN_SYS_TYPES_H */
