#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# consumer.sh <kind> <prefix> <work directory>
#
# Builds one consumer outside of the tree against what is installed in the
# prefix, runs it, and looks at what it was linked with.
# CC, CFLAGS, CXX, CXXFLAGS, CMAKE and LIBDIR (relative to the prefix) come from
# the environment.
set -eu

kind=$1
prefix=$2
work=$3
here=$(cd "$(dirname "$0")" && pwd)
version=$(sed -n 's/^#define PUFFSMSG_VERSION_STRING "\(.*\)"$/\1/p' \
    "$here/../../include/puffsmsg/version.h")

rm -rf "$work"
mkdir -p "$work"
cd "$work"

# with_cmake <source> <cmake arguments>
with_cmake() {
	source=$1
	shift
	"$CMAKE" -G Ninja -S "$here/$source" -B . "-DCMAKE_C_COMPILER=$CC" \
	    "-DCMAKE_CXX_COMPILER=${CXX:-c++}" "$@"
	"$CMAKE" --build .
}

# ask_pkgconf <package> <pkg-config arguments>: sets flags
ask_pkgconf() {
	PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig
	LD_LIBRARY_PATH=$prefix/$LIBDIR
	export PKG_CONFIG_PATH LD_LIBRARY_PATH
	pkg-config --exact-version="$version" "$1"
	flags=$(pkg-config "$@")
}

# with_pkgconf <source> <package> [pkg-config arguments]
with_pkgconf() {
	source=$1
	shift
	ask_pkgconf "$@" --cflags --libs
	# shellcheck disable=SC2086 # flags are words
	"$CC" $CFLAGS -Wall -Wextra -Werror "-DEXPECTED_VERSION=\"$version\"" \
	    "$here/$source" -o consumer $flags
}

# The C++ compiler, and one of the other kind if there is one.
cxx_compilers() {
	echo "$CXX"
	case $("$CXX" --version) in
	*clang*) command -v g++ || true ;;
	*) command -v clang++ || true ;;
	esac
}

# cxx <compiler> <standard> [arguments]
cxx() {
	compiler=$1
	standard=-std=c++$2
	shift 2
	echo "$compiler $standard"
	# shellcheck disable=SC2086 # flags are words
	"$compiler" $CXXFLAGS -Wall -Wextra -Wpedantic -Werror "$standard" "$@"
}

# Each public header by itself, and each kernel-path header, in all of C++.
with_headers() {
	ask_pkgconf puffsmsg-kern --cflags
	for header in "$prefix"/include/puffsmsg/*.h \
	    "$prefix"/include/puffsmsg/kern/sys/*.h; do
		name=${header#"$prefix"/include/}
		name=${name#puffsmsg/kern/}
		echo "#include <$name>" >"$(echo "$name" | tr / _).cc"
	done
	for compiler in $(cxx_compilers); do
		for year in 11 14 17 20; do
			# shellcheck disable=SC2086 # flags are words
			cxx "$compiler" "$year" -fsyntax-only $flags ./*.cc
		done
	done
}

# with_cxx <source> <package>: with all compilers, in the oldest and the newest
with_cxx() {
	ask_pkgconf "$2" --cflags --libs
	for compiler in $(cxx_compilers); do
		for year in 11 20; do
			# shellcheck disable=SC2086 # flags are words
			cxx "$compiler" "$year" -pthread "$here/$1" \
			    -o consumer $flags
			./consumer
		done
	done
}

# The prefix as it would be where no shared library was installed.
without_shared() {
	cp -R "$prefix" prefix
	rm -f "prefix/$LIBDIR"/libpuffsmsg.so*
	prefix=$work/prefix
	sed -i "s|^prefix=.*|prefix=$prefix|
	    s|^libdir=.*|libdir=$prefix/$LIBDIR|
	    s|^includedir=.*|includedir=$prefix/include|" \
	    "$prefix/$LIBDIR/pkgconfig/"*.pc
}

linked=shared
case $kind in
shared | kern | kern-cxx | cxx)
	with_cmake package "-DKIND=$kind" "-DPREFIX=$prefix" \
	    "-DCMAKE_PREFIX_PATH=$prefix"
	;;
static)
	with_cmake package -DKIND=static "-DCMAKE_PREFIX_PATH=$prefix"
	linked=static
	;;
subdirectory)
	with_cmake subdirectory "-DPUFFSMSG_TREE=$here/../.."
	;;
cxx-headers)
	with_headers
	exit
	;;
cxx-raii) with_cxx raii.cc puffsmsg ;;
pkgconf) with_pkgconf exchange.c puffsmsg ;;
pkgconf-kern) with_pkgconf kern.c puffsmsg-kern ;;
pkgconf-static)
	without_shared
	with_pkgconf exchange.c puffsmsg --static
	linked=static
	;;
*)
	echo "consumer.sh: no such kind: $kind" >&2
	exit 2
	;;
esac

./consumer

needed=$(objdump -p consumer | sed -n 's/^ *NEEDED *\(libpuffsmsg.*\)/\1/p')
case $linked:$needed in
shared:libpuffsmsg.so.0 | static:) ;;
*)
	echo "wanted the $linked library, linked with: ${needed:-none}" >&2
	exit 1
	;;
esac
