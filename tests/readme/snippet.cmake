# SPDX-License-Identifier: BSD-2-Clause

# cmake -DREADME=... -DSOURCE=... -P snippet.cmake
#
# Fails unless README holds, as a block fenced with ```c, exactly what SOURCE
# has between its two marks.

set(begin "/* README: begin */\n")
set(end "/* README: end */\n")

file(READ ${SOURCE} text)
string(FIND "${text}" "${begin}" from)
string(FIND "${text}" "${end}" to)
string(LENGTH "${begin}" skip)
if(from EQUAL -1 OR to LESS from)
	message(FATAL_ERROR "${SOURCE}: no marks around the snippet")
endif()
math(EXPR from "${from} + ${skip}")
math(EXPR length "${to} - ${from}")
string(SUBSTRING "${text}" ${from} ${length} snippet)

file(READ ${README} readme)
string(FIND "${readme}" "```c\n${snippet}```\n" found)
if(found EQUAL -1)
	message(FATAL_ERROR "${README}: no ```c block that is the snippet of "
		"${SOURCE}:\n${snippet}")
endif()
