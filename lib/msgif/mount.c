/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Mounts: creation, references, destruction.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sys/kmem.h>

#include "kern/atomic.h"
#include "kern/kern.h"
#include "msgif/msgif_private.h"

#define MAX_GRACE_MS 86400000u

static uint32_t mounts_live; /* a: */

uint32_t
puffsmsg__mounts_live(void)
{
	return puffsmsg__load32(&mounts_live);
}

/*
 * Options of another version of the program: what it does not know has its
 * default, what we do not know must not be asked for.
 */
int
puffsmsg__options_copy(void *to, size_t known, const void *from, size_t size)
{
	const uint8_t *p = from;

	if (size < sizeof(size_t))
		return EINVAL;
	for (size_t i = known; i < size; i++) {
		if (p[i] != 0)
			return EINVAL;
	}
	memset(to, 0, known);
	memcpy(to, from, size < known ? size : known);
	return 0;
}

static void
default32(uint32_t *value, uint32_t def)
{
	if (*value == 0)
		*value = def;
}

static void
options_default(struct puffsmsg_mount_options *opt)
{
	if (opt->name == NULL)
		opt->name = "puffs";
	if (opt->maxmsg == 0)
		opt->maxmsg = PUFFSMSG_MAXMSG_DEFAULT;
	if (opt->maxbytes == 0)
		opt->maxbytes = (size_t)16 << 20;
	default32(&opt->grace_ms, 5000);
	default32(&opt->maxanswers, 1024);
	default32(&opt->maxsopreqs, 1024);
	default32(&opt->maxabandoned, 4096);
	default32(&opt->pagesize, 4096);
}

/*
 * Half a translation is none, so that all that we know of it must be there.
 */
static bool
translation_valid(const struct puffsmsg_translation *given)
{
	struct puffsmsg_translation tr;

	return given == NULL ||
	    (given->size >= sizeof(tr) &&
		puffsmsg__options_copy(&tr, sizeof(tr), given, given->size) ==
		    0 &&
		tr.out != NULL && tr.in != NULL);
}

static bool
options_valid(const struct puffsmsg_mount_options *opt)
{
	return (opt->flags & ~PUFFSMSG_MOUNT_NONOTICE) == 0 &&
	    opt->grace_ms <= MAX_GRACE_MS &&
	    opt->maxmsg >= PUFFSMSG_MAXMSG_MIN && opt->maxmsg <= INT32_MAX &&
	    (opt->pagesize & (opt->pagesize - 1)) == 0 &&
	    translation_valid(opt->translation);
}

static int
options_read(struct puffsmsg_mount_options *opt,
    const struct puffsmsg_mount_options *given)
{
	int error = 0;

	memset(opt, 0, sizeof(*opt));
	if (given != NULL)
		error = puffsmsg__options_copy(opt, sizeof(*opt), given,
		    given->size);
	if (error != 0)
		return error;
	options_default(opt);
	return options_valid(opt) ? 0 : EINVAL;
}

/*
 * The host's callbacks, of a possibly shorter struct.
 */
static int
fsops_read(struct puffs_mount *mount)
{
	const struct puffsmsg_fsops *given = mount->pmp_opt.fsops;

	if (given == NULL)
		return 0;
	return puffsmsg__options_copy(&mount->pmp_fsops,
	    sizeof(mount->pmp_fsops), given, given->size);
}

static int
mount_init(struct puffs_mount *mount)
{
	int error;

	(void)snprintf(mount->pmp_name, sizeof(mount->pmp_name), "%s",
	    mount->pmp_opt.name);
	mount->pmp_opt.name = mount->pmp_name;
	error = fsops_read(mount);
	if (error != 0)
		return error;
	error = puffsmsg__idtable_init(&mount->pmp_ids);
	if (error != 0)
		return error;
	mutex_init(&mount->pmp_lock, MUTEX_DEFAULT, IPL_NONE);
	cv_init(&mount->pmp_cv, "puffsmnt");
	for (int i = 0; i < LIST_KINDS; i++)
		TAILQ_INIT(&mount->pmp_list[i]);
	puffsmsg__sleepq_init(&mount->pmp_readers);
	mount->pmp_status = PUFFSTAT_MOUNTING;
	mount->pmp_nextid = 1;
	puffsmsg__sop_init(mount);
	return 0;
}

static void
mount_fini(struct puffs_mount *mount)
{
	puffsmsg__sop_fini(mount);
	cv_destroy(&mount->pmp_cv);
	mutex_destroy(&mount->pmp_lock);
	puffsmsg__idtable_fini(&mount->pmp_ids);
}

int
puffsmsg_mount_create(const struct puffsmsg_mount_options *options,
    struct puffs_mount **mountp)
{
	struct puffsmsg_mount_options opt;
	struct puffs_mount *mount;
	int error;

	*mountp = NULL;
	puffsmsg__must_run("puffsmsg_mount_create");
	error = options_read(&opt, options);
	if (error != 0)
		return error;
	mount = kmem_zalloc(sizeof(*mount), KM_SLEEP);
	mount->pmp_opt = opt;
	error = mount_init(mount);
	if (error == 0) {
		error = puffsmsg__sop_start(mount);
		if (error != 0)
			mount_fini(mount);
	}
	if (error != 0) {
		kmem_free(mount, sizeof(*mount));
		return error;
	}
	(void)puffsmsg__add32(&mounts_live, 1);
	*mountp = mount;
	return 0;
}

int
puffsmsg_mount_start(struct puffs_mount *mount)
{
	int error = 0;

	mutex_enter(&mount->pmp_lock);
	if (mount->pmp_status == PUFFSTAT_MOUNTING)
		mount->pmp_status = PUFFSTAT_RUNNING;
	else
		error = mount->pmp_status == PUFFSTAT_RUNNING ? EBUSY : ENXIO;
	mutex_exit(&mount->pmp_lock);
	return error;
}

int
puffsmsg_mount_state(struct puffs_mount *mount)
{
	int status;

	mutex_enter(&mount->pmp_lock);
	status = mount->pmp_status;
	mutex_exit(&mount->pmp_lock);
	return status;
}

size_t
puffsmsg__mount_maxmsg(const struct puffs_mount *mount)
{
	return mount->pmp_opt.maxmsg;
}

void
puffsmsg__mount_ref_locked(struct puffs_mount *mount)
{
	mount->pmp_refs++;
}

void
puffsmsg__mount_ref(struct puffs_mount *mount)
{
	mutex_enter(&mount->pmp_lock);
	mount->pmp_refs++;
	mutex_exit(&mount->pmp_lock);
}

/*
 * The memory stays until destroy has taken the lock after us.
 */
void
puffsmsg__mount_unref_locked(struct puffs_mount *mount)
{
	if (--mount->pmp_refs == 0 && mount->pmp_destroying)
		cv_broadcast(&mount->pmp_cv);
}

void
puffsmsg__mount_unref(struct puffs_mount *mount)
{
	mutex_enter(&mount->pmp_lock);
	puffsmsg__mount_unref_locked(mount);
	mutex_exit(&mount->pmp_lock);
}

void
puffsmsg__mount_tell(struct puffs_mount *mount)
{
	mount->pmp_opt.notify(mount->pmp_opt.notify_arg);
	puffsmsg__mount_unref(mount);
}

void
puffsmsg__not_in_callback(const char *call, const void *object)
{
	if (curlwp->l_nosleep > 0)
		puffsmsg__panic("%s: %p: called from a callback", call, object);
}

static void
destroy_claim(struct puffs_mount *mount)
{
	puffsmsg__not_in_callback("puffsmsg_mount_destroy", mount);
	if (puffsmsg__sop_isself(mount))
		puffsmsg__panic("puffsmsg_mount_destroy: mount %p: called "
				"from its own callbacks",
		    (void *)mount);
	mutex_enter(&mount->pmp_lock);
	if (mount->pmp_destroying)
		puffsmsg__panic("puffsmsg_mount_destroy: mount %p: destroyed "
				"twice",
		    (void *)mount);
	mount->pmp_destroying = true;
	mutex_exit(&mount->pmp_lock);
}

void
puffsmsg_mount_destroy(struct puffs_mount *mount)
{
	destroy_claim(mount);
	(void)puffsmsg_mount_unmount(mount, PUFFSMSG_MNT_FORCE);
	puffsmsg__sop_tellexit(mount);
	puffsmsg__sop_join(mount);
	mutex_enter(&mount->pmp_lock);
	while (mount->pmp_refs != 0)
		cv_wait(&mount->pmp_cv, &mount->pmp_lock);
	mutex_exit(&mount->pmp_lock);
	mount_fini(mount);
	kmem_free(mount, sizeof(*mount));
	(void)puffsmsg__sub32(&mounts_live, 1);
}
