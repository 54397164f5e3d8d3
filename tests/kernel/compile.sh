#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# compile.sh [-p] <compiler> [flags...]
#
# What kernel code may expect of this compiler and the kernel-path headers:
# kmod.c compiles without a warning in each dialect; each header does by
# itself, twice, and together with all others in either order, from C and C++;
# and what must not compile does not.  With -p also each header before each
# other one.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd) || exit 1
include=$(cd "$here/../../include" && pwd) || exit 1
pairs=no
if [ "${1:-}" = -p ]; then
	pairs=yes
	shift
fi
[ $# -gt 0 ] || exit 2
compiler="$*"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# compile <compiler and flags...>: whatever it says goes to the file out
compile() {
	"$@" -Wall -Wextra -Werror -I"$include" -I"$include/puffsmsg/kern" \
	    -fsyntax-only >"$work/out" 2>&1
}

failed() {
	echo "$compiler: $*:"
	sed 's/^/	/' "$work/out"
	status=1
}

# includes <header>...
includes() {
	for header; do
		echo "#include <sys/$header>"
	done
}

# try <language> <what> <compiler and flags...>: the file source.<language>
try() {
	language=$1
	what=$2
	shift 2
	compile "$@" -x "$language" "$work/source" || failed "$language, $what"
}

headers=$(cd "$include/puffsmsg/kern/sys" && ls -- *.h)
backwards=$(for header in $headers; do echo "$header"; done | sort -r)

# check_headers <language> <compiler and flags...>
# shellcheck disable=SC2086 # names are words
check_headers() {
	language=$1
	shift
	for header in $headers; do
		includes "$header" >"$work/source"
		try "$language" "$header" "$@"
		includes "$header" "$header" >"$work/source"
		try "$language" "$header twice" "$@"
	done
	includes $headers >"$work/source"
	try "$language" "all headers" "$@"
	includes $backwards >"$work/source"
	try "$language" "all headers backwards" "$@"
}

check_pairs() {
	for first in $headers; do
		for second in $headers; do
			[ "$first" != "$second" ] || continue
			includes "$first" "$second" >"$work/source"
			try c "$first before $second" "$@"
		done
	done
}

# refuse <what> <line that compiles> <line that does not>
refuse() {
	what=$1
	good=$2
	bad=$3
	shift 3
	for line in "$good" "$bad"; do
		{
			includes atomic.h queue.h systm.h
			echo "struct wide { uint64_t words[2]; };"
			echo "struct three { uint8_t bytes[3]; };"
			echo "void f(struct wide *w, struct three *t, int *n);"
			echo "void f(struct wide *w, struct three *t, int *n)"
			echo "{ (void)w; (void)t; (void)n; $line }"
		} >"$work/source"
		if [ "$line" = "$good" ]; then
			try c "$what" "$@"
		elif compile "$@" -x c "$work/source"; then
			echo "compiled: $line" >"$work/out"
			failed "$what"
		fi
	done
}

for std in gnu99 gnu11 gnu17; do
	for option in -DNONE -DDIAGNOSTIC -DDEBUG; do
		compile "$@" -std=$std $option "$here/kmod.c" ||
		    failed "kmod.c, $std, $option"
	done
	# Warnings come late: those that need the optimizer, too.
	compile "$@" -std=$std -O2 "$here/kmod.c" || failed "kmod.c, $std, -O2"
done
check_headers c "$@" -std=gnu11
[ $pairs = no ] || check_pairs "$@" -std=gnu11

refuse 'a load that cannot be atomic' '(void)atomic_load_relaxed(n);' \
    '(void)atomic_load_relaxed(w);' "$@" -std=gnu11
refuse 'a store of three bytes' 'atomic_store_release(n, 1);' \
    'atomic_store_release(t, *t);' "$@" -std=gnu11
refuse CTASSERT 'CTASSERT(sizeof(*n) > 1);' 'CTASSERT(sizeof(*n) < 1);' \
    "$@" -std=gnu11
refuse 'formats of printf' 'printf("%d", *n);' 'printf("%s", *n);' \
    "$@" -std=gnu11
refuse 'formats of panic' 'panic("%d", *n);' 'panic("%d %d", *n);' \
    "$@" -std=gnu11

: >"$work/source"
if compile "$@" -x c++ "$work/source"; then
	check_headers c++ "$@" -std=gnu++11
else
	echo "$compiler: has no C++"
fi
exit $status
