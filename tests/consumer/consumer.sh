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

# with_pkgconf <source> <package> [pkg-config arguments]
with_pkgconf() {
	source=$1
	package=$2
	shift 2
	PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig
	export PKG_CONFIG_PATH
	pkg-config --exact-version="$version" "$package"
	flags=$(pkg-config "$@" --cflags --libs "$package")
	# shellcheck disable=SC2086 # flags are words
	"$CC" $CFLAGS -Wall -Wextra -Werror "-DEXPECTED_VERSION=\"$version\"" \
	    "$here/$source" -o consumer $flags
	LD_LIBRARY_PATH=$prefix/$LIBDIR
	export LD_LIBRARY_PATH
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
shared | kern | cxx)
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
