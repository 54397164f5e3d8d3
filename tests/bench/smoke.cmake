# SPDX-License-Identifier: BSD-2-Clause

# cmake -DBENCH=<program> -DJSON=<file> -P smoke.cmake
#
# Everything runs once, for a moment.  Counts are looked at, times are not:
# each contender in each shape has had requests, and all were answered.

file(REMOVE ${JSON})
execute_process(COMMAND ${BENCH} --quick --json ${JSON}
	RESULT_VARIABLE result
	OUTPUT_VARIABLE output
	ERROR_VARIABLE error)
if(NOT result EQUAL 0)
	message(FATAL_ERROR "${BENCH}: ${result}\n${output}\n${error}")
endif()

# Ends the script if this is not JSON.
file(READ ${JSON} json)
string(JSON n LENGTH "${json}" roundtrips)
if(NOT n EQUAL 16)
	message(FATAL_ERROR "${n} results, of 4 contenders in 4 shapes")
endif()
math(EXPR last "${n} - 1")
foreach(i RANGE ${last})
	string(JSON peer GET "${json}" roundtrips ${i} peer)
	string(JSON callers GET "${json}" roundtrips ${i} callers)
	string(JSON started GET "${json}" roundtrips ${i} started)
	string(JSON completed GET "${json}" roundtrips ${i} completed)
	if(started LESS callers OR NOT completed EQUAL started)
		message(FATAL_ERROR "${peer}, ${callers} callers: ${started} "
			"requests, ${completed} answers")
	endif()
endforeach()

string(JSON n LENGTH "${json}" replies)
if(NOT n EQUAL 9)
	message(FATAL_ERROR "${n} reply costs, of 3 sizes in 3 orders")
endif()
string(JSON n LENGTH "${json}" memory_pairs)
if(NOT n EQUAL 36)
	message(FATAL_ERROR "${n} costs of memory, of 3 allocators with 2 sizes "
		"in 2 patterns by 3 numbers of threads")
endif()
math(EXPR last "${n} - 1")
foreach(i RANGE ${last})
	string(JSON pairs GET "${json}" memory_pairs ${i} pairs)
	string(JSON right GET "${json}" memory_pairs ${i} right)
	if(pairs EQUAL 0 OR NOT right EQUAL pairs)
		message(FATAL_ERROR "memory ${i}: ${right} of ${pairs} pairs")
	endif()
endforeach()
string(JSON n GET "${json}" memory inflight)
if(NOT n EQUAL 1024)
	message(FATAL_ERROR "memory of ${n} requests in flight")
endif()
