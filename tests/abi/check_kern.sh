#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check_kern.sh <docs/kern.md> <include directory>
#
# The page and the kernel-path headers agree: what it says is there is a macro,
# function, type or member of them, what it says is not there is no macro, and
# every function-like macro is on the page.  CC and CPPFLAGS may come from the
# environment.
set -u
export LC_ALL=C

here=$(dirname "$0")
page=$1
include=$(cd "$2" && pwd) || exit 1
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

awk -f "$here/kern_names.awk" "$page" | sort -u >"$work/page"
for kind in yes no text; do
	sed -n "s/^$kind //p" "$work/page" | sort -u >"$work/$kind"
done

# Names of the headers without their comments; macros, the system's too, since
# some are used as they are.
find "$include/puffsmsg/kern/sys" -name '*.h' | sort >"$work/headers"
sed 's/.*/#include "&"/' "$work/headers" >"$work/all.c"
# shellcheck disable=SC2086 # flags are words
${CC:-cc} ${CPPFLAGS:-} -I"$include" -I"$include/puffsmsg/kern" -E -dM \
    "$work/all.c" >"$work/macros" || exit 1
{
	sed -n 's/^#define \([A-Za-z0-9_]*\).*/\1/p' "$work/macros"
	xargs cat <"$work/headers" | tr '\n' ' ' |
	    sed -E 's|/[*][^*]*[*]+([^/*][^*]*[*]+)*/||g' |
	    tr -c 'A-Za-z0-9_' '\n'
} | sort -u >"$work/there"
xargs sed -n 's/^#[ 	]*define[ 	]*\([A-Za-z0-9_]*\).*/\1/p' \
    <"$work/headers" | sort -u >"$work/ours"
xargs sed -n 's/^#[ 	]*define[ 	]*\([A-Za-z0-9_]*\)(.*/\1/p' \
    <"$work/headers" | grep -v '^PUFFSMSG_' | sort -u >"$work/calls"

if [ ! -s "$work/yes" ] || [ ! -s "$work/calls" ]; then
	echo "nothing to compare in $page or $include" >&2
	exit 1
fi

comm -23 "$work/yes" "$work/there" >"$work/out"
complain "on the page with yes, in no header" "$work/out"
comm -12 "$work/no" "$work/ours" >"$work/out"
complain "on the page with no, but a macro in a header" "$work/out"
comm -13 "$work/text" "$work/calls" >"$work/out"
complain "a macro in a header, not on the page" "$work/out"

exit "$status"
