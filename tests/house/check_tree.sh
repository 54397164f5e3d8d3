#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check_tree.sh <tree>
#
# What holds for the files of the tree, whatever is in them: every source is in
# its list, has its unit test, begins with its licence, and keeps to the rules
# that no tool knows.
set -u
export LC_ALL=C

cd "$1" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# complain <text> <lines>: if there are any
complain() {
	[ -n "$2" ] || return 0
	echo "$1:"
	echo "$2" | sed 's/^/	/'
	status=1
}

# unlisted <list> <file>...: those that no line of the list names
unlisted() {
	list=$1
	shift
	for file; do
		grep -q -w -F -- "$file" "$list" || echo "$file"
	done
}

untested() {
	for source; do
		name=$(basename "$source" .c)
		[ -f "tests/unit/test_$name.c" ] || echo "$source"
	done
}

# Files of ours, by what they are.
find CMakeLists.txt .ci cmake examples include lib run tests -type f \
    ! -name '*.txt' ! -name '*.in' ! -name '*.json' ! -name '*.md' \
    ! -name '*.patch' >"$work/all"
find CMakeLists.txt lib examples tests -name CMakeLists.txt >>"$work/all"
grep '\.[ch]$' "$work/all" >"$work/c"

# shellcheck disable=SC2046 # names without blanks
complain "not in lib/CMakeLists.txt" "$(cd lib &&
    unlisted CMakeLists.txt $(find host kern msgif op server -name '*.c'))"
# shellcheck disable=SC2046
complain "not in tests/unit/CMakeLists.txt" "$(cd tests/unit &&
    unlisted CMakeLists.txt $(find . -name 'test_*.c' |
	sed 's|.*/||; s|\.c$||'))"
# shellcheck disable=SC2046
complain "without tests/unit/test_<source>.c" \
    "$(untested $(find lib -name '*.c'))"

complain "without a licence line at the top" "$(
	while read -r file; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' ||
		    echo "$file"
	done <"$work/all")"
complain "dead or unfinished code" "$(xargs grep -n -w -E \
    'XX[X]|TOD[O]|FIXM[E]|#[ 	]*if 0' <"$work/c")"
complain "lines of more than 100 columns" "$(
	while read -r file; do
		expand "$file" | awk -v file="$file" \
		    'length > 100 { print file ":" NR }'
	done <"$work/c")"
complain "files of more than 400 lines in lib" "$(grep '^lib/' "$work/c" |
    xargs wc -l | awk '$1 > 400 && $2 != "total" { print $2, $1 }')"

exit "$status"
