# SPDX-License-Identifier: BSD-2-Clause

# PUFFSMSG_BSD: the target that brings <bsd/...> where the system is no BSD;
# empty where the system's own headers have it all.  PUFFSMSG_PC_PRIVATE says
# the same in the words of pkg-config.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)

set(PUFFSMSG_BSD)
set(PUFFSMSG_PC_PRIVATE)
if(NOT CMAKE_SYSTEM_NAME MATCHES "BSD|Darwin|DragonFly")
	find_package(PkgConfig REQUIRED)
	pkg_check_modules(LIBBSD REQUIRED IMPORTED_TARGET libbsd)
	set(PUFFSMSG_BSD PkgConfig::LIBBSD)
	set(PUFFSMSG_PC_PRIVATE libbsd)
endif()
