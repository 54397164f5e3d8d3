/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_TALLY_H
#define TREECOPY_TALLY_H

/* What was copied and what was not, counted by all callers. */

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct skipped {
	struct skipped *sk_next;
	char *sk_path;
	const char *sk_what; /* "socket" */
};

struct tally {
	atomic_uint_fast64_t ta_files;
	atomic_uint_fast64_t ta_directories; /* the root is one */
	atomic_uint_fast64_t ta_links;
	atomic_uint_fast64_t ta_hardlinks; /* files with other names too */
	atomic_uint_fast64_t ta_written;   /* bytes */
	atomic_uint_fast64_t ta_noowner;   /* whose owner was not kept */
	atomic_uint_fast64_t ta_nosetid;   /* and so lost setuid or setgid */
	pthread_mutex_t ta_lock;
	struct skipped *ta_skipped; /* ta_lock */
	size_t ta_nskipped;         /* ta_lock */
};

void tally_init(struct tally *tally);
void tally_destroy(struct tally *tally);

/* Takes `path'.  ENOMEM, also if `path' is NULL. */
int tally_skip(struct tally *tally, char *path, int32_t vtype);

/* Brings the skipped ones into the order of their paths. */
void tally_sort(struct tally *tally);

#endif /* TREECOPY_TALLY_H */
