/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef OWN_NAMES_H
#define OWN_NAMES_H

/*
 * A program's own functions and variables, which happen to have names of the
 * kernel.  They work, and count how often they were called.
 */

#include <stdbool.h>

/* Uses each function once; false if one did not do its work. */
bool own_names_use(void);
/* Whether each has been called n times, and the variables are as they were. */
bool own_names_used(unsigned n);

#endif /* OWN_NAMES_H */
