/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A queue device as a kernel has it: see kmodvar.h.
 *
 * A request is got from a pool by its writer and goes
 *
 *	sc_input --worker--> sc_wq --kmod_complete--> sc_output --> reader
 *
 * Locks: sc_config_lock is taken before sc_lock.
 *
 *	(c)	sc_config_lock
 *	(s)	sc_lock
 *	(a)	atomic operations
 *	(:)	stable after attach
 */

#include <sys/cdefs.h>
__KERNEL_RCSID(0, "kmod.c");

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/kernel.h>
#include <sys/atomic.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/mutex.h>
#include <sys/condvar.h>
#include <sys/rwlock.h>
#include <sys/workqueue.h>
#include <sys/callout.h>
#include <sys/pool.h>
#include <sys/queue.h>
#include <sys/proc.h>
#include <sys/lwp.h>
#include <sys/signalvar.h>
#include <sys/errno.h>

#include "kmodvar.h"

#define KMOD_MAGIC    0x6b6d6f64u
#define KMOD_MAXLIMIT 1024
#define KMOD_INLINE   32 /* bytes that need no buffer */

struct kmod_request {
	struct work rq_work; /* first */
	TAILQ_ENTRY(kmod_request) rq_entries;
	struct kmod_softc *rq_softc;
	uint32_t rq_magic;
	u_int rq_serial;
	int rq_ticks; /* when it came */
	size_t rq_len;
	uint8_t *rq_data; /* or rq_inline */
	uint8_t rq_inline[KMOD_INLINE];
};
TAILQ_HEAD(kmod_queue, kmod_request);

CTASSERT(offsetof(struct kmod_request, rq_work) == 0);
CTASSERT(KMOD_INLINE >= sizeof(uint64_t));

struct kmod_softc {
	char *sc_name;        /* (:) */
	struct proc *sc_proc; /* (:) who is told of things */
	krwlock_t sc_config_lock;
	struct kmod_config sc_config; /* (c) */

	kmutex_t sc_lock;
	kcondvar_t sc_work_cv;       /* input, or no pause */
	kcondvar_t sc_room_cv;       /* fewer than the limit */
	kcondvar_t sc_output_cv;     /* output */
	kcondvar_t sc_state_cv;      /* sleepers, users, stalls */
	struct kmod_queue sc_input;  /* (s) */
	struct kmod_queue sc_output; /* (s) */
	u_int sc_held;               /* (s) requests in the device */
	u_int sc_completing;         /* (s) of them, on sc_wq */
	u_int sc_users;              /* (s) callers inside */
	u_int sc_sleepers;           /* (s) of them, asleep */
	u_int sc_serial;             /* (s) given out last */
	u_int sc_taken;              /* (s) serial taken last */
	u_int sc_watched;            /* (s) sc_taken, last time */
	u_int sc_limit;              /* (s) copy of kc_limit */
	bool sc_paused;              /* (s) copy of kc_paused */
	bool sc_dying;               /* (s) */

	pool_cache_t sc_pool;    /* (:) of requests */
	lwp_t *sc_worker;        /* (:) */
	struct workqueue *sc_wq; /* (:) */
	callout_t sc_watchdog;
	int sc_watchticks; /* (:) */

	struct kmod_stats sc_stats; /* (a) but for ks_sum: (s) */
};

static int kmod_ctor(void *, void *, int);
static void kmod_dtor(void *, void *);
static void kmod_worker(void *);
static void kmod_complete(struct work *, void *);
static void kmod_watch(void *);

/*
 * Requests.
 */
static int
kmod_ctor(void *arg, void *obj, int flags __unused)
{
	struct kmod_softc *sc = arg;
	struct kmod_request *rq = obj;

	memset(rq, 0, sizeof(*rq));
	rq->rq_softc = sc;
	rq->rq_magic = KMOD_MAGIC;
	atomic_inc_uint(&sc->sc_stats.ks_constructed);
	return 0;
}

static void
kmod_dtor(void *arg, void *obj)
{
	struct kmod_softc *sc = arg;
	struct kmod_request *rq = obj;

	KASSERT(rq->rq_magic == KMOD_MAGIC);
	KASSERT(rq->rq_data == NULL);
	rq->rq_magic = 0;
	atomic_inc_uint(&sc->sc_stats.ks_destructed);
}

static struct kmod_request *
kmod_request_create(struct kmod_softc *sc, const void *data, size_t len)
{
	struct kmod_request *rq = pool_cache_get(sc->sc_pool, PR_WAITOK);

	KASSERT(rq->rq_magic == KMOD_MAGIC);
	KASSERT(rq->rq_data == NULL);
	rq->rq_data = len <= sizeof(rq->rq_inline) ? rq->rq_inline
						   : kmem_alloc(len, KM_SLEEP);
	rq->rq_len = len;
	memcpy(rq->rq_data, data, len);
	return rq;
}

static void
kmod_request_destroy(struct kmod_request *rq)
{
	if (rq->rq_data != rq->rq_inline)
		kmem_free(rq->rq_data, rq->rq_len);
	rq->rq_data = NULL;
	pool_cache_put(rq->rq_softc->sc_pool, rq);
}

/*
 * Callers come in and sleep.  Until they have left, the device stays, and what
 * they have of it must be back by then.
 */
static int
kmod_enter(struct kmod_softc *sc)
{
	mutex_enter(&sc->sc_lock);
	if (sc->sc_dying) {
		mutex_exit(&sc->sc_lock);
		return ENXIO;
	}
	sc->sc_users++;
	mutex_exit(&sc->sc_lock);
	return 0;
}

static void
kmod_leave(struct kmod_softc *sc)
{
	mutex_enter(&sc->sc_lock);
	KASSERT(sc->sc_users > 0);
	sc->sc_users--;
	cv_broadcast(&sc->sc_state_cv);
	mutex_exit(&sc->sc_lock);
}

static int
kmod_sleep(struct kmod_softc *sc, kcondvar_t *cv, int timo)
{
	int error;

	KASSERT(mutex_owned(&sc->sc_lock));
	sc->sc_sleepers++;
	cv_broadcast(&sc->sc_state_cv);
	error = cv_timedwait_sig(cv, &sc->sc_lock, timo);
	sc->sc_sleepers--;
	switch (error) {
	case 0:
		return sc->sc_dying ? ENXIO : 0;
	case EWOULDBLOCK:
		atomic_inc_uint(&sc->sc_stats.ks_timedout);
		return EWOULDBLOCK;
	case EINTR:
	case ERESTART:
		atomic_inc_uint(&sc->sc_stats.ks_interrupted);
		return EINTR;
	default:
		panic("%s: sleep: error %d", sc->sc_name, error);
	}
}

static size_t
kmod_maxlen(struct kmod_softc *sc)
{
	size_t maxlen;

	rw_enter(&sc->sc_config_lock, RW_READER);
	maxlen = sc->sc_config.kc_maxlen;
	rw_exit(&sc->sc_config_lock);
	return maxlen;
}

/* There is room, and the worker gets the request; or the caller keeps it. */
static int
kmod_put(struct kmod_softc *sc, struct kmod_request *rq, uint64_t sum)
{
	int error = 0;

	mutex_enter(&sc->sc_lock);
	if (sc->sc_dying)
		error = ENXIO;
	while (error == 0 && sc->sc_held >= sc->sc_limit)
		error = kmod_sleep(sc, &sc->sc_room_cv, 0);
	if (error != 0) {
		mutex_exit(&sc->sc_lock);
		return error;
	}
	rq->rq_serial = ++sc->sc_serial;
	rq->rq_ticks = getticks();
	if (TAILQ_EMPTY(&sc->sc_input))
		callout_schedule(&sc->sc_watchdog, sc->sc_watchticks);
	TAILQ_INSERT_TAIL(&sc->sc_input, rq, rq_entries);
	sc->sc_held++;
	sc->sc_stats.ks_sum += sum;
	atomic_inc_uint(&sc->sc_stats.ks_written);
	cv_signal(&sc->sc_work_cv);
	mutex_exit(&sc->sc_lock);
	return 0;
}

int
kmod_write(struct kmod_softc *sc, const void *data, size_t len)
{
	struct kmod_request *rq;
	const uint8_t *byte;
	uint64_t sum = 0;
	int error;

	error = kmod_enter(sc);
	if (error != 0)
		return error;
	if (len == 0 || len > kmod_maxlen(sc)) {
		kmod_leave(sc);
		return EMSGSIZE;
	}
	rq = kmod_request_create(sc, data, len);
	for (byte = data; byte < (const uint8_t *)data + len; byte++)
		sum += *byte;
	error = kmod_put(sc, rq, sum);
	if (error != 0)
		kmod_request_destroy(rq);
	kmod_leave(sc);
	return error;
}

/* The oldest answer, if it is not longer than `len'. */
static int
kmod_get(struct kmod_softc *sc, size_t *len, int timo,
    struct kmod_request **rqp)
{
	struct kmod_request *rq;
	int error = 0;

	mutex_enter(&sc->sc_lock);
	if (sc->sc_dying)
		error = ENXIO;
	while (error == 0 && TAILQ_EMPTY(&sc->sc_output))
		error = kmod_sleep(sc, &sc->sc_output_cv, timo);
	if (error != 0) {
		mutex_exit(&sc->sc_lock);
		return error;
	}
	rq = TAILQ_FIRST(&sc->sc_output);
	if (rq->rq_len > *len) {
		*len = rq->rq_len;
		cv_signal(&sc->sc_output_cv);
		mutex_exit(&sc->sc_lock);
		return EMSGSIZE;
	}
	TAILQ_REMOVE(&sc->sc_output, rq, rq_entries);
	KASSERT(sc->sc_held > 0);
	sc->sc_held--;
	atomic_inc_uint(&sc->sc_stats.ks_read);
	cv_signal(&sc->sc_room_cv);
	mutex_exit(&sc->sc_lock);
	*rqp = rq;
	return 0;
}

int
kmod_read(struct kmod_softc *sc, void *data, size_t *len, unsigned int ms)
{
	struct kmod_request *rq;
	int error, timo;

	timo = ms == 0 ? 0 : MAX(1, (int)mstohz(ms));
	error = kmod_enter(sc);
	if (error != 0)
		return error;
	error = kmod_get(sc, len, timo, &rq);
	if (error == 0) {
		memcpy(data, rq->rq_data, rq->rq_len);
		*len = rq->rq_len;
		kmod_request_destroy(rq);
	}
	kmod_leave(sc);
	return error;
}

/*
 * The worker: from input to the workqueue.
 */
static void
kmod_change(struct kmod_softc *sc, struct kmod_request *rq)
{
	size_t i;

	rw_enter(&sc->sc_config_lock, RW_READER);
	for (i = 0; i < rq->rq_len; i++)
		rq->rq_data[i] ^= sc->sc_config.kc_key;
	rw_exit(&sc->sc_config_lock);
	atomic_add_long(&sc->sc_stats.ks_bytes, (long)rq->rq_len);
}

static void
kmod_worker(void *arg)
{
	struct kmod_softc *sc = arg;
	struct kmod_request *rq;

	KASSERT(curlwp->l_proc == sc->sc_proc);
	mutex_enter(&sc->sc_lock);
	while (!sc->sc_dying) {
		rq = sc->sc_paused ? NULL : TAILQ_FIRST(&sc->sc_input);
		if (rq == NULL) {
			cv_wait(&sc->sc_work_cv, &sc->sc_lock);
			continue;
		}
		KASSERTMSG(rq->rq_serial == sc->sc_taken + 1,
		    "serial %u after %u", rq->rq_serial, sc->sc_taken);
		sc->sc_taken = rq->rq_serial;
		TAILQ_REMOVE(&sc->sc_input, rq, rq_entries);
		sc->sc_completing++;
		mutex_exit(&sc->sc_lock);

		kmod_change(sc, rq);
		workqueue_enqueue(sc->sc_wq, &rq->rq_work, NULL);
		mutex_enter(&sc->sc_lock);
	}
	mutex_exit(&sc->sc_lock);
	kthread_exit(0);
}

static void
kmod_complete(struct work *wk, void *arg)
{
	struct kmod_request *rq = (struct kmod_request *)wk;
	struct kmod_softc *sc = arg;

	KASSERT(rq->rq_softc == sc);
	KASSERT(rq->rq_magic == KMOD_MAGIC);
	mutex_enter(&sc->sc_lock);
	TAILQ_INSERT_TAIL(&sc->sc_output, rq, rq_entries);
	sc->sc_completing--;
	cv_signal(&sc->sc_output_cv);
	if (sc->sc_dying)
		cv_broadcast(&sc->sc_state_cv);
	mutex_exit(&sc->sc_lock);
}

/*
 * The watchdog runs while there is input.
 */
static void
kmod_watch(void *arg)
{
	struct kmod_softc *sc = arg;
	struct kmod_request *rq;

	mutex_enter(&sc->sc_lock);
	rq = TAILQ_FIRST(&sc->sc_input);
	if (sc->sc_dying || rq == NULL) {
		mutex_exit(&sc->sc_lock);
		return;
	}
	if (sc->sc_watched == sc->sc_taken &&
	    getticks() - rq->rq_ticks >= sc->sc_watchticks) {
		if (atomic_inc_uint_nv(&sc->sc_stats.ks_stalls) == 1)
			printf("%s: no progress since request %u\n",
			    sc->sc_name, sc->sc_taken);
		cv_broadcast(&sc->sc_state_cv);
	}
	sc->sc_watched = sc->sc_taken;
	callout_schedule(&sc->sc_watchdog, sc->sc_watchticks);
	mutex_exit(&sc->sc_lock);
}

/*
 * Configuration, statistics, and what goes with them.
 */
static bool
kmod_config_valid(const struct kmod_config *kc)
{
	return kc->kc_limit > 0 && kc->kc_limit <= KMOD_MAXLIMIT &&
	    kc->kc_maxlen > 0 && kc->kc_watch_ms > 0;
}

void
kmod_getconfig(struct kmod_softc *sc, struct kmod_config *kc)
{
	rw_enter(&sc->sc_config_lock, RW_READER);
	*kc = sc->sc_config;
	rw_exit(&sc->sc_config_lock);
}

int
kmod_setconfig(struct kmod_softc *sc, const struct kmod_config *kc)
{
	if (!kmod_config_valid(kc))
		return EINVAL;
	rw_enter(&sc->sc_config_lock, RW_WRITER);
	KASSERT(rw_write_held(&sc->sc_config_lock));
	sc->sc_config = *kc;
	rw_downgrade(&sc->sc_config_lock);
	mutex_enter(&sc->sc_lock);
	sc->sc_limit = sc->sc_config.kc_limit;
	sc->sc_paused = sc->sc_config.kc_paused;
	cv_broadcast(&sc->sc_room_cv);
	cv_signal(&sc->sc_work_cv);
	mutex_exit(&sc->sc_lock);
	rw_exit(&sc->sc_config_lock);
	return 0;
}

void
kmod_getstats(struct kmod_softc *sc, struct kmod_stats *ks)
{
	struct kmod_stats *from = &sc->sc_stats;

	ks->ks_written = atomic_load_relaxed(&from->ks_written);
	ks->ks_read = atomic_load_relaxed(&from->ks_read);
	ks->ks_lost = atomic_load_relaxed(&from->ks_lost);
	ks->ks_interrupted = atomic_load_relaxed(&from->ks_interrupted);
	ks->ks_timedout = atomic_load_relaxed(&from->ks_timedout);
	ks->ks_stalls = atomic_load_relaxed(&from->ks_stalls);
	ks->ks_constructed = atomic_load_relaxed(&from->ks_constructed);
	ks->ks_destructed = atomic_load_relaxed(&from->ks_destructed);
	ks->ks_bytes = atomic_load_relaxed(&from->ks_bytes);
	mutex_enter(&sc->sc_lock);
	ks->ks_sum = from->ks_sum;
	mutex_exit(&sc->sc_lock);
}

void
kmod_signal(struct kmod_softc *sc, int sig)
{
	mutex_enter(&proc_lock);
	psignal(sc->sc_proc, sig);
	mutex_exit(&proc_lock);
}

void
kmod_await_sleepers(struct kmod_softc *sc, unsigned int n)
{
	mutex_enter(&sc->sc_lock);
	while (sc->sc_sleepers < n)
		cv_wait(&sc->sc_state_cv, &sc->sc_lock);
	mutex_exit(&sc->sc_lock);
}

void
kmod_await_stalls(struct kmod_softc *sc, unsigned int n)
{
	mutex_enter(&sc->sc_lock);
	while (atomic_load_relaxed(&sc->sc_stats.ks_stalls) < n)
		cv_wait(&sc->sc_state_cv, &sc->sc_lock);
	mutex_exit(&sc->sc_lock);
}

/*
 * Attach and detach.
 */
static void
kmod_init(struct kmod_softc *sc, const struct kmod_config *kc)
{
	sc->sc_name = kmem_asprintf("kmod%d", (int)curproc->p_pid);
	sc->sc_proc = curproc;
	sc->sc_config = *kc;
	sc->sc_limit = kc->kc_limit;
	sc->sc_paused = kc->kc_paused;
	sc->sc_watchticks = MAX(1, (int)mstohz(kc->kc_watch_ms));
	rw_init(&sc->sc_config_lock);
	mutex_init(&sc->sc_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&sc->sc_work_cv, "kmodwork");
	cv_init(&sc->sc_room_cv, "kmodroom");
	cv_init(&sc->sc_output_cv, "kmodout");
	cv_init(&sc->sc_state_cv, "kmodst");
	TAILQ_INIT(&sc->sc_input);
	TAILQ_INIT(&sc->sc_output);
	callout_init(&sc->sc_watchdog, CALLOUT_MPSAFE);
	callout_setfunc(&sc->sc_watchdog, kmod_watch, sc);
	sc->sc_pool = pool_cache_init(sizeof(struct kmod_request), 0, 0, 0,
	    "kmodrq", NULL, IPL_NONE, kmod_ctor, kmod_dtor, sc);
}

static void
kmod_fini(struct kmod_softc *sc)
{
	pool_cache_destroy(sc->sc_pool);
	callout_destroy(&sc->sc_watchdog);
	cv_destroy(&sc->sc_work_cv);
	cv_destroy(&sc->sc_room_cv);
	cv_destroy(&sc->sc_output_cv);
	cv_destroy(&sc->sc_state_cv);
	mutex_destroy(&sc->sc_lock);
	rw_destroy(&sc->sc_config_lock);
	kmem_strfree(sc->sc_name);
}

int
kmod_attach(const struct kmod_config *kc, struct kmod_softc **scp)
{
	struct kmod_softc *sc;
	int error;

	if (!kmod_config_valid(kc))
		return EINVAL;
	sc = kmem_zalloc(sizeof(*sc), KM_SLEEP);
	kmod_init(sc, kc);
	error = workqueue_create(&sc->sc_wq, sc->sc_name, kmod_complete, sc,
	    PRI_NONE, IPL_NONE, WQ_MPSAFE);
	if (error != 0)
		goto bad;
	error = kthread_create(PRI_NONE, KTHREAD_MPSAFE | KTHREAD_MUSTJOIN,
	    NULL, kmod_worker, sc, &sc->sc_worker, "%s", sc->sc_name);
	if (error != 0) {
		workqueue_destroy(sc->sc_wq);
		goto bad;
	}
	*scp = sc;
	return 0;
bad:
	kmod_fini(sc);
	kmem_free(sc, sizeof(*sc));
	return error;
}

static void
kmod_drop(struct kmod_softc *sc, struct kmod_queue *queue)
{
	struct kmod_request *rq, *next;

	TAILQ_FOREACH_SAFE(rq, queue, rq_entries, next) {
		TAILQ_REMOVE(queue, rq, rq_entries);
		atomic_inc_uint(&sc->sc_stats.ks_lost);
		kmod_request_destroy(rq);
	}
}

void
kmod_detach(struct kmod_softc *sc, struct kmod_stats *ks)
{
	mutex_enter(&sc->sc_lock);
	sc->sc_dying = true;
	cv_broadcast(&sc->sc_work_cv);
	cv_broadcast(&sc->sc_room_cv);
	cv_broadcast(&sc->sc_output_cv);
	while (sc->sc_users > 0)
		cv_wait(&sc->sc_state_cv, &sc->sc_lock);
	callout_halt(&sc->sc_watchdog, &sc->sc_lock);
	mutex_exit(&sc->sc_lock);

	kthread_join(sc->sc_worker);
	mutex_enter(&sc->sc_lock);
	while (sc->sc_completing > 0)
		cv_wait(&sc->sc_state_cv, &sc->sc_lock);
	mutex_exit(&sc->sc_lock);
	workqueue_destroy(sc->sc_wq);

	kmod_drop(sc, &sc->sc_input);
	kmod_drop(sc, &sc->sc_output);
	pool_cache_invalidate(sc->sc_pool);
	kmod_getstats(sc, ks);
	kmod_fini(sc);
	kmem_free(sc, sizeof(*sc));
}
