#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check_floors.sh <floor> <objects> [-o <objects>] [-p <objects>]...
#
# What the objects of one floor reach outside of themselves.  That may be: of
# libc what is listed here; everything that the -o objects define; the public
# names that the -p objects define.  <objects> is a file with one path a line.
# NM may come from the environment.
set -u
export LC_ALL=C

floor=$1
own=$2
shift 2

# What compilers call on their own behalf.
compiler='_GLOBAL_OFFSET_TABLE_|__stack_chk_fail(_local)?|__(mem|str)[a-z]*_chk'
compiler="$compiler|__v?snprintf_chk|__aeabi_.*|__atomic_.*"
compiler="$compiler|__u?(div|mod|divmod)di[34]|__x86\.get_pc_thunk\..*"
bytes='(mem|str)[a-z]*'

# The server loop waits, is woken and holds its mount by more than the public
# calls; these are all the doors that it has.
doors='puffsmsg__(mount_(ref|unref|serverlost|maxmsg)|read_until|take_kick'
doors="$doors|not_in_callback)"

case $floor in
op) libc=$bytes ;;
msgif) libc="$bytes|v?snprintf" ;;
server) libc="$bytes|v?snprintf|$doors" ;;
kern) libc="$bytes|v?snprintf|sig[a-z]*set|sigismember" ;;
*)
	echo "no such floor: $floor" >&2
	exit 1
	;;
esac

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# symbols <objects> <nm flags...>: the names
symbols() {
	objects=$1
	shift
	[ -s "$objects" ] || {
		echo "no objects in $objects" >&2
		return 1
	}
	xargs "${NM:-nm}" "$@" <"$objects" |
	    awk 'NF >= 2 && !/:$/ { print $NF }' | sort -u
}

symbols "$own" -g --defined-only >"$work/known" || exit 1
symbols "$own" -u >"$work/wanted" || exit 1
while [ $# -gt 1 ]; do
	symbols "$2" -g --defined-only >"$work/below" || exit 1
	case $1 in
	-o) cat "$work/below" ;;
	-p) grep -E '^(puffs|puffsmsg)_[^_]' "$work/below" ;;
	*) exit 2 ;;
	esac >>"$work/known"
	shift 2
done

sort -u "$work/known" | comm -13 - "$work/wanted" |
    grep -E -v -x "$compiler|$libc" >"$work/out"
[ -s "$work/out" ] || exit 0

echo "lib/$floor reaches for what is not on the floor below:" >&2
while read -r name; do
	while read -r object; do
		${NM:-nm} -u "$object" | grep -q -w -- "$name" &&
		    echo "	$name in ${object##*/}"
	done <"$own"
done <"$work/out" >&2
exit 1
