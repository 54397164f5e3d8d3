# shellcheck shell=sh disable=SC2154 # set by run
# SPDX-License-Identifier: BSD-2-Clause
#
# For `run`: what a command needs, what it is called in each system's packages,
# and how to get it.  Uses $root, $logs and die of `run`.

# have <need>: is it there?
have() {
	case $1 in
	cc) compiles cc ;;
	gcc) compiles gcc ;;
	c++ | cmake | ninja | make | pkg-config | clang-format | clang-tidy | \
	    gcovr | valgrind | patch)
		command -v "$1" >/dev/null ;;
	libbsd) is_bsd || pkg-config --exists libbsd 2>/dev/null ;;
	cmocka) pkg-config --exists cmocka 2>/dev/null ;;
	clang) compiles clang ;;
	clang-rt) compiles clang -fsanitize=thread ;;
	m32) ! is_x86_64 || { compiles gcc -m32 && compiles c++ -m32; } ;;
	musl) ! is_x86_64 || compiles musl-gcc ;;
	*) die "internal: what is $1?" ;;
	esac
}

is_bsd() {
	case $(uname -s) in *BSD | DragonFly | Darwin) ;; *) false ;; esac
}

is_x86_64() {
	[ "$(uname -m)" = x86_64 ]
}

# compiles <compiler> [flags]: does it, and link, with libc's headers?
compiles() {
	command -v "$1" >/dev/null || return 1
	mkdir -p "$logs" || die "cannot write to $root/build"
	printf '#include <pthread.h>\nint main(void) { return 0; }\n' |
	    "$@" -x c - -o "$logs/probe" 2>/dev/null
}

# package <manager> <need>: its name there, empty if there is nothing to do
package() {
	case $1:$2 in
	apt:cc | apt:gcc) echo gcc libc6-dev ;;
	apt:c++) echo g++ ;;
	apt:clang-rt) clang_runtime ;;
	apt:libbsd) echo libbsd-dev ;;
	apt:cmocka) echo libcmocka-dev ;;
	apt:m32) echo gcc-multilib g++-multilib ;;
	apt:musl) echo musl-tools ;;
	apt:ninja | dnf:ninja) echo ninja-build ;;
	dnf:cc | dnf:gcc) echo gcc glibc-devel ;;
	dnf:c++) echo gcc-c++ ;;
	dnf:pkg-config) echo pkgconf-pkg-config ;;
	dnf:libbsd) echo libbsd-devel ;;
	dnf:cmocka) echo libcmocka-devel ;;
	dnf:clang-rt) echo compiler-rt ;;
	dnf:clang-format | dnf:clang-tidy) echo clang-tools-extra ;;
	dnf:m32) echo glibc-devel.i686 libgcc.i686 libstdc++-devel.i686 ;;
	dnf:musl) echo musl-gcc ;;
	apk:cc | apk:gcc) echo gcc musl-dev ;;
	apk:c++) echo g++ ;;
	apk:ninja) echo samurai ;;
	apk:libbsd) echo libbsd-dev ;;
	apk:cmocka) echo cmocka-dev ;;
	apk:clang-rt) echo compiler-rt ;;
	apk:clang-format | apk:clang-tidy) echo clang-extra-tools ;;
	apk:pkg-config | pkg:pkg-config | brew:pkg-config) echo pkgconf ;;
	pkg:cc | pkg:gcc | pkg:c++ | brew:cc | brew:gcc | brew:c++) echo gcc ;;
	pkg:clang* | brew:clang | brew:clang-rt | brew:clang-tidy) echo llvm ;;
	pkg:gcovr) echo py311-gcovr ;;
	apk:m32 | pkg:m32 | brew:m32 | apk:musl | pkg:musl | brew:musl | \
	    pkg:libbsd | brew:libbsd) ;;
	*) echo "$2" ;;
	esac
}

# Debian names clang's sanitizer runtime after the version.
clang_runtime() {
	version=$(apt-cache depends clang 2>/dev/null |
	    sed -n 's/^ *Depends: clang-\([0-9][0-9]*\)$/\1/p' | head -n 1)
	name=libclang-rt-${version:-14}-dev
	if apt-cache show "$name" >/dev/null 2>&1; then
		echo "$name"
	fi
}

manager() {
	for tool in apt-get dnf apk brew pkg; do
		if command -v "$tool" >/dev/null; then
			echo "${tool%-get}"
			return
		fi
	done
	echo none
}

# As root, or in the words that make one root; fails where neither may be.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null ||
	    { [ -t 0 ] && [ -z "${CI:-}" ]; }; }; then
		sudo "$@"
	else
		return 1
	fi
}

# need <need>...: all of them, installed if need be.
need() {
	missing=
	for what; do
		have "$what" || missing="$missing $what"
	done
	if [ -n "$missing" ]; then
		with=$(manager)
		[ "$with" != apt ] || refresh_apt
		install_missing
	fi
	case " $* " in *" cmake "*) recent_cmake ;; esac
}

install_missing() {
	names=$(for what in $missing; do package "$with" "$what"; done |
	    tr ' ' '\n' | sort -u | tr '\n' ' ')
	names=${names% }
	case $with in
	apt) line="apt-get install -y --no-install-recommends $names" ;;
	dnf) line="dnf install -y $names" ;;
	apk) line="apk add $names" ;;
	pkg) line="pkg install -y $names" ;;
	brew) line="brew install $names" ;;
	none) die "missing:$missing; please install" ;;
	esac
	if [ "$with" = apt ] && as_root true; then
		echo "installing: $names (log: build/log/install.log)"
		# shellcheck disable=SC2086 # the line is words
		as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
		    $line </dev/null >>"$logs/install.log" 2>&1 || {
			tail -n 5 "$logs/install.log" >&2
			ask_for_install
		}
	else
		ask_for_install
	fi
	for what in $missing; do
		have "$what" || die "$what is still missing after: $line"
	done
}

refresh_apt() {
	mkdir -p "$logs" || die "cannot write to $root/build"
	: >"$logs/install.log"
	as_root env LC_ALL=C apt-get update </dev/null \
	    >>"$logs/install.log" 2>&1 || true
}

ask_for_install() {
	[ "$with" = brew ] || [ "$(id -u)" -eq 0 ] || line="sudo $line"
	echo "run: missing:$missing.  Please install with" >&2
	echo "    $line" >&2
	exit 1
}

recent_cmake() {
	version=$(cmake --version | sed -n 's/^cmake version //p')
	oldest=$(printf '%s\n3.25\n' "$version" | sort -t . -k 1,1n -k 2,2n |
	    head -n 1)
	[ "$oldest" = 3.25 ] ||
	    die "cmake $version is too old, 3.25 is needed" \
		"(https://cmake.org/download, or: pipx install cmake)"
}
