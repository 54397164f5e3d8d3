/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_SYSTM_H
#define PUFFSMSG_KERN_SYS_SYSTM_H

/*
 * panic(9), kprintf(9), KASSERT(9), CTASSERT(9).  The only header that takes
 * the name printf away from the C library; snprintf and vsnprintf are that
 * library's.
 *
 * KASSERT and KASSERTMSG are compiled in with DIAGNOSTIC or
 * PUFFSMSG_DIAGNOSTIC, KDASSERT and KDASSERTMSG with DEBUG.
 *
 * From any thread.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)
/* One line to the host's panic(), which ends the process. */
void puffsmsg_kern_panic(const char *fmt, ...)
    __attribute__((__noreturn__, __format__(__printf__, 1, 2)));
void puffsmsg_kern_vpanic(const char *fmt, va_list ap)
    __attribute__((__noreturn__, __format__(__printf__, 1, 0)));
/* To the host's log(), line by line, each of at most 255 bytes. */
void puffsmsg_kern_printf(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
void puffsmsg_kern_vprintf(const char *fmt, va_list ap)
    __attribute__((__format__(__printf__, 1, 0)));
#pragma GCC visibility pop

#define panic(...)        puffsmsg_kern_panic(__VA_ARGS__)
#define vpanic(fmt, ap)   puffsmsg_kern_vpanic(fmt, ap)
#define printf(...)       puffsmsg_kern_printf(__VA_ARGS__)
#define vprintf(fmt, ap)  puffsmsg_kern_vprintf(fmt, ap)
#define printf_nolog(...) puffsmsg_kern_printf(__VA_ARGS__)

#ifndef PUFFSMSG_DIAGNOSTIC
#define PUFFSMSG_DIAGNOSTIC 0
#endif

/* `text' is that of `e', before macros in it were replaced. */
#define PUFFSMSG__ASSERT(kind, e, text) \
	(__predict_true(e) ? (void)0 \
			   : panic(kind "assertion \"%s\" failed: %s:%d", \
				 text, __FILE__, __LINE__))
#define PUFFSMSG__ASSERTMSG(kind, e, text, msg, ...) \
	(__predict_true(e) \
		? (void)0 \
		: panic(kind "assertion \"%s\" failed: %s:%d: " msg, text, \
		      __FILE__, __LINE__, ##__VA_ARGS__))

#if PUFFSMSG_DIAGNOSTIC || defined(DIAGNOSTIC)
#define KASSERT(e) PUFFSMSG__ASSERT("diagnostic ", e, #e)
#define KASSERTMSG(e, ...) \
	PUFFSMSG__ASSERTMSG("diagnostic ", e, #e, __VA_ARGS__)
#else
#define KASSERT(e)         ((void)0)
#define KASSERTMSG(e, ...) ((void)0)
#endif

#ifdef DEBUG
#define KDASSERT(e) PUFFSMSG__ASSERT("debugging ", e, #e)
#define KDASSERTMSG(e, ...) \
	PUFFSMSG__ASSERTMSG("debugging ", e, #e, __VA_ARGS__)
#else
#define KDASSERT(e)         ((void)0)
#define KDASSERTMSG(e, ...) ((void)0)
#endif

#ifndef CTASSERT
#define CTASSERT(e) __CTASSERT(e)
#endif

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_SYSTM_H */
