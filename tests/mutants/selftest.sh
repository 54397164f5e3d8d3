#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# check.sh finds each fault it is there for, and nothing in a sound tree.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
mkdir -p "$tree/lib" "$tree/tests/mutants"
patch=$tree/tests/mutants/01-one-less.patch

sound() {
	rm -f "$tree"/tests/mutants/*.patch
	printf 'one\ntwo\nthree\n' >"$tree/lib/a.c"
	cat >"$patch" <<'END'
What: a line is missing
Tests: ^test_a$

diff --git a/lib/a.c b/lib/a.c
--- a/lib/a.c
+++ b/lib/a.c
@@ -1,3 +1,2 @@
 one
-two
 three
END
}

fails() {
	if sh "$here/check.sh" "$tree" >/dev/null; then
		echo "not noticed: $1" >&2
		exit 1
	fi
}

sound
sh "$here/check.sh" "$tree" >/dev/null
grep -q two "$tree/lib/a.c" # nothing was changed

sound
printf 'one\n2\nthree\n' >"$tree/lib/a.c"
fails "a patch that does not apply"

sound
sed -i '/^What/d' "$patch"
fails "no What"

sound
sed -i 's/^Tests: .*/Tests: /' "$patch"
fails "no Tests"

sound
mv "$patch" "$tree/tests/mutants/one-less.patch"
fails "no number"

sound
mkdir -p "$tree/tests/unit"
cp "$tree/lib/a.c" "$tree/tests/unit/a.c"
sed -i 's,/lib/,/tests/unit/,' "$patch"
fails "a change of a test"

sound
rm "$patch"
fails "no patch at all"
