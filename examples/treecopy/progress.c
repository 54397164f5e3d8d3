/* SPDX-License-Identifier: BSD-2-Clause */

#include <sys/ioctl.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "stats.h"
#include "text.h"

#define BAR_MAX 40
#define BAR_MIN 10

void
progress_init(struct progress *progress)
{
	memset(progress, 0, sizeof(*progress));
	progress_phase(progress, PHASE_START);
}

void
progress_phase(struct progress *progress, enum phase phase)
{
	if (phase == PHASE_COPY) {
		atomic_store(&progress->p_allitems,
		    atomic_load(&progress->p_items));
		atomic_store(&progress->p_allbytes,
		    atomic_load(&progress->p_bytes));
	}
	atomic_store(&progress->p_items, 0);
	atomic_store(&progress->p_bytes, 0);
	atomic_store(&progress->p_since, stats_now());
	atomic_store(&progress->p_phase, phase);
}

void
progress_add(struct progress *progress, uint64_t items, uint64_t bytes)
{
	atomic_fetch_add_explicit(&progress->p_items, items,
	    memory_order_relaxed);
	atomic_fetch_add_explicit(&progress->p_bytes, bytes,
	    memory_order_relaxed);
}

static unsigned
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

/*
 * How much is done, 0 to 1.  An item costs about as much as 50 kB, so that
 * neither many small files nor a large one make the bar stand still.
 */
static double
fraction(struct progress *progress)
{
	double done, all;

	done = (double)atomic_load(&progress->p_items) * 50e3 +
	    (double)atomic_load(&progress->p_bytes);
	all = (double)atomic_load(&progress->p_allitems) * 50e3 +
	    (double)atomic_load(&progress->p_allbytes);
	if (all <= 0)
		return 0;
	return done > all ? 1 : done / all;
}

/* "  0:42 left"; leaves `buf' alone while that would be a guess. */
static void
time_left(struct progress *progress, double done, char *buf, size_t size)
{
	double elapsed, left;
	unsigned seconds;

	elapsed = (double)(stats_now() - atomic_load(&progress->p_since)) / 1e9;
	if (elapsed < 0.5 || done < 0.01)
		return;
	left = elapsed / done - elapsed;
	seconds = left > 359999 ? 359999 : (unsigned)left;
	if (seconds >= 3600)
		snprintf(buf, size, "  %u:%02u:%02u left", seconds / 3600,
		    seconds / 60 % 60, seconds % 60);
	else
		snprintf(buf, size, "  %u:%02u left", seconds / 60,
		    seconds % 60);
}

static void
draw_bar(unsigned width, double done)
{
	unsigned i, full = (unsigned)(done * width);

	fputc('[', stderr);
	for (i = 0; i < width; i++)
		fputc(i < full ? '=' : i == full ? '>' : ' ', stderr);
	fputc(']', stderr);
}

/* "Copying  [===>   ]  42 %  1,234 files  12.3 MB  0:05 left" */
static void
draw_measured(struct progress *progress, const char *verb)
{
	char text[128], left[32], items[TEXT_NUMBER], bytes[TEXT_NUMBER];
	double done = fraction(progress);
	unsigned width = terminal_width(), used, bar;

	left[0] = '\0';
	if (width >= 64)
		time_left(progress, done, left, sizeof(left));
	snprintf(text, sizeof(text), " %3u %%  %s files  %s%s",
	    (unsigned)(done * 100),
	    text_count(atomic_load(&progress->p_items), items),
	    text_bytes(atomic_load(&progress->p_bytes), bytes), left);
	used = (unsigned)(strlen(verb) + strlen(text)) + 5;
	bar = width > used ? width - used : 0;
	fprintf(stderr, "%s  ", verb);
	if (bar >= BAR_MIN)
		draw_bar(bar > BAR_MAX ? BAR_MAX : bar, done);
	fprintf(stderr, "%.*s", (int)(width > 12 ? width - 12 : 0), text);
}

static void
draw_count(struct progress *progress)
{
	char items[TEXT_NUMBER], bytes[TEXT_NUMBER];

	fprintf(stderr, "Counting   %s files  %s",
	    text_count(atomic_load(&progress->p_items), items),
	    text_bytes(atomic_load(&progress->p_bytes), bytes));
}

void
progress_draw(struct progress *progress)
{
	fputc('\r', stderr);
	switch (atomic_load(&progress->p_phase)) {
	case PHASE_START:
		break;
	case PHASE_COUNT:
		draw_count(progress);
		break;
	case PHASE_COPY:
		draw_measured(progress, "Copying  ");
		break;
	case PHASE_COMPARE:
		draw_measured(progress, "Comparing");
		break;
	case PHASE_DRILL:
		fputs("Interrupting callers and the server", stderr);
		break;
	case PHASE_CLEAN:
		fputs("Removing the temporary copy", stderr);
		break;
	}
	fputs("\033[K", stderr);
	fflush(stderr);
	progress->p_drawn = true;
}

void
progress_erase(struct progress *progress)
{
	if (!progress->p_drawn)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
	progress->p_drawn = false;
}
