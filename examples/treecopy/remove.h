/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_REMOVE_H
#define TREECOPY_REMOVE_H

/*
 * Removes all that is in the directory open at `fd', whatever modes it has,
 * without following links.  Goes on after errors; returns the first.
 */
int remove_contents(int fd);

#endif /* TREECOPY_REMOVE_H */
