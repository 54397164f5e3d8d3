/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SERVER_ATTR_H
#define TREECOPY_SERVER_ATTR_H

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <puffsmsg/op.h>

/* What the system says of a file, as attributes of the wire. */
void attr_from_stat(struct puffsmsg_vattr *va, const struct stat *st);
/* The same of a file system. */
void attr_from_statvfs(struct puffsmsg_statvfs *sb, const struct statvfs *sv);

#endif /* TREECOPY_SERVER_ATTR_H */
