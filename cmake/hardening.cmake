# Makes faults of memory harder to use, and ends the process at some of them, in code that is
# optimized: what people run. For our own build and packages alone: who adds Sluice to a program
# chooses for all of it. What it costs: docs/adr/0021-hardening.md. tests/install/hardened looks
# whether it is there.

set(hardened_code
  -fstack-protector-strong # a return address that was overwritten ends the process
  -fstack-clash-protection # a large frame can't step over the stack's end
  -D_GLIBCXX_ASSERTIONS    # indices and preconditions of the standard library
  # Lengths that the compiler knows are checked in memcpy, read and others; some compilers have it on.
  "SHELL:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$")
  list(APPEND hardened_code -fcf-protection) # indirect calls end where functions begin
endif()

set(hardened $<CONFIG:Release,RelWithDebInfo,MinSizeRel>)
foreach(flag IN LISTS hardened_code)
  add_compile_options("$<${hardened}:${flag}>")
endforeach()
# Addresses of functions are looked up at the start, and can't be overwritten afterwards.
add_link_options("$<${hardened}:LINKER:-z,relro,-z,now>")
