/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TREECOPY_TEXT_H
#define TREECOPY_TEXT_H

/* Names, numbers and times, written for people. */

#include <stdint.h>
#include <stdio.h>

#define TEXT_NUMBER 32

/*
 * Writes a name of any bytes so that it stays on its line and harms no
 * terminal: printable ASCII and valid UTF-8 as they are, the rest as \ooo.
 */
void text_name(FILE *out, const char *name);

/* As text_name; returns memory for free(), or NULL without memory. */
char *text_quoted(const char *name);

/* 1234567 as "1,234,567". */
const char *text_count(uint64_t n, char buf[TEXT_NUMBER]);

/* 1234567 as "1.2 MB". */
const char *text_bytes(uint64_t n, char buf[TEXT_NUMBER]);

/* Nanoseconds as "12.3 us". */
const char *text_time(uint64_t ns, char buf[TEXT_NUMBER]);

#endif /* TREECOPY_TEXT_H */
