/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_NAMES_H
#define TREECOPY_NAMES_H

/* The names of a directory, in one piece of memory. */

#include <stddef.h>
#include <stdint.h>

struct name {
	uint64_t n_ino;
	size_t n_at; /* where the bytes start */
	uint16_t n_len;
	uint8_t n_type; /* DT_* */
};

struct names {
	struct name *ns_name;
	size_t ns_count;
	size_t ns_room;
	char *ns_bytes; /* of all names, each with its NUL */
	size_t ns_used;
	size_t ns_size;
};

/* A list that is all zeroes is empty. */
void names_free(struct names *names);

/* Appends a copy of `len' bytes.  ENOMEM; EINVAL: longer than 65535. */
int names_add(struct names *names, const char *name, size_t len, uint64_t ino,
    uint8_t type);

const char *names_get(const struct names *names, size_t index);

/* By their bytes.  ENOMEM. */
int names_sort(struct names *names);

/*
 * Appends what the directory open at `fd' holds, "." and ".." if `dots'.
 * Moves the descriptor's position: one at a time.
 */
int names_read(struct names *names, int fd, int dots);

#endif /* TREECOPY_NAMES_H */
