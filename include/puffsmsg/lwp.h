/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_LWP_H
#define PUFFSMSG_LWP_H

/*
 * Threads as the library sees them (lwps), and the emulated signals that
 * interrupt their waits.
 *
 * A thread becomes an lwp at its first call that needs one, and stops being
 * one when it ends; nothing has to be done for that.  Emulated signals are
 * posted by these calls only: no signal of the operating system is looked at
 * or changed.  A posted signal stays pending until puffsmsg_lwp_sigtake()
 * takes it, as in a kernel it stays until the return to user mode; the EINTR
 * of a wait does not take it.
 *
 * Signal numbers are those of <signal.h>, 1 to PUFFSMSG_NSIG - 1.
 *
 *   call                       SIGINT SIGTERM SIGKILL SIGHUP SIGQUIT   others
 *   puffs_msg_enqueue          EINTR (wants a reply, no callback)      -
 *   puffs_msg_wait, wait2      EINTR                                   -
 *   puffs_msgif_getout,
 *   puffsmsg_getout,
 *   puffsmsg_read, blocked     EINTR                                   EINTR
 *   cv_wait_sig and the like   EINTR                                   EINTR
 *
 * each only if the signal is neither blocked by the lwp nor ignored by the
 * process.  All calls here may be made from any thread, at the same time as
 * any other call, between puffsmsg_init() and the last puffs_msgif_destroy();
 * none of them sleeps, none is async-signal-safe.
 */

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define PUFFSMSG_NSIG 128

/*
 * Id of the calling thread's lwp (preq_lid of its messages), from 1.
 * Attaches the thread if it is not attached.  Never fails: waits for memory.
 */
int32_t puffsmsg_lwp_self(void);

/*
 * Detaches the calling thread: its pending signals are lost, and its id is
 * not used again.  Optional: the end of the thread does it.  A later call
 * that needs an lwp attaches it anew.  Not from callbacks of the library.
 */
void puffsmsg_lwp_detach(void);

/*
 * Posts `sig' to the lwp `lid', as _lwp_kill(2) does.  If the lwp sleeps
 * interruptibly and does not block the signal, it wakes with EINTR unless
 * its sleep has ended already.
 * EINVAL: no such signal number.  ESRCH: no such lwp.
 */
int puffsmsg_lwp_kill(int32_t lid, int sig);

/*
 * Posts `sig' to the process, as psignal(9) does: it is pending for every
 * lwp, and one lwp that sleeps interruptibly and does not block it wakes.
 * EINVAL: no such signal number.
 */
int puffsmsg_proc_kill(int sig);

/*
 * Takes the lowest-numbered signal that is pending for the calling lwp or
 * its process and not blocked by the lwp: it is pending no more.  Returns
 * its number, or 0 if there is none.
 */
int puffsmsg_lwp_sigtake(void);

/*
 * Blocks (true) or unblocks (false) `sig' for the calling lwp.  SIGKILL and
 * SIGSTOP cannot be blocked.  Returns 0 or EINVAL.
 */
int puffsmsg_lwp_sigblock(int sig, bool block);

/*
 * Ignores (true) or stops ignoring (false) `sig' for the process; what is
 * pending of it is dropped when it becomes ignored.  SIGKILL and SIGSTOP
 * cannot be ignored.  Returns 0 or EINVAL.
 */
int puffsmsg_proc_sigignore(int sig, bool ignore);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_LWP_H */
