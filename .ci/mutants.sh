# shellcheck shell=sh disable=SC2154 # set by run
# SPDX-License-Identifier: BSD-2-Clause
#
# For `run mutants`: puts known faults back into the library, one at a time,
# and sees whether the tests that are named for each of them fail.  Uses $root,
# $logs, $jobs, die, need, quietly and steady of `run` and its parts.
#
# A mutant is tests/mutants/<number>-<what>.patch; see the README there.  It is
# applied to a copy of the tree, so that nothing of the tree itself changes.

mutants=$root/tests/mutants
scratch=$root/build/mutants

# field <patch> <name>: what its head says
field() {
	sed -n "/^diff /q; s/^$2: *//p" "$mutants/$1.patch" | head -n 1
}

preset_of() {
	preset=$(field "$1" Preset)
	echo "${preset:-dev}"
}

# select_mutants [NN...]: names of the patches, without .patch
select_mutants() {
	if [ $# -eq 0 ]; then
		(cd "$mutants" && ls -- *.patch) | sed 's/\.patch$//' |
		    sort -t - -k 1,1n -k 2
		return
	fi
	for number; do
		found=$(cd "$mutants" && ls -- "$number"-*.patch \
		    "0$number"-*.patch "$number.patch" 2>/dev/null)
		if [ -z "$found" ]; then
			echo "run: no such mutant: $number" \
			    "(their numbers are those in tests/mutants)" >&2
			exit 2
		fi
		echo "$found" | sed 's/\.patch$//'
	done
}

# A copy of the tree.  All files are new, so that no object is older.
copy_tree() {
	rm -rf "$scratch"
	mkdir -p "$scratch/tree" || die "cannot write to $scratch"
	(cd "$root" && tar -cf - --exclude=./build --exclude=./.git .) |
	    (cd "$scratch/tree" && tar -xmf -) || die "cannot copy the tree"
}

# tests_of <preset> <expression>: names of the tests, which are targets too
tests_of() {
	ctest --test-dir "$scratch/$1" -N -LE long -R "$2" |
	    sed -n 's/^ *Test *#[0-9]*: //p'
}

build_tests() {
	# shellcheck disable=SC2046 # names are words
	cmake --build "$scratch/$1" -j "$jobs" --target $(tests_of "$1" "$2")
}

run_tests() {
	${STEADY:-} ctest --test-dir "$scratch/$1" --output-on-failure \
	    --stop-on-failure -LE long -R "$2"
}

# The tests of all mutants of a preset, joined to one expression.
expressions() {
	for mutant in $selected; do
		[ "$(preset_of "$mutant")" != "$1" ] || field "$mutant" Tests
	done | sort -u | paste -s -d '|' -
}

# Without a mutant every test passes, or their failures would mean nothing.
sound() {
	all=$(expressions "$1")
	[ -n "$all" ] || return 0
	echo "without mutants: $1"
	(cd "$scratch/tree" && quietly "mutants-configure-$1" \
	    cmake --preset "$1" -B "$scratch/$1" \
	    -DPUFFSMSG_WERROR=OFF -DPUFFSMSG_TEST_TIMEOUT=20) &&
	    quietly "mutants-build-$1" build_tests "$1" "$all" &&
	    quietly "mutants-test-$1" run_tests "$1" "$all"
}

# patched <mutant> <patch options...>
patched() {
	mutant=$1
	shift
	patch --silent --directory="$scratch/tree" --strip=1 --fuzz=0 "$@" \
	    <"$mutants/$mutant.patch"
}

# try <mutant>: sets verdict to caught, or to what is wrong.
try() {
	expression=$(field "$1" Tests)
	preset=$(preset_of "$1")
	log=$logs/mutant-$1.log
	if [ -z "$expression" ] ||
	    [ -z "$(tests_of "$preset" "$expression")" ]; then
		verdict="names no test"
	elif ! patched "$1" --dry-run >"$log" 2>&1; then
		verdict="does not apply"
	else
		patched "$1" >>"$log" 2>&1
		if ! build_tests "$preset" "$expression" >>"$log" 2>&1; then
			verdict="does not build"
		elif run_tests "$preset" "$expression" >>"$log" 2>&1; then
			verdict="SURVIVES"
		else
			verdict=caught
		fi
		restore "$1"
	fi
}

# The files of a mutant as they are in the tree, and newer than all objects.
restore() {
	sed -n 's,^+++ b/,,p' "$mutants/$1.patch" | while read -r file; do
		cp "$root/$file" "$scratch/tree/$file"
	done
}

# How the first test ended that caught it.
manner() {
	sed -n 's/.*Subprocess aborted\*\*\*.*/aborted/p
	    s/.*\*\*\*Exception: \([^ ]*\).*/\1/p
	    s/.*\*\*\*\(Failed\|Timeout\|Not Run\).*/\1/p' "$1" | head -n 1
}

run_mutants() {
	need cc c++ cmake ninja pkg-config libbsd cmocka patch
	selected=$(select_mutants "$@") || exit
	[ -n "$selected" ] || die "no mutants in tests/mutants"
	mkdir -p "$logs" || die "cannot write to $root/build"
	copy_tree
	# shellcheck disable=SC2086 # names are words
	for preset in $(for m in $selected; do preset_of "$m"; done | sort -u)
	do
		steady sound "$preset" || exit 1
	done
	total=$(echo "$selected" | wc -l)
	count=0
	bad=0
	for mutant in $selected; do
		count=$((count + 1))
		begin=$(date +%s)
		steady try "$mutant"
		[ "$verdict" = caught ] || bad=$((bad + 1))
		printf '[%3d/%d] %-48s %-14s %3d s  %s\n' "$count" "$total" \
		    "$mutant" "$verdict" $(($(date +%s) - begin)) \
		    "$(manner "$logs/mutant-$mutant.log" 2>/dev/null)"
	done
	rm -rf "$scratch"
	echo
	echo "$((total - bad)) of $total mutants caught"
	[ "$bad" -eq 0 ] || echo "run: what happened is in build/log/mutant-*.log"
	[ "$bad" -eq 0 ]
}
