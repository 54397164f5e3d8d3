/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A server of the storm: answers most messages, and does to the others what
 * servers do.
 */

#include <errno.h>
#include <string.h>

#include "storm.h"

#define FRAME_MAX 512

union frame {
	struct puffs_req f_req;
	uint8_t f_bytes[FRAME_MAX];
};

static void
turn(union frame *f, size_t len)
{
	for (size_t i = sizeof(struct puffs_req); i < len; i++)
		f->f_bytes[i] = (uint8_t)~f->f_bytes[i];
}

static void
hand_in(struct server *s, const union frame *f)
{
	(void)puffsmsg_dispatch(s->s_storm->st_mount, f,
	    (size_t)f->f_req.preq_pth.pth_framelen);
}

/*
 * A reply as it should be, or with one thing wrong.
 */
static void
answer(struct server *s, union frame *f, size_t len)
{
	turn(f, len);
	f->f_req.preq_rv = 0;
	switch (storm_random(&s->s_random) % 32) {
	case 0:
		f->f_req.preq_rv = -5;
		break;
	case 1:
		f->f_req.preq_optype++;
		break;
	case 2:
		f->f_req.preq_pth.pth_framelen += 8;
		break;
	case 3:
		f->f_req.preq_pth.pth_framelen = 40;
		break;
	case 4:
		f->f_req.preq_rv = STORM_REPLY_ERROR;
		break;
	default:
		break;
	}
	hand_in(s, f);
	if (storm_oneof(&s->s_random, 16))
		hand_in(s, f); /* twice */
}

/*
 * Requests and nonsense of the server's own.
 */
static void
ask(struct server *s)
{
	union frame f;

	memset(&f, 0, sizeof(f));
	f.f_req.preq_pth.pth_framelen = sizeof(struct puffs_req);
	f.f_req.preq_id = PUFFSMSG_SERVER_ID | storm_random(&s->s_random);
	f.f_req.preq_opclass = (uint16_t)(storm_random(&s->s_random) % 7);
	if (f.f_req.preq_opclass == PUFFSOP_FLUSH)
		f.f_req.preq_pth.pth_framelen = sizeof(struct puffs_flush);
	hand_in(s, &f);
}

/*
 * Reads a frame that was lent.  Its message may end meanwhile, and then what is
 * read is unspecified, as the contract of getout says: no race to report.
 */
#if defined(__SANITIZE_THREAD__)
#define MAY_CHANGE __attribute__((__no_sanitize__("thread"), __noinline__))
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MAY_CHANGE __attribute__((__no_sanitize__("thread"), __noinline__))
#endif
#endif
#ifndef MAY_CHANGE
#define MAY_CHANGE
#endif
MAY_CHANGE static void
copy(union frame *f, const volatile uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len && i < sizeof(*f); i++)
		f->f_bytes[i] = data[i];
}

/*
 * One message: copied while it is in hand, answered before or after it is
 * released, or not delivered at all.
 */
static void
serve_lent(struct server *s, const uint8_t *data, size_t len, void *cookie)
{
	struct puffs_mount *mount = s->s_storm->st_mount;
	union frame f;
	bool early = storm_oneof(&s->s_random, 4);

	memset(&f, 0, sizeof(f));
	copy(&f, data, len);
	if (storm_oneof(&s->s_random, 64)) {
		puffs_msgif_releaseout(mount, cookie, STORM_DELIVERY_ERROR);
		return;
	}
	if (!early)
		puffs_msgif_releaseout(mount, cookie, 0);
	if (!(f.f_req.preq_opclass & PUFFSOPFLAG_FAF))
		answer(s, &f, len);
	if (early)
		puffs_msgif_releaseout(mount, cookie,
		    storm_oneof(&s->s_random, 2) ? STORM_DELIVERY_ERROR : 0);
}

static int
serve_next_lent(struct server *s)
{
	uint8_t *data;
	size_t len;
	void *cookie;
	int error;

	error = puffs_msgif_getout(s->s_storm->st_mount, 0, 0, &data, &len,
	    &cookie);
	if (error == 0)
		serve_lent(s, data, len, cookie);
	return error;
}

static int
serve_next_copied(struct server *s)
{
	union frame f;
	size_t len;
	int error;

	error = puffsmsg_read(s->s_storm->st_mount, &f, sizeof(f), 0, &len);
	if (error == 0 && !(f.f_req.preq_opclass & PUFFSOPFLAG_FAF))
		answer(s, &f, len);
	return error;
}

void *
storm_server(void *arg)
{
	struct server *s = arg;
	int error;

	do {
		if (storm_oneof(&s->s_random, 2))
			error = serve_next_lent(s);
		else
			error = serve_next_copied(s);
		while (puffsmsg_lwp_sigtake() != 0)
			continue;
		if (error == 0)
			s->s_taken++;
		if (error == 0 && storm_oneof(&s->s_random, 32))
			ask(s);
	} while (error == 0 || error == EINTR);
	return NULL;
}
