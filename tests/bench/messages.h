/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MESSAGES_H
#define MESSAGES_H

/* Messages of FRAME_BYTES through libpuffsmsg. */

#include <puffsmsg/puffsmsg.h>

#include "bench.h"

struct message {
	struct puffs_req req;
	uint64_t value;
	uint8_t rest[FRAME_BYTES - sizeof(struct puffs_req) - 8];
};

/* The library, and a mount that runs. */
struct puffs_mount *messages_open(void);
void messages_close(struct puffs_mount *mount);

/* A park whose message carries `n'. */
struct puffs_msgpark *message_new(uint64_t n, struct message **message);
/* A round trip, as peers make it. */
bool message_call(struct puffs_mount *mount, uint64_t n);
/* The server's part: false when there is no more to come, or none there and
 * `nonblock'. */
bool message_take(struct puffs_mount *mount, int nonblock,
    struct message *frame);
/* Answers what was taken. */
void message_answer(struct puffs_mount *mount, struct message *frame);

#endif /* MESSAGES_H */
