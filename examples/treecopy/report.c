/* SPDX-License-Identifier: BSD-2-Clause */

#include <inttypes.h>

#include "job.h"
#include "report.h"
#include "text.h"

static void
report_paths(FILE *out, const struct job *job)
{
	char a[TEXT_NUMBER], b[TEXT_NUMBER];

	fputs("From        ", out);
	text_name(out, job->j_options->o_source);
	fprintf(out, " (file system of %s, %s free)",
	    text_bytes(job->j_fs.f_blocks * job->j_fs.f_frsize, a),
	    text_bytes(job->j_fs.f_bfree * job->j_fs.f_frsize, b));
	fputs("\nTo          ", out);
	text_name(out, job->j_copypath);
	fputs(job->j_options->o_copy == NULL ? " (temporary, removed)\n" : "\n",
	    out);
}

static void
report_skipped(FILE *out, struct job *job)
{
	const struct skipped *skipped;

	tally_sort(&job->j_tally);
	for (skipped = job->j_tally.ta_skipped; skipped != NULL;
	     skipped = skipped->sk_next) {
		fputs("  skipped   ", out);
		text_name(out, skipped->sk_path);
		fprintf(out, " (%s)\n", skipped->sk_what);
	}
}

static void
report_owners(FILE *out, struct job *job)
{
	uint64_t lost = atomic_load(&job->j_tally.ta_noowner);
	uint64_t nosetid = atomic_load(&job->j_tally.ta_nosetid);
	char buf[TEXT_NUMBER];

	if (!job->j_owners)
		fputs("            owners are not kept: that takes root\n",
		    out);
	else if (lost != 0)
		fprintf(out, "            owners could not be kept of %s\n",
		    text_count(lost, buf));
	if (nosetid != 0)
		fprintf(out, "            and so %s lost setuid or setgid\n",
		    text_count(nosetid, buf));
}

static void
report_copied(FILE *out, struct job *job)
{
	uint64_t hardlinks = atomic_load(&job->j_tally.ta_hardlinks);
	char a[TEXT_NUMBER], b[TEXT_NUMBER], c[TEXT_NUMBER], d[TEXT_NUMBER];

	fprintf(out,
	    "Copied      %s files, %s directories, %s links, %s skipped\n",
	    text_count(atomic_load(&job->j_tally.ta_files), a),
	    text_count(atomic_load(&job->j_tally.ta_directories), b),
	    text_count(atomic_load(&job->j_tally.ta_links), c),
	    text_count(job->j_tally.ta_nskipped, d));
	report_skipped(out, job);
	fprintf(out,
	    "            %s bytes read through messages = %s bytes written\n",
	    text_count(job->j_stats.s_readbytes, a),
	    text_count(atomic_load(&job->j_tally.ta_written), b));
	report_owners(out, job);
	if (hardlinks != 0)
		fprintf(out,
		    "            %s of the files have further names: each name "
		    "became a file\n",
		    text_count(hardlinks, a));
	fprintf(out, "Compared    %s names, %s: no difference\n",
	    text_count(job->j_comparison.co_items, a),
	    text_bytes(job->j_comparison.co_bytes, b));
}

/* Three types on a line. */
static void
report_messages(FILE *out, const struct stats *stats)
{
	char buf[TEXT_NUMBER];
	unsigned type, column = 0;

	fprintf(out, "\nMessages    %-9s %9s", "STATVFS",
	    text_count(stats->s_vfs[PUFFS_VFS_STATVFS], buf));
	for (type = 0; type < STATS_TYPES; type++) {
		if (stats_vn_name(type) == NULL)
			continue;
		if (++column % 3 == 0)
			fputs("\n         ", out);
		fprintf(out, "   %-9s %9s", stats_vn_name(type),
		    text_count(stats->s_vn[type], buf));
	}
	fprintf(out, "   %-9s %9s\n", "in all",
	    text_count(stats_messages(stats), buf));
}

static void
report_speed(FILE *out, const struct job *job)
{
	const struct stats *stats = &job->j_stats;
	double seconds = (double)job->j_walktime / 1e9;
	char a[TEXT_NUMBER], b[TEXT_NUMBER], c[TEXT_NUMBER], d[TEXT_NUMBER];

	if (seconds <= 0)
		seconds = 1e-9;
	fprintf(out,
	    "Round trips %s in %s: %s/s with %u callers, %u server threads\n",
	    text_count(stats->s_roundtrips, a), text_time(job->j_walktime, b),
	    text_count((uint64_t)((double)stats->s_roundtrips / seconds), c),
	    job->j_options->o_callers, (unsigned)job->j_options->o_workers);
	fprintf(out, "            p50 %s, p99 %s, max %s; files at %s/s\n",
	    text_time(stats_quantile(stats, 0.5), a),
	    text_time(stats_quantile(stats, 0.99), b),
	    text_time(stats->s_longest, c),
	    text_bytes((uint64_t)((double)stats->s_readbytes * 1e9 /
			   (double)(job->j_copytime + 1)),
		d));
}

static void
report_drill(FILE *out, const struct drill *drill)
{
	fprintf(out,
	    "\nDrill       %u callers interrupted in the middle of requests: "
	    "%u EINTR\n"
	    "            and %" PRIu64 " answers that came too late, dropped\n"
	    "            %u callers lost their server in the middle of "
	    "requests: %u ENXIO\n",
	    drill->dr_callers, drill->dr_interrupted, drill->dr_late,
	    drill->dr_callers, drill->dr_lost);
}

static void
report_accounts(FILE *out, const struct job *job)
{
	fprintf(out,
	    "Accounts    parks live: %" PRIu64 ", bytes live: %" PRIu64
	    ", references live: %" PRIu64 ", nodes live: %zu (at most %zu)\n",
	    job->j_left.parks, job->j_left.bytes, job->j_accounts.references,
	    job->j_nodesleft, job->j_nodesmax);
}

void
report(FILE *out, struct job *job)
{
	report_paths(out, job);
	report_copied(out, job);
	report_messages(out, &job->j_stats);
	report_speed(out, job);
	report_drill(out, &job->j_drill);
	report_accounts(out, job);
}
