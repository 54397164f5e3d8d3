/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_POOL_H
#define PUFFSMSG_KERN_SYS_POOL_H

/*
 * pool_cache(9): constructed objects of one size.
 *
 * Objects that are put stay constructed and are kept for the next get, by the
 * lwp that put them first, then by all.  The constructor runs once per object
 * and not per get, the destructor when an object is given back to the host:
 * at invalidate, at destroy, and when memory is short.  Both run on the thread
 * that gets, puts or whatever it is, with no lock of the pool held.  32 pools
 * at a time keep objects; what is put into others is destructed.  In two kinds
 * of builds nothing is kept for another get, so that misuse is found:
 *
 * With PUFFSMSG_DIAGNOSTIC every put destructs.  The object is filled with
 * the byte 0xde and its memory kept for a while; who writes into it then is
 * found when it goes: at the latest at destroy, at the earliest when 32
 * others have been put.  A panic names the pool and the object.  Also found,
 * at put: an object that is not out (put twice), that is another pool's, or
 * that was written to behind its end.
 *
 * A library that was built for a sanitizer gives the memory back at once, so
 * that the sanitizer finds all use of it; and finds objects of other pools.
 *
 * From any thread.  No call is a cancellation point.  No call waits for
 * memory or an object but init, prime, and get with PR_WAITOK; what a thread
 * that is no lwp yet needs to become one, all wait for but get and put.
 */

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pool_cache *pool_cache_t;
struct pool_allocator;

/* For get, one of the first two. */
#define PR_WAITOK    0x01u
#define PR_NOWAIT    0x02u
#define PR_LIMITFAIL 0x100u /* with PR_WAITOK: do not wait at the hard limit */
/* For init; they mean nothing. */
#define PR_NOTOUCH    0x400u
#define PR_LARGECACHE 0x1000u

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
/*
 * NULL: the constructor failed; PR_NOWAIT and no memory; PR_NOWAIT or
 * PR_LIMITFAIL and as many objects as the hard limit allows.  `flags' go to
 * the constructor.
 */
void *puffsmsg_kern_pool_cache_get(pool_cache_t pc, int flags);
void puffsmsg_kern_pool_cache_put(pool_cache_t pc, void *obj);
/* Like put, but the object is destructed and its memory given back. */
void puffsmsg_kern_pool_cache_destruct_object(pool_cache_t pc, void *obj);
/*
 * Destructs what is cached for all and for the calling lwp.  What other lwps
 * cache stays, as with the CPUs of a kernel.
 */
void puffsmsg_kern_pool_cache_invalidate(pool_cache_t pc);
/*
 * The most objects that are kept for all lwps, in whole magazines of 32: what
 * is put beyond is destructed.  Each lwp keeps up to 64 besides.  Unset: 2048.
 */
void puffsmsg_kern_pool_cache_sethiwat(pool_cache_t pc, int nitems);
/*
 * Memory for `nitems' objects is set aside, for when the host has none: it
 * comes from objects that are given back, and is used and filled up again as
 * they go and come.  prime gets it at once, for as many more; it waits for
 * memory.
 */
void puffsmsg_kern_pool_cache_setlowat(pool_cache_t pc, int nitems);
void puffsmsg_kern_pool_cache_prime(pool_cache_t pc, int nitems);
/*
 * No more than `nitems' objects.  At the limit a get waits for a put; if it
 * must not it fails and logs `warning' (not copied; may be NULL), but not
 * again within `ratecap' seconds.  Such a pool keeps no objects, so that all
 * who wait see each that is put: every put destructs.  To be called before
 * the first get: what other lwps keep already is out, to the limit.  It may
 * be changed later.
 */
void puffsmsg_kern_pool_cache_sethardlimit(pool_cache_t pc, int nitems,
    const char *warning, int ratecap);
#pragma GCC visibility pop

#define pool_cache_init(size, align, off, flags, name, pa, ipl, c, d, arg) \
	puffsmsg_kern_pool_cache_init(size, align, off, flags, name, pa, ipl, \
	    c, d, arg)
#define pool_cache_destroy(pc)    puffsmsg_kern_pool_cache_destroy(pc)
#define pool_cache_get(pc, flags) puffsmsg_kern_pool_cache_get(pc, flags)
#define pool_cache_put(pc, obj)   puffsmsg_kern_pool_cache_put(pc, obj)
#define pool_cache_destruct_object(pc, obj) \
	puffsmsg_kern_pool_cache_destruct_object(pc, obj)
#define pool_cache_invalidate(pc)  puffsmsg_kern_pool_cache_invalidate(pc)
#define pool_cache_sethiwat(pc, n) puffsmsg_kern_pool_cache_sethiwat(pc, n)
#define pool_cache_setlowat(pc, n) puffsmsg_kern_pool_cache_setlowat(pc, n)
#define pool_cache_prime(pc, n)    puffsmsg_kern_pool_cache_prime(pc, n)
#define pool_cache_sethardlimit(pc, n, warning, ratecap) \
	puffsmsg_kern_pool_cache_sethardlimit(pc, n, warning, ratecap)

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_KERN_SYS_POOL_H */
