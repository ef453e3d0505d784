# Finds the C++ Actor Framework, 0.17 series: Debian ships it without a CMake package.
#
# Defines: CAF::core, CAF_VERSION; CAF's own network (caf_io) is not used
# Hints:   CAF_ROOT
#
# The target is imported, so its headers are system headers and do not warn.

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

find_library(CAF_core_LIBRARY caf_core)
mark_as_advanced(CAF_core_LIBRARY)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_core_LIBRARY CAF_INCLUDE_DIR
  VERSION_VAR CAF_VERSION
  HANDLE_VERSION_RANGE)

# 0.18 changed the type system and inspect(): code for the one does not compile against the other.
if(CAF_FOUND AND NOT CAF_VERSION VERSION_LESS 0.18)
  message(FATAL_ERROR "Sluice is written for CAF 0.17; found ${CAF_VERSION} in ${CAF_INCLUDE_DIR}")
endif()

if(CAF_FOUND AND NOT TARGET CAF::core)
  find_package(Threads REQUIRED)
  add_library(CAF::core UNKNOWN IMPORTED)
  set_target_properties(CAF::core PROPERTIES
    IMPORTED_LOCATION ${CAF_core_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${CAF_INCLUDE_DIR}
    INTERFACE_LINK_LIBRARIES Threads::Threads)
endif()
