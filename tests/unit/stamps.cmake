unit_test(stamps mt_record Threads::Threads)
