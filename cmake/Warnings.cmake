# SPDX-License-Identifier: BSD-2-Clause

# Link this (privately) to every target of ours.
add_library(puffsmsg_warnings INTERFACE)
target_compile_options(puffsmsg_warnings INTERFACE
	-Wall
	-Wextra
	-Wconversion
	-Wshadow
	-Wstrict-prototypes
	-Wmissing-prototypes
	$<$<C_COMPILER_ID:Clang,AppleClang>:-Wthread-safety>
	$<$<BOOL:${PUFFSMSG_WERROR}>:-Werror>)
