# The unwinder is linked as it is into its tests, once as in the preload library, once as where the C library can't find
# modules (libunwind walks then).
file(GLOB UNWIND_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/record/preload/unwind*.c
  ${CMAKE_SOURCE_DIR}/record/preload/eh_*.c)
list(APPEND UNWIND_SOURCES ${CMAKE_SOURCE_DIR}/record/preload/tree.c)
set(PAGES ${CMAKE_SOURCE_DIR}/record/preload/pages.c)

foreach(kind unwinder unwinder_foreign)
  add_library(${kind} STATIC ${UNWIND_SOURCES} unwind_watch.c unwind_shapes.c)
  target_compile_options(${kind} PRIVATE -O2 -fno-omit-frame-pointer -ftls-model=initial-exec)
  target_link_libraries(${kind} PUBLIC sanitize PkgConfig::UNWIND Threads::Threads)
endforeach()
target_compile_definitions(unwinder_foreign PRIVATE _dl_find_object=no_such_dl_find_object)
set_source_files_properties(unwind_shapes.c PROPERTIES COMPILE_OPTIONS "-fomit-frame-pointer")

unit_test(unwind unwinder)
target_sources(test_unwind PRIVATE ${PAGES})
