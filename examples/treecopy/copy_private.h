/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_COPY_PRIVATE_H
#define TREECOPY_COPY_PRIVATE_H

#include "copy.h"

/* What a copied directory's d_own points to. */
struct copydir {
	int cd_fd;
	struct puffsmsg_vattr cd_attr; /* of the source, as it was entered */
};

static inline int
copydir_fd(const struct wdir *dir)
{
	return ((const struct copydir *)dir->d_own)->cd_fd;
}

/* Regular files and symbolic links; false: halted. */
bool copy_file(struct copy *copy, struct client *client, struct wdir *dir,
    const char *name, uint64_t cookie);
bool copy_link(struct copy *copy, struct client *client, struct wdir *dir,
    const char *name, uint64_t cookie);

/*
 * Why `after' shows that what was read while the attributes were `before' is
 * not one state of the file; NULL: it is.
 */
const char *copy_changed(const struct puffsmsg_vattr *before,
    const struct puffsmsg_vattr *after);

/* Owner, mode and times of an open file or directory, in this order. */
int copy_attributes(struct copy *copy, int fd,
    const struct puffsmsg_vattr *attr);
/* Owner and times of a link. */
int copy_link_attributes(struct copy *copy, int dirfd, const char *name,
    const struct puffsmsg_vattr *attr);

/* Halts because of the source, or of the copy; return false. */
bool copy_source_error(struct copy *copy, const struct wdir *dir,
    const char *name, int error);
bool copy_target_error(struct copy *copy, const struct wdir *dir,
    const char *name, int error);

#endif /* TREECOPY_COPY_PRIVATE_H */
