fuzz_target(reader stored tracegen mt_model)
