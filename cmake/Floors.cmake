# SPDX-License-Identifier: BSD-2-Clause

# puffsmsg_add_floor(<name> SOURCES ... [KERN] [EXTENSIONS])
#
# One object library per floor, puffsmsg_<name>_obj, and with the tests a
# second one, puffsmsg_<name>_testing_obj, of the same sources with
# PUFFSMSG_TESTING=1 and all debug checks.
#
# KERN		the floor includes the kernel-path headers
# EXTENSIONS	the floor may use GNU C and all of the system's headers
function(puffsmsg_add_floor floor)
	cmake_parse_arguments(PARSE_ARGV 1 arg "KERN;EXTENSIONS" "" "SOURCES")
	set(diagnostic PUFFSMSG_DIAGNOSTIC=$<BOOL:${PUFFSMSG_DIAGNOSTIC}>)
	puffsmsg__floor_objects(puffsmsg_${floor}_obj ${diagnostic})
	if(PUFFSMSG_BUILD_TESTS)
		puffsmsg__floor_objects(puffsmsg_${floor}_testing_obj
			PUFFSMSG_TESTING=1 PUFFSMSG_DIAGNOSTIC=1)
	endif()
endfunction()

# Reads arg_* of its caller.
macro(puffsmsg__floor_objects target)
	add_library(${target} OBJECT ${arg_SOURCES})
	# The language is ISO C; of libc, POSIX and what kernel code is used to
	# (strnlen, sigset_t, u_int) are visible.
	target_compile_definitions(${target} PRIVATE ${ARGN} _DEFAULT_SOURCE)
	target_include_directories(${target} PRIVATE
		${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/include)
	if(arg_KERN)
		target_include_directories(${target} PRIVATE
			${PROJECT_SOURCE_DIR}/include/puffsmsg/kern)
	endif()
	# A thread may be cancelled in a wait, with destructors of C++ to run on
	# the way out.
	target_compile_options(${target} PRIVATE -funwind-tables)
	target_link_libraries(${target} PRIVATE
		puffsmsg_warnings Threads::Threads ${PUFFSMSG_BSD})
	set_target_properties(${target} PROPERTIES
		C_STANDARD 11
		C_STANDARD_REQUIRED ON
		C_EXTENSIONS ${arg_EXTENSIONS}
		C_VISIBILITY_PRESET hidden
		POSITION_INDEPENDENT_CODE ON)
endmacro()

# puffsmsg_add_library(<name> <SHARED|STATIC> <obj|testing_obj>)
#
# A library of all floors.
function(puffsmsg_add_library name kind objects)
	add_library(${name} ${kind})
	foreach(floor host kern msgif op server)
		target_sources(${name} PRIVATE
			$<TARGET_OBJECTS:puffsmsg_${floor}_${objects}>)
	endforeach()
	target_include_directories(${name} INTERFACE
		$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
		$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
	target_link_libraries(${name} PRIVATE Threads::Threads ${PUFFSMSG_BSD})
	set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C)
endfunction()

# puffsmsg_limit_exports(<shared library> <version map>)
#
# Where the linker knows version maps.  Elsewhere visibility has to do.
function(puffsmsg_limit_exports name map)
	if(APPLE)
		return()
	endif()
	target_link_options(${name} PRIVATE LINKER:--version-script=${map})
	# Another copy of the library in the process must not catch calls that
	# this one makes of itself.
	target_link_options(${name} PRIVATE LINKER:-Bsymbolic-functions)
	# A thread that has used the library runs code of it when it ends, and
	# that may be at any time: dlclose does not unload it.
	target_link_options(${name} PRIVATE LINKER:-z,nodelete)
	if(NOT PUFFSMSG_SANITIZE)
		# A sanitizer's runtime is found only when a program is linked.
		target_link_options(${name} PRIVATE LINKER:-z,defs)
	endif()
	set_target_properties(${name} PROPERTIES LINK_DEPENDS ${map})
endfunction()
