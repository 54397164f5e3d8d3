/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * storm SECONDS [SEED]: one mount after another, each with callers, servers, a
 * sender of signals, and a death at a random moment.
 */

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storm.h"

uint64_t
storm_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	*state = x;
	return x * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

bool
storm_oneof(uint64_t *state, uint64_t n)
{
	return storm_random(state) % n == 0;
}

static void
must(int error, const char *what)
{
	if (error == 0)
		return;
	fprintf(stderr, "storm: %s: %s\n", what, strerror(error));
	exit(1);
}

static void
progress_tell(struct storm *st)
{
	must(pthread_mutex_lock(&st->st_lock), "lock");
	must(pthread_cond_broadcast(&st->st_progress), "broadcast");
	must(pthread_mutex_unlock(&st->st_lock), "unlock");
}

void
storm_count(struct storm *st)
{
	uint64_t done = __atomic_add_fetch(&st->st_done, 1, __ATOMIC_SEQ_CST);

	if (done == st->st_quota || done % STORM_BEAT == 0)
		progress_tell(st);
}

/*
 * Waits until so many messages are done, or the mount is down.
 */
static void
progress_wait(struct storm *st, uint64_t done)
{
	must(pthread_mutex_lock(&st->st_lock), "lock");
	while (__atomic_load_n(&st->st_done, __ATOMIC_SEQ_CST) < done &&
	    !__atomic_load_n(&st->st_over, __ATOMIC_SEQ_CST))
		must(pthread_cond_wait(&st->st_progress, &st->st_lock), "wait");
	must(pthread_mutex_unlock(&st->st_lock), "unlock");
}

/*
 * Signals to random callers, servers' masks permitting to the whole process,
 * and now and then one that must not interrupt anybody.
 */
static void *
sender(void *arg)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
		SIGUSR1, SIGALRM };
	struct storm *st = arg;
	uint64_t random = st->st_seed | 1;
	uint64_t next = 0;

	while (!__atomic_load_n(&st->st_over, __ATOMIC_SEQ_CST)) {
		uint64_t who = storm_random(&random) % STORM_CALLERS;
		int sig = signals[storm_random(&random) % 6];
		int32_t lid = __atomic_load_n(&st->st_callers[who].c_lid,
		    __ATOMIC_SEQ_CST);

		if (storm_oneof(&random, 16))
			(void)puffsmsg_proc_kill(sig);
		else if (lid != 0)
			(void)puffsmsg_lwp_kill(lid, sig);
		next += 1 + storm_random(&random) % (4 * STORM_BEAT);
		progress_wait(st, next);
	}
	return NULL;
}

/*
 * The end of the mount, by any of the ways there are.
 */
static void
end_mount(struct storm *st, uint64_t *random)
{
	switch (storm_random(random) % 4) {
	case 0:
		puffs_userdead(st->st_mount);
		break;
	case 1:
		(void)puffsmsg_mount_unmount(st->st_mount, PUFFSMSG_MNT_FORCE);
		break;
	default:
		while (puffs_msgif_close(st->st_mount) == PUFFSMSG_ERESTART)
			continue;
		break;
	}
	__atomic_store_n(&st->st_over, 1, __ATOMIC_SEQ_CST);
	progress_tell(st);
}

static void
threads_start(struct storm *st, uint64_t *random, pthread_t *signals)
{
	for (int i = 0; i < STORM_SERVERS; i++) {
		st->st_servers[i].s_storm = st;
		st->st_servers[i].s_random = storm_random(random) | 1;
		must(pthread_create(&st->st_servers[i].s_thread, NULL,
			 storm_server, &st->st_servers[i]),
		    "server");
	}
	for (int i = 0; i < STORM_CALLERS; i++) {
		st->st_callers[i].c_storm = st;
		st->st_callers[i].c_random = storm_random(random) | 1;
		must(pthread_create(&st->st_callers[i].c_thread, NULL,
			 storm_caller, &st->st_callers[i]),
		    "caller");
	}
	must(pthread_create(signals, NULL, sender, st), "sender");
}

static void
threads_join(struct storm *st, pthread_t signals)
{
	for (int i = 0; i < STORM_CALLERS; i++)
		must(pthread_join(st->st_callers[i].c_thread, NULL), "join");
	for (int i = 0; i < STORM_SERVERS; i++)
		must(pthread_join(st->st_servers[i].s_thread, NULL), "join");
	must(pthread_join(signals, NULL), "join");
}

/*
 * Short grace: a forced unmount may meet servers that threw its message away.
 */
static struct storm *
storm_new(uint64_t *random)
{
	struct puffsmsg_mount_options opt = PUFFSMSG_MOUNT_OPTIONS_INIT;
	struct storm *st = calloc(1, sizeof(*st));

	if (st == NULL)
		must(ENOMEM, "storm");
	opt.grace_ms = 100;
	opt.maxabandoned = 16;
	st->st_seed = storm_random(random);
	st->st_quota = 1 + storm_random(random) % 20000;
	must(pthread_mutex_init(&st->st_lock, NULL), "mutex");
	must(pthread_cond_init(&st->st_progress, NULL), "cond");
	must(puffsmsg_mount_create(&opt, &st->st_mount), "mount");
	must(puffsmsg_mount_start(st->st_mount), "start");
	return st;
}

static bool
storm_run(uint64_t *random, uint64_t *messages)
{
	struct storm *st = storm_new(random);
	pthread_t signals;
	bool good;

	threads_start(st, random, &signals);
	progress_wait(st, st->st_quota);
	end_mount(st, random);
	threads_join(st, signals);
	while (puffsmsg_lwp_sigtake() != 0)
		continue;
	good = storm_check(st);
	*messages += st->st_done;
	puffsmsg_mount_destroy(st->st_mount);
	must(pthread_cond_destroy(&st->st_progress), "cond");
	must(pthread_mutex_destroy(&st->st_lock), "mutex");
	free(st);
	return good;
}

/*
 * Nothing may be left when all mounts are gone.
 */
static bool
accounts_zero(void)
{
	struct puffsmsg_stats stats = { .size = sizeof(stats) };

	must(puffsmsg_stats(&stats), "statistics");
	if (stats.parks == 0 && stats.bytes == 0 && stats.mounts == 0)
		return true;
	fprintf(stderr,
	    "storm: left: %" PRIu64 " parks, %" PRIu64 " bytes, %" PRIu64
	    " mounts\n",
	    stats.parks, stats.bytes, stats.mounts);
	return false;
}

static uint64_t
seconds_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec;
}

int
main(int argc, char **argv)
{
	uint64_t seconds = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	uint64_t random, end, messages = 0;
	unsigned mounts = 0;
	bool good = true;

	if (seconds == 0 || seed == 0) {
		fprintf(stderr, "usage: storm SECONDS [SEED], both above 0\n");
		return 2;
	}
	random = seed;
	must(puffsmsg_init(NULL, NULL), "init");
	end = seconds_now() + seconds;
	while (good && seconds_now() < end) {
		good = storm_run(&random, &messages) && accounts_zero();
		mounts++;
	}
	puffs_msgif_destroy();
	printf("storm: seed %" PRIu64 ": %u mounts, %" PRIu64 " messages%s\n",
	    seed, mounts, messages, good ? "" : ": FAILED");
	return good ? 0 : 1;
}
