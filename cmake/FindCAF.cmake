# Finds the C++ Actor Framework, 0.17 series: Debian ships it without a CMake package.
#
# Components: core (always), io, openssl
# Defines:    CAF::core, CAF::io, CAF::openssl, CAF_VERSION
# Hints:      CAF_ROOT
#
# The targets are imported, so their headers are system headers and do not warn.

find_path(CAF_INCLUDE_DIR caf/config.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)

if(CAF_INCLUDE_DIR)
  # 0.17.6 is written as 1706: two digits each for minor and patch.
  file(STRINGS ${CAF_INCLUDE_DIR}/caf/config.hpp caf_version_line
    REGEX "^#define CAF_VERSION [0-9]+")
  if(NOT caf_version_line AND EXISTS ${CAF_INCLUDE_DIR}/caf/detail/build_config.hpp)
    file(STRINGS ${CAF_INCLUDE_DIR}/caf/detail/build_config.hpp caf_version_line
      REGEX "^#define CAF_VERSION [0-9]+")
  endif()
  if(caf_version_line MATCHES "CAF_VERSION ([0-9]+)")
    set(caf_version_number ${CMAKE_MATCH_1})
    math(EXPR caf_version_major "${caf_version_number} / 10000")
    math(EXPR caf_version_minor "${caf_version_number} / 100 % 100")
    math(EXPR caf_version_patch "${caf_version_number} % 100")
    set(CAF_VERSION ${caf_version_major}.${caf_version_minor}.${caf_version_patch})
  endif()
endif()

foreach(component IN ITEMS core io openssl)
  find_library(CAF_${component}_LIBRARY caf_${component})
  mark_as_advanced(CAF_${component}_LIBRARY)
  if(CAF_${component}_LIBRARY AND CAF_INCLUDE_DIR)
    set(CAF_${component}_FOUND TRUE)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_core_LIBRARY CAF_INCLUDE_DIR
  VERSION_VAR CAF_VERSION
  HANDLE_VERSION_RANGE
  HANDLE_COMPONENTS)

# 0.18 changed the type system and inspect(): code for the one does not compile against the other.
if(CAF_FOUND AND NOT CAF_VERSION VERSION_LESS 0.18)
  message(FATAL_ERROR "Sluice is written for CAF 0.17; found ${CAF_VERSION} in ${CAF_INCLUDE_DIR}")
endif()

if(CAF_FOUND)
  find_package(Threads REQUIRED)
  foreach(component IN ITEMS core io openssl)
    if(CAF_${component}_FOUND AND NOT TARGET CAF::${component})
      add_library(CAF::${component} UNKNOWN IMPORTED)
      set_target_properties(CAF::${component} PROPERTIES
        IMPORTED_LOCATION ${CAF_${component}_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${CAF_INCLUDE_DIR})
    endif()
  endforeach()
  if(TARGET CAF::core)
    target_link_libraries(CAF::core INTERFACE Threads::Threads)
  endif()
  foreach(component IN ITEMS io openssl)
    if(TARGET CAF::${component})
      target_link_libraries(CAF::${component} INTERFACE CAF::core)
    endif()
  endforeach()
endif()
