/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_OPTIONS_H
#define TREECOPY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *o_source;
	const char *o_copy; /* NULL: temporary */
	unsigned o_callers;
	uint32_t o_workers;
	bool o_quiet;
	const char *o_pause; /* NULL: none */
	int o_announce;
	int o_resume;
};

/*
 * Returns -1 with *options filled in, or the status to exit with: help was
 * asked for (0), or the arguments are wrong (2); what there is to say has been
 * said.
 */
int options_parse(struct options *options, int argc, char *argv[]);

#endif /* TREECOPY_OPTIONS_H */
