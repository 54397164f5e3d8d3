/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * kmem(9), and waiting for memory.
 *
 * Diagnostic: each block begins with a header that holds its size, which
 * kmem_free checks.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "kern/kern_private.h"

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

static void *
memalloc_wait(size_t size, size_t align)
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
		p = memalloc_wait(size, align);
	return p;
}

void
puffsmsg__memfree(void *p, size_t size)
{
	puffsmsg__host->memfree(p, size);
}

#if defined(PUFFSMSG_DIAGNOSTIC) && PUFFSMSG_DIAGNOSTIC

#define MAGIC 0x6b6d656du

struct header {
	_Alignas(max_align_t) size_t h_size;
	uint32_t h_magic;
};
#define EXTRA sizeof(struct header)

static void *
seal(void *block, size_t size)
{
	struct header *h = block;

	h->h_size = size;
	h->h_magic = MAGIC;
	return h + 1;
}

static void *
unseal(void *p, size_t size)
{
	struct header *h = (struct header *)p - 1;

	if (h->h_magic != MAGIC)
		puffsmsg__panic("kmem_free: %p was not allocated", p);
	if (h->h_size != size)
		puffsmsg__panic("kmem_free: %p: size %zu, allocated were %zu",
		    p, size, h->h_size);
	h->h_magic = 0;
	return h;
}

#else

#define EXTRA ((size_t)0)

static void *
seal(void *block, size_t size)
{
	(void)size;
	return block;
}

static void *
unseal(void *p, size_t size)
{
	(void)size;
	return p;
}

#endif

void *
puffsmsg_kern_kmem_alloc(size_t size, km_flag_t flags)
{
	bool wait = (flags & KM_NOSLEEP) == 0;
	void *block;

	if (size == 0 || size > PTRDIFF_MAX - EXTRA)
		puffsmsg__panic("kmem_alloc: size %zu", size);
	block = puffsmsg__memalloc(size + EXTRA, ALIGN, wait);
	return block != NULL ? seal(block, size) : NULL;
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
	if (p == NULL || size == 0)
		puffsmsg__panic("kmem_free: %p, size %zu", p, size);
	puffsmsg__memfree(unseal(p, size), size + EXTRA);
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

	if (size != NULL)
		*size = len + 1;
	return dup(s, len, flags);
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
