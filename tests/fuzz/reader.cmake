add_library(seeds STATIC seeds.c)
target_link_libraries(seeds PUBLIC stored tracegen mt_common)
fuzz_target(reader seeds mt_model)
# Each input is looked at through dozens of screens.
fuzz_target(viewer seeds ui_fixture mt_ui)
target_compile_definitions(fuzz_viewer PRIVATE FUZZ_MUTANTS=60 FUZZ_SINGLES=40)
# Mutants find no races, and each takes many times as long there.
if(SANITIZE STREQUAL "thread")
  target_compile_definitions(fuzz_reader PRIVATE FUZZ_MUTANTS=60 FUZZ_SINGLES=40)
endif()
