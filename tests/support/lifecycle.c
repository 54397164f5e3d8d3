/* SPDX-License-Identifier: BSD-2-Clause */

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "lifecycle.h"

const char *const life_opname[LIFE_OPS] = { "plain", "forced", "close",
	"server", "request", "loss", "destroy" };
const char *const life_worldname[LIFE_WORLDS] = { "agrees", "refuses", "mute",
	"silent", "unstarted", "dead", "torn down" };

static const char *const state_names[] = { "runs", "held", "asleep", "joining",
	"ended" };

void
life_fail(struct life *lf, const char *why)
{
	print_error("%s: %s; sop thread %s, server %s\n",
	    life_worldname[lf->world], why, state_names[ls_state(&lf->sop)],
	    lf->serving ? state_names[ls_state(&lf->server)] : "none");
	abort();
}

static void
noted(void *arg)
{
	struct life *lf = arg;

	if (lf->watching)
		atomic_fetch_add(&lf->notes, 1);
	ls_place();
}

static void
lost(struct puffs_mount *mount, void *arg)
{
	struct life *lf = arg;

	(void)mount;
	atomic_fetch_add(&lf->losses, 1);
	ls_place();
}

static void
serve_reply(struct puffs_mount *mount, struct fix_frame *f, int rv)
{
	if (rv < 0)
		return;
	f->len = (size_t)f->req.preq_buflen;
	f->req.preq_pth.pth_framelen = f->len;
	f->req.preq_rv = rv;
	(void)puffsmsg_dispatch(mount, f->bytes, f->len);
}

static int
unmount_rv(enum life_world world)
{
	switch (world) {
	case MUTE:
	case SILENT:
		return -1;
	case REFUSES:
		return EBUSY;
	default:
		return 0;
	}
}

static void
serve_one(struct life *lf, struct puffs_mount *mount, struct fix_frame *f)
{
	if (f->req.preq_opclass & PUFFSOPFLAG_ISRESPONSE) {
		if (f->req.preq_rv == 0)
			atomic_fetch_add(&lf->heard, 1);
	} else if (PUFFSOP_OPCLASS(f->req.preq_opclass) == PUFFSOP_VFS) {
		atomic_fetch_add(&lf->asked, 1);
		serve_reply(mount, f, unmount_rv(lf->world));
	} else if ((f->req.preq_opclass & PUFFSOPFLAG_FAF) == 0) {
		lf->kept = *f;
	}
}

static void
server_main(void *arg)
{
	struct life *lf = arg;
	struct puffs_mount *mount = fix_mount;
	struct fix_frame f;
	uint8_t *data;

	while (puffs_msgif_getout(mount, 0, 0, &data, &f.len, &f.cookie) == 0) {
		memset(f.bytes, 0, sizeof(f.bytes));
		if (f.len <= sizeof(f.bytes))
			memcpy(f.bytes, data, f.len);
		puffs_msgif_releaseout(mount, f.cookie, 0);
		serve_one(lf, mount, &f);
	}
	puffsmsg__mount_unref(mount);
}

void
life_serve(struct life *lf, enum life_world world)
{
	lf->world = world;
	lf->serving = true;
	puffsmsg__mount_ref(fix_mount);
	ls_start(&lf->server, server_main, lf, 0);
	ls_settle();
}

static void
world_ready(struct life *lf)
{
	if (lf->world == DEAD)
		puffs_userdead(fix_mount);
	if (lf->world == TORNDOWN)
		assert_int_equal(puffs_msgif_close(fix_mount), 0);
	if (lf->world == AGREES || lf->world == REFUSES || lf->world == MUTE)
		life_serve(lf, lf->world);
}

void
life_begin(struct life *lf, enum life_world world,
    const struct puffsmsg_mount_options *opt)
{
	static const struct puffsmsg_mount_options none =
	    PUFFSMSG_MOUNT_OPTIONS_INIT;

	memset(lf, 0, sizeof(*lf));
	lf->world = world;
	lf->opt = opt != NULL ? *opt : none;
	lf->opt.grace_ms = (uint32_t)(LIFE_GRACE / 1000000u);
	lf->opt.notify = noted;
	lf->opt.notify_arg = lf;
	lf->opt.serverlost = lost;
	lf->opt.serverlost_arg = lf;
	ls_init();
	ls_adopt(&lf->sop);
	assert_int_equal(puffsmsg_mount_create(&lf->opt, &fix_mount), 0);
	if (world != UNSTARTED)
		assert_int_equal(puffsmsg_mount_start(fix_mount), 0);
	ls_settle();
	ls_watch(fix_mount);
	lf->sopheld = true;
	world_ready(lf);
	ls_settle();
	atomic_store(&lf->losses, 0);
	lf->watching = true;
}

static void
call_main(void *arg)
{
	struct life_call *c = arg;
	struct fix_frame f;

	switch (c->op) {
	case PLAIN:
		c->error = puffsmsg_mount_unmount(fix_mount, 0);
		break;
	case FORCED:
		c->error = puffsmsg_mount_unmount(fix_mount,
		    PUFFSMSG_MNT_FORCE);
		break;
	case CLOSE:
		c->error = puffs_msgif_close(fix_mount);
		break;
	case REQUEST:
		srv_frame(&f, PUFFSOP_UNMOUNT, sizeof(struct puffs_req), 7);
		c->error = puffsmsg_dispatch(fix_mount, f.bytes, f.len);
		break;
	case LOSS:
		puffs_userdead(fix_mount);
		break;
	case DESTROY:
		puffsmsg_mount_destroy(fix_mount);
		break;
	default:
		abort();
	}
}

void
life_freesop(struct life *lf)
{
	if (lf->sopheld)
		ls_go(&lf->sop, 0);
	lf->sopheld = false;
	ls_settle();
}

/*
 * The sop thread that is held goes on to its n-th place from there.  One that
 * is not does as it likes.
 */
static void
call_server(struct life *lf, struct life_call *c, unsigned n)
{
	c->t = &lf->sop;
	c->error = srv_request(fix_mount, PUFFSOP_UNMOUNT,
	    sizeof(struct puffs_req), 8);
	if (lf->sopheld)
		ls_go(&lf->sop, c->error == 0 ? n : 0);
	lf->sopheld = false;
}

void
life_call(struct life *lf, struct life_call *c, enum life_op op, unsigned n)
{
	memset(c, 0, sizeof(*c));
	c->life = lf;
	c->op = op;
	c->t = &c->own;
	if (op == DESTROY)
		lf->destroyed = true;
	if (op == SERVER)
		call_server(lf, c, n);
	else
		ls_start(&c->own, call_main, c, n);
	ls_settle();
}

bool
life_held(struct life_call *c)
{
	return ls_state(c->t) == LS_HELD;
}

/*
 * A request that was not taken is over when it has been made; else the sop
 * thread has to see to it.
 */
bool
life_returned(struct life_call *c)
{
	if (c->op == SERVER && c->error != 0)
		return true;
	if (c->op == REQUEST && ls_state(c->t) == LS_ENDED && c->error == 0)
		return ls_state(&c->life->sop) == LS_ENDED;
	return ls_state(c->t) == LS_ENDED;
}

void
life_go(struct life_call *c)
{
	if (c->t != &c->life->sop || !c->life->sopheld)
		ls_go(c->t, 0);
	ls_settle();
}

static bool
timed(const struct life *lf)
{
	return lf->world == MUTE || lf->world == SILENT;
}

/*
 * Lets the time pass that somebody waits for.
 */
static bool
life_time(struct life *lf)
{
	uint64_t ns = ls_next();

	if (ns == 0)
		return false;
	if (!timed(lf))
		life_fail(lf, "somebody waits for time to pass");
	ls_advance(ns);
	ls_settle();
	return true;
}

void
life_run(struct life *lf, struct life_call *c)
{
	ls_settle();
	if (!timed(lf))
		return;
	while (!life_held(c) && !life_returned(c)) {
		if (!life_time(lf))
			break;
	}
}

void
life_poke(struct life *lf, struct life_call *c)
{
	if (ls_state(c->t) != LS_ASLEEP)
		return;
	mutex_enter(&fix_mount->pmp_lock);
	cv_broadcast(&fix_mount->pmp_cv);
	mutex_exit(&fix_mount->pmp_lock);
	ls_settle();
	if (ls_state(c->t) != LS_ASLEEP)
		life_fail(lf, "woken for nothing, it does not sleep again");
}

static bool
all_returned(struct life_call *calls, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (!life_returned(&calls[i]))
			return false;
	}
	return true;
}

bool
life_interrupt(struct life *lf, struct life_call *c)
{
	if (!timed(lf) || c->op != PLAIN || ls_state(c->t) != LS_ASLEEP)
		return false;
	assert_int_equal(puffsmsg_lwp_kill(c->own.lid, SIGINT), 0);
	ls_settle();
	return true;
}

static bool
interrupt(struct life *lf, struct life_call *calls, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (life_interrupt(lf, &calls[i]))
			return true;
	}
	return false;
}

void
life_finish(struct life *lf, struct life_call *calls, unsigned n)
{
	ls_settle();
	while (!all_returned(calls, n)) {
		if (!life_time(lf) && !interrupt(lf, calls, n))
			life_fail(lf, "stuck");
	}
	for (unsigned i = 0; i < n; i++) {
		if (calls[i].t == &calls[i].own)
			ls_join(&calls[i].own);
	}
}

char
life_result(struct life_call *c)
{
	switch (c->error) {
	case 0:
		return '0';
	case EBUSY:
		return 'B';
	case PUFFSMSG_ERESTART:
		return 'R';
	case ENXIO:
		return 'X';
	case EINTR:
		return 'I';
	default:
		return '?';
	}
}

/*
 * Before its first lock a call has no reference; the sop thread needs none.
 */
unsigned
life_firstplace(enum life_op op)
{
	return op == SERVER ? 1 : 2;
}

/*
 * Whoever ends what has ended is told that all is well, and asks nobody.
 */
static void
end_again(void)
{
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, 0), 0);
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, PUFFSMSG_MNT_FORCE),
	    0);
	assert_int_equal(srv_request(fix_mount, PUFFSOP_UNMOUNT,
			     sizeof(struct puffs_req), 99),
	    ENXIO);
	puffs_userdead(fix_mount);
	assert_int_equal(puffsmsg_mount_state(fix_mount), PUFFSTAT_DYING);
	assert_int_equal(puffsmsg_mount_start(fix_mount), ENXIO);
	assert_int_equal(puffs_msgif_close(fix_mount), 0);
}

static void
end_mount(struct life *lf)
{
	struct puffsmsg_mount_stats st;

	lf->watching = false;
	end_again();
	ls_settle();
	if (lf->serving)
		assert_int_equal(ls_state(&lf->server), LS_ENDED);
	assert_int_equal(ls_state(&lf->sop), LS_ENDED);
	fix_assert_empty(fix_mount);
	st = fix_stats(fix_mount);
	assert_int_equal(st.references, 0);
	assert_int_equal(st.sopreqs, 0);
	puffsmsg_mount_destroy(fix_mount);
}

void
life_end(struct life *lf)
{
	life_freesop(lf);
	if (!lf->destroyed)
		end_mount(lf);
	if (lf->serving)
		ls_join(&lf->server);
	fix_mount = NULL;
	ls_fini();
}
