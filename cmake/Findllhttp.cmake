# Finds llhttp, the HTTP/1 parser of Node.js. Packages of it export llhttp::llhttp_shared,
# llhttp::llhttp_static, both or neither; this module gives one name to the one to link.
#
# Defines: llhttp::llhttp, llhttp_VERSION
# Hints:   llhttp_ROOT; llhttp_USE_STATIC_LIBS, for a library that others then need not have

find_path(llhttp_INCLUDE_DIR llhttp.h)
if(llhttp_USE_STATIC_LIBS)
  find_library(llhttp_LIBRARY NAMES libllhttp.a libllhttp-static.a)
else()
  find_library(llhttp_LIBRARY NAMES llhttp llhttp-static)
endif()
mark_as_advanced(llhttp_INCLUDE_DIR llhttp_LIBRARY)

if(llhttp_INCLUDE_DIR)
  set(llhttp_VERSION "")
  foreach(part IN ITEMS MAJOR MINOR PATCH)
    file(STRINGS ${llhttp_INCLUDE_DIR}/llhttp.h llhttp_version_line
      REGEX "^#define LLHTTP_VERSION_${part} [0-9]+")
    if(llhttp_version_line MATCHES "([0-9]+)$")
      list(APPEND llhttp_VERSION ${CMAKE_MATCH_1})
    endif()
  endforeach()
  list(JOIN llhttp_VERSION "." llhttp_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(llhttp
  REQUIRED_VARS llhttp_LIBRARY llhttp_INCLUDE_DIR
  VERSION_VAR llhttp_VERSION
  REASON_FAILURE_MESSAGE "`./dev setup` installs it (docs/adr/0003-llhttp-source.md)")

if(llhttp_FOUND AND NOT TARGET llhttp::llhttp)
  add_library(llhttp::llhttp UNKNOWN IMPORTED)
  set_target_properties(llhttp::llhttp PROPERTIES
    IMPORTED_LOCATION ${llhttp_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES ${llhttp_INCLUDE_DIR})
  if(llhttp_USE_STATIC_LIBS)
    # A copy inside of us must not stand in for one that somebody else is linked with.
    set_target_properties(llhttp::llhttp PROPERTIES
      INTERFACE_LINK_OPTIONS "LINKER:--exclude-libs,libllhttp.a:libllhttp-static.a")
  endif()
endif()
