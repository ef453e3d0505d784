# sluice_warnings: link it PRIVATE, as $<BUILD_INTERFACE:sluice_warnings>, so that users of the
# installed libraries choose their own.

add_library(sluice_warnings INTERFACE)
target_compile_options(sluice_warnings INTERFACE
  -Wall
  -Wextra
  -Wpedantic
  -Wshadow
  -Wconversion
  -Wsign-conversion
  -Wold-style-cast
  -Wnon-virtual-dtor
  -Wcast-align
  -Wformat=2
  -Wimplicit-fallthrough
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond>
  $<$<BOOL:${SLUICE_WERROR}>:-Werror>)
