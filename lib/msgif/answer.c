/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the library itself tells a file server: answers to the server's own
 * requests, and notices about replies that were refused.
 *
 * A server that asks and never reads must not make us grow.  Every answer
 * counts from the moment it is certain to be needed until the server has read
 * it.  Beyond the bound there is a small reserve for saying ENOBUFS; beyond
 * that nothing is said.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kern/kern.h"
#include "msgif/msgif_private.h"

#define ANSWER_RESERVE 64u

/*
 * Whether one more of `len' bytes fits into the bound, widened by `more'
 * answers; under the lock.
 */
static bool
answer_fits(const struct puffs_mount *mount, size_t len, uint32_t more)
{
	uint64_t held = mount->pmp_answerbytes + mount->pmp_abandonedbytes +
	    (uint64_t)mount->pmp_sopreqs * sizeof(struct puffsmsg__sopreq);
	uint64_t spare = more * sizeof(struct puffs_req);

	return mount->pmp_answers <
	    (uint64_t)mount->pmp_opt.maxanswers + more &&
	    (held + len <= spare ||
		held + len - spare <= mount->pmp_opt.maxbytes);
}

/*
 * Takes room for one answer.  Returns `rv', ENOBUFS where the reserve had to
 * be used, or -1 if there is no room at all.
 */
static int
answer_admit(struct puffs_mount *mount, int rv)
{
	const size_t len = sizeof(struct puffs_req);

	mutex_enter(&mount->pmp_lock);
	if (!answer_fits(mount, len, 0))
		rv = answer_fits(mount, len, ANSWER_RESERVE) ? ENOBUFS : -1;
	if (rv == ENOBUFS)
		mount->pmp_overlimit++;
	if (rv != -1)
		mount->pmp_answers++;
	else
		mount->pmp_lost++;
	mutex_exit(&mount->pmp_lock);
	return rv;
}

/*
 * The answer for which room was taken did not get on the queue.
 */
static void
answer_drop(struct puffs_mount *mount)
{
	mutex_enter(&mount->pmp_lock);
	mount->pmp_answers--;
	mount->pmp_lost++;
	mutex_exit(&mount->pmp_lock);
}

/*
 * Sends a message of the library's own, whose room was taken.
 */
static int
answer_enqueue(struct puffs_mount *mount, struct puffs_msgpark *park,
    uint32_t flags, bool cansleep)
{
	int error;

	puffs_msg_setfaf(park);
	error = puffsmsg__enqueue(mount, park, PARKF_ANSWER | flags, cansleep);
	puffs_msgmem_release(park);
	if (error != 0)
		answer_drop(mount);
	return error;
}

static int
answer_send(struct puffs_mount *mount, const struct puffs_req *hdr, int rv,
    uint32_t flags, bool cansleep)
{
	struct puffs_msgpark *park;
	struct puffs_req *req;
	void *mem;
	int error;

	error = puffsmsg__park_alloc(sizeof(*req), &park, &mem, cansleep);
	if (error != 0) {
		answer_drop(mount);
		return error;
	}
	req = mem;
	req->preq_id = hdr->preq_id;
	req->preq_cookie64 = hdr->preq_cookie64;
	req->preq_opclass = (uint16_t)(PUFFSOP_OPCLASS(hdr->preq_opclass) |
	    PUFFSOPFLAG_ISRESPONSE);
	req->preq_optype = hdr->preq_optype;
	req->preq_rv = rv;
	return answer_enqueue(mount, park, flags, cansleep);
}

int
puffsmsg__answer(struct puffs_mount *mount, const struct puffs_req *hdr, int rv)
{
	int said = answer_admit(mount, rv);
	int error;

	if (said == -1)
		return ENOBUFS;
	error = answer_send(mount, hdr, said, 0, false);
	if (error == 0)
		return said == rv ? 0 : ENOBUFS;
	return error == ENXIO ? ENXIO : ENOBUFS;
}

int
puffsmsg__answer_reserve(struct puffs_mount *mount)
{
	int error = ENOBUFS;

	mutex_enter(&mount->pmp_lock);
	if (mount->pmp_sopreqs < mount->pmp_opt.maxsopreqs &&
	    answer_fits(mount,
		sizeof(struct puffsmsg__sopreq) + sizeof(struct puffs_req),
		0)) {
		mount->pmp_sopreqs++;
		mount->pmp_answers++;
		error = 0;
	}
	mutex_exit(&mount->pmp_lock);
	return error;
}

void
puffsmsg__answer_unreserve(struct puffs_mount *mount)
{
	mutex_enter(&mount->pmp_lock);
	mount->pmp_sopreqs--;
	mount->pmp_answers--;
	mutex_exit(&mount->pmp_lock);
}

int
puffsmsg__answer_reserved(struct puffs_mount *mount,
    const struct puffs_req *hdr, int rv, uint32_t flags)
{
	mutex_enter(&mount->pmp_lock);
	mount->pmp_sopreqs--;
	mutex_exit(&mount->pmp_lock);
	return answer_send(mount, hdr, rv, flags, true);
}

/*
 * An answer by the program that embeds us is never refused, but it counts
 * against the server.
 */
void
puffs_msg_sendresp(struct puffs_mount *mount, struct puffs_req *req, int rv)
{
	struct puffs_req hdr;
	size_t len = sizeof(hdr);

	if (req->preq_pth.pth_framelen >= sizeof(req->preq_pth) &&
	    req->preq_pth.pth_framelen < len)
		len = (size_t)req->preq_pth.pth_framelen;
	memset(&hdr, 0, sizeof(hdr));
	memcpy(&hdr, req, len);
	mutex_enter(&mount->pmp_lock);
	mount->pmp_answers++;
	puffsmsg__mount_ref_locked(mount);
	mutex_exit(&mount->pmp_lock);
	(void)answer_send(mount, &hdr, rv, 0, curlwp->l_nosleep == 0);
	puffsmsg__mount_unref(mount);
}

static void
notice_send(struct puffs_mount *mount, int rv, uint64_t cookie)
{
	struct puffs_msgpark *park;
	struct puffs_error *msg;
	void *mem;

	if (puffsmsg__park_alloc(sizeof(*msg), &park, &mem, false) != 0) {
		answer_drop(mount);
		return;
	}
	msg = mem;
	puffs_msg_setinfo(park, PUFFSOP_ERROR, PUFFS_ERR_ERROR, NULL);
	puffsmsg_msg_setcookie(park, cookie);
	msg->perr_error = rv;
	(void)snprintf(msg->perr_str, sizeof(msg->perr_str),
	    "reply was refused");
	(void)answer_enqueue(mount, park, 0, false);
}

void
puffsmsg__notice(struct puffs_mount *mount, int rv, uint64_t cookie)
{
	bool fits;

	if (mount->pmp_opt.flags & PUFFSMSG_MOUNT_NONOTICE)
		return;
	mutex_enter(&mount->pmp_lock);
	fits = answer_fits(mount, sizeof(struct puffs_error), 0);
	if (fits) {
		mount->pmp_answers++;
		mount->pmp_notices++;
	} else {
		mount->pmp_lost++;
	}
	mutex_exit(&mount->pmp_lock);
	if (fits)
		notice_send(mount, rv, cookie);
}
