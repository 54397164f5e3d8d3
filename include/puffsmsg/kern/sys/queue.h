/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_QUEUE_H
#define PUFFSMSG_KERN_SYS_QUEUE_H

/*
 * The queue macros, all of them: the one of glibc lacks the _SAFE loops, and
 * musl has none, so libbsd's goes first where it is there.
 */

#pragma GCC system_header

#include <stddef.h>

#if __has_include(<bsd/sys/queue.h>)
#include <bsd/sys/queue.h>
#else
#include_next <sys/queue.h>
#endif

#endif /* PUFFSMSG_KERN_SYS_QUEUE_H */
