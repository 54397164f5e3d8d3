/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_TEST_OPFRAME_H
#define PUFFSMSG_TEST_OPFRAME_H

/*
 * Messages in memory of exactly their length, so that the address sanitizer
 * sees every byte that is read or written outside.
 */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <puffsmsg/op.h>

#define HEADER sizeof(struct puffs_req)

/* Zeroed, as puffs_msgmem_alloc's; preq_buflen as puffs_msg_enqueue sets it. */
static inline void *
frame_new(size_t len)
{
	struct puffs_req *req = calloc(1, len);

	assert_non_null(req);
	if (len >= HEADER)
		req->preq_buflen = len;
	return req;
}

/* The first `len' bytes of a message. */
static inline void *
frame_copy(const void *from, size_t len)
{
	void *copy = malloc(len != 0 ? len : 1);

	assert_non_null(copy);
	if (len != 0)
		memcpy(copy, from, len);
	return copy;
}

/* A message of this kind, all zeroes behind its header. */
static inline void *
frame_of(size_t len, unsigned opclass, unsigned optype)
{
	struct puffs_req *req = frame_new(len);

	req->preq_opclass = (uint16_t)opclass;
	req->preq_optype = (uint16_t)optype;
	return req;
}

/* Everything behind the header is garbage, as after an earlier message. */
static inline void *
frame_dirty(size_t len)
{
	unsigned char *frame = frame_new(len);

	if (len > HEADER)
		memset(frame + HEADER, 0xa5, len - HEADER);
	return frame;
}

static inline void
assert_kind(const void *frame, unsigned opclass, unsigned optype,
    uint64_t cookie)
{
	const struct puffs_req *req = frame;

	assert_int_equal(req->preq_opclass, opclass);
	assert_int_equal(req->preq_optype, optype);
	assert_int_equal(req->preq_cookie64, cookie);
	assert_int_equal(req->preq_rv, 0);
	assert_int_equal(req->preq_setbacks, 0);
}

/* Still as frame_dirty made it: nothing was written. */
static inline void
assert_untouched(const void *frame, size_t len)
{
	void *fresh = frame_dirty(len);

	assert_memory_equal(frame, fresh, len);
	free(fresh);
}

#endif /* PUFFSMSG_TEST_OPFRAME_H */
