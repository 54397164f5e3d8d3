/* SPDX-License-Identifier: BSD-2-Clause */

#include <string.h>

#include <puffsmsg/op.h>

#include "serverreq.h"

void
srv_frame(struct fix_frame *f, int opclass, size_t len, uint64_t n)
{
	assert_true(len <= sizeof(f->bytes));
	memset(f->bytes, 0, sizeof(f->bytes));
	f->len = len;
	f->req.preq_pth.pth_framelen = len;
	f->req.preq_id = SRV_ID(n);
	f->req.preq_opclass = (uint16_t)opclass;
}

int
srv_request(struct puffs_mount *mount, int opclass, size_t len, uint64_t n)
{
	struct fix_frame f;

	srv_frame(&f, opclass, len, n);
	return fix_dispatch(mount, &f);
}

int
srv_flush(struct puffs_mount *mount, uint64_t n, int op, uint64_t cookie,
    int64_t start, int64_t end)
{
	struct puffs_flush pf;
	struct fix_frame f;

	srv_frame(&f, PUFFSOP_FLUSH, sizeof(pf), n);
	memcpy(&pf, f.bytes, sizeof(pf));
	pf.pf_op = op;
	pf.pf_cookie64 = cookie;
	pf.pf_start = start;
	pf.pf_end = end;
	memcpy(f.bytes, &pf, sizeof(pf));
	return fix_dispatch(mount, &f);
}

void
srv_next(struct puffs_mount *mount, struct fix_frame *f)
{
	uint8_t *data;

	assert_int_equal(puffs_msgif_getout(mount, 0, 0, &data, &f->len,
			     &f->cookie),
	    0);
	assert_true(f->len <= sizeof(f->bytes));
	memset(f->bytes, 0, sizeof(f->bytes));
	memcpy(f->bytes, data, f->len);
	fix_releaseout(mount, f, 0);
}

void
srv_expect_answer(struct puffs_mount *mount, uint64_t n, int rv)
{
	struct fix_frame f;

	srv_next(mount, &f);
	assert_int_equal(f.len, sizeof(struct puffs_req));
	assert_int_equal(f.req.preq_opclass & ~PUFFSOP_OPCMASK,
	    PUFFSOPFLAG_FAF | PUFFSOPFLAG_ISRESPONSE);
	assert_int_equal(f.req.preq_id, SRV_ID(n));
	assert_int_equal(f.req.preq_rv, rv);
}

void
srv_expect_notice(struct puffs_mount *mount, int error, uint64_t cookie)
{
	struct puffs_error pe;
	struct fix_frame f;

	srv_next(mount, &f);
	assert_int_equal(f.len, sizeof(pe));
	memcpy(&pe, f.bytes, sizeof(pe));
	assert_int_equal(f.req.preq_opclass, PUFFSOP_ERROR | PUFFSOPFLAG_FAF);
	assert_int_equal(f.req.preq_optype, PUFFS_ERR_ERROR);
	assert_int_equal(f.req.preq_id, 0);
	assert_int_equal(f.req.preq_cookie64, cookie);
	assert_int_equal(pe.perr_error, error);
	assert_non_null(memchr(pe.perr_str, '\0', sizeof(pe.perr_str)));
}

void
srv_expect_unmount(struct puffs_mount *mount, struct fix_frame *f, int flags)
{
	struct puffs_vfsmsg_unmount msg;

	srv_next(mount, f);
	assert_int_equal(f->len, sizeof(msg));
	memcpy(&msg, f->bytes, sizeof(msg));
	assert_int_equal(f->req.preq_opclass, PUFFSOP_VFS);
	assert_int_equal(f->req.preq_optype, PUFFS_VFS_UNMOUNT);
	assert_int_equal(msg.pvfsr_flags, flags);
}

void
srv_expect_nothing(struct puffs_mount *mount)
{
	assert_int_equal(puffs_msgif_waitcount(mount), 0);
}

struct puffs_msgpark *
srv_taken(struct fix_frame *f)
{
	struct puffs_msgpark *park = fix_send(fix_mount);

	fix_take(fix_mount, f);
	return park;
}

void
srv_expect_awaited(struct puffs_msgpark *park, struct fix_frame *f)
{
	assert_int_equal(park->park_state, PARK_REPLYWAIT);
	assert_int_equal(fix_reply(fix_mount, f, 0), 0);
	assert_int_equal(puffs_msg_wait(fix_mount, park), 0);
	puffs_msgmem_release(park);
}

void
srv_expect_unknown(struct puffs_mount *mount, struct fix_frame *f)
{
	uint64_t before = fix_stats(mount).unknown;
	size_t queued = puffs_msgif_waitcount(mount);

	assert_int_equal(fix_dispatch(mount, f), ENOENT);
	assert_int_equal(fix_stats(mount).unknown, before + 1);
	assert_int_equal(puffs_msgif_waitcount(mount), queued);
}

/*
 * The callbacks run one at a time, so that a call need not guard what it
 * notes; the gate publishes it.
 */
static void
fs_note(struct fs *fs, enum fs_call call)
{
	unsigned n = gate_count(&fs->called);

	if (n < FS_MAXCALLS)
		fs->calls[n] = call;
	if (atomic_load(&fs->block) == (int)call) {
		gate_pass(&fs->blocked);
		gate_await(&fs->go, 1);
	}
	gate_pass(&fs->called);
}

static int
fs_lookup(void *arg, uint64_t cookie, struct puffsmsg_nodeinfo *info)
{
	struct fs *fs = arg;

	fs->cookie = cookie;
	info->node = &fs->node;
	info->type = fs->type;
	info->fsize = fs->size;
	fs_note(fs, FS_LOOKUP);
	return fs->lookup_rv;
}

static void
fs_noderelease(void *arg, struct puffs_node *node)
{
	struct fs *fs = arg;

	fs->released = node;
	fs_note(fs, FS_RELEASE);
}

static int
fs_purgeall(void *arg)
{
	struct fs *fs = arg;

	fs_note(fs, FS_PURGEALL);
	return fs->all_rv;
}

static int
fs_purgedir(void *arg, struct puffs_node *dir)
{
	struct fs *fs = arg;

	fs_note(fs, FS_PURGEDIR);
	return dir == &fs->node ? fs->dir_rv : EDOM;
}

static int
fs_putpages(void *arg, struct puffs_node *node, int64_t start, int64_t end,
    int flags)
{
	struct fs *fs = arg;

	fs->start = start;
	fs->end = end;
	fs->flags = flags;
	fs_note(fs, FS_PUTPAGES);
	return node == &fs->node ? fs->pages_rv : EDOM;
}

static int
fs_unmount(void *arg, struct puffs_mount *mount)
{
	struct fs *fs = arg;

	fs_note(fs, FS_UNMOUNT);
	if (fs->unmounts)
		return puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE);
	return fs->unmount_rv;
}

void
fs_init(struct fs *fs)
{
	memset(fs, 0, sizeof(*fs));
	fs->ops = (struct puffsmsg_fsops){ .size = sizeof(fs->ops),
		.cookie2node = fs_lookup,
		.noderelease = fs_noderelease,
		.purgeall = fs_purgeall,
		.purgedir = fs_purgedir,
		.putpages = fs_putpages,
		.unmount = fs_unmount };
	fs->type = PUFFSMSG_NODE_REG;
	fs->size = 1 << 20;
	gate_init(&fs->blocked);
	gate_init(&fs->go);
	gate_init(&fs->called);
}

struct puffsmsg_mount_options
fs_options(struct fs *fs)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	opt.grace_ms = 3600 * 1000;
	opt.fsops = &fs->ops;
	opt.fsarg = fs;
	return opt;
}

void
fs_release(struct fs *fs)
{
	atomic_store(&fs->block, 0);
	gate_pass(&fs->go);
}

void
fs_expect(struct fs *fs, const enum fs_call *calls)
{
	unsigned n = gate_count(&fs->called);
	unsigned i;

	for (i = 0; calls[i] != 0; i++) {
		assert_true(i < n);
		assert_int_equal(fs->calls[i], calls[i]);
	}
	assert_int_equal(n, i);
}
