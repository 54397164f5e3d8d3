/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <puffsmsg/op.h>

#include "tally.h"

void
tally_init(struct tally *tally)
{
	memset(tally, 0, sizeof(*tally));
	pthread_mutex_init(&tally->ta_lock, NULL);
}

void
tally_destroy(struct tally *tally)
{
	struct skipped *skipped;

	while ((skipped = tally->ta_skipped) != NULL) {
		tally->ta_skipped = skipped->sk_next;
		free(skipped->sk_path);
		free(skipped);
	}
	pthread_mutex_destroy(&tally->ta_lock);
}

static const char *
what_is(int32_t vtype)
{
	switch (vtype) {
	case PUFFSMSG_VSOCK:
		return "socket";
	case PUFFSMSG_VFIFO:
		return "fifo";
	case PUFFSMSG_VBLK:
		return "block device";
	case PUFFSMSG_VCHR:
		return "character device";
	default:
		return "of unknown type";
	}
}

int
tally_skip(struct tally *tally, char *path, int32_t vtype)
{
	struct skipped *skipped = malloc(sizeof(*skipped));

	if (skipped == NULL || path == NULL) {
		free(skipped);
		free(path);
		return ENOMEM;
	}
	skipped->sk_path = path;
	skipped->sk_what = what_is(vtype);
	pthread_mutex_lock(&tally->ta_lock);
	skipped->sk_next = tally->ta_skipped;
	tally->ta_skipped = skipped;
	tally->ta_nskipped++;
	pthread_mutex_unlock(&tally->ta_lock);
	return 0;
}

static struct skipped *
merge(struct skipped *a, struct skipped *b)
{
	struct skipped *head = NULL, **end = &head, **from;

	while (a != NULL && b != NULL) {
		from = strcmp(a->sk_path, b->sk_path) <= 0 ? &a : &b;
		*end = *from;
		end = &(*from)->sk_next;
		*from = *end;
	}
	*end = a != NULL ? a : b;
	return head;
}

static struct skipped *
sort(struct skipped *list, size_t n)
{
	struct skipped *second, *last = list;
	size_t i;

	if (n < 2)
		return list;
	for (i = 1; i < n / 2; i++)
		last = last->sk_next;
	second = last->sk_next;
	last->sk_next = NULL;
	return merge(sort(list, n / 2), sort(second, n - n / 2));
}

void
tally_sort(struct tally *tally)
{
	pthread_mutex_lock(&tally->ta_lock);
	tally->ta_skipped = sort(tally->ta_skipped, tally->ta_nskipped);
	pthread_mutex_unlock(&tally->ta_lock);
}
