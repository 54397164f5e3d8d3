/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The kernel's headers in C++, and what of them is more than a call or a
 * number.
 */
#include <sys/atomic.h>
#include <sys/callout.h>
#include <sys/cdefs.h>
#include <sys/condvar.h>
#include <sys/errno.h>
#include <sys/kernel.h>
#include <sys/kmem.h>
#include <sys/kthread.h>
#include <sys/lock.h>
#include <sys/lwp.h>
#include <sys/mutex.h>
#include <sys/param.h>
#include <sys/pool.h>
#include <sys/proc.h>
#include <sys/queue.h>
#include <sys/rwlock.h>
#include <sys/signalvar.h>
#include <sys/stat.h>
#include <sys/syslog.h>
#include <sys/systm.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/workqueue.h>

CTASSERT(sizeof(kmutex_t) > 0);

static unsigned int word;

static bool
wait_a_tick()
{
	struct bintime bt = ms2bintime(10);
	kmutex_t m;
	kcondvar_t cv;
	int error;

	mutex_init(&m, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&cv, "tick");
	mutex_enter(&m);
	error = cv_timedwaitbt(&cv, &m, &bt, DEFAULT_TIMEOUT_EPSILON);
	mutex_exit(&m);
	cv_destroy(&cv);
	mutex_destroy(&m);
	return error == EWOULDBLOCK && bt.sec == 0 && bt.frac == 0;
}

extern "C" bool kern_in_cxx(void);

extern "C" bool
kern_in_cxx(void)
{
	struct timespec ts;
	ksiginfo_t ksi;

	KSI_INIT(&ksi);
	nanouptime(&ts);
	atomic_store_release(&word, 3u);
	KASSERTMSG(atomic_load_acquire(&word) == 3, "word %u", word);
	return wait_a_tick() && curlwp->l_proc == curproc && ts.tv_sec >= 1 &&
	    ksi.ksi_signo == 0;
}
