/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * treecopy: copies a directory tree through puffs messages.  See options.c for
 * what it does, job.c for the order in which it does it.
 */

#include <sys/resource.h>

#include <stdio.h>
#include <string.h>

#include "job.h"
#include "options.h"
#include "report.h"
#include "supervise.h"
#include "text.h"

/* Open directories take two descriptors for each level of the tree. */
static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int
report_failure(struct job *job)
{
	const int signo = job->j_halt.h_signo;

	if (signo != 0)
		fprintf(stderr, "treecopy: %s, nothing was copied\n",
		    strsignal(signo));
	else
		fprintf(stderr, "treecopy: %s\n",
		    job->j_halt.h_text != NULL ? job->j_halt.h_text
					       : "out of memory");
	return signo != 0 ? 128 + signo : 1;
}

static int
report_success(struct job *job)
{
	if (!job->j_options->o_quiet)
		report(stdout, job);
	if (fflush(stdout) == EOF || ferror(stdout)) {
		perror("treecopy: standard output");
		return 1;
	}
	return 0;
}

static int
report_leftover(struct job *job)
{
	fputs("treecopy: ", stderr);
	text_name(stderr, job->j_copypath);
	fprintf(stderr, ": could not be removed: %s\n",
	    strerror(job->j_removeerror));
	return 1;
}

static int
run(const struct options *options)
{
	struct job job;
	int error, status;

	job_init(&job, options);
	if ((error = supervise(&job)) != 0)
		halt_error(&job.j_halt, "threads", error);
	status = job.j_success ? report_success(&job) : report_failure(&job);
	if (job.j_removeerror != 0 && job.j_copypath != NULL) {
		error = report_leftover(&job);
		status = status == 0 ? error : status;
	}
	job_destroy(&job);
	return status;
}

int
main(int argc, char *argv[])
{
	struct options options;
	int status;

	if ((status = options_parse(&options, argc, argv)) != -1)
		return status;
	raise_descriptor_limit();
	puffs_msgif_init();
	status = run(&options);
	puffs_msgif_destroy();
	return status;
}
