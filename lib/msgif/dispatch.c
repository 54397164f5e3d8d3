/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Frames from the file server.  Nothing in them is trusted: the length that
 * counts is that of what was received, and what a frame says of itself is
 * compared with what we know.
 */

#include <errno.h>
#include <string.h>

#include "kern/kern.h"
#include "msgif/errnomax.h"
#include "msgif/msgif_private.h"

/* A frame with less than this does not say whose reply it is. */
#define LEN_CLASS 26u

/*
 * A frame that came in, and what it turned out to be.
 */
enum kind {
	FRAME_DEAD,      /* the mount is not RUNNING */
	FRAME_MALFORMED, /* its length makes no sense */
	FRAME_REPLY,     /* to a message that is claimed for it */
	FRAME_REFUSED,   /* likewise, but not acceptable */
	FRAME_LATE,      /* to a message that was abandoned; done with */
	FRAME_UNKNOWN,   /* to nothing that we know */
	FRAME_SHORT,     /* less than a header */
	FRAME_REQUEST,   /* the server asks for something */
};

struct frame {
	struct puffs_mount *f_mount;
	const void *f_data;
	size_t f_len;
	struct puffs_req f_hdr;       /* what was received of it, else zero */
	struct puffs_msgpark *f_park; /* REPLY, REFUSED */
	uint64_t f_cookie;            /* of the message, likewise */
	int f_badrv;                  /* REFUSED: what the notice says */
};

static void
frame_read(struct frame *f, struct puffs_mount *mount, const void *data,
    size_t len)
{
	memset(f, 0, sizeof(*f));
	f->f_mount = mount;
	f->f_data = data;
	f->f_len = len;
	if (len > 0)
		memcpy(&f->f_hdr, data,
		    len < sizeof(f->f_hdr) ? len : sizeof(f->f_hdr));
}

static int
frame_class(const struct frame *f)
{
	return PUFFSOP_OPCLASS(f->f_hdr.preq_opclass);
}

static bool
frame_isreply(const struct frame *f)
{
	return f->f_len >= LEN_CLASS &&
	    (frame_class(f) == PUFFSOP_VFS || frame_class(f) == PUFFSOP_VN);
}

/*
 * Whether the frame may be the reply to the message that has its id.
 */
static bool
reply_acceptable(struct frame *f, const struct puffs_msgpark *park)
{
	f->f_badrv = EPROTO;
	if (f->f_len < sizeof(struct puffs_req) ||
	    f->f_len > park->park_wiremax ||
	    frame_class(f) != PUFFSOP_OPCLASS(park->park_class) ||
	    f->f_hdr.preq_optype != park->park_type)
		return false;
	if (f->f_hdr.preq_rv >= 0 && f->f_hdr.preq_rv <= PUFFSMSG__ERRNO_MAX)
		return true;
	f->f_badrv = f->f_hdr.preq_rv;
	return false;
}

/*
 * The frame has the id of a message that the server has been given.
 */
static enum kind
frame_claim(struct frame *f, struct puffs_msgpark *park)
{
	bool good;

	if (park->park_flags & PARKF_ABANDONED) {
		f->f_mount->pmp_late++;
		puffsmsg__abandoned_drop(f->f_mount, park);
		return FRAME_LATE;
	}
	good = reply_acceptable(f, park);
	f->f_park = park;
	f->f_cookie = park->park_wire->preq_cookie64;
	puffsmsg__claim(f->f_mount, park);
	return good ? FRAME_REPLY : FRAME_REFUSED;
}

/*
 * Finds out what the frame is; under the mount's lock.
 */
static enum kind
frame_classify(struct frame *f)
{
	struct puffs_mount *mount = f->f_mount;
	struct puffs_msgpark *park = NULL;
	uint16_t opclass = f->f_hdr.preq_opclass;

	if (mount->pmp_status != PUFFSTAT_RUNNING)
		return FRAME_DEAD;
	mount->pmp_frames++;
	if (f->f_len < sizeof(struct putter_hdr) ||
	    f->f_hdr.preq_pth.pth_framelen != f->f_len) {
		mount->pmp_malformed++;
		return FRAME_MALFORMED;
	}
	if (frame_isreply(f))
		park = puffsmsg__idtable_lookup(&mount->pmp_ids,
		    f->f_hdr.preq_id);
	if (park != NULL)
		return frame_claim(f, park);
	if (f->f_len < sizeof(struct puffs_req) &&
	    (f->f_len < LEN_CLASS || !(opclass & PUFFSOPFLAG_ISRESPONSE)))
		return FRAME_SHORT;
	if (!frame_isreply(f) && !(opclass & PUFFSOPFLAG_ISRESPONSE))
		return FRAME_REQUEST;
	mount->pmp_unknown++;
	return FRAME_UNKNOWN;
}

static int
frame_reply(struct frame *f)
{
	enum puffsmsg__end end;

	end = puffsmsg__end(f->f_mount, f->f_park, END_REPLIED,
	    f->f_hdr.preq_rv, f->f_data, f->f_len);
	if (end == END_REPLIED)
		return 0;
	puffsmsg__notice(f->f_mount, EPROTO, f->f_cookie);
	return EPROTO;
}

static int
frame_refused(struct frame *f)
{
	(void)puffsmsg__end(f->f_mount, f->f_park, END_REFUSED, EPROTO, NULL,
	    0);
	puffsmsg__notice(f->f_mount, f->f_badrv, f->f_cookie);
	return EPROTO;
}

/*
 * Answers the server's request with an error.
 */
static int
request_refuse(struct frame *f, int error)
{
	int lost = puffsmsg__answer(f->f_mount, &f->f_hdr, error);

	if (lost != 0)
		return lost;
	return error == ENXIO ? 0 : EPROTO;
}

static int
request_sop(struct frame *f, enum puffsmsg__sopkind kind)
{
	struct puffs_flush flush;
	int error;

	memset(&flush, 0, sizeof(flush));
	memcpy(&flush, f->f_data,
	    kind == SOP_FLUSH ? sizeof(flush) : sizeof(flush.pf_req));
	error = puffsmsg__answer_reserve(f->f_mount);
	if (error == 0) {
		error = puffsmsg__sop_request(f->f_mount, kind, &flush);
		if (error == 0)
			return 0;
		puffsmsg__answer_unreserve(f->f_mount);
	}
	if (error == ENXIO)
		return request_refuse(f, ENXIO);
	(void)puffsmsg__answer(f->f_mount, &f->f_hdr, ENOBUFS);
	return ENOBUFS;
}

static int
frame_request(struct frame *f)
{
	switch (frame_class(f)) {
	case PUFFSOP_FLUSH:
		if (f->f_len != sizeof(struct puffs_flush))
			return request_refuse(f, EINVAL);
		return request_sop(f, SOP_FLUSH);
	case PUFFSOP_UNMOUNT:
		return request_sop(f, SOP_UNMOUNT);
	default:
		return request_refuse(f, EOPNOTSUPP);
	}
}

/*
 * A message that is claimed keeps the mount until it has ended.  What is done
 * beyond that needs a reference of our own, whatever the callers that we free
 * do to the mount.
 */
static bool
frame_needsmount(const struct frame *f, enum kind kind)
{
	switch (kind) {
	case FRAME_REPLY:
		return f->f_mount->pmp_opt.translation != NULL;
	case FRAME_REFUSED:
	case FRAME_SHORT:
	case FRAME_REQUEST:
		return true;
	default:
		return false;
	}
}

static int
frame_act(struct frame *f, enum kind kind)
{
	switch (kind) {
	case FRAME_REPLY:
		return frame_reply(f);
	case FRAME_REFUSED:
		return frame_refused(f);
	case FRAME_SHORT:
		return request_refuse(f, EINVAL);
	case FRAME_REQUEST:
		return frame_request(f);
	case FRAME_DEAD:
		return ENXIO;
	case FRAME_MALFORMED:
		return EBADMSG;
	case FRAME_UNKNOWN:
		return ENOENT;
	case FRAME_LATE:
	default:
		return 0;
	}
}

int
puffsmsg_dispatch(struct puffs_mount *mount, const void *data, size_t received)
{
	struct frame f;
	enum kind kind;
	bool hold;
	int error;

	if (!puffsmsg__lwp_tryattach())
		return ENOBUFS;
	if (mount->pmp_opt.translation != NULL && (uintptr_t)data % 8 != 0)
		puffsmsg__panic("puffsmsg_dispatch: mount %p: frame %p is not "
				"aligned",
		    (void *)mount, data);
	frame_read(&f, mount, data, received);
	mutex_enter(&mount->pmp_lock);
	kind = frame_classify(&f);
	hold = frame_needsmount(&f, kind);
	if (hold)
		puffsmsg__mount_ref_locked(mount);
	mutex_exit(&mount->pmp_lock);
	error = frame_act(&f, kind);
	if (hold)
		puffsmsg__mount_unref(mount);
	return error;
}

int
puffs_msgif_dispatch(void *ctx, struct putter_hdr *frame)
{
	uint64_t len = frame->pth_framelen;

	(void)puffsmsg_dispatch(ctx, frame, (size_t)len);
	return 0;
}
