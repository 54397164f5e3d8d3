# SPDX-License-Identifier: BSD-2-Clause

find_package(PkgConfig REQUIRED)
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)

# What each sanitizer is told.  A report ends the test, and fails it.
set(PUFFSMSG_TEST_ENVIRONMENT
	"ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1"
	"UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1"
	"TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:atexit_sleep_ms=0")

set(PUFFSMSG_TEST_TIMEOUT 30 CACHE STRING
	"Seconds for a test that says nothing else")

# puffsmsg_add_test(NAME <name> [SOURCES ...] [LABELS ...] [TIMEOUT <s>]
#	[LIBRARIES ...] [ARGS ...] [PROGRAM <target>] [ENVIRONMENT ...]
#	[KERN] [PUBLIC])
#
# A test executable and the ctest entry that runs it.
#
# SOURCES	of the executable; PROGRAM instead runs one that is there
#		already, so that it can be listed twice with other arguments
# LABELS	unit, contract, defects, stress, treecopy, kernel, abi, consumer, house, bench-smoke; "long"
#		besides: only `./run stress` runs it
# TIMEOUT	seconds, default PUFFSMSG_TEST_TIMEOUT
# PUBLIC	link the shared library, as users do; otherwise
#		puffsmsg_testing, which opens the private headers
# KERN		the kernel-path headers may be included
function(puffsmsg_add_test)
	cmake_parse_arguments(PARSE_ARGV 0 arg "KERN;PUBLIC"
		"NAME;TIMEOUT;PROGRAM"
		"SOURCES;LABELS;LIBRARIES;ARGS;ENVIRONMENT")
	if(arg_UNPARSED_ARGUMENTS)
		message(FATAL_ERROR
			"puffsmsg_add_test: ${arg_UNPARSED_ARGUMENTS}?")
	endif()
	if(NOT arg_TIMEOUT)
		set(arg_TIMEOUT ${PUFFSMSG_TEST_TIMEOUT})
	endif()
	if(NOT arg_PROGRAM)
		set(arg_PROGRAM ${arg_NAME})
		puffsmsg__add_test_program()
	endif()
	add_test(NAME ${arg_NAME} COMMAND ${arg_PROGRAM} ${arg_ARGS})
	set_tests_properties(${arg_NAME} PROPERTIES
		LABELS "${arg_LABELS}"
		TIMEOUT ${arg_TIMEOUT}
		SKIP_RETURN_CODE 77
		ENVIRONMENT "${PUFFSMSG_TEST_ENVIRONMENT};${arg_ENVIRONMENT}")
endfunction()

# Reads arg_* of its caller.
macro(puffsmsg__add_test_program)
	add_executable(${arg_NAME} ${arg_SOURCES})
	if(arg_PUBLIC)
		target_link_libraries(${arg_NAME} PRIVATE puffsmsg)
	else()
		target_link_libraries(${arg_NAME} PRIVATE puffsmsg_testing)
	endif()
	if(arg_KERN)
		target_link_libraries(${arg_NAME} PRIVATE puffsmsg_kern_headers)
	endif()
	target_include_directories(${arg_NAME} PRIVATE
		${PROJECT_SOURCE_DIR}/tests/support)
	target_link_libraries(${arg_NAME} PRIVATE
		puffsmsg_warnings ${arg_LIBRARIES} PkgConfig::CMOCKA
		Threads::Threads)
	set_target_properties(${arg_NAME} PROPERTIES
		C_STANDARD 11
		C_STANDARD_REQUIRED ON
		C_EXTENSIONS ON)
endmacro()
