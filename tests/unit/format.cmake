# Fixtures for everyone who tests with traces: tracegen(), synthetic programs, the plain ledger and comparisons with it.
# They take the writer's sources, not the recorder's library: the viewer's tests need nothing else of it.
file(GLOB WRITER_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/record/writer*.c)
add_library(tracegen STATIC tracegen.c synth.c ledger.c ${WRITER_SOURCES})
target_link_libraries(tracegen PUBLIC mt_common Threads::Threads)

add_library(check_trace STATIC check_trace.c)
target_link_libraries(check_trace PUBLIC tracegen mt_load PkgConfig::CMOCKA)

unit_test(trace check_trace)
unit_test(varint mt_common)
unit_test(zframe mt_common)
unit_test(writer check_trace)
target_link_options(test_writer PRIVATE -Wl,--wrap=write,--wrap=pthread_create)
unit_test(damage check_trace)
