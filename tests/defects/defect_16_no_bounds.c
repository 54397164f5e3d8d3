/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a server can make the library hold.
 *
 * The original has no bounds: a server that sends bad requests and reads no
 * answer, or a flood of flush requests, or that never answers requests whose
 * callers were interrupted, has 100,000 parks and more on its account, and a
 * frame of any length is taken before somebody looks whose reply it is.  All
 * of these must stop at the mount's bounds, and work again below them.
 */

#include <signal.h>
#include <sys/mman.h>

#include "serverreq.h"

#define FLOOD 20000u
/* The bounds that a mount has if its options say nothing. */
#define MAXANSWERS   1024u
#define MAXSOPREQS   1024u
#define MAXABANDONED 4096u
/* Answers beyond the bound that say so. */
#define RESERVE 64u

static uint64_t
parks_live(void)
{
	struct puffsmsg_stats st = { .size = sizeof(st) };

	assert_int_equal(puffsmsg_stats(&st), 0);
	return st.parks;
}

/* The server reads all that is queued to it; how much that was. */
static unsigned
read_all(struct puffs_mount *mount)
{
	struct fix_frame f;
	unsigned n = 0;

	while (fix_getout(mount, &f) == 0) {
		fix_releaseout(mount, &f, 0);
		n++;
	}
	return n;
}

/* A kind of request that is refused. */
struct bad {
	int opclass;
	size_t len;
	int rv;
};
static const struct bad bads[] = {
	{ PUFFSOP_SUSPEND, sizeof(struct puffs_req), EOPNOTSUPP },
	{ PUFFSOP_FLUSH, sizeof(struct puffs_flush) - 1, EINVAL },
	{ PUFFSOP_FLUSH, 8, EINVAL },
};

static void
defect_16_bad_requests_and_no_reader(void **state)
{
	unsigned lost;

	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		lost = 0;
		for (unsigned n = 0; n < FLOOD; n++) {
			if (srv_request(fix_mount, bads[i].opclass, bads[i].len,
				n) == ENOBUFS)
				lost++;
		}
		assert_in_range(parks_live(), MAXANSWERS, MAXANSWERS + RESERVE);
		assert_int_equal(fix_stats(fix_mount).answers, parks_live());
		assert_int_equal(lost, FLOOD - MAXANSWERS);
		assert_int_equal(read_all(fix_mount), MAXANSWERS + RESERVE);
		assert_int_equal(parks_live(), 0);
	}
	assert_int_equal(srv_request(fix_mount, PUFFSOP_SUSPEND,
			     sizeof(struct puffs_req), 1),
	    EPROTO);
	srv_expect_answer(fix_mount, 1, EOPNOTSUPP);
}

/* Many requests are taken, and each of them has a reply that is refused. */
static void
defect_16_bad_replies_and_no_reader(void **state)
{
	static struct puffs_msgpark *parks[2 * MAXANSWERS];
	struct fix_frame f;

	(void)state;
	for (unsigned n = 0; n < 2 * MAXANSWERS; n++)
		parks[n] = srv_taken(&f);
	for (unsigned n = 0; n < 2 * MAXANSWERS; n++) {
		f.req.preq_id = n + 1;
		assert_int_equal(fix_reply(fix_mount, &f, -1), EPROTO);
		assert_int_equal(puffs_msg_wait(fix_mount, parks[n]), EPROTO);
		puffs_msgmem_release(parks[n]);
	}
	assert_int_equal(parks_live(), MAXANSWERS);
	assert_int_equal(fix_stats(fix_mount).notices, MAXANSWERS);
	assert_int_equal(fix_stats(fix_mount).lost, MAXANSWERS);
	assert_int_equal(read_all(fix_mount), MAXANSWERS);
}

/* A flood of flush requests, while the first is being done. */
static void
defect_16_floods_of_flush_requests(void **state)
{
	struct puffsmsg_mount_options opt;
	struct puffs_mount *mount;
	unsigned refused = 0, out;
	static struct fs fs;

	(void)state;
	fs_init(&fs);
	atomic_store(&fs.block, FS_PURGEALL);
	opt = fs_options(&fs);
	mount = fix_mount_new(&opt);
	assert_int_equal(srv_flush(mount, 0, 2, 0, 0, 0), 0);
	gate_await(&fs.blocked, 1);
	out = fix_memory_out();
	for (unsigned n = 1; n < FLOOD; n++) {
		if (srv_flush(mount, n, 2, 0, 0, 0) == ENOBUFS)
			refused++;
	}
	assert_int_equal(fix_stats(mount).sopreqs, MAXSOPREQS);
	assert_int_equal(refused, FLOOD - MAXSOPREQS);
	assert_in_range(parks_live(), 0, RESERVE);
	assert_in_range(fix_memory_out() - out, 0, 2 * MAXSOPREQS);
	fs_release(&fs);
	gate_await(&fs.called, MAXSOPREQS);
	fix_until_touser(mount, MAXSOPREQS + RESERVE);
	assert_int_equal(read_all(mount), MAXSOPREQS + RESERVE);
	assert_int_equal(srv_flush(mount, FLOOD, 2, 0, 0, 0), 0);
	srv_expect_answer(mount, FLOOD, 0);
	fix_mount_free(mount);
}

/* The caller of a message that the server has is interrupted. */
static void
interrupted(struct puffs_msgpark *park)
{
	assert_int_equal(puffsmsg_lwp_kill(puffsmsg_lwp_self(), SIGINT), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EINTR);
	assert_int_equal(puffsmsg_lwp_sigtake(), SIGINT);
	puffs_msgmem_release(park);
}

static void
defect_16_interrupted_and_never_answered(void **state)
{
	struct fix_frame f, last;
	struct puffs_msgpark *park;

	(void)state;
	for (unsigned n = 0; n < FLOOD; n++) {
		park = fix_send(fix_mount);
		fix_take(fix_mount, n == 0 ? &f : &last);
		interrupted(park);
	}
	assert_int_equal(parks_live(), MAXABANDONED);
	assert_int_equal(fix_stats(fix_mount).abandoned, MAXABANDONED);
	assert_int_equal(fix_stats(fix_mount).forgotten, FLOOD - MAXABANDONED);
	assert_int_equal(fix_reply(fix_mount, &f, 0), ENOENT);
	assert_int_equal(fix_reply(fix_mount, &last, 0), 0);
	assert_int_equal(parks_live(), MAXABANDONED - 1);
}

/* Long ones stop at the bound of bytes before that. */
static void
defect_16_interrupted_bytes(void **state)
{
	const size_t len = 65536, maxbytes = (size_t)16 << 20;
	struct puffsmsg_stats st = { .size = sizeof(st) };
	struct puffs_msgpark *park;
	uint8_t *data;
	void *cookie;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 2 * maxbytes / len; i++) {
		park = fix_park(len, PUFFSOP_VN, PUFFS_VN_READ);
		puffs_msg_enqueue(fix_mount, park);
		assert_int_equal(puffs_msgif_getout(fix_mount, 0, 1, &data, &n,
				     &cookie),
		    0);
		puffs_msgif_releaseout(fix_mount, cookie, 0);
		interrupted(park);
	}
	assert_int_equal(puffsmsg_stats(&st), 0);
	assert_in_range(st.bytes, maxbytes / 2, maxbytes);
}

/*
 * A frame of 512 MiB.  Who it is for is found out where it is: no memory of
 * more than a page or two is taken for it.
 */
#define HUGE_FRAME ((size_t)512 << 20)
#define MUCH       ((size_t)16384)

static int
dispatch_huge(int opclass, uint64_t id)
{
	struct puffs_req *req;
	unsigned failed;
	int error;

	req = mmap(NULL, HUGE_FRAME, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(req, MAP_FAILED);
	req->preq_pth.pth_framelen = HUGE_FRAME;
	req->preq_id = id;
	req->preq_opclass = (uint16_t)opclass;
	req->preq_optype = PUFFS_VN_GETATTR;
	fix_memory_fail_after(0, MUCH);
	failed = fix_memory_failed();
	error = puffsmsg_dispatch(fix_mount, req, HUGE_FRAME);
	assert_int_equal(fix_memory_failed(), failed);
	fix_memory_ok();
	assert_int_equal(munmap(req, HUGE_FRAME), 0);
	return error;
}

static void
defect_16_a_huge_frame_takes_no_memory(void **state)
{
	struct puffs_msgpark *park;
	struct fix_frame f;

	(void)state;
	assert_int_equal(dispatch_huge(PUFFSOP_VN, 99), ENOENT);
	assert_int_equal(dispatch_huge(PUFFSOP_VFS | PUFFSOPFLAG_ISRESPONSE, 1),
	    ENOENT);
	assert_int_equal(parks_live(), 0);
	assert_int_equal(dispatch_huge(PUFFSOP_FLUSH, SRV_ID(1)), EPROTO);
	srv_expect_answer(fix_mount, 1, EINVAL);
	park = srv_taken(&f);
	assert_int_equal(dispatch_huge(PUFFSOP_VN, f.req.preq_id), EPROTO);
	assert_int_equal(puffs_msg_wait(fix_mount, park), EPROTO);
	puffs_msgmem_release(park);
	srv_expect_notice(fix_mount, EPROTO, (uintptr_t)FIX_COOKIE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fix_setup, fix_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defect_16_bad_requests_and_no_reader),
		TEST(defect_16_bad_replies_and_no_reader),
		TEST(defect_16_floods_of_flush_requests),
		TEST(defect_16_interrupted_and_never_answered),
		TEST(defect_16_interrupted_bytes),
		TEST(defect_16_a_huge_frame_takes_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
