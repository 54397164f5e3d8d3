/* SPDX-License-Identifier: BSD-2-Clause */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "text.h"

#define SOURCE_DEFAULT "/usr/include"

enum {
	OPT_PAUSE_AT = 256,
	OPT_PAUSE_FDS,
};

static const struct option longopts[] = {
	{ "callers", required_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "pause-at", required_argument, NULL, OPT_PAUSE_AT },
	{ "pause-fds", required_argument, NULL, OPT_PAUSE_FDS },
	{ "quiet", no_argument, NULL, 'q' },
	{ "servers", required_argument, NULL, 's' },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
    "usage: treecopy [-hq] [-j CALLERS] [-s SERVERS] [DIR [COPY]]\n"
    "\n"
    "A file server exports DIR (" SOURCE_DEFAULT
    "), read-only, from threads of\n"
    "this process; caller threads walk it and copy it to COPY through puffs\n"
    "messages only. The copy is compared with DIR. Then callers are interrupted,\n"
    "and lose their server, in the middle of requests, and the accounts are shown.\n"
    "\n"
    "  COPY              must not exist, or be an empty directory, outside of DIR;\n"
    "                    without it a temporary copy is made and removed\n"
    "  -j, --callers N   caller threads, 1 to 256 (4)\n"
    "  -s, --servers N   server threads, 1 to 256 (4)\n"
    "  -q, --quiet       say nothing but errors\n"
    "  -h, --help        this\n"
    "\n"
    "Kept are: names of any bytes, contents, links, modes, times of access and\n"
    "modification and, as root, owners; setuid and setgid where the owner and the\n"
    "group are kept. Files with several names become several files; holes are\n"
    "filled. Sockets, fifos and devices are named and skipped; extended attributes\n"
    "and access lists are not copied.\n"
    "\n"
    "If anything fails, also if a file changes while it is read, the reason is\n"
    "told and what was made of the copy is removed.\n"
    "\n"
    "For tests: --pause-at NAME with --pause-fds OUT,IN: before its first READ of\n"
    "a file of that name the server writes a byte to descriptor OUT and waits for\n"
    "one from IN.\n"
    "\n"
    "exit status: 0 copied, compared and accounts zero; 1 failed; 2 wrong usage;\n"
    "128 + N ended by signal N\n";

static int __attribute__((__format__(__printf__, 1, 2)))
wrong(const char *format, ...)
{
	va_list ap;

	fputs("treecopy: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputs("\nTry 'treecopy --help'.\n", stderr);
	return 2;
}

/* A whole number from `low' to `high'; false: it is none. */
static bool
parse_number(const char *text, long low, long high, long *number)
{
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtol(text, &end, 10);
	return errno == 0 && *end == '\0' && *number >= low && *number <= high;
}

static bool
parse_threads(const char *text, uint32_t *threads)
{
	long number;

	if (!parse_number(text, 1, 256, &number))
		return false;
	*threads = (uint32_t)number;
	return true;
}

/* "OUT,IN", both open. */
static bool
parse_fds(const char *text, struct options *options)
{
	const char *comma = strchr(text, ',');
	char first[16];
	long announce, resume;

	if (comma == NULL || (size_t)(comma - text) >= sizeof(first))
		return false;
	memcpy(first, text, (size_t)(comma - text));
	first[comma - text] = '\0';
	if (!parse_number(first, 0, 65535, &announce) ||
	    !parse_number(comma + 1, 0, 65535, &resume))
		return false;
	options->o_announce = (int)announce;
	options->o_resume = (int)resume;
	return fcntl(options->o_announce, F_GETFD) != -1 &&
	    fcntl(options->o_resume, F_GETFD) != -1;
}

static void
set_defaults(struct options *options)
{
	memset(options, 0, sizeof(*options));
	options->o_source = SOURCE_DEFAULT;
	options->o_callers = 4;
	options->o_workers = 4;
	options->o_announce = options->o_resume = -1;
}

/* -1: go on. */
static int
parse_option(struct options *options, int option)
{
	switch (option) {
	case 'j':
		if (!parse_threads(optarg, &options->o_callers))
			return wrong("-j needs a number from 1 to 256");
		return -1;
	case 's':
		if (!parse_threads(optarg, &options->o_workers))
			return wrong("-s needs a number from 1 to 256");
		return -1;
	case 'q':
		options->o_quiet = true;
		return -1;
	case OPT_PAUSE_AT:
		options->o_pause = optarg;
		return -1;
	case OPT_PAUSE_FDS:
		if (!parse_fds(optarg, options))
			return wrong("--pause-fds needs OUT,IN, both open");
		return -1;
	case 'h':
		fputs(help, stdout);
		return fflush(stdout) == EOF ? 1 : 0;
	default:
		/* getopt_long has said what is wrong. */
		fputs("Try 'treecopy --help'.\n", stderr);
		return 2;
	}
}

static int
parse_operands(struct options *options, int argc, char *argv[])
{
	if (argc > 2)
		return wrong("too many arguments");
	if (argc > 0)
		options->o_source = argv[0];
	if (argc > 1)
		options->o_copy = argv[1];
	if (*options->o_source == '\0')
		return wrong("DIR is empty");
	if (options->o_copy != NULL && *options->o_copy == '\0')
		return wrong("COPY is empty");
	if ((options->o_pause == NULL) != (options->o_announce == -1))
		return wrong("--pause-at and --pause-fds go together");
	return -1;
}

int
options_parse(struct options *options, int argc, char *argv[])
{
	int option, status;

	set_defaults(options);
	while ((option = getopt_long(argc, argv, "hj:qs:", longopts, NULL)) !=
	    -1) {
		if ((status = parse_option(options, option)) != -1)
			return status;
	}
	return parse_operands(options, argc - optind, argv + optind);
}
