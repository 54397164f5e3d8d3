/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PUFFSMSG_MSGIF_ERRNOMAX_H
#define PUFFSMSG_MSGIF_ERRNOMAX_H

/*
 * The largest errno of this platform, which bounds what a reply may say.  The
 * BSDs name it; Linux does not, and its architectures differ: there it is the
 * larger of the two that come last somewhere.
 */

#include <errno.h>

#if defined(ELAST)
#define PUFFSMSG__ERRNO_MAX ELAST
#elif defined(EHWPOISON) && EHWPOISON > EDQUOT
#define PUFFSMSG__ERRNO_MAX EHWPOISON
#else
#define PUFFSMSG__ERRNO_MAX EDQUOT
#endif

#endif /* PUFFSMSG_MSGIF_ERRNOMAX_H */
