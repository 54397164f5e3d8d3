/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Starting and ending the library, counted.
 */

#include <errno.h>
#include <string.h>

#include <puffsmsg/puffsmsg.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

/*
 * There is no host yet whose mutex could protect these: a turn is taken by
 * compare-and-swap, and whoever finds it taken looks again until it is free.
 * Init and destroy are rare and short.
 */
static uint32_t init_turn;                    /* a: */
static uint32_t init_count;                   /* under the turn */
static const struct puffsmsg_host *init_host; /* under the turn */

static void
init_enter(void)
{
	while (!puffsmsg__cas32(&init_turn, 0, 1))
		continue;
}

static void
init_leave(void)
{
	puffsmsg__store32(&init_turn, 0);
}

static int
init_first(const struct puffsmsg_host *host, const struct puffsmsg_options *opt)
{
	int error;

	error = puffsmsg__kern_init(host);
	if (error != 0)
		return error;
	if (opt->pid != 0)
		puffsmsg__proc0.p_pid = opt->pid;
	puffsmsg__parks_init();
	init_host = host;
	return 0;
}

/*
 * One more start on `host', or on whatever host the library runs on if that is
 * NULL, the default one if it does not run.
 */
static int
init_count_up(const struct puffsmsg_host *host,
    const struct puffsmsg_options *opt)
{
	int error = 0;

	init_enter();
	if (host == NULL)
		host = init_count > 0 ? init_host : puffsmsg_host_pthread();
	if (init_count == 0)
		error = init_first(host, opt);
	else if (init_host != host)
		error = EBUSY;
	if (error == 0)
		init_count++;
	init_leave();
	return error;
}

int
puffsmsg_init(const struct puffsmsg_host *host,
    const struct puffsmsg_options *options)
{
	struct puffsmsg_options opt;
	int error = 0;

	memset(&opt, 0, sizeof(opt));
	if (options != NULL)
		error = puffsmsg__options_copy(&opt, sizeof(opt), options,
		    options->size);
	if (error != 0)
		return error;
	return init_count_up(host != NULL ? host : puffsmsg_host_pthread(),
	    &opt);
}

/*
 * Joins whatever host the library runs on.
 */
void
puffs_msgif_init(void)
{
	struct puffsmsg_options opt;
	int error;

	memset(&opt, 0, sizeof(opt));
	error = init_count_up(NULL, &opt);
	if (error != 0)
		puffsmsg__panic("puffs_msgif_init: error %d", error);
}

static void
fini_check(void)
{
	if (init_count == 0)
		puffsmsg__panic("puffs_msgif_destroy: not initialised");
	if (init_count > 1)
		return;
	if (puffsmsg__mounts_live() != 0)
		puffsmsg__panic("puffs_msgif_destroy: %u mounts live",
		    puffsmsg__mounts_live());
	if (puffsmsg__parks_live() != 0)
		puffsmsg__panic("puffs_msgif_destroy: %u parks live",
		    puffsmsg__parks_live());
}

void
puffs_msgif_destroy(void)
{
	init_enter();
	fini_check();
	if (--init_count == 0) {
		puffsmsg__parks_fini();
		puffsmsg__kern_fini();
		init_host = NULL;
	}
	init_leave();
}

const char *
puffsmsg_version(void)
{
	return PUFFSMSG_VERSION_STRING;
}
