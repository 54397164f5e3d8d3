# shellcheck shell=sh disable=SC2154 # set by run
# SPDX-License-Identifier: BSD-2-Clause
#
# For `run check`: its steps, and the table at its end.  Uses $root, $logs,
# $jobs, die, need, prepare and quietly of `run`.

check_format() {
	case $(clang-format --version) in
	*"version 14."*) ;;
	*)
		echo "the layout is that of clang-format 14"
		return 77
		;;
	esac
	find include lib tests examples -name '*.[ch]' \
	    -exec clang-format --dry-run -Werror {} +
}

check_shell() {
	for script in run $(find .ci tests -name "*.sh"); do
		sh -n "$script" || return 1
	done
	if command -v shellcheck >/dev/null; then
		find run .ci tests \( -name run -o -name '*.sh' \) \
		    -exec shellcheck -S warning {} +
	fi
}

check_tidy() {
	cmake --preset dev-clang >/dev/null || return 1
	find lib -name '*.c' -print0 | xargs -0 -n 1 -P "$jobs" \
	    clang-tidy --quiet -p build/dev-clang >"$logs/tidy.out" 2>&1
	found=$?
	# How many warnings of the system's headers it kept to itself.
	grep -v '^[0-9]* warnings\{0,1\} generated\.$' "$logs/tidy.out"
	return $found
}

# Where pointers have 32 bits: the layout of every public header, then all.
check_m32() {
	is_x86_64 || return 77
	for header in include/puffsmsg/*.h; do
		echo "#include <${header#include/}>" |
		    gcc -m32 -std=c11 -Wall -Wextra -Werror -fsyntax-only \
		    -Iinclude -x c - || return 1
	done
	check_port m32
}

check_port() {
	prepare "$1" || return
	check_preset "$1"
}

check_preset() {
	cmake --preset "$1" -DPUFFSMSG_WERROR=ON >/dev/null &&
	    cmake --build --preset "$1" -j "$jobs" || return 1
	${STEADY:-} ctest --preset "$1" >"$logs/ctest-$1.log" 2>&1
	failed=$?
	grep -v -e '^ *Start ' -e ' Passed  ' "$logs/ctest-$1.log"
	return $failed
}

# steady <command...>: with a steady address space, where that is allowed.
# TSan of that age cannot live with more random bits than these.
steady() {
	bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
	if [ "$bits" -gt 28 ] && setarch -R true 2>/dev/null; then
		STEADY="setarch -R"
	fi
	"$@"
}

check_release() { check_preset release; }
check_clang() { check_preset dev-clang; }
check_asan() { check_preset asan; }
check_asan_clang() { check_preset asan-clang; }
check_tsan() { steady check_preset tsan; }
check_musl() { check_port musl; }
check_musl32() { check_port musl32; }
check_tsan_clang() { steady check_preset tsan-clang; }

checks="format shell tidy release clang m32 musl musl32"
checks="$checks asan asan-clang tsan tsan-clang"

# check_step <name>: runs it, and adds a line to the table.
check_step() {
	function=check_$(echo "$1" | tr - _)
	start=$(date +%s)
	quietly "check-$1" "$function"
	case $? in
	0) verdict=ok ;;
	77) verdict=skipped ;;
	*) verdict=FAILED ;;
	esac
	row=$(printf '%-12s %-7s %5d s' "$1" "$verdict" $(($(date +%s) - start)))
	echo "$row"
	table="$table$row
"
	[ "$verdict" != FAILED ]
}

run_check() {
	for step; do
		case " $checks " in
		*" $step "*) ;;
		*)
			echo "run: no such check: $step (there are: $checks)" >&2
			exit 2
			;;
		esac
	done
	need gcc c++ cmake ninja pkg-config libbsd cmocka clang clang-rt \
	    clang-format clang-tidy m32 musl make patch
	cd "$root" || exit 1
	table=
	status=0
	# shellcheck disable=SC2086 # names are words
	[ $# -gt 0 ] || set -- $checks
	for step; do
		check_step "$step" || status=1
	done
	printf '\n%s' "$table"
	return "$status"
}
