/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_TEST_OPGARBAGE_H
#define PUFFSMSG_TEST_OPGARBAGE_H

/*
 * Messages that a hostile peer might send, in layers: bytes at random; zeroes
 * under a good header; good requests and answers, spoiled here and there and
 * cut.  The same seed gives the same garbage.
 */

#include "opframe.h"

/* Bytes of the longest garbage. */
#define LARGEST 4096

static uint64_t garbage_seed = 1;

/* xorshift64*; good enough to spoil messages. */
static inline uint64_t
any(void)
{
	garbage_seed ^= garbage_seed >> 12;
	garbage_seed ^= garbage_seed << 25;
	garbage_seed ^= garbage_seed >> 27;
	return garbage_seed * UINT64_C(0x2545f4914f6cdd1d);
}

static inline size_t
below(size_t bound)
{
	return (size_t)(any() >> 11) % bound;
}

/* Numbers at which comparisons go wrong. */
static inline uint64_t
number(void)
{
	static const uint64_t numbers[] = { 0, 1, 7, 8, 16, 17, 511, 512, 1023,
		1024, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX,
		UINT64_MAX - 7 };

	if (below(3) == 0)
		return any();
	return numbers[below(sizeof(numbers) / sizeof(numbers[0]))];
}

static inline void
fill_random(unsigned char *mem, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		mem[i] = (unsigned char)any();
}

/* A header with a class and type that exist, or nearly. */
static inline void
good_header(unsigned char *mem)
{
	struct puffs_req req;

	memset(&req, 0, sizeof(req));
	req.preq_opclass = (uint16_t)(below(8) != 0 ? PUFFSOP_VN : PUFFSOP_VFS);
	req.preq_optype = (uint16_t)below(PUFFS_VN_MAX + 2);
	req.preq_buflen = below(2) ? LARGEST : number();
	memcpy(mem, &req, sizeof(req));
}

static inline void
good_named(void *mem, size_t len)
{
	const struct puffsmsg_op_rename how = { 1, 2, "from", 4, 3, 4, "to",
		2 };
	struct puffsmsg_vattr va;

	puffsmsg_op_vattr_clear(&va);
	switch (below(5)) {
	case 0:
		puffsmsg_op_build_lookup(mem, len, 1, 0, 0, "name", 4, NULL);
		break;
	case 1:
		puffsmsg_op_build_mkdir(mem, len, 1, "name", 4, &va, NULL);
		break;
	case 2:
		puffsmsg_op_build_symlink(mem, len, 1, "name", 4, "link", 4,
		    &va, NULL);
		break;
	case 3:
		puffsmsg_op_build_rename(mem, len, &how, NULL);
		break;
	default:
		puffsmsg_op_build_remove(mem, len, 1, "name", 4, 2, NULL);
		break;
	}
}

static inline void
good_data(void *mem, size_t len)
{
	size_t n = below(64);

	switch (below(7)) {
	case 0:
		puffsmsg_op_build_read(mem, len, 1, 0, n, 0, NULL);
		break;
	case 1:
		puffsmsg_op_build_write(mem, len, 1, 0, NULL, n, 0, NULL);
		break;
	case 2:
		puffsmsg_op_build_readdir(mem, len, 1, 0, 600, below(9), NULL);
		break;
	case 3:
		puffsmsg_op_build_getextattr(mem, len, 1, 0, "a", n, NULL);
		break;
	case 4:
		puffsmsg_op_build_setextattr(mem, len, 1, 0, "a", NULL, n,
		    NULL);
		break;
	case 5:
		puffsmsg_op_build_listextattr(mem, len, 1, 0, 0, n, NULL);
		break;
	default:
		puffsmsg_op_build_nodetofh(mem, len, 1, n);
		break;
	}
}

/* Answers a READDIR or READ; does nothing for others. */
static inline void
good_answer(void *mem, size_t *len)
{
	struct puffsmsg_op_fill fill;
	size_t i;

	if (puffsmsg_op_fill_begin(&fill, mem, *len) != 0)
		return;
	for (i = below(20); i > 0; i--)
		(void)puffsmsg_op_fill_dirent(&fill, i, 8, "entry-name",
		    1 + below(10), i);
	(void)puffsmsg_op_fill_bytes(&fill, "bytes", below(6));
	(void)puffsmsg_op_fill_end_dir(&fill, len, 1, 1);
	(void)puffsmsg_op_fill_end(&fill, len);
	(void)puffsmsg_op_fill_end_attr(&fill, len, 5);
}

/* Puts a number somewhere, mostly where fields are. */
static inline void
spoil(unsigned char *mem, size_t len)
{
	uint64_t value = number();
	size_t size = (size_t)1 << below(4);
	size_t at = below(len) / size * size;

	if (size > len - at)
		return;
	memcpy(mem + at, &value, size);
}

static inline size_t
garbage(unsigned char *mem)
{
	size_t len = LARGEST, i;

	memset(mem, 0, LARGEST);
	switch (below(8)) {
	case 0:
		fill_random(mem, LARGEST);
		break;
	case 1:
		good_header(mem);
		break;
	case 2:
		fill_random(mem, LARGEST);
		good_header(mem);
		break;
	default:
		good_header(mem);
		if (below(2))
			good_named(mem, LARGEST);
		else
			good_data(mem, LARGEST);
		if (below(2))
			good_answer(mem, &len);
		break;
	}
	for (i = below(4); i > 0; i--)
		spoil(mem, len);
	return below(3) == 0 ? below(len + 1) : len;
}

#endif /* PUFFSMSG_TEST_OPGARBAGE_H */
