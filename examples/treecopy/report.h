/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_REPORT_H
#define TREECOPY_REPORT_H

#include <stdio.h>

struct job;

/* What a run that went well has to tell. */
void report(FILE *out, struct job *job);

#endif /* TREECOPY_REPORT_H */
