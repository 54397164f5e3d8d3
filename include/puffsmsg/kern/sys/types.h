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

/*
 * What sys/atomic.h has on 64 bits: the operations where the compiler makes
 * them of instructions, loads and stores where a pointer has as many.
 */
#if defined(__LP64__) || defined(__GCC_HAVE_SYNC_COMPARE_AND_SWAP_8)
#ifndef __HAVE_ATOMIC64_OPS
#define __HAVE_ATOMIC64_OPS
#endif
#endif
#if defined(__LP64__) && !defined(__HAVE_ATOMIC64_LOADSTORE)
#define __HAVE_ATOMIC64_LOADSTORE
#endif

struct lwp;
struct proc;
typedef struct lwp lwp_t;
typedef struct proc proc_t;
typedef int pri_t;

/* What debug checks know a lock by (lib/kern/lockdebug.h); 0: not at all. */
struct puffsmsg__lockid {
	uint32_t li_id; /* (: */
};

#ifndef __NetBSD__
typedef int32_t lwpid_t;
typedef uintptr_t vaddr_t;
typedef uintptr_t vsize_t;
#endif

#endif /* PUFFSMSG_KERN_SYS_TYPES_H */
