/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "copy.h"
#include "count.h"
#include "job.h"

/* How long the server may take for what nobody waits for, in seconds. */
#define DRAIN_TIME 30

void
job_init(struct job *job, const struct options *options)
{
	memset(job, 0, sizeof(*job));
	job->j_options = options;
	job->j_source = -1;
	job->j_target.ta_fd = -1;
	job->j_owners = geteuid() == 0;
	halt_init(&job->j_halt);
	progress_init(&job->j_progress);
	tally_init(&job->j_tally);
}

void
job_destroy(struct job *job)
{
	free(job->j_copypath);
	tally_destroy(&job->j_tally);
	halt_destroy(&job->j_halt);
}

static bool
failed(struct job *job, const char *what, int error)
{
	halt_error(&job->j_halt, what, error);
	return false;
}

static bool
open_source(struct job *job)
{
	const char *path = job->j_options->o_source;

	job->j_source = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return job->j_source != -1 || failed(job, path, errno);
}

static bool
make_target(struct job *job)
{
	if (!target_make(&job->j_target, job->j_options->o_copy, job->j_source,
		&job->j_halt))
		return false;
	job->j_copypath = strdup(job->j_target.ta_path);
	return job->j_copypath != NULL ||
	    failed(job, job->j_target.ta_path, ENOMEM);
}

static bool
start_server(struct job *job)
{
	struct fileserver_options options = {
		.workers = job->j_options->o_workers,
		.pause_name = job->j_options->o_pause,
		.pause_announce = job->j_options->o_announce,
		.pause_resume = job->j_options->o_resume,
	};
	int error;

	options.fd = fcntl(job->j_source, F_DUPFD_CLOEXEC, 0);
	if (options.fd == -1)
		return failed(job, "server", errno);
	error = fileserver_start(&job->j_server, job->j_mount, &options);
	return error == 0 || failed(job, "server", error);
}

/* A mount that is running, and its server. */
static bool
mount_source(struct job *job)
{
	struct puffsmsg_mount_options options = PUFFSMSG_MOUNT_OPTIONS_INIT;
	int error;

	options.name = "treecopy";
	error = puffsmsg_mount_create(&options, &job->j_mount);
	if (error == 0)
		error = puffsmsg_mount_start(job->j_mount);
	if (error == 0 && start_server(job))
		return true;
	if (error != 0)
		failed(job, "mount", error);
	if (job->j_mount != NULL)
		puffsmsg_mount_destroy(job->j_mount);
	job->j_mount = NULL;
	return false;
}

static bool
ask_file_system(struct job *job)
{
	struct client client;
	int error;

	client_init(&client, job->j_mount, PUFFSMSG_MAXMSG_DEFAULT,
	    &job->j_stats);
	error = client_statvfs(&client, &job->j_fs);
	client_fini(&client);
	return error == 0 || failed(job, job->j_options->o_source, error);
}

static bool
walk(struct job *job, const struct visitor *visitor, void *arg)
{
	const struct walk_options options = {
		.mount = job->j_mount,
		.maxmsg = PUFFSMSG_MAXMSG_DEFAULT,
		.root = fileserver_root(&job->j_server),
		.path = job->j_options->o_source,
		.ncallers = job->j_options->o_callers,
		.halt = &job->j_halt,
		.visitor = visitor,
		.arg = arg,
	};
	uint64_t start = stats_now();
	int error = walk_run(&options, &job->j_stats);

	job->j_copytime = stats_now() - start;
	job->j_walktime += job->j_copytime;
	return error == 0;
}

static bool
count(struct job *job)
{
	progress_phase(&job->j_progress, PHASE_COUNT);
	return walk(job, &count_visitor, &job->j_progress);
}

static bool
copy(struct job *job)
{
	struct copy visit = {
		.c_halt = &job->j_halt,
		.c_progress = &job->j_progress,
		.c_tally = &job->j_tally,
		.c_path = job->j_target.ta_path,
		.c_fd = job->j_target.ta_fd,
		.c_owners = job->j_owners,
	};

	progress_phase(&job->j_progress, PHASE_COPY);
	return walk(job, &copy_visitor, &visit);
}

/* Every byte that was written came in a message, and the other way round. */
static bool
check_bytes(struct job *job)
{
	if (job->j_stats.s_readbytes == atomic_load(&job->j_tally.ta_written))
		return true;
	halt_failed(&job->j_halt, job->j_target.ta_path,
	    "not as many bytes were written as were read");
	return false;
}

/* All that the callers looked up they must have given back. */
static bool
check_nodes(struct job *job)
{
	job->j_nodesleft = tree_drain(job->j_server.f_tree, DRAIN_TIME);
	job->j_nodesmax = job->j_server.f_tree->t_maximum;
	if (job->j_nodesleft == 0)
		return true;
	halt_failed(&job->j_halt, "server", "nodes were not given back");
	return false;
}

static bool
compare(struct job *job)
{
	struct comparison *comparison = &job->j_comparison;

	progress_phase(&job->j_progress, PHASE_COMPARE);
	comparison->co_halt = &job->j_halt;
	comparison->co_progress = &job->j_progress;
	comparison->co_path = job->j_options->o_source;
	comparison->co_owners = job->j_owners &&
	    atomic_load(&job->j_tally.ta_noowner) == 0;
	return compare_trees(comparison, job->j_source, job->j_target.ta_fd);
}

static bool
drill(struct job *job)
{
	int error;

	progress_phase(&job->j_progress, PHASE_DRILL);
	error = drill_run(&job->j_drill, job->j_mount, &job->j_server);
	if (error != 0)
		return failed(job, "drill", error);
	if (drill_passed(&job->j_drill))
		return true;
	halt_failed(&job->j_halt, "drill",
	    "callers did not come back as they should");
	return false;
}

/*
 * Ends server and mount, which the drill has torn down already if all went
 * well, and looks at what is left of them.
 */
static void
unmount_source(struct job *job)
{
	/* A worker that a test holds could not answer UNMOUNT. */
	pause_cancel(&job->j_server.f_pause);
	(void)puffsmsg_mount_unmount(job->j_mount, PUFFSMSG_MNT_FORCE);
	fileserver_destroy(&job->j_server);
	job->j_accounts.size = sizeof(job->j_accounts);
	(void)puffsmsg_mount_stats(job->j_mount, &job->j_accounts);
	puffsmsg_mount_destroy(job->j_mount);
	job->j_left.size = sizeof(job->j_left);
	(void)puffsmsg_stats(&job->j_left);
	if (!job_accounts_zero(job))
		halt_failed(&job->j_halt, "accounts",
		    "parks, bytes or references are left");
}

bool
job_accounts_zero(const struct job *job)
{
	return job->j_accounts.parks == 0 && job->j_accounts.bytes == 0 &&
	    job->j_accounts.references == 0 && job->j_left.parks == 0 &&
	    job->j_left.bytes == 0 && job->j_left.mounts == 0;
}

/* What is done while the source is mounted. */
static void
work(struct job *job)
{
	(void)(ask_file_system(job) && count(job) && copy(job) &&
	    check_bytes(job) && check_nodes(job) && compare(job) && drill(job));
}

/* Only what is complete and was asked for stays. */
static void
settle_target(struct job *job)
{
	job->j_success = !halt_stopped(&job->j_halt);
	if (!job->j_success || job->j_target.ta_temporary) {
		progress_phase(&job->j_progress, PHASE_CLEAN);
		job->j_removeerror = target_discard(&job->j_target);
	}
	target_release(&job->j_target);
}

void
job_run(struct job *job)
{
	if (!open_source(job))
		return;
	if (make_target(job) && mount_source(job)) {
		work(job);
		unmount_source(job);
	}
	settle_target(job);
	close(job->j_source);
}
