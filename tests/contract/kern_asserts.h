/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERN_ASSERTS_H
#define KERN_ASSERTS_H

/*
 * Which assertions a file has: the same functions, compiled with each setting
 * of DIAGNOSTIC and DEBUG.  Each asserts that `n' is 1, counts in *evaluated
 * how often that was looked at, and panics or not.
 */
struct kern_asserts {
	void (*kassert)(int n, int *evaluated);
	void (*kassertmsg)(int n, int *evaluated);
	void (*kdassert)(int n, int *evaluated);
	void (*kdassertmsg)(int n, int *evaluated);
};

extern const struct kern_asserts kern_asserts_neither;
extern const struct kern_asserts kern_asserts_diagnostic;
extern const struct kern_asserts kern_asserts_debug;

#endif /* KERN_ASSERTS_H */
