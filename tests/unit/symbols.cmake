# Programs for the symbolizer to look into, and for the inspection to refuse, each built as one that a user
# may have. They are built by their compilers' own commands: what the build type says of optimisation and
# debug information is not meant for them.
set(FIXTURES ${CMAKE_CURRENT_BINARY_DIR}/fixtures)
set(FIXTURE_SOURCES ${CMAKE_CURRENT_SOURCE_DIR}/fixtures)
set(FIXTURE_FILES)
file(MAKE_DIRECTORY ${FIXTURES}/.debug)

# fixture(OUTPUT SOURCES COMMAND... [COMMAND COMMAND...])
macro(fixture output sources)
  set(fixture_depends)
  foreach(source ${sources})
    if(EXISTS ${FIXTURE_SOURCES}/${source})
      list(APPEND fixture_depends ${FIXTURE_SOURCES}/${source})
    else()
      list(APPEND fixture_depends ${FIXTURES}/${source})
    endif()
  endforeach()
  add_custom_command(OUTPUT ${FIXTURES}/${output} COMMAND ${ARGN}
    DEPENDS ${fixture_depends} ${FIXTURE_SOURCES}/mark.h WORKING_DIRECTORY ${FIXTURES} VERBATIM)
  list(APPEND FIXTURE_FILES ${FIXTURES}/${output})
endmacro()

# A compiler that can build and link a program with the flags given.
function(try_flags result compiler flags)
  if(NOT DEFINED ${result})
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/try.c
      "#include <stdlib.h>\nint main(void) { return malloc(1) == 0; }\n")
    execute_process(COMMAND ${compiler} ${flags} try.c -o try.out WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}
      RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
    if(status EQUAL 0)
      set(${result} ON CACHE INTERNAL "")
    else()
      set(${result} OFF CACHE INTERNAL "")
    endif()
  endif()
endfunction()

find_program(FIXTURE_GXX NAMES g++ c++)
find_program(FIXTURE_CLANG NAMES clang-14 clang)
find_program(FIXTURE_CLANGXX NAMES clang++-14 clang++)
find_program(FIXTURE_RUSTC NAMES rustc HINTS $ENV{HOME}/.cargo/bin)
find_program(FIXTURE_XZ NAMES xz)
set(cc ${CMAKE_C_COMPILER})
set(in ${FIXTURE_SOURCES})
set(id -Wl,--build-id)
set(chains ${in}/chains.c mark.o -ldl)
set(cpp ${in}/chains.cc mark.o -ldl)
set(made_of "chains.c;mark.o")

fixture(mark.o mark.c ${cc} -D_GNU_SOURCE -O2 -c ${in}/mark.c -o mark.o)
fixture(chains "${made_of}" ${cc} -O2 -g ${id} ${chains} -o chains)
fixture(chains.nopie "${made_of}" ${cc} -O2 -g ${id} -fno-pie -no-pie ${chains} -o chains.nopie)
fixture(chains.dwarf4 "${made_of}" ${cc} -O2 -gdwarf-4 ${id} ${chains} -o chains.dwarf4)
# By a path that is relative, as build systems name sources and directories of headers.
macro(relative output)
  fixture(${output} "${made_of}"
    ${CMAKE_COMMAND} -E chdir ${in}/.. ${ARGN} fixtures/chains.c ${FIXTURES}/mark.o -ldl -o ${FIXTURES}/${output})
endmacro()

relative(chains.relative ${cc} -O2 -g)
relative(chains.relative.dwarf4 ${cc} -O2 -gdwarf-4)
fixture(chains.compressed "${made_of}" ${cc} -O2 -g -gz=zlib ${chains} -o chains.compressed)
fixture(chains.split "${made_of}"
  ${cc} -O2 -g -gsplit-dwarf -c ${in}/chains.c -o split.o
  COMMAND ${cc} split.o mark.o -ldl -o chains.split)
fixture(chains.nodebug "${made_of}" ${cc} -O2 -g0 ${id} ${chains} -o chains.nodebug)
fixture(chains.stripped "${made_of}" ${cc} -O2 -g0 -s -rdynamic ${id} ${chains} -o chains.stripped)
# linked(OUTPUT FROM DEBUG_FILE OPTIONS): stripped, with its debug information in a file of its own.
macro(linked output from debug_file)
  fixture(${output} ${from}
    ${CMAKE_OBJCOPY} --only-keep-debug ${ARGN} ${from} ${debug_file}
    COMMAND ${CMAKE_OBJCOPY} --strip-all ${from} ${output}
    COMMAND ${CMAKE_OBJCOPY} --add-gnu-debuglink=${debug_file} ${output})
endmacro()

fixture(chains.noid "${made_of}" ${cc} -O2 -g -Wl,--build-id=none ${chains} -o chains.noid)
linked(chains.linked chains .debug/chains.linked.debug)
linked(chains.linked.packed chains .debug/chains.linked.packed.debug --compress-debug-sections=zlib)
linked(chains.linked.beside chains chains.linked.beside.debug)
linked(chains.linked.own_name chains .debug/chains.linked.own_name)
linked(chains.linked.checksum chains.noid .debug/chains.linked.checksum.debug)
fixture(chains.linked.changed chains.linked.checksum
  ${CMAKE_COMMAND} -E copy chains.linked.checksum chains.linked.changed
  COMMAND ${CMAKE_OBJCOPY} --only-keep-debug chains.noid .debug/chains.linked.changed.debug
  COMMAND ${CMAKE_OBJCOPY} --remove-section .gnu_debuglink chains.linked.changed
  COMMAND ${CMAKE_OBJCOPY} --add-gnu-debuglink=.debug/chains.linked.changed.debug chains.linked.changed
  COMMAND ${CMAKE_OBJCOPY} --add-section .changed=${in}/mark.h .debug/chains.linked.changed.debug)
fixture(chains.linked.other "chains.linked;chains.nopie"
  ${CMAKE_OBJCOPY} --only-keep-debug chains.nopie .debug/chains.linked.other.debug
  COMMAND ${CMAKE_OBJCOPY} --remove-section .gnu_debuglink chains.linked chains.linked.other
  COMMAND ${CMAKE_OBJCOPY} --add-gnu-debuglink=.debug/chains.linked.other.debug chains.linked.other)
fixture(chains.unlinked chains
  ${CMAKE_OBJCOPY} --only-keep-debug chains .debug/chains.unlinked.debug
  COMMAND ${CMAKE_OBJCOPY} --strip-all chains chains.unlinked)
fixture(chains.unlinked.noid chains.noid
  ${CMAKE_OBJCOPY} --only-keep-debug chains.noid .debug/chains.unlinked.noid.debug
  COMMAND ${CMAKE_OBJCOPY} --strip-all chains.noid chains.unlinked.noid)
fixture(chains.served chains
  ${CMAKE_OBJCOPY} --only-keep-debug chains served.debug
  COMMAND ${CMAKE_OBJCOPY} --strip-all chains chains.served)

# What the symbolizer takes for the C library, by the name.
fixture(libc.so.plain chains ${CMAKE_COMMAND} -E copy chains libc.so.plain)
fixture(libc.so.packed chains.compressed ${CMAKE_COMMAND} -E copy chains.compressed libc.so.packed)
linked(libc.so.linked chains .debug/libc.so.linked.debug)
linked(libc.so.linked.packed chains .debug/libc.so.linked.packed.debug --compress-debug-sections=zlib)

fixture(aliases "aliases.c;mark.o" ${cc} -O2 -g0 ${in}/aliases.c mark.o -ldl -o aliases)
fixture(libchains.so "library.c;mark.c"
  ${cc} -D_GNU_SOURCE -O2 -g -fPIC -shared ${id} ${in}/library.c ${in}/mark.c -ldl -o libchains.so)
fixture(library_user "library_user.c;libchains.so"
  ${cc} ${in}/library_user.c ${FIXTURES}/libchains.so -o library_user)
try_flags(FIXTURE_LTO ${cc} -flto)
if(FIXTURE_LTO)
  fixture(chains.lto "${made_of}" ${cc} -O2 -g -flto ${chains} -o chains.lto)
endif()
if(FIXTURE_XZ)
  fixture(chains.mini chains.nodebug
    ${FIXTURE_XZ} --keep --force chains.nodebug
    COMMAND ${CMAKE_OBJCOPY} --strip-all chains.nodebug chains.mini
    COMMAND ${CMAKE_OBJCOPY} --add-section .gnu_debugdata=chains.nodebug.xz chains.mini)
endif()
if(FIXTURE_CLANG)
  fixture(chains.clang "${made_of}" ${FIXTURE_CLANG} -O2 -g ${chains} -o chains.clang)
  fixture(chains.clang.dwarf4 "${made_of}" ${FIXTURE_CLANG} -O2 -gdwarf-4 ${chains} -o chains.clang.dwarf4)
  relative(chains.clang.relative ${FIXTURE_CLANG} -O2 -g)
  fixture(chains.clang.split "${made_of}"
    ${FIXTURE_CLANG} -O2 -g -gsplit-dwarf -c ${in}/chains.c -o clang.split.o
    COMMAND ${FIXTURE_CLANG} clang.split.o mark.o -ldl -o chains.clang.split)
endif()
if(FIXTURE_GXX)
  fixture(cpp "chains.cc;mark.o" ${FIXTURE_GXX} -O2 -g ${cpp} -o cpp)
  fixture(cpp.nodebug "chains.cc;mark.o" ${FIXTURE_GXX} -O2 -g0 ${cpp} -o cpp.nodebug)
endif()
if(FIXTURE_CLANGXX)
  fixture(cpp.clang "chains.cc;mark.o" ${FIXTURE_CLANGXX} -O2 -g ${cpp} -o cpp.clang)
endif()
if(FIXTURE_RUSTC)
  fixture(rust "chains.rs;mark.o"
    ${FIXTURE_RUSTC} -g -O -C link-arg=${FIXTURES}/mark.o ${in}/chains.rs -o rust)
endif()

fixture(own_malloc own_malloc.c ${cc} ${in}/own_malloc.c -o own_malloc)
fixture(own_malloc.exported own_malloc.c ${cc} -rdynamic ${in}/own_malloc.c -o own_malloc.exported)
try_flags(FIXTURE_STATIC ${cc} -static)
if(FIXTURE_STATIC)
  fixture(static ordinary.c ${cc} -static ${in}/ordinary.c -o static)
endif()
try_flags(FIXTURE_STATIC_PIE ${cc} -static-pie)
if(FIXTURE_STATIC_PIE)
  fixture(static.pie ordinary.c ${cc} -static-pie ${in}/ordinary.c -o static.pie)
endif()
foreach(sanitizer address thread leak undefined)
  try_flags(FIXTURE_SAN_${sanitizer} ${cc} -fsanitize=${sanitizer})
  if(FIXTURE_SAN_${sanitizer})
    fixture(san.${sanitizer} ordinary.c ${cc} -fsanitize=${sanitizer} ${in}/ordinary.c -o san.${sanitizer})
  endif()
  if(FIXTURE_CLANG)
    try_flags(FIXTURE_CLANG_SAN_${sanitizer} ${FIXTURE_CLANG} -fsanitize=${sanitizer})
    if(FIXTURE_CLANG_SAN_${sanitizer})
      fixture(san.${sanitizer}.clang ordinary.c
        ${FIXTURE_CLANG} -fsanitize=${sanitizer} ${in}/ordinary.c -o san.${sanitizer}.clang)
    endif()
  endif()
endforeach()

add_custom_target(symbol_fixtures DEPENDS ${FIXTURE_FILES})
unit_test(demangle mt_record)
add_library(symboltest STATIC symboltest.c)
target_link_libraries(symboltest PUBLIC mt_record sanitize PkgConfig::CMOCKA)
unit_test(symbolizer symboltest)
unit_test(symbol_files symboltest)
unit_test(debug_info symboltest)
unit_test(inspect mt_record)
foreach(test symboltest test_symbolizer test_symbol_files test_debug_info test_inspect)
  add_dependencies(${test} symbol_fixtures)
  target_compile_definitions(${test} PRIVATE FIXTURES="${FIXTURES}"
    FIXTURE_SOURCES="${FIXTURE_SOURCES}")
endforeach()
