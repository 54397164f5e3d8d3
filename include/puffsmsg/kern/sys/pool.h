/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_POOL_H
#define PUFFSMSG_KERN_SYS_POOL_H

/*
 * pool_cache(9): constructed objects of one size.
 *
 * Objects that are put stay constructed and are kept for the next get, by the
 * lwp that put them first, then by all.  The constructor runs once per object
 * and not per get, the destructor when an object is given back to the host:
 * at invalidate, at destroy, when memory is short, and, with a library that
 * was built for a sanitizer, at every put.  Both run with no lock held.
 *
 * From any thread.  get with PR_WAITOK may block, but the constructor may
 * make it fail even so.  pool_cache_get_paddr and _put_paddr do not exist:
 * there are no physical addresses.
 */

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pool_cache *pool_cache_t;
struct pool_allocator;

#define PR_WAITOK    0x01u
#define PR_NOWAIT    0x02u
#define PR_LIMITFAIL 0x04u /* accepted, no meaning: there are no limits */

#pragma GCC visibility push(default)
/*
 * Each object is of `size' bytes, and lies so that the byte at `align_offset'
 * of it is aligned to `align' (0: any type; a power of two, at most 4096).
 * `ctor(arg, obj, flags)' returns 0 or an errno; it and `dtor(arg, obj)' may
 * be NULL.  `name' is not copied.  `flags', `palloc' and `ipl' mean nothing.
 * Does not fail: waits for memory.
 */
pool_cache_t puffsmsg_kern_pool_cache_init(size_t size, unsigned int align,
    unsigned int align_offset, unsigned int flags, const char *name,
    struct pool_allocator *palloc, int ipl, int (*ctor)(void *, void *, int),
    void (*dtor)(void *, void *), void *arg);
/* No other call on it is in progress or comes later; all objects are back. */
void puffsmsg_kern_pool_cache_destroy(pool_cache_t pc);
/* NULL: PR_NOWAIT and no memory, or the constructor failed. */
void *puffsmsg_kern_pool_cache_get(pool_cache_t pc, int flags);
void puffsmsg_kern_pool_cache_put(pool_cache_t pc, void *obj);
/* Like put, but the object is destructed and its memory given back. */
void puffsmsg_kern_pool_cache_destruct_object(pool_cache_t pc, void *obj);
/*
 * Destructs what is cached for all and for the calling lwp.  What other lwps
 * cache stays, as with the CPUs of a kernel.
 */
void puffsmsg_kern_pool_cache_invalidate(pool_cache_t pc);
#pragma GCC visibility pop

#define pool_cache_init(size, align, off, flags, name, pa, ipl, c, d, arg) \
	puffsmsg_kern_pool_cache_init(size, align, off, flags, name, pa, ipl, \
	    c, d, arg)
#define pool_cache_destroy(pc)    puffsmsg_kern_pool_cache_destroy(pc)
#define pool_cache_get(pc, flags) puffsmsg_kern_pool_cache_get(pc, flags)
#define pool_cache_put(pc, obj)   puffsmsg_kern_pool_cache_put(pc, obj)
#define pool_cache_destruct_object(pc, obj) \
	puffsmsg_kern_pool_cache_destruct_object(pc, obj)
#define pool_cache_invalidate(pc) puffsmsg_kern_pool_cache_invalidate(pc)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_POOL_H */
