/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_PUFFSMSG_H
#define PUFFSMSG_PUFFSMSG_H

/*
 * libpuffsmsg: the kernel half of puffs in any process.
 *
 * This header brings all public ones but <puffsmsg/op.h> (layouts of the
 * operation messages), and declares how the library is started and ended.
 *
 * Conventions, for all headers:
 *   errors    calls that can fail return 0 or an errno; nothing is left in
 *             errno itself.  Out-parameters are written on success, and set
 *             to NULL or 0 on error where it is said so.
 *   misuse    what only the calling program can get wrong (a park released
 *             twice, a message enqueued while in flight) is a panic: one
 *             line that names the call and the object, then the host's
 *             panic(), abort() by default.  Nothing that a file server sends
 *             can cause one.
 *   threads   every call may be made from any thread unless it says
 *             otherwise; the table at the end of <puffsmsg/msg.h> says which
 *             may run at the same time on the same object.
 *   blocking  calls block only where it is said.  A blocking call that is
 *             "interruptible" ends with EINTR by the signals of
 *             <puffsmsg/lwp.h>.
 */

#include <stddef.h>
#include <stdint.h>

#include <puffsmsg/host.h>
#include <puffsmsg/lwp.h>
#include <puffsmsg/mount.h>
#include <puffsmsg/msg.h>
#include <puffsmsg/proto.h>
#include <puffsmsg/putter.h>
#include <puffsmsg/server.h>
#include <puffsmsg/version.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/* ERESTART of the kernel, which is not an errno everywhere. */
#define PUFFSMSG_ERESTART (-3)

/*
 * Options of the library.  Set `size' (PUFFSMSG_OPTIONS_INIT does); a zero
 * member means its default.  A smaller struct of an older program is
 * accepted, a larger one only if what this library does not know is zero.
 */
struct puffsmsg_options {
	size_t size;
	int32_t pid; /* l_proc->p_pid and preq_pid; default: the host's */
};
#define PUFFSMSG_OPTIONS_INIT \
	{ \
		sizeof(struct puffsmsg_options), 0 \
	}

/*
 * Starts the library on `host' (NULL: the pthread host) with `options' (NULL:
 * the defaults).  Counted: each success is undone by one
 * puffs_msgif_destroy(), and the last of these ends the library, after which
 * it may be started anew, on another host too.  `host' must stay valid until
 * then.
 *
 * EINVAL: the host's or the options' size, version or a member is not usable.
 * EBUSY: the library runs on another host.  Others: what host->init returned.
 * May block in the host's init.  Any thread; calls of init and destroy
 * exclude each other.  Not from callbacks of the library.
 */
int puffsmsg_init(const struct puffsmsg_host *host,
    const struct puffsmsg_options *options);

/*
 * Version of the library that was linked, as PUFFSMSG_VERSION_STRING.  Static,
 * may be called at any time.
 */
const char *puffsmsg_version(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_PUFFSMSG_H */
