#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check_symbols.sh <shared library> <static library> <include directory>
#
# The shared library exports exactly the 19 calls and what the public headers
# declare as puffsmsg_*; the static library has beyond that puffsmsg__* only.
# CC, NM and CPPFLAGS may come from the environment.
set -u
export LC_ALL=C

here=$(dirname "$0")
shared=$1
static=$2
include=$(cd "$3" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# complain <text> <file of names>: if there are any
complain() {
	[ -s "$2" ] || return 0
	echo "$1:" >&2
	sed 's/^/	/' "$2" >&2
	status=1
}

# defined <nm flags...>: names of the defined global symbols
defined() {
	${NM:-nm} --defined-only "$@" | awk 'NF == 3 && $2 ~ /[A-Z]/ {
		sub(/@.*/, "", $3)
		print $3
	}' | sort -u
}

# Version nodes (type A) are no symbols of ours.
defined -D "$shared" | grep -v '^PUFFSMSG_[0-9]' >"$work/shared"
defined -g "$static" >"$work/static"
sort -u "$here/the19.txt" >"$work/the19"

find "$include" -name '*.h' | sort | sed 's/.*/#include "&"/' >"$work/all.c"
# shellcheck disable=SC2086 # flags are words
${CC:-cc} ${CPPFLAGS:-} -I"$include" -I"$include/puffsmsg/kern" -E -P \
    "$work/all.c" >"$work/all.i" || exit 1
awk -f "$here/declared.awk" "$work/all.i" | sort -u >"$work/declared"

if [ ! -s "$work/shared" ] || [ ! -s "$work/static" ]; then
	echo "no symbols at all in $shared or $static" >&2
	exit 1
fi

# The program's linker, or another copy of the library in the process, may put
# another object in the place of an exported one.
${NM:-nm} -D --defined-only "$shared" |
    awk 'NF == 3 && $2 ~ /[BCDGS]/ { sub(/@.*/, "", $3); print $3 }' >"$work/out"
complain "exported objects that can be written to" "$work/out"

grep -v -e '^puffsmsg_[^_]' "$work/shared" >"$work/exported19"
comm -13 "$work/the19" "$work/exported19" >"$work/out"
complain "exported, neither one of the 19 nor puffsmsg_*" "$work/out"
comm -23 "$work/the19" "$work/exported19" >"$work/out"
complain "of the 19, not exported" "$work/out"

comm -23 "$work/shared" "$work/declared" >"$work/out"
complain "exported, declared in no public header" "$work/out"
comm -13 "$work/shared" "$work/declared" >"$work/out"
complain "declared in a public header, not exported" "$work/out"

# Compilers for i386 add functions that read the program counter, hidden ones.
comm -23 "$work/static" "$work/shared" |
    grep -v -e '^puffsmsg__' -e '^__x86\.get_pc_thunk\.' >"$work/out"
complain "global in the static library alone, not puffsmsg__*" "$work/out"
comm -13 "$work/static" "$work/shared" >"$work/out"
complain "exported, not in the static library" "$work/out"

exit "$status"
