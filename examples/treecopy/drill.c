/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "client.h"
#include "drill.h"

struct party;

struct victim {
	struct party *v_party;
	pthread_t v_thread;
	int32_t v_lid; /* p_lock */
	int v_error;   /* its own until it is joined */
};

/* Callers that all do one GETATTR of the root. */
struct party {
	struct puffs_mount *p_mount;
	uint64_t p_root;
	pthread_mutex_t p_lock;
	struct victim p_victim[DRILL_CALLERS];
	unsigned p_count; /* started */
};

static void *
victim_main(void *arg)
{
	struct victim *victim = arg;
	struct party *party = victim->v_party;
	struct puffsmsg_vattr attr;
	struct client client;
	struct stats stats;

	pthread_mutex_lock(&party->p_lock);
	victim->v_lid = puffsmsg_lwp_self();
	pthread_mutex_unlock(&party->p_lock);
	memset(&stats, 0, sizeof(stats));
	client_init(&client, party->p_mount, PUFFSMSG_MAXMSG_DEFAULT, &stats);
	victim->v_error = client_getattr(&client, party->p_root, &attr);
	client_fini(&client);
	return NULL;
}

static int
start(struct party *party, struct puffs_mount *mount, uint64_t root)
{
	struct victim *victim;
	int error;

	memset(party, 0, sizeof(*party));
	party->p_mount = mount;
	party->p_root = root;
	pthread_mutex_init(&party->p_lock, NULL);
	while (party->p_count < DRILL_CALLERS) {
		victim = &party->p_victim[party->p_count];
		victim->v_party = party;
		error = pthread_create(&victim->v_thread, NULL, victim_main,
		    victim);
		if (error != 0)
			return error;
		party->p_count++;
	}
	return 0;
}

/* Returns how many ended with `error'. */
static unsigned
join(struct party *party, int error)
{
	unsigned i, n = 0;

	for (i = 0; i < party->p_count; i++) {
		pthread_join(party->p_victim[i].v_thread, NULL);
		if (party->p_victim[i].v_error == error)
			n++;
	}
	pthread_mutex_destroy(&party->p_lock);
	return n;
}

static void
interrupt_all(struct party *party)
{
	unsigned i;

	pthread_mutex_lock(&party->p_lock);
	for (i = 0; i < party->p_count; i++)
		(void)puffsmsg_lwp_kill(party->p_victim[i].v_lid, SIGINT);
	pthread_mutex_unlock(&party->p_lock);
}

static uint64_t
late_answers(struct puffs_mount *mount)
{
	struct puffsmsg_mount_stats stats = { .size = sizeof(stats) };

	(void)puffsmsg_mount_stats(mount, &stats);
	return stats.late;
}

/* The server dies, as seen by the mount. */
static void
lose_server(struct puffs_mount *mount)
{
	while (puffs_msgif_close(mount) == PUFFSMSG_ERESTART)
		continue;
}

/*
 * One round: callers enter, the gate holds their requests, then they are
 * interrupted or their server is lost, as `expected' says; only when all have
 * come back does the gate let the server go on.
 */
static int
round_of(struct puffs_mount *mount, struct fileserver *server, int expected,
    unsigned *count)
{
	struct party party;
	int error;

	if ((error = gate_close(&server->f_gate, DRILL_CALLERS)) != 0)
		return error;
	error = start(&party, mount, fileserver_root(server));
	if (error == 0) {
		gate_wait(&server->f_gate);
		if (expected == EINTR)
			interrupt_all(&party);
		else
			lose_server(mount);
		*count = join(&party, expected);
		gate_open(&server->f_gate, server->f_loop, server->f_tree);
	} else {
		/* Too few to fill the gate: let them go. */
		gate_open(&server->f_gate, server->f_loop, server->f_tree);
		join(&party, 0);
	}
	return error;
}

int
drill_run(struct drill *drill, struct puffs_mount *mount,
    struct fileserver *server)
{
	uint64_t before = late_answers(mount);
	int error;

	memset(drill, 0, sizeof(*drill));
	drill->dr_callers = DRILL_CALLERS;
	error = round_of(mount, server, EINTR, &drill->dr_interrupted);
	drill->dr_late = late_answers(mount) - before;
	if (error == 0)
		error = round_of(mount, server, ENXIO, &drill->dr_lost);
	return error;
}

int
drill_passed(const struct drill *drill)
{
	return drill->dr_interrupted == drill->dr_callers &&
	    drill->dr_late == drill->dr_callers &&
	    drill->dr_lost == drill->dr_callers;
}
