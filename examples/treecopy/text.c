/* SPDX-License-Identifier: BSD-2-Clause */

#include <stdbool.h>
#include <stdlib.h>

#include "text.h"

/* Bytes of the sequence that `lead' begins; 0: none does. */
static size_t
sequence_length(unsigned char lead)
{
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return 4;
	return 0;
}

/* Second bytes that would make a longer form, a surrogate or too much. */
static bool
second_is_bad(unsigned char lead, unsigned char second)
{
	return (lead == 0xe0 && second < 0xa0) ||
	    (lead == 0xed && second > 0x9f) ||
	    (lead == 0xf0 && second < 0x90) || (lead == 0xf4 && second > 0x8f);
}

/*
 * Length of the printable UTF-8 sequence of more than one byte at `s', or 0.
 * U+0080 to U+009F are control characters.
 */
static size_t
utf8_length(const unsigned char *s)
{
	size_t i, len = sequence_length(s[0]);

	if (len == 0 || second_is_bad(s[0], s[1]))
		return 0;
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}

void
text_name(FILE *out, const char *name)
{
	const unsigned char *s = (const unsigned char *)name;
	size_t len;

	while (*s != '\0') {
		if (*s == '\\') {
			fputs("\\\\", out);
			s++;
		} else if (*s >= ' ' && *s < 0x7f) {
			fputc(*s++, out);
		} else if ((len = utf8_length(s)) != 0) {
			fwrite(s, 1, len, out);
			s += len;
		} else {
			fprintf(out, "\\%03o", (unsigned)*s++);
		}
	}
}

char *
text_quoted(const char *name)
{
	char *text = NULL;
	size_t len;
	FILE *out;

	if ((out = open_memstream(&text, &len)) == NULL)
		return NULL;
	text_name(out, name);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

const char *
text_count(uint64_t n, char buf[TEXT_NUMBER])
{
	char *p = buf + TEXT_NUMBER - 1;
	unsigned digits = 0;

	*p = '\0';
	do {
		if (digits != 0 && digits % 3 == 0)
			*--p = ',';
		*--p = (char)('0' + n % 10);
		digits++;
	} while ((n /= 10) != 0);
	return p;
}

/* `n' in the largest unit of which there is at least one. */
static const char *
scaled(uint64_t n, const char *const *units, size_t nunits, char *buf)
{
	double value = (double)n;
	size_t unit = 0;

	while (unit + 1 < nunits && value >= 999.95) {
		value /= 1000;
		unit++;
	}
	snprintf(buf, TEXT_NUMBER, "%.*f %s", unit == 0 ? 0 : 1, value,
	    units[unit]);
	return buf;
}

const char *
text_bytes(uint64_t n, char buf[TEXT_NUMBER])
{
	static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };

	return scaled(n, units, sizeof(units) / sizeof(units[0]), buf);
}

const char *
text_time(uint64_t ns, char buf[TEXT_NUMBER])
{
	static const char *const units[] = { "ns", "us", "ms", "s" };

	return scaled(ns, units, sizeof(units) / sizeof(units[0]), buf);
}
