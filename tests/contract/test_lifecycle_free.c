/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Everything that ends a mount, against everything that does, on threads that
 * run freely, among callers who send, wait and are interrupted: for the thread
 * sanitizer, and for what nobody has thought of.
 *
 * Before its call each of the two looks at the mount's state for a number of
 * times that comes from a seed, so that they meet here and there.
 *
 * Arguments: rounds for each pair; the seed.
 */

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msgfix.h"
#include "serverreq.h"

enum op {
	PLAIN,
	FORCED,
	CLOSE,
	SERVER,
	LOSS,
	DESTROY,
	OPS,
};
static const char *const op_names[] = { "plain", "forced", "close", "server",
	"loss", "destroy" };

enum world {
	AGREES,
	REFUSES,
	SILENT, /* takes everything, and answers nothing */
	WORLDS,
};
static const char *const world_names[] = { "agrees", "refuses", "silent" };

#define CALLERS  2
#define GRACE_NS UINT64_C(3600000000000)
#define MAXSPIN  24u

static unsigned rounds = 5;
static uint64_t seed = 20261122;

struct pair {
	enum world world;
	enum op op[2];
	char name[64];
};

struct round;
struct ender {
	struct round *round;
	struct fix_thread t;
	enum op op;
	unsigned spins;
	int error;
	atomic_bool in, returned;
};

struct caller {
	struct round *round;
	struct fix_thread t;
	unsigned wrong; /* outcomes that cannot be */
};

struct round {
	enum world world;
	struct ender enders[2];
	struct caller callers[CALLERS];
	struct fix_thread server;
	pthread_barrier_t start;
	atomic_bool stop; /* callers are to go, although there is a mount */
};

static uint64_t
random_next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed >> 20;
}

/*
 * The library's host, which says when a thread has left a mutex for the first
 * time since it asked.
 */
static struct puffsmsg_host host;
static _Thread_local const void *left_mutex;
static _Thread_local atomic_bool *left_flag;

static void
told_exit(void *m)
{
	const void *want = left_mutex;

	(fix_host_in_use()->mutex_exit)(m);
	if (m != want)
		return;
	left_mutex = NULL;
	atomic_store(left_flag, true);
}

static int
setup(void **state)
{
	(void)state;
	fix_init();
	host = *fix_host_in_use();
	host.mutex_exit = told_exit;
	puffsmsg__host = &host;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	fix_fini();
	return 0;
}

/*
 * Who destroys is the last to start: the other has come as far as having the
 * mount.
 */
static void
ender_await(struct ender *e)
{
	struct ender *other = &e->round->enders[e == &e->round->enders[0]];

	while (e->op == DESTROY && !atomic_load(&other->in))
		sched_yield();
}

static int
server_asks(void)
{
	struct fix_frame f;

	srv_frame(&f, PUFFSOP_UNMOUNT, sizeof(struct puffs_req), 5);
	return puffsmsg_dispatch(fix_mount, f.bytes, f.len);
}

static void
ender_call(struct ender *e)
{
	switch (e->op) {
	case PLAIN:
		e->error = puffsmsg_mount_unmount(fix_mount, 0);
		break;
	case FORCED:
		e->error = puffsmsg_mount_unmount(fix_mount,
		    PUFFSMSG_MNT_FORCE);
		break;
	case CLOSE:
		e->error = puffs_msgif_close(fix_mount);
		break;
	case SERVER:
		e->error = server_asks();
		break;
	case LOSS:
		puffs_userdead(fix_mount);
		break;
	default:
		puffsmsg_mount_destroy(fix_mount);
		break;
	}
}

static void
ender_main(void *arg)
{
	struct ender *e = arg;

	pthread_barrier_wait(&e->round->start);
	ender_await(e);
	for (unsigned i = 0; i < e->spins; i++)
		(void)puffsmsg_mount_state(fix_mount);
	left_flag = &e->in;
	left_mutex = fix_mount->pmp_lock.mtx_host;
	ender_call(e);
	left_mutex = NULL;
	atomic_store(&e->returned, true);
}

/*
 * Everything that a caller can be told.
 */
static bool
outcome_possible(int error)
{
	return error == ECHILD || error == ENXIO || error == EINTR;
}

static int
caller_once(struct caller *c)
{
	struct puffs_msgpark *park;
	void *mem;
	int error;

	(void)puffs_msgmem_alloc(100, &park, &mem, 1);
	puffs_msg_setinfo(park, PUFFSOP_VN, PUFFS_VN_INACTIVE, NULL);
	puffs_msg_enqueue(fix_mount, park);
	error = puffs_msg_wait(fix_mount, park);
	memset(mem, 0xee, 100);
	puffs_msgmem_release(park);
	if (!outcome_possible(error))
		c->wrong++;
	if (error == EINTR)
		(void)puffsmsg_lwp_sigtake();
	return error;
}

static void
caller_main(void *arg)
{
	struct caller *c = arg;

	pthread_barrier_wait(&c->round->start);
	while (caller_once(c) != ENXIO && !atomic_load(&c->round->stop))
		continue;
	puffsmsg__mount_unref(fix_mount);
}

static void
serve(struct round *r, struct fix_frame *f)
{
	if (f->req.preq_opclass & PUFFSOPFLAG_FAF)
		return;
	f->req.preq_rv = ECHILD;
	if (PUFFSOP_OPCLASS(f->req.preq_opclass) == PUFFSOP_VFS)
		f->req.preq_rv = r->world == REFUSES ? EBUSY : 0;
	(void)puffsmsg_dispatch(fix_mount, f->bytes, f->len);
}

/*
 * What is in a frame in hand may change when its message ends: a server that
 * looks at none is the one that has them in hand.
 */
static int
server_once(struct round *r, struct fix_frame *f)
{
	uint8_t *data;
	int error;

	if (r->world == SILENT) {
		error = puffs_msgif_getout(fix_mount, 0, 0, &data, &f->len,
		    &f->cookie);
		if (error == 0)
			puffs_msgif_releaseout(fix_mount, f->cookie, 0);
		return error;
	}
	error = puffsmsg_read(fix_mount, f->bytes, sizeof(f->bytes), 0,
	    &f->len);
	if (error == 0)
		serve(r, f);
	return error;
}

static void
server_main(void *arg)
{
	struct round *r = arg;
	struct fix_frame f;

	pthread_barrier_wait(&r->start);
	while (server_once(r, &f) == 0)
		continue;
	puffsmsg__mount_unref(fix_mount);
}

static void
round_begin(struct round *r, const struct pair *p)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;

	memset(r, 0, sizeof(*r));
	opt.grace_ms = (uint32_t)(GRACE_NS / 1000000u);
	fix_mount = fix_mount_new(&opt);
	r->world = p->world;
	pthread_barrier_init(&r->start, NULL, CALLERS + 4);
	for (int i = 0; i < CALLERS + 1; i++)
		puffsmsg__mount_ref(fix_mount); /* callers, server */
	for (int i = 0; i < CALLERS; i++) {
		r->callers[i].round = r;
		fix_start(&r->callers[i].t, caller_main, &r->callers[i]);
	}
	fix_start(&r->server, server_main, r);
	for (int i = 0; i < 2; i++) {
		r->enders[i].round = r;
		r->enders[i].op = p->op[i];
		r->enders[i].spins = (unsigned)(random_next() % MAXSPIN);
		fix_start(&r->enders[i].t, ender_main, &r->enders[i]);
	}
}

/*
 * Until both have returned: callers are interrupted, and where the server does
 * not answer time passes, and who waits for ever is interrupted, too.
 */
static void
round_watch(struct round *r)
{
	struct ender *e = r->enders;

	for (;;) {
		if (atomic_load(&e[0].returned) && atomic_load(&e[1].returned))
			break;
		(void)
		    puffsmsg_lwp_kill(r->callers[random_next() % CALLERS].t.lid,
			SIGINT);
		for (int i = 0; i < 2 && r->world == SILENT; i++) {
			if (e[i].op == PLAIN)
				(void)puffsmsg_lwp_kill(e[i].t.lid, SIGINT);
		}
		if (r->world == SILENT)
			fix_clock_advance(GRACE_NS);
		sched_yield();
	}
}

static bool
error_possible(const struct ender *e, enum world world)
{
	switch (e->op) {
	case PLAIN:
		return e->error == 0 ||
		    (world == REFUSES && e->error == EBUSY) ||
		    (world == SILENT && e->error == EINTR);
	case CLOSE:
		return e->error == 0 || e->error == PUFFSMSG_ERESTART;
	case SERVER:
		return e->error == 0 || e->error == ENXIO;
	default:
		return e->error == 0;
	}
}

/*
 * The mount lives if nobody had his way: that is no more than a plain unmount.
 */
static bool
has_its_way(const struct ender *e)
{
	return e->op != PLAIN || e->error == 0;
}

static void
mount_end(void)
{
	while (puffs_msgif_close(fix_mount) != 0)
		continue;
	assert_int_equal(puffsmsg_mount_unmount(fix_mount, 0), 0);
}

/*
 * The sop thread has no reference while it answers what was asked.
 */
static bool
sop_left(void)
{
	bool left;

	mutex_enter(&fix_mount->pmp_sop.sop_lock);
	left = fix_mount->pmp_sop.sop_state == SOPST_NONE;
	mutex_exit(&fix_mount->pmp_sop.sop_lock);
	return left;
}

static void
mount_empty(void)
{
	while (!sop_left() || fix_stats(fix_mount).references != 0)
		sched_yield();
	fix_assert_empty(fix_mount);
	puffsmsg_mount_destroy(fix_mount);
}

static void
round_end(struct round *r)
{
	struct ender *e = r->enders;
	bool destroyed = e[0].op == DESTROY || e[1].op == DESTROY;

	for (int i = 0; i < 2; i++) {
		fix_join(&e[i].t);
		assert_true(error_possible(&e[i], r->world));
	}
	if (!destroyed && !has_its_way(&e[0]) && !has_its_way(&e[1]))
		assert_int_equal(puffsmsg_mount_state(fix_mount),
		    PUFFSTAT_RUNNING);
	atomic_store(&r->stop, true);
	if (!destroyed)
		mount_end();
	for (int i = 0; i < CALLERS; i++) {
		fix_join(&r->callers[i].t);
		assert_int_equal(r->callers[i].wrong, 0);
	}
	fix_join(&r->server);
	if (!destroyed)
		mount_empty();
	pthread_barrier_destroy(&r->start);
}

static void
play(void **state)
{
	const struct pair *p = *state;
	struct round r;

	for (unsigned i = 0; i < rounds; i++) {
		round_begin(&r, p);
		pthread_barrier_wait(&r.start);
		round_watch(&r);
		round_end(&r);
	}
}

#define NPAIRS ((size_t)WORLDS * OPS * OPS)
static struct pair pairs[NPAIRS];
static struct CMUnitTest tests[NPAIRS];

static void
pair_make(struct pair *p, size_t i)
{
	p->op[0] = (enum op)(i % OPS);
	p->op[1] = (enum op)(i / OPS % OPS);
	p->world = (enum world)(i / OPS / OPS);
	(void)snprintf(p->name, sizeof(p->name), "%s: %s, %s",
	    world_names[p->world], op_names[p->op[0]], op_names[p->op[1]]);
}

int
main(int argc, char **argv)
{
	size_t n = 0;

	if (argc > 1)
		rounds = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		seed = strtoull(argv[2], NULL, 10);
	for (size_t i = 0; i < NPAIRS; i++) {
		pair_make(&pairs[i], i);
		/* Neither is first; to destroy twice is misuse. */
		if (pairs[i].op[0] > pairs[i].op[1] ||
		    pairs[i].op[0] == DESTROY)
			continue;
		tests[n].name = pairs[i].name;
		tests[n].test_func = play;
		tests[n].setup_func = setup;
		tests[n].teardown_func = teardown;
		tests[n++].initial_state = &pairs[i];
	}
	return _cmocka_run_group_tests("free", tests, n, NULL, NULL);
}
