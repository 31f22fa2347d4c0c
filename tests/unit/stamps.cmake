unit_test(stamps mt_record Threads::Threads)
target_sources(test_stamps PRIVATE ${CMAKE_SOURCE_DIR}/record/preload/stamps.c)
