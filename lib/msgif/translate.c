/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Translation of messages by the mount's hook.
 *
 * The caller's message is never replaced: what the hook makes is a frame of
 * its own, the park's wire frame, which lives until the message has ended and
 * no server reads it any more.
 */

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <sys/kmem.h>

#include "kern/kern.h"
#include "msgif/msgif_private.h"

/*
 * In front of every frame that a hook allocates: its size, for the free.
 */
struct wirehdr {
	_Alignas(max_align_t) size_t wh_len; /* keeps the frame aligned too */
};

struct puffs_req *
puffsmsg_translate_alloc(size_t len, int cansleep)
{
	struct wirehdr *wh;

	puffsmsg__must_run("puffsmsg_translate_alloc");
	if (len < sizeof(struct puffs_req) || len > (size_t)INT32_MAX)
		puffsmsg__panic("puffsmsg_translate_alloc: %zu bytes", len);
	wh = kmem_zalloc(sizeof(*wh) + len, cansleep ? KM_SLEEP : KM_NOSLEEP);
	if (wh == NULL)
		return NULL;
	wh->wh_len = len;
	return (struct puffs_req *)(void *)(wh + 1);
}

void
puffsmsg_translate_free(struct puffs_req *msg, size_t len)
{
	struct wirehdr *wh = (struct wirehdr *)(void *)msg - 1;

	if (wh->wh_len != len)
		puffsmsg__panic("puffsmsg_translate_free: %p has %zu bytes, "
				"not %zu",
		    (void *)msg, wh->wh_len, len);
	kmem_free(wh, sizeof(*wh) + len);
}

void
puffsmsg__wire_free(struct puffs_req *frame)
{
	struct wirehdr *wh;

	if (frame == NULL)
		return;
	wh = (struct wirehdr *)(void *)frame - 1;
	kmem_free(wh, sizeof(*wh) + wh->wh_len);
}

struct puffs_req *
puffsmsg__wire_take(struct puffs_msgpark *park)
{
	struct puffs_req *frame = park->park_wire;

	park->park_wire = park->park_preq;
	return frame == park->park_preq ? NULL : frame;
}

/*
 * copylen and maxlen shift by as much as the message grew or shrank; the
 * frame must hold what is sent of it, and that a header at least.
 */
static int
wire_adopt(struct puffs_msgpark *park, struct puffs_req *frame, size_t len)
{
	int64_t shift = (int64_t)len - park->park_maxlen;
	int64_t copylen = park->park_copylen + shift;

	park->park_wire = frame;
	if (copylen < (int64_t)sizeof(struct puffs_req))
		return EMSGSIZE;
	park->park_wiremax = (uint32_t)len;
	park->park_wirecopy = (uint32_t)copylen;
	return 0;
}

int
puffsmsg__translate_out(struct puffs_mount *mount, struct puffs_msgpark *park,
    bool cansleep)
{
	const struct puffsmsg_translation *tr = mount->pmp_opt.translation;
	struct puffs_req *frame = NULL;
	size_t len = 0;
	int error;

	park->park_wire = park->park_preq;
	park->park_wiremax = park->park_maxlen;
	park->park_wirecopy = park->park_copylen;
	if (tr == NULL)
		return 0;
	error = tr->out(mount->pmp_opt.translation_arg, park->park_preq,
	    park->park_maxlen, &frame, &len, cansleep);
	if (error != 0 || frame == NULL)
		return error;
	if (((struct wirehdr *)(void *)frame - 1)->wh_len != len)
		puffsmsg__panic("translation hook: frame %p does not have %zu "
				"bytes",
		    (void *)frame, len);
	return wire_adopt(park, frame, len);
}

/*
 * Of the header only rv and setbacks are the server's to say, and how much it
 * sent; and the caller's own fields stay what they are whatever the hook does
 * to them.
 */
static int
translate_back(struct puffs_mount *mount, struct puffs_msgpark *park,
    const struct puffs_req *reply, size_t len)
{
	const struct puffsmsg_translation *tr = mount->pmp_opt.translation;
	struct puffs_req saved = *park->park_preq;
	struct lwp *l = curlwp;
	int error;

	l->l_nosleep++;
	error = tr->in(mount->pmp_opt.translation_arg,
	    reply != NULL ? reply : park->park_wire, reply != NULL ? len : 0,
	    park->park_preq, park->park_maxlen);
	l->l_nosleep--;
	*park->park_preq = saved;
	return error != 0 ? EPROTO : 0;
}

/*
 * The length of a reply in terms of the caller's message.
 */
static uint64_t
reply_len(const struct puffs_msgpark *park, size_t len)
{
	int64_t n = (int64_t)len + park->park_maxlen - park->park_wiremax;

	if (n < (int64_t)sizeof(struct puffs_req))
		return sizeof(struct puffs_req);
	return (uint64_t)n;
}

int
puffsmsg__translate_in(struct puffs_mount *mount, struct puffs_msgpark *park,
    const void *reply, size_t len)
{
	const size_t hdrlen = sizeof(struct puffs_req);
	struct puffs_req *req = park->park_preq;
	struct puffs_req hdr;
	int error = 0;

	if (park->park_wire != park->park_preq)
		error = translate_back(mount, park, reply, len);
	else if (reply != NULL)
		memcpy(req + 1, (const uint8_t *)reply + hdrlen, len - hdrlen);
	if (reply == NULL || error != 0)
		return error;
	memcpy(&hdr, reply, hdrlen);
	req->preq_rv = hdr.preq_rv;
	req->preq_setbacks = hdr.preq_setbacks;
	req->preq_pth.pth_framelen = reply_len(park, len);
	return 0;
}
