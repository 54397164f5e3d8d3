/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SUPERVISE_H
#define TREECOPY_SUPERVISE_H

struct job;

/*
 * Runs the job on a thread of its own, and meanwhile turns signals of the
 * operating system into the job's halt, and draws the progress on a terminal.
 * Returns when the job has ended; an errno if it could not be started.
 */
int supervise(struct job *job);

#endif /* TREECOPY_SUPERVISE_H */
