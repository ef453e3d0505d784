# Installs the libraries with their headers, the binary, and the package that find_package reads.
# Headers keep the path by which they are included, sluice/...: see docs/adr/0032.

set(sluice_libraries sluice_protocol sluice_actors sluice_server sluice_framework)
if(TARGET sluice_testing)
  list(APPEND sluice_libraries sluice_testing)
endif()

# Where what is installed finds its libraries, wherever the prefix is. In our own build tree the same
# path holds: CMake would else make a longer one, to be replaced by the installation, and end it with
# a colon, whose other side the loader takes for the working directory.
function(sluice_set_run_path target)
  set_target_properties(${target} PROPERTIES
    INSTALL_RPATH "${ARGN}"
    INSTALL_RPATH_USE_LINK_PATH ON
    BUILD_WITH_INSTALL_RPATH ${PROJECT_IS_TOP_LEVEL})
endfunction()

foreach(library IN LISTS sluice_libraries)
  get_target_property(type ${library} TYPE)
  if(NOT type STREQUAL "INTERFACE_LIBRARY")
    set_target_properties(${library} PROPERTIES
      VERSION ${PROJECT_VERSION}
      SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
    sluice_set_run_path(${library} "$ORIGIN")
  endif()
endforeach()
file(RELATIVE_PATH sluice_bin_to_lib
  ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
# In the build tree the libraries are in a folder beside the binary.
sluice_set_run_path(sluice "$ORIGIN/${sluice_bin_to_lib}" "$ORIGIN/lib")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sluice)

# Components, as packages part them: runtime is the binary and what it is linked with, development
# all else. The test kit's library is for who builds.
foreach(library IN LISTS sluice_libraries)
  set(component runtime)
  if(library STREQUAL "sluice_testing")
    set(component development)
  endif()
  install(TARGETS ${library} EXPORT sluiceTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${component}
      NAMELINK_COMPONENT development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
    FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development)
endforeach()
install(TARGETS sluice RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
install(EXPORT sluiceTargets NAMESPACE sluice:: DESTINATION ${package_dir} COMPONENT development)

configure_package_config_file(cmake/sluiceConfig.cmake.in
  ${PROJECT_BINARY_DIR}/cmake/sluiceConfig.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/cmake/sluiceConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES
  ${PROJECT_BINARY_DIR}/cmake/sluiceConfig.cmake
  ${PROJECT_BINARY_DIR}/cmake/sluiceConfigVersion.cmake
  cmake/FindCAF.cmake cmake/Findllhttp.cmake cmake/FindWslay.cmake
  DESTINATION ${package_dir} COMPONENT development)

# For builds without CMake. CAF 0.17 has no .pc file, so its library is named in ours; of static
# libraries the list would be long and another one on each system.
if(BUILD_SHARED_LIBS)
  file(RELATIVE_PATH sluice_pc_to_prefix
    ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
  string(REGEX REPLACE "/$" "" sluice_pc_to_prefix ${sluice_pc_to_prefix})
  foreach(name IN ITEMS sluice sluice-testing)
    configure_file(cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/cmake/${name}.pc @ONLY)
  endforeach()
  install(FILES ${PROJECT_BINARY_DIR}/cmake/sluice.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
  if(TARGET sluice_testing)
    install(FILES ${PROJECT_BINARY_DIR}/cmake/sluice-testing.pc
      DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
  endif()
endif()

if(SLUICE_PACKAGE)
  include(packages)
else()
  install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime) # packages: copyright
endif()
