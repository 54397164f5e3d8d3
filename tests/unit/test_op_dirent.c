/* SPDX-License-Identifier: BSD-2-Clause */

/* lib/op/op_dirent.c */

#include "opframe.h"

#define NAME_OFFSET offsetof(struct puffsmsg_dirent, de_name)

/* One entry in memory of exactly its length; the caller may spoil it. */
struct one {
	unsigned char *mem;
	size_t len;
	struct puffsmsg_dirent head;
};

static void
store(struct one *one)
{
	memcpy(one->mem, &one->head, NAME_OFFSET);
}

static struct one
an_entry(const char *name)
{
	struct one one;
	size_t namelen = strlen(name);

	one.len = PUFFSMSG_DIRENT_SIZE(namelen);
	one.mem = frame_new(one.len);
	memset(&one.head, 0, sizeof(one.head));
	one.head.de_fileno = 77;
	one.head.de_reclen = (uint16_t)one.len;
	one.head.de_namlen = (uint16_t)namelen;
	one.head.de_type = PUFFSMSG_DT_REG;
	store(&one);
	memcpy(one.mem + NAME_OFFSET, name, namelen);
	return one;
}

static int
next(const void *mem, size_t len)
{
	struct puffsmsg_op_dirents dirents;
	struct puffsmsg_op_dirent entry;

	puffsmsg_op_dirents_init(&dirents, mem, len);
	return puffsmsg_op_dirents_next(&dirents, &entry);
}

static void
test_good(void **state)
{
	struct puffsmsg_op_dirents dirents;
	struct puffsmsg_op_dirent entry;
	struct one one = an_entry("name");

	(void)state;
	puffsmsg_op_dirents_init(&dirents, one.mem, one.len);
	assert_int_equal(puffsmsg_op_dirents_next(&dirents, &entry), 0);
	assert_int_equal(entry.ino, 77);
	assert_string_equal(entry.name, "name");
	assert_int_equal(entry.namelen, 4);
	assert_int_equal(entry.type, PUFFSMSG_DT_REG);
	assert_int_equal(puffsmsg_op_dirents_next(&dirents, &entry), ENOENT);
	assert_int_equal(puffsmsg_op_dirents_next(&dirents, &entry), ENOENT);
	free(one.mem);
}

static void
test_longest(void **state)
{
	char name[PUFFSMSG_DIRENT_NAMEBUF];
	struct one one;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[PUFFSMSG_DIRENT_NAME_MAX] = '\0';
	one = an_entry(name);
	assert_int_equal(one.len, sizeof(struct puffsmsg_dirent));
	assert_int_equal(next(one.mem, one.len), 0);
	free(one.mem);
}

static void
test_none(void **state)
{
	(void)state;
	assert_int_equal(next(NULL, 0), ENOENT);
}

static void
test_cut_short(void **state)
{
	struct one one = an_entry("name");
	size_t len;
	void *part;

	(void)state;
	for (len = 1; len < one.len; len++) {
		part = frame_copy(one.mem, len);
		assert_int_equal(next(part, len), EPROTO);
		free(part);
	}
	free(one.mem);
}

static void
assert_reclen(uint16_t reclen, int error)
{
	struct one one = an_entry("longer-name");

	one.head.de_reclen = reclen;
	store(&one);
	assert_int_equal(next(one.mem, one.len), error);
	free(one.mem);
}

static void
test_reclen(void **state)
{
	(void)state;
	assert_reclen(32, 0);
	assert_reclen(0, EPROTO);
	assert_reclen(8, EPROTO);
	assert_reclen(24, EPROTO);
	assert_reclen(31, EPROTO);
	assert_reclen(33, EPROTO);
	assert_reclen(40, EPROTO);
	assert_reclen(65528, EPROTO);
	assert_reclen(65535, EPROTO);
}

static void
test_roomy_entry(void **state)
{
	struct one one = an_entry("n");
	unsigned char *mem = frame_new(one.len + 8);

	(void)state;
	one.head.de_reclen = (uint16_t)(one.len + 8);
	store(&one);
	memcpy(mem, one.mem, one.len);
	assert_int_equal(next(mem, one.len + 8), 0);
	free(mem);
	free(one.mem);
}

static void
assert_namlen(uint16_t namlen)
{
	struct one one = an_entry("name");

	one.head.de_namlen = namlen;
	store(&one);
	assert_int_equal(next(one.mem, one.len), EPROTO);
	free(one.mem);
}

static void
test_namlen(void **state)
{
	(void)state;
	assert_namlen(0);
	assert_namlen(3);
	assert_namlen(5);
	assert_namlen(11);
	assert_namlen(512);
	assert_namlen(65535);
}

static void
test_bad_names(void **state)
{
	struct one one = an_entry("a/b");

	(void)state;
	assert_int_equal(next(one.mem, one.len), EPROTO);
	free(one.mem);
	one = an_entry("abc");
	one.mem[NAME_OFFSET + 1] = '\0';
	assert_int_equal(next(one.mem, one.len), EPROTO);
	free(one.mem);
}

static void
test_stays_bad(void **state)
{
	struct puffsmsg_op_dirents dirents;
	struct puffsmsg_op_dirent entry;
	struct one one = an_entry("a/b");

	(void)state;
	puffsmsg_op_dirents_init(&dirents, one.mem, one.len);
	assert_int_equal(puffsmsg_op_dirents_next(&dirents, &entry), EPROTO);
	assert_int_equal(puffsmsg_op_dirents_next(&dirents, &entry), EPROTO);
	free(one.mem);
}

static void
test_any_alignment(void **state)
{
	struct one one = an_entry("name");
	unsigned char *mem = frame_new(one.len + 1);

	(void)state;
	memcpy(mem + 1, one.mem, one.len);
	assert_int_equal(next(mem + 1, one.len), 0);
	free(mem);
	free(one.mem);
}

/* A READDIR with two entries, as a server answers it. */
static struct puffs_vnmsg_readdir *
a_result(size_t *len)
{
	size_t room = 64;
	struct puffs_vnmsg_readdir *m = frame_new(PUFFSMSG_READDIR_SIZE(room));
	struct puffsmsg_op_fill fill;

	puffsmsg_op_build_readdir(m, PUFFSMSG_READDIR_SIZE(room), 1, 0, room, 0,
	    NULL);
	puffsmsg_op_fill_begin(&fill, m, PUFFSMSG_READDIR_SIZE(room));
	puffsmsg_op_fill_dirent(&fill, 1, PUFFSMSG_DT_DIR, ".", 1, 1);
	puffsmsg_op_fill_dirent(&fill, 2, PUFFSMSG_DT_REG, "file", 4, 2);
	assert_int_equal(puffsmsg_op_fill_end_dir(&fill, len, 2, 1), 0);
	return m;
}

static void
test_result(void **state)
{
	size_t len;
	struct puffs_vnmsg_readdir *m = a_result(&len);
	void *exact = frame_copy(m, len);
	struct puffsmsg_op_dirents dirents;
	struct puffsmsg_op_dirent entry;

	(void)state;
	assert_int_equal(puffsmsg_op_dirents_result(&dirents, exact, len, 64),
	    0);
	assert_int_equal(puffsmsg_op_dirents_next(&dirents, &entry), 0);
	assert_string_equal(entry.name, ".");
	assert_int_equal(puffsmsg_op_dirents_next(&dirents, &entry), 0);
	assert_string_equal(entry.name, "file");
	assert_int_equal(puffsmsg_op_dirents_next(&dirents, &entry), ENOENT);
	free(exact);
	free(m);
}

static void
test_bad_results(void **state)
{
	size_t len;
	struct puffs_vnmsg_readdir *m = a_result(&len);
	struct puffsmsg_op_dirents dirents;
	struct puffsmsg_op_dirent entry;

	(void)state;
	assert_int_equal(puffsmsg_op_dirents_result(&dirents, m, len - 1, 64),
	    EPROTO);
	assert_int_equal(puffsmsg_op_dirents_next(&dirents, &entry), ENOENT);
	assert_int_equal(puffsmsg_op_dirents_result(&dirents, m, 8, 64),
	    EPROTO);
	m->pvn_pr.preq_rv = EIO;
	assert_int_equal(puffsmsg_op_dirents_result(&dirents, m, len, 64),
	    EINVAL);
	m->pvn_pr.preq_rv = 0;
	m->pvn_pr.preq_optype = PUFFS_VN_READ;
	assert_int_equal(puffsmsg_op_dirents_result(&dirents, m, len, 64),
	    EINVAL);
	free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_reclen),
		cmocka_unit_test(test_roomy_entry),
		cmocka_unit_test(test_namlen),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_stays_bad),
		cmocka_unit_test(test_any_alignment),
		cmocka_unit_test(test_result),
		cmocka_unit_test(test_bad_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
