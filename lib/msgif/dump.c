/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A description of a mount and all its messages for people.  A snapshot is
 * taken under the lock and written out without it.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <sys/kmem.h>

#include "kern/kern.h"
#include "msgif/msgif_private.h"

#define LINE_MAX_BYTES 160

/* One message, as it was under the lock. */
struct snap {
	uint64_t sn_id;
	uint64_t sn_since;
	uint32_t sn_copylen;
	uint32_t sn_maxlen;
	uint32_t sn_flags;
	uint32_t sn_state;
	int32_t sn_lid;
	uint16_t sn_class;
	uint16_t sn_type;
};

struct snapshot {
	struct snap *ss_snaps;
	size_t ss_room;
	size_t ss_n;
	int ss_status;
	uint32_t ss_refs;
};

static const char *
state_name(const struct snap *sn)
{
	static const char *const names[] = { "idle", "touser", "copying",
		"inhand", "replywait", "claimed", "done" };

	return names[sn->sn_state];
}

static const char *
class_name(uint16_t opclass)
{
	static const char *const names[] = { "NONE", "VFS", "VN", "CACHE",
		"ERROR", "FLUSH", "SUSPEND", "UNMOUNT" };

	return names[PUFFSOP_OPCLASS(opclass)];
}

static const char *
status_name(int status)
{
	static const char *const names[] = { "BEFOREINIT", "MOUNTING",
		"RUNNING", "DYING" };

	return names[status];
}

static void
snap_take(struct snap *sn, const struct puffs_msgpark *park)
{
	sn->sn_id = park->park_id;
	sn->sn_since = park->park_since;
	sn->sn_copylen = park->park_wirecopy;
	sn->sn_maxlen = park->park_wiremax;
	sn->sn_flags = park->park_flags;
	sn->sn_state = park->park_state;
	sn->sn_lid = park->park_lid;
	sn->sn_class = park->park_class;
	sn->sn_type = park->park_type;
}

/*
 * Counts what there is, and notes as much of it as there is room for.
 */
static void
snapshot_fill(struct puffs_mount *mount, struct snapshot *ss)
{
	const struct puffs_msgpark *park;

	ss->ss_n = 0;
	mutex_enter(&mount->pmp_lock);
	ss->ss_status = mount->pmp_status;
	ss->ss_refs = mount->pmp_refs;
	for (int i = 0; i < LIST_KINDS; i++) {
		TAILQ_FOREACH(park, &mount->pmp_list[i], park_entries) {
			if (ss->ss_n < ss->ss_room)
				snap_take(&ss->ss_snaps[ss->ss_n], park);
			ss->ss_n++;
		}
	}
	mutex_exit(&mount->pmp_lock);
}

static void
snapshot_free(struct snapshot *ss)
{
	if (ss->ss_snaps != NULL)
		kmem_free(ss->ss_snaps, ss->ss_room * sizeof(struct snap));
	ss->ss_snaps = NULL;
	ss->ss_room = 0;
}

/*
 * Takes memory outside the lock until there is enough of it.
 */
static int
snapshot_take(struct puffs_mount *mount, struct snapshot *ss)
{
	snapshot_fill(mount, ss);
	while (ss->ss_n > ss->ss_room) {
		size_t room = ss->ss_n + ss->ss_n / 8 + 16;

		snapshot_free(ss);
		ss->ss_snaps = kmem_alloc(room * sizeof(struct snap),
		    KM_NOSLEEP);
		if (ss->ss_snaps == NULL)
			return ENOMEM;
		ss->ss_room = room;
		snapshot_fill(mount, ss);
	}
	return 0;
}

static void
snap_print(const struct snap *sn, uint64_t now, char *line, size_t size)
{
	uint64_t us = now > sn->sn_since ? (now - sn->sn_since) / 1000 : 0;

	(void)snprintf(line, size,
	    "  id %" PRIu64 " %s/%u %s%s%s%s age %" PRIu64
	    ".%03u ms lwp %" PRId32 " sends %" PRIu32 " room %" PRIu32,
	    sn->sn_id, class_name(sn->sn_class), sn->sn_type, state_name(sn),
	    sn->sn_flags & PARKF_ABANDONED ? " abandoned" : "",
	    sn->sn_flags & PARKF_FAF ? " faf" : "",
	    sn->sn_flags & PARKF_CALL ? " call" : "", us / 1000,
	    (unsigned)(us % 1000), sn->sn_lid, sn->sn_copylen, sn->sn_maxlen);
}

/*
 * The mount is ours until the snapshot is complete; what emit does meanwhile
 * is its own business.
 */
int
puffsmsg_mount_dump(struct puffs_mount *mount,
    void (*emit)(void *arg, const char *line), void *arg)
{
	struct snapshot ss = { .ss_snaps = NULL };
	uint64_t now = puffsmsg__clock();
	char line[LINE_MAX_BYTES];
	int error;

	puffsmsg__mount_ref(mount);
	error = snapshot_take(mount, &ss);
	(void)snprintf(line, sizeof(line),
	    "mount %s %s: %zu messages, %" PRIu32 " references",
	    mount->pmp_name, status_name(ss.ss_status), ss.ss_n,
	    ss.ss_refs - 1);
	puffsmsg__mount_unref(mount);
	if (error == 0) {
		emit(arg, line);
		for (size_t i = 0; i < ss.ss_n; i++) {
			snap_print(&ss.ss_snaps[i], now, line, sizeof(line));
			emit(arg, line);
		}
	}
	snapshot_free(&ss);
	return error;
}
