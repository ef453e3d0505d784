# Finds wslay, the WebSocket framing library.
#
# Defines: wslay::wslay, Wslay_VERSION (as the header has it: 1.1.1 calls itself 1.0.1)
# Hints:   Wslay_ROOT

find_path(Wslay_INCLUDE_DIR wslay/wslay.h)
find_library(Wslay_LIBRARY NAMES wslay)
mark_as_advanced(Wslay_INCLUDE_DIR Wslay_LIBRARY)

if(Wslay_INCLUDE_DIR AND EXISTS ${Wslay_INCLUDE_DIR}/wslay/wslayver.h)
  file(STRINGS ${Wslay_INCLUDE_DIR}/wslay/wslayver.h wslay_version_line
    REGEX "^#define WSLAY_VERSION ")
  if(wslay_version_line MATCHES "([0-9]+\\.[0-9]+\\.[0-9]+)")
    set(Wslay_VERSION ${CMAKE_MATCH_1})
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Wslay
  REQUIRED_VARS Wslay_LIBRARY Wslay_INCLUDE_DIR
  VERSION_VAR Wslay_VERSION)

if(Wslay_FOUND AND NOT TARGET wslay::wslay)
  add_library(wslay::wslay UNKNOWN IMPORTED)
  set_target_properties(wslay::wslay PROPERTIES
    IMPORTED_LOCATION ${Wslay_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${Wslay_INCLUDE_DIR})
endif()
