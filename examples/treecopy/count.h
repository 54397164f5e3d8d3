/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_COUNT_H
#define TREECOPY_COUNT_H

#include "walk.h"

/*
 * A visitor that only counts, so that the bar knows the total.  Its argument is
 * a struct progress.
 */
extern const struct visitor count_visitor;

#endif /* TREECOPY_COUNT_H */
