/* SPDX-License-Identifier: BSD-2-Clause */

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "copy_private.h"

bool
copy_source_error(struct copy *copy, const struct wdir *dir, const char *name,
    int error)
{
	return walk_error(copy->c_halt, dir, NULL, name, error);
}

bool
copy_target_error(struct copy *copy, const struct wdir *dir, const char *name,
    int error)
{
	return walk_error(copy->c_halt, dir, copy->c_path, name, error);
}

/* Makes the directory in its parent's copy; the root's is there. */
static int
make_directory(struct copy *copy, const struct wdir *dir)
{
	int fd;

	if (dir->d_parent == NULL)
		return fcntl(copy->c_fd, F_DUPFD_CLOEXEC, 0);
	fd = copydir_fd(dir->d_parent);
	if (mkdirat(fd, dir->d_name, 0700) == -1)
		return -1;
	return openat(fd, dir->d_name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void
drop(void *arg, struct wdir *dir)
{
	struct copydir *own = dir->d_own;

	(void)arg;
	if (own == NULL)
		return;
	if (own->cd_fd != -1)
		close(own->cd_fd);
	free(own);
	dir->d_own = NULL;
}

static bool
enter(void *arg, struct client *client, struct wdir *dir)
{
	struct copy *copy = arg;
	struct copydir *own = malloc(sizeof(*own));
	int error;

	if (own == NULL)
		return copy_source_error(copy, dir, NULL, ENOMEM);
	error = client_getattr(client, dir->d_cookie, &own->cd_attr);
	if (error != 0) {
		free(own);
		return copy_source_error(copy, dir, NULL, error);
	}
	if ((own->cd_fd = make_directory(copy, dir)) == -1) {
		error = errno;
		free(own);
		return copy_target_error(copy, dir, NULL, error);
	}
	dir->d_own = own;
	return true;
}

static bool
entry(void *arg, struct client *client, struct wdir *dir, const char *name,
    const struct found *found)
{
	struct copy *copy = arg;
	bool copied;

	if (found->f_type == PUFFSMSG_VREG)
		copied = copy_file(copy, client, dir, name, found->f_cookie);
	else if (found->f_type == PUFFSMSG_VLNK)
		copied = copy_link(copy, client, dir, name, found->f_cookie);
	else if (tally_skip(copy->c_tally,
		     trail_entry(&dir->d_trail, NULL, name),
		     found->f_type) == 0)
		copied = true;
	else
		copied = copy_source_error(copy, dir, name, ENOMEM);
	if (copied)
		progress_add(copy->c_progress, 1, 0);
	return copied;
}

/* Its listing is only good if the directory is what it was at first. */
static bool
check_unchanged(struct copy *copy, struct client *client, struct wdir *dir)
{
	const struct copydir *own = dir->d_own;
	struct puffsmsg_vattr after;
	int error;

	error = client_getattr(client, dir->d_cookie, &after);
	if (error != 0)
		return copy_source_error(copy, dir, NULL, error);
	if (copy_changed(&own->cd_attr, &after) != NULL)
		return walk_failed(copy->c_halt, dir, NULL, NULL,
		    "changed while it was copied");
	return true;
}

static bool
leave(void *arg, struct client *client, struct wdir *dir)
{
	struct copy *copy = arg;
	struct copydir *own = dir->d_own;
	int error;

	if (!check_unchanged(copy, client, dir))
		return false;
	error = copy_attributes(copy, own->cd_fd, &own->cd_attr);
	if (error != 0)
		return copy_target_error(copy, dir, NULL, error);
	drop(NULL, dir);
	atomic_fetch_add(&copy->c_tally->ta_directories, 1);
	progress_add(copy->c_progress, 1, 0);
	return true;
}

const struct visitor copy_visitor = {
	.v_enter = enter,
	.v_entry = entry,
	.v_leave = leave,
	.v_drop = drop,
};
