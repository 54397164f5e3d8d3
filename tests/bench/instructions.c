/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Instructions per round trip, which do not drift as times do: by the
 * processor's own counter if there is one (user and kernel), else by running
 * this program under valgrind (user only), else not at all.
 *
 * What is counted is the difference between a long run and a short one, so
 * that starting and ending do not count.
 */

#define _GNU_SOURCE

#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define SHORT_RUN 500u
#define LONG_RUN  2500u
#define REPLIES   1000u

static const struct shape one_to_one = { 1, 1, true };

static int
counter_open(void)
{
	struct perf_event_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.size = sizeof(attr);
	attr.type = PERF_TYPE_HARDWARE;
	attr.config = PERF_COUNT_HW_INSTRUCTIONS;
	attr.inherit = 1;
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
	    PERF_FLAG_FD_CLOEXEC);
}

static double
counter_read(int fd)
{
	uint64_t count = 0;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		die("the instruction counter cannot be read");
	return (double)count;
}

/* Threads that have ended have left their counts with the parent's. */
static double
counted_run(int fd, const struct peer *peer, uint64_t count)
{
	double before = counter_read(fd);

	if (!roundtrip_count(peer, &one_to_one, count))
		die("%s: wrong answers", peer->key);
	return counter_read(fd) - before;
}

static void
by_counter(struct instructions *in, int fd)
{
	double before;
	unsigned i;

	snprintf(in->how, sizeof(in->how), "user and kernel, by perf_event");
	for (i = 0; i < NPEERS; i++)
		in->roundtrip[i] = (counted_run(fd, peers[i], LONG_RUN) -
				       counted_run(fd, peers[i], SHORT_RUN)) /
		    (LONG_RUN - SHORT_RUN);
	before = counter_read(fd);
	(void)single_measure(LONG_RUN);
	in->single = (counter_read(fd) - before) / (LONG_RUN * SINGLE_WARMED);
	in->known = true;
}

/* The sum that callgrind leaves in its file; below 0 if there is none. */
static double
callgrind_total(const char *path)
{
	char line[256];
	double total = -1;
	FILE *f = fopen(path, "r");

	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "totals: ", 8) == 0)
			total = strtod(line + 8, NULL);
	}
	fclose(f);
	return total;
}

static int
run_quietly(char *const argv[])
{
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		if (freopen("/dev/null", "w", stdout) == NULL ||
		    freopen("/dev/null", "w", stderr) == NULL)
			_exit(127);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Instructions of `self --only what --count n', or of the function `inside'
 * and what it calls. */
static double
callgrind_run(const char *self, const char *what, unsigned n,
    const char *inside)
{
	char path[] = "/tmp/puffsmsg-bench.XXXXXX";
	char file[64], toggle[64], number[16];
	char *argv[] = { "valgrind", "--tool=callgrind", file, toggle,
		(char *)(uintptr_t)self, "--pin", "--only",
		(char *)(uintptr_t)what, "--count", number, NULL };
	double total = -1;
	int fd = mkstemp(path);

	if (fd < 0)
		return -1;
	close(fd);
	snprintf(file, sizeof(file), "--callgrind-out-file=%s", path);
	snprintf(number, sizeof(number), "%u", n);
	snprintf(toggle, sizeof(toggle), "%s%s",
	    inside != NULL ? "--toggle-collect=" : "--quiet",
	    inside != NULL ? inside : "");
	if (run_quietly(argv) == 0)
		total = callgrind_total(path);
	unlink(path);
	return total;
}

static double
callgrind_difference(const char *self, const char *what)
{
	double few = callgrind_run(self, what, SHORT_RUN, NULL);
	double many = callgrind_run(self, what, LONG_RUN, NULL);

	if (few < 0 || many < 0)
		return -1;
	return (many - few) / (LONG_RUN - SHORT_RUN);
}

static void
by_callgrind(struct instructions *in, const char *self)
{
	char what[32];
	unsigned i;

	in->known = true;
	for (i = 0; i < NPEERS && in->known; i++) {
		in->roundtrip[i] = callgrind_difference(self, peers[i]->key);
		in->known = in->roundtrip[i] >= 0;
	}
	if (!in->known) {
		snprintf(in->how, sizeof(in->how),
		    "no counter of the processor's, and no valgrind");
		return;
	}
	snprintf(in->how, sizeof(in->how), "user only, by callgrind");
	in->single = callgrind_difference(self, "single") / SINGLE_WARMED;
	for (i = 0; i < REPLY_SIZES; i++) {
		snprintf(what, sizeof(what), "reply-%u", reply_sizes[i]);
		in->reply[i] = callgrind_run(self, what, REPLIES,
				   "puffsmsg_dispatch") /
		    reply_rounded(reply_sizes[i], REPLIES);
	}
}

struct instructions
instructions_measure(const char *self, bool quick)
{
	struct instructions in = { .known = false };
	int fd;

	if (quick) {
		snprintf(in.how, sizeof(in.how), "not asked for");
		return in;
	}
	fd = counter_open();
	if (fd >= 0) {
		by_counter(&in, fd);
		close(fd);
	} else {
		by_callgrind(&in, self);
	}
	return in;
}
