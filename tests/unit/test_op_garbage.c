/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Whatever is in a message: the readers stay inside it (the address sanitizer
 * watches), and what they accept is what they promise.
 *
 * Garbage comes in layers: bytes at random; zeroes under a good header; good
 * requests and answers, spoiled here and there and cut.  The first seed is
 * printed; PUFFSMSG_TEST_SEED sets it, PUFFSMSG_TEST_ROUNDS the effort.
 */

#include "opframe.h"

#include <stdio.h>

#define LARGEST 4096
#define ROUNDS  20000

static uint64_t seed = 1;
static unsigned long rounds = ROUNDS;

/* xorshift64*; good enough to spoil messages. */
static uint64_t
any(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * UINT64_C(0x2545f4914f6cdd1d);
}

static size_t
below(size_t bound)
{
	return (size_t)(any() >> 11) % bound;
}

/* Numbers at which comparisons go wrong. */
static uint64_t
number(void)
{
	static const uint64_t numbers[] = { 0, 1, 7, 8, 16, 17, 511, 512, 1023,
		1024, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX,
		UINT64_MAX - 7 };

	if (below(3) == 0)
		return any();
	return numbers[below(sizeof(numbers) / sizeof(numbers[0]))];
}

static void
fill_random(unsigned char *mem, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		mem[i] = (unsigned char)any();
}

/* A header with a class and type that exist, or nearly. */
static void
good_header(unsigned char *mem)
{
	struct puffs_req req;

	memset(&req, 0, sizeof(req));
	req.preq_opclass = (uint16_t)(below(8) != 0 ? PUFFSOP_VN : PUFFSOP_VFS);
	req.preq_optype = (uint16_t)below(PUFFS_VN_MAX + 2);
	req.preq_buflen = below(2) ? LARGEST : number();
	memcpy(mem, &req, sizeof(req));
}

static void
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

static void
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
static void
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
static void
spoil(unsigned char *mem, size_t len)
{
	uint64_t value = number();
	size_t size = (size_t)1 << below(4);
	size_t at = below(len) / size * size;

	if (size > len - at)
		return;
	memcpy(mem + at, &value, size);
}

static size_t
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

/* Every byte of it is read. */
static unsigned
touch(const void *data, size_t n)
{
	const unsigned char *bytes = data;
	unsigned sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += bytes[i];
	return sum;
}

static volatile unsigned sink;

static void
assert_name(const struct puffs_kcn *kcn)
{
	assert_true(kcn->pkcn_namelen >= 1);
	assert_true(kcn->pkcn_namelen < sizeof(kcn->pkcn_name));
	assert_int_equal(strlen(kcn->pkcn_name), kcn->pkcn_namelen);
	assert_null(strchr(kcn->pkcn_name, '/'));
}

static void
read_names(void *frame, size_t len)
{
	struct puffs_vnmsg_lookup *lookup;
	struct puffs_vnmsg_rename *rename;
	struct puffs_vnmsg_symlink *symlink;

	lookup = puffsmsg_op_request_lookup(frame, len);
	if (lookup != NULL)
		assert_name(&lookup->pvnr_cn);
	rename = puffsmsg_op_request_rename(frame, len);
	if (rename != NULL) {
		assert_name(&rename->pvnr_cn_src);
		assert_name(&rename->pvnr_cn_targ);
	}
	symlink = puffsmsg_op_request_symlink(frame, len);
	if (symlink != NULL)
		assert_true(strlen(symlink->pvnr_link) < PUFFSMSG_NAMEBUF);
}

static void
read_request(void *frame, size_t len)
{
	const void *data;
	size_t n;

	if (puffsmsg_op_request_data(frame, len, &data, &n) == 0) {
		assert_int_equal(puffsmsg_op_check_request(frame, len), 0);
		assert_true(n <= len);
		sink += touch(data, n);
	}
	read_names(frame, len);
}

static void
read_entries(void *frame, size_t len, size_t room)
{
	struct puffsmsg_op_dirents dirents;
	struct puffsmsg_op_dirent entry;
	size_t bytes = 0;

	(void)puffsmsg_op_dirents_result(&dirents, frame, len, room);
	while (puffsmsg_op_dirents_next(&dirents, &entry) == 0) {
		assert_true(entry.namelen >= 1 && entry.namelen < 512);
		assert_int_equal(strlen(entry.name), entry.namelen);
		assert_null(strchr(entry.name, '/'));
		bytes += PUFFSMSG_DIRENT_SIZE(entry.namelen);
	}
	assert_true(bytes <= len && bytes <= room);
}

static void
read_result(void *frame, size_t len)
{
	size_t room = below(2) ? 600 : (size_t)number();
	const puffsmsg_u64 *cookies;
	const void *data;
	size_t n;

	if (puffsmsg_op_result_data(frame, len, room, &data, &n) == 0) {
		assert_true(n <= room && n <= len);
		sink += touch(data, n);
	}
	if (puffsmsg_op_result_cookies(frame, len, room, &cookies, &n) == 0) {
		assert_true(n <= room);
		sink += touch(cookies, n * sizeof(*cookies));
	}
	if (puffsmsg_op_result_taken(frame, len, room, &n) == 0)
		assert_true(n <= room);
	read_entries(frame, len, room);
	read_entries(frame, len, 600);
}

/* Each answers its own kind of request only; nothing is written outside. */
static void
answer(void *frame, size_t len)
{
	static const struct puffsmsg_op_node node = { 1, PUFFSMSG_VREG, 0, 0,
		NULL, NULL, NULL };
	static const struct puffsmsg_flock lock = { 0, 0, 0, 0, 0 };
	static const struct puffsmsg_statvfs sb;
	static const struct puffsmsg_vattr va;
	size_t n = below(100), replylen = 0;
	char bytes[100] = { 0 };

	good_answer(frame, &replylen);
	assert_true(replylen <= len || replylen == 0);
	(void)puffsmsg_op_reply_node(frame, len, &replylen, &node);
	(void)puffsmsg_op_reply_attr(frame, len, &replylen, &va, NULL);
	(void)puffsmsg_op_reply_open(frame, len, &replylen, 0);
	(void)puffsmsg_op_reply_taken(frame, len, &replylen, n);
	(void)puffsmsg_op_reply_link(frame, len, &replylen, bytes, n);
	(void)puffsmsg_op_reply_statvfs(frame, len, &replylen, &sb);
	(void)puffsmsg_op_reply_handle(frame, len, &replylen, bytes, n);
	(void)puffsmsg_op_reply_poll(frame, len, &replylen, 0);
	(void)puffsmsg_op_reply_pathconf(frame, len, &replylen, 0);
	(void)puffsmsg_op_reply_advlock(frame, len, &replylen, &lock);
	assert_true(replylen <= len);
	if (puffsmsg_op_reply_rv(frame, len, &replylen, 0) == 0)
		assert_true(replylen <= len);
}

static void
fill(void *frame, size_t len)
{
	struct puffsmsg_op_fill out;
	size_t replylen = 0;

	if (puffsmsg_op_fill_begin(&out, frame, len) != 0)
		return;
	while (puffsmsg_op_fill_dirent(&out, 1, 8, "entry", 5, 1) == 0)
		continue;
	memset(out.next, 0, out.left);
	puffsmsg_op_fill_used(&out, out.left);
	(void)puffsmsg_op_fill_end(&out, &replylen);
	(void)puffsmsg_op_fill_end_dir(&out, &replylen, 0, 0);
	(void)puffsmsg_op_fill_end_attr(&out, &replylen, 0);
	assert_true(replylen >= HEADER && replylen <= len);
}

static void
test_garbage(void **state)
{
	static unsigned char mem[LARGEST] __attribute__((__aligned__(8)));
	size_t accepted = 0, usable = 0, len;
	unsigned long i;
	void *frame;

	(void)state;
	for (i = 0; i < rounds; i++) {
		len = garbage(mem);
		frame = frame_copy(mem, len);
		accepted += puffsmsg_op_check_request(frame, len) == 0;
		usable += puffsmsg_op_check_result(frame, len) == 0;
		read_request(frame, len);
		read_result(frame, len);
		if (below(2))
			fill(frame, len);
		else
			answer(frame, len);
		free(frame);
	}
	/* Garbage of which nothing is accepted tests little. */
	assert_true(rounds < ROUNDS || accepted > rounds / 10);
	assert_true(rounds < ROUNDS || usable > rounds / 10);
	assert_true(rounds < ROUNDS || accepted < rounds - rounds / 10);
}

/* Each byte of a good answer, with every value. */
static void
test_each_byte(void **state)
{
	size_t len = PUFFSMSG_READDIR_SIZE(80), at;
	unsigned char *good = frame_new(len), *frame;
	struct puffsmsg_op_fill out;
	unsigned value;

	(void)state;
	puffsmsg_op_build_readdir((void *)good, len, 1, 0, 80, 0, NULL);
	puffsmsg_op_fill_begin(&out, good, len);
	puffsmsg_op_fill_dirent(&out, 1, 8, "one", 3, 0);
	puffsmsg_op_fill_dirent(&out, 2, 8, "two", 3, 0);
	puffsmsg_op_fill_end_dir(&out, &len, 2, 1);
	for (at = 0; at < len; at++) {
		for (value = 0; value <= UINT8_MAX; value++) {
			frame = frame_copy(good, len);
			frame[at] = (unsigned char)value;
			read_result(frame, len);
			free(frame);
		}
	}
	free(good);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_each_byte),
	};
	const char *text = getenv("PUFFSMSG_TEST_SEED");

	if (text != NULL)
		seed = strtoull(text, NULL, 0) | 1;
	text = getenv("PUFFSMSG_TEST_ROUNDS");
	if (text != NULL)
		rounds = strtoul(text, NULL, 0);
	printf("PUFFSMSG_TEST_SEED=%llu\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
