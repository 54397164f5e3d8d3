/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_HOST_H
#define PUFFSMSG_HOST_H

/*
 * The host contract: all that libpuffsmsg needs from the world it runs in.
 *
 * One host per process at a time, given to puffsmsg_init().  The library
 * reaches threads, locks, memory and clocks through these functions alone,
 * so that a simulation, a fault injector or a kernel emulation can take the
 * place of pthreads without a change above this header.
 *
 * Terms used below:
 *   blocks     the function may put the calling thread to sleep.  Whatever
 *              may block is called by the library between unschedule() and
 *              schedule(), and with no mutex of the host held, except where
 *              it is said otherwise.
 *   from       the threads that call it: "any" is every thread that calls
 *              the library, attached to it or not.
 *
 * Unless a function says that it may fail, it must not return on failure:
 * it reports through its own panic().
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

#define PUFFSMSG_HOST_VERSION 1u

/* A deadline that never comes. */
#define PUFFSMSG_FOREVER UINT64_MAX

/* Room that the library sets aside for one host mutex, and its alignment. */
#define PUFFSMSG_HOST_MUTEX_SIZE  64u
#define PUFFSMSG_HOST_MUTEX_ALIGN 8u

/* block(): the sleep is a cancellation point. */
#define PUFFSMSG_BLOCK_CANCEL 0x1u

/* thread_create(): somebody will call thread_join(). */
#define PUFFSMSG_THREAD_JOINABLE 0x1u

/* What a scheduling point is about to do; see point(). */
enum puffsmsg_point {
	PUFFSMSG_POINT_LOAD = 1,   /* atomic read of shared state */
	PUFFSMSG_POINT_STORE = 2,  /* atomic write */
	PUFFSMSG_POINT_UPDATE = 3, /* atomic read-modify-write */
};

/*
 * What the library does for its host.  The host keeps the pointer that
 * init() was given; it is valid until fini() returns.
 */
struct puffsmsg_upcalls {
	size_t size;

	/*
	 * The calling thread ends, by return, thread_exit() or cancellation,
	 * and its slot holds `lwp' (not NULL).  To be called exactly once, on
	 * that very thread, outside of any host function, while block() and
	 * the mutexes still work for it.  Does not block for long: it may
	 * contend for mutexes.
	 */
	void (*thread_exiting)(void *lwp);

	/*
	 * The calling thread was cancelled inside block() with
	 * PUFFSMSG_BLOCK_CANCEL and will not return from it.  To be called
	 * once per such block(), on that thread, before any clean-up of the
	 * functions that called the library, with cancellation disabled.
	 */
	void (*cancelled)(void *lwp);
};

struct puffsmsg_host {
	size_t size;       /* sizeof(struct puffsmsg_host) */
	unsigned version;  /* PUFFSMSG_HOST_VERSION */
	const char *name;  /* for messages: "pthread" */
	size_t mutex_size; /* bytes of a mutex, at most
			     * PUFFSMSG_HOST_MUTEX_SIZE */

	/*
	 * Life.  init() is called before anything else, once per first
	 * puffsmsg_init(), and may fail with an errno; fini() after the last
	 * puffs_msgif_destroy(), when no thread is inside the library.
	 * Neither runs beside another call; a thread that starts or ends the
	 * library meanwhile looks again until they are done.  May block,
	 * without unschedule().
	 *
	 * Threads that were attached may still be there, and end at any time.
	 * fini() waits for thread_exiting() upcalls in progress; when it has
	 * returned, none comes, and lwp_get() is NULL in every thread, also
	 * after another init().
	 */
	int (*init)(const struct puffsmsg_upcalls *up);
	void (*fini)(void);

	/*
	 * Memory.  memalloc() returns `size' bytes (> 0) aligned to `align'
	 * (a power of two, at most 4096) of undefined content, or NULL.  It
	 * never waits for memory: the library does that above it.  memfree()
	 * gets the size that memalloc() was given.  From any, must not block.
	 */
	void *(*memalloc)(size_t size, size_t align);
	void (*memfree)(void *p, size_t size);

	/*
	 * Mutex: not recursive, held by one thread, no ownership record asked
	 * for.  The storage is the library's: mutex_size bytes, aligned to
	 * PUFFSMSG_HOST_MUTEX_ALIGN.  mutex_init() may fail with an errno.
	 * mutex_enter() blocks; the library calls it only after a
	 * mutex_tryenter() that returned 0, and between unschedule() and
	 * schedule().  mutex_tryenter() returns 1 when the mutex was taken
	 * and never blocks.  The memory may be freed as soon as another thread
	 * has taken and left the mutex for the last time.  From any.
	 */
	int (*mutex_init)(void *m);
	void (*mutex_destroy)(void *m);
	void (*mutex_enter)(void *m);
	int (*mutex_tryenter)(void *m);
	void (*mutex_exit)(void *m);

	/*
	 * The sleeping token, one per thread.
	 *
	 * token() returns the calling thread's, made at its first call; NULL
	 * when there is no memory.  Tokens are type-stable: unblock() of a
	 * token whose thread has ended is harmless until fini() (it may be
	 * lost, or end a block() of a later thread early).
	 *
	 * block() sleeps until the calling thread's token is set, and clears
	 * it: an unblock() that came before is kept, several are kept as one.
	 * `deadline' is a value of clock(), or PUFFSMSG_FOREVER.  Returns 0,
	 * or ETIMEDOUT once the deadline has passed and the token was not set.
	 * It may return 0 early for no reason; every caller loops.  All that
	 * the unblocking thread wrote before unblock() is visible after
	 * block().  A cancellation point if PUFFSMSG_BLOCK_CANCEL is in
	 * `flags', and never otherwise.  A thread whose token() returned NULL
	 * may call it too: nobody can unblock it, so it sleeps for some time,
	 * at most until the deadline.
	 *
	 * unblock() sets a token.  Never blocks, but it may contend for the
	 * token's own lock; called with mutexes of the library held or not.
	 *
	 * unblock_from_signal() does the same and is async-signal-safe.
	 * Before its first use signal_prepare() is called once, as an ordinary
	 * call; it may fail with an errno, and may start what it needs.
	 */
	void *(*token)(void);
	int (*block)(uint64_t deadline, unsigned flags);
	void (*unblock)(void *token);
	int (*signal_prepare)(void);
	void (*unblock_from_signal)(void *token);

	/*
	 * Threads.  thread_create() runs fn(arg) on a new thread; `name' (at
	 * most 15 bytes are shown) is for debuggers and is copied.  With
	 * PUFFSMSG_THREAD_JOINABLE *thread is set before fn can be joined, and
	 * is good for one thread_join(); otherwise the thread frees itself.
	 * May fail with an errno.  thread_join() blocks.  thread_exit() ends
	 * the calling thread, also one that thread_create() did not make.
	 * thread_setname() names the calling thread.
	 */
	int (*thread_create)(void (*fn)(void *), void *arg, const char *name,
	    unsigned flags, void **thread);
	void (*thread_join)(void *thread);
	void (*thread_exit)(void);
	void (*thread_setname)(const char *name);

	/*
	 * The current-lwp slot: one pointer per thread, NULL at first.  A
	 * thread that ends with a pointer in it causes thread_exiting().
	 * lwp_set() may fail with an errno, but not with NULL.
	 */
	void *(*lwp_get)(void);
	int (*lwp_set)(void *lwp);

	/* Monotonic time in nanoseconds, never 0 and never going back. */
	uint64_t (*clock)(void);
	/* Fills `buf' with `len' unpredictable bytes. */
	void (*random)(void *buf, size_t len);
	/* Process id for messages and for l_proc->p_pid. */
	int32_t (*getpid)(void);
	/* One line without newline, for people.  From any; must not block. */
	void (*log)(const char *line);
	/* Says `line' and ends the process.  Must not return. */
	void (*panic)(const char *line);

	/*
	 * May be NULL, all three.
	 *
	 * point(): the calling thread is about to touch `object' as `kind'
	 * (enum puffsmsg_point) says.  A simulation switches threads here.
	 *
	 * unschedule() gives up the virtual CPU or big lock that the calling
	 * thread may hold, and says in *state how to get it back; schedule()
	 * takes it back; the caller may hold other mutexes of the library
	 * then, never the one that it waited for.  Called in pairs around
	 * everything that blocks.  A thread that holds nothing is legal.
	 */
	void (*point)(int kind, const volatile void *object);
	void (*unschedule)(int *state);
	void (*schedule)(int state);
};

/*
 * The default: POSIX threads.  A token is a mutex and a condition variable
 * with deadlines of the monotonic clock.
 */
const struct puffsmsg_host *puffsmsg_host_pthread(void);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif /* PUFFSMSG_HOST_H */
