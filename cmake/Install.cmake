# SPDX-License-Identifier: BSD-2-Clause

include(CMakePackageConfigHelpers)

set(puffsmsg_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/puffsmsg)
set(puffsmsg_templates ${CMAKE_CURRENT_LIST_DIR})

install(TARGETS puffsmsg puffsmsg_static puffsmsg_kern puffsmsg_kern_headers
	EXPORT puffsmsg
	LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
	ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/puffsmsg
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
	FILES_MATCHING PATTERN "*.h")
install(EXPORT puffsmsg
	FILE puffsmsgTargets.cmake
	NAMESPACE puffsmsg::
	DESTINATION ${puffsmsg_package_dir})

configure_package_config_file(
	${puffsmsg_templates}/puffsmsgConfig.cmake.in
	${PROJECT_BINARY_DIR}/puffsmsgConfig.cmake
	INSTALL_DESTINATION ${puffsmsg_package_dir})
# Until 1.0.0 the interface may change with every minor version.
write_basic_package_version_file(
	${PROJECT_BINARY_DIR}/puffsmsgConfigVersion.cmake
	COMPATIBILITY SameMinorVersion)
install(FILES
	${PROJECT_BINARY_DIR}/puffsmsgConfig.cmake
	${PROJECT_BINARY_DIR}/puffsmsgConfigVersion.cmake
	DESTINATION ${puffsmsg_package_dir})

# The prefix of the pkg-config files is known when it is installed to.
foreach(dir LIBDIR INCLUDEDIR)
	set(PC_${dir} ${CMAKE_INSTALL_${dir}})
	if(NOT IS_ABSOLUTE "${PC_${dir}}")
		set(PC_${dir} "\${prefix}/${PC_${dir}}")
	endif()
endforeach()
set(PC_PREFIX "@CMAKE_INSTALL_PREFIX@")
foreach(name puffsmsg puffsmsg-kern)
	configure_file(${puffsmsg_templates}/${name}.pc.in
		${PROJECT_BINARY_DIR}/${name}.pc.in @ONLY)
	install(CODE "configure_file(\"${PROJECT_BINARY_DIR}/${name}.pc.in\"
		\"${PROJECT_BINARY_DIR}/${name}.pc\" @ONLY)")
	install(FILES ${PROJECT_BINARY_DIR}/${name}.pc
		DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()
