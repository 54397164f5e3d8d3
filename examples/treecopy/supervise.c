/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#include "job.h"
#include "supervise.h"

/* Milliseconds between two looks at the progress. */
#define DRAW_EVERY 100

/* What comes through the pipe: the number of a signal, or this. */
#define JOB_ENDED 0

static const int caught[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

/* Written before the handler is set, and then only read. */
static int pipe_end;

static void
send_byte(int value)
{
	const unsigned char byte = (unsigned char)value;

	while (write(pipe_end, &byte, 1) == -1 && errno == EINTR)
		continue;
}

static void
handler(int signo)
{
	int saved = errno;

	send_byte(signo);
	errno = saved;
}

/* All signals that are caught. */
static void
caught_set(sigset_t *set)
{
	size_t i;

	sigemptyset(set);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
		sigaddset(set, caught[i]);
}

/* A signal that was ignored when we were started (nohup) stays ignored. */
static void
catch_signals(void)
{
	struct sigaction act, old;
	size_t i;

	act.sa_handler = handler;
	act.sa_flags = SA_RESTART;
	caught_set(&act.sa_mask);
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		sigaction(caught[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(caught[i], &act, NULL);
	}
	/* Errors of write tell the same, and can be told to people. */
	act.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &act, NULL);
	sigaction(SIGXFSZ, &act, NULL);
}

static void *
job_main(void *arg)
{
	job_run(arg);
	send_byte(JOB_ENDED);
	return NULL;
}

/* Threads of the job, and those that they make, leave signals to us. */
static int
start_job(struct job *job, pthread_t *thread)
{
	sigset_t old, set;
	int error;

	caught_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, &old);
	error = pthread_create(thread, NULL, job_main, job);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return error;
}

/* True: the job has ended. */
static bool
take_byte(struct job *job, int fd)
{
	unsigned char byte;
	ssize_t n = read(fd, &byte, 1);

	if (n != 1)
		return n == 0;
	if (byte == JOB_ENDED)
		return true;
	halt_signal(&job->j_halt, byte);
	return false;
}

static void
look_after(struct job *job, int fd)
{
	const bool draw = !job->j_options->o_quiet && isatty(STDERR_FILENO);
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	bool ended = false;
	int n;

	while (!ended) {
		n = poll(&pollfd, 1, draw ? DRAW_EVERY : -1);
		if (n == 1)
			ended = take_byte(job, fd);
		if (n == 0)
			progress_draw(&job->j_progress);
	}
	progress_erase(&job->j_progress);
}

int
supervise(struct job *job)
{
	int error, ends[2];
	pthread_t thread;

	if (pipe(ends) == -1)
		return errno;
	(void)fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	(void)fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	pipe_end = ends[1];
	catch_signals();
	error = start_job(job, &thread);
	if (error == 0) {
		look_after(job, ends[0]);
		pthread_join(thread, NULL);
	}
	/*
	 * The pipe stays open: a signal may still come, and has nothing to
	 * say any more.
	 */
	return error;
}
