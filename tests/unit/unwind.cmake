# The unwinder is linked as it is into its tests, once as in the preload library, once as where the C library can't find
# modules (libunwind walks then). Its memory can be made to fail.
file(GLOB UNWIND_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/record/preload/unwind*.c
  ${CMAKE_SOURCE_DIR}/record/preload/eh_*.c)
list(APPEND UNWIND_SOURCES ${CMAKE_SOURCE_DIR}/record/preload/tree.c)

foreach(kind unwinder unwinder_foreign)
  add_library(${kind} STATIC ${UNWIND_SOURCES} unwind_pages.c unwind_watch.c unwind_shapes.c)
  target_compile_options(${kind} PRIVATE -O2 -fno-omit-frame-pointer -ftls-model=initial-exec)
  target_link_libraries(${kind} PUBLIC sanitize PkgConfig::UNWIND Threads::Threads ${CMAKE_DL_LIBS})
endforeach()
target_compile_definitions(unwinder_foreign PRIVATE _dl_find_object=no_such_dl_find_object)
set_source_files_properties(unwind_shapes.c PROPERTIES COMPILE_OPTIONS "-fomit-frame-pointer")

foreach(name tree eh_frame unwind unwind_ways unwind_stacks unwind_modules unwind_memory)
  unit_test(${name} unwinder)
endforeach()
unit_test(unwind_foreign unwinder_foreign)

# The same in a program with holes between its segments, as some linkers make them: of such a one the C library tells the
# bounds of a segment, not of the whole.
add_executable(test_unwind_holes test_unwind.c)
target_link_libraries(test_unwind_holes PRIVATE unwinder sanitize PkgConfig::CMOCKA)
target_link_options(test_unwind_holes PRIVATE -no-pie -Wl,-z,max-page-size=0x200000 -Wl,-z,separate-code)
add_test(NAME unit_unwind_holes COMMAND test_unwind_holes)

# Modules to load and unload, alike but for their frames.
foreach(kind small large)
  add_library(unwind_plugin_${kind} MODULE unwind_plugin.c)
  target_compile_options(unwind_plugin_${kind} PRIVATE -O2 -fomit-frame-pointer)
  target_link_options(unwind_plugin_${kind} PRIVATE -Wl,-z,lazy)
  string(TOUPPER ${kind} name)
  target_compile_definitions(test_unwind_modules PRIVATE PLUGIN_${name}="$<TARGET_FILE:unwind_plugin_${kind}>")
  add_dependencies(test_unwind_modules unwind_plugin_${kind})
endforeach()
target_compile_definitions(unwind_plugin_small PRIVATE PLUGIN_FRAME=40)
target_compile_definitions(unwind_plugin_large PRIVATE PLUGIN_FRAME=1200)

# Not a test, but a tool: what a stack costs.
set(BENCH ${CMAKE_SOURCE_DIR}/tests/bench)
list(APPEND UNWIND_SOURCES ${CMAKE_SOURCE_DIR}/record/preload/pages.c)
add_executable(unwind_bench ${BENCH}/unwind_bench.c ${UNWIND_SOURCES})
target_compile_options(unwind_bench PRIVATE -O2 -fno-builtin -ftls-model=initial-exec -fno-stack-protector)
target_link_libraries(unwind_bench PRIVATE PkgConfig::UNWIND ${CMAKE_DL_LIBS})
