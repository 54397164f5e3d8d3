/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_KMEM_H
#define PUFFSMSG_KERN_SYS_KMEM_H

/*
 * kmem(9).  Memory for any type, aligned to the largest fundamental one.
 *
 * KM_SLEEP never fails: when memory is short it drains pool caches (which runs
 * destructors on the calling thread), says so once per shortage, and tries
 * again after 1, 2, 4, ... 100 ms.  KM_NOSLEEP
 * returns NULL and never waits for memory.  A size of 0 is misuse.  kmem_free
 * must be given the size of the allocation.
 *
 * Up to 1024 bytes, what is freed is kept, by the lwp and for all, and is
 * given back to the host when memory is short and when the library ends.  So
 * the first call makes a thread an lwp, if there is memory for that.
 *
 * Found with PUFFSMSG_DIAGNOSTIC, by a panic at free: a wrong size, memory that
 * is free already or never was allocated, a write into the 16 bytes behind
 * its end.  Freed memory of up to 4096 bytes is filled with the byte 0xde and
 * kept until 32 others have been freed, or memory is short, or the library
 * ends; a write into it is found then.  A library that was built for a
 * sanitizer leaves all but sizes and pointers to that.
 *
 * From any thread; another may free what one has allocated.  No call is a
 * cancellation point.
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
