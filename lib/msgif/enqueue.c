/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Handing a message to the file server's queue.
 */

#include <errno.h>
#include <string.h>

#include <sys/proc.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

/*
 * Class VN, INACTIVE or RECLAIM: the server must learn of these whatever
 * becomes of the caller.
 */
bool
puffsmsg__must_arrive(const struct puffs_msgpark *park)
{
	return PUFFSOP_OPCLASS(park->park_class) == PUFFSOP_VN &&
	    (park->park_type == PUFFS_VN_INACTIVE ||
		park->park_type == PUFFS_VN_RECLAIM);
}

/*
 * The park is not in flight, so its fields are ours alone to read.
 */
static void
enqueue_check(struct puffs_msgpark *park)
{
	uint32_t state = puffsmsg__load32(&park->park_state);

	puffsmsg__park_owned(park, "puffs_msg_enqueue");
	if (park->park_settings & PARKSET_GONE)
		puffsmsg__panic("puffs_msg_enqueue: park %p: abandoned, "
				"may only be released",
		    (void *)park);
	if (state != PARK_IDLE && state != PARK_DONE)
		puffsmsg__panic("puffs_msg_enqueue: park %p: message is in "
				"flight",
		    (void *)park);
}

/*
 * Undoes what an earlier use left in a park: the place of a message that
 * completed and was not waited for, and what we wrote into its header.
 */
static void
enqueue_again(struct puffs_msgpark *park)
{
	struct puffs_mount *before = park->park_mount;
	struct puffs_req *req = park->park_preq;

	if (park->park_flags & PARKF_BOUND) {
		mutex_enter(&before->pmp_lock);
		puffsmsg__collect(before, park);
		mutex_exit(&before->pmp_lock);
	}
	if (req->preq_opclass & PUFFSOPFLAG_ISRESPONSE)
		return;
	req->preq_opclass = PUFFSOP_OPCLASS(req->preq_opclass);
	req->preq_id = 0;
	req->preq_rv = 0;
	req->preq_setbacks = 0;
}

/*
 * Whether it is an answer to the server.  A callback may enqueue its park
 * while the park's owner looks at its settings: nothing is written that does
 * not change.
 */
static void
note_response(struct puffs_msgpark *park)
{
	uint32_t settings = park->park_settings & ~PARKSET_RESPONSE;

	if (park->park_preq->preq_opclass & PUFFSOPFLAG_ISRESPONSE)
		settings |= PARKSET_RESPONSE;
	if ((settings & PARKSET_RESPONSE) && (settings & PARKSET_CALL))
		puffsmsg__panic("puffs_msg_enqueue: park %p: an answer to the "
				"server has no callback",
		    (void *)park);
	if (settings != park->park_settings)
		park->park_settings = settings;
}

static void
enqueue_ready(struct puffs_msgpark *park)
{
	if (puffsmsg__load32(&park->park_state) == PARK_DONE ||
	    puffsmsg__load32(&park->park_error) != 0)
		enqueue_again(park);
	note_response(park);
	park->park_waited = false;
	park->park_replied = false;
	puffsmsg__store32(&park->park_error, 0);
}

/*
 * What kind of message it is this time.  An answer to the server is never
 * answered, whatever its park's settings are.
 */
static uint32_t
enqueue_flags(const struct puffs_msgpark *park)
{
	if (park->park_settings & (PARKSET_FAF | PARKSET_RESPONSE))
		return PARKF_FAF;
	if (park->park_settings & PARKSET_CALL)
		return PARKF_CALL;
	return 0;
}

static void
enqueue_stamp(struct puffs_msgpark *park, struct lwp *l)
{
	struct puffs_req *wire = park->park_wire;

	park->park_class = wire->preq_opclass;
	park->park_type = wire->preq_optype;
	park->park_lid = l->l_lid;
	wire->preq_buflen = park->park_wiremax;
	wire->preq_pth.pth_framelen = park->park_wirecopy;
	wire->preq_pid = l->l_proc->p_pid;
	wire->preq_lid = l->l_lid;
}

/*
 * A signal is pending.  What the server must learn of is sent all the same, as
 * a copy that wants no reply: the park and its message are the caller's again.
 */
static int
enqueue_interrupted(struct puffs_mount *mount, struct puffs_msgpark *park,
    bool cansleep)
{
	struct puffs_msgpark *copy;
	void *mem;
	int error;

	if (!puffsmsg__must_arrive(park))
		return EINTR;
	error = puffsmsg__park_alloc(park->park_maxlen, &copy, &mem, cansleep);
	if (error != 0)
		return error;
	memcpy(mem, park->park_preq, park->park_maxlen);
	copy->park_copylen = park->park_copylen;
	puffs_msg_setfaf(copy);
	(void)puffsmsg__enqueue(mount, copy, 0, cansleep);
	puffs_msgmem_release(copy);
	return EINTR;
}

/*
 * The checks that need no lock, in their order.
 */
static int
enqueue_prepare(struct puffs_mount *mount, struct puffs_msgpark *park,
    bool cansleep)
{
	struct lwp *l = curlwp;
	int error;

	error = puffsmsg__translate_out(mount, park, cansleep);
	if (error != 0)
		return error;
	if (park->park_wirecopy > mount->pmp_opt.maxmsg)
		return EMSGSIZE;
	enqueue_stamp(park, l);
	if ((park->park_flags & (PARKF_FAF | PARKF_CALL | PARKF_NOINTR)) == 0 &&
	    puffsmsg__sig_pending_in(l, &puffsmsg__sig_interrupting))
		return enqueue_interrupted(mount, park, cansleep);
	if (park->park_flags & PARKF_FAF)
		park->park_wire->preq_opclass |= PUFFSOPFLAG_FAF;
	return 0;
}

/*
 * A server may still hold the frame of an earlier use of this park: then the
 * message needs a hand other than the park's own.
 */
static int
enqueue_hand(struct puffs_msgpark *park, bool cansleep)
{
	if (puffsmsg__loadptr(&park->park_hand.h_park) == NULL ||
	    park->park_sparehand != NULL)
		return 0;
	park->park_sparehand = puffsmsg__hand_alloc(cansleep);
	return park->park_sparehand != NULL ? 0 : ENOMEM;
}

/*
 * Appends the message; under the mount's lock.  Everything that others may
 * look at is in place when the state says so.
 */
static void
enqueue_append(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	struct puffs_req *wire = park->park_wire;

	park->park_id = 0;
	if ((park->park_flags & PARKF_FAF) == 0)
		wire->preq_id = park->park_id = mount->pmp_nextid++;
	else if ((wire->preq_opclass & PUFFSOPFLAG_ISRESPONSE) == 0)
		wire->preq_id = 0;
	if (park->park_flags & PARKF_ANSWER)
		mount->pmp_answerbytes += park->park_wiremax;
	if (park->park_flags & PARKF_LASTWORD)
		mount->pmp_lastwords++;
	park->park_mount = mount;
	puffsmsg__park_ref(park);
	mount->pmp_refs++;
	mount->pmp_accepted++;
	puffsmsg__store32(&park->park_state, PARK_TOUSER);
	puffsmsg__list_insert(mount, park, LIST_TOUSER);
}

/*
 * The message is not accepted: under the lock.  The mount stays until the park
 * has been put right.
 */
static void
reject_begin(struct puffs_mount *mount)
{
	mount->pmp_rejected++;
	puffsmsg__mount_ref_locked(mount);
}

/*
 * The part under the lock, and what follows it.  Once the lock is dropped
 * neither park nor mount may be touched, but for a mount that we hold a
 * reference to, to tell pollers.
 */
static int
enqueue_commit(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	bool tell;
	void *token;

	park->park_since = puffsmsg__clock();
	mutex_enter(&mount->pmp_lock);
	if (mount->pmp_status != PUFFSTAT_RUNNING) {
		reject_begin(mount);
		mutex_exit(&mount->pmp_lock);
		return ENXIO;
	}
	enqueue_append(mount, park);
	tell = mount->pmp_count[LIST_TOUSER] == 1 &&
	    mount->pmp_opt.notify != NULL;
	if (tell)
		puffsmsg__mount_ref_locked(mount);
	token = puffsmsg__sleepq_claim_one(&mount->pmp_readers);
	mutex_exit(&mount->pmp_lock);
	puffsmsg__sleep_unblock(token);
	if (tell)
		puffsmsg__mount_tell(mount);
	return 0;
}

/*
 * Not accepted: the park is idle again, and wait will say why.
 */
static void
reject_end(struct puffs_mount *mount, struct puffs_msgpark *park, int error)
{
	struct puffs_req *frame;

	(void)puffsmsg__translate_in(mount, park, NULL, 0);
	puffsmsg__mount_unref(mount);
	frame = puffsmsg__wire_take(park);
	puffsmsg__wire_free(frame);
	puffsmsg__store32(&park->park_error, (uint32_t)error);
	park->park_preq->preq_rv = error;
}

static int
enqueue(struct puffs_mount *mount, struct puffs_msgpark *park, uint32_t flags,
    bool cansleep)
{
	int error;

	enqueue_ready(park);
	park->park_flags = enqueue_flags(park) | flags;
	error = enqueue_prepare(mount, park, cansleep);
	if (error == 0)
		error = enqueue_hand(park, cansleep);
	if (error == 0) {
		error = enqueue_commit(mount, park);
	} else {
		mutex_enter(&mount->pmp_lock);
		reject_begin(mount);
		mutex_exit(&mount->pmp_lock);
	}
	if (error != 0)
		reject_end(mount, park, error);
	return error;
}

/*
 * A hook may take its time, and so may memory: the mount stays until then.
 * Memory is needed for a second hand, and where a signal is pending.
 */
int
puffsmsg__enqueue(struct puffs_mount *mount, struct puffs_msgpark *park,
    uint32_t flags, bool cansleep)
{
	int error;

	enqueue_check(park);
	if (mount->pmp_opt.translation == NULL &&
	    puffsmsg__loadptr(&park->park_hand.h_park) == NULL &&
	    !puffsmsg__sig_pending(curlwp))
		return enqueue(mount, park, flags, cansleep);
	puffsmsg__mount_ref(mount);
	error = enqueue(mount, park, flags, cansleep);
	puffsmsg__mount_unref(mount);
	return error;
}

void
puffs_msg_enqueue(struct puffs_mount *mount, struct puffs_msgpark *park)
{
	(void)puffsmsg__enqueue(mount, park, 0, curlwp->l_nosleep == 0);
}
