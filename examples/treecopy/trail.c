/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdlib.h>
#include <string.h>

#include "trail.h"

static size_t
length(const struct trail *trail, const char *root)
{
	size_t len = 0;

	for (; trail->t_up != NULL; trail = trail->t_up)
		len += strlen(trail->t_name) + 1;
	return len + strlen(root != NULL ? root : trail->t_name);
}

/* Puts `name' before `end' and returns where it starts. */
static char *
prepend(char *end, const char *name)
{
	size_t len = strlen(name);

	return memcpy(end - len, name, len);
}

char *
trail_entry(const struct trail *trail, const char *root, const char *name)
{
	size_t len = length(trail, root);
	char *path, *at;

	if (name != NULL)
		len += strlen(name) + 1;
	if ((path = malloc(len + 1)) == NULL)
		return NULL;
	at = path + len;
	*at = '\0';
	if (name != NULL) {
		at = prepend(at, name);
		*--at = '/';
	}
	for (; trail->t_up != NULL; trail = trail->t_up) {
		at = prepend(at, trail->t_name);
		*--at = '/';
	}
	prepend(at, root != NULL ? root : trail->t_name);
	return path;
}

char *
trail_path(const struct trail *trail)
{
	return trail_entry(trail, NULL, NULL);
}
