/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_KERN_SYS_QUEUE_H
#define PUFFSMSG_KERN_SYS_QUEUE_H

/*
 * queue(3).  The header of glibc lacks the _SAFE loops, and musl has none, so
 * libbsd's goes first where it is there.  Those descend from FreeBSD; what
 * only NetBSD's has is added here.
 */

#pragma GCC system_header

#include <stddef.h>

#if __has_include(<bsd/sys/queue.h>)
#include <bsd/sys/queue.h>
#else
#include_next <sys/queue.h>
#endif

/* Simple queues are tail queues of single links by another name. */
#ifndef SIMPLEQ_HEAD
#define SIMPLEQ_HEAD(name, type)          STAILQ_HEAD(name, type)
#define SIMPLEQ_HEAD_INITIALIZER(head)    STAILQ_HEAD_INITIALIZER(head)
#define SIMPLEQ_ENTRY(type)               STAILQ_ENTRY(type)
#define SIMPLEQ_INIT(head)                STAILQ_INIT(head)
#define SIMPLEQ_FIRST(head)               STAILQ_FIRST(head)
#define SIMPLEQ_EMPTY(head)               STAILQ_EMPTY(head)
#define SIMPLEQ_NEXT(elm, field)          STAILQ_NEXT(elm, field)
#define SIMPLEQ_LAST(head, type, field)   STAILQ_LAST(head, type, field)
#define SIMPLEQ_FOREACH(var, head, field) STAILQ_FOREACH(var, head, field)
#define SIMPLEQ_FOREACH_SAFE(var, head, field, next) \
	STAILQ_FOREACH_SAFE(var, head, field, next)
#define SIMPLEQ_INSERT_HEAD(head, elm, field) \
	STAILQ_INSERT_HEAD(head, elm, field)
#define SIMPLEQ_INSERT_TAIL(head, elm, field) \
	STAILQ_INSERT_TAIL(head, elm, field)
#define SIMPLEQ_INSERT_AFTER(head, prev, elm, field) \
	STAILQ_INSERT_AFTER(head, prev, elm, field)
#define SIMPLEQ_REMOVE_HEAD(head, field) STAILQ_REMOVE_HEAD(head, field)
#define SIMPLEQ_REMOVE_AFTER(head, elm, field) \
	STAILQ_REMOVE_AFTER(head, elm, field)
#define SIMPLEQ_REMOVE(head, elm, type, field) \
	STAILQ_REMOVE(head, elm, type, field)
#define SIMPLEQ_CONCAT(head, tail) STAILQ_CONCAT(head, tail)
#endif

/* `fresh' takes the place of `old', which is on the queue no more. */
#ifndef TAILQ_REPLACE
#define TAILQ_REPLACE(head, old, fresh, field) \
	do { \
		TAILQ_INSERT_BEFORE(old, fresh, field); \
		TAILQ_REMOVE(head, old, field); \
	} while (0)
#endif
#ifndef LIST_REPLACE
#define LIST_REPLACE(old, fresh, field) \
	do { \
		LIST_INSERT_BEFORE(old, fresh, field); \
		LIST_REMOVE(old, field); \
	} while (0)
#endif

/* `to' has what `from' had, which is empty; what `to' had is forgotten. */
#ifndef LIST_MOVE
#define LIST_MOVE(from, to, field) \
	do { \
		if (((to)->lh_first = (from)->lh_first) != NULL) \
			(to)->lh_first->field.le_prev = &(to)->lh_first; \
		LIST_INIT(from); \
	} while (0)
#endif

#endif /* PUFFSMSG_KERN_SYS_QUEUE_H */
