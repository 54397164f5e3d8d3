/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Whatever is in a message: the readers stay inside it (the address sanitizer
 * watches), and what they accept is what they promise.
 *
 * The seed is printed; PUFFSMSG_TEST_SEED sets it, PUFFSMSG_TEST_ROUNDS the
 * effort.
 */

#include "opgarbage.h"

#include <stdio.h>

#define ROUNDS 20000

static unsigned long rounds = ROUNDS;

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
		garbage_seed = strtoull(text, NULL, 0) | 1;
	text = getenv("PUFFSMSG_TEST_ROUNDS");
	if (text != NULL)
		rounds = strtoul(text, NULL, 0);
	printf("PUFFSMSG_TEST_SEED=%llu\n", (unsigned long long)garbage_seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
