/* SPDX-License-Identifier: BSD-2-Clause */

#include "count.h"
#include "progress.h"

static bool
enter(void *arg, struct client *client, struct wdir *dir)
{
	(void)client;
	(void)dir;
	progress_add(arg, 1, 0);
	return true;
}

static bool
entry(void *arg, struct client *client, struct wdir *dir, const char *name,
    const struct found *found)
{
	(void)client;
	(void)dir;
	(void)name;
	progress_add(arg, 1,
	    found->f_type == PUFFSMSG_VREG ? found->f_size : 0);
	return true;
}

static bool
leave(void *arg, struct client *client, struct wdir *dir)
{
	(void)arg;
	(void)client;
	(void)dir;
	return true;
}

const struct visitor count_visitor = {
	.v_enter = enter,
	.v_entry = entry,
	.v_leave = leave,
};
