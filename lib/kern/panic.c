/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Words for people: panic, printf and the log.
 */

#include <stdio.h>
#include <string.h>

#include "kern/kern_private.h"

#include <sys/systm.h>

#define LINE 256

/* A panic may come before init. */
static const struct puffsmsg_host *
some_host(void)
{
	return puffsmsg__host != NULL ? puffsmsg__host
				      : puffsmsg_host_pthread();
}

void
puffsmsg__format(char *buf, size_t size, const char *fmt, va_list ap)
{
	if (vsnprintf(buf, size, fmt, ap) < 0)
		buf[0] = '\0';
}

/* `prefix' is short. */
static void end_with(const char *prefix, const char *fmt, va_list ap)
    __attribute__((__noreturn__, __format__(__printf__, 2, 0)));

static void
end_with(const char *prefix, const char *fmt, va_list ap)
{
	char line[LINE];
	size_t n = strlen(prefix);

	memcpy(line, prefix, n);
	puffsmsg__format(line + n, sizeof(line) - n, fmt, ap);
	/* In parentheses, for panic is a macro here. */
	(some_host()->panic)(line);
	__builtin_trap();
}

void
puffsmsg__panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	end_with("puffsmsg: panic: ", fmt, ap);
}

void
puffsmsg_kern_panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	puffsmsg_kern_vpanic(fmt, ap);
}

void
puffsmsg_kern_vpanic(const char *fmt, va_list ap)
{
	end_with("panic: ", fmt, ap);
}

void
puffsmsg__log(const char *fmt, ...)
{
	static const char prefix[] = "puffsmsg: ";
	char line[LINE];
	va_list ap;

	memcpy(line, prefix, sizeof(prefix));
	va_start(ap, fmt);
	puffsmsg__format(line + sizeof(prefix) - 1,
	    sizeof(line) - sizeof(prefix) + 1, fmt, ap);
	va_end(ap);
	some_host()->log(line);
}

/* The host takes lines, kernel code prints what it likes. */
void
puffsmsg_kern_vprintf(const char *fmt, va_list ap)
{
	char text[LINE];
	char *line, *end;

	puffsmsg__format(text, sizeof(text), fmt, ap);
	for (line = text; *line != '\0'; line = end) {
		end = line + strcspn(line, "\n");
		if (*end == '\n')
			*end++ = '\0';
		some_host()->log(line);
	}
}

void
puffsmsg_kern_printf(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	puffsmsg_kern_vprintf(fmt, ap);
	va_end(ap);
}
