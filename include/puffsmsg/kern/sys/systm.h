/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_SYSTM_H
#define PUFFSMSG_KERN_SYS_SYSTM_H

/*
 * panic, printf and assertions.  The only header that takes the name printf
 * away from the C library.
 *
 * KASSERT is compiled in with DIAGNOSTIC or PUFFSMSG_DIAGNOSTIC, KDASSERT
 * with DEBUG.
 */

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
/* To the host's log(), line by line, each of at most 255 bytes. */
void puffsmsg_kern_printf(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
#pragma GCC visibility pop

#define panic(...)  puffsmsg_kern_panic(__VA_ARGS__)
#define printf(...) puffsmsg_kern_printf(__VA_ARGS__)

#ifndef PUFFSMSG_DIAGNOSTIC
#define PUFFSMSG_DIAGNOSTIC 0
#endif

#if PUFFSMSG_DIAGNOSTIC || defined(DIAGNOSTIC)
#define KASSERT(e) \
	(__predict_true(e) ? (void)0 \
			   : panic("assertion \"%s\" failed: %s:%d", #e, \
				 __FILE__, __LINE__))
#define KASSERTMSG(e, msg, ...) \
	(__predict_true(e) ? (void)0 \
			   : panic("assertion \"%s\" failed: %s:%d: " msg, #e, \
				 __FILE__, __LINE__, ##__VA_ARGS__))
#else
#define KASSERT(e)         ((void)0)
#define KASSERTMSG(e, ...) ((void)0)
#endif

#ifdef DEBUG
#define KDASSERT(e) KASSERT(e)
#else
#define KDASSERT(e) ((void)0)
#endif
#define KDASSERTMSG(e, ...) KDASSERT(e)

#ifndef CTASSERT
#define CTASSERT(e) __CTASSERT(e)
#endif

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_SYSTM_H */
