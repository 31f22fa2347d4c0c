add_executable(live_bench ../bench/live_bench.c)
target_link_libraries(live_bench PRIVATE mt_record)
