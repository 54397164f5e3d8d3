/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_KMEM_H
#define PUFFSMSG_KERN_SYS_KMEM_H

/*
 * kmem(9).  Memory for any type, aligned to the largest fundamental one.
 *
 * KM_SLEEP never fails: when memory is short it drains pool caches (which runs
 * destructors on the calling thread), says so once per shortage, and tries
 * again after 1, 2, 4, ... 100 ms.  KM_NOSLEEP
 * returns NULL and never blocks.  A size of 0 is misuse.  kmem_free must be
 * given the size of the allocation, which PUFFSMSG_DIAGNOSTIC checks.
 *
 * From any thread.  No call is a cancellation point.
 */

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef unsigned int km_flag_t;
#define KM_SLEEP   0x1u
#define KM_NOSLEEP 0x2u

#pragma GCC visibility push(default)
void *puffsmsg_kern_kmem_alloc(size_t size, km_flag_t flags);
void *puffsmsg_kern_kmem_zalloc(size_t size, km_flag_t flags);
void puffsmsg_kern_kmem_free(void *p, size_t size);
/* Strings; all but the first go by `flags'.  Freed by kmem_strfree. */
char *puffsmsg_kern_kmem_asprintf(const char *fmt, ...)
    __attribute__((__format__(__printf__, 1, 2)));
char *puffsmsg_kern_kmem_strdupsize(const char *s, size_t *size,
    km_flag_t flags);
char *puffsmsg_kern_kmem_strndup(const char *s, size_t max, km_flag_t flags);
void puffsmsg_kern_kmem_strfree(char *s);
/* `stack' if `size' fits into its `stacksize' bytes, else memory. */
void *puffsmsg_kern_kmem_tmpbuf_alloc(size_t size, void *stack,
    size_t stacksize, km_flag_t flags);
void puffsmsg_kern_kmem_tmpbuf_free(void *p, size_t size, void *stack);
#pragma GCC visibility pop

#define kmem_alloc(size, flags)       puffsmsg_kern_kmem_alloc(size, flags)
#define kmem_zalloc(size, flags)      puffsmsg_kern_kmem_zalloc(size, flags)
#define kmem_free(p, size)            puffsmsg_kern_kmem_free(p, size)
#define kmem_intr_alloc(size, flags)  puffsmsg_kern_kmem_alloc(size, flags)
#define kmem_intr_zalloc(size, flags) puffsmsg_kern_kmem_zalloc(size, flags)
#define kmem_intr_free(p, size)       puffsmsg_kern_kmem_free(p, size)
#define kmem_asprintf(...)            puffsmsg_kern_kmem_asprintf(__VA_ARGS__)
#define kmem_strdupsize(s, n, flags)  puffsmsg_kern_kmem_strdupsize(s, n, flags)
#define kmem_strdup(s, flags)         puffsmsg_kern_kmem_strdupsize(s, NULL, flags)
#define kmem_strndup(s, n, flags)     puffsmsg_kern_kmem_strndup(s, n, flags)
#define kmem_strfree(s)               puffsmsg_kern_kmem_strfree(s)
#define kmem_tmpbuf_alloc(size, s, n, flags) \
	puffsmsg_kern_kmem_tmpbuf_alloc(size, s, n, flags)
#define kmem_tmpbuf_free(p, size, s) puffsmsg_kern_kmem_tmpbuf_free(p, size, s)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_KMEM_H */
