/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_TRAIL_H
#define TREECOPY_TRAIL_H

/*
 * Where in a tree one is, as a chain of names upwards: no path is made until
 * somebody has to be told.
 */

struct trail {
	const struct trail *t_up; /* NULL: the root of the tree */
	const char *t_name;       /* of the root: its path */
};

/* The path, for free(); NULL without memory. */
char *trail_path(const struct trail *trail);

/*
 * The path of `name' (NULL: none) in the directory `trail', with `root' in
 * place of the root's path unless that is NULL.
 */
char *trail_entry(const struct trail *trail, const char *root,
    const char *name);

#endif /* TREECOPY_TRAIL_H */
