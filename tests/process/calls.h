/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef CALLS_H
#define CALLS_H

/*
 * One copy of the library, as the calls that a test makes of it: of that
 * which the program is linked with, of one that it opens, or of one inside a
 * plugin.
 */

#include <puffsmsg/puffsmsg.h>

#include <dlfcn.h>
#include <stdbool.h>

/* With the call's name for each of them. */
/* clang-format off */
#define CALLS_EACH(call) \
	call(puffs_msgif_init) \
	call(puffs_msgif_destroy) \
	call(puffs_msgmem_alloc) \
	call(puffs_msgmem_release) \
	call(puffs_msg_setinfo) \
	call(puffs_msg_setcall) \
	call(puffs_msg_enqueue) \
	call(puffs_msg_wait) \
	call(puffsmsg_lwp_self) \
	call(puffsmsg_mount_create) \
	call(puffsmsg_mount_start) \
	call(puffsmsg_mount_stats) \
	call(puffsmsg_mount_unmount) \
	call(puffsmsg_mount_destroy) \
	call(puffsmsg_server_start) \
	call(puffsmsg_server_destroy)
/* clang-format on */

#define CALLS_MEMBER(name) __typeof__(name) *name;
struct calls {
	CALLS_EACH(CALLS_MEMBER)
};

/* Those of the copy that the object at hand is linked with. */
#define CALLS_TAKE(name) calls->name = name;
#define CALLS_LINKED(calls) \
	do { \
		CALLS_EACH(CALLS_TAKE) \
	} while (0)

/* Those of a copy that dlopen has opened; false if one is missing. */
#define CALLS_LOOKUP(name) \
	*(void **)(void *)&calls->name = dlsym(handle, #name); \
	if (calls->name == NULL) \
		return false;
static inline bool
calls_find(struct calls *calls, void *handle)
{
	CALLS_EACH(CALLS_LOOKUP)
	return true;
}

/* What a plugin exports, and those of the copy that it has inside. */
typedef void plugin_calls_fn(struct calls *calls);

static inline bool
calls_of_plugin(struct calls *calls, void *handle)
{
	plugin_calls_fn *plugin_calls;

	*(void **)(void *)&plugin_calls = dlsym(handle, "plugin_calls");
	if (plugin_calls == NULL)
		return false;
	plugin_calls(calls);
	return true;
}

#endif /* CALLS_H */
