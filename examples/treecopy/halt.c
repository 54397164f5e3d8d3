/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "halt.h"
#include "text.h"

void
halt_init(struct halt *halt)
{
	memset(halt, 0, sizeof(*halt));
	pthread_mutex_init(&halt->h_lock, NULL);
	atomic_init(&halt->h_stopped, false);
}

void
halt_destroy(struct halt *halt)
{
	free(halt->h_text);
	pthread_mutex_destroy(&halt->h_lock);
}

bool
halt_stopped(struct halt *halt)
{
	return atomic_load_explicit(&halt->h_stopped, memory_order_relaxed);
}

/* Takes `text', which may be NULL for want of memory. */
static void
stop(struct halt *halt, char *text, int signo)
{
	pthread_mutex_lock(&halt->h_lock);
	if (halt_stopped(halt)) {
		pthread_mutex_unlock(&halt->h_lock);
		free(text);
		return;
	}
	halt->h_text = text;
	halt->h_signo = signo;
	atomic_store(&halt->h_stopped, true);
	if (halt->h_watcher != NULL)
		halt->h_watcher(halt->h_arg);
	pthread_mutex_unlock(&halt->h_lock);
}

static char *
describe(const char *path, const char *reason)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		return NULL;
	text_name(out, path);
	fprintf(out, ": %s", reason);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

void
halt_failed(struct halt *halt, const char *path, const char *reason)
{
	stop(halt, describe(path, reason), 0);
}

void
halt_error(struct halt *halt, const char *path, int error)
{
	char reason[256];

	if (strerror_r(error, reason, sizeof(reason)) != 0)
		snprintf(reason, sizeof(reason), "error %d", error);
	halt_failed(halt, path, reason);
}

void
halt_signal(struct halt *halt, int signo)
{
	stop(halt, NULL, signo);
}

void
halt_watch(struct halt *halt, void (*watcher)(void *arg), void *arg)
{
	pthread_mutex_lock(&halt->h_lock);
	halt->h_watcher = watcher;
	halt->h_arg = arg;
	if (watcher != NULL && halt_stopped(halt))
		watcher(arg);
	pthread_mutex_unlock(&halt->h_lock);
}
