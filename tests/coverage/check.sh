#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check.sh <cobertura xml of gcovr> <list> <least percentage>
#
# Fails if less than that percentage of lines is covered, if a line that is not
# covered is not in the list, or if an entry of the list matches no such line
# any more.  To be run where the file names of the xml start from.
set -u
export LC_ALL=C

xml=$1
list=$2
least=$3
here=$(dirname "$0")

for file in "$xml" "$list"; do
	[ -r "$file" ] || {
		echo "coverage: cannot read $file" >&2
		exit 1
	}
done

exec awk -v least="$least" -v list="$list" -f "$here/check.awk" "$list" "$xml"
