#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check_tree.sh finds what it is for: a small tree, with one fault at a time.
set -u
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
status=0
spdx='SPDX-License-Identifier: BSD-2-Clause'

tree() {
	rm -rf tree
	mkdir -p tree/lib tree/tests/unit tree/cmake tree/examples \
	    tree/include tree/.ci
	for dir in host kern msgif op server; do
		mkdir "tree/lib/$dir"
	done
	for file in run CMakeLists.txt tests/CMakeLists.txt; do
		echo "# $spdx" >"tree/$file"
	done
	printf '# %s\nkern/a.c\n' "$spdx" >tree/lib/CMakeLists.txt
	printf '# %s\ntest_a\n' "$spdx" >tree/tests/unit/CMakeLists.txt
	echo "/* $spdx */" >tree/lib/kern/a.c
	echo "/* $spdx */" >tree/tests/unit/test_a.c
}

# expect <pass|fail> <words in the output> <name>
expect() {
	if "$here/check_tree.sh" tree >out 2>&1; then got=pass; else got=fail; fi
	if [ "$got" = "$1" ] && { [ -z "$2" ] || grep -q -e "$2" out; }; then
		echo "ok: $3"
	else
		echo "FAILED: $3: wanted $1 with '$2', got $got:"
		cat out
		status=1
	fi
}

tree
expect pass '' 'nothing wrong'
echo "/* $spdx */" >tree/lib/op/b.c
cp tree/lib/op/b.c tree/tests/unit/test_b.c
expect fail 'op/b.c' 'a source in no list'
expect fail 'test_b' 'a test in no list'
tree
rm tree/tests/unit/test_a.c
expect fail 'lib/kern/a.c' 'a source without its test'
tree
echo 'int none;' >tree/lib/kern/a.h
expect fail 'lib/kern/a.h' 'no licence'
tree
echo '/* TO''DO: all of it */' >>tree/lib/kern/a.c
expect fail 'lib/kern/a.c:2' 'unfinished code'
tree
echo '#if'' 0' >>tree/lib/kern/a.c
expect fail 'lib/kern/a.c:2' 'dead code'
tree
printf '\t\t\t\t\t\t\t\t\t\t\t\t%s\n' 'int n;' >>tree/lib/kern/a.c
expect fail 'lib/kern/a.c:2' 'a long line'
tree
yes 'int n;' | head -n 400 >>tree/lib/kern/a.c
expect fail 'lib/kern/a.c 401' 'a long file'

exit "$status"
