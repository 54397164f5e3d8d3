/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_SETID_H
#define TREECOPY_SETID_H

#include <sys/stat.h>

/*
 * The mode that a copy gets: setuid and setgid only if it has the owner, or
 * the group, of the source, as it would give away rights of somebody else.
 */
static inline mode_t
setid_mode(mode_t mode, int same_owner, int same_group)
{
	mode &= 07777;
	if (!same_owner)
		mode &= (mode_t)~S_ISUID;
	if (!same_group)
		mode &= (mode_t)~S_ISGID;
	return mode;
}

#endif /* TREECOPY_SETID_H */
