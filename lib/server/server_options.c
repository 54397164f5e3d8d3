/* SPDX-License-Identifier: BSD-2-Clause */

/* Options of a server loop: checked, and completed with the defaults. */

#include <stdbool.h>
#include <string.h>

#include <sys/errno.h>

#include "server/server_private.h"

static bool
all_zero(const unsigned char *p, size_t len)
{
	while (len > 0) {
		if (p[--len] != 0)
			return false;
	}
	return true;
}

/* An older program's struct is shorter; a newer one's tail must be unused. */
static int
copy_known(const struct puffsmsg_server_options *given,
    struct puffsmsg_server_options *options)
{
	const unsigned char *bytes = (const unsigned char *)given;
	size_t known = sizeof(*options);

	if (given->size < sizeof(given->size))
		return EINVAL;
	if (given->size > known &&
	    !all_zero(bytes + known, given->size - known))
		return EINVAL;
	memcpy(options, given, given->size < known ? given->size : known);
	return 0;
}

int
puffsmsg__server_options(const struct puffsmsg_server_options *given,
    struct puffsmsg_server_options *options)
{
	int error;

	memset(options, 0, sizeof(*options));
	if (given != NULL && (error = copy_known(given, options)) != 0)
		return error;
	if (options->flags != 0 ||
	    options->nworkers > PUFFSMSG__SERVER_MAXWORKERS)
		return EINVAL;
	if (options->nworkers == 0)
		options->nworkers = 1;
	if (options->name == NULL)
		options->name = "puffs-server";
	return 0;
}
