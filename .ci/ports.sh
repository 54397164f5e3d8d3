# shellcheck shell=sh disable=SC2154 # set by run
# SPDX-License-Identifier: BSD-2-Clause
#
# For `run`: the ports, which are the library for another ABI than this
# system's own.  What they need and Debian has not packaged for them (libbsd,
# the libmd below it, CMocka; for 32 bits, musl itself) is built from Debian's
# source packages into build/deps/<port>, once.  Uses $root, $logs, $jobs, die and quietly of `run`.

# shellcheck disable=SC2034 # read by run
ports="m32 musl musl32"
deps=$root/build/deps

# What has to be installed for a port, and its compiler.
port_needs() {
	case $1 in
	m32 | musl32) echo m32 ;;
	musl) echo musl ;;
	esac
}

port_cc() {
	case $1 in
	m32) echo gcc -m32 ;;
	musl) echo musl-gcc ;;
	musl32) echo "$deps/musl32/musl/bin/musl-gcc" ;;
	esac
}

# apt_sources <apt-get arguments>: apt, with the system's mirrors and keys, but
# with source packages, and in directories of ours: the system's own lists and
# configuration stay as they are.
apt_sources() {
	apt-get -q -o Dir::Etc::SourceList=/dev/null \
	    -o Dir::Etc::SourceParts="$deps/apt/parts" \
	    -o Dir::State::Lists="$deps/apt/lists" \
	    -o Dir::Cache="$deps/apt/cache" "$@"
}

# The system's lists of mirrors, read as such of sources.
source_lists() {
	eval "$(apt-config shell list Dir::Etc::SourceList/f \
	    parts Dir::Etc::SourceParts/d)"
	for file in "$list" "$parts"/*.list "$parts"/*.sources; do
		[ -f "$file" ] && grep -q -i -e debian -e ubuntu "$file" ||
		    continue
		case $file in
		*.sources) sed 's/^Types:.*/Types: deb-src/' "$file" ;;
		*) sed -n 's/^deb\([[:blank:]]\)/deb-src\1/p' "$file" ;;
		esac >"$deps/apt/parts/${file##*/}"
	done
}

fetch_sources() {
	rm -rf "$deps/apt" "$deps/src"
	mkdir -p "$deps/apt/parts" "$deps/apt/lists/partial" \
	    "$deps/apt/cache/archives/partial" "$deps/src" || return 1
	source_lists
	apt_sources update && cd "$deps/src" &&
	    apt_sources source --download-only libmd libbsd cmocka musl
}

# unpack <source package>: its directory
unpack() {
	set -- "$work/source-$1" "$deps/src/$1"_*.orig.tar.[gbx]z*
	mkdir "$1" && (cd "$1" && cmake -E tar xf "$2") >&2 && echo "$1"/*
}

# with_configure <source package> [configure arguments]
with_configure() {
	source=$(unpack "$1") && mkdir "$work/$1" && cd "$work/$1" || return 1
	shift
	"$source/configure" --prefix="$prefix" --disable-shared --with-pic \
	    --disable-dependency-tracking CC="$cc" CFLAGS="-g -O2" \
	    CPPFLAGS="-I$prefix/include -idirafter $prefix/linux" \
	    LDFLAGS="-L$prefix/lib" && make -j "$jobs" install
}

with_cmake() {
	source=$(unpack "$1") || return 1
	CC=$cc cmake -G Ninja -S "$source" -B "$work/$1" \
	    -DCMAKE_BUILD_TYPE=RelWithDebInfo \
	    -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
	    -DCMAKE_POLICY_VERSION_MINIMUM=3.5 \
	    -DWITH_EXAMPLES=OFF && cmake --build "$work/$1" -t install
}

# musl for 32 bits, and the compiler for it, which is told so.
musl32() {
	source=$(unpack musl) && cd "$source" || return 1
	CC=gcc CFLAGS=-m32 LDFLAGS=-m32 ./configure --prefix="$prefix/musl" \
	    --syslibdir="$prefix/musl/lib" --target=i386 &&
	    make -j "$jobs" CROSS_COMPILE= install &&
	    sed -i 's/^exec "[^"]*"/exec gcc -m32 -Wl,-melf_i386/' "$cc"
}

# The kernel's headers, which are the same for every C library.
kernel_headers() {
	mkdir "$prefix/linux" && cd "$prefix/linux" &&
	    ln -s /usr/include/linux /usr/include/asm-generic \
		"/usr/include/$(gcc -print-multiarch)/asm" .
}

# build_deps <port>
build_deps() (
	cc=$(port_cc "$1")
	prefix=$deps/$1
	work=$deps/work-$1
	rm -rf "$prefix" "$work"
	mkdir -p "$prefix" "$work" && kernel_headers || return 1
	[ "$1" != musl32 ] || musl32 || return 1
	with_configure libmd && with_configure libbsd && with_cmake cmocka ||
	    return 1
	# Shared, it would be the system's; and it needs libmd by its side.
	rm -f "$prefix/lib/libbsd.so" &&
	    sed -i 's/^Libs:.*-lbsd$/& -lmd/' \
		"$prefix/lib/pkgconfig/libbsd.pc" || return 1
	rm -rf "$work"
	touch "$prefix/complete"
)

# prepare <port>: 77 if this machine cannot run its programs
prepare() {
	is_x86_64 || {
		echo "run: $1 runs on x86_64 only" >&2
		return 77
	}
	[ ! -e "$deps/$1/complete" ] || return 0
	command -v apt-get >/dev/null ||
	    die "libbsd and cmocka for $(port_cc "$1") are built from" \
		"Debian's source packages, and there is no apt-get"
	if ! ls "$deps"/src/musl_*.dsc >/dev/null 2>&1; then
		echo "fetching sources of libbsd, libmd, cmocka and musl" \
		    "(log: build/log/sources.log)"
		(quietly sources fetch_sources) || return 1
	fi
	echo "building what $1 needs (log: build/log/deps-$1.log)"
	quietly "deps-$1" build_deps "$1"
}
