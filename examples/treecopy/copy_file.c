/* SPDX-License-Identifier: BSD-2-Clause */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "copy_private.h"

const char *
copy_changed(const struct puffsmsg_vattr *before,
    const struct puffsmsg_vattr *after)
{
	if (before->va_size != after->va_size)
		return "changed while it was read (its size did)";
	if (before->va_mtime.tv_sec != after->va_mtime.tv_sec ||
	    before->va_mtime.tv_nsec != after->va_mtime.tv_nsec)
		return "changed while it was read (it was written to)";
	return NULL;
}

static int
write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	while (len > 0) {
		n = write(fd, data, len);
		if (n == -1 && errno != EINTR)
			return errno;
		if (n > 0) {
			data += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* A file that is being copied. */
struct transfer {
	struct copy *t_copy;
	struct client *t_client;
	struct wdir *t_dir;
	const char *t_name;
	uint64_t t_cookie;
	int t_fd;                       /* the copy */
	uint64_t t_copied;              /* bytes */
	struct puffsmsg_vattr t_before; /* attributes */
};

static bool
source_error(struct transfer *t, int error)
{
	return copy_source_error(t->t_copy, t->t_dir, t->t_name, error);
}

static bool
target_error(struct transfer *t, int error)
{
	return copy_target_error(t->t_copy, t->t_dir, t->t_name, error);
}

/*
 * As many bytes as the file had at first, fewer if it ends before.  That it has
 * grown will show in its attributes.
 */
static bool
transfer_data(struct transfer *t)
{
	const void *data;
	size_t len = 0;
	int error;

	do {
		error = client_read(t->t_client, t->t_cookie, t->t_copied,
		    &data, &len);
		if (error != 0)
			return source_error(t, error);
		if ((error = write_all(t->t_fd, data, len)) != 0)
			return target_error(t, error);
		t->t_copied += len;
		progress_add(t->t_copy->c_progress, 0, len);
	} while (len > 0 && t->t_copied < t->t_before.va_size);
	atomic_fetch_add(&t->t_copy->c_tally->ta_written, t->t_copied);
	return true;
}

/* What was read must be one state of the file. */
static bool
check_unchanged(struct transfer *t)
{
	struct puffsmsg_vattr after;
	const char *changed;
	int error;

	error = client_getattr(t->t_client, t->t_cookie, &after);
	if (error != 0)
		return source_error(t, error);
	changed = copy_changed(&t->t_before, &after);
	if (changed == NULL && t->t_copied != t->t_before.va_size)
		changed = "changed while it was read (its length did)";
	if (changed != NULL)
		return walk_failed(t->t_copy->c_halt, t->t_dir, NULL, t->t_name,
		    changed);
	return true;
}

/* Between OPEN and CLOSE. */
static bool
transfer_open(struct transfer *t)
{
	int error;

	t->t_fd = openat(copydir_fd(t->t_dir), t->t_name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (t->t_fd == -1)
		return target_error(t, errno);
	if ((t->t_before.va_size > 0 && !transfer_data(t)) ||
	    !check_unchanged(t)) {
		close(t->t_fd);
		return false;
	}
	error = copy_attributes(t->t_copy, t->t_fd, &t->t_before);
	/* Some file systems only now say that the disk is full. */
	if (close(t->t_fd) == -1 && error == 0)
		error = errno;
	return error == 0 || target_error(t, error);
}

bool
copy_file(struct copy *copy, struct client *client, struct wdir *dir,
    const char *name, uint64_t cookie)
{
	struct transfer t = { .t_copy = copy,
		.t_client = client,
		.t_dir = dir,
		.t_name = name,
		.t_cookie = cookie };
	int error;

	if ((error = client_open(client, cookie)) != 0)
		return source_error(&t, error);
	error = client_getattr(client, cookie, &t.t_before);
	if (error != 0)
		return source_error(&t, error);
	if (!transfer_open(&t))
		return false;
	if ((error = client_close(client, cookie)) != 0)
		return source_error(&t, error);
	atomic_fetch_add(&copy->c_tally->ta_files, 1);
	if (t.t_before.va_nlink > 1)
		atomic_fetch_add(&copy->c_tally->ta_hardlinks, 1);
	return true;
}

bool
copy_link(struct copy *copy, struct client *client, struct wdir *dir,
    const char *name, uint64_t cookie)
{
	struct puffsmsg_vattr attr;
	char link[CLIENT_LINK];
	int error, fd = copydir_fd(dir);

	error = client_getattr(client, cookie, &attr);
	if (error == 0)
		error = client_readlink(client, cookie, link);
	if (error != 0)
		return copy_source_error(copy, dir, name, error);
	if (symlinkat(link, fd, name) == -1)
		return copy_target_error(copy, dir, name, errno);
	error = copy_link_attributes(copy, fd, name, &attr);
	if (error != 0)
		return copy_target_error(copy, dir, name, error);
	atomic_fetch_add(&copy->c_tally->ta_links, 1);
	return true;
}
