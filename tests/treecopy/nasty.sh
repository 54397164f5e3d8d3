#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# nasty.sh TREECOPY NASTY FILES MEGABYTES
#
# Copies a nasty directory and looks for differences with the system's own
# tools, which know nothing of treecopy.

set -eu
treecopy=$1 nasty=$2 files=$3 megabytes=$4
LC_ALL=C
export LC_ALL

dir=$(mktemp -d "${TMPDIR:-/tmp}/nasty.XXXXXX")
clean() {
	chmod -R u+rwx "$dir"
	rm -rf "$dir"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM

# Types, modes, times, links, and what the test's user may set besides.
listing() {
	owner=
	[ "$(id -u)" != 0 ] || owner='%U %G '
	find "$1" -printf "%P\t%y %m %T@ $owner%l\\0" | sort -z
}

same_listing() {
	listing "$1" >"$dir/listing.1"
	listing "$2" >"$dir/listing.2"
	if ! cmp "$dir/listing.1" "$dir/listing.2"; then
		tr '\n\0' '?\n' <"$dir/listing.1" >"$dir/lines.1"
		tr '\n\0' '?\n' <"$dir/listing.2" >"$dir/lines.2"
		diff "$dir/lines.1" "$dir/lines.2" | head -20
		exit 1
	fi
	[ -s "$dir/listing.1" ]
}

"$nasty" "$dir/nasty" "$files" "$megabytes"
"$treecopy" "$dir/nasty" "$dir/copy" | tee "$dir/report"
grep -q '^Accounts .* live: 0, .* live: 0, .* live: 0' "$dir/report"
diff -r --no-dereference "$dir/nasty" "$dir/copy"
same_listing "$dir/nasty" "$dir/copy"

# Paths too long for diff.
"$nasty" -d "$dir/deep"
"$treecopy" -q -j 2 "$dir/deep" "$dir/deepcopy"
same_listing "$dir/deep" "$dir/deepcopy"

# The other extremes of how many there are, on a part of it.
"$treecopy" -q -j 1 -s 1 "$dir/nasty/sizes" "$dir/sizes"
same_listing "$dir/nasty/sizes" "$dir/sizes"
"$treecopy" -q -j 64 -s 16 "$dir/nasty/names" "$dir/names"
diff -r --no-dereference "$dir/nasty/names" "$dir/names"
