/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_JOB_H
#define TREECOPY_JOB_H

/*
 * The whole run: export, count, copy, compare, drill, accounts.  It is done by
 * one thread, while another one looks after signals and the terminal.
 */

#include <puffsmsg/op.h>
#include <puffsmsg/puffsmsg.h>

#include "compare.h"
#include "drill.h"
#include "fileserver.h"
#include "halt.h"
#include "options.h"
#include "progress.h"
#include "stats.h"
#include "tally.h"
#include "target.h"

struct job {
	const struct options *j_options;
	struct halt j_halt;
	struct progress j_progress;
	struct tally j_tally;
	struct target j_target;
	int j_source; /* DIR */
	struct puffs_mount *j_mount;
	struct fileserver j_server;

	/* What there is to tell. */
	bool j_success;    /* what was asked for is there */
	int j_removeerror; /* why the copy could not be removed; 0: it was */
	char *j_copypath;  /* of the target, which is gone by then */
	struct puffsmsg_statvfs j_fs;
	struct stats j_stats;
	uint64_t j_walktime; /* ns that both walks took */
	uint64_t j_copytime; /* ns of them for the copy */
	bool j_owners;
	size_t j_nodesleft;
	size_t j_nodesmax;
	struct comparison j_comparison;
	struct drill j_drill;
	struct puffsmsg_mount_stats j_accounts; /* before it was destroyed */
	struct puffsmsg_stats j_left;           /* after */
};

void job_init(struct job *job, const struct options *options);
void job_destroy(struct job *job);

/*
 * Returns with nothing left running.  Unless j_success is set the run failed,
 * the halt says why, and the copy has been removed.
 */
void job_run(struct job *job);

/* Whether nothing is left of what the library had. */
bool job_accounts_zero(const struct job *job);

#endif /* TREECOPY_JOB_H */
