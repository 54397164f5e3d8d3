/* SPDX-License-Identifier: BSD-2-Clause */

/* The command line. */

#define _GNU_SOURCE

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

static const char usage[] =
    "usage: puffsmsg-bench [options]\n"
    "  --rounds N       rounds, in each of which all contenders run (5)\n"
    "  --seconds S      that each runs in each round (0.5)\n"
    "  --json FILE      write the results there too\n"
    "  --no-instructions  do not count instructions (needs valgrind where the\n"
    "                   processor's counters are not there)\n"
    "  --quick          one short round: everything runs, times mean nothing\n"
    "For profilers, one thing alone:\n"
    "  --only WHAT      condvar, futex, puffsmsg, loop, single, alloc,\n"
    "                   reply-N\n"
    "  --count N        so many of it, by each caller; else --seconds\n"
    "  --callers C --servers S --pin\n";

static double
number(const char *text, double least)
{
	char *end;
	double d = strtod(text, &end);

	if (end == text || *end != '\0' || !(d >= least) || d > 1e9)
		die("not a number from %g: %s", least, text);
	return d;
}

enum {
	ROUNDS = 1,
	SECONDS,
	JSON,
	QUICK,
	NO_INSTRUCTIONS,
	ONLY,
	COUNT,
	CALLERS,
	SERVERS,
	PIN,
	HELP
};

static const struct option names[] = {
	{ "rounds", required_argument, NULL, ROUNDS },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "json", required_argument, NULL, JSON },
	{ "quick", no_argument, NULL, QUICK },
	{ "no-instructions", no_argument, NULL, NO_INSTRUCTIONS },
	{ "only", required_argument, NULL, ONLY },
	{ "count", required_argument, NULL, COUNT },
	{ "callers", required_argument, NULL, CALLERS },
	{ "servers", required_argument, NULL, SERVERS },
	{ "pin", no_argument, NULL, PIN },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static void
be_quick(struct options *o)
{
	o->quick = true;
	o->instructions = false;
	o->rounds = 1;
	o->seconds = 0.02;
}

static void
take_option(struct options *o, int c)
{
	switch (c) {
	case ROUNDS:
		o->rounds = (unsigned)number(optarg, 1);
		break;
	case SECONDS:
		o->seconds = number(optarg, 0.001);
		break;
	case JSON:
		o->json = optarg;
		break;
	case QUICK:
		be_quick(o);
		break;
	case NO_INSTRUCTIONS:
		o->instructions = false;
		break;
	case ONLY:
		o->only = optarg;
		break;
	case COUNT:
		o->count = (uint64_t)number(optarg, 1);
		break;
	case CALLERS:
		o->shape.callers = (unsigned)number(optarg, 1);
		break;
	case SERVERS:
		o->shape.servers = (unsigned)number(optarg, 1);
		break;
	case PIN:
		o->shape.pinned = true;
		break;
	case HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		fputs(usage, stderr);
		exit(2);
	}
}

void
options_read(int argc, char **argv, struct options *o)
{
	int c;

	memset(o, 0, sizeof(*o));
	o->rounds = 5;
	o->seconds = 0.5;
	o->instructions = true;
	o->shape.callers = o->shape.servers = 1;
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		take_option(o, c);
	if (optind != argc)
		take_option(o, '?');
}
