/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MSGFIX_H
#define MSGFIX_H

/*
 * A mount, callers and a server, for the tests of the message layer.
 *
 * The library runs on the pthread host with a memory that can be told to fail
 * and that counts what is out; at the end of every test nothing may be left.
 * Needs puffsmsg_testing and KERN.  Everything asserts by CMocka unless it
 * says otherwise; in threads other than the test's use the values that are
 * kept for the test to look at.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>

#include <puffsmsg/puffsmsg.h>

#include "gate.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

/* The cookie of all parks that fix_park makes. */
#define FIX_COOKIE ((puffs_cookie_t)(uintptr_t)0xc00c1e)
/* Longest frame that struct fix_frame has room for. */
#define FIX_MAXFRAME 8192u

/* The mount of fix_setup. */
extern struct puffs_mount *fix_mount;

/*
 * fix_setup, fix_teardown: for cmocka_unit_test_setup_teardown: the library,
 * and fix_mount, RUNNING with default options but for a grace time of 1 ms.
 * fix_init, fix_fini: the library alone; fini asserts that no park, no mount
 * and no memory is left.
 */
int fix_setup(void **state);
int fix_teardown(void **state);
void fix_init(void);
void fix_fini(void);

/*
 * Memory that the host has given out and not got back, in pieces.  What pools
 * keep for the calling thread and for all is given back first.
 */
unsigned fix_memory_out(void);
/*
 * The next `n' requests for memory succeed, all later ones fail; of requests
 * of at least `size' bytes only (0: of all).  fix_memory_ok: all succeed.
 */
void fix_memory_fail_after(unsigned n, size_t size);
void fix_memory_ok(void);
/* Requests that failed so far.  fix_until_failed: until there were n. */
unsigned fix_memory_failed(void);
void fix_until_failed(unsigned n);

/*
 * fix_mount_new: RUNNING, `opt' NULL: as fix_setup's; grace_ms 0 in `opt'
 * becomes 1 ms.  fix_mount_free: server lost, unmounted, asserts that the
 * accounts are square and that nothing is left, destroys.  All threads that
 * use it must have been joined, and all parks released.
 */
struct puffs_mount *fix_mount_new(const struct puffsmsg_mount_options *opt);
void fix_mount_free(struct puffs_mount *mount);

/* The statistics; asserts the identity that <puffsmsg/mount.h> promises. */
struct puffsmsg_mount_stats fix_stats(struct puffs_mount *mount);
/* Messages in flight by that identity. */
uint64_t fix_inflight(const struct puffsmsg_mount_stats *st);
/* That no message is anywhere, not even completed and uncollected. */
void fix_assert_empty(struct puffs_mount *mount);

/* A park, ready to be enqueued; its message; its payload. */
struct puffs_msgpark *fix_park(size_t len, int opclass, int type);
struct puffs_req *fix_req(struct puffs_msgpark *park);
uint8_t *fix_payload(struct puffs_msgpark *park);
/* Class VN, GETATTR, 128 bytes; _send enqueues it too. */
struct puffs_msgpark *fix_getattr(void);
struct puffs_msgpark *fix_send(struct puffs_mount *mount);

/*
 * A frame that a server has taken, and the copy that it works on.
 */
struct fix_frame {
	void *cookie;        /* for releaseout */
	size_t len;          /* bytes of the frame, and of what is dispatched */
	const uint8_t *data; /* the library's; until releaseout */
	union {
		struct puffs_req req;
		uint8_t bytes[FIX_MAXFRAME];
	};
};

/* getout without blocking, into a copy; its error. */
int fix_getout(struct puffs_mount *mount, struct fix_frame *f);
/* getout, which must succeed, in hand afterwards. */
void fix_hold(struct puffs_mount *mount, struct fix_frame *f);
void fix_releaseout(struct puffs_mount *mount, struct fix_frame *f, int status);
/* Both: the message is on replywait afterwards (or done). */
void fix_take(struct puffs_mount *mount, struct fix_frame *f);
/*
 * Makes the copy a reply of `len' bytes (0: preq_buflen), what is beyond the
 * request zeroed.  fix_dispatch sends the copy, from memory of exactly its
 * length, and returns what dispatch says.  fix_reply: both.  fix_serve: takes
 * the oldest message and replies to it.
 */
void fix_make_reply(struct fix_frame *f, int rv, size_t len);
int fix_dispatch(struct puffs_mount *mount, struct fix_frame *f);
int fix_reply(struct puffs_mount *mount, struct fix_frame *f, int rv);
void fix_serve(struct puffs_mount *mount, int rv);

/*
 * A thread that runs fn(arg); it is an lwp already, with the id `lid', when
 * fix_start returns.  fix_cancel cancels it and joins.
 */
struct fix_thread {
	pthread_t thread;
	void (*fn)(void *);
	void *arg;
	int32_t lid;
	struct gate started;
};
void fix_start(struct fix_thread *t, void (*fn)(void *), void *arg);
void fix_join(struct fix_thread *t);
void fix_cancel(struct fix_thread *t);

/*
 * A thread that waits for a park.  fix_wait_start returns when it sleeps for
 * it.  fix_wait_join returns what wait did.
 */
struct fix_waiter {
	struct fix_thread t;
	struct puffs_mount *mount;
	struct puffs_msgpark *park;
	int error;
	bool returned; /* false: it was cancelled */
};
void fix_wait_start(struct fix_waiter *w, struct puffs_mount *mount,
    struct puffs_msgpark *park);
int fix_wait_join(struct fix_waiter *w);

/*
 * A thread in a blocking getout.  It copies what it got, and gives it back
 * with status 0.
 */
struct fix_reader {
	struct fix_thread t;
	struct puffs_mount *mount;
	struct fix_frame frame;
	int error;
	bool returned;
};
void fix_read_start(struct fix_reader *r, struct puffs_mount *mount);
int fix_read_join(struct fix_reader *r);

/*
 * Handshakes: spin, with the mount's lock taken for each look.
 * _waiting: somebody sleeps for the park.  _readers: exactly n getouts are
 * blocked.  _state: the park is in that state.
 */
void fix_until_waiting(struct puffs_mount *mount, struct puffs_msgpark *park);
void fix_until_readers(struct puffs_mount *mount, unsigned n);
void fix_until_state(struct puffs_mount *mount, struct puffs_msgpark *park,
    enum puffsmsg__parkstate state);

/* Whether the calling thread holds a lock of the mount. */
bool fix_locked(struct puffs_mount *mount);

/* Posts an emulated signal to a thread; it must be there. */
void fix_kill(const struct fix_thread *t, int sig);

/*
 * A return of the host's block for no reason: sets the token of the park's
 * waiter, which must sleep.
 */
void fix_spurious(struct puffs_mount *mount, struct puffs_msgpark *park);

/* The host that fix_init starts the library on. */
const struct puffsmsg_host *fix_host_in_use(void);
/* The next `n' threads can be made, none after them; UINT_MAX: all. */
void fix_threads_fail_after(unsigned n);
/* Each sleep of the calling thread that is no cancellation point passes it. */
void fix_plain_block_passes(struct gate *gate);
/*
 * Requests of `low' to `high' bytes fail, until fix_memory_ok; debug checks of
 * the library's allocators may have made them up to 64 bytes larger.
 */
void fix_memory_fail_sized(size_t low, size_t high);
/* The first such request fails, and no other one. */
void fix_memory_fail_once(size_t low, size_t high);
/* fn() runs once, in the next request for memory, whosever it is. */
void fix_memory_hook(void (*fn)(void));
/*
 * fn(arg), arg not NULL, runs after every release of a mutex by the calling
 * thread, but not within itself, until fix_unlock_hook(NULL, NULL).
 */
void fix_unlock_hook(void (*fn)(void *), void *arg);
/*
 * Stops the thread that calls fix_stop_arm as soon as it leaves a lock and
 * finds the park in a state: it passes `there' and waits for `go'.
 */
struct fix_stop {
	struct puffs_mount *mount;
	struct puffs_msgpark *park;
	enum puffsmsg__parkstate state;
	struct gate there, go;
};
void fix_stop_init(struct fix_stop *s, struct puffs_mount *mount,
    struct puffs_msgpark *park, enum puffsmsg__parkstate state);
void fix_stop_arm(struct fix_stop *s);
/* How often the host was told to unblock a thread. */
unsigned fix_unblocks(void);
/* It is `ns' nanoseconds later, for the library and all who sleep in it. */
void fix_clock_advance(uint64_t ns);

/*
 * Handshakes: _cv: somebody sleeps on the mount's condition: an unmount that
 * waits for another, a destroy, a close.  _touser: n messages are queued.
 */
void fix_until_cv(struct puffs_mount *mount);
void fix_until_touser(struct puffs_mount *mount, size_t n);

#endif /* MSGFIX_H */
