/* SPDX-License-Identifier: BSD-2-Clause */

/* One set of assertions; KERN_ASSERTS is its name.  See kern_asserts.h. */

#undef PUFFSMSG_DIAGNOSTIC

#include <sys/systm.h>

#include "kern_asserts.h"

static void
kassert(int n, int *evaluated)
{
	(void)n;
	(void)evaluated;
	KASSERT(++*evaluated && n == 1);
}

static void
kassertmsg(int n, int *evaluated)
{
	(void)n;
	(void)evaluated;
	if (n > 0)
		KASSERTMSG(++*evaluated && n == 1, "n is %d, not %d", n, 1);
	else
		KASSERTMSG(n == 1, "n is not positive");
}

static void
kdassert(int n, int *evaluated)
{
	(void)n;
	(void)evaluated;
	KDASSERT(++*evaluated && n == 1);
}

static void
kdassertmsg(int n, int *evaluated)
{
	(void)n;
	(void)evaluated;
	if (n > 0)
		KDASSERTMSG(++*evaluated && n == 1, "n is %d, not %d", n, 1);
	else
		KDASSERTMSG(n == 1, "n is not positive");
}

const struct kern_asserts KERN_ASSERTS = {
	kassert,
	kassertmsg,
	kdassert,
	kdassertmsg,
};
