/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * kmem(9), and waiting for memory.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "kern/pool_private.h"

#include <sys/kmem.h>

#define ALIGN        _Alignof(max_align_t)
#define NS_PER_MS    UINT64_C(1000000)
#define MAX_DELAY_MS 100u

static uint32_t waiters; /* a: threads that sleep for memory */

/* Milliseconds before attempt number `tries', which is at least 2. */
static unsigned
delay(unsigned tries)
{
	unsigned ms = 1u << (tries < 10 ? tries - 2 : 7);

	return ms < MAX_DELAY_MS ? ms : MAX_DELAY_MS;
}

/*
 * A thread that is about to become an lwp has no locks to drain with.
 */
void
puffsmsg__mem_wait(struct puffsmsg__memwait *mw, unsigned flags)
{
	struct lwp *l = puffsmsg__host->lwp_get();
	uint64_t ns;

	if (++mw->mw_tries == 1) {
		if (l != NULL)
			puffsmsg__pool_drain();
		return;
	}
	if (mw->mw_tries == 2 && puffsmsg__add32(&waiters, 1) == 1)
		puffsmsg__log("out of memory, waiting");
	ns = puffsmsg__clock() + delay(mw->mw_tries) * NS_PER_MS;
	if (l != NULL)
		l->l_memwait = mw;
	(void)puffsmsg__block(l, ns, flags);
	if (l != NULL)
		l->l_memwait = NULL;
}

void
puffsmsg__mem_waited(struct puffsmsg__memwait *mw)
{
	if (mw->mw_tries >= 2)
		(void)puffsmsg__sub32(&waiters, 1);
	mw->mw_tries = 0;
}

void *
puffsmsg__memalloc_wait(size_t size, size_t align)
{
	struct puffsmsg__memwait mw = { 0 };
	void *p;

	while ((p = puffsmsg__host->memalloc(size, align)) == NULL)
		puffsmsg__mem_wait(&mw, 0);
	puffsmsg__mem_waited(&mw);
	return p;
}

void *
puffsmsg__memalloc(size_t size, size_t align, bool wait)
{
	void *p = puffsmsg__host->memalloc(size, align);

	if (PUFFSMSG__UNLIKELY(p == NULL) && wait)
		p = puffsmsg__memalloc_wait(size, align);
	return p;
}

void
puffsmsg__memfree(void *p, size_t size)
{
	puffsmsg__host->memfree(p, size);
}

/*
 * Small sizes are those of a few pools; see pool_private.h.  In the modes
 * with guards the first pool has all blocks, of whatever size.
 */
static struct pool_cache pools[PUFFSMSG__NKMEM];
static const uint16_t sizes[PUFFSMSG__NKMEM] = { 32, 64, 96, 128, 192, 256, 384,
	512, 768, 1024 };
#define GRAIN 32u
#define SMALL 1024u
#define KEPT  (512u * 1024u) /* bytes that one depot keeps, at most */

/* (: number of the pool for sizes up to (i + 1) * GRAIN */
static uint8_t pool_of[SMALL / GRAIN];

static unsigned
pool_for(size_t size)
{
	return pool_of[(size - 1) / GRAIN];
}

static void
fill_pool_of(void)
{
	uint8_t n = 0;

	for (unsigned i = 0; i < SMALL / GRAIN; i++) {
		if ((i + 1) * GRAIN > sizes[n])
			n++;
		pool_of[i] = n;
	}
}

static int
setup_pool(unsigned n)
{
	pool_cache_t pc = &pools[n];
	uint32_t max = KEPT / (sizes[n] * PUFFSMSG__ROUNDS);

	puffsmsg__pool_setup(pc, "kmem", sizes[n], ALIGN, 0);
	if (pc->pc_maxfull > max)
		pc->pc_maxfull = max;
	return puffsmsg__mutex_tryinit(&pc->pc_lock);
}

int
puffsmsg__kmem_init(void)
{
	fill_pool_of();
	for (unsigned n = 0; n < PUFFSMSG__NKMEM; n++) {
		int error = setup_pool(n);

		if (error != 0) {
			while (n-- > 0)
				puffsmsg_kern_mutex_destroy(&pools[n].pc_lock);
			return error;
		}
	}
	for (unsigned n = 0; n < PUFFSMSG__NKMEM; n++)
		puffsmsg__pool_enlist(&pools[n], (int)(PUFFSMSG__NPOOLS + n));
	return 0;
}

void
puffsmsg__kmem_fini(void)
{
	for (unsigned n = 0; n < PUFFSMSG__NKMEM; n++) {
		puffsmsg__pool_delist(&pools[n]);
		puffsmsg__pool_dissolve(&pools[n]);
	}
}

static struct puffsmsg__magazine *
loaded(struct lwp *l, size_t size)
{
	return l->l_mags[PUFFSMSG__NPOOLS + pool_for(size)].loaded;
}

static bool
guarded(void)
{
	return pools[0].pc_mode != PUFFSMSG__MEM_CACHED;
}

/* The flags are the same. */
_Static_assert(KM_SLEEP == PR_WAITOK, "KM_SLEEP");
_Static_assert(KM_NOSLEEP == PR_NOWAIT, "KM_NOSLEEP");

/* Apart: the lwp's magazine of this size has none, or is not there. */
static void *alloc_slowly(size_t size, km_flag_t flags)
    __attribute__((__noinline__));
static void free_slowly(void *p, size_t size) __attribute__((__noinline__));

/* Diagnostic: one of the two. */
static void
check_flags(km_flag_t flags)
{
#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC
	if (flags != KM_SLEEP && flags != KM_NOSLEEP)
		puffsmsg__panic("kmem_alloc: flags %#x", (unsigned)flags);
#else
	(void)flags;
#endif
}

static void *
alloc_slowly(size_t size, km_flag_t flags)
{
	if (size == 0 || size > PTRDIFF_MAX)
		puffsmsg__panic("kmem_alloc: size %zu", size);
	check_flags(flags);
	if (guarded())
		return puffsmsg__pool_new(&pools[0], size, (int)flags);
	if (size <= SMALL)
		return puffsmsg_kern_pool_cache_get(&pools[pool_for(size)],
		    (int)flags);
	return puffsmsg__memalloc(size, ALIGN, (flags & KM_NOSLEEP) == 0);
}

static void
free_guarded(void *p, size_t size)
{
	size_t was = puffsmsg__guard_check(&pools[0], p, "kmem_free");

	if (size != was)
		puffsmsg__panic("kmem_free: %p: size %zu, allocated were %zu",
		    p, size, was);
	puffsmsg__pool_free(&pools[0], p);
}

static void
free_slowly(void *p, size_t size)
{
	if (p == NULL || size == 0)
		puffsmsg__panic("kmem_free: %p, size %zu", p, size);
	if (guarded())
		free_guarded(p, size);
	else if (size <= SMALL)
		puffsmsg_kern_pool_cache_put(&pools[pool_for(size)], p);
	else
		puffsmsg__memfree(p, size);
}

void *
puffsmsg_kern_kmem_alloc(size_t size, km_flag_t flags)
{
	const struct puffsmsg_host *h = puffsmsg__host;
	struct lwp *l;
	void *p = NULL;

	if (PUFFSMSG__UNLIKELY(h == NULL))
		puffsmsg__not_started("kmem_alloc");
	l = h->lwp_get();
	if (size - 1 < SMALL && l != NULL)
		p = puffsmsg__mag_pop(loaded(l, size));
	return p != NULL ? p : alloc_slowly(size, flags);
}

void *
puffsmsg_kern_kmem_zalloc(size_t size, km_flag_t flags)
{
	void *p = puffsmsg_kern_kmem_alloc(size, flags);

	if (p != NULL)
		memset(p, 0, size);
	return p;
}

void
puffsmsg_kern_kmem_free(void *p, size_t size)
{
	struct lwp *l = puffsmsg__host->lwp_get();

	if (p == NULL || size - 1 >= SMALL || l == NULL ||
	    !puffsmsg__mag_push(loaded(l, size), p))
		free_slowly(p, size);
}

char *
puffsmsg_kern_kmem_asprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0)
		puffsmsg__panic("kmem_asprintf: \"%s\"", fmt);
	s = puffsmsg_kern_kmem_alloc((size_t)len + 1, KM_SLEEP);
	va_start(ap, fmt);
	(void)vsnprintf(s, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return s;
}

/* A string of `len' bytes, with its NUL. */
static char *
dup(const char *s, size_t len, km_flag_t flags)
{
	char *copy = puffsmsg_kern_kmem_alloc(len + 1, flags);

	if (copy == NULL)
		return NULL;
	memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

char *
puffsmsg_kern_kmem_strdupsize(const char *s, size_t *size, km_flag_t flags)
{
	size_t len = strlen(s);
	char *copy = dup(s, len, flags);

	if (copy != NULL && size != NULL)
		*size = len + 1;
	return copy;
}

char *
puffsmsg_kern_kmem_strndup(const char *s, size_t max, km_flag_t flags)
{
	const char *end = memchr(s, '\0', max);

	return dup(s, end != NULL ? (size_t)(end - s) : max, flags);
}

void
puffsmsg_kern_kmem_strfree(char *s)
{
	if (s != NULL)
		puffsmsg_kern_kmem_free(s, strlen(s) + 1);
}

void *
puffsmsg_kern_kmem_tmpbuf_alloc(size_t size, void *stack, size_t stacksize,
    km_flag_t flags)
{
	if (size <= stacksize)
		return stack;
	return puffsmsg_kern_kmem_alloc(size, flags);
}

void
puffsmsg_kern_kmem_tmpbuf_free(void *p, size_t size, void *stack)
{
	if (p != stack)
		puffsmsg_kern_kmem_free(p, size);
}
