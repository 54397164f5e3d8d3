/* SPDX-License-Identifier: BSD-2-Clause */

#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "kern/kern_private.h"
#include "msgfix.h"

/* Threads of one test, at most. */
#define MAX_TOKENS 256

/* At most, what debug checks put round a block. */
#define GUARDS 64

struct puffs_mount *fix_mount;

/*
 * The pthread host, but for its memory.
 */
typedef void (*memory_hook_fn)(void);
static struct puffsmsg_host fix_host;
static atomic_uint memory_out;
static atomic_uint memory_failed;
static atomic_uint memory_left;   /* requests that succeed; UINT_MAX: all */
static atomic_size_t memory_size; /* smaller ones always do */
static atomic_size_t memory_high; /* and larger ones */
static atomic_bool memory_once;   /* one fails, and then all is well */
static _Atomic(memory_hook_fn) memory_hook; /* before the next request */

static bool
memory_granted(size_t size)
{
	unsigned n = atomic_load(&memory_left);

	if (n == UINT_MAX || size < atomic_load(&memory_size) ||
	    size > atomic_load(&memory_high))
		return true;
	while (n > 0 && !atomic_compare_exchange_weak(&memory_left, &n, n - 1))
		continue;
	if (n == 0 && atomic_exchange(&memory_once, false))
		fix_memory_ok();
	return n > 0;
}

static void *
memory_alloc(size_t size, size_t align)
{
	memory_hook_fn hook = atomic_exchange(&memory_hook, NULL);
	void *p = NULL;

	if (hook != NULL)
		hook();
	if (memory_granted(size))
		p = puffsmsg_host_pthread()->memalloc(size, align);
	atomic_fetch_add(p != NULL ? &memory_out : &memory_failed, 1);
	if (p != NULL)
		memset(p, 0xa5, size); /* it is undefined, by contract */
	return p;
}

static void
memory_free(void *p, size_t size)
{
	atomic_fetch_sub(&memory_out, 1);
	puffsmsg_host_pthread()->memfree(p, size);
}

/* Tests of short memory need no words about it. */
static void
quiet(const char *line)
{
	(void)line;
}

/* What is only kept for later does not count. */
unsigned
fix_memory_out(void)
{
	if (puffsmsg__host != NULL && puffsmsg__host->lwp_get() != NULL)
		puffsmsg__pool_drain();
	return atomic_load(&memory_out);
}

void
fix_memory_fail_after(unsigned n, size_t size)
{
	atomic_store(&memory_size, size);
	atomic_store(&memory_high, SIZE_MAX);
	atomic_store(&memory_left, n);
}

void
fix_memory_fail_sized(size_t low, size_t high)
{
	atomic_store(&memory_size, low);
	atomic_store(&memory_high, high + GUARDS);
	atomic_store(&memory_left, 0);
}

void
fix_memory_fail_once(size_t low, size_t high)
{
	atomic_store(&memory_once, true);
	fix_memory_fail_sized(low, high);
}

void
fix_memory_hook(void (*fn)(void))
{
	atomic_store(&memory_hook, fn);
}

void
fix_memory_ok(void)
{
	atomic_store(&memory_left, UINT_MAX);
}

unsigned
fix_memory_failed(void)
{
	return atomic_load(&memory_failed);
}

void
fix_until_failed(unsigned n)
{
	while (fix_memory_failed() < n)
		sched_yield();
}

/*
 * Time that did not pass, in nanoseconds, and the tokens of all sleepers, who
 * look at the clock again when there is more of it.
 */
static _Atomic uint64_t clock_skew;
static pthread_mutex_t tokens_lock = PTHREAD_MUTEX_INITIALIZER;
static void *tokens[MAX_TOKENS];
static unsigned ntokens;
static atomic_uint threads_left; /* that may still be made; UINT_MAX: all */

static uint64_t
skewed_clock(void)
{
	return puffsmsg_host_pthread()->clock() + atomic_load(&clock_skew);
}

static _Thread_local struct gate *plain_block;

void
fix_plain_block_passes(struct gate *gate)
{
	plain_block = gate;
}

static int
skewed_block(uint64_t deadline, unsigned flags)
{
	uint64_t skew = atomic_load(&clock_skew);

	if (plain_block != NULL && (flags & PUFFSMSG_BLOCK_CANCEL) == 0)
		gate_pass(plain_block);
	if (deadline != PUFFSMSG_FOREVER)
		deadline = deadline > skew ? deadline - skew : 1;
	return puffsmsg_host_pthread()->block(deadline, flags);
}

static void *
noted_token(void)
{
	void *token = puffsmsg_host_pthread()->token();
	unsigned i = 0;

	pthread_mutex_lock(&tokens_lock);
	while (i < ntokens && tokens[i] != token)
		i++;
	if (i == ntokens && ntokens < MAX_TOKENS)
		tokens[ntokens++] = token;
	pthread_mutex_unlock(&tokens_lock);
	return token;
}

static atomic_uint unblocks;

static void
counted_unblock(void *token)
{
	atomic_fetch_add(&unblocks, 1);
	puffsmsg_host_pthread()->unblock(token);
}

unsigned
fix_unblocks(void)
{
	return atomic_load(&unblocks);
}

/*
 * Where a test stops a thread: right after it has left a lock.
 */
static _Thread_local void (*unlock_hook)(void *);
static _Thread_local void *unlock_hookarg;

static void
hooked_mutex_exit(void *m)
{
	void (*hook)(void *) = unlock_hook;

	(puffsmsg_host_pthread()->mutex_exit)(m);
	if (hook == NULL)
		return;
	unlock_hook = NULL;
	hook(unlock_hookarg);
	if (unlock_hookarg != NULL)
		unlock_hook = hook;
}

void
fix_unlock_hook(void (*fn)(void *), void *arg)
{
	unlock_hook = fn;
	unlock_hookarg = arg;
}

static int
limited_thread_create(void (*fn)(void *), void *arg, const char *name,
    unsigned flags, void **thread)
{
	unsigned n = atomic_load(&threads_left);

	if (n == 0)
		return EAGAIN;
	if (n != UINT_MAX)
		atomic_store(&threads_left, n - 1);
	return puffsmsg_host_pthread()->thread_create(fn, arg, name, flags,
	    thread);
}

void
fix_threads_fail_after(unsigned n)
{
	atomic_store(&threads_left, n);
}

void
fix_clock_advance(uint64_t ns)
{
	atomic_fetch_add(&clock_skew, ns);
	pthread_mutex_lock(&tokens_lock);
	for (unsigned i = 0; i < ntokens; i++) {
		if (tokens[i] != NULL)
			puffsmsg_host_pthread()->unblock(tokens[i]);
	}
	pthread_mutex_unlock(&tokens_lock);
}

/*
 * Before an init: the tokens of an earlier one are gone.
 */
static void
clock_reset(void)
{
	atomic_store(&clock_skew, 0);
	ntokens = 0;
	fix_threads_fail_after(UINT_MAX);
	fix_host.clock = skewed_clock;
	fix_host.block = skewed_block;
	fix_host.token = noted_token;
	fix_host.unblock = counted_unblock;
	fix_host.mutex_exit = hooked_mutex_exit;
	fix_host.thread_create = limited_thread_create;
}

void
fix_init(void)
{
	fix_host = *puffsmsg_host_pthread();
	clock_reset();
	fix_host.name = "msgfix";
	fix_host.memalloc = memory_alloc;
	fix_host.memfree = memory_free;
	fix_host.log = quiet;
	atomic_store(&memory_out, 0);
	atomic_store(&memory_failed, 0);
	fix_memory_ok();
	assert_int_equal(puffsmsg_init(&fix_host, NULL), 0);
}

void
fix_fini(void)
{
	struct puffsmsg_stats st = { .size = sizeof(st) };

	fix_memory_ok();
	assert_int_equal(puffsmsg_stats(&st), 0);
	assert_int_equal(st.parks, 0);
	assert_int_equal(st.bytes, 0);
	assert_int_equal(st.mounts, 0);
	puffs_msgif_destroy();
	assert_int_equal(fix_memory_out(), 0);
}

struct puffs_mount *
fix_mount_new(const struct puffsmsg_mount_options *given)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct puffs_mount *mount;

	if (given != NULL)
		opt = *given;
	if (opt.grace_ms == 0)
		opt.grace_ms = 1;
	assert_int_equal(puffsmsg_mount_create(&opt, &mount), 0);
	assert_int_equal(puffsmsg_mount_start(mount), 0);
	return mount;
}

/*
 * After the unmount no thread of the library's own is inside any more.
 */
void
fix_mount_free(struct puffs_mount *mount)
{
	struct puffsmsg_mount_stats st;

	puffs_userdead(mount);
	assert_int_equal(puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE), 0);
	fix_assert_empty(mount);
	st = fix_stats(mount);
	assert_int_equal(st.references, 0);
	puffsmsg_mount_destroy(mount);
}

int
fix_setup(void **state)
{
	(void)state;
	fix_init();
	fix_mount = fix_mount_new(NULL);
	return 0;
}

int
fix_teardown(void **state)
{
	(void)state;
	fix_memory_ok();
	fix_mount_free(fix_mount);
	fix_mount = NULL;
	fix_fini();
	return 0;
}

uint64_t
fix_inflight(const struct puffsmsg_mount_stats *st)
{
	return st->touser + st->inhand + st->replywait + st->claimed -
	    st->orphans;
}

struct puffsmsg_mount_stats
fix_stats(struct puffs_mount *mount)
{
	struct puffsmsg_mount_stats st = { .size = sizeof(st) };

	assert_int_equal(puffsmsg_mount_stats(mount, &st), 0);
	assert_int_equal(st.accepted,
	    st.replied + st.refused + st.delivery + st.dead + st.interrupted +
		st.timedout + st.cancelled + st.faf_done + st.faf_dead +
		fix_inflight(&st));
	assert_int_equal(st.parks,
	    st.touser + st.inhand + st.replywait + st.claimed + st.done +
		st.abandoned);
	return st;
}

void
fix_assert_empty(struct puffs_mount *mount)
{
	struct puffsmsg_mount_stats st = fix_stats(mount);

	assert_int_equal(st.parks, 0);
	assert_int_equal(st.bytes, 0);
	assert_int_equal(st.orphans, 0);
	assert_int_equal(st.answers, 0);
	assert_int_equal(st.answer_bytes, 0);
	mutex_enter(&mount->pmp_lock);
	assert_int_equal(mount->pmp_ids.it_count, 0);
	assert_int_equal(mount->pmp_abandonedbytes, 0);
	mutex_exit(&mount->pmp_lock);
}

struct puffs_msgpark *
fix_park(size_t len, int opclass, int type)
{
	struct puffs_msgpark *park;
	void *mem;

	assert_int_equal(puffs_msgmem_alloc(len, &park, &mem, 1), 0);
	puffs_msg_setinfo(park, opclass, type, FIX_COOKIE);
	return park;
}

struct puffs_req *
fix_req(struct puffs_msgpark *park)
{
	return park->park_preq;
}

uint8_t *
fix_payload(struct puffs_msgpark *park)
{
	return (uint8_t *)(park->park_preq + 1);
}

struct puffs_msgpark *
fix_getattr(void)
{
	return fix_park(128, PUFFSOP_VN, PUFFS_VN_GETATTR);
}

struct puffs_msgpark *
fix_send(struct puffs_mount *mount)
{
	struct puffs_msgpark *park = fix_getattr();

	puffs_msg_enqueue(mount, park);
	return park;
}

static void
frame_copy_in(struct fix_frame *f, const uint8_t *data)
{
	assert_true(f->len <= sizeof(f->bytes));
	memset(f->bytes, 0, sizeof(f->bytes));
	memcpy(f->bytes, data, f->len);
	f->data = data;
}

int
fix_getout(struct puffs_mount *mount, struct fix_frame *f)
{
	uint8_t *data;
	int error;

	error = puffs_msgif_getout(mount, 0, 1, &data, &f->len, &f->cookie);
	if (error == 0)
		frame_copy_in(f, data);
	return error;
}

void
fix_hold(struct puffs_mount *mount, struct fix_frame *f)
{
	assert_int_equal(fix_getout(mount, f), 0);
}

void
fix_releaseout(struct puffs_mount *mount, struct fix_frame *f, int status)
{
	f->data = NULL;
	puffs_msgif_releaseout(mount, f->cookie, status);
}

void
fix_take(struct puffs_mount *mount, struct fix_frame *f)
{
	fix_hold(mount, f);
	fix_releaseout(mount, f, 0);
}

void
fix_make_reply(struct fix_frame *f, int rv, size_t len)
{
	if (len == 0)
		len = (size_t)f->req.preq_buflen;
	assert_true(len <= sizeof(f->bytes));
	f->len = len;
	f->req.preq_pth.pth_framelen = len;
	f->req.preq_rv = rv;
}

int
fix_dispatch(struct puffs_mount *mount, struct fix_frame *f)
{
	void *exact = malloc(f->len > 0 ? f->len : 1);
	int error;

	assert_non_null(exact);
	memcpy(exact, f->bytes, f->len);
	error = puffsmsg_dispatch(mount, exact, f->len);
	free(exact);
	return error;
}

int
fix_reply(struct puffs_mount *mount, struct fix_frame *f, int rv)
{
	fix_make_reply(f, rv, 0);
	return fix_dispatch(mount, f);
}

void
fix_serve(struct puffs_mount *mount, int rv)
{
	struct fix_frame f;

	fix_take(mount, &f);
	assert_int_equal(fix_reply(mount, &f, rv), 0);
}

static void *
thread_main(void *arg)
{
	struct fix_thread *t = arg;

	t->lid = puffsmsg_lwp_self();
	gate_pass(&t->started);
	t->fn(t->arg);
	return NULL;
}

void
fix_start(struct fix_thread *t, void (*fn)(void *), void *arg)
{
	t->fn = fn;
	t->arg = arg;
	gate_init(&t->started);
	assert_int_equal(pthread_create(&t->thread, NULL, thread_main, t), 0);
	gate_await(&t->started, 1);
}

void
fix_join(struct fix_thread *t)
{
	assert_int_equal(pthread_join(t->thread, NULL), 0);
}

void
fix_cancel(struct fix_thread *t)
{
	void *value;

	assert_int_equal(pthread_cancel(t->thread), 0);
	assert_int_equal(pthread_join(t->thread, &value), 0);
	assert_ptr_equal(value, PTHREAD_CANCELED);
}

static void
waiter_main(void *arg)
{
	struct fix_waiter *w = arg;

	w->error = puffs_msg_wait(w->mount, w->park);
	w->returned = true;
}

void
fix_wait_start(struct fix_waiter *w, struct puffs_mount *mount,
    struct puffs_msgpark *park)
{
	w->mount = mount;
	w->park = park;
	w->error = -1;
	w->returned = false;
	fix_start(&w->t, waiter_main, w);
	fix_until_waiting(mount, park);
}

int
fix_wait_join(struct fix_waiter *w)
{
	fix_join(&w->t);
	assert_true(w->returned);
	return w->error;
}

/*
 * Does not assert: it is not the test's thread.
 */
static void
reader_main(void *arg)
{
	struct fix_reader *r = arg;
	uint8_t *data;

	r->error = puffs_msgif_getout(r->mount, 0, 0, &data, &r->frame.len,
	    &r->frame.cookie);
	if (r->error == 0) {
		memset(r->frame.bytes, 0, sizeof(r->frame.bytes));
		if (r->frame.len <= sizeof(r->frame.bytes))
			memcpy(r->frame.bytes, data, r->frame.len);
		fix_releaseout(r->mount, &r->frame, 0);
	}
	r->returned = true;
}

void
fix_read_start(struct fix_reader *r, struct puffs_mount *mount)
{
	r->mount = mount;
	r->error = -1;
	r->returned = false;
	fix_start(&r->t, reader_main, r);
}

int
fix_read_join(struct fix_reader *r)
{
	fix_join(&r->t);
	assert_true(r->returned);
	return r->error;
}

static bool
is_waiting(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	bool is;

	mutex_enter(&mount->pmp_lock);
	is = park->park_waiter != NULL;
	mutex_exit(&mount->pmp_lock);
	return is;
}

void
fix_until_waiting(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	while (!is_waiting(mount, park))
		sched_yield();
}

static unsigned
count_readers(struct puffs_mount *mount)
{
	struct lwp *l;
	unsigned n = 0;

	mutex_enter(&mount->pmp_lock);
	TAILQ_FOREACH(l, &mount->pmp_readers.sq_lwps, l_sleepchain)
		n++;
	mutex_exit(&mount->pmp_lock);
	return n;
}

void
fix_until_readers(struct puffs_mount *mount, unsigned n)
{
	while (count_readers(mount) != n)
		sched_yield();
}

static bool
is_in_state(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__parkstate state)
{
	bool is;

	mutex_enter(&mount->pmp_lock);
	is = park->park_state == state;
	mutex_exit(&mount->pmp_lock);
	return is;
}

void
fix_until_state(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__parkstate state)
{
	while (!is_in_state(mount, park, state))
		sched_yield();
}

bool
fix_locked(struct puffs_mount *mount)
{
	return mutex_owned(&mount->pmp_lock) ||
	    mutex_owned(&mount->pmp_sop.sop_lock);
}

void
fix_kill(const struct fix_thread *t, int sig)
{
	assert_int_equal(puffsmsg_lwp_kill(t->lid, sig), 0);
}

void
fix_spurious(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	mutex_enter(&mount->pmp_lock);
	assert_non_null(park->park_waiter);
	puffsmsg__sleep_unblock(park->park_waiter->l_token);
	mutex_exit(&mount->pmp_lock);
}

const struct puffsmsg_host *
fix_host_in_use(void)
{
	return &fix_host;
}

static bool
cv_sleeper(kmutex_t *lock, kcondvar_t *cv)
{
	bool is;

	mutex_enter(lock);
	is = cv_has_waiters(cv);
	mutex_exit(lock);
	return is;
}

void
fix_until_cv(struct puffs_mount *mount)
{
	while (!cv_sleeper(&mount->pmp_lock, &mount->pmp_cv))
		sched_yield();
}

void
fix_until_touser(struct puffs_mount *mount, size_t n)
{
	while (puffs_msgif_waitcount(mount) != n)
		sched_yield();
}

static void
stop_hook(void *arg)
{
	struct fix_stop *s = arg;

	if (mutex_owned(&s->mount->pmp_lock) ||
	    !is_in_state(s->mount, s->park, s->state))
		return;
	fix_unlock_hook(NULL, NULL);
	gate_pass(&s->there);
	gate_await(&s->go, 1);
}

void
fix_stop_init(struct fix_stop *s, struct puffs_mount *mount,
    struct puffs_msgpark *park, enum puffsmsg__parkstate state)
{
	s->mount = mount;
	s->park = park;
	s->state = state;
	gate_init(&s->there);
	gate_init(&s->go);
}

void
fix_stop_arm(struct fix_stop *s)
{
	fix_unlock_hook(stop_hook, s);
}
