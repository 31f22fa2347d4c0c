# Fixtures for everyone who tests with traces: tracegen(), synthetic programs, the plain ledger and comparisons with it.
# They take the writer's sources, not the recorder's library: the viewer's tests need nothing else of it.
file(GLOB WRITER_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/record/writer*.c)
add_library(tracegen STATIC tracegen.c tracegen_names.c tracegen_declare.c tracegen_events.c synth.c ledger.c ${WRITER_SOURCES})
target_link_libraries(tracegen PUBLIC mt_common Threads::Threads)

add_library(check_trace STATIC check_trace.c)
target_link_libraries(check_trace PUBLIC tracegen mt_load PkgConfig::CMOCKA)

unit_test(trace check_trace)
unit_test(varint mt_common)
unit_test(zframe mt_common)
unit_test(writer check_trace)
target_link_options(test_writer PRIVATE -Wl,--wrap=write,--wrap=pthread_create)
unit_test(damage check_trace)

# The layout as written down, held against the writer by a reader that knows only that page.
add_executable(gen_trace ../bench/gen_trace.c)
target_link_libraries(gen_trace PRIVATE tracegen mt_load)
find_package(Python3 COMPONENTS Interpreter)
find_program(ZSTD_PROGRAM zstd)
if(Python3_FOUND AND ZSTD_PROGRAM)
  add_test(NAME format_traces COMMAND gen_trace 0.1 ${CMAKE_CURRENT_BINARY_DIR}/format.zst 500 2000 700)
  add_test(NAME format_addresses COMMAND gen_trace 0.1 ${CMAKE_CURRENT_BINARY_DIR}/addresses.zst 500 2000 70000 addresses)
  add_test(NAME format_second_reader COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/read_trace.py
    ${CMAKE_CURRENT_BINARY_DIR}/format.zst ${CMAKE_CURRENT_BINARY_DIR}/addresses.zst)
  set_tests_properties(format_traces format_addresses PROPERTIES FIXTURES_SETUP format_trace)
  set_tests_properties(format_second_reader PROPERTIES FIXTURES_REQUIRED format_trace)
endif()
