# Debian packages: sluice (what runs) and sluice-dev (what is built against). `./dev package` makes
# them of the preset `package`. Why they are as they are: docs/adr/0014-packages.md.

set(packaging ${PROJECT_SOURCE_DIR}/packaging)
set(made ${PROJECT_BINARY_DIR}/packaging)
set(revision 1)
set(SLUICE_PACKAGE_MAINTAINER "The Sluice authors <maintainers@localhost>" CACHE STRING
  "Who answers for the Debian packages: name <address>")
set(documentation ${CMAKE_INSTALL_DATAROOTDIR}/doc)

# --- what only a package has -------------------------------------------------------------------

install(FILES ${packaging}/sluice.service ${packaging}/sluice.socket
  DESTINATION lib/systemd/system COMPONENT runtime)
install(FILES ${packaging}/sluice.conf
  DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/sluice COMPONENT runtime)

# As a copyright file has it: a blank before each line, a dot in an empty one.
file(READ LICENSE license)
string(REGEX REPLACE "^.*\n\n(Redistribution)" "\\1" license "${license}")
string(REGEX REPLACE "\n+$" "" license "${license}")
string(REPLACE "\n\n" "\n.\n" license "${license}")
string(REPLACE "\n" "\n " SLUICE_LICENSE " ${license}")
configure_file(${packaging}/copyright ${made}/copyright @ONLY)
string(TIMESTAMP SLUICE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC) # SOURCE_DATE_EPOCH, if it is set
set(SLUICE_REVISION ${revision})
configure_file(${packaging}/changelog ${made}/changelog.Debian @ONLY)
configure_file(${packaging}/sluice.1 ${made}/sluice.1 @ONLY)
find_program(SLUICE_GZIP gzip REQUIRED)
mark_as_advanced(SLUICE_GZIP)
foreach(file IN ITEMS changelog.Debian sluice.1)
  execute_process(COMMAND ${SLUICE_GZIP} -9nc ${made}/${file}
    OUTPUT_FILE ${made}/${file}.gz COMMAND_ERROR_IS_FATAL ANY)
endforeach()
execute_process(COMMAND ${SLUICE_GZIP} -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md
  OUTPUT_FILE ${made}/changelog.gz COMMAND_ERROR_IS_FATAL ANY)
install(FILES ${made}/sluice.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
foreach(pair IN ITEMS "runtime;sluice" "development;sluice-dev")
  list(GET pair 0 component)
  list(GET pair 1 package)
  install(FILES ${made}/copyright ${made}/changelog.gz ${made}/changelog.Debian.gz
    DESTINATION ${documentation}/${package} COMPONENT ${component})
endforeach()

# --- the packages ------------------------------------------------------------------------------

set(CPACK_GENERATOR DEB)
set(CPACK_COMPONENTS_ALL runtime development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_PACKAGE_NAME sluice)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "The Sluice authors")
set(CPACK_PACKAGE_CONTACT ${SLUICE_PACKAGE_MAINTAINER})
set(CPACK_STRIP_FILES ON)
# Folders of a package are everybody's to read, whatever the umask.
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${revision})
set(CPACK_DEBIAN_PACKAGE_SECTION libs)
# What our binaries are linked with, read off by dpkg-shlibdeps; our own libraries are found where
# they were built.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR}/lib)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY =)

# Each has a first line of its own, which CPack would take from here.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "HTTP and WebSocket server that stalls its clients
Every connection and every handler is an actor. What a client sends reaches
its handler one message at a time, and nothing more is read until the handler
has acknowledged it: memory stays below a bound that is known at the start.

This package has the server, its libraries, and a service for systemd.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "development files of the server framework Sluice
Headers, CMake package, pkg-config files and test kit of a C++20 framework for
HTTP and WebSocket servers whose clients may be faster than their handlers.

`sluice new` of the package sluice writes a project that builds against it.")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME sluice)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS sluice-dev)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
  ${packaging}/conffiles ${packaging}/triggers
  ${packaging}/postinst ${packaging}/prerm ${packaging}/postrm)

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME sluice-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
# Headers of CAF are included by ours; that of nlohmann-json by <sluice/json.hpp>.
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "sluice (= ${PROJECT_VERSION}-${revision}), libcaf-dev (>= 0.17.6), libcaf-dev (<< 0.18), nlohmann-json3-dev")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_RECOMMENDS "g++, cmake")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS doctest-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_CONTROL_EXTRA ${packaging}/triggers)

include(CPack)
