/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A plugin with the static library inside, which it keeps to itself.
 */

#include "calls.h"

__attribute__((__visibility__("default"))) plugin_calls_fn plugin_calls;

void
plugin_calls(struct calls *calls)
{
	CALLS_LINKED(calls);
}
