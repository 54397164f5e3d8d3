/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_CDEFS_H
#define PUFFSMSG_KERN_SYS_CDEFS_H

/*
 * What kernel code expects of sys/cdefs.h, on top of what the system has.
 * The C library's own headers include this one too, so it must stay harmless
 * for them.
 *
 * __unused is the one that is not quite: some C libraries and Linux headers
 * have members of that name.  sys/stat.h of this directory takes care of its
 * own; others, which kernel code does not include, go before these headers.
 */

#pragma GCC system_header

#if defined(__has_include_next)
#if __has_include_next(<sys/cdefs.h>)
#include_next <sys/cdefs.h>
#endif
#endif

/* A declaration of nothing, so that the semicolon after it ends something. */
#ifndef __KERNEL_RCSID
#define __KERNEL_RCSID(n, s) struct puffsmsg__rcsid
#endif
#ifndef __RCSID
#define __RCSID(s) struct puffsmsg__rcsid
#endif
#ifndef __KERNEL_COPYRIGHT
#define __KERNEL_COPYRIGHT(n, s) struct puffsmsg__rcsid
#endif
#ifndef __BEGIN_DECLS
#ifdef __cplusplus
#define __BEGIN_DECLS extern "C" {
#define __END_DECLS   }
#else
#define __BEGIN_DECLS
#define __END_DECLS
#endif
#endif

#ifndef __dead
#define __dead __attribute__((__noreturn__))
#endif
#ifndef __used
#define __used __attribute__((__used__))
#endif
#ifndef __unused
#define __unused __attribute__((__unused__))
#endif
#ifndef __packed
#define __packed __attribute__((__packed__))
#endif
#ifndef __aligned
#define __aligned(n) __attribute__((__aligned__(n)))
#endif
#ifndef __section
#define __section(s) __attribute__((__section__(s)))
#endif
#ifndef __noinline
#define __noinline __attribute__((__noinline__))
#endif
#ifndef __printflike
#define __printflike(f, a) __attribute__((__format__(__printf__, f, a)))
#endif
#ifndef __predict_true
#define __predict_true(e)  __builtin_expect((e) != 0, 1)
#define __predict_false(e) __builtin_expect((e) != 0, 0)
#endif
#ifndef __UNCONST
#define __UNCONST(p)    ((void *)(__UINTPTR_TYPE__)(const void *)(p))
#define __UNVOLATILE(p) ((void *)(__UINTPTR_TYPE__)(volatile void *)(p))
#endif
#ifndef __arraycount
#define __arraycount(a) (sizeof(a) / sizeof((a)[0]))
#endif
#ifndef __BIT
#define __BIT(n) ((__UINTMAX_TYPE__)1 << (n))
#endif
/* Bits `m' to `n', both included, in any order; values in and out of them. */
#ifndef __BITS
#define __BITS(m, n) \
	((__BIT((m) > (n) ? (m) : (n)) << 1) - __BIT((m) > (n) ? (n) : (m)))
#endif
#ifndef __SHIFTOUT
#define __LOWEST_SET_BIT(mask) ((mask) & (~(mask) + 1))
#define __SHIFTOUT(x, mask)    (((x) & (mask)) / __LOWEST_SET_BIT(mask))
#define __SHIFTIN(x, mask)     ((x)*__LOWEST_SET_BIT(mask))
#define __SHIFTOUT_MASK(mask)  __SHIFTOUT(mask, mask)
#endif
#ifndef __USE
#define __USE(x) ((void)(x))
#endif
#ifndef __nothing
#define __nothing ((void)0)
#endif
#ifndef __CTASSERT
#ifdef __cplusplus
#define __CTASSERT(e) static_assert(e, #e)
#else
#define __CTASSERT(e) _Static_assert(e, #e)
#endif
#endif
#ifndef __read_mostly
#define __read_mostly
#endif
#ifndef __read_frequently
#define __read_frequently
#endif
#ifndef __cacheline_aligned
#define __cacheline_aligned __attribute__((__aligned__(64)))
#endif
#ifndef __diagused
#define __diagused  __attribute__((__unused__))
#define __debugused __attribute__((__unused__))
#endif

#endif /* PUFFSMSG_KERN_SYS_CDEFS_H */
