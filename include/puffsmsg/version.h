/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_VERSION_H
#define PUFFSMSG_VERSION_H

/*
 * Version of these headers.  puffsmsg_version() is that of the library that
 * was linked; until 1.0.0 the two must have the same minor number.
 */
#define PUFFSMSG_VERSION_MAJOR  0
#define PUFFSMSG_VERSION_MINOR  1
#define PUFFSMSG_VERSION_PATCH  0
#define PUFFSMSG_VERSION_STRING "0.1.0"

#endif /* PUFFSMSG_VERSION_H */
