#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# compile_all.sh <compiler>
#
# compile.sh with every C compiler of this machine: gcc and clang, with 64 and
# 32 bits, with the system's libc and with musl.  The one that is named must be
# there; of the others it is said which are not.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd) || exit 1
first=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# works <compiler> [flags...]: is it there, with the headers of a libc?
works() {
	command -v "$1" >/dev/null &&
	    printf '#include <sys/types.h>\nint main(void) { return 0; }\n' |
	    "$@" -x c -c -o "$work/probe.o" - 2>/dev/null
}

# with <compiler> [flags...]
with() {
	if works "$@"; then
		echo "compiling with: $*"
		sh "$here/compile.sh" "$@" || status=1
	else
		echo "not there: $*"
	fi
}

if ! works "$first"; then
	echo "no compiler: $first"
	exit 1
fi
echo "compiling with: $first, all pairs of headers"
sh "$here/compile.sh" -p "$first" || status=1

for compiler in gcc clang; do
	[ "$compiler" = "${first##*/}" ] || with $compiler
	with $compiler -m32
done

# libbsd's headers go with any libc; those beside them do not.
ln -s /usr/include/bsd "$work/bsd"
with musl-gcc -isystem "$work"
musl=/usr/include/$(uname -m)-linux-musl
builtin=$(clang -print-resource-dir 2>/dev/null)/include
with clang -nostdinc -isystem "$builtin" -isystem "$musl" -isystem "$work"

exit $status
