/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "server_pause.h"

int
pause_init(struct pause *pause, const char *name, int announce, int resume)
{
	memset(pause, 0, sizeof(*pause));
	pause->p_name = name;
	pause->p_announce = announce;
	pause->p_resume = resume;
	pause->p_cancel[0] = pause->p_cancel[1] = -1;
	atomic_init(&pause->p_done, name == NULL);
	if (name != NULL && pipe(pause->p_cancel) == -1)
		return errno;
	return 0;
}

void
pause_destroy(struct pause *pause)
{
	if (pause->p_cancel[0] != -1) {
		close(pause->p_cancel[0]);
		close(pause->p_cancel[1]);
	}
}

static void
wait_for_byte(struct pause *pause)
{
	struct pollfd fds[2] = {
		{ .fd = pause->p_resume, .events = POLLIN },
		{ .fd = pause->p_cancel[0], .events = POLLIN },
	};

	while (poll(fds, 2, -1) == -1 && errno == EINTR)
		continue;
}

void
pause_read(struct pause *pause, const char *name)
{
	if (atomic_load_explicit(&pause->p_done, memory_order_relaxed))
		return;
	if (strcmp(name, pause->p_name) != 0)
		return;
	if (atomic_exchange(&pause->p_done, true))
		return;
	while (write(pause->p_announce, "!", 1) == -1 && errno == EINTR)
		continue;
	wait_for_byte(pause);
}

void
pause_cancel(struct pause *pause)
{
	if (pause->p_cancel[1] == -1)
		return;
	while (write(pause->p_cancel[1], "!", 1) == -1 && errno == EINTR)
		continue;
}
