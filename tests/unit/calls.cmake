# The tree of calling contexts, without the hooks and the ring behind it.
set(PRELOAD ${CMAKE_SOURCE_DIR}/record/preload)
unit_test(calls)
target_sources(test_calls PRIVATE ${PRELOAD}/calls.c ${PRELOAD}/calls_returns.c ${PRELOAD}/pages.c)
target_compile_options(test_calls PRIVATE -ftls-model=initial-exec)
target_link_libraries(test_calls PRIVATE Threads::Threads)
