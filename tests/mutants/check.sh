#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check.sh <tree>
#
# Every tests/mutants/*.patch of the tree is named by a number and what it
# does, says what it does and which tests catch it, changes files of lib/ or
# of the kernel-path headers only, and applies without offsets.
set -u

tree=$1
bad=0

complain() {
	echo "$1: $2"
	bad=$((bad + 1))
}

check() {
	patch=$1
	name=$(basename "$patch" .patch)
	case $name in
	[0-9][0-9]-?* | [0-9][0-9][0-9]-?*) ;;
	*) complain "$name" "is not called <number>-<what>.patch" ;;
	esac
	for field in What Tests; do
		sed '/^diff /q' "$patch" | grep -q "^$field: ." ||
		    complain "$name" "has no line \"$field:\""
	done
	if grep '^+++ ' "$patch" |
	    grep -qv '^+++ b/\(lib\|include/puffsmsg/kern\)/'; then
		complain "$name" "changes more than the library"
	fi
	said=$(patch --dry-run --silent --fuzz=0 --strip=1 \
	    --directory="$tree" <"$patch" 2>&1) ||
	    complain "$name" "does not apply: $said"
}

set -- "$tree"/tests/mutants/*.patch
[ -f "$1" ] || complain "$tree/tests/mutants" "has no patch"
for file; do
	[ ! -f "$file" ] || check "$file"
done
echo "$# mutants, $bad complaints"
[ "$bad" -eq 0 ]
