# SPDX-License-Identifier: BSD-2-Clause

# Sanitizers and coverage concern every object of the build, so they are set
# for the directory and not for single targets.

set(puffsmsg_instrument)
if(PUFFSMSG_SANITIZE STREQUAL "address")
	set(puffsmsg_instrument -fsanitize=address,undefined
		-fno-sanitize-recover=all)
elseif(PUFFSMSG_SANITIZE STREQUAL "thread")
	set(puffsmsg_instrument -fsanitize=thread)
elseif(NOT PUFFSMSG_SANITIZE STREQUAL "")
	message(FATAL_ERROR "PUFFSMSG_SANITIZE: unknown: ${PUFFSMSG_SANITIZE}")
endif()

if(PUFFSMSG_SANITIZE)
	list(APPEND puffsmsg_instrument -fno-omit-frame-pointer)
endif()

if(PUFFSMSG_COVERAGE)
	# Threads count in the same counters.
	list(APPEND puffsmsg_instrument --coverage -fprofile-update=atomic)
endif()

if(puffsmsg_instrument)
	add_compile_options(${puffsmsg_instrument})
	add_link_options(${puffsmsg_instrument})
	set(PUFFSMSG_INSTRUMENTED ON)
else()
	set(PUFFSMSG_INSTRUMENTED OFF)
endif()
