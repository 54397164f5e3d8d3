/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "bench.h"

/* Ends the program if they make no sense, or if only help was asked for. */
void options_read(int argc, char **argv, struct options *o);

#endif /* OPTIONS_H */
